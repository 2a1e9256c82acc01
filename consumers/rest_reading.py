"""Reads what REST answers: content or problem document, and the headers around it."""

from http import HTTPStatus
from typing import TypeVar

import httpx
import msgspec

from consumers.answers import Answer, Answered, Ground, Issue, Notice, Refused, Withheld
from consumers.wire_http import TEMPORARY, AnswerGarbled, retry_after

T = TypeVar("T")


class _Ground(msgspec.Struct):
    code: str | None = None
    reason: str | None = None
    title: str = ""
    detail: str = ""
    article: str | None = None
    remedy: str = ""


class _Issue(msgspec.Struct):
    place: str = msgspec.field(name="in", default="")
    name: str = ""
    detail: str = ""


class _Problem(_Ground):
    """RFC 9457; every member may be missing, as it is from a proxy or on `fidelity=magda`."""

    protocol: str | None = None
    decision: str | None = None
    reasons: tuple[_Ground, ...] = ()
    issues: tuple[_Issue, ...] = ()


class _Notice(msgspec.Struct):
    code: str = ""
    title: str = msgspec.field(name="diagnose", default="")
    reason: str | None = msgspec.field(name="reden", default=None)


class _Withheld(msgspec.Struct):
    name: str = msgspec.field(name="veld", default="")
    article: str = msgspec.field(name="artikel", default="")


class _Beside(msgspec.Struct):
    """What stands beside the content."""

    withheld: tuple[_Withheld, ...] = msgspec.field(name="achtergehouden", default=())
    notices: tuple[_Notice, ...] = msgspec.field(name="uitzonderingen", default=())


def read_answer(response: httpx.Response, content: type[T], reference: str) -> Answer[T]:
    """The answer in a response to the question with this reference.

    Raises:
        AnswerGarbled: it is not readable, or belongs to another question.
    """
    echoed = response.headers.get("x-correlation-id", reference)
    if echoed != reference:
        raise AnswerGarbled("the answer belongs to another question")
    if response.status_code >= HTTPStatus.BAD_REQUEST:
        return _refused(response, reference)
    try:
        return _answered(response, content, reference)
    except msgspec.DecodeError as error:
        raise AnswerGarbled(f"the answer is not as agreed: {error}") from None


def _answered(response: httpx.Response, content: type[T], reference: str) -> Answered[T]:
    headers = response.headers
    beside = msgspec.json.decode(response.content, type=_Beside)
    warned = msgspec.json.decode(headers.get("x-magda-exceptions", "[]"), type=tuple[_Notice, ...])
    return Answered(
        content=msgspec.json.decode(response.content, type=content),
        reference=reference,
        notices=tuple(Notice(n.code, n.title, n.reason) for n in (*beside.notices, *warned)),
        withheld=tuple(Withheld(one.name, one.article) for one in beside.withheld),
        decision=headers.get("sim-decision"),
        protocol=headers.get("sim-protocol"),
        retention=headers.get("sim-retention"),
    )


def _refused(response: httpx.Response, reference: str) -> Refused:
    status = response.status_code
    problem = _problem(response)
    return Refused(
        grounds=_grounds(problem),
        reference=reference,
        issues=tuple(Issue(one.place, one.name, one.detail) for one in problem.issues),
        decision=problem.decision or response.headers.get("sim-decision"),
        protocol=problem.protocol,
        is_temporary=status in TEMPORARY,
        retry_after_s=retry_after(response),
        status=status,
    )


def _problem(response: httpx.Response) -> _Problem:
    """The problem document; where there is none, as from a proxy, the status is all that is known."""
    try:
        return msgspec.json.decode(response.content, type=_Problem)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _Problem(title=f"HTTP {response.status_code} {response.reason_phrase}")


def _grounds(problem: _Problem) -> tuple[Ground, ...]:
    """All of them; the first is told by the document itself."""
    told = (problem, *problem.reasons[1:])
    return tuple(
        Ground(
            code=one.code,
            title=one.title or problem.title,
            reason=one.reason,
            detail=one.detail,
            article=one.article,
            remedy=one.remedy,
        )
        for one in told
    )

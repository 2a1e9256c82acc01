"""Reads what SOAP answers: Repliek with content or exceptions of two levels, or a Fault."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Protocol, TypeVar

import httpx
import msgspec
from lxml import etree

from consumers.answers import Answer, Answered, Ground, Notice, Refused, Withheld
from consumers.soap_envelope import ENVELOPE
from consumers.wire_http import TEMPORARY, AnswerGarbled, retry_after

T = TypeVar("T")
_TEMPORARY_CODES = frozenset({"99995", "99996", "60006", "60007"})
_FAULT = re.compile(r"(?:(?P<code>\d{3,10}) - )?(?P<title>.*)", re.DOTALL)
_WITHHELD = re.compile(r"(?P<name>.+) \((?P<article>.+)\)")


class Shape(Protocol):
    """Turns Inhoud into the members that the same answer has over REST."""

    def __call__(self, inner: etree._Element, /) -> Mapping[str, Any]:
        """The members; those that are not there are `None`."""
        ...


def read_repliek(
    response: httpx.Response, shape: Shape, content: type[T], reference: str
) -> Answer[T]:
    """The answer in a response to the question with this reference.

    Raises:
        AnswerGarbled: it is not readable, or belongs to another question.
    """
    root = _parsed(response)
    fault = root.find(f".//{{{ENVELOPE}}}Fault")
    if fault is not None:
        return _refused(
            response, (_ground_of_fault(fault),), _words(fault.find("detail")), reference
        )
    if root.findtext(".//Antwoord/Referte", reference) != reference:
        raise AnswerGarbled("the answer belongs to another question")
    found = list(root.iter("Uitzondering"))
    errors = [one for one in found if one.findtext("Type") == "FOUT"]
    if errors:
        grounds = tuple(_ground(one) for one in errors)
        return _refused(response, grounds, _annotations(errors[0]), reference)
    return _answered(response, root, shape, content, reference)


def _parsed(response: httpx.Response) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        return etree.fromstring(response.content, parser)
    except etree.XMLSyntaxError:
        raise AnswerGarbled(f"HTTP {response.status_code}, and no XML") from None


def _answered(
    response: httpx.Response, root: etree._Element, shape: Shape, content: type[T], reference: str
) -> Answered[T]:
    inner = root.find(".//Antwoord/Inhoud")
    if inner is None:
        raise AnswerGarbled("neither content nor exception in the answer")
    try:
        told = msgspec.convert(shape(inner), content, strict=False)
    except msgspec.ValidationError as error:
        raise AnswerGarbled(f"the answer is not as agreed: {error}") from None
    headers = response.headers
    return Answered(
        content=told,
        reference=reference,
        notices=tuple(_notice(one) for one in root.iter("Uitzondering")),
        withheld=_withheld(root),
        decision=headers.get("sim-decision"),
        protocol=headers.get("sim-protocol"),
        retention=headers.get("sim-retention"),
    )


def _refused(
    response: httpx.Response, grounds: tuple[Ground, ...], said: Mapping[str, str], reference: str
) -> Refused:
    return Refused(
        grounds=grounds,
        reference=reference,
        decision=said.get("decision") or response.headers.get("sim-decision"),
        protocol=said.get("protocol"),
        is_temporary=response.status_code in TEMPORARY
        or grounds[0].code in _TEMPORARY_CODES
        or said.get("reason") == "log-unavailable",
        retry_after_s=retry_after(response),
        status=HTTPStatus(response.status_code),
    )


def _ground_of_fault(fault: etree._Element) -> Ground:
    told = _FAULT.fullmatch(fault.findtext("faultstring") or "")
    assert told is not None
    said = _words(fault.find("detail"))
    return _ground_with(said, told["code"], told["title"], said.get("message", ""))


def _ground(exception: etree._Element) -> Ground:
    said = _annotations(exception)
    code, title = exception.findtext("Identificatie"), exception.findtext("Diagnose") or ""
    return _ground_with(said, code, title, exception.findtext("Omstandigheid") or "")


def _ground_with(said: Mapping[str, str], code: str | None, title: str, detail: str) -> Ground:
    return Ground(
        code=code or None,
        title=title,
        reason=said.get("reason"),
        detail=detail,
        article=said.get("article"),
        remedy=said.get("remedy", ""),
    )


def _notice(exception: etree._Element) -> Notice:
    words = dict(_annotations(exception))
    reason = words.pop("reason", None)
    code, title = exception.findtext("Identificatie"), exception.findtext("Diagnose")
    return Notice(code or "", title or "", reason, words)


def _withheld(root: etree._Element) -> tuple[Withheld, ...]:
    said = root.iterfind(".//Repliek/Context/Annotaties/Annotatie")
    told = (
        one.findtext("Waarde") or "" for one in said if one.findtext("Naam") == "achtergehouden"
    )
    found = (_WITHHELD.fullmatch(text) for text in told)
    return tuple(Withheld(one["name"], one["article"]) for one in found if one)


def _annotations(element: etree._Element) -> Mapping[str, str]:
    said = element.iterfind("Annotaties/Annotatie")
    return {one.findtext("Naam") or "": one.findtext("Waarde") or "" for one in said}


def _words(detail: etree._Element | None) -> Mapping[str, str]:
    if detail is None:
        return {}
    return {etree.QName(one).localname: one.text or "" for one in detail.iter(etree.Element)}

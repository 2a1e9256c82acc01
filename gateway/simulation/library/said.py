"""What an act was told, whatever wire it took."""

import json
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
from lxml import etree

from consumers.answers import Answered, Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An answer or a refusal. `body` is its content as plain values; `text` what of it tells something."""

    status: int | None = None
    reason: str | None = None
    code: str | None = None
    article: str | None = None
    decision: str | None = None
    retention: str | None = None
    protocol: str | None = None
    body: Any = None
    text: str = ""
    withheld: frozenset[str] | None = None
    apart: str = ""
    warnings: tuple[str, ...] = ()

    @property
    def outcome(self) -> str:
        """Answered or refused."""
        return "refused" if self.reason is not None else "answered"

    @property
    def kept_back(self) -> frozenset[str]:
        """The fields that were withheld."""
        return self.withheld or frozenset()

    @property
    def ground(self) -> tuple[str | None, str | None, str | None]:
        """What both wires must agree on."""
        return self.reason, self.code, self.article


@dataclass(slots=True)
class Story:
    """What was told so far: to each act by its place, and by its name."""

    told: dict[str | int, Said] = field(default_factory=dict)
    last: Said | None = None

    def add(self, place: int, name: str | None, said: Said) -> None:
        """The next act's."""
        self.told[place] = self.last = said
        if name is not None:
            self.told[name] = said

    def of(self, act: str | int | None) -> Said:
        """What an act was told; the last one, if none is named."""
        found = self.last if act is None else self.told.get(act)
        return found or Said(reason="nothing-was-told")


def over_http(answer: httpx.Response) -> Said:
    """What came back over HTTP."""
    body = _content(answer)
    problem = body if isinstance(body, dict) and answer.is_error else {}
    return Said(
        status=answer.status_code,
        reason=problem.get("reason") or (f"http-{answer.status_code}" if answer.is_error else None),
        code=problem.get("code"),
        article=problem.get("article"),
        decision=answer.headers.get("sim-decision"),
        retention=answer.headers.get("sim-retention"),
        protocol=answer.headers.get("sim-protocol", "").partition("@")[0] or None,
        body=body,
        text=_without_withheld(body) or answer.text,
        withheld=_withheld(body),
        warnings=_warnings(answer, body),
    )


def fault_of(answer: httpx.Response) -> Said:
    """A Fault: its code stands before the text, its reason in the detail."""
    root = etree.fromstring(answer.content)
    code, _, _ = (root.findtext(".//faultstring") or "").partition(" - ")
    reason = root.findtext(".//detail/reason")
    return Said(status=answer.status_code, reason=reason, code=code or None, text=answer.text)


def over_soap(answer: Answered[Any] | Refused) -> Said:
    """What came back over SOAP, as the client that agencies copy reads it."""
    key = (answer.protocol or "").partition("@")[0] or None
    if isinstance(answer, Refused):
        first = answer.first
        return Said(reason=first.reason, code=first.code, article=first.article,
                    decision=answer.decision, protocol=key)  # fmt: skip
    withheld = frozenset(one.name for one in answer.withheld)
    warnings = tuple(one.code for one in answer.notices)
    return Said(decision=answer.decision, protocol=key, withheld=withheld, warnings=warnings)


def compared(rest: Said, soap: Said) -> Said:
    """What REST said, and how SOAP said otherwise if it did."""
    beside = (rest.kept_back, rest.warnings) == (soap.kept_back, soap.warnings)
    if rest.ground == soap.ground and (rest.reason or beside):
        return rest
    return replace(rest, apart=f"SOAP said {soap.reason or 'yes'} {soap.code or ''}".strip())


def _content(answer: httpx.Response) -> Any:
    try:
        return json.loads(answer.content)
    except ValueError:
        return None


def _without_withheld(body: Any) -> str | None:
    """What an answer tells, less the names of what it does not tell."""
    if not isinstance(body, dict) or "achtergehouden" not in body:
        return None
    return json.dumps({key: value for key, value in body.items() if key != "achtergehouden"})


def _warnings(answer: httpx.Response, body: Any) -> tuple[str, ...]:
    """Codes of what is told beside an answer."""
    said = json.loads(answer.headers.get("x-magda-exceptions", "[]"))
    listed = body.get("uitzonderingen", []) if isinstance(body, dict) else []
    return tuple(one["code"] for one in (*said, *listed))


def _withheld(body: Any) -> frozenset[str] | None:
    listed = body.get("achtergehouden") if isinstance(body, dict) else None
    return None if listed is None else frozenset(one["veld"] for one in listed)

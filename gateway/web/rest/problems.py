"""Refusals as problem documents (RFC 9457) with Belgif types, the decision's number left open."""

import json
from typing import Any

from gateway.contracts.faults import Ground, Refusal
from gateway.contracts.reasons import WIRE, Reason
from gateway.domain.request import Reply

MEDIA_TYPE = "application/problem+json"
_HOLE = "\x00"
_STATUS_WITH_ISSUES = 400


def problem(refusal: Refusal, instance: str | None, *, fidelity: str = "sim") -> Reply:
    """The problem document of a refusal; `instance` is a UUID, or `None` where nothing is named.

    With `fidelity="magda"` it says no more than the real platform would.
    """
    ground = refusal.grounds[0]
    wire = WIRE[ground.reason]
    members: dict[str, Any] = {
        "type": f"urn:problem-type:belgif:{wire.problem}",
        "title": wire.text,
        "status": wire.status,
        "detail": ground.detail or wire.text,
        **({"instance": f"urn:uuid:{instance}"} if instance is not None else {}),
    }
    if fidelity == "magda":
        members |= {"detail": wire.text, "code": wire.code}
    else:
        members |= _own_members(ground, refusal.protocol)
        if len(refusal.grounds) > 1:
            members["reasons"] = [ground_members(one) for one in refusal.grounds]
    if wire.status == _STATUS_WITH_ISSUES:
        is_plain = fidelity == "magda"
        details = ("" if is_plain else one.detail for one in refusal.grounds)
        members["issues"] = [_issue(*pair) for pair in zip(refusal.grounds, details, strict=True)]
    return Reply(wire.status, MEDIA_TYPE, _parts(members), _headers(refusal))


def body_of(reply: Reply, decision: str | None) -> bytes:
    """The reply's bytes; where nothing was entered the document says `null`."""
    if decision is not None:
        return reply.body(decision)
    return reply.body("").replace(b'"decision":""', b'"decision":null')


def _own_members(ground: Ground, protocol: str | None) -> dict[str, Any]:
    logged = ground.reason is not Reason.LOG_UNAVAILABLE
    return {
        "reason": ground.reason.value,
        "code": WIRE[ground.reason].code,
        "protocol": protocol.partition("@")[0] if protocol else None,
        "article": ground.cited,
        "decision": _HOLE if logged else None,
        "remedy": ground.remedy,
    }


def ground_members(ground: Ground) -> dict[str, Any]:
    """One of several grounds of a refusal, whole."""
    return {
        "reason": ground.reason.value,
        "code": WIRE[ground.reason].code,
        "article": ground.cited,
        "detail": ground.detail,
        "remedy": ground.remedy,
    }


def _issue(ground: Ground, detail: str) -> dict[str, str]:
    return {
        "in": ground.part,
        "name": ground.element or "",
        "detail": detail or WIRE[ground.reason].text,
    }


def _parts(members: dict[str, Any]) -> tuple[bytes, ...]:
    text = json.dumps(members, ensure_ascii=False, separators=(",", ":"))
    return tuple(part.encode() for part in text.split("\\u0000"))


def retry_after(refusal: Refusal) -> tuple[tuple[str, str], ...]:
    """When to ask again, where a refusal says so."""
    if refusal.retry_after is None:
        return ()
    return (("Retry-After", str(refusal.retry_after)),)


def _headers(refusal: Refusal) -> tuple[tuple[str, str], ...]:
    if refusal.retry_after is not None:
        return retry_after(refusal)
    if refusal.reason is Reason.CREDENTIAL_MISSING:
        return (("WWW-Authenticate", "Bearer"),)
    if refusal.reason is Reason.CREDENTIAL_INVALID:
        return (("WWW-Authenticate", 'Bearer error="invalid_token"'),)
    return ()

"""`POST /_sim/check`: what would become of a question, without a disclosure (contract section 10)."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from gateway.contracts.faults import Refusal, refuse
from gateway.contracts.reasons import Reason
from gateway.domain.decision import Permit
from gateway.domain.protocol_document import Authentication
from gateway.domain.request import Caller
from gateway.flows.dry_run import DryQuestion
from gateway.simulation.space import Space
from gateway.web.instants import Instant
from gateway.web.rest.problems import ground_members


class Check(BaseModel):
    """A question as a credential would ask it; `null` fields are all that the service gives.

    `authentication`, `enduser` and `zorgkas` stand for what a caller states in headers and content;
    somebody is behind the call unless `enduser` is given as `null`.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    credential: str
    flow: str
    insz: str
    fields: list[str] | None = None
    purpose: str | None = None
    case: str | None = None
    authentication: Annotated[Authentication | None, Field(strict=False)] = None
    enduser: str | None = None
    zorgkas: str | None = None
    at: Annotated[Instant | None, Field(strict=False)] = None


def add_check(router: APIRouter, space: Callable[[], Space]) -> None:
    """Add the route."""

    @router.post("/check")
    async def check(body: Check) -> dict[str, Any]:
        """Permit or refusal, with every article; entered in the log as a check."""
        here = space()
        caller = known_caller(here, body.credential)
        question = DryQuestion(
            flow=body.flow,
            insz=body.insz,
            fields=frozenset(body.fields) if body.fields is not None else None,
            purpose=body.purpose,
            case=body.case,
            authentication=body.authentication,
            enduser=body.enduser,
            has_enduser=body.enduser is not None or "enduser" not in body.model_fields_set,
            fund=body.zorgkas,
            at=body.at,
        )
        return shown(await asyncio.to_thread(here.gateway.dry_run.check, caller, question))


def known_caller(space: Space, credential: str) -> Caller:
    """The credential with this key.

    Raises:
        RefusedFault: `message-invalid`; there is none.
    """
    caller = space.callers.get(credential)
    if caller is None:
        raise refuse(Reason.MESSAGE_INVALID, "credential: there is none with this key",
                     element="credential", remedy="the ready file lists them")  # fmt: skip
    return caller


def shown(outcome: Permit | Refusal) -> dict[str, Any]:
    """The outcome as contract section 10 has it; a refusal with its version and every ground."""
    if isinstance(outcome, Refusal):
        key, _, version = (outcome.protocol or "").partition("@")
        grounds = [ground_members(ground) for ground in outcome.grounds]
        first = grounds[0]
        return {
            "outcome": "refusal",
            "reason": first["reason"],
            "code": first["code"],
            "protocol": key or None,
            "article": first["article"],
            "remedy": first["remedy"],
            "version": version or None,
            "reasons": grounds,
        }
    chosen = outcome.candidate
    return {
        "outcome": "permit",
        "protocol": chosen.protocol,
        "articles": list(chosen.articles),
        "fields": list(chosen.fields),
        "withheld": [{"veld": one.name, "artikel": one.article} for one in chosen.withheld],
        "obligations": [
            {"kind": one.kind.value, "value": one.value, "article": one.article}
            for one in chosen.obligations
        ],
    }

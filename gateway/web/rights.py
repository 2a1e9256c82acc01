"""`GET /v1/rechten`: what the caller's unit may do, until when, and why not where it may not."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from gateway.contracts.faults import Ground, Refusal
from gateway.contracts.reasons import WIRE
from gateway.domain.legal_day import in_brussels, legal_day
from gateway.domain.protocol_document import Caution, RequiredFact
from gateway.domain.rights import Quota, Right, Rights, Window
from gateway.domain.services import PLATFORM, REGISTRATION_FLOW
from gateway.flows.attempts import AttemptGate
from gateway.flows.audited import WITHOUT_CREDENTIAL
from gateway.flows.rights import RightsDesk
from gateway.flows.throttle import Throttle
from gateway.ports import Credentials
from gateway.web.bearer import proof_of
from gateway.web.entered import entered
from gateway.web.openapi_problems import SECURED


@dataclass(frozen=True, slots=True, kw_only=True)
class RightsDoor:
    """Who may ask for rights: a credential, for its own unit."""

    desk: RightsDesk
    credentials: Credentials
    attempts: AttemptGate
    throttle: Throttle
    new_id: Callable[[], str]
    fidelity: str

    def admit(self, request: Request) -> None:
        """Note on the request whose credential it carries.

        Raises:
            RefusedFault: `credential-missing` or `credential-invalid`.
        """
        request.state.caller = None
        request.state.caller = self.credentials.identify(proof_of(request))

    def enter(self, request: Request, refusal: Refusal) -> str | None:
        """Enter an attempt that was refused; a flood of strangers shares one entry."""
        if refusal.reason in WITHOUT_CREDENTIAL and self.attempts.is_flooded("rights"):
            return None
        return self.desk.turned_away(refusal, request.state.caller)


def rights_router(door: RightsDoor) -> APIRouter:
    """The route; what is refused on it is entered like what is told."""
    route_class = entered(door)
    router = APIRouter(tags=["protocols"], route_class=route_class)

    @router.get("/v1/rechten", openapi_extra=SECURED)
    async def rights(request: Request) -> Response:
        """The rights of the caller's own unit, now; entered in the log."""
        door.throttle.take(request.state.caller)
        told = await door.desk.tell(request.state.caller)
        headers = {"sim-decision": told.decision, "sim-protocol": PLATFORM}
        return JSONResponse(shown_rights(told.rights), headers=headers)

    return router


def shown_rights(rights: Rights) -> dict[str, Any]:
    """Rights as the wire has them; `magda-sim rights --json` prints the same."""
    caller = rights.caller
    return {
        "partij": caller.party,
        "eenheid": caller.unit,
        "op": in_brussels(rights.at).isoformat(timespec="seconds"),
        "rechten": [_right(one) for one in rights.flows] + [_registration(rights.registration)],
    }


def _right(one: Right) -> dict[str, Any]:
    document, flow = one.document, one.flow
    end = one.standing.end
    return {
        "protocol": document.ref,
        "stroom": flow.key,
        "dienst": flow.service,
        "mag": one.refusal is None,
        "stand": one.standing.state.status.value,
        "van": _day(one.standing.since),
        "opent": flow.rhythm.open_from.isoformat() if flow.rhythm.open_from else None,
        "tot": _instant(end.at) if end else None,
        "tot_artikel": end.article if end else None,
        "doelen": [
            {"doel": p.key, "dossier_verplicht": p.case_required, "artikel": p.article}
            for p in one.purposes
        ],
        "gegevens": [{"veld": field.name, "artikel": field.article} for field in flow.fields],
        "feiten": [_fact(fact) for fact in one.facts],
        "venster": _window(one.window),
        "quotum": _quota(one.quota),
        **_caution(flow.caution),
        "bewaring": {"termijn": flow.retention.label, "artikel": flow.retention.article},
        "artikel": flow.article,
        "weigeringen": _refusals(one.refusal),
    }


def _registration(refusal: Refusal | None) -> dict[str, Any]:
    """The platform's own service, open where a flow in force asks for it."""
    return {
        "protocol": PLATFORM,
        "stroom": REGISTRATION_FLOW,
        "dienst": "RegistreerInschrijving-02.01",
        "mag": refusal is None,
        "weigeringen": _refusals(refusal),
    }


def _fact(one: RequiredFact) -> dict[str, Any]:
    return {
        "feit": one.fact.value,
        "doelen": sorted(one.purposes),
        "indien_vermeld": one.if_stated,
        "anders": one.route,
        "artikel": one.article,
    }


def _window(window: Window | None) -> dict[str, Any] | None:
    if window is None:
        return None
    return {
        "open": window.is_open,
        "maanden": list(window.months),
        "volgende": window.next_day.isoformat(),
        "artikel": window.article,
    }


def _quota(quota: Quota | None) -> dict[str, Any] | None:
    if quota is None:
        return None
    return {
        "per": "kalenderjaar",
        "toegelaten": quota.allowed,
        "gebruikt": quota.used,
        "over": quota.left,
        "artikel": quota.article,
    }


def _caution(asked: Caution) -> dict[str, Any]:
    """What is asked of the person behind the call."""
    login, training = asked.authentication, asked.training
    return {
        "aanmelding": {"minstens": login.value, "artikel": asked.authentication_article}
        if login
        else None,
        "gebruiker": _asked(asked.enduser_article),
        "opleiding": {"onderwerp": training, "artikel": asked.training_article}
        if training
        else None,
        "functiescheiding": _asked(asked.duties_article),
    }


def _asked(article: str | None) -> dict[str, str] | None:
    return {"artikel": article} if article is not None else None


def _refusals(refusal: Refusal | None) -> Sequence[dict[str, Any]]:
    if refusal is None:
        return []
    return [_ground(ground, refusal.protocol) for ground in refusal.grounds]


def _ground(ground: Ground, protocol: str | None) -> dict[str, Any]:
    return {
        "reden": ground.reason.value,
        "code": WIRE[ground.reason].code,
        "protocol": protocol,
        "artikel": ground.cited,
        "uitleg": ground.detail,
        "remedie": ground.remedy,
    }


def _instant(at: datetime) -> str:
    return in_brussels(at).isoformat(timespec="seconds")


def _day(at: datetime | None) -> str | None:
    return legal_day(at).isoformat() if at else None

"""`/mijn`: the same as a page that a person understands, without script."""

import asyncio
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import ValidationError

from gateway.contracts.faults import GatewayFault, LogUnavailable, Refusal, refuse
from gateway.contracts.reasons import Reason
from gateway.domain.citizen_view import Sighting
from gateway.flows.citizen_desk import Seen
from gateway.ports.citizens import Citizen
from gateway.web.bearer import bearer
from gateway.web.citizen.door import Asked, CitizenDoor
from gateway.web.citizen.pages import LANGUAGE, ROOT, TOKEN, Pages, pages_of
from gateway.web.citizen.timeline import Timeline
from gateway.web.counter.forms import fields
from gateway.web.counter.visit import is_from_elsewhere
from gateway.web.counter.words import spoken
from gateway.web.receiving import headers_of
from gateway.web.rest.decoding import BodyInvalid

_ON_A_PAGE = 50
_FILTERS = ("voor", "van", "tot", "afnemer", "na")


def citizen_pages(door: CitizenDoor) -> APIRouter:
    """The pages."""
    router = APIRouter(include_in_schema=False)

    @router.get(ROOT)
    async def timeline(request: Request) -> Response:
        """Who saw my data; to who has not logged in, the log-in."""
        pages = pages_of(request)
        viewer = door.known(pages.token or bearer(request))
        if viewer is None:
            return _log_in(door, pages)
        request.state.citizen = viewer
        try:
            return await _looked(door, pages, viewer, _asked(request))
        except GatewayFault as fault:
            return await _refused(door, pages, request, fault.refusal)

    @router.get(f"{ROOT}/taal/{{language}}")
    async def speak(request: Request, language: str) -> Response:
        """Another language from now on."""
        return pages_of(request).go((LANGUAGE, spoken(language)))

    _add_log_in(router, door)
    return router


def _add_log_in(router: APIRouter, door: CitizenDoor) -> None:
    @router.post(f"{ROOT}/aanmelden")
    async def sign_in(request: Request) -> Response:
        """As if by eID: the visitor says who they are."""
        pages = pages_of(request)
        chosen = _chosen(door, request, await request.body())
        if chosen is None:
            request.state.citizen = None
            return await _refused(door, pages, request, _NOBODY.refusal)
        return pages.go((TOKEN, door.logins.open(chosen.key)))

    @router.post(f"{ROOT}/afmelden")
    async def sign_out(request: Request) -> Response:
        """The log-in counts no more."""
        pages = pages_of(request)
        if is_from_elsewhere(headers_of(request.scope)):
            return pages.go()
        door.logins.close(pages.token)
        return pages.go((TOKEN, ""))


_NOBODY = refuse(Reason.CREDENTIAL_INVALID, "nobody who can log in here was chosen")


def _chosen(door: CitizenDoor, request: Request, body: bytes) -> Citizen | None:
    """Whom the log-in form names; nobody where another site sent it, or nobody may choose."""
    if not door.anybody or is_from_elsewhere(headers_of(request.scope)):
        return None
    try:
        return door.desk.citizens.find(fields(body).get("persona", ""))
    except BodyInvalid:
        return None


def _asked(request: Request) -> Asked:
    """What the filters say; those that were left empty do not count.

    Raises:
        RefusedFault: `message-invalid`.
    """
    sent = {name: value for name, value in request.query_params.items() if value}
    try:
        return Asked.model_validate({"aantal": _ON_A_PAGE, **sent})
    except ValidationError:
        raise refuse(Reason.MESSAGE_INVALID, "the filters do not hold") from None


async def _looked(door: CitizenDoor, pages: Pages, viewer: Citizen, asked: Asked) -> Response:
    seen = await door.desk.look(viewer, asked.voor, asked.wanted())
    shown, last = asked.page(seen.sightings)
    timeline = Timeline(door.desk.protocols.bundle(), pages.language)
    chosen = asked.model_dump(mode="json", by_alias=True)
    older = {k: v for k, v in chosen.items() if v and k in _FILTERS} | {"na": last}
    values = {
        "looks": [timeline.told(one) for one in shown],
        "agencies": _agencies(timeline, seen.sightings),
        "older": urlencode(older) if last else None,
    }
    return pages.show("looks", _whose(door, viewer, seen, chosen) | values, decision=seen.decision)


def _whose(
    door: CitizenDoor, viewer: Citizen, seen: Seen | None, chosen: dict[str, Any]
) -> dict[str, Any]:
    return {
        "viewer": viewer,
        "person": seen.person if seen else viewer,
        "sees": door.desk.sees(viewer),
        "chosen": chosen,
        "signed_in": True,
    }


def _agencies(timeline: Timeline, told: Sequence[Sighting]) -> Sequence[tuple[str, str]]:
    found = {one.consumer: timeline.consumer(one) for one in told}
    return sorted(found.items(), key=lambda pair: pair[1])


def _log_in(door: CitizenDoor, pages: Pages, *wrong: Any) -> Response:
    citizens = door.desk.citizens.all() if door.anybody else ()
    values = {"citizens": citizens, "anybody": door.anybody, "signed_in": False}
    return pages.show("login", values, *wrong)


async def _refused(door: CitizenDoor, pages: Pages, request: Request, refusal: Refusal) -> Response:
    """A page that says no, once the refusal is entered."""
    decision = None
    if refusal.reason is not Reason.LOG_UNAVAILABLE:
        try:
            decision = await asyncio.to_thread(door.enter, request, refusal)
        except LogUnavailable as unavailable:
            refusal = unavailable.refusal
    viewer: Citizen | None = request.state.citizen
    if viewer is None:
        return _log_in(door, pages, refusal, decision)
    values = {"looks": None, "agencies": (), "older": None}
    empty = dict.fromkeys(_FILTERS)
    return pages.show("looks", _whose(door, viewer, None, empty) | values, refusal, decision)

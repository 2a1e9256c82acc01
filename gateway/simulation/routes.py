"""The FastAPI application that all spaces of a process share, and how it knows which space is meant."""

import hmac
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar, copy_context
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from typing import Any, Generic, TypeVar, cast

from fastapi import APIRouter, FastAPI

from gateway.domain.protocol_document import ProtocolDocument
from gateway.domain.public_address import is_loopback, parse_bases
from gateway.ports.operation import Part
from gateway.simulation.control_api import ResetHere, control_router
from gateway.simulation.examples.catalogue import bodies_by_path
from gateway.simulation.keys_api import pki_router
from gateway.simulation.space import Space
from gateway.simulation.status_api import status_router
from gateway.web.acts import ActsDesk, acts_router
from gateway.web.addresses import Addresses
from gateway.web.app import create_app
from gateway.web.citizen.door import CitizenDoor
from gateway.web.citizen.page_router import citizen_pages
from gateway.web.citizen.router import citizen_router
from gateway.web.counter.router import counter_router
from gateway.web.delivered import DeliveredDoor, delivered_router
from gateway.web.descriptions import DescriptionDoor, descriptions_router
from gateway.web.dispatcher import AsgiApp
from gateway.web.log import log_router
from gateway.web.oauth import OAuthDoor, oauth_router
from gateway.web.operation import operation_router
from gateway.web.platform import platform_router
from gateway.web.protocols import protocols_router
from gateway.web.receiving import Receive, Scope, Send
from gateway.web.rest.bodies import PATHS as REST_PATHS
from gateway.web.rest.bodies import READ_PATHS
from gateway.web.rest.files import PATHS as FILE_PATHS
from gateway.web.rights import RightsDoor, rights_router
from gateway.web.soap.names import PATHS as SOAP_PATHS
from gateway.web.uploads import TEMPLATE as UPLOADS
from gateway.web.workflows import WorkflowDesk, workflows_router

Desk = TypeVar("Desk", bound=ActsDesk)
Door = TypeVar("Door", bound=RightsDoor)
Thing = TypeVar("Thing")


@dataclass(frozen=True, slots=True, kw_only=True)
class Desks:
    """What the routes ask of one space."""

    space: Space
    acts: ActsDesk
    workflows: WorkflowDesk
    rights: RightsDoor
    descriptions: DescriptionDoor
    delivered: DeliveredDoor
    oauth: OAuthDoor
    citizens: CitizenDoor


_HERE: ContextVar[Desks] = ContextVar("desks of the space that a request is for")


class Within:
    """An ASGI application that sends requests on in the name of one space."""

    def __init__(self, app: AsgiApp, desks: Desks) -> None:
        self._app, self._desks = app, desks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Whatever runs for this request, also on worker threads, sees this space and no other."""
        token = _HERE.set(self._desks)
        try:
            await self._app(scope, receive, send)
        finally:
            _HERE.reset(token)


def here() -> Space:
    """The space that the request in hand is for."""
    return _HERE.get().space


class _Late(Generic[Thing]):
    """Looks a part up each time something of it is asked, so that nothing of a space is held."""

    def __init__(self, find: Callable[[], Thing]) -> None:
        self._find = find

    def __getattr__(self, name: str) -> Any:
        return getattr(self._find(), name)


def late(find: Callable[[], Thing]) -> Thing:
    """What stands for a part of whichever space is meant."""
    return cast("Thing", _Late(find))


def shared_app(fidelity: str, reset: ResetHere, further: Sequence[APIRouter]) -> FastAPI:
    """Made once for a process: it keeps nothing of any space. `further` are routes of the process."""
    posted = (*REST_PATHS, *FILE_PATHS, UPLOADS)
    routers = (
        platform_router(posted, tuple(READ_PATHS), tuple(SOAP_PATHS)),
        log_router(late(lambda: here().gateway.public_log), _log_keys),
        operation_router(
            late(lambda: here().gateway.protocols),
            _parts,
            _metrics,
        ),
        descriptions_router(late(lambda: _HERE.get().descriptions), tuple(SOAP_PATHS)),
        protocols_router(
            late(lambda: here().gateway.protocols), late(lambda: here().clock), _content
        ),
        rights_router(late(lambda: _HERE.get().rights)),
        acts_router(late(lambda: _HERE.get().acts)),
        workflows_router(late(lambda: _HERE.get().workflows)),
        delivered_router(late(lambda: _HERE.get().delivered)),
        counter_router(),
        citizen_router(late(lambda: _HERE.get().citizens)),
        citizen_pages(late(lambda: _HERE.get().citizens)),
        oauth_router(late(lambda: _HERE.get().oauth)),
        status_router(here),
        control_router(here, reset),
        *further,
        pki_router(here),
    )  # fmt: skip
    return create_app(version("magda-sim"), _new_id, routers, fidelity, bodies_by_path())


def _content(document: ProtocolDocument) -> Mapping[str, Any]:
    return here().gateway.texts.content(document)


def _log_keys() -> Mapping[str, Any]:
    return here().gateway.notary.keys()


def _parts() -> Sequence[Part]:
    return here().operation.parts()


def _metrics() -> bytes:
    return here().operation.metrics()


def _new_id() -> str:
    return here().keyring.secrets.new_id()


def desks_of(space: Space) -> Desks:
    """What the routes ask of this space."""
    gateway = space.gateway
    return Desks(
        space=space,
        acts=_desk(space, ActsDesk),
        workflows=_desk(space, WorkflowDesk, onward=gateway.onward, workflow=gateway.workflow),
        rights=_rights_door(space, RightsDoor),
        descriptions=_rights_door(space, DescriptionDoor),
        delivered=_delivered_door(space),
        oauth=_oauth_door(space),
        citizens=_citizen_door(space),
    )


def _desk(space: Space, kind: type[Desk], **more: Any) -> Desk:
    gateway = space.gateway
    return kind(
        acts=gateway.acts,
        credentials=gateway.credentials,
        attempts=gateway.attempts,
        throttle=gateway.throttle,
        is_control=lambda token: hmac.compare_digest(token.encode(), space.control_token.encode()),
        new_id=space.keyring.secrets.new_id,
        fidelity=space.settings.fidelity,
        **more,
    )


def _rights_door(space: Space, kind: type[Door]) -> Door:
    gateway = space.gateway
    return kind(
        desk=gateway.rights,
        credentials=gateway.credentials,
        attempts=gateway.attempts,
        throttle=gateway.throttle,
        new_id=space.keyring.secrets.new_id,
        fidelity=space.settings.fidelity,
    )


def _delivered_door(space: Space) -> DeliveredDoor:
    gateway = space.gateway
    return DeliveredDoor(
        flow=gateway.files.redelivery,
        credentials=gateway.credentials,
        attempts=gateway.attempts,
        throttle=gateway.throttle,
        in_turn=lambda task: gateway.files.worker.call(partial(copy_context().run, task)).result(),
        new_id=space.keyring.secrets.new_id,
        fidelity=space.settings.fidelity,
    )


def _citizen_door(space: Space) -> CitizenDoor:
    """A simulated eID asks for no proof, so only who sits at this machine chooses whom to be."""
    return CitizenDoor(
        desk=space.gateway.citizens,
        logins=space.gateway.logins,
        attempts=space.gateway.attempts,
        new_id=space.keyring.secrets.new_id,
        fidelity=space.settings.fidelity,
        anybody=is_loopback(space.settings.host),
    )


def addresses_of(space: Space) -> Addresses:
    """Under which addresses this space is reached."""
    settings, doors = space.settings, space.doors
    return Addresses(
        lambda: (doors.http, doors.https),
        tuple(settings.server_names),
        parse_bases(settings.public_urls),
    )


def _oauth_door(space: Space) -> OAuthDoor:
    settings = space.settings
    return OAuthDoor(
        desk=space.gateway.tokens.desk,
        addresses=addresses_of(space),
        throttle=space.gateway.throttle,
        keys=space.gateway.tokens.mint.keys,
        fidelity=settings.fidelity,
    )

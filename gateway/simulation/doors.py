"""The HTTP doors of a space: hot endpoints, platform, simulation and the sources' own door."""

import hmac
from collections.abc import Callable
from datetime import datetime, timedelta
from importlib.metadata import version
from typing import Any, TypeVar

from fastapi import APIRouter

from gateway.adapters.clock import WallClock
from gateway.contracts.drop import SFTP
from gateway.contracts.quirks import parse_quirks
from gateway.domain.log_entry import Event, EventKind
from gateway.domain.public_address import is_loopback, parse_bases
from gateway.flows.uploads import UploadFlow
from gateway.simulation.control_api import control_router
from gateway.simulation.keys_api import pki_router
from gateway.simulation.space import Space
from gateway.web.acts import ActsDesk, acts_router
from gateway.web.addresses import Addresses
from gateway.web.app import create_app
from gateway.web.counter.door import CounterDoor
from gateway.web.counter.router import counter_router
from gateway.web.delivered import DeliveredDoor, delivered_router
from gateway.web.descriptions import DescriptionDoor, descriptions_router
from gateway.web.dispatcher import FOR_OPERATORS, AsgiApp, SpaceApp
from gateway.web.files import file_endpoints
from gateway.web.hot import HotEndpoint
from gateway.web.interactive import InteractiveDoor
from gateway.web.log import log_router
from gateway.web.oauth import OAuthDoor, oauth_router
from gateway.web.operation import operation_router
from gateway.web.platform import platform_router
from gateway.web.protocols import protocols_router
from gateway.web.receiving import BodyLimits, Receive, Scope, Send
from gateway.web.rest.bodies import PATHS as REST_PATHS
from gateway.web.rest.bodies import READ_PATHS
from gateway.web.rest.codec import RestCodec
from gateway.web.rest.files import PATHS as FILE_PATHS
from gateway.web.rights import RightsDoor, rights_router
from gateway.web.soap.codec import SoapCodec
from gateway.web.soap.names import PATHS as SOAP_PATHS
from gateway.web.soap.wss.freshness import Freshness
from gateway.web.soap.wss.messages import SignedMessages
from gateway.web.soap.wss.seal import Seal
from gateway.web.soap.wss.verifier import SignatureVerifier
from gateway.web.uploads import TEMPLATE as UPLOADS
from gateway.web.uploads import UploadDoor
from gateway.web.workflows import WorkflowDesk, workflows_router
from providers.door import SourceDoor
from sftp_drop.arrivals import StagedArrivals

SOURCES = "/bronnen/"
Desk = TypeVar("Desk", bound=ActsDesk)
Door = TypeVar("Door", bound=RightsDoor)
Reset = Callable[[int | None, datetime | None], dict[str, Any]]


def space_app(space: Space, current: Callable[[], Space], reset: Reset) -> SpaceApp:
    """Every door of one space. `current` gives the space that stands here after a reset."""
    settings, gateway, secrets = space.settings, space.gateway, space.keyring.secrets
    limits = BodyLimits(settings.body_limit, settings.body_timeout)
    rest = RestCodec(secrets.new_id, settings.body_limit, settings.fidelity)
    routers = (*_routers(space), control_router(current, reset), pki_router(current))
    app = create_app(version("magda-sim"), secrets.new_id, routers, settings.fidelity)
    steps = (
        InteractiveDoor(gateway.interactive, rest, limits),
        CounterDoor(gateway.interactive, rest, limits, space.clock.now),
    )
    read = {
        path: HotEndpoint(gateway.consultation, rest, limits, service)
        for path, service in READ_PATHS.items()
    }
    hot = _hot(space, rest, limits)
    outer = _WithSources(app, _source_door(space))
    return SpaceApp(
        hot, outer, (*steps, _upload_door(space)), limits, read, space.operation.watch,
        closed=() if settings.open_pages or is_loopback(settings.host) else FOR_OPERATORS,
    )  # fmt: skip


def _hot(space: Space, rest: RestCodec, limits: BodyLimits) -> dict[str, HotEndpoint]:
    """What is posted: questions over REST, files on request, and all of SOAP."""
    gateway, settings = space.gateway, space.settings
    soap = SoapCodec(
        space.clock,
        space.keyring.secrets.new_id,
        settings.body_limit,
        settings.fidelity,
        parse_quirks(settings.quirks),
    )
    hot = {
        path: HotEndpoint(gateway.consultation, rest, limits, service)
        for path, service in REST_PATHS.items()
    }
    hot |= file_endpoints(gateway.files.payments, gateway.files.onward_list, rest, limits)
    signed = _signed_messages(space)
    for path in SOAP_PATHS:
        hot[path] = HotEndpoint(gateway.consultation, soap, limits, security=signed)
    return hot


def _routers(space: Space) -> tuple[APIRouter, ...]:
    gateway, posted = space.gateway, (*REST_PATHS, *FILE_PATHS, UPLOADS)
    workflows = _desk(space, WorkflowDesk, onward=gateway.onward, workflow=gateway.workflow)
    return (
        platform_router(posted, tuple(READ_PATHS), tuple(SOAP_PATHS)),
        log_router(gateway.public_log, gateway.notary.keys),
        operation_router(gateway.protocols, space.operation.parts, space.operation.metrics),
        descriptions_router(_rights_door(space, DescriptionDoor), tuple(SOAP_PATHS)),
        protocols_router(gateway.protocols, space.clock, gateway.texts.content),
        rights_router(_rights_door(space, RightsDoor)),
        acts_router(_desk(space, ActsDesk)),
        workflows_router(workflows),
        delivered_router(_delivered_door(space)),
        counter_router(),
        oauth_router(_oauth_door(space)),
    )


def _signed_messages(space: Space) -> SignedMessages:
    """How old a message is, is judged in machine time; whose it is, on the space's clock."""
    settings, now = space.settings, WallClock().now
    lifetime = timedelta(seconds=settings.signature_lifetime)
    verifier = SignatureVerifier(space.gateway.credentials, Freshness(now, lifetime))
    keys, follows = space.certificates.answers, settings.answer_key == "as-client"
    return SignedMessages(
        verifier,
        Seal(lambda is_rsa: keys.signer(is_rsa and follows), now, lifetime),
        settings.body_limit,
        required=settings.soap_signature == "required",
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
        in_turn=lambda task: gateway.files.worker.call(task).result(),
        new_id=space.keyring.secrets.new_id,
        fidelity=space.settings.fidelity,
    )


def _upload_door(space: Space) -> UploadDoor:
    gateway, settings = space.gateway, space.settings
    remedy = f"a file has at most {settings.upload_limit} bytes"
    return UploadDoor(
        flow=UploadFlow(
            distribution=gateway.files.distribution,
            log=gateway.log,
            arrivals=StagedArrivals(space.store),
            accounts=space.gates[SFTP].accounts,
        ),
        credentials=gateway.credentials,
        attempts=gateway.attempts,
        throttle=gateway.throttle,
        in_turn=gateway.files.worker.call,
        limits=BodyLimits(settings.upload_limit, settings.body_timeout, remedy),
        new_id=space.keyring.secrets.new_id,
        fidelity=settings.fidelity,
    )


def _oauth_door(space: Space) -> OAuthDoor:
    settings, doors = space.settings, space.doors
    addresses = Addresses(
        lambda: (doors.http, doors.https),
        tuple(settings.server_names),
        parse_bases(settings.public_urls),
    )
    return OAuthDoor(
        desk=space.gateway.tokens.desk,
        addresses=addresses,
        throttle=space.gateway.throttle,
        keys=space.gateway.tokens.mint.keys,
        fidelity=settings.fidelity,
    )


class _WithSources:
    """Sends what is for the sources to their door, and the rest on."""

    def __init__(self, app: AsgiApp, door: SourceDoor) -> None:
        self._app, self._door = app, door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Route a connection."""
        path = scope.get("path", "")[len(scope.get("root_path", "")) :]
        if scope["type"] == "http" and path.startswith(SOURCES):
            await self._door(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _source_door(space: Space) -> SourceDoor:
    """LAW: 001 and 004 art. 6 - a direct call is refused, and entered."""

    async def on_direct_call(party: str, service: str) -> None:
        words = {"party": party, "flow": service, "outcome": "refusal", "articles": ["art. 6"]}
        event = Event(EventKind.DIRECT_CALL, space.clock.now(), space.key, words)
        await space.gateway.log.append(event.entry())

    return SourceDoor(space.source_desk, space.source_key, on_direct_call)

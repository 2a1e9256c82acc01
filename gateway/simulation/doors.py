"""The HTTP doors of a space: its hot endpoints, the sources' own door, and the routes that all share."""

from datetime import timedelta

from gateway.adapters.clock import WallClock
from gateway.contracts.drop import SFTP
from gateway.contracts.quirks import parse_quirks
from gateway.domain.log_entry import Event, EventKind
from gateway.domain.public_address import is_loopback
from gateway.flows.uploads import UploadFlow
from gateway.simulation.disturbance.doors import DisturbedDoors, SkewedClock
from gateway.simulation.routes import Within, desks_of
from gateway.simulation.space import Space
from gateway.web.counter.door import CounterDoor
from gateway.web.dispatcher import FOR_OPERATORS, AsgiApp, SpaceApp
from gateway.web.files import file_endpoints
from gateway.web.hot import HotEndpoint
from gateway.web.interactive import InteractiveDoor
from gateway.web.receiving import BodyLimits, Receive, Scope, Send
from gateway.web.rest.bodies import PATHS as REST_PATHS
from gateway.web.rest.bodies import READ_PATHS
from gateway.web.rest.codec import RestCodec
from gateway.web.soap.codec import SoapCodec
from gateway.web.soap.names import PATHS as SOAP_PATHS
from gateway.web.soap.schemas import Schemas
from gateway.web.soap.wss.freshness import Freshness
from gateway.web.soap.wss.messages import SignedMessages
from gateway.web.soap.wss.seal import Seal
from gateway.web.soap.wss.verifier import SignatureVerifier
from gateway.web.uploads import UploadDoor
from providers.door import SourceDoor
from sftp_drop.arrivals import StagedArrivals

SOURCES = "/bronnen/"


def space_app(space: Space, shared: AsgiApp, schemas: Schemas) -> AsgiApp:
    """Every door of one space; all share the application behind what is not hot, and SOAP's schemas."""
    settings, gateway, secrets = space.settings, space.gateway, space.keyring.secrets
    limits = BodyLimits(settings.body_limit, settings.body_timeout)
    rest = RestCodec(secrets.new_id, settings.body_limit, settings.fidelity)
    steps = (
        InteractiveDoor(gateway.interactive, rest, limits),
        CounterDoor(gateway.interactive, rest, limits, space.clock.now),
    )
    read = {
        path: HotEndpoint(gateway.consultation, rest, limits, service)
        for path, service in READ_PATHS.items()
    }
    hot = _hot(space, rest, limits, schemas)
    outer = _WithSources(Within(shared, desks_of(space)), _source_door(space))
    app = SpaceApp(
        hot, outer, (*steps, _upload_door(space)), limits, read, space.operation.watch,
        closed=() if settings.open_pages or is_loopback(settings.host) else FOR_OPERATORS,
    )  # fmt: skip
    return DisturbedDoors(app, space.faults, gateway.consultation)


def _hot(
    space: Space, rest: RestCodec, limits: BodyLimits, schemas: Schemas
) -> dict[str, HotEndpoint]:
    """What is posted: questions over REST, files on request, and all of SOAP."""
    gateway, settings = space.gateway, space.settings
    soap = SoapCodec(
        SkewedClock(space.clock, space.faults, "door.soap"),
        space.keyring.secrets.new_id,
        settings.body_limit,
        settings.fidelity,
        parse_quirks(settings.quirks),
        schemas,
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


def _upload_door(space: Space) -> UploadDoor:
    gateway, settings = space.gateway, space.settings
    remedy = f"a file has at most {settings.upload_limit} bytes"
    return UploadDoor(
        flow=UploadFlow(
            distribution=gateway.files.distribution,
            log=gateway.log,
            arrivals=StagedArrivals(space.store),
            accounts=space.gates[SFTP].accounts,
            strict=settings.strict_transport,
        ),
        credentials=gateway.credentials,
        attempts=gateway.attempts,
        throttle=gateway.throttle,
        in_turn=gateway.files.worker.call,
        limits=BodyLimits(settings.upload_limit, settings.body_timeout, remedy),
        new_id=space.keyring.secrets.new_id,
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

"""`POST /v1/aanlevering/<stroom>?dag=…[&volgnummer=…]`: an upload over HTTP, streamed to disk."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from concurrent.futures import Future
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from gateway.contracts.drop import Arrival
from gateway.contracts.faults import GatewayFault, Ground, LogUnavailable, Refusal, refuse
from gateway.contracts.reasons import Reason
from gateway.domain.answered import Answered
from gateway.domain.receipt import UploadStatus
from gateway.domain.request import Caller
from gateway.domain.services import PLATFORM
from gateway.flows.attempts import AttemptGate
from gateway.flows.audited import STOPPED, WITHOUT_CREDENTIAL
from gateway.flows.throttle import Throttle
from gateway.flows.uploads import CHANNEL, HandedOver, UploadFlow
from gateway.ports import Credentials
from gateway.web.proofs import proof_of
from gateway.web.receiving import BodyCut, BodyLimits, Receive, Scope, Send, headers_of
from gateway.web.rest.problems import MEDIA_TYPE, body_of, problem
from gateway.web.streaming import pieces
from gateway.web.watched import ANSWERED

ROOT = "/v1/aanlevering/"
TEMPLATE = ROOT + "{stroom}"
JSON = "application/json"
STATUS_OF = {
    UploadStatus.DISTRIBUTED: 202,
    UploadStatus.UNCHANGED: 200,
    UploadStatus.REFUSED: 409,
    UploadStatus.QUARANTINED: 400,
}
InTurn = Callable[[Callable[[], HandedOver]], "Future[HandedOver]"]


@dataclass(slots=True)
class _Attempt:
    """One call: its flow, whose it is once that is known, and how many bytes came."""

    flow: str
    caller: Caller | None = None
    size: int = 0


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    media_type: str
    body: list[bytes] | Iterator[bytes]
    headers: Mapping[str, str]
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadDoor:
    """One space's door. `in_turn` runs what touches files, one at a time."""

    flow: UploadFlow
    credentials: Credentials
    attempts: AttemptGate
    throttle: Throttle
    in_turn: InTurn
    limits: BodyLimits
    new_id: Callable[[], str]
    fidelity: str

    def endpoint(self, method: str, path: str) -> "UploadDoor | None":
        """This door where a method and path are those of an upload."""
        is_upload = method == "POST" and path.startswith(ROOT) and "/" not in path[len(ROOT) :]
        return self if is_upload else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take an upload, or enter why not; no attempt without its entry."""
        path = scope["path"][len(scope.get("root_path", "")) :]
        attempt = _Attempt(path[len(ROOT) :])
        try:
            answer = self._told(await self._take(attempt, scope, receive))
        except BodyCut as cut:
            answer = await self._refused(attempt, cut.fault.refusal, "broken", is_last=cut.is_last)
            if cut.is_gone:
                return
        except GatewayFault as fault:
            answer = await self._refused(attempt, fault.refusal, "refusal")
        except asyncio.CancelledError:
            answer = await self._refused(attempt, STOPPED, "broken", is_last=True)
        except OSError as error:
            refusal = _unwritable(error)
            answer = await self._refused(attempt, refusal, "broken", is_last=True)
        except Exception as error:  # noqa: BLE001  the door's edge
            refusal = Refusal((Ground(reason=Reason.INTERNAL, detail=type(error).__name__),))
            answer = await self._refused(attempt, refusal, "broken", is_last=True)
        scope[ANSWERED] = _told(attempt, answer)
        await _send(send, answer)

    async def _take(self, attempt: _Attempt, scope: Scope, receive: Receive) -> HandedOver:
        attempt.caller = caller = self.credentials.identify(proof_of(scope))
        self.throttle.take(caller)
        self.flow.admit(caller, attempt.flow)
        name = self.flow.name(attempt.flow, *_asked(scope))
        async with self._arriving(caller) as arrival:
            await self._write(arrival, attempt, scope, receive)
            handing = self.in_turn(lambda: self.flow.hand_over(caller, arrival, attempt.flow, name))
            told = asyncio.wrap_future(handing)
            try:
                return await asyncio.shield(told)
            except asyncio.CancelledError:  # it is too late to stop: its entries are being made
                return await told

    @asynccontextmanager
    async def _arriving(self, caller: Caller) -> AsyncIterator[Arrival]:
        """Begin one; it is discarded on any way out, also where the gateway is told to stop just then."""
        beginning = asyncio.ensure_future(asyncio.to_thread(self.flow.begin, caller))
        try:
            yield await asyncio.shield(beginning)
        finally:
            (await beginning).discard()

    async def _write(
        self, arrival: Arrival, attempt: _Attempt, scope: Scope, receive: Receive
    ) -> None:
        async for piece in pieces(scope, receive, headers_of(scope), self.limits):
            await _whole(asyncio.to_thread(arrival.write, piece))
            attempt.size += len(piece)

    def _told(self, handed: HandedOver) -> _Answer:
        """The receipt in pieces; that of a hopeless file stands in a problem document."""
        receipt = handed.receipt
        status, headers = STATUS_OF[receipt.status], {"sim-protocol": handed.protocol}
        headers["sim-decision"] = receipt.decision
        if receipt.status is UploadStatus.QUARANTINED:
            return _Answer(status, MEDIA_TYPE, [self._hopeless(handed)], headers)
        return _Answer(status, JSON, receipt.as_json(), headers)

    def _hopeless(self, handed: HandedOver) -> bytes:
        receipt = handed.receipt
        ground = Ground(reason=Reason.MESSAGE_INVALID, detail=receipt.reason or "",
                        remedy=receipt.remedy or "")  # fmt: skip
        reply = problem(Refusal((ground,), handed.protocol), self.new_id(), fidelity=self.fidelity)
        own = json.loads(body_of(reply, receipt.decision))
        told = json.loads(b"".join(receipt.as_json()))
        return json.dumps(own | {"ontvangstbewijs": told}, ensure_ascii=False).encode()

    async def _refused(
        self, attempt: _Attempt, refusal: Refusal, outcome: str, *, is_last: bool = False
    ) -> _Answer:
        try:
            decision = await asyncio.to_thread(self._enter, attempt, refusal, outcome)
        except LogUnavailable as unavailable:
            refusal, decision = unavailable.refusal, None
        return self._answer(refusal, decision, is_last=is_last)

    def _answer(self, refusal: Refusal, decision: str | None, *, is_last: bool) -> _Answer:
        reply = problem(refusal, self.new_id(), fidelity=self.fidelity)
        headers = {"sim-protocol": refusal.protocol or PLATFORM}
        headers |= {name.lower(): value for name, value in reply.headers}
        headers |= {"sim-decision": decision} if decision else {}
        headers |= {"connection": "close"} if is_last else {}
        body = [body_of(reply, decision)]
        return _Answer(reply.status, reply.media_type, body, headers, refusal)

    def _enter(self, attempt: _Attempt, refusal: Refusal, outcome: str) -> str | None:
        """A flood of strangers shares one entry."""
        if refusal.reason in WITHOUT_CREDENTIAL and self.attempts.is_flooded("uploads"):
            return None
        return self.flow.turned_away(
            attempt.caller, attempt.flow, refusal, outcome=outcome, size=attempt.size
        )


async def _whole(work: Coroutine[Any, Any, None]) -> None:
    """Let a thread finish what it does with a file before we hear that we are to stop."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    finally:
        await asyncio.wait([task])


def _told(attempt: _Attempt, answer: _Answer) -> Answered:
    """What the watch is told."""
    return Answered(
        channel=CHANNEL, route=TEMPLATE, caller=attempt.caller, refusal=answer.refusal,
        protocol=answer.headers["sim-protocol"], decision=answer.headers.get("sim-decision"),
        status=answer.status,
    )  # fmt: skip


def _asked(scope: Scope) -> tuple[str, str]:
    """Day and number; each once, and nothing else.

    Raises:
        RefusedFault: `message-invalid`.
    """
    pairs = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    asked = dict(pairs)
    if len(asked) != len(pairs) or not {"dag"} <= asked.keys() <= {"dag", "volgnummer"}:
        raise refuse(
            Reason.MESSAGE_INVALID, "an upload names its `dag`, and of a correction its `volgnummer`",
            remedy="?dag=<yyyy-mm-dd>, and for a correction &volgnummer=<n>", element="dag",
        )  # fmt: skip
    return asked["dag"], asked.get("volgnummer", "1")


def _unwritable(error: OSError) -> Refusal:
    detail = f"the upload cannot be written: {error.strerror or type(error).__name__}"
    ground = Ground(reason=Reason.INTERNAL, detail=detail, remedy="send it again later")
    return Refusal((ground,))


async def _send(send: Send, answer: _Answer) -> None:
    """Piece by piece: a receipt may list very many records."""
    headers = {"content-type": answer.media_type, **answer.headers}
    if isinstance(answer.body, list):
        headers["content-length"] = str(sum(map(len, answer.body)))
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": raw})
    for piece in answer.body:
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})

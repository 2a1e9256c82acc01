"""What the lines of files on request share: an exchange whose decision and files are entered together."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gateway.domain.admission import admit
from gateway.domain.batch import Batch, BatchKey, Delivery
from gateway.domain.bundle import Bundle
from gateway.domain.decision_terms import Ask
from gateway.domain.log_entry import Draft
from gateway.domain.request import Caller, Message, Reply, Request
from gateway.flows.audited import Exchange
from gateway.flows.batch_entries import BatchEntries
from gateway.flows.consultation import ConsultationFlow
from gateway.flows.parcels import Parcels, Part
from gateway.ports import Folders, Ledger, MessageCodec

InTurn = Callable[[Callable[[], None]], Awaitable[None]]
"""Does something with files when its turn has come: one at a time."""
Tell = Callable[[Request, Mapping[str, Any], int], Reply]
"""Renders where a file is; the number is the HTTP status."""
MakeParts = Callable[[BatchEntries], Sequence[Part]]
MakeReply = Callable[[Batch, Sequence[Delivery], int], Reply]
_CREATED, _SAME = 201, 200


class FileExchange(Exchange):
    """An exchange whose decision is entered together with the files that it lets go, or not at all."""

    position: int | None = None

    async def _enter(self, answer: bytes) -> int:
        return await super()._enter(answer) if self.position is None else self.position


@dataclass(frozen=True, slots=True)
class Asked:
    """A request for files as it was read: by whom, under which law, and as the decision sees it."""

    caller: Caller
    request: Request
    bundle: Bundle
    ask: Ask


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestedFiles:
    """The collaborators, wired once at start-up."""

    line: ConsultationFlow
    parcels: Parcels
    ledger: Ledger
    folders: Folders
    in_turn: InTurn

    def exchange(self, message: Message, codec: MessageCodec) -> FileExchange:
        """What encloses a request, as on the consultation line."""
        draft = Draft(at=self.line.clock.now(), space=self.line.space, channel=codec.channel)
        return FileExchange(draft, message, codec, self.line.log, self.line.attempts)

    def read(self, draft: Draft, message: Message, codec: MessageCodec) -> Asked:
        """Who asks what, under which law."""
        caller = draft.caller = self.line.credentials.identify(message.proof)
        draft.request = codec.read(message)
        request = draft.request = admit(draft.request, caller)
        bundle = draft.bundle = self.line.protocols.bundle()
        return Asked(caller, request, bundle, self.line.asking(request, caller, draft.at))

    def is_known(self, key: BatchKey) -> bool:
        """Whether files went out for this reason before."""
        batch = self.ledger.find_own(key)
        return batch is not None and batch.position is not None

    async def hand_out(
        self, exchange: FileExchange, key: BatchKey, parts: MakeParts, reply: MakeReply
    ) -> None:
        """Stage, enter and release, or finish what was begun; asked again, the same files."""
        await self.in_turn(lambda: self._hand_out(exchange, key, parts, reply))

    def _hand_out(
        self, exchange: FileExchange, key: BatchKey, parts: MakeParts, reply: MakeReply
    ) -> None:
        draft = exchange.draft
        batch = self.ledger.find_own(key) or self._open(key, draft)
        if self.parcels.is_to_enter(batch, draft.at):
            exchange.reply = self._enter(exchange, batch, parts, reply)
        self.parcels.release(batch, draft.at)
        self.ledger.close(batch)
        if exchange.reply is None:
            exchange.reply = reply(batch, self.ledger.deliveries(batch), _SAME)

    def _open(self, key: BatchKey, draft: Draft) -> Batch:
        name, size = f"{key.flow}_{key.day.isoformat()}", self.parcels.records.head().size
        return self.ledger.open_for(key, name, draft.at, size)

    def _enter(
        self, exchange: FileExchange, batch: Batch, parts: MakeParts, reply: MakeReply
    ) -> Reply:
        draft = exchange.draft
        assert draft.bundle is not None
        law = BatchEntries(draft.space, draft.at, draft.bundle)
        staged = self.parcels.stage(batch, parts(law), law)
        told = reply(batch, staged.deliveries, _CREATED)
        *before, decision = draft.entries(b"".join(told.parts))
        labelled = replace(decision, own=decision.own | {"batch": batch.label})
        exchange.position = self.parcels.enter(staged, [*before, labelled])
        return told

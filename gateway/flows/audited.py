"""No entry, no disclosure: what encloses the consultation line and writes its entry on the way out."""

import logging
import traceback
from asyncio import CancelledError
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

from gateway.contracts.faults import GatewayFault, Ground, LogUnavailable, Refusal
from gateway.contracts.reasons import Reason
from gateway.domain.log_entry import Draft, Event, EventKind
from gateway.domain.request import ANYBODY, Message, Reply
from gateway.flows.attempts import AttemptGate
from gateway.ports import DecisionLog, MessageCodec, SetAside

_MACHINE_LOG = logging.getLogger(__name__)
WITHOUT_CREDENTIAL = frozenset({Reason.CREDENTIAL_MISSING, Reason.CREDENTIAL_INVALID})
"""What a stranger is told; a flood of these shares one entry, also with what is open to anybody."""
_INTERNAL = Refusal(
    (
        Ground(
            reason=Reason.INTERNAL,
            detail="something went wrong in the gateway itself",
            remedy="ask again; if it stays, report the decision's number",
        ),
    )
)
STOPPED = Refusal(
    (
        Ground(
            reason=Reason.INTERNAL,
            detail="the gateway was told to stop before this was answered",
            remedy="ask again when it is back",
        ),
    )
)


class Exchange:
    """One message on its way through the line.

    INVARIANT: `outcome` exists only after the entry is durable. If the append fails, the answer that
    was about to leave is lost with it.
    """

    def __init__(
        self,
        draft: Draft,
        message: Message,
        codec: MessageCodec,
        log: DecisionLog,
        attempts: AttemptGate,
    ) -> None:
        self.draft = draft
        self.reply: Reply | None = None
        self.effect: Callable[[], None] | None = None
        self.decision: str | None = None
        self._aside: SetAside | None = None
        self._message, self._codec, self._log, self._attempts = message, codec, log, attempts

    def set_aside(self, one: SetAside) -> None:
        """Remember what was set aside of a yearly number: it is had only if the answer leaves."""
        self._aside = one
        self.draft.slot = one.slot

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        """Turn any way out into a reply, enter it, and only then let it go; also when told to stop."""
        if error is not None and not isinstance(error, Exception | CancelledError):
            self._give_back()
            return False
        if error is not None:
            self._refuse(refusal_of(error))
        assert self.reply is not None
        if self._is_part_of_a_flood():
            return True
        try:
            position = await self._enter(b"".join(self.reply.parts))
        except LogUnavailable as unavailable:
            self._refuse(unavailable.refusal)
            return True
        self.decision = f"D-{position}"
        if self._aside is not None:
            self._aside.spend(position)
        if self.effect is not None:
            await self._take_effect(self.effect)
        return True

    async def _enter(self, answer: bytes) -> int:
        """Append what the answer rests on, and last the decision; the decision's position."""
        position = 0
        for entry in self.draft.entries(answer):
            position = await self._log.append(entry)
        return position

    async def _take_effect(self, effect: Callable[[], None]) -> None:
        """Do what the entry says was done; if that fails, say so in the log and in the answer."""
        try:
            effect()
        except Exception as error:  # noqa: BLE001  whatever it is, it must not look like success
            self._refuse(refusal_of(error))
            words = {"decision": self.decision}
            event = Event(EventKind.NOT_DELIVERED, self.draft.at, self.draft.space, words)
            with suppress(LogUnavailable):  # then the answer alone says it
                await self._log.append(event.entry())

    def _is_part_of_a_flood(self) -> bool:
        refusal = self.draft.refusal
        is_strange = refusal is not None and refusal.reason in WITHOUT_CREDENTIAL
        if not is_strange and self.draft.caller is not ANYBODY:
            return False
        return self._attempts.is_flooded(self.draft.channel)

    def _refuse(self, refusal: Refusal) -> None:
        chosen = self.draft.candidate
        if chosen is not None and chosen.flow_article:
            refusal = refusal.under(chosen.protocol, chosen.flow_article)
        self.draft.refusal = refusal
        self.effect = None
        self._give_back()
        self.reply = self._codec.refuse(self._message, self.draft.request, refusal)

    def _give_back(self) -> None:
        if self._aside is not None:
            self._aside.give_back()
            self._aside = self.draft.slot = None


def refusal_of(error: Exception | CancelledError) -> Refusal:
    """A fault's own refusal; anything else is an internal error, told to the machine's log."""
    if isinstance(error, GatewayFault):
        return error.refusal
    if isinstance(error, CancelledError):
        return STOPPED
    frame = traceback.extract_tb(error.__traceback__)[-1]
    _MACHINE_LOG.error("%s at %s:%s", type(error).__name__, frame.filename, frame.lineno)
    return _INTERNAL

"""What may I do: a unit asks for its own rights, the question is entered, nothing about a person leaves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.contracts.faults import Ground, Refusal
from gateway.domain.log_entry import Entry, Event, EventKind
from gateway.domain.request import Caller
from gateway.domain.rights import Rights, Used, rights_of
from gateway.domain.services import PLATFORM
from gateway.ports import Clock, DecisionLog, ProtocolLibrary


@dataclass(frozen=True, slots=True)
class RightsTold:
    """The rights of a unit, and the number of their entry (`D-18`)."""

    rights: Rights
    decision: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RightsDesk:
    """The collaborators, wired once at start-up. `used` counts what was had of a quota."""

    space: str
    protocols: ProtocolLibrary
    log: DecisionLog
    clock: Clock
    used: Used

    async def tell(self, caller: Caller, at: datetime | None = None) -> RightsTold:
        """The rights of a unit, now or at another instant, once they are entered.

        Raises:
            LogUnavailable: nothing could be entered, so nothing is told.
        """
        rights = rights_of(self.protocols.bundle(), caller, at or self.clock.now(), self.used)
        return RightsTold(rights, f"D-{await self.log.append(self._entry(caller, ()))}")

    def turned_away(self, refusal: Refusal, caller: Caller | None = None) -> str:
        """Enter that somebody was not told; the number of the entry.

        Raises:
            LogUnavailable: nothing could be entered.
        """
        (position,) = self.log.append_all([self._entry(caller, refusal.grounds)])
        return f"D-{position}"

    def _entry(self, caller: Caller | None, grounds: Sequence[Ground]) -> Entry:
        words = {
            "credential": caller.key if caller else None,
            "party": caller.party if caller else None,
            "unit": caller.unit if caller else None,
            "outcome": "refusal" if grounds else "permit",
            "reasons": [ground.reason.value for ground in grounds],
            "articles": [ground.cited for ground in grounds if ground.cited is not None],
            "protocol": PLATFORM,
        }
        return Event(EventKind.RIGHTS, self.clock.now(), self.space, words).entry()

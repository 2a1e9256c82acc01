"""What may I do, and what will answers hold: a unit asks, and that is entered; nothing about a person leaves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.contracts.faults import Ground, Refusal
from gateway.domain.log_entry import Entry, Event, EventKind
from gateway.domain.request import Caller
from gateway.domain.rights import Left, Rights, Used, best_candidate, left_by, rights_of
from gateway.domain.services import PLATFORM, Service
from gateway.ports import Clock, DecisionLog, ProtocolLibrary


@dataclass(frozen=True, slots=True)
class RightsTold:
    """The rights of a unit, and the number of their entry (`D-18`)."""

    rights: Rights
    decision: str


@dataclass(frozen=True, slots=True)
class SchemasTold:
    """What is left of services, by key, under which protocol, and the number of the entry."""

    left: Mapping[str, Left]
    protocol: str
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

    async def leave(self, caller: Caller, services: Sequence[Service]) -> SchemasTold:
        """What the protocols in force leave of services to a unit, once it is entered.

        Raises:
            LogUnavailable: nothing could be entered, so nothing is told.
        """
        bundle, now = self.protocols.bundle(), self.clock.now()
        outcomes = {
            one.key: best_candidate(bundle, caller, one, now, self.used) for one in services
        }
        (protocol, *others) = {one.protocol or PLATFORM for one in outcomes.values()}
        cited = PLATFORM if others else protocol
        words = {"services": sorted(outcomes), "protocol": cited}
        position = await self.log.append(self._entry(caller, (), EventKind.SCHEMA, words))
        left = {key: left_by(outcome) for key, outcome in outcomes.items()}
        return SchemasTold(left, cited, f"D-{position}")

    def turned_away(
        self,
        refusal: Refusal,
        caller: Caller | None = None,
        kind: EventKind = EventKind.RIGHTS,
    ) -> str:
        """Enter that somebody was not told; the number of the entry.

        Raises:
            LogUnavailable: nothing could be entered.
        """
        (position,) = self.log.append_all([self._entry(caller, refusal.grounds, kind)])
        return f"D-{position}"

    def _entry(
        self,
        caller: Caller | None,
        grounds: Sequence[Ground],
        kind: EventKind = EventKind.RIGHTS,
        more: Mapping[str, object] | None = None,
    ) -> Entry:
        words = {
            "credential": caller.key if caller else None,
            "party": caller.party if caller else None,
            "unit": caller.unit if caller else None,
            "outcome": "refusal" if grounds else "permit",
            "reasons": [ground.reason.value for ground in grounds],
            "articles": [ground.cited for ground in grounds if ground.cited is not None],
            "protocol": PLATFORM,
        }
        return Event(kind, self.clock.now(), self.space, words | dict(more or {})).entry()

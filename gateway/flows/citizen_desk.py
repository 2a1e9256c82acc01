"""Who saw my data: a citizen looks into the log, and that is entered like every other look."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.contracts.faults import Refusal, refuse
from gateway.contracts.reasons import Reason
from gateway.domain.citizen_view import Sighting, Wanted, sightings
from gateway.domain.legal_day import legal_day
from gateway.domain.log_entry import Entry, Event, EventKind
from gateway.domain.services import PLATFORM
from gateway.ports import Clock, DecisionLog, ProtocolLibrary
from gateway.ports.citizens import Citizen, Citizens, SubjectHistory


@dataclass(frozen=True, slots=True)
class Seen:
    """What a citizen is told of a person, newest first, and the number of its entry (`D-18`)."""

    person: Citizen
    sightings: Sequence[Sighting]
    decision: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CitizenDesk:
    """The collaborators, wired once at start-up."""

    space: str
    citizens: Citizens
    history: SubjectHistory
    protocols: ProtocolLibrary
    log: DecisionLog
    clock: Clock

    def sees(self, viewer: Citizen) -> Sequence[Citizen]:
        """Whose data a citizen may look at today: their own, and those of their minor children."""
        keys = self.citizens.children(viewer.key, legal_day(self.clock.now()))
        found = (self.citizens.find(key) for key in keys)
        return [viewer, *(one for one in found if one is not None)]

    async def look(self, viewer: Citizen, about: str | None, wanted: Wanted) -> Seen:
        """Everything that is asked for, once the look is entered.

        LAW: AVG art. 15: about oneself, or by a parent about a minor child.

        Raises:
            RefusedFault: `sender-mismatch`; it is somebody else, or nobody.
            LogUnavailable: nothing could be entered, so nothing is told.
        """
        person = self._about(viewer, about)
        found = await asyncio.to_thread(self.history.about, person.numbers)
        seen = sightings(found, self.protocols.bundle(), self.clock.now())
        told = [one for one in seen if wanted.holds(one)]
        position = await self.log.append(self._entry(viewer, person))
        return Seen(person, told, f"D-{position}")

    def turned_away(self, viewer: Citizen | None, refusal: Refusal) -> str:
        """Enter that somebody was told nothing; the number of the entry.

        Raises:
            LogUnavailable: nothing could be entered.
        """
        (position,) = self.log.append_all([self._entry(viewer, None, refusal)])
        return f"D-{position}"

    def _about(self, viewer: Citizen, about: str | None) -> Citizen:
        seen = {one.key: one for one in self.sees(viewer)}
        person = viewer if about is None else seen.get(about)
        if person is None:
            raise refuse(
                Reason.SENDER_MISMATCH,
                "this is neither the citizen who asks, nor a minor child of theirs",
                remedy="ask about yourself, or a child that the log-in named under `sees`",
            )
        return person

    def _entry(
        self, viewer: Citizen | None, person: Citizen | None, refusal: Refusal | None = None
    ) -> Entry:
        """The look: who looked at whom is committed to, and stands nowhere in the clear."""
        words = {
            "reader": "citizen",
            "outcome": "refusal" if refusal else "permit",
            "reasons": [ground.reason.value for ground in refusal.grounds] if refusal else [],
            "protocol": PLATFORM,
        }
        leaf = Event(EventKind.AUDIT_READ, self.clock.now(), self.space, words).entry().leaf
        private = {
            "actor": viewer.numbers[-1] if viewer else None,
            "insz": [person.numbers[-1]] if person else [],
        }
        return Entry(leaf, private)

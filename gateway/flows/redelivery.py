"""What a consumer was given, and a file put back where it fetches it: for whoever finds a gap."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.contracts.drop import Placement
from gateway.contracts.faults import Refusal, RefusedFault, refuse
from gateway.contracts.reasons import Reason
from gateway.domain.batch import Delivery
from gateway.domain.decision_terms import Candidate
from gateway.domain.file_state import GONE, FileState
from gateway.domain.log_entry import Event, EventKind
from gateway.domain.parcel_content import NumberList
from gateway.domain.published import Occasion
from gateway.domain.request import Caller
from gateway.domain.sealing import unpack_subjects
from gateway.domain.services import PLATFORM
from gateway.domain.share import share_of
from gateway.domain.upload_name import day_of_parcel
from gateway.ports import (
    Arrears,
    Clock,
    DecisionLog,
    Folders,
    Ledger,
    LogRecords,
    ProtocolLibrary,
    Publisher,
)


@dataclass(frozen=True, slots=True)
class Told:
    """What is told, the number of its entry (`D-18`), and the protocol that it rests on."""

    deliveries: Sequence[Delivery]
    decision: str
    protocol: str = PLATFORM


@dataclass(frozen=True, slots=True, kw_only=True)
class RedeliveryFlow:
    """The collaborators, wired once at start-up."""

    space: str
    protocols: ProtocolLibrary
    arrears: Arrears
    ledger: Ledger
    folders: Folders
    placement: Placement
    log: DecisionLog
    records: LogRecords
    checkpoints: Publisher
    clock: Clock

    def given(self, caller: Caller) -> Told:
        """Every file that went to the caller's folder, also those that are gone; entered."""
        found = self.arrears.given(self.folders.of(caller.key))
        return Told(found, self._enter(EventKind.FILE_LISTED, caller, {"outcome": "permit"}))

    def again(self, caller: Caller, name: str) -> Told:
        """Put a file back: from the archive, or made again of what its entry committed to.

        Raises:
            RefusedFault: the caller has no such file, it is gone for good, or the law of this instant
                does not give it any more.
            LogUnavailable: it could not be entered, or no checkpoint published; it stays away.
        """
        owner = self.folders.of(caller.key)
        found = next((one for one in self.arrears.given(owner) if one.name == name), None)
        if found is None or found.state in GONE:
            raise refuse(Reason.NO_DATA, "there is no such file, or not any more",
                         remedy="GET /v1/bestanden lists your files")  # fmt: skip
        protocol = self._permitted(caller, found)
        words = {"outcome": "permit", "protocol": protocol, "flow": found.flow, "file": name,
                 "sha256": found.sha256, "decision": f"D-{found.position}"}  # fmt: skip
        decision = self._enter(EventKind.FILE_REDELIVERED, caller, words)
        self.checkpoints.publish(Occasion.RELEASE)
        self._put_back(owner, found, name)
        self.ledger.move(owner, name, FileState.REDELIVERED, self.clock.now())
        return Told([found], decision, protocol)

    def turned_away(self, caller: Caller | None, refusal: Refusal) -> str:
        """Enter that somebody was told nothing; the number of the entry.

        Raises:
            LogUnavailable: nothing could be entered.
        """
        words = {
            "outcome": "refusal", "protocol": refusal.protocol or PLATFORM,
            "reasons": [ground.reason.value for ground in refusal.grounds],
            "articles": [ground.cited for ground in refusal.grounds if ground.cited is not None],
        }  # fmt: skip
        return self._enter(EventKind.FILE_LISTED, caller, words)

    def _permitted(self, caller: Caller, found: Delivery) -> str:
        share = share_of(self.protocols.bundle(), caller, found.flow, self.clock.now())
        if not isinstance(share.outcome, Candidate):
            raise RefusedFault(share.outcome)
        return share.outcome.protocol

    def _put_back(self, owner: str, found: Delivery, name: str) -> None:
        """LAW: only the bytes that were entered for this consumer are shown."""
        folder = f"/uit/{found.flow}"
        self.placement.put_back(owner, folder, name)
        if self.placement.digest(owner, folder, name) != found.sha256:
            self.placement.withdraw(owner, folder, name)
            self._make_again(owner, folder, found, name)

    def _make_again(self, owner: str, folder: str, found: Delivery, name: str) -> None:
        """The same bytes, of the numbers that the entry keeps apart; rows of payments are not kept."""
        assert found.position is not None
        assert found.sequence is not None
        (entry,) = self.records.entries(found.position, found.position)
        numbers = NumberList(unpack_subjects(entry.subjects or b""))
        chunks = numbers.chunks(found.flow, day_of_parcel(name), found.sequence)
        if self.placement.stage(owner, folder, name, chunks) != found.sha256:
            self.placement.unstage(owner, folder, name)
            raise refuse(Reason.NO_DATA, "the file cannot be made again",
                         remedy="ask for a new one")  # fmt: skip
        self.placement.release(owner, folder, name)

    def _enter(self, kind: EventKind, caller: Caller | None, words: Mapping[str, Any]) -> str:
        who = {
            "credential": caller.key if caller else None,
            "party": caller.party if caller else None,
            "unit": caller.unit if caller else None,
        }
        event = Event(kind, self.clock.now(), self.space, who | dict(words))
        (position,) = self.log.append_all([event.entry()])
        return f"D-{position}"

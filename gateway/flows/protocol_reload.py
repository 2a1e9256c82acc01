"""New protocol files in a running gateway: checked beside the old law, entered, then put in its place whole.

Files that do not hold change nothing: the last good set stays, and everybody who asks is told so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from threading import Lock
from typing import Any, Protocol

from gateway.domain.law_reading import LawReading, LawSlip
from gateway.domain.log_entry import Entry, Event, EventKind
from gateway.domain.protocol_document import ProtocolDocument
from gateway.ports import Clock, DecisionLog, ProtocolLibrary

_MOST_ENTERED = 20
_MOST_NAMED = 200
"""Of the versions that came and of those that went; an entry must not outgrow the log."""


class LawFolder(Protocol):
    """The protocol files as they lie there now."""

    def read(self) -> LawReading:
        """Read and check all of them."""
        ...


class LawLibrary(ProtocolLibrary, Protocol):
    """The law as loaded, and whether the files still say so."""

    def replace(self, documents: Sequence[ProtocolDocument]) -> None:
        """Other documents, at once and whole, from the next request on; recorded acts keep counting."""
        ...

    def keep(self, slips: Sequence[LawSlip]) -> None:
        """Stay with what is loaded: the files do not hold, and this is where."""
        ...

    def slips(self) -> Sequence[LawSlip]:
        """Where the files do not hold; nothing where what is loaded is what they say."""
        ...


class Reloaded(StrEnum):
    """What became of it."""

    LOADED = "loaded"
    UNCHANGED = "unchanged"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Reload:
    """The outcome; `came` and `went` are versions with their digests."""

    outcome: Reloaded
    came: Sequence[str] = ()
    went: Sequence[str] = ()
    slips: Sequence[LawSlip] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolReload:
    """The collaborators, wired once at start-up."""

    space: str
    folder: LawFolder
    protocols: LawLibrary
    log: DecisionLog
    clock: Clock
    lock: Lock = field(default_factory=Lock)

    def reload(self) -> Reload:
        """Read the files, and let them count from the next request on if they hold.

        Raises:
            LogUnavailable: nothing changed.
        """
        with self.lock:
            done = self._judge(self.folder.read())
            if done[0].outcome is not Reloaded.UNCHANGED or self.protocols.slips():
                self.log.append_all([self._entry(done[0])])
            self._apply(*done)
            return done[0]

    def _judge(self, reading: LawReading) -> tuple[Reload, Sequence[ProtocolDocument]]:
        if reading.slips:
            return Reload(Reloaded.KEPT, slips=reading.slips), ()
        old, new = _versions(self.protocols.bundle().documents), _versions(reading.documents)
        came = [version for version in new if version not in old]
        went = [version for version in old if version not in new]
        outcome = Reloaded.LOADED if came or went else Reloaded.UNCHANGED
        return Reload(outcome, came, went), reading.documents

    def _apply(self, done: Reload, documents: Sequence[ProtocolDocument]) -> None:
        if done.outcome is Reloaded.LOADED:
            self.protocols.replace(documents)
        else:
            self.protocols.keep(done.slips)

    def _entry(self, done: Reload) -> Entry:
        """Versions, digests and places; never a word that only the file has."""
        words: Mapping[str, Any] = {
            "outcome": done.outcome.value,
            "came": list(done.came[:_MOST_NAMED]),
            "went": list(done.went[:_MOST_NAMED]),
            "changed": len(done.came) + len(done.went),
            "slips": [slip.place for slip in done.slips[:_MOST_ENTERED]],
            "count": len(done.slips),
        }
        return Event(EventKind.PROTOCOLS_RELOAD, self.clock.now(), self.space, words).entry()


def _versions(documents: Sequence[ProtocolDocument]) -> Mapping[str, None]:
    return dict.fromkeys(f"{document.ref} {document.digest}" for document in documents)

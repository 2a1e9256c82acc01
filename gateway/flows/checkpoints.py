"""Checkpoints that are given away: signed, kept, and shown to anybody, so that the log cannot be told twice."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import RLock

from gateway.domain.log_check import Head
from gateway.domain.log_entry import Event, EventKind, timestamp
from gateway.domain.published import Occasion, Published, sizes_between
from gateway.domain.tiles import TileNodes
from gateway.domain.tree_proofs import root_at
from gateway.ports import CheckpointStore, Clock, DecisionLog, LogRecords


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoints:
    """The collaborators, wired once at start-up. `sign` makes the note of a size and root.

    INVARIANT: what is published is the same for the same entries, whenever it is looked at: a checkpoint
    at a size is dated by the entry that reached it, and comes before any other of that size.
    `on_news` is told after something was published.
    """

    space: str
    log: DecisionLog
    records: LogRecords
    store: CheckpointStore
    sign: Callable[[Head], str]
    clock: Clock
    on_news: list[Callable[[], None]] = field(default_factory=list)
    turn: RLock = field(default_factory=RLock)
    looked_at: list[int] = field(default_factory=list)
    """The size up to which nothing is due any more."""

    def publish(self, occasion: Occasion) -> str:
        """Publish the log as it stands; the signed checkpoint.

        Raises:
            LogUnavailable: it cannot be kept.
        """
        with self.turn:
            return self.publish_news(occasion) or self.sign(self.records.head())

    def publish_news(self, occasion: Occasion) -> str | None:
        """The same where something was entered since the last one; else nothing.

        Raises:
            LogUnavailable: it cannot be kept.
        """
        with self.turn:
            head = self.records.head()
            self._catch_up(head)
            last = self.store.last()
            if head.size <= (last.size if last else 0):
                return None
            note, at = self.sign(head), timestamp(self.clock.now())
            self.store.keep(Published(head.size, at, occasion, note))
            self._tell()
            return note

    def catch_up(self) -> None:
        """Publish what the log's size made due.

        Raises:
            LogUnavailable: it cannot be kept.
        """
        with self.turn:
            if self._catch_up(self.records.head()):
                self._tell()

    def has_caught_up_with(self, size: int) -> bool:
        """Whether nothing is due of a log of this size, as far as is known without looking."""
        return bool(self.looked_at) and not sizes_between(self.looked_at[0], size)

    def close_day(self) -> None:
        """Enter what the log was at midnight, and publish; a day without entries is not closed again.

        Raises:
            LogUnavailable: nothing was entered, or nothing kept.
        """
        with self.turn:
            head, last = self.records.head(), self.store.last(Occasion.MIDNIGHT)
            if head.size == (last.size if last else 0):
                return
            words = {"size": head.size, "root": head.root.hex()}
            event = Event(EventKind.CHECKPOINT_PUBLISHED, self.clock.now(), self.space, words)
            self.log.append_all([event.entry()])
            self.publish_news(Occasion.MIDNIGHT)

    def _catch_up(self, head: Head) -> bool:
        if self.has_caught_up_with(head.size):
            return False
        last = self.store.last()
        due = sizes_between(last.size if last else 0, head.size)
        for size in due:
            root = root_at(size, TileNodes(self.records.tile, size))
            (leaf,) = self.records.leaves(size, size)
            at = json.loads(leaf)["at"]
            self.store.keep(Published(size, at, Occasion.SIZE, self.sign(Head(size, root))))
        self.looked_at[:] = [head.size]
        return bool(due)

    def _tell(self) -> None:
        for told in self.on_news:
            told()

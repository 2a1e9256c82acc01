"""Published checkpoints: on size, hour, midnight and release, the same for the same entries, and kept."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.adapters.checkpoint_records import CheckpointRecords
from gateway.adapters.clock import SpaceClock
from gateway.adapters.log import OrderedLog, SqliteLog
from gateway.adapters.signing import LogNotary, verify_checkpoint
from gateway.contracts.faults import LogUnavailable
from gateway.domain.log_entry import Event, EventKind
from gateway.domain.merkle import root_of
from gateway.domain.published import EVERY, Occasion, Published
from gateway.flows.checkpoints import Checkpoints
from gateway.simulation.checkpoint_hours import CheckpointHours

START = datetime(2025, 3, 10, 7, tzinfo=UTC)  # 08:00 in Brussels
MORNING = "2025-03-10T08:00:00.000+01:00"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))


class Bench:
    """A log with its checkpoints, on a clock that stands still."""

    def __init__(self, folder: Path) -> None:
        self.clock = SpaceClock(START)
        self.log = OrderedLog(SqliteLog(folder / "log.db", new_salt=lambda: bytes(32)))
        self.store = CheckpointRecords(folder / "checkpoints.db")
        self.notary = LogNotary(KEY, "test/log", self.log.reader.head)
        self.checkpoints = Checkpoints(
            space="t", log=self.log, records=self.log.reader, store=self.store,
            sign=self.notary.note, clock=self.clock,
        )  # fmt: skip
        self.hours = CheckpointHours(self.checkpoints, self.clock, self.log.flush)

    def enter(self, count: int = 1) -> None:
        event = Event(EventKind.ATTEMPTS, self.clock.now(), "t", {"listener": "rest", "count": 1})
        self.log.append_all([event.entry()] * count)

    def go(self, **onward: int) -> None:
        """The clock goes on, as it does between two jobs."""
        target = self.clock.now() + timedelta(**onward)
        self.hours.passing(self.clock.now(), target)
        self.clock.move_to(target)

    def published(self) -> Sequence[tuple[int, str, str]]:
        return [(one.size, one.occasion.value, one.at) for one in self.store.after(0, 10_000)]

    def close(self) -> None:
        self.log.close()
        self.store.close()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    opened = Bench(tmp_path)
    yield opened
    opened.close()


def test_each_is_the_log_of_its_size_and_signed(bench: Bench) -> None:
    bench.enter(3)
    bench.checkpoints.publish(Occasion.RELEASE)
    bench.enter(2 * EVERY)

    bench.checkpoints.publish(Occasion.RELEASE)

    leaves = bench.log.reader.leaves(1, 3 + 2 * EVERY)
    kept = bench.store.after(0, 10)
    assert [one.size for one in kept] == [3, EVERY, 2 * EVERY, 2 * EVERY + 3]
    for one in kept:
        assert verify_checkpoint(one.note, bench.notary.verifier) == (one.size, root_of(leaves[: one.size]))  # fmt: skip


def test_a_release_gives_the_log_as_it_stands_and_keeps_it_once(bench: Bench) -> None:
    bench.enter(5)

    first, again = (bench.checkpoints.publish(Occasion.RELEASE) for _ in range(2))

    assert first == again
    assert bench.published() == [(5, "release", MORNING)]


def test_an_empty_log_is_not_published(bench: Bench) -> None:
    note = bench.checkpoints.publish(Occasion.RELEASE)
    bench.go(days=3)

    assert verify_checkpoint(note, bench.notary.verifier)[0] == 0
    assert bench.published() == []
    assert bench.log.size == 0


def test_size_is_dated_by_the_entry_that_reached_it_whenever_it_is_looked_at(
    tmp_path: Path,
) -> None:
    """One looks at once, one a day later, one after a restart: what is published is the same."""
    found = []
    for name, looks in (("a", 3), ("b", 1)):
        (tmp_path / name).mkdir()
        bench = Bench(tmp_path / name)
        for _ in range(3):
            bench.enter(500)
            bench.clock.move_to(bench.clock.now() + timedelta(minutes=1))
            if looks == 3:
                bench.checkpoints.catch_up()
        bench.close()
        bench = Bench(tmp_path / name)
        bench.clock.move_to(START + timedelta(minutes=4))
        bench.checkpoints.publish(Occasion.HOUR)
        found.append(
            [(one.size, one.at, one.occasion, one.note) for one in bench.store.after(0, 9)]
        )
        bench.close()

    assert found[0] == found[1]
    assert [(size, at[11:16], why) for size, at, why, _ in found[0]] == [
        (EVERY, "08:02", Occasion.SIZE), (1_500, "08:04", Occasion.HOUR),
    ]  # fmt: skip


def test_an_hour_in_which_something_was_entered_is_published(bench: Bench) -> None:
    bench.go(hours=5)
    bench.enter()
    bench.go(minutes=59)
    assert bench.published() == []

    bench.go(minutes=1)
    bench.go(hours=3)

    assert bench.published() == [(1, "hour", "2025-03-10T14:00:00.000+01:00")]


def test_midnight_in_brussels_closes_the_day_with_an_entry(bench: Bench) -> None:
    bench.enter(2)

    bench.go(days=40)

    (leaf,) = bench.log.reader.leaves(3, 3)
    before = root_of(bench.log.reader.leaves(1, 2)).hex()
    assert json.loads(leaf) == {
        "v": json.loads(leaf)["v"], "e": "checkpoint.published", "space": "t", "size": 2,
        "root": before, "at": "2025-03-11T00:00:00.000+01:00",
    }  # fmt: skip
    assert bench.log.size == 3  # no day after it had anything to close
    assert bench.published() == [
        (2, "hour", "2025-03-10T09:00:00.000+01:00"),
        (3, "midnight", "2025-03-11T00:00:00.000+01:00"),
    ]


def test_summer_time_has_its_own_midnight(bench: Bench) -> None:
    bench.go(days=40)
    bench.enter()
    bench.go(days=1)

    assert bench.published()[-1][2] == "2025-04-20T00:00:00.000+02:00"


def test_what_cannot_be_kept_is_not_given_away(bench: Bench, tmp_path: Path) -> None:
    bench.enter()
    other = sqlite3.connect(tmp_path / "checkpoints.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    bench.store._connection.execute("PRAGMA busy_timeout = 10")

    with pytest.raises(LogUnavailable):
        bench.checkpoints.publish(Occasion.RELEASE)
    bench.go(hours=1)  # the clock goes on all the same
    other.execute("ROLLBACK")
    other.close()

    bench.checkpoints.publish(Occasion.RELEASE)
    assert [row[:2] for row in bench.published()] == [(1, "release")]


def test_of_one_size_the_first_stays_and_witnesses_lines_are_added(bench: Bench) -> None:
    bench.store.keep(Published(7, MORNING, Occasion.HOUR, "note\n\nown\n"))
    bench.store.keep(Published(7, MORNING, Occasion.RELEASE, "other\n"))
    bench.store.add_cosignatures(7, ["one\n", "two\n"])
    bench.store.add_cosignatures(7, ["two\n"])
    bench.store.keep(Published(9, MORNING, Occasion.RELEASE, "later\n"))

    kept = bench.store.of_size(7)

    assert kept is not None
    assert (kept.occasion, kept.text) == (Occasion.HOUR, "note\n\nown\none\ntwo\n")
    assert bench.store.last_cosigned() == kept
    assert bench.store.of_size(8) is None

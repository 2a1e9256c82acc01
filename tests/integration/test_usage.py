"""Yearly numbers: never more than the text allows, from threads, from processes and over a crash."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.adapters.database import open_database
from gateway.adapters.log import SqliteLog
from gateway.adapters.usage import SqlUsage
from gateway.contracts.faults import RefusedFault
from gateway.contracts.reasons import Reason
from gateway.domain.decision import candidate
from gateway.domain.decision_terms import Candidate, Obligation, ObligationKind
from gateway.domain.log_entry import Entry
from gateway.ports import SetAside
from tests.builders import NOON, a_bundle, an_ask

NEXT_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[SqliteLog]:
    opened = SqliteLog(tmp_path / "log.db", new_salt=lambda: os.urandom(32))
    yield opened
    opened.close()


def counted(limit: int) -> Candidate:
    """A yes of which only so many a calendar year may be had."""
    chosen = candidate(a_bundle(), an_ask(), NOON)
    assert isinstance(chosen, Candidate)
    return replace(chosen, obligations=(Obligation(ObligationKind.QUOTA, "art. 5", str(limit)),))


def usage(log: SqliteLog, tmp_path: Path) -> SqlUsage:
    return SqlUsage(open_database(tmp_path / "space.db"), log.reader)


def used(one: SqlUsage, year: int = 2025) -> int:
    return one.used("ahovoks", "zorgtoeslag", year)


def attempt(one: SqlUsage, chosen: Candidate) -> SetAside | None:
    try:
        return one.take(chosen, NOON)
    except RefusedFault:
        return None


def test_f11_threads_and_processes_together_never_take_more_than_allowed(
    log: SqliteLog, tmp_path: Path
) -> None:
    """Two adapters on one file stand for two processes: nothing but the table is shared."""
    both = [usage(log, tmp_path), usage(log, tmp_path)]
    chosen = counted(7)

    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda n: attempt(both[n % 2], chosen), range(40)))

    slots = [one.slot for one in got if one is not None]
    assert sorted(slots, key=str) == [1, 2, 3, 4, 5, 6, 7]
    with pytest.raises(RefusedFault) as told:
        both[0].take(chosen, NOON)
    (ground,) = told.value.refusal.grounds
    assert (ground.reason, ground.article) == (Reason.QUOTA_SPENT, "art. 5")
    assert [used(one) for one in both] == [7, 7]


def test_what_was_not_had_is_given_back_and_a_new_year_begins_anew(
    log: SqliteLog, tmp_path: Path
) -> None:
    one, chosen = usage(log, tmp_path), counted(1)
    first = one.take(chosen, NOON)
    assert used(one) == 1
    first.give_back()
    assert used(one) == 0
    one.take(chosen, NOON).spend(1)

    assert attempt(one, chosen) is None
    assert one.take(chosen, NEXT_YEAR).slot == 1
    assert (used(one), used(one, 2026)) == (1, 1)


def test_a_permit_without_a_number_is_not_counted(log: SqliteLog, tmp_path: Path) -> None:
    one = usage(log, tmp_path)
    chosen = replace(counted(1), obligations=())

    assert [one.take(chosen, NOON).slot for _ in range(3)] == [None, None, None]
    assert used(one) == 0


@pytest.mark.parametrize(("outcome", "left"), [("permit", 1), ("refusal", 0)])
def test_after_a_crash_the_log_says_what_was_had(
    log: SqliteLog, tmp_path: Path, outcome: str, left: int
) -> None:
    """Set aside, and then the process died: before its entry, or after."""
    one = usage(log, tmp_path)
    log.append_all([Entry({"v": 2, "e": "decision", "outcome": "permit", "at": "2025-03-10T09:00:00+01:00",
                           "party": "ahovoks", "flow": "zorgtoeslag", "slot": 1})])  # fmt: skip
    one.take(counted(3), NOON)
    leaf = {"v": 2, "e": "decision", "outcome": outcome, "at": "2025-03-10T12:00:00+01:00",
            "party": "ahovoks", "flow": "zorgtoeslag"}  # fmt: skip
    log.append_all([Entry(leaf | ({"slot": 1} if outcome == "permit" else {}))])

    again = usage(log, tmp_path)

    assert used(again) == left
    assert again.take(counted(3), NOON).slot == left + 1

"""Whoever is erased is gone from row, index and bytes; every commitment and the root stay what they were."""

import os
import tempfile
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.adapters.log import LogReader, SqliteLog
from gateway.adapters.log.private_rows import SqlitePrivateRows
from gateway.domain.erasure import (
    ErasureGround,
    HeldRow,
    LogTerms,
    Retained,
    judge,
    parse_terms,
)
from gateway.domain.legal_day import period_earlier, period_later
from gateway.domain.log_entry import Entry, Event, EventKind
from gateway.domain.sealing import (
    ERASED,
    pack_subjects,
    subject_commitment,
    subjects_root,
    without_subjects,
)
from gateway.flows.audit_check import check_log
from tests.builders import the_documents

NOON = datetime(2025, 3, 10, 11, tzinfo=UTC)
PEOPLE = [61_000_000_000 + number for number in range(1, 9)]
people = st.sampled_from(PEOPLE)
files = st.lists(people, min_size=1, max_size=6, unique=True).map(sorted)
LAW = Retained({one.ref: one for one in the_documents()}, LogTerms())
GONE = Event(EventKind.PRIVATE_ERASED, NOON, "demo", {"count": 1}).entry()


@given(
    files.filter(lambda inside: len(inside) > 1), st.lists(people, max_size=6),
    st.binary(min_size=32, max_size=32),
)  # fmt: skip
def test_a_file_without_some_still_adds_up(inside: list[int], gone: list[int], salt: bytes) -> None:
    """Of one person alone the row goes."""
    packed = pack_subjects(inside)
    root = subjects_root(salt, packed)
    leaves = [subject_commitment(salt, at, pack_subjects([one])) for at, one in enumerate(inside)]

    salts, left = salt, packed
    for one in gone:
        salts, left = without_subjects(salts, left, {pack_subjects([one])})

    assert subjects_root(salts, left) == root
    for at, one in enumerate(inside):
        number = left[at * 8 : at * 8 + 8]
        assert number == (ERASED if one in gone else pack_subjects([one]))
        assert subject_commitment(salts, at, number) == leaves[at]
    if gone:
        assert salt not in salts


def words(number: int) -> Entry:
    leaf = {"v": 2, "e": "decision", "at": "2025-03-10T12:00:00.000+01:00", "space": "demo"}
    return Entry(leaf, {"insz": [f"{number:011}"], "case": f"zaak van {number}"})


def file_of(inside: Sequence[int]) -> Entry:
    return Event(EventKind.FILE_DELIVERED, NOON, "demo", {}, subjects=inside).entry()


@settings(max_examples=25)
@given(
    st.lists(people.map(words) | files.map(file_of), min_size=1, max_size=12),
    st.lists(people, min_size=1, max_size=3, unique=True),
)
def test_of_an_erased_person_nothing_is_left_in_the_file_and_the_log_holds(
    entries: list[Entry], gone: list[int]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.db"
        with closing(SqliteLog(path, new_salt=lambda: os.urandom(32))) as log:
            log.append_all(entries)
            leaves = [one.leaf for one in log.reader.entries(1, len(entries))]
            rows = SqlitePrivateRows(path, dict)
            for one in gone:
                found = rows.about(f"{one:011}")
                rows.mark([row.position for row in found], f"{one:011}")
                log.append_all([GONE])
                assert rows.sweep()
            assert [rows.about(f"{one:011}") for one in gone] == [[] for _ in gone]
            assert check_log(log.reader).ok
        content = path.read_bytes()
        with closing(LogReader(path)) as reader:
            assert [one.leaf for one in reader.entries(1, len(entries))] == leaves

    for one in gone:
        assert f"{one:011}".encode() not in content
        assert f"zaak van {one}".encode() not in content
        assert pack_subjects([one]) not in content
    for one in set(PEOPLE) - set(gone):
        stays = any(one in (entry.subjects or ()) for entry in entries)
        assert not stays or pack_subjects([one]) in content


def test_what_is_marked_without_its_entry_stays(tmp_path: Path) -> None:
    with closing(SqliteLog(tmp_path / "log.db", new_salt=lambda: os.urandom(32))) as log:
        log.append_all([words(PEOPLE[0])])
        rows = SqlitePrivateRows(tmp_path / "log.db", dict)
        rows.mark([1])
        log.append_all([words(PEOPLE[1])])
        still = rows.about(f"{PEOPLE[0]:011}")
        rows.mark(())
        log.append_all([GONE])

        assert [row.position for row in still] == [1]
        assert [row.position for row in rows.about(f"{PEOPLE[0]:011}")] == [1]


instants = st.integers(0, 20 * 365 * 24 * 60).map(lambda minutes: NOON + timedelta(minutes=minutes))
ROWS = st.builds(
    HeldRow,
    st.integers(1, 10_000),
    instants,
    st.sampled_from([None, *LAW.documents]),
    st.sampled_from(["zorgtoeslag", "zele-betaalbestand", "jobbonusplus-mutaties", None]),
    st.sampled_from([None, "gemeentelijke-toelage", "studietoelagen"]),
)  # fmt: skip


@given(st.lists(ROWS, max_size=8, unique_by=lambda row: row.position), instants)
def test_terms_and_wishes(rows: list[HeldRow], at: datetime) -> None:
    term, wish, order = (judge(ground, rows, LAW, at) for ground in (ErasureGround.TERM, ErasureGround.REQUEST, ErasureGround.ORDER))  # fmt: skip
    old = {row.position for row in rows if period_later(row.at, "P10Y") <= at}

    assert set(term.rows) == old  # no text of the five has its receiver keep anything longer
    assert set(order.rows) == {row.position for row in rows}
    assert order.kept == 0
    if old == {row.position for row in rows}:
        assert (set(wish.rows), wish.kept) == (old, 0)
    else:
        assert (wish.rows, wish.kept) == ((), len(rows))
        assert wish.articles[0] == "AVG art. 17, lid 3, b)"


@given(instants, st.integers(0, 15_000), st.integers(1, 40), st.sampled_from("DWMY"))
def test_no_row_is_passed_over_because_of_the_first_look(
    at: datetime, days: int, count: int, unit: str
) -> None:
    """What is over by the calendar was made until the instant up to which rows are looked at."""
    period, made = f"P{count}{unit}", at - timedelta(days=days)

    assert period_later(made, period) > at or made <= period_earlier(at, period)


def test_terms_of_their_own_count_and_a_longer_text_is_kept_to() -> None:
    terms = LogTerms("P1Y", parse_terms("003=P2W, 001=P20Y"))

    assert (terms.of("003@1.0.0", "P30Y"), terms.of("001@1.0.0", None)) == ("P2W", "P20Y")
    assert (terms.of("004@1.0.0", "P10Y"), terms.of(None, None)) == ("P10Y", "P1Y")
    assert terms.shortest == "P2W"

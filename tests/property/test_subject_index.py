"""Over random years of decisions and files: whoever asks by person finds those entries and no others."""

import sqlite3
from array import array
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.adapters.log import SqliteDisclosures, SqliteLog, subject_index
from gateway.adapters.log.subject_index import forget_subjects, positions_about
from gateway.domain import subject_tags
from gateway.domain.log_entry import Entry, Event, EventKind
from gateway.domain.subject_tags import holds, pieces, tag_of, tags_of_file, unpack_tags

KEYS = {"2024": b"a" * 32, "2025": b"b" * 32}
"""2026 has none: its key was destroyed, or never made."""
PEOPLE = st.integers(60_000_000_000, 60_000_000_009)
YEARS = st.sampled_from([2024, 2025, 2026])


@st.composite
def entries(draw: st.DrawFn) -> tuple[Entry, frozenset[int]]:
    """An entry, and whom a search by person must find it for."""
    year = draw(YEARS)
    people = draw(st.sets(PEOPLE, max_size=8))
    at = datetime(year, 6, 1, 12, tzinfo=UTC)
    event = Event(EventKind.FILE_DELIVERED, at, "demo", {}, sorted(people)).entry()
    if draw(st.booleans()):
        people = set(list(people)[:1])
        sent = [str(one) for one in people] or ["12345", "no number", "1234567890\u0661"][:1]
        leaf = {"v": 1, "e": "decision", "at": f"{year}-06-01T12:00:00.000+02:00"}
        event = Entry(leaf, {"insz": sent})
    return event, frozenset(people if str(year) in KEYS else ())


@contextmanager
def small_steps() -> Iterator[None]:
    """So few to a piece, a run and a span that small histories need many."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(subject_tags, "PIECE", 2)
        patch.setattr(subject_tags, "RUN", 6)
        patch.setattr(subject_index, "SPAN", 3)
        yield


def found(path: Path, person: int) -> Sequence[int]:
    with closing(sqlite3.connect(path)) as connection:
        return positions_about(connection, [tag_of(person, key) for key in KEYS.values()])


@given(st.lists(entries(), max_size=12), st.sets(st.integers(1, 12)))
def test_a_person_is_found_where_they_stand_until_that_is_forgotten(
    history: list[tuple[Entry, frozenset[int]]], forgotten: set[int]
) -> None:
    with TemporaryDirectory() as folder, small_steps():
        path = Path(folder) / "log.db"
        log = SqliteLog(path, new_salt=lambda: bytes(32), year_key=KEYS.get)
        try:
            log.append_all([entry for entry, _ in history])
            before = {person: found(path, person) for person in everybody(history)}
            connection = log._chain.connection
            for position in forgotten:
                forget_subjects(connection, position)
            after = {person: found(path, person) for person in everybody(history)}
        finally:
            log.close()

    model = {
        person: [at for at, (_, people) in enumerate(history, 1) if person in people]
        for person in everybody(history)
    }
    assert before == model
    assert after == {
        person: [at for at in positions if at not in forgotten]
        for person, positions in model.items()
    }


def everybody(history: Sequence[tuple[Entry, frozenset[int]]]) -> set[int]:
    return {person for _, people in history for person in people} | {60_000_000_000}


@given(st.sets(st.integers(1, 200), max_size=60), st.integers(1, 200))
def test_pieces_hold_exactly_the_tags_of_a_file(numbers: set[int], sought: int) -> None:
    key = b"k" * 32
    packed = b"".join(number.to_bytes(8, "big") for number in sorted(numbers))

    with small_steps():
        made = list(pieces(tags_of_file(packed, key)))

    for run in {one.run for one in made}:
        in_run = array("q", (t for one in made if one.run == run for t in unpack_tags(one.tags)))
        assert list(in_run) == sorted(in_run)
    assert all(one.first == unpack_tags(one.tags)[0] for one in made)
    assert any(holds(one.tags, tag_of(sought, key)) for one in made) is (sought in numbers)


def test_disclosures_of_every_year_are_told(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    log = SqliteLog(path, new_salt=lambda: bytes(32), year_key=KEYS.get)
    words = {
        "credential": "infino",
        "outcome": "permit",
        "fields": ["insz"],
        "protocol": "001@1.0.0",
    }
    try:
        for year in (2024, 2025):
            at = datetime(year, 6, 1, tzinfo=UTC)
            log.append_all(
                [Event(EventKind.FILE_DELIVERED, at, "demo", words, [61_010_100_174]).entry()]
            )
        told = SqliteDisclosures(path, lambda: KEYS).about("61010100174", "infino")
    finally:
        log.close()

    assert [one.position for one in told] == [1, 2]

"""Over random histories of two parties: what the log tells one of them is exactly its own disclosures."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gateway.adapters.log import SqliteDisclosures, SqliteLog
from gateway.domain.log_entry import Entry, Event, EventKind
from tests.people import ELIF, KARIM, LUKAS, NOOR

NOON = datetime(2025, 3, 10, 11, tzinfo=UTC)
SENDERS = ("infino", "infino-audit", "parentia")
KEYS = {"2025": b"k" * 32}
PEOPLE = (NOOR, LUKAS, KARIM, ELIF)


@dataclass(frozen=True)
class Happening:
    """One entry, and what the plainest model says of it."""

    entry: Entry
    sender: str
    told_about: frozenset[str]
    lost: int | None = None


@st.composite
def consultations(draw: st.DrawFn) -> Happening:
    """A decision; its case, reference and clerk may hold anybody's digits."""
    sender, person = draw(st.sampled_from(SENDERS)), draw(st.sampled_from(PEOPLE))
    outcome = draw(st.sampled_from(["permit", "permit", "refusal"]))
    fields = draw(st.sampled_from([["insz", "pijler1"], ["resultaat"], []]))
    protocol = draw(st.sampled_from(["001@1.0.0", "004@1.0.0", "platform"]))
    leaf = {
        "v": 2, "e": "decision", "at": "2025-03-10T12:00:00.000+01:00", "space": "demo",
        "credential": sender, "party": sender, "outcome": outcome, "fields": fields,
        "protocol": protocol, "asked": [draw(st.sampled_from(SENDERS))],
    }  # fmt: skip
    words: dict[str, Any] = {
        "insz": [person], "actor": draw(st.sampled_from(PEOPLE)),
        "case": draw(st.sampled_from(PEOPLE)), "reference": draw(st.sampled_from(PEOPLE)),
    }  # fmt: skip
    is_told = outcome == "permit" and fields != [] and protocol != "platform"
    return Happening(Entry(leaf, words), sender, frozenset({person} if is_told else ()))


@st.composite
def files(draw: st.DrawFn) -> Happening:
    """A file, or its refusal, with numbers whose bytes run into one another."""
    sender = draw(st.sampled_from(SENDERS))
    numbers = draw(st.lists(st.sampled_from([*map(int, PEOPLE), 0, 1, int(NOOR) << 8]), max_size=6))
    kind = draw(st.sampled_from([EventKind.FILE_DELIVERED, EventKind.FILE_COLLECTED]))
    is_delivered = kind is EventKind.FILE_DELIVERED
    words = {
        "credential": sender, "party": sender, "outcome": "permit", "fields": ["insz"],
        "protocol": "001@1.0.0", "file": "f.json",
    }  # fmt: skip
    event = Event(kind, NOON, "demo", words, numbers if is_delivered else None)
    people = {person for person in PEOPLE if int(person) in numbers}
    return Happening(event.entry(), sender, frozenset(people if is_delivered else ()))


@st.composite
def losses(draw: st.DrawFn) -> Happening:
    """An answer, counted back from here, that could not be handed over."""
    back = draw(st.integers(1, 5))
    return Happening(Entry({}), "", frozenset(), back)


def entered(log: SqliteLog, history: Sequence[Happening]) -> set[int]:
    """Write the history; the positions of what was lost."""
    lost = set()
    for happening in history:
        entry = happening.entry
        if happening.lost is not None:
            position = log.size + 1 - happening.lost
            lost.add(position)
            words = {"decision": f"D-{position}"}
            entry = Event(EventKind.NOT_DELIVERED, NOON, "demo", words).entry()
        log.append_all([entry])
    return lost


@given(st.lists(st.one_of(consultations(), consultations(), files(), losses()), max_size=12))
def test_each_sender_is_told_its_own_disclosures_and_no_others(history: list[Happening]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "log.db"
        log = SqliteLog(path, new_salt=lambda: bytes(32), year_key=KEYS.get)
        try:
            lost = entered(log, history)
            reader = SqliteDisclosures(path, lambda: KEYS)
            found = {
                (sender, person): [one.position for one in reader.about(person, sender)]
                for sender in SENDERS
                for person in PEOPLE
            }
        finally:
            log.close()

    model = {
        (sender, person): [
            position
            for position, one in enumerate(history, 1)
            if one.sender == sender and person in one.told_about and position not in lost
        ]
        for sender in SENDERS
        for person in PEOPLE
    }
    assert found == model

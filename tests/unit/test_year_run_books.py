"""The closing of a run's books: each thing that must not be is seen where it is."""

import json
import re
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from gateway.simulation.yearrun.junit import junit_of
from gateway.simulation.yearrun.log_book import LogBook, holds_number
from gateway.simulation.yearrun.plan import find_run, named_runs, read_plan
from gateway.simulation.yearrun.report import with_library
from tests.people import KARIM

AT = "2025-03-10T08:00:00.000+01:00"
DISCLOSURE: dict[str, Any] = {
    "e": "decision", "at": AT, "outcome": "permit", "protocol": "001@1.0.0", "party": "infino", "unit": "infino",
    "flow": "jobbonusplus-verrichtingen", "purpose": "rechtentoekenning-privaat", "fields": ["insz"], "reasons": [],
    "articles": ["art. 3"], "credential": "infino", "channel": "rest",
}  # fmt: skip
FILE = DISCLOSURE | {
    "e": "file.delivered",
    "flow": "jobbonusplus-mutaties",
    "file": "f_000001.json",
}
REFUSAL = DISCLOSURE | {"outcome": "refusal", "reasons": ["not-registered"], "articles": ["art. 6"]}


def read(
    *entries: dict[str, Any], told: dict[int, tuple[str, str | None]] | None = None
) -> LogBook:
    book = LogBook(told or {})
    book.read([json.dumps(entry).encode() for entry in entries])
    return book


def test_what_the_matrix_opens_is_no_finding() -> None:
    book = read(DISCLOSURE, FILE, FILE | {"e": "file.acknowledged"}, REFUSAL)

    assert (book.outside, book.numbers, book.otherwise, book.open_files) == ([], [], [], set())
    assert book.size == 4
    assert book.refusals["not-registered", "001", "art. 6"] == 1


def test_a_disclosure_to_another_unit_purpose_or_flow_is_seen() -> None:
    wrong: Sequence[dict[str, Any]] = (
        DISCLOSURE | {"unit": "infino-audit"},
        DISCLOSURE | {"purpose": "audit"},
        FILE | {"party": "zele", "unit": "zele-financien"},
    )

    book = read(DISCLOSURE, *wrong)

    assert [one.partition(" ")[0] for one in book.outside] == ["D-2", "D-3", "D-4"]


def test_a_persons_number_in_an_entry_is_seen_and_a_digest_is_none() -> None:
    book = read(
        DISCLOSURE | {"case": KARIM}, DISCLOSURE | {"doc": f"sha256:{'0123456789' * 6}0123"}
    )

    assert book.numbers == ["D-1"]


def test_an_answer_that_the_log_has_otherwise_is_seen() -> None:
    told = {1: ("permit", None), 2: ("refusal", "no-protocol"), 3: ("permit", None)}

    book = read(DISCLOSURE, REFUSAL, REFUSAL, told=told)

    assert book.otherwise == ["D-2", "D-3"]


def test_a_file_stays_open_until_it_is_acknowledged_withdrawn_or_expired() -> None:
    others = [FILE | {"file": f"f_00000{n}.json"} for n in (2, 3, 4)]
    ends = [
        one | {"e": kind}
        for one, kind in zip(
            others, ("file.withdrawn", "file.expired", "file.collected"), strict=True
        )
    ]

    book = read(FILE, *others, *ends)

    assert book.open_files == {("infino", "f_000001.json"), ("infino", "f_000004.json")}


def test_the_digest_is_of_every_entry_in_its_order() -> None:
    assert read(DISCLOSURE, REFUSAL).digest != read(REFUSAL, DISCLOSURE).digest
    assert read(DISCLOSURE).digest == read(DISCLOSURE).digest


def test_a_scenario_that_fails_fails_the_run_it_was_played_beside() -> None:
    told = {"ok": True, "run": "r", "seed": 1, "steps": [], "coverage": []}
    rows = [{"id": "001-13", "title": "t", "passed": passed, "failures": [] if passed else ["x"]} for passed in (True, False)]  # fmt: skip

    well, ill = (with_library(told, {"matrix": [], "scenarios": rows[:n]}) for n in (1, 2))

    assert (well["ok"], ill["ok"]) == (True, False)
    assert [etree.fromstring(junit_of(one)).get("failures") for one in (well, ill)] == ["0", "1"]


@pytest.mark.parametrize("name", named_runs())
def test_every_run_that_comes_with_it_can_be_read(name: str) -> None:
    assert read_plan(find_run(name)).run == name


@given(st.text('0123456789abcdefg ,"', max_size=40))
def test_a_number_is_eleven_digits_that_are_no_part_of_a_digest(text: str) -> None:
    found = re.search(r"(?<![0-9a-f])\d{11}(?![0-9a-f])", text) is not None
    assert holds_number(text.encode()) == found


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("90712301137", True),
        ('{"x":"90712301137"}', True),
        ("907123011370", False),
        ("a90712301137", False),
        ("90712301137f", False),
        ("90712301137é", True),
        ("9071230113", False),
    ],
)
def test_where_a_number_stands(text: str, holds: bool) -> None:  # noqa: FBT001  a row of a table
    assert holds_number(text.encode()) is holds

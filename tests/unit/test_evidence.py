"""What goes into a bundle and what opens one commitment, held beside the verifier that shares no code with them."""

import io
import json
import zipfile
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumers.log_verifier import Broken, Trust, check_opening, packed, unpacked
from gateway.domain.canonical_json import canonical
from gateway.domain.checkpoint import size_of
from gateway.domain.evidence import Wanted, chosen
from gateway.domain.evidence_zip import stored_zip
from gateway.domain.log_check import StoredEntry
from gateway.domain.log_entry import Entry
from gateway.domain.merkle import leaf_hash
from gateway.domain.opening import open_number, open_word
from gateway.domain.sealing import pack_subjects, seal, without_subjects
from tests.stranger_log import StrangerLog

PRIVATE: dict[str, Any] = {
    "insz": ["12631400209"], "actor": "82722401041", "case": "Z-77", "reference": "urn:r-1",
    "answer": "ab" * 32, "day": None,
}  # fmt: skip
FLOW = "zele-betaalbestand"
FILE = f"{FLOW}_2025-07-01_000001.json"


def at(day: int) -> datetime:
    return datetime.fromisoformat(f"2025-07-{day:02}T09:00:00+02:00")


def a_leaf(day: int, kind: str, **words: Any) -> bytes:
    return canonical({"at": at(day).isoformat(), "e": kind, **words})


LEAVES = [
    a_leaf(1, "protocol.act", protocol="003@1.0.0", act="ondertekening"),
    a_leaf(2, "file.delivered", protocol="003@1.0.0", flow=FLOW, file=FILE),
    a_leaf(3, "decision", protocol="004@1.0.0", flow="zorgtoeslag"),
    a_leaf(4, "decision", protocol="003@1.0.0", flow=FLOW),
    a_leaf(5, "drop.sent", file=FILE, credential="zele-financien"),
    a_leaf(6, "not-delivered", decision="D-4"),
    a_leaf(7, "decision", protocol=None, flow=FLOW, outcome="refusal"),
    a_leaf(8, "not-delivered", decision="D-3"),
    a_leaf(9, "file.expired", flow=FLOW, file=FILE),
    a_leaf(10, "decision", protocol="0031@1.0.0", flow="other"),
    a_leaf(11, "private.erased", ground="term", what="log", count=3),
]


@pytest.mark.parametrize(
    ("first", "last", "whole", "positions"),
    [
        (1, 31, False, [1, 2, 4, 5, 6, 7, 9, 11]),
        (4, 7, False, [1, 2, 4, 5, 6]),
        (7, 8, False, [1, 7]),
        (9, 10, False, [1, 2, 5, 9]),
        (20, 21, False, [1]),
        (4, 7, True, [3, 4, 5, 6, 7]),
        (1, 31, True, list(range(1, 12))),
        (20, 21, True, []),
    ],
)
def test_a_bundle_holds_what_concerns_the_protocol_and_the_period(
    first: int, last: int, *, whole: bool, positions: list[int]
) -> None:
    wanted = Wanted("003", at(first), at(last), whole)

    found = chosen(enumerate(LEAVES, 1), wanted, frozenset({FLOW}))

    assert [one.position for one in found] == positions


names = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=8)


@given(st.lists(st.tuples(names, st.binary(max_size=40)), min_size=1, max_size=5, unique_by=lambda one: one[0]))  # fmt: skip
def test_the_zip_file_is_one_for_others_too_and_the_same_in_the_verifier(
    members: list[tuple[str, bytes]],
) -> None:
    made = stored_zip(members)

    assert made == packed(members)
    assert unpacked(made, "zip") == members
    with zipfile.ZipFile(io.BytesIO(made)) as read:
        assert read.testzip() is None
        assert [(one, read.read(one)) for one in read.namelist()] == members


@pytest.mark.parametrize(
    "note", ["", "x", "a\nb\nc\n", "log\n-1\nr\n\n— x y\n", "log\n9\nr\n\n— x y"]
)
def test_what_is_no_checkpoint_has_no_size(note: str) -> None:
    assert size_of(note) is None
    assert size_of("log\n9\nroot\n\n— log c2ln\n") == 9


# -- openings -------------------------------------------------------------------------------------


def stored(private: dict[str, Any] | None, subjects: list[int] | None = None) -> StoredEntry:
    own = {"v": 2, "e": "decision", "at": at(1).isoformat()}
    sealed = seal(Entry(own, private, subjects), b"s" * 32)
    return StoredEntry(2, sealed.leaf, leaf_hash(sealed.leaf), sealed.salt, sealed.words, sealed.subjects)  # fmt: skip


def an_opening(entry: StoredEntry, opened: Any) -> tuple[bytes, Trust]:
    log = StrangerLog([b"{}", entry.leaf, b"{}"])
    path = json.loads(b"[%b]" % b",".join(b'"%b"' % line for line in log.inclusion(1, 3).split(b"\n")[3:5]))  # fmt: skip
    told = {
        "form": "magda-sim/opening@v1", "position": 2, "entry": json.loads(entry.leaf), "path": path,
        "opened": dict(opened), "checkpoint": log.checkpoint().decode(),
    }  # fmt: skip
    return canonical(told) + b"\n", Trust([log.key])


@pytest.mark.parametrize("name", PRIVATE)
def test_an_opened_word_is_proven_and_nothing_else_is_shown(name: str) -> None:
    entry = stored(PRIVATE)

    raw, trust = an_opening(entry, open_word(entry, name))

    told = check_opening(raw, trust, "opening")
    assert (told["field"], told["value"], told["position"]) == (name, PRIVATE[name], 2)
    others = [value for other, value in PRIVATE.items() if other != name and value is not None]
    assert not any(canonical(value).strip(b'[]"') in raw for value in others)
    assert (b"s" * 32).hex().encode() not in raw


def test_a_word_cannot_be_passed_off_as_another() -> None:
    entry = stored(PRIVATE)
    opened = dict(open_word(entry, "case"))
    other = dict(open_word(entry, "reference"))

    changes: list[dict[str, Any]] = [
        {"value": "Z-78"}, {"value": None}, {"name": "reference"}, {"index": 3}, {"index": -1},
        {"salt": other["salt"]}, {"salt": opened["salt"][:-2]}, {"others": other["others"]},
        {"others": opened["others"][1:]}, {"others": []}, {"more": 1}, {"index": True},
    ]  # fmt: skip
    for change in changes:
        with pytest.raises(Broken):
            check_opening(*an_opening(entry, opened | change), "opening")


def test_commitments_that_run_together_are_no_opening() -> None:
    entry = stored(PRIVATE)
    opened = dict(open_word(entry, "case"))
    one, other, *rest = opened["others"]
    changed = opened | {"others": [one + other, *rest], "index": 1}
    assert opened["index"] == 2, "the same bytes are hashed"

    with pytest.raises(Broken, match="not the case that the entry commits to"):
        check_opening(*an_opening(entry, changed), "opening")


@pytest.mark.parametrize("count", [1, 2, 3, 8, 21])
def test_that_a_file_holds_a_number_is_shown_without_the_others(count: int) -> None:
    numbers = [12_631_400_209 + n * 97 for n in range(count)]
    entry = stored(None, numbers)
    for number in numbers:
        raw, trust = an_opening(entry, open_number(entry, str(number)))

        told = check_opening(raw, trust, "opening")

        assert (told["field"], told["value"]) == ("number", str(number))
        assert not any(str(other).encode() in raw for other in numbers if other != number)
    opened = dict(open_number(entry, str(numbers[0])))
    changes: list[dict[str, Any]] = [
        {"number": "1"}, {"index": 1}, {"salt": "00" * 32}, {"path": ["00" * 32]},
    ]  # fmt: skip
    for change in changes:
        with pytest.raises(Broken):
            check_opening(*an_opening(entry, opened | change), "opening")


def test_where_some_were_erased_the_others_can_still_be_shown() -> None:
    numbers = [12_631_400_209 + n * 97 for n in range(5)]
    entry = stored(None, numbers)
    assert entry.salt is not None
    assert entry.subjects is not None
    gone = pack_subjects([numbers[1]])
    salts, left = without_subjects(entry.salt, entry.subjects, {gone})
    entry = replace(entry, salt=salts, subjects=left)

    for number in (numbers[0], numbers[4]):
        raw, trust = an_opening(entry, open_number(entry, str(number)))
        assert check_opening(raw, trust, "opening")["value"] == str(number)
    for erased in (str(numbers[1]), "00000000000"):
        with pytest.raises(LookupError):
            open_number(entry, erased)


def test_every_flipped_bit_of_an_opening_is_noticed() -> None:
    entry = stored(PRIVATE)
    raw, trust = an_opening(entry, open_word(entry, "case"))
    for place in range(len(raw) - 1):
        for bit in range(8):
            spoilt = bytearray(raw)
            spoilt[place] ^= 1 << bit
            with pytest.raises(Broken):
                check_opening(bytes(spoilt), trust, "opening")


def test_what_is_not_there_cannot_be_opened() -> None:
    erased = replace(stored(PRIVATE), salt=None, words=None)
    old = replace(stored(PRIVATE), leaf=canonical({"v": 1, "priv": "00"}))
    for entry in (erased, old, stored(None), stored(None, [1, 2])):
        with pytest.raises(LookupError):
            open_word(entry, "case")
    for entry in (erased, stored(PRIVATE), stored(None, [1, 2])):
        with pytest.raises(LookupError):
            open_number(entry, "12631400209")
    with pytest.raises(LookupError):
        open_word(stored(PRIVATE), "name")

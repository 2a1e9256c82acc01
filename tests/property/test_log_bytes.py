"""The bytes of the log: canonical JSON, the Merkle tree, and entries that name nobody."""

import json
from dataclasses import replace
from hashlib import sha256, shake_256
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.canonical_json import Template, canonical, members
from gateway.domain.log_check import Head, StoredEntry, StoredPage, verify
from gateway.domain.log_entry import Draft, Entry, Event, EventKind
from gateway.domain.merkle import EMPTY_ROOT, Frontier, leaf_hash, node_hash, root_of
from gateway.domain.protocol_document import Authentication
from gateway.domain.questions import CareAllowanceQuestion
from gateway.domain.request import Request
from gateway.domain.sealing import commitment, pack_subjects, seal, subjects_root
from gateway.domain.services import CARE_ALLOWANCE
from tests.builders import NOON, a_caller

VECTOR = [
    b"", b"\x00", b"\x10", b"\x20\x21", b"\x30\x31", b"\x40\x41\x42\x43",
    b"\x50\x51\x52\x53\x54\x55\x56\x57",
    b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
]  # fmt: skip
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="ascii")), inner),
    max_leaves=20,
)


@given(values)
def test_canonical_json_is_that_of_an_independent_library(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)


ascii_keys = st.text(st.characters(codec="ascii"), max_size=6)


@given(
    st.dictionaries(ascii_keys, values, max_size=8),
    st.lists(st.dictionaries(ascii_keys, values, max_size=4), min_size=1, max_size=4),
)
def test_words_worked_out_once_give_the_same_bytes(
    shared: dict[str, Any], others: list[dict[str, Any]]
) -> None:
    template = Template(shared)
    for other in others:
        own = {name: value for name, value in other.items() if name not in shared}

        assert template.encode(own) == rfc8785.dumps(shared | own)


@given(st.dictionaries(ascii_keys, values, max_size=8))
def test_members_are_those_of_the_whole_text(words: dict[str, Any]) -> None:
    alone = [rfc8785.dumps({name: words[name]})[1:-1] for name in sorted(words)]

    assert members(words) == alone


def test_what_parts_members_is_never_found_inside_of_one() -> None:
    words = {"a\0": "b\0", "c": ["d\0"]}

    assert members(words) == [b'"a\\u0000":"b\\u0000"', b'"c":["d\\u0000"]']


def test_a_word_never_stands_twice() -> None:
    with pytest.raises(ValueError, match="twice"):
        Template({"at": "one"}).encode({"at": "other"})


@pytest.mark.parametrize("value", [1.0, 2**53, {"é": 1}, {1: 1}, float("nan"), b"x", {1, 2}])
def test_what_has_no_one_form_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        canonical({"a": [value]} if not isinstance(value, dict) else value)


def test_the_roots_are_those_of_the_public_test_vector() -> None:
    assert [root_of(VECTOR[:n]).hex() for n in range(1, 9)] == ROOTS
    assert sha256(b"").digest() == EMPTY_ROOT


def test_the_frontier_agrees_with_the_definition_at_every_size_to_257() -> None:
    hashes = [leaf_hash(bytes([n % 256, n // 256])) for n in range(257)]
    frontier = Frontier()
    for size, hashed in enumerate(hashes, 1):
        frontier.append(hashed)

        assert frontier.root() == definition(hashes[:size])


def definition(hashes: list[bytes]) -> bytes:
    if len(hashes) == 1:
        return hashes[0]
    half = 1 << (len(hashes) - 1).bit_length() - 1
    return node_hash(definition(hashes[:half]), definition(hashes[half:]))


@given(
    insz=st.text("0123456789", min_size=11, max_size=11),
    words=st.lists(
        st.text("abcdefghij", min_size=12, max_size=12), min_size=4, max_size=4, unique=True
    ),
)
def test_f18_no_leaf_holds_a_number_reference_case_or_actor(insz: str, words: list[str]) -> None:
    reference, case, enduser, purpose = words
    request = Request(
        service=CARE_ALLOWANCE,
        question=CareAllowanceQuestion(insz=insz, reference_date="2024-12-31"),
        reference=reference,
        question_reference=reference,
        enduser=enduser,
        case=case,
        purpose=purpose,
        authentication=Authentication.EID,
    )
    draft = Draft(at=NOON, space="demo", channel="rest", caller=a_caller(), request=request)

    sealed = seal(draft.entries(b"answer")[-1], b"s" * 32)

    leaf = sealed.leaf.decode()
    assert insz not in leaf
    assert not any(word in leaf for word in (reference, case, enduser))
    assert json.loads(leaf)["has-case"] is True


def test_a_commitment_hides_and_binds() -> None:
    entry = Draft(at=NOON, space="demo", channel="rest").entries(b"answer")[-1]

    one, same, other = (json.loads(seal(entry, s).leaf)["priv"] for s in (b"a" * 32, b"a" * 32, b"b" * 32))  # fmt: skip

    assert one == same
    assert one != other


def test_what_is_committed_to_is_each_private_word_with_a_salt_of_its_own() -> None:
    private = {"insz": ["12631400209"], "case": None, "reference": "r-1"}
    salts = shake_256(b"s" * 32).digest(3 * 16)
    own = [
        sha256(b"\x02" + salts[n * 16 : n * 16 + 16] + text).digest()
        for n, text in enumerate((b'"case":null', b'"insz":["12631400209"]', b'"reference":"r-1"'))
    ]

    sealed = seal(Entry({"v": 2}, private), b"s" * 32)

    assert json.loads(sealed.leaf)["priv"] == sha256(b"\x03" + b"".join(own)).hexdigest()
    assert sealed.words == canonical(private)


def page_of(entry: StoredEntry) -> StoredPage:
    private = {entry.position: (entry.salt, entry.words, entry.subjects)}
    return StoredPage([entry.position], [entry.leaf], [entry.hash], private)


def test_an_entry_of_version_1_is_checked_as_it_was_made() -> None:
    words, salt = canonical({"insz": ["12631400209"], "case": None}), b"s" * 32
    leaf = canonical({"v": 1, "priv": commitment(salt, words).hex()})
    entry = StoredEntry(1, leaf, leaf_hash(leaf), salt, words)
    other = replace(entry, words=words.replace(b"null", b'"c-1"'))

    assert verify([page_of(entry)], Head(1, root_of([leaf]))).ok
    assert verify([page_of(other)], Head(1, root_of([leaf]))).broken_at == 1


@pytest.mark.parametrize(
    "spoilt", [b'{"case": null}', b'{"case":"c"}', b'{"case":null', b"{}", b"[1]"]
)
def test_private_words_in_another_form_do_not_open_the_commitment(spoilt: bytes) -> None:
    sealed = seal(Entry({"v": 2}, {"case": None}), b"s" * 32)
    entry = StoredEntry(1, sealed.leaf, leaf_hash(sealed.leaf), sealed.salt, sealed.words)
    head = Head(1, root_of([sealed.leaf]))

    assert verify([page_of(entry)], head).ok
    assert verify([page_of(replace(entry, words=spoilt))], head).broken_at == 1


@given(st.lists(st.integers(10**10, 10**11 - 1), unique=True, max_size=40))
def test_a_files_root_is_over_each_number_by_itself(numbers: list[int]) -> None:
    event = Event(EventKind.FILE_DELIVERED, NOON, "demo", {"file": "x"}, sorted(numbers))

    sealed = seal(event.entry(), b"s" * 32)

    leaf = json.loads(sealed.leaf)
    assert leaf["n"] == len(numbers)
    assert sealed.subjects == pack_subjects(sorted(numbers))
    assert leaf["subjects"] == subjects_root(b"s" * 32, sealed.subjects).hex()
    assert not any(str(number) in sealed.leaf.decode() for number in numbers)

"""From an entry to what is stored: the leaf's bytes, and salted commitments to what is kept apart."""

import sys
from array import array
from collections.abc import Container, Iterator, Mapping, Sequence
from hashlib import sha256, shake_256
from struct import unpack
from typing import Any, NamedTuple

from gateway.domain.canonical_json import encode, joined, members
from gateway.domain.log_entry import Entry
from gateway.domain.merkle import Frontier, leaf_hash
from gateway.domain.subject_tags import YearKey, no_key, tag_of, tags_of_file

COMMITMENT_PREFIX = b"\x02"
FIELDS_PREFIX = b"\x03"
LARGEST_LEAF = 65_535
"""What the length of an entry can say where many are served in one bundle (C2SP tlog-tiles)."""
_WIDTH, _SALT = 8, 32
ERASED = bytes(_WIDTH)
"""Stands among a file's numbers for one that was erased."""
_FIELD_SALT, _FIELD_SALT_SIZE = "16s", 16


class SealedEntry(NamedTuple):
    """An entry as it is stored: the leaf's canonical bytes, and apart from it what it commits to.

    Exactly one of `words` (canonical JSON) and `subjects` (8 bytes each, big-endian) is given, or
    neither where nothing personal is behind the entry. `tag` and `tags` are for the index of persons.
    """

    leaf: bytes
    salt: bytes
    words: bytes | None
    subjects: bytes | None
    tag: int | None = None
    tags: bytes = b""


def seal(entry: Entry, salt: bytes, year_key: YearKey = no_key) -> SealedEntry:
    """The entry with its commitments in the leaf. `salt` is 32 bytes that are used once.

    Raises:
        ValueError: the leaf is larger than `LARGEST_LEAF`.
    """
    if entry.subjects is not None:
        packed = pack_subjects(entry.subjects)
        root = {"n": len(entry.subjects), "subjects": subjects_root(salt, packed).hex()}
        key = year_key(entry.year) if packed else None
        tags = b"" if key is None else tags_of_file(packed, key)
        return SealedEntry(_leaf(entry, root), salt, None, packed, tags=tags)
    if entry.private is None:
        return SealedEntry(_leaf(entry, {}), salt, None, None)
    fields = members(entry.private)
    leaf = _leaf(entry, {"priv": fields_root(salt, fields).hex()})
    person = entry.person
    key = None if person is None else year_key(entry.year)
    tag = None if person is None or key is None else tag_of(person, key)
    return SealedEntry(leaf, salt, joined(fields), None, tag)


def _leaf(entry: Entry, commitments: Mapping[str, Any]) -> bytes:
    """The leaf's bytes with what it commits to; most of them stand ready where entries are alike."""
    own = {**entry.own, **commitments}
    leaf = encode(own) if entry.shared is None else entry.shared.encode(own)
    if len(leaf) > LARGEST_LEAF:
        raise ValueError(f"an entry of {len(leaf)} bytes is too large for the log")
    return leaf


def commitment(salt: bytes, words: bytes) -> bytes:
    """What entries of version 1 hold: one commitment to all private words, over their canonical JSON."""
    return sha256(COMMITMENT_PREFIX + salt + words).digest()


def field_salts(salt: bytes, count: int) -> Sequence[bytes]:
    """The salts of private words, one each: none of them tells anything of another, or of the row's."""
    return unpack(_FIELD_SALT * count, shake_256(salt).digest(count * _FIELD_SALT_SIZE))


def field_commitments(salt: bytes, fields: Sequence[bytes]) -> Sequence[bytes]:
    """The hiding commitment to each private word: SHA-256 over prefix, its own salt and its text.

    `fields` are the members of the words' canonical text in its order, such as `"case":null`.
    """
    salts = field_salts(salt, len(fields))
    return [
        sha256(COMMITMENT_PREFIX + own + field).digest()
        for own, field in zip(salts, fields, strict=True)
    ]


def fields_root(salt: bytes, fields: Sequence[bytes]) -> bytes:
    """What the leaf holds of private words: one hash over their commitments, in order.

    So one word can be shown with its salt and the commitments to the others, which stay hidden.
    """
    return sha256(FIELDS_PREFIX + b"".join(field_commitments(salt, fields))).digest()


def subject_salt(salt: bytes, index: int) -> bytes:
    """The own salt of one number in a file.

    It follows one-way from the file's, so that one person's presence can be shown without the others'.
    Where somebody was erased there is no salt of the file: each number's own stands at its index.
    """
    if len(salt) > _SALT:
        return salt[index * _SALT : (index + 1) * _SALT]
    return sha256(salt + index.to_bytes(8, "big")).digest()


def subject_commitment(salt: bytes, index: int, packed: bytes) -> bytes:
    """The commitment to one number in a file, as the leaf it is in the file's own tree.

    Of one who was erased it stands where the salt would be.
    """
    own_salt = subject_salt(salt, index)
    return own_salt if packed == ERASED else leaf_hash(COMMITMENT_PREFIX + own_salt + packed)


def subjects_root(salt: bytes, packed: bytes) -> bytes:
    """The RFC 6962 root over the commitments to a file's numbers."""
    frontier = Frontier()
    for index, number in enumerate(_numbers(packed)):
        frontier.append(subject_commitment(salt, index, number))
    return frontier.root()


def without_subjects(salt: bytes, packed: bytes, erased: Container[bytes]) -> tuple[bytes, bytes]:
    """The salts and numbers of a file in which some are erased: of them the commitments alone are left.

    The file's own salt goes, because theirs would follow from it.
    """
    salts, left = [], []
    for index, number in enumerate(_numbers(packed)):
        is_erased = number == ERASED or number in erased
        kept = subject_commitment if is_erased else _salt_alone
        salts.append(kept(salt, index, number))
        left.append(ERASED if is_erased else number)
    return b"".join(salts), b"".join(left)


def _salt_alone(salt: bytes, index: int, _: bytes) -> bytes:
    return subject_salt(salt, index)


def _numbers(packed: bytes) -> Iterator[bytes]:
    return (packed[at : at + _WIDTH] for at in range(0, len(packed), _WIDTH))


def pack_subjects(subjects: Sequence[int]) -> bytes:
    """Numbers as 8 bytes each, big-endian."""
    return _big_endian(array("Q", subjects)).tobytes()


def unpack_subjects(packed: bytes) -> "array[int]":
    """The numbers of `pack_subjects`."""
    return _big_endian(array("Q", packed))


def _big_endian(numbers: "array[int]") -> "array[int]":
    """The same with the bytes of each number as they are kept, or back."""
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers

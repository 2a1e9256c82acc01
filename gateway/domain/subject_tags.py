"""Tags for the log's index of persons: keyed hashes of numbers, under a key of the entry's year.

The index answers "which entries are about this person" and nothing else: from a tag nobody gets back
to a number without the key, and tags of one person in two years have nothing in common.
"""

import sys
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator
from hashlib import blake2b
from struct import iter_unpack
from typing import NamedTuple

NUMBER_BYTES = TAG_BYTES = 8
PIECE = 4_096
"""How many tags of a file stand together."""
RUN = 16 * PIECE
"""How many tags are put in order at a time: a file of any length needs the same little memory."""
YearKey = Callable[[str], bytes | None]
"""The key of a year (`2025`), or `None` where none is kept, or not any more."""


class Piece(NamedTuple):
    """Some tags of a file, ascending: `first` is the lowest. Pieces of one `run` follow one another."""

    run: int
    first: int
    tags: bytes


def no_key(year: str) -> bytes | None:  # noqa: ARG001  the form of a YearKey
    """Nobody is tagged."""
    return None


def tag_of(number: int, key: bytes) -> int:
    """The tag of one number."""
    hashed = blake2b(number.to_bytes(NUMBER_BYTES, "big"), key=key, digest_size=TAG_BYTES).digest()
    return int.from_bytes(hashed, "big", signed=True)


def tags_of_file(packed: bytes, key: bytes) -> bytes:
    """The tags of a file's numbers (8 bytes each, big-endian), run by run, ascending in each."""
    step = RUN * NUMBER_BYTES
    return b"".join(
        _in_order(packed[begin : begin + step], key) for begin in range(0, len(packed), step)
    )


def pieces(tags: bytes) -> Iterator[Piece]:
    """The tags of a file as they are stored."""
    step = PIECE * TAG_BYTES
    for begin in range(0, len(tags), step):
        piece = tags[begin : begin + step]
        yield Piece(begin // (RUN * TAG_BYTES), unpack_tags(piece[:TAG_BYTES])[0], piece)


def holds(piece: bytes, tag: int) -> bool:
    """Whether a tag stands in a piece."""
    tags = unpack_tags(piece)
    at = bisect_left(tags, tag)
    return at < len(tags) and tags[at] == tag


def unpack_tags(tags: bytes) -> "array[int]":
    """Tags as signed integers, the form in which a database compares them."""
    return _big_endian(array("q", tags))


def pack_tags(tags: "array[int]") -> bytes:
    """Tags as they are kept; the array is used up."""
    return _big_endian(tags).tobytes()


def _in_order(packed: bytes, key: bytes) -> bytes:
    hashed = array("q")
    new = blake2b(key=key, digest_size=TAG_BYTES).copy
    for (number,) in iter_unpack(f"{NUMBER_BYTES}s", packed):
        one = new()
        one.update(number)
        hashed.frombytes(one.digest())
    return _big_endian(array("q", sorted(_big_endian(hashed)))).tobytes()


def _big_endian(tags: "array[int]") -> "array[int]":
    """The same with the bytes of each tag as they are kept, or back."""
    if sys.byteorder == "little":
        tags.byteswap()
    return tags

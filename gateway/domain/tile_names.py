"""What tiles and proofs are called, and what they look like outside (C2SP tlog-tiles, tlog-proof, tlog-witness)."""

import re
from base64 import b64encode
from collections.abc import Iterable, Sequence

from gateway.domain.tiles import WIDTH

_NUMBER = re.compile(r"((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?", re.ASCII)
_GROUP = 1_000
_LENGTH_BYTES = 2


def tile_name(number: int) -> str:
    """The number of a tile as a path: 1234067 is `x001/x234/067`."""
    name = f"{number % _GROUP:03}"
    while number := number // _GROUP:
        name = f"x{number % _GROUP:03}/{name}"
    return name


def parse_tile_name(name: str) -> tuple[int, int]:
    """The number and width that a path names.

    Raises:
        LookupError: no tile is called so.
    """
    found = _NUMBER.fullmatch(name)
    if found is None:
        raise LookupError(name)
    number = int(found[1].replace("x", "").replace("/", ""))
    width = int(found[2] or WIDTH)
    if tile_name(number) != found[1] or (found[2] and width >= WIDTH):
        raise LookupError(name)
    return number, width


def bundled(leaves: Iterable[bytes]) -> bytes:
    """Entries one after the other, each after its length."""
    parts = (part for leaf in leaves for part in (len(leaf).to_bytes(_LENGTH_BYTES, "big"), leaf))
    return b"".join(parts)


def inclusion_text(index: int, leaf: bytes, proof: Sequence[bytes], checkpoint: str) -> str:
    """A `.tlog-proof`: all that it takes, beside the log's key, to see that an entry is in the log.

    The entry itself goes along as the format's extra data, for whoever did not keep it.
    """
    head = f"c2sp.org/tlog-proof@v1\nextra {_text(leaf)}\nindex {index}\n"
    return head + _lines(proof) + f"\n{checkpoint}"


def consistency_text(old: int, proof: Sequence[bytes], checkpoint: str) -> str:
    """What a witness is sent: the size that it knows, the proof from there, and the checkpoint."""
    return f"old {old}\n" + _lines(proof) + f"\n{checkpoint}"


def _lines(hashes: Iterable[bytes]) -> str:
    return "".join(f"{_text(one)}\n" for one in hashes)


def _text(content: bytes) -> str:
    return b64encode(content).decode()

"""Checks the log of a gateway without the gateway: one file to be copied, read and run alone.

It needs Python 3.11 or later, the package `cryptography`, and the log's public key, which you were given
by somebody you trust (`log_key` of the ready file, or /log/keys):

    python log_verifier.py --key KEY bundle evidence.zip
    python log_verifier.py --key KEY opening opening.json
    python log_verifier.py --key KEY proof D-18.tlog-proof
    python log_verifier.py --key KEY log https://.../log --old checkpoint.txt --manifest folder/
    python log_verifier.py --key KEY consistency old-checkpoint.txt proof.txt
    python log_verifier.py --key KEY checkpoint one.txt other.txt

Exit status: 0 it holds, 1 it could not be read, 3 the command makes no sense, 4 it does not hold.
Forms: signed notes, checkpoints, cosignatures, tiles and proofs of c2sp.org; the tree of RFC 6962.
"""

import argparse
import base64
import json
import re
import struct
import sys
import urllib.error
import urllib.request
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, NoReturn, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

HOLDS, UNREADABLE, INVALID, BROKEN = 0, 1, 3, 4
EVIDENCE, OPENING, PROOF = "magda-sim/evidence@v1", "magda-sim/opening@v1", "c2sp.org/tlog-proof@v1"
_WIDTH, _HASH, _HEIGHT = 256, 32, 8
_ED25519, _COSIGNATURE = 1, 4
_MOST_SIGNATURES = 64
_PATIENCE = timedelta(hours=1)
"""An entry may stand behind one that was decided this much later: it was made before, and entered after."""
Told = dict[str, Any]


class Broken(Exception):
    """Something does not hold: where, at which position in the log if one can be told, and why."""

    def __init__(self, where: str, why: str, position: int | None = None) -> None:
        super().__init__(f"{where}: {why}")
        self.where, self.why, self.position = where, why, position


class Unreadable(Exception):
    """It could not be looked at at all."""


# -- the tree of RFC 6962 -------------------------------------------------------------------------


def leaf_hash(leaf: bytes) -> bytes:
    """The hash of one entry."""
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees."""
    return sha256(b"\x01" + left + right).digest()


class Tree:
    """The root over hashes that come one by one, each the root of `1 << height` leaves."""

    def __init__(self) -> None:
        self.size, self._roots = 0, list[bytes]()

    def append(self, hashed: bytes, height: int = 0) -> None:
        """Add the next subtree; heights never grow."""
        count = self.size >> height
        while count & 1:
            hashed, count = node_hash(self._roots.pop(), hashed), count >> 1
        self._roots.append(hashed)
        self.size += 1 << height

    def root(self) -> bytes:
        """The root so far."""
        if not self._roots:
            return sha256().digest()
        reached = self._roots[-1]
        for left in reversed(self._roots[:-1]):
            reached = node_hash(left, reached)
        return reached


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root over these entries."""
    tree = Tree()
    for leaf in leaves:
        tree.append(leaf_hash(leaf))
    return tree.root()


def root_by_inclusion(hashed: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """The root that a proof leads to from the hash of the leaf at `index` (from 0)."""
    if not 0 <= index < size:
        raise Broken("proof", f"a log of {size} has no entry with index {index}")
    last, rest = size - 1, list(path)
    while last:
        if index & 1 or index < last:
            if not rest:
                raise Broken("proof", "the proof is too short")
            pair = (rest.pop(0), hashed) if index & 1 else (hashed, rest.pop(0))
            hashed = node_hash(*pair)
        index, last = index >> 1, last >> 1
    if rest:
        raise Broken("proof", "the proof is too long")
    return hashed


def roots_by_consistency(
    old: int, new: int, path: Sequence[bytes], old_root: bytes
) -> tuple[bytes, bytes]:
    """The old and the new root that a consistency proof leads to."""
    if not 0 < old < new:
        raise Broken("proof", f"no proof leads from a log of {old} to one of {new}")
    at, last, rest = old - 1, new - 1, list(path)
    while at & 1:
        at, last = at >> 1, last >> 1
    if at == 0:
        rest.insert(0, old_root)
    sides = []
    while last:
        if at & 1 or at < last:
            sides.append(at & 1)
        at, last = at >> 1, last >> 1
    if len(rest) != len(sides) + 1:
        raise Broken("proof", "the proof does not have the length that these sizes need")
    to_old = to_new = rest[0]
    for is_left, other in zip(sides, rest[1:], strict=True):
        to_new = node_hash(other, to_new) if is_left else node_hash(to_new, other)
        to_old = node_hash(other, to_old) if is_left else to_old
    return to_old, to_new


def require_consistent(
    old: "Checkpoint", new: "Checkpoint", path: Sequence[bytes], where: str
) -> None:
    """The log only grew from one checkpoint to the other."""
    if old.size in (0, new.size):
        fits = not path and (old.size == 0 or old.root == new.root)
    else:
        fits = roots_by_consistency(old.size, new.size, path, old.root) == (old.root, new.root)
    if not fits:
        why = f"the log of {new.size} entries does not begin with the log of {old.size}: a fork"
        raise Broken(where, why)


# -- signed notes, keys and checkpoints -----------------------------------------------------------


@dataclass(frozen=True)
class Key:
    """A public key that you trust: a log's, or a witness's."""

    name: str
    ident: bytes
    kind: int
    public: bytes

    @classmethod
    def parse(cls, text: str) -> "Key":
        """`<name>+<id>+<base64>`."""
        try:
            name, ident, encoded = text.strip().split("+", 2)
            raw = _base64(encoded)
        except ValueError:
            raise ValueError(f"this is no key: {text[:60]!r}") from None
        key = cls(name, sha256(name.encode() + b"\n" + raw).digest()[:4], raw[0], raw[1:])
        if key.ident.hex() != ident or len(key.public) != _HASH:
            raise ValueError(f"the key of {name} does not have the id that it names")
        return key

    def confirms(self, signature: bytes, text: bytes) -> bool:
        """Whether the signature over a note's text holds."""
        if self.kind == _COSIGNATURE:
            stamp, signature = signature[:8], signature[8:]
            text = b"cosignature/v1\ntime %d\n" % int.from_bytes(stamp, "big") + text
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class Trust:
    """The keys you trust, and how many witnesses must have signed a checkpoint."""

    keys: Sequence[Key]
    quorum: int = 0

    def text_of(self, note: bytes, where: str) -> tuple[str, Sequence[Key]]:
        """The text of a signed note, and who of the trusted signed it."""
        lines, text = _note(note, where)
        signers = []
        for line in lines:
            name, raw = _signature(line, where)
            for key in self.keys:
                if (key.name, key.ident) == (name, raw[:4]):
                    if not key.confirms(raw[4:], text.encode()):
                        raise Broken(where, f"the signature of {name} does not hold")
                    signers.append(key)
        if not signers:
            raise Broken(where, "no key that you trust has signed this")
        return text, signers

    def checkpoint(self, note: bytes, where: str) -> "Checkpoint":
        """A checkpoint that its log has signed, and witnesses enough."""
        text, signers = self.text_of(note, where)
        made = Checkpoint.parse(text, where)
        if not any(key.kind == _ED25519 and key.name == made.origin for key in signers):
            raise Broken(where, f"the log {made.origin} has not signed this")
        witnesses = len({key.ident for key in signers if key.kind == _COSIGNATURE})
        if witnesses < self.quorum:
            raise Broken(where, f"{witnesses} of {self.quorum} witnesses have signed this")
        return replace(made, witnesses=witnesses)

    @property
    def of_the_log(self) -> "Trust":
        """The same where one checkpoint of several needs the witnesses."""
        return Trust(self.keys)

    def witnessed(self, checkpoints: Iterable["Checkpoint"], where: str) -> int | None:
        """The size up to which witnesses enough have seen the log; `None` where none is trusted."""
        if not self.quorum:
            return None
        seen = [one.size for one in checkpoints if one.witnesses >= self.quorum]
        if not seen:
            raise Broken(where, f"{self.quorum} witnesses have signed none of the checkpoints")
        return max(seen)


@dataclass(frozen=True)
class Checkpoint:
    """A log's size and root, as it signed them, and how many witnesses did."""

    origin: str
    size: int
    root: bytes
    witnesses: int = field(default=0, compare=False)

    @classmethod
    def parse(cls, text: str, where: str) -> "Checkpoint":
        """Origin, size and root, a line each; further lines say nothing here."""
        origin, size, root, *more = (*text.split("\n"), "", "")[:-2]
        if not origin or not _is_number(size) or "" in more[:-1]:
            raise Broken(where, "this is no checkpoint")
        return cls(origin, int(size), _hash(root, where))


def _note(note: bytes, where: str) -> tuple[Sequence[str], str]:
    """The lines of signatures, and the text that they are over."""
    try:
        decoded = note.decode()
    except UnicodeDecodeError as error:
        raise Broken(f"{where}, byte {error.start}", "the note is not UTF-8") from None
    head, blank, tail = decoded.rpartition("\n\n")
    lines = tail.split("\n")
    if not blank or lines.pop() or not 0 < len(lines) <= _MOST_SIGNATURES:
        raise Broken(where, "this is no signed note")
    if any(ord(sign) < ord(" ") and sign != "\n" for sign in decoded):
        raise Broken(where, "the note holds control characters")
    return lines, f"{head}\n"


def _signature(line: str, where: str) -> tuple[str, bytes]:
    try:
        dash, name, encoded = line.split(" ")
        raw = _base64(encoded)
    except ValueError:
        raise Broken(where, "a line of the note is no signature") from None
    if dash != "\u2014" or not name or "+" in name or len(raw) <= len(b"\0" * 4):
        raise Broken(where, "a line of the note is no signature")
    return name, raw


def require_one_view(checkpoints: Iterable[tuple[str, Checkpoint]]) -> None:
    """No two checkpoints of a log give different roots to one size."""
    seen: dict[tuple[str, int], tuple[str, bytes]] = {}
    for where, one in checkpoints:
        first, root = seen.setdefault((one.origin, one.size), (where, one.root))
        if root != one.root:
            why = f"at {one.size} entries this is another log than in {first}: a split view"
            raise Broken(where, why)


def _base64(text: str) -> bytes:
    """Base64 in its one form.

    Raises:
        ValueError: another form.
    """
    raw = base64.b64decode(text, validate=True)
    if base64.b64encode(raw).decode() != text:
        raise ValueError(text)
    return raw


def _hash(text: str, where: str) -> bytes:
    try:
        raw = _base64(text)
    except ValueError:
        raw = b""
    if len(raw) != _HASH:
        raise Broken(where, "a hash does not have its form")
    return raw


def _is_number(text: str) -> bool:
    return re.fullmatch("0|[1-9][0-9]{0,18}", text, re.ASCII) is not None


# -- proofs that go in one file -------------------------------------------------------------------


def check_proof(raw: bytes, trust: Trust, where: str, entry: bytes | None = None) -> Told:
    """A `.tlog-proof`: that an entry stands in the log. The entry may be its extra data."""
    lines, note = _head_and_note(raw, where)
    if lines.pop(0) != PROOF:
        raise Broken(where, "this is no tlog-proof")
    extra = _base64_line(lines.pop(0), "extra ", where) if lines[:1] and lines[0][:6] == "extra " else None  # fmt: skip
    if not lines or not lines[0].startswith("index ") or not _is_number(lines[0][6:]):
        raise Broken(where, "the proof does not say which entry it is of")
    index, path = int(lines[0][6:]), [_hash(line, where) for line in lines[1:]]
    leaf = extra if entry is None else entry
    if leaf is None:
        raise Broken(where, "the entry itself is not here; give it with --entry")
    checkpoint = trust.checkpoint(note, where)
    _require_included(leaf, index, checkpoint, path, where)
    return {"position": index + 1, "size": checkpoint.size, "origin": checkpoint.origin,
            "entry": _entry(leaf)}  # fmt: skip


def check_consistency(old: bytes, raw: bytes, trust: Trust, where: str) -> Told:
    """That the log of a new checkpoint begins with that of an old one."""
    before = trust.checkpoint(old, "the old checkpoint")
    after = _later(before, raw, trust, where)
    return {"origin": after.origin, "old": before.size, "size": after.size}


def _later(before: Checkpoint, raw: bytes, trust: Trust, where: str) -> Checkpoint:
    lines, note = _head_and_note(raw, where)
    after = trust.checkpoint(note, where)
    if lines[0] != f"old {before.size}" or before.origin != after.origin:
        raise Broken(where, "the proof is of another checkpoint")
    require_consistent(before, after, [_hash(line, where) for line in lines[1:]], where)
    return after


def _require_included(
    leaf: bytes, index: int, checkpoint: Checkpoint, path: Sequence[bytes], where: str
) -> None:
    try:
        root = root_by_inclusion(leaf_hash(leaf), index, checkpoint.size, path)
    except Broken as broken:
        raise Broken(where, broken.why, index + 1) from None
    if root != checkpoint.root:
        raise Broken(where, "the proof does not lead from this entry to the log", index + 1)


def _head_and_note(raw: bytes, where: str) -> tuple[list[str], bytes]:
    head, blank, note = raw.partition(b"\n\n")
    if not blank or not head.isascii():
        raise Broken(where, "this is no proof with a checkpoint")
    return head.decode().split("\n"), note


def _base64_line(line: str, name: str, where: str) -> bytes:
    try:
        return _base64(line.removeprefix(name))
    except ValueError:
        raise Broken(where, f"the line {name.strip()} does not have its form") from None


def _entry(leaf: bytes) -> Any:
    """An entry to show: as JSON where it is."""
    try:
        return json.loads(leaf)
    except (ValueError, RecursionError):
        return leaf.hex()


def canonical(value: Any) -> bytes:
    """The one form (RFC 8785) of JSON without fractions and with ASCII names."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode(
        "utf-8", "surrogatepass"
    )


def _parsed(raw: bytes, where: str) -> Any:
    """JSON that stands in its one form."""
    try:
        value = json.loads(raw)
        same = canonical(value) == raw
    except (ValueError, RecursionError):
        raise Broken(where, "this is no JSON") from None
    if not same:
        raise Broken(where, "the JSON does not stand in its one form")
    return value


# -- a whole log, in tiles ------------------------------------------------------------------------


class Source(Protocol):
    """Where the files of a log lie."""

    def read(self, name: str) -> bytes | None:
        """A file, or `None` where there is none of this name."""
        ...


class Folder:
    """A folder on disk."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self, name: str) -> bytes | None:
        """A file in it."""
        try:
            return (self._path / name).read_bytes()
        except FileNotFoundError:
            return None


class Zip:
    """A zip file."""

    def __init__(self, path: Path) -> None:
        self._zip = zipfile.ZipFile(path)

    def read(self, name: str) -> bytes | None:
        """A member of it."""
        try:
            return self._zip.read(name)
        except KeyError:
            return None
        except (zipfile.BadZipFile, zlib.error) as error:
            raise Broken(name, str(error)) from None


class Live:
    """A gateway that answers: the address that ends in /log."""

    def __init__(self, address: str) -> None:
        self._address = address.rstrip("/")

    def read(self, name: str) -> bytes | None:
        """What it serves under a name."""
        request = urllib.request.Request(f"{self._address}/{name}")  # noqa: S310  http(s) only
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310  idem
                return bytes(answer.read())
        except urllib.error.HTTPError as error:
            if error.code in (404, 410):
                return None
            raise Unreadable(f"{self._address}/{name}: {error}") from None


def open_source(where: str) -> Source:
    """The log at an address, in a folder or in a zip file."""
    if where.startswith(("http://", "https://")):
        return Live(where)
    path = Path(where)
    if path.is_dir():
        return Folder(path)
    try:
        return Zip(path)
    except zipfile.BadZipFile as error:
        raise Unreadable(f"{where}: {error}") from None


def tile_name(number: int) -> str:
    """The number of a tile as a path: 1234067 is `x001/x234/067`."""
    name = f"{number % 1000:03}"
    while number := number // 1000:
        name = f"x{number % 1000:03}/{name}"
    return name


@dataclass
class WholeLog:
    """Every entry of a log, checked against its tiles and its checkpoint. Made by `read_log`."""

    checkpoint: Checkpoint
    tiles: list[bytes] = field(default_factory=list)
    roots: list[bytes] = field(default_factory=list)
    wanted: frozenset[int] = frozenset()
    found: dict[int, bytes] = field(default_factory=dict)

    def root_at(self, size: int) -> bytes:
        """The root over the first `size` entries."""
        tree, (full, rest) = Tree(), divmod(size, _WIDTH)
        for root in self.roots[:full]:
            tree.append(root, _HEIGHT)
        for at in range(0, rest * _HASH, _HASH):
            tree.append(self.tiles[full][at : at + _HASH])
        return tree.root()

    def require_begins_with(self, where: str, old: Checkpoint) -> None:
        """The log as it stands is the one of an older checkpoint, grown."""
        if old.origin != self.checkpoint.origin:
            raise Broken(where, f"this is of another log: {old.origin}")
        if old.size > self.checkpoint.size:
            why = f"the log had {old.size} entries and has {self.checkpoint.size}: it was cut back"
            raise Broken(where, why, self.checkpoint.size + 1)
        if self.root_at(old.size) != old.root:
            raise Broken(where, f"the log of {old.size} entries was another one: a fork")


def read_log(
    source: Source,
    trust: Trust,
    wanted: frozenset[int] = frozenset(),
    progress: Callable[[int], None] = lambda _: None,
) -> WholeLog:
    """Read every entry and every tile and compare all with the signed checkpoint.

    The entries at the positions `wanted` are kept.
    """
    note = source.read("checkpoint")
    if note is None:
        raise Broken("checkpoint", "is missing")
    log = WholeLog(trust.checkpoint(note, "checkpoint"), wanted=wanted)
    clock = Clockwork()
    size = log.checkpoint.size
    for number in range(-(-size // _WIDTH)):
        _read_entries(source, log, number, min(_WIDTH, size - number * _WIDTH), clock)
        progress(min(size, (number + 1) * _WIDTH))
    _compare_levels(source, log)
    if log.root_at(size) != log.checkpoint.root:
        raise Broken("checkpoint", "the entries do not add up to the signed root")
    return log


def _read_entries(
    source: Source, log: WholeLog, number: int, width: int, clock: "Clockwork"
) -> None:
    first, name = number * _WIDTH + 1, f"tile/entries/{tile_name(number)}"
    leaves = list(_unbundled(_tile(source, name, width), name, first))[:width]
    if len(leaves) < width:
        raise Broken(name, "entries are missing", first + len(leaves))
    hashes = [sha256(b"\x00" + leaf).digest() for leaf in leaves]
    stated = _tile(source, f"tile/0/{tile_name(number)}", width)[: width * _HASH]
    if b"".join(hashes) != stated:
        at = next(n for n, one in enumerate(hashes) if one != stated[n * _HASH : (n + 1) * _HASH])
        raise Broken(name, "the entry does not have the hash in its tile", first + at)
    clock.follow(leaves, first, name)
    log.tiles.append(stated)
    if width == _WIDTH:
        log.roots.append(_fold(hashes))
    for position in log.wanted.intersection(range(first, first + width)):
        log.found[position] = leaves[position - first]


def _unbundled(raw: bytes, name: str, first: int) -> Iterator[bytes]:
    at, end, position = 0, len(raw), first
    while at < end:
        start = at + 2
        at = start + (raw[at] << 8 | raw[at + 1]) if start <= end else end + 1
        if at > end:
            raise Broken(f"{name}, byte {start - 2}", "the entry is cut off", position)
        yield raw[start:at]
        position += 1


def _tile(source: Source, name: str, width: int) -> bytes:
    """A tile of this width, or the full one that it became."""
    found = None if width == _WIDTH else source.read(f"{name}.p/{width}")
    found = source.read(name) if found is None else found
    if found is None:
        raise Broken(name, "is missing")
    return found


def _fold(hashes: Sequence[bytes]) -> bytes:
    while len(hashes) > 1:
        hashes = [
            sha256(b"\x01" + left + right).digest()
            for left, right in zip(hashes[::2], hashes[1::2], strict=True)
        ]
    return hashes[0]


def _compare_levels(source: Source, log: WholeLog) -> None:
    """The tiles above the entries are what the tiles below add up to."""
    level, below = 1, log.roots
    while below:
        above: list[bytes] = []
        for number in range(-(-len(below) // _WIDTH)):
            own, name = below[number * _WIDTH :][:_WIDTH], f"tile/{level}/{tile_name(number)}"
            stated = _tile(source, name, len(own))
            if b"".join(own) != stated[: len(own) * _HASH]:
                raise Broken(name, "the tile is not what the entries below it add up to")
            if len(own) == _WIDTH:
                above.append(_fold(own))
        level, below = level + 1, above


class Clockwork:
    """Whether entries stand in the order of their instants, but for what was decided side by side."""

    def __init__(self) -> None:
        self._latest, self._last, self.dated = datetime(1900, 1, 1, tzinfo=UTC), b"", 0

    def follow(self, leaves: Iterable[bytes], first: int, where: str) -> None:
        """Go on with these entries; those without an instant say nothing."""
        for position, leaf in enumerate(leaves, first):
            found = leaf.find(b'"at":"')
            text = leaf[found + 6 : leaf.find(b'"', found + 6)] if found >= 0 else b""
            if text and text != self._last:
                self._go_to(text, position, where)

    def _go_to(self, text: bytes, position: int, where: str) -> None:
        try:
            at = datetime.fromisoformat(text.decode())
            is_late = at < self._latest - _PATIENCE
        except (ValueError, TypeError, OverflowError):
            raise Broken(where, "the entry's instant cannot be read", position) from None
        if is_late:
            raise Broken(where, "the entry is older than those before it", position)
        self._last, self._latest, self.dated = text, max(at, self._latest), self.dated + 1


def check_log(
    source: Source,
    trust: Trust,
    old: Sequence[tuple[str, bytes]] = (),
    manifests: Sequence[tuple[str, bytes]] = (),
    progress: Callable[[int], None] = lambda _: None,
) -> Told:
    """A whole log, and that it is the one of older checkpoints and of the manifests of files."""
    loosely = trust.of_the_log
    earlier = [(where, loosely.checkpoint(note, where)) for where, note in old]
    signed = [(where, *read_manifest(raw, trust, where)) for where, raw in manifests]
    wanted = frozenset(_decision(told, where) for where, told, _ in signed)
    log = read_log(source, loosely, wanted, progress)
    witnessed = trust.witnessed([log.checkpoint, *(one for _, one in earlier)], "checkpoint")
    for where, checkpoint in [*earlier, *((where, one) for where, _, one in signed)]:
        log.require_begins_with(where, checkpoint)
    for where, told, checkpoint in signed:
        _require_delivered(told, checkpoint, log, where)
    return {"origin": log.checkpoint.origin, "size": log.checkpoint.size,
            "root": log.checkpoint.root.hex(), "old": len(earlier), "manifests": len(signed), "witnessed": witnessed}  # fmt: skip


# -- manifests of files ---------------------------------------------------------------------------


def read_manifest(raw: bytes, trust: Trust, where: str) -> tuple[Told, Checkpoint]:
    """What a manifest says, if the log's key signed it, and the checkpoint that it carries."""
    try:
        head, payload, signature = raw.strip().split(b".")
        ident, told = json.loads(_base64url(head))["kid"], json.loads(_base64url(payload))
        signed = _base64url(signature)
        note = told["checkpoint"].encode()
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Broken(where, "this is no manifest") from None
    ours = [key for key in trust.keys if key.kind == _ED25519 and key.ident.hex() == ident]
    if not any(key.confirms(signed, head + b"." + payload) for key in ours):
        raise Broken(where, "the manifest is not signed by a key that you trust")
    return told, trust.of_the_log.checkpoint(note, where)


def check_manifests(manifests: Sequence[tuple[str, bytes]], trust: Trust) -> Told:
    """That manifests, also of different consumers, speak of one and the same log."""
    signed = [(where, *read_manifest(raw, trust, where)) for where, raw in manifests]
    require_one_view((where, checkpoint) for where, _, checkpoint in signed)
    return {"manifests": len(signed), "sizes": sorted({one.size for *_, one in signed})}


def _decision(told: Told, where: str) -> int:
    number = str(told.get("beslissing", "")).removeprefix("D-")
    if not _is_number(number):
        raise Broken(where, "the manifest names no decision")
    return int(number)


def _require_delivered(told: Told, checkpoint: Checkpoint, log: WholeLog, where: str) -> None:
    position = _decision(told, where)
    entry = _entry(log.found.get(position, b"null"))
    stated = entry if isinstance(entry, dict) else {}
    named = {"file": "bestand", "flow": "stroom", "sha256": "sha256", "protocol": "protocol"}
    is_told = all(stated.get(own) == told.get(theirs) for own, theirs in named.items())
    if position > checkpoint.size or stated.get("e") != "file.delivered" or not is_told:
        raise Broken(where, "the log tells something else of this file", position)


def _base64url(text: bytes) -> bytes:
    raw = base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4))
    if base64.urlsafe_b64encode(raw).rstrip(b"=") != text:
        raise ValueError
    return raw


# -- evidence bundles -----------------------------------------------------------------------------

_LOCAL, _CENTRAL, _END = struct.Struct("<4s5H3I2H"), struct.Struct("<4s6H3I5H2I"), struct.Struct("<4s4H2IH")  # fmt: skip
_ZIP_VERSION, _ZIP_DAY = 20, 33  # 1 January 1980


def packed(members: Sequence[tuple[str, bytes]]) -> bytes:
    """The one zip file that holds these members: stored, in this order, all of the same day."""
    files, index, at = [], [], 0
    for name, content in members:
        called, size, check = name.encode(), len(content), zlib.crc32(content)
        alike = (_ZIP_VERSION, 0, 0, 0, _ZIP_DAY, check, size, size, len(called), 0)
        files.append(_LOCAL.pack(b"PK\3\4", *alike) + called + content)
        index.append(_CENTRAL.pack(b"PK\1\2", _ZIP_VERSION, *alike, 0, 0, 0, 0, at) + called)
        at += len(files[-1])
    tail = b"".join(index)
    end = _END.pack(b"PK\5\6", 0, 0, len(members), len(members), len(tail), at, 0)
    return b"".join(files) + tail + end


def unpacked(raw: bytes, where: str) -> list[tuple[str, bytes]]:
    """The members of such a file, read from its beginning."""
    members, at = [], 0
    while raw[at : at + 4] == b"PK\3\4" and len(raw) - at > _LOCAL.size:
        *_, size, _, named, more = _LOCAL.unpack_from(raw, at)
        start = at + _LOCAL.size + named
        name, content = raw[start - named : start], raw[start : start + size]
        if more or len(content) < size or not name.isascii():
            raise Broken(f"{where}, byte {at}", "the file is cut off, or no evidence bundle")
        members.append((name.decode(), content))
        at = start + size
    if not members:
        raise Broken(f"{where}, byte 0", "this is no evidence bundle")
    return members


def _require_one_form(raw: bytes, members: Sequence[tuple[str, bytes]], where: str) -> None:
    names = [name for name, _ in members]
    for name, place in zip(names, ["contents", *sorted({*names} - {"contents"}), ""], strict=False):
        if name != place:
            raise Broken(f"{where}/{name}", "stands twice, or out of order")
    again = packed(members)
    if again == raw:
        return
    pairs = enumerate(zip(raw, again, strict=False))
    at = next((n for n, (one, other) in pairs if one != other), min(len(raw), len(again)))
    raise Broken(f"{where}, byte {at}", "the zip file does not stand in its one form")


def check_bundle(raw: bytes, trust: Trust, where: str) -> Told:
    """An evidence bundle: every byte of it, and that its entries stand in the signed log."""
    members, loosely = unpacked(raw, where), trust.of_the_log
    held = dict(reversed(members))
    told = _contents(held, loosely, where)
    _require_one_form(raw, members, where)
    checkpoint = loosely.checkpoint(held["checkpoint"], f"{where}/checkpoint")
    if (checkpoint.origin, checkpoint.size) != (told["origin"], told["size"]):
        raise Broken(f"{where}/checkpoint", "the contents are of another checkpoint")
    entries = list(_bundled_entries(held["entries.ndjson"], checkpoint, f"{where}/entries.ndjson"))
    _require_announced(told, entries, f"{where}/entries.ndjson")
    _require_texts(held, told, entries, where)
    older = [_older(name, held, checkpoint, loosely, where) for name in held if name[:4] == "old/"]
    witnessed = trust.witnessed([checkpoint, *older], where)
    kinds = [str(entry.get("e")) for _, entry in entries]
    return {
        "origin": checkpoint.origin, "size": checkpoint.size, "protocol": told["protocol"],
        "from": told["from"], "to": told["to"], "entries": len(entries), "whole": told["whole"],
        "kinds": {kind: kinds.count(kind) for kind in sorted(set(kinds))}, "old": sorted(one.size for one in older), "witnessed": witnessed,
    }  # fmt: skip


def _contents(held: dict[str, bytes], trust: Trust, where: str) -> Told:
    """What the signed table of contents says; every member is the one that it names."""
    name = f"{where}/contents"
    if "contents" not in held:
        raise Broken(name, "is missing")
    text, signers = trust.text_of(held["contents"], name)
    form, origin, told, *rest = (*text.split("\n"), "", "")
    if form != EVIDENCE or [key.name for key in signers] != [origin] or any(rest):
        raise Broken(name, "this is no table of contents that its log signed")
    contents: Told = _parsed(told.encode(), name)
    for member in sorted({*contents["files"], *held} - {"contents"}):
        stated = contents["files"].get(member)
        if member not in held or stated != sha256(held[member]).hexdigest():
            why = "is missing" if member not in held else _difference(member, held, trust, where)
            raise Broken(f"{where}/{member}", why)
    return {**contents, "origin": origin}


def _difference(member: str, held: dict[str, bytes], trust: Trust, where: str) -> str:
    """Why a member is not the one that was signed: where its own proofs tell, the place."""
    try:
        if member == "entries.ndjson" and "checkpoint" in held:
            checkpoint = trust.checkpoint(held["checkpoint"], "checkpoint")
            list(_bundled_entries(held[member], checkpoint, f"{where}/{member}"))
    except Broken as broken:
        if broken.where != "checkpoint":
            raise
    return "is not the file that was signed"


def _bundled_entries(
    raw: bytes, checkpoint: Checkpoint, where: str
) -> Iterator[tuple[int, dict[str, Any]]]:
    """The entries, each with its position: every one proven, none twice, none out of order."""
    before, clock = 0, Clockwork()
    for number, line in enumerate(raw.splitlines(keepends=True), 1):
        here = f"{where}, line {number}"
        told = _parsed(line.rstrip(b"\n"), here)
        try:
            entry, position, path = told["entry"], told["position"], told["path"]
            proof = [_hash(one, here) for one in path]
            leaf = canonical(entry)
        except (KeyError, TypeError, AttributeError, ValueError):
            raise Broken(here, "this is no entry with its proof", before + 1) from None
        if len(told) != len(("entry", "path", "position")) or type(position) is not int:
            raise Broken(here, "this is no entry with its proof", before + 1)
        if position <= before or not line.endswith(b"\n") or not isinstance(entry, dict):
            raise Broken(here, "the entries are not in order, each once", position)
        _require_included(leaf, position - 1, checkpoint, proof, here)
        clock.follow([leaf], position, here)
        before = position
        yield position, entry


def _require_announced(told: Told, entries: Sequence[tuple[int, Any]], where: str) -> None:
    positions = [position for position, _ in entries]
    if told["entries"] != len(positions):
        raise Broken(where, f"{told['entries']} entries were announced, {len(positions)} are here")
    if not told["whole"] or not positions:
        return
    if len(positions) != positions[-1] - positions[0] + 1:
        gap = next(n for n, one in enumerate(positions, positions[0]) if n != one)
        raise Broken(where, "an entry was left out of a bundle that says it is whole", gap)
    first, last = (datetime.fromisoformat(told[end]) for end in ("from", "to"))
    begins = positions[0] == 1 or _at(entries[0][1]) < first
    ends = positions[-1] == told["size"] or _at(entries[-1][1]) >= last
    if not begins or not ends:
        raise Broken(where, "the entries do not reach from the first instant to the last")


def _at(entry: Any) -> datetime:
    return datetime.fromisoformat(entry["at"])


def _require_texts(
    held: dict[str, bytes], told: Told, entries: Sequence[tuple[int, Any]], where: str
) -> None:
    """The text of the protocol is the one that the entries cite by its digest."""
    cited = {entry["doc"]: position for position, entry in entries if entry.get("doc") and
             str(entry.get("protocol")).startswith(f"{told['protocol']}@")}  # fmt: skip
    there = {f"sha256:{sha256(text).hexdigest()}" for name, text in held.items() if name[:5] == "text/"}  # fmt: skip
    for digest in sorted(cited.keys() - there - set(told["lost"])):
        raise Broken(where, f"the text {digest} is missing, which an entry cites", cited[digest])


def _older(
    name: str, held: dict[str, bytes], checkpoint: Checkpoint, trust: Trust, where: str
) -> Checkpoint:
    """A checkpoint from before, with the proof that the log only grew since."""
    here = f"{where}/{name}"
    old, blank, proof = held[name].partition(b"\n--\n")
    before = trust.checkpoint(old + b"\n" * bool(blank), here)
    if _later(before, proof, trust, here) != checkpoint:
        raise Broken(here, "the proof leads to another checkpoint")
    return before


# -- one opened field -----------------------------------------------------------------------------


def check_opening(raw: bytes, trust: Trust, where: str) -> Told:
    """That one private word, or one number in a file, is what its entry commits to."""
    told = _parsed(raw.rstrip(b"\n"), where)
    try:
        entry, index, opened = told["entry"], told["position"] - 1, told["opened"]
        proof, note = [_hash(one, where) for one in told["path"]], told["checkpoint"].encode()
        root, name, value = _commitment(opened, entry)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError):
        raise Broken(where, "this is no opening") from None
    if told.get("form") != OPENING or set(told) != {"form", "entry", "position", "opened", "path", "checkpoint"}:  # fmt: skip
        raise Broken(where, "this is no opening")
    if root is None:
        raise Broken(where, f"this is not the {name} that the entry commits to", index + 1)
    checkpoint = trust.checkpoint(note, where)
    _require_included(canonical(entry), index, checkpoint, proof, where)
    return {"position": index + 1, "field": name, "value": value, "at": entry.get("at"),
            "entry": entry, "origin": checkpoint.origin, "size": checkpoint.size}  # fmt: skip


def _commitment(opened: Told, entry: Told) -> tuple[bytes | None, str, Any]:
    """The commitment that something opens, if it is the entry's; what it is called, and what it is."""
    salt, index = _hex(opened["salt"]), opened["index"]
    if "number" in opened:
        _require_members(opened, {"number", "salt", "index", "path"})
        own = leaf_hash(b"\x02" + salt + int(opened["number"]).to_bytes(8, "big"))
        path = [_hex(one) for one in opened["path"]]
        root = root_by_inclusion(own, index, entry["n"], path)
        return _if_same(root, entry["subjects"], len(salt) == _HASH), "number", opened["number"]
    _require_members(opened, {"name", "value", "salt", "index", "others"})
    text = canonical(opened["name"]) + b":" + canonical(opened["value"])
    row = [_hex(one) for one in opened["others"]]
    is_formed = len(salt) == _HASH // 2 and 0 <= index <= len(row) and {*map(len, row)} <= {_HASH}
    row.insert(index, sha256(b"\x02" + salt + text).digest())
    root = sha256(b"\x03" + b"".join(row)).digest()
    return _if_same(root, entry["priv"], is_formed), opened["name"], opened["value"]


def _hex(text: str) -> bytes:
    raw = bytes.fromhex(text)
    if raw.hex() != text:
        raise ValueError(text)
    return raw


def _if_same(root: bytes, stated: str, is_formed: bool) -> bytes | None:  # noqa: FBT001
    return root if is_formed and root.hex() == stated else None


def _require_members(opened: Told, names: set[str]) -> None:
    if set(opened) != names:
        raise ValueError


# -- the command ----------------------------------------------------------------------------------


_STRANGE = (ValueError, LookupError, TypeError, AttributeError, RecursionError, OverflowError, struct.error)  # fmt: skip
"""What Python says of content that only the log's own key could have signed."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(INVALID, f"{self.prog}: {message}\n")


def _arguments() -> argparse.ArgumentParser:
    parser = _Parser(prog="log_verifier", description="Check a gateway's log without the gateway.")
    parser.add_argument("--key", action="append", required=True, metavar="KEY",
                        help="a key that you trust, or a file that holds it; also of witnesses")  # fmt: skip
    parser.add_argument("--quorum", type=int, default=None, metavar="N",
                        help="how many witnesses must have signed; all whose key is given")  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print JSON")
    verbs = parser.add_subparsers(dest="verb", required=True, parser_class=_Parser)
    for verb, what in (("bundle", "an evidence bundle"), ("opening", "one opened field"),
                       ("proof", "a .tlog-proof")):  # fmt: skip
        made = verbs.add_parser(verb, help=what)
        made.add_argument("file")
        if verb == "proof":
            made.add_argument("--entry", help="the entry's bytes, if not in the proof")
    made = verbs.add_parser("consistency", help="that a log only grew")
    made.add_argument("old")
    made.add_argument("file")
    made = verbs.add_parser("checkpoint", help="signed checkpoints, beside one another")
    made.add_argument("files", nargs="+")
    made = verbs.add_parser("manifests", help="manifests of files, beside one another")
    made.add_argument("files", nargs="+")
    made = verbs.add_parser("log", help="a whole log: a folder, a zip file or an address")
    made.add_argument("source")
    made.add_argument("--old", action="append", default=[], help="a checkpoint from before")
    made.add_argument("--manifest", action="append", default=[], help="a manifest, or a folder")
    return parser


def _trust(texts: Sequence[str], quorum: int | None) -> Trust:
    keys = [Key.parse(line) for text in texts for line in _key_lines(text)]
    witnesses = len({key.ident for key in keys if key.kind == _COSIGNATURE})
    return Trust(keys, witnesses if quorum is None else quorum)


def _key_lines(text: str) -> Sequence[str]:
    """One key as it stands, or those in a file: lines, a ready file, or what /log/keys gives."""
    if text.count("+") >= 2 and not Path(text).exists():  # noqa: PLR2004  name, id, key
        return [text]
    held = _read(text).decode("utf-8", "replace").strip()
    if held.startswith("{"):
        own = json.loads(held).get("log_key")
        return [own] if isinstance(own, str) else []
    return [line for line in held.splitlines() if line and not line.startswith("#")]


def _read(path: str) -> bytes:
    return sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()


def _manifests(paths: Iterable[str]) -> list[tuple[str, bytes]]:
    found = [
        file
        for path in map(Path, paths)
        for file in (sorted(path.rglob("*.manifest.jws")) if path.is_dir() else [path])
    ]
    return [(str(file), file.read_bytes()) for file in found]


def _run_bundle(told: argparse.Namespace, trust: Trust) -> Told:
    return check_bundle(_read(told.file), trust, Path(told.file).name)


def _run_opening(told: argparse.Namespace, trust: Trust) -> Told:
    return check_opening(_read(told.file), trust, told.file)


def _run_proof(told: argparse.Namespace, trust: Trust) -> Told:
    entry = _read(told.entry) if told.entry else None
    return check_proof(_read(told.file), trust, told.file, entry)


def _run_consistency(told: argparse.Namespace, trust: Trust) -> Told:
    return check_consistency(_read(told.old), _read(told.file), trust, told.file)


def _run_checkpoints(told: argparse.Namespace, trust: Trust) -> Told:
    views = [(path, trust.checkpoint(_read(path), path)) for path in told.files]
    require_one_view(views)
    shown = [{"origin": one.origin, "size": one.size, "root": one.root.hex()} for _, one in views]
    return {"checkpoints": shown}


def _run_manifests(told: argparse.Namespace, trust: Trust) -> Told:
    return check_manifests(_manifests(told.files), trust)


def _run_log(told: argparse.Namespace, trust: Trust) -> Told:
    old = [(path, _read(path)) for path in told.old]
    return check_log(open_source(told.source), trust, old, _manifests(told.manifest))


_VERBS: dict[str, Callable[[argparse.Namespace, Trust], Told]] = {
    "bundle": _run_bundle, "opening": _run_opening, "proof": _run_proof, "log": _run_log,
    "consistency": _run_consistency, "checkpoint": _run_checkpoints, "manifests": _run_manifests,
}  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Check what the command names, say what was found, and return the exit status."""
    told = _arguments().parse_args(arguments)
    try:
        trust = _trust(told.key, told.quorum)
    except ValueError as error:
        return _say({"ok": None, "why": str(error)}, str(error), INVALID, told.json)
    except OSError as error:
        return _unread(error, as_json=told.json)
    return _checked(told, trust)


def _checked(told: argparse.Namespace, trust: Trust) -> int:
    try:
        found = _VERBS[told.verb](told, trust)
    except Broken as broken:
        return _say_broken(told, broken)
    except (OSError, Unreadable) as error:
        return _unread(error, as_json=told.json)
    except _STRANGE as error:
        return _say_broken(told, Broken(told.verb, f"has a form that was not agreed: {error!r}"))
    lines = [f"holds: {told.verb}", *(f"  {name}: {_shown(one)}" for name, one in found.items())]
    return _say({"ok": True, "what": told.verb, **found}, "\n".join(lines), HOLDS, told.json)


def _say_broken(told: argparse.Namespace, broken: Broken) -> int:
    verdict = {"ok": False, "what": told.verb, "where": broken.where, "why": broken.why,
               "broken_at": broken.position}  # fmt: skip
    at = "" if broken.position is None else f" (entry D-{broken.position})"
    return _say(verdict, f"DOES NOT HOLD: {broken.where}{at}: {broken.why}", BROKEN, told.json)


def _unread(error: Exception, *, as_json: bool) -> int:
    return _say({"ok": None, "why": str(error)}, f"cannot be read: {error}", UNREADABLE, as_json)


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else canonical(value).decode("utf-8", "replace")


def _say(verdict: Told, text: str, status: int, as_json: bool) -> int:  # noqa: FBT001
    stream = sys.stdout if as_json or status == HOLDS else sys.stderr
    stream.write(f"{json.dumps(verdict) if as_json else text}\n")
    return status


if __name__ == "__main__":
    sys.exit(main())

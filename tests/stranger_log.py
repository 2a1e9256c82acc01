"""A log in the forms of C2SP, made from the definitions of RFC 6962 alone: what verifiers are tried on."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from consumers.log_verifier import Key


def a_key(name: str, seed: bytes = b"k", kind: int = 1) -> tuple[Ed25519PrivateKey, Key]:
    """A key pair, its public half as a verifier takes it."""
    private = Ed25519PrivateKey.from_private_bytes(seed * 32)
    raw = bytes([kind]) + private.public_key().public_bytes_raw()
    ident = sha256(name.encode() + b"\n" + raw).hexdigest()[:8]
    return private, Key.parse(f"{name}+{ident}+{b64encode(raw).decode()}")


def a_line(key: Key, signature: bytes) -> str:
    """A line of signature."""
    return f"\u2014 {key.name} {b64encode(key.ident + signature).decode()}\n"


@dataclass
class StrangerLog:
    """Entries, and everything that follows from them by definition."""

    leaves: Sequence[bytes]
    name: str = "log.example/one"
    seed: bytes = b"k"
    _roots: dict[tuple[int, int], bytes] = field(default_factory=dict)

    @property
    def key(self) -> Key:
        """The log's public key."""
        return a_key(self.name, self.seed)[1]

    @property
    def vkey(self) -> str:
        """The same as text."""
        raw = bytes([self.key.kind]) + self.key.public
        return f"{self.name}+{self.key.ident.hex()}+{b64encode(raw).decode()}"

    def root(self, first: int, last: int) -> bytes:
        """MTH over the leaves from `first` up to and without `last`."""
        found = self._roots.get((first, last))
        if found is None:
            found = self._roots[first, last] = self._root(first, last)
        return found

    def _root(self, first: int, last: int) -> bytes:
        if first == last:
            return sha256().digest()
        if last - first == 1:
            return sha256(b"\0" + self.leaves[first]).digest()
        half = first + _half(last - first)
        return sha256(b"\1" + self.root(first, half) + self.root(half, last)).digest()

    def path(self, index: int, size: int, first: int = 0) -> list[bytes]:
        """PATH(m, D[n])."""
        if size - first == 1:
            return []
        half = first + _half(size - first)
        if index < half:
            return [*self.path(index, half, first), self.root(half, size)]
        return [*self.path(index, size, half), self.root(first, half)]

    def proof(self, old: int, new: int) -> list[bytes]:
        """PROOF(m, D[n])."""
        return self._subproof(old, 0, new, is_whole=True)

    def _subproof(self, old: int, first: int, last: int, *, is_whole: bool) -> list[bytes]:
        if old == last:
            return [] if is_whole else [self.root(first, last)]
        half = first + _half(last - first)
        if old <= half:
            below = self._subproof(old, first, half, is_whole=is_whole)
            return [*below, self.root(half, last)]
        return [*self._subproof(old, half, last, is_whole=False), self.root(first, half)]

    def body(self, size: int) -> str:
        """The text of a checkpoint."""
        return f"{self.name}\n{size}\n{b64encode(self.root(0, size)).decode()}\n"

    def checkpoint(self, size: int | None = None, *cosigned: str) -> bytes:
        """A signed checkpoint; `cosigned` are further lines."""
        text = self.body(len(self.leaves) if size is None else size)
        private, key = a_key(self.name, self.seed)
        own = a_line(key, private.sign(text.encode()))
        return f"{text}\n{own}{''.join(cosigned)}".encode()

    def cosignature(self, size: int, name: str, seed: bytes, time: int = 1_741_590_000) -> str:
        """A witness's line."""
        private, key = a_key(name, seed, kind=4)
        message = f"cosignature/v1\ntime {time}\n{self.body(size)}"
        return a_line(key, time.to_bytes(8, "big") + private.sign(message.encode()))

    def inclusion(self, index: int, size: int) -> bytes:
        """A `.tlog-proof` with the entry as extra data."""
        lines = [f"extra {_text(self.leaves[index])}", f"index {index}"]
        lines += map(_text, self.path(index, size))
        return "\n".join(["c2sp.org/tlog-proof@v1", *lines, "", ""]).encode() + self.checkpoint(size)  # fmt: skip

    def consistency(self, old: int, new: int) -> bytes:
        """What a witness is sent."""
        lines = [f"old {old}", *map(_text, self.proof(old, new)), "", ""]
        return "\n".join(lines).encode() + self.checkpoint(new)

    def write(self, folder: Path, size: int | None = None) -> Path:
        """Every tile, every entry and the checkpoint of a size, as files."""
        size = len(self.leaves) if size is None else size
        for number in range(-(-size // 256)):
            own = self.leaves[number * 256 : min(size, number * 256 + 256)]
            content = b"".join(len(leaf).to_bytes(2, "big") + leaf for leaf in own)
            _put(folder, f"tile/entries/{number:03}", len(own), content)
        level, each = 0, 1
        while size >= each:
            count = size // each
            hashes = [self.root(at * each, at * each + each) for at in range(count)]
            for number in range(-(-count // 256)):
                own = hashes[number * 256 :][:256]
                _put(folder, f"tile/{level}/{number:03}", len(own), b"".join(own))
            level, each = level + 1, each * 256
        (folder / "checkpoint").write_bytes(self.checkpoint(size))
        return folder


def _put(folder: Path, name: str, width: int, content: bytes) -> None:
    path = folder / (name if width == 256 else f"{name}.p/{width}")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _half(count: int) -> int:
    half = 1
    while half * 2 < count:
        half *= 2
    return half


def _text(content: bytes) -> str:
    return b64encode(content).decode()

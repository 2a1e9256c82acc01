"""Checkpoints as C2SP signed notes: origin, size and root, signed by the log and cosigned by witnesses."""

from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

ED25519, COSIGNATURE = b"\x01", b"\x04"
_KINDS = (ED25519, COSIGNATURE)
_DASH = "\u2014 "
_ID, _HASH, _KEY = 4, 32, 32
_BODY_LINES, _SIGNATURE_WORDS = 3, 2


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says of itself."""

    origin: str
    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """A text and its signatures: for each the key's name, and the key's id with what it signed."""

    body: str
    signatures: Sequence[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key with its name, and what it signs: notes (1), or cosignatures (4)."""

    name: str
    public: bytes
    kind: bytes = ED25519

    @property
    def id(self) -> bytes:
        """Four bytes that tell keys of one name apart."""
        return sha256(self.name.encode() + b"\n" + self.kind + self.public).digest()[:_ID]

    def __str__(self) -> str:
        """`<name>+<id>+<base64>`: all that a verifier needs (contract section 1, `log_key`)."""
        return f"{self.name}+{self.id.hex()}+{b64encode(self.kind + self.public).decode()}"

    @classmethod
    def parse(cls, text: str) -> "VerifierKey":
        """The key of such a text.

        Raises:
            ValueError: it is none.
        """
        name, _, rest = text.strip().partition("+")
        told, _, encoded = rest.partition("+")
        content = _decoded(encoded)
        key = cls(name, content[1:], content[:1])
        if not name or key.kind not in _KINDS or len(key.public) != _KEY or key.id.hex() != told:
            raise ValueError("a verifier key has the form <name>+<id>+<base64>")
        return key

    def signatures_on(self, note: Note) -> Sequence[bytes]:
        """What a note holds under this key's name and id."""
        return [
            signed[_ID:]
            for name, signed in note.signatures
            if name == self.name and signed[:_ID] == self.id
        ]


def checkpoint_body(checkpoint: Checkpoint) -> str:
    """The text that is signed."""
    return f"{checkpoint.origin}\n{checkpoint.size}\n{b64encode(checkpoint.root).decode()}\n"


def signature_line(key: VerifierKey, signature: bytes) -> str:
    """One line below a note."""
    return f"{_DASH}{key.name} {b64encode(key.id + signature).decode()}\n"


def cosigned_text(body: str, timestamp: int) -> str:
    """What a witness signs: that at this second it knew no longer log of this origin, nor another."""
    return f"cosignature/v1\ntime {timestamp}\n{body}"


def size_of(note: str) -> int | None:
    """The size that a checkpoint states, signed by whomever, or `None` where this is none."""
    lines = note.split("\n")
    is_note = len(lines) > len(("origin", "size", "root", "")) and note.endswith("\n")
    stated = lines[1] if is_note else ""
    return int(stated) if stated.isascii() and stated.isdecimal() else None


def read_note(text: str) -> Note:
    """The body and signatures of a note.

    Raises:
        ValueError: it is none.
    """
    body, _, below = text.rpartition("\n\n")
    lines = below.split("\n")
    if not body or len(lines) <= 1 or lines.pop():
        raise ValueError("a signed note is a text, an empty line, and a line for each signature")
    return Note(f"{body}\n", [_signature(line) for line in lines])


def read_checkpoint(body: str) -> Checkpoint:
    """What the body of a note says of a log; lines that follow are of no concern.

    Raises:
        ValueError: it is no checkpoint.
    """
    lines = body.split("\n")
    if len(lines) <= _BODY_LINES or not lines[0]:
        raise ValueError("a checkpoint begins with origin, size and root")
    root = _decoded(lines[2])
    if len(root) != _HASH:
        raise ValueError("the root of a checkpoint has 32 bytes")
    return Checkpoint(lines[0], decimal(lines[1]), root)


def decimal(text: str) -> int:
    """A size as C2SP writes it.

    Raises:
        ValueError: it is written in another way.
    """
    if not text.isascii() or not text.isdecimal() or len(text) > len(str(2**63)) or text != str(int(text)):  # fmt: skip
        raise ValueError("a size is a decimal number without leading zeroes")
    return int(text)


def _signature(line: str) -> tuple[str, bytes]:
    words = line.removeprefix(_DASH).split(" ")
    if not line.startswith(_DASH) or len(words) != _SIGNATURE_WORDS or not words[0]:
        raise ValueError("a signature is a dash, a name and base64")
    signed = _decoded(words[1])
    if len(signed) <= _ID:
        raise ValueError("a signature begins with the id of its key")
    return words[0], signed


def _decoded(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except Error:
        raise ValueError("this is no base64") from None

"""What a witness demands before it cosigns (C2SP tlog-witness): a log may grow, and do nothing else."""

from base64 import b64decode
from binascii import Error
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from gateway.domain.checkpoint import Checkpoint, VerifierKey, decimal
from gateway.domain.taken_back import TakenBack
from gateway.domain.tree_proofs import proves_consistency

MOST_HASHES = 63
_OLD = "old "
_HASH = 32


class Objection(Enum):
    """Why a witness does not cosign."""

    BACKWARD = "the checkpoint is smaller than the size that it is said to follow"
    OTHER_SIZE = "the last checkpoint that was cosigned here has another size"
    FORK = "another log of this size was cosigned here"
    NOT_PROVED = "the proof does not show that the log only grew"


@dataclass(frozen=True, slots=True)
class Submission:
    """What a log sends: the size that it believes to be known, the proof from there, and the checkpoint."""

    old: int
    proof: Sequence[bytes]
    note: str

    @classmethod
    def parse(cls, text: str) -> "Submission":
        """Read one.

        Raises:
            ValueError: another form.
        """
        head, _, note = text.partition("\n\n")
        first, *lines = head.split("\n")
        if not first.startswith(_OLD) or len(lines) > MOST_HASHES:
            raise ValueError(f"it begins with `old`, a size and at most {MOST_HASHES} hashes")
        return cls(decimal(first.removeprefix(_OLD)), [_hash(line) for line in lines], note)


def objection(known: Checkpoint | None, sent: Submission, new: Checkpoint) -> Objection | None:
    """What stands against cosigning, in the order in which it must be told; `known` was cosigned last."""
    size = known.size if known else 0
    if sent.old > new.size:
        return Objection.BACKWARD
    if sent.old != size:
        return Objection.OTHER_SIZE
    if known is not None and new.size == size and new.root != known.root:
        return Objection.FORK
    old_root = known.root if known else b""
    if not proves_consistency(sent.old, new.size, sent.proof, old_root, new.root):
        return Objection.NOT_PROVED
    return None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a witness answers."""

    status: int
    text: str
    media_type: str = "text/plain"


def objecting(against: Objection, known: Checkpoint | None) -> Answer:
    """The answer of a witness that does not cosign; in a conflict it tells the size from which to prove."""
    status = _STATUS[against]
    if status == _CONFLICT:
        return Answer(status, f"{known.size if known else 0}\n", "text/x.tlog.size")
    return Answer(status, f"{against.value}\n")


def weighed(told: TakenBack, known: Checkpoint | None) -> Answer:
    """What is answered to a log that says that a snapshot took it back; 200 where it is to be remembered."""
    if known is None or (known.size <= told.now.size and not told.undoes(known)):
        return Answer(202, "nothing that was cosigned here is undone by that\n")
    if not told.undoes(known):
        return Answer(422, "what was cosigned here is not among what it undoes\n")
    return Answer(200, LOCKED)


LOCKED = (
    "this log says that a restored snapshot took it back behind what was cosigned here; nothing is cosigned"
    " until the keeper of this witness accepts that\n"
)
CONTRADICTIONS = frozenset({Objection.BACKWARD, Objection.FORK, Objection.NOT_PROVED})
"""What stands against a log itself, and not against how it was sent."""
_CONFLICT = 409
_STATUS = {
    Objection.BACKWARD: 400,
    Objection.OTHER_SIZE: _CONFLICT,
    Objection.FORK: _CONFLICT,
    Objection.NOT_PROVED: 422,
}


@dataclass(frozen=True, slots=True)
class WitnessAddress:
    """Where a witness is asked, and the key that it cosigns with."""

    url: str
    key: VerifierKey


def parse_witnesses(text: str) -> Sequence[WitnessAddress]:
    """`http://127.0.0.1:8490#witness.example/w1+…+…`, comma-separated.

    Raises:
        ValueError: another form.
    """
    return [_address(part.strip()) for part in text.split(",") if part.strip()]


def _address(text: str) -> WitnessAddress:
    url, mark, key = text.partition("#")
    if not mark or not url.startswith(("http://", "https://")):
        raise ValueError("a witness is an address, # and its key (`magda-sim witness key`)")
    return WitnessAddress(url.rstrip("/"), VerifierKey.parse(key))


def _hash(line: str) -> bytes:
    try:
        content = b64decode(line, validate=True)
    except Error:
        content = b""
    if len(content) != _HASH:
        raise ValueError("each line of the proof is a hash of 32 bytes in base64")
    return content

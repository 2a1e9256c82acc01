"""A log entry: what was asked, decided and why, with every word about a person kept apart.

The leaf is public and holds no number, name, case, reference or value; the private part holds those
and is bound to the leaf by a salted commitment (`libraries-and-authorisation.md` 16.1). Version 1 of
the format; entries written today stay valid.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

from gateway.contracts.faults import Ground, Refusal
from gateway.contracts.insz import bare
from gateway.domain.bundle import Bundle
from gateway.domain.canonical_json import encode, require_canonical
from gateway.domain.decision import Permit
from gateway.domain.decision_terms import Ask, Candidate
from gateway.domain.legal_day import in_brussels
from gateway.domain.merkle import Frontier, leaf_hash
from gateway.domain.request import Caller, Request
from gateway.domain.services import PLATFORM

VERSION = 1
COMMITMENT_PREFIX = b"\x02"
UNKNOWN = "unknown"
"""Stands in the log for a word that no protocol knows: whoever sent it may have written a name there."""
_WIDTH = 8
Leaf = dict[str, Any]


class EventKind(StrEnum):
    """The kinds of entries."""

    DECISION = "decision"
    NOT_DELIVERED = "not-delivered"
    ATTEMPTS = "attempts"
    BATCH_RECEIVED = "batch.received"
    BATCH_MISSING = "batch.missing"
    FILE_DELIVERED = "file.delivered"
    FILE_REFUSED = "file.refused"
    FILE_COLLECTED = "file.collected"
    FILE_ACKNOWLEDGED = "file.acknowledged"
    FILE_EXPIRED = "file.expired"
    FILE_WITHDRAWN = "file.withdrawn"
    READ_REFUSED = "file.read-refused"
    LOGIN_REFUSED = "drop.login-refused"
    DIRECT_CALL = "source.direct-call"
    PROTOCOL_ACT = "protocol.act"
    CHECK = "check"


@dataclass(frozen=True, slots=True)
class Entry:
    """What is appended: the public leaf, and what it will commit to.

    INVARIANT: both have a canonical form. A draft writes only text, flags, small counts and lists of
    text; the words of an event are checked when its entry is made.

    `private` are the words of one decision (committed to as `priv`); `subjects` the numbers in a
    file, as integers (committed to one by one, under the root `subjects`).
    """

    leaf: Leaf
    private: Mapping[str, Any] | None = None
    subjects: Sequence[int] | None = None


@dataclass(frozen=True, slots=True)
class SealedEntry:
    """An entry as it is stored: the leaf's canonical bytes, and apart from it what it commits to.

    Exactly one of `words` (canonical JSON) and `subjects` (8 bytes each, big-endian) is given, or
    neither where nothing personal is behind the entry.
    """

    leaf: bytes
    salt: bytes
    words: bytes | None
    subjects: bytes | None


@dataclass(slots=True, kw_only=True)
class Draft:
    """An entry in the making: each fact is written down the moment it is known."""

    at: datetime
    space: str
    channel: str
    bundle: Bundle | None = None
    caller: Caller | None = None
    request: Request | None = None
    ask: Ask | None = None
    candidate: Candidate | None = None
    permit: Permit | None = None
    refusal: Refusal | None = None
    slot: int | None = None

    def entry(self, answer: bytes) -> Entry:
        """The entry, committing to the digest of the answer's bytes (decision number left out)."""
        return Entry(self._leaf(), self._private(answer))

    @property
    def protocol(self) -> str:
        """The protocol that answers cite, or `platform`."""
        if self.candidate is not None:
            return self.candidate.protocol
        return (self.refusal.protocol if self.refusal else None) or PLATFORM

    def _leaf(self) -> Leaf:
        leaf: Leaf = {
            "v": VERSION,
            "e": EventKind.DECISION.value,
            "at": timestamp(self.at),
            "space": self.space,
            "channel": self.channel,
            "outcome": "permit" if self.refusal is None else "refusal",
            "protocol": self.protocol,
            "bundle": self.bundle.digest if self.bundle else "",
            "n": 1,
            "reasons": [ground.reason.value for ground in self._grounds()],
            "articles": self._articles(),
            "disclosure": "open",
        }
        return leaf | self._who() | self._what() | self._why()

    def _grounds(self) -> Sequence[Ground]:
        return self.refusal.grounds if self.refusal else ()

    def _articles(self) -> list[str]:
        if self.refusal is not None:
            return [g.article for g in self.refusal.grounds if g.article is not None]
        return list(self.candidate.articles) if self.candidate else []

    def _who(self) -> Leaf:
        if self.caller is None:
            return {"credential": None, "party": None, "unit": None}
        caller = self.caller
        return {"credential": caller.key, "party": caller.party, "unit": caller.unit}

    def _what(self) -> Leaf:
        if self.request is None:
            return {"service": None, "flow": None, "asked": []}
        request = self.request
        return {
            "service": request.service.key,
            "flow": request.service.flow,
            "asked": sorted(request.question.asked()),
            "stated-purpose": self._purpose(request.purpose),
            "has-case": request.case is not None,
            "has-actor": request.enduser is not None,
        } | (weighed(self.ask) if self.ask else {})

    def _purpose(self, stated: str | None) -> str | None:
        known = self.bundle.purposes if self.bundle else ()
        return stated if stated is None or stated in known else UNKNOWN

    def _why(self) -> Leaf:
        if self.candidate is None:
            return {}
        chosen = self.candidate
        return {
            "doc": chosen.document_digest,
            "purpose": chosen.purpose,
            "fields": list(chosen.fields) if self.refusal is None else [],
            "withheld": [withheld.name for withheld in chosen.withheld],
            "facts": {k.value: v for k, v in self.permit.evidence.items()} if self.permit else {},
            "obl": {o.kind.value: o.value for o in chosen.obligations},
        } | ({"slot": self.slot} if self.slot is not None else {})

    def _private(self, answer: bytes) -> Mapping[str, Any]:
        request = self.request
        return {
            "insz": [bare(request.question.insz)] if request else [],
            "actor": request.enduser if request else None,
            "case": request.case if request else None,
            "reference": request.reference if request else None,
            "answer": sha256(answer).hexdigest(),
        }


def weighed(ask: Ask) -> Leaf:
    """What else a decision looked at, so that it can be taken again later without the person."""
    return {
        "authentication": ask.authentication.value if ask.authentication else None,
        "training": sorted(ask.training),
        "duties-separated": ask.duties_separated,
        "stated": sorted(ask.stated),
        "used": ask.used,
        "problems": [ground.reason.value for ground in ask.problems],
    }


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened beside decisions: `kind` is listed in `docs/audit-events.md`.

    `subjects` are the numbers in a file, ascending, or `None` where no person is concerned.
    """

    kind: EventKind
    at: datetime
    space: str
    words: Mapping[str, Any]
    subjects: Sequence[int] | None = None

    def entry(self) -> Entry:
        """The entry."""
        require_canonical(self.words)
        head = {"v": VERSION, "e": self.kind.value, "at": timestamp(self.at), "space": self.space}
        return Entry(head | dict(self.words), subjects=self.subjects)


def seal(entry: Entry, salt: bytes) -> SealedEntry:
    """The entry with its commitments in the leaf. `salt` is 32 bytes that are used once."""
    if entry.subjects is not None:
        packed = pack_subjects(entry.subjects)
        leaf = {"n": len(entry.subjects), "subjects": subjects_root(salt, packed).hex()}
        return SealedEntry(encode(entry.leaf | leaf), salt, None, packed)
    if entry.private is None:
        return SealedEntry(encode(entry.leaf), salt, None, None)
    words = encode(entry.private)
    leaf = {"priv": commitment(salt, words).hex()}
    return SealedEntry(encode(entry.leaf | leaf), salt, words, None)


def commitment(salt: bytes, words: bytes) -> bytes:
    """The hiding commitment to private words: SHA-256 over prefix, salt and canonical JSON."""
    return sha256(COMMITMENT_PREFIX + salt + words).digest()


def subject_commitment(salt: bytes, index: int, packed: bytes) -> bytes:
    """The commitment to one number in a file, as the leaf it is in the file's own tree.

    The number's own salt follows one-way from the file's, so that one person's presence can be
    shown without the others'.
    """
    own_salt = sha256(salt + index.to_bytes(8, "big")).digest()
    return leaf_hash(COMMITMENT_PREFIX + own_salt + packed)


def subjects_root(salt: bytes, packed: bytes) -> bytes:
    """The RFC 6962 root over the commitments to a file's numbers."""
    frontier = Frontier()
    for index in range(len(packed) // _WIDTH):
        number = packed[index * _WIDTH : (index + 1) * _WIDTH]
        frontier.append(subject_commitment(salt, index, number))
    return frontier.root()


def pack_subjects(subjects: Sequence[int]) -> bytes:
    """Numbers as 8 bytes each, big-endian."""
    return b"".join(number.to_bytes(_WIDTH, "big") for number in subjects)


def timestamp(at: datetime) -> str:
    """An instant as the wire and the log write it: ISO 8601, Brussels offset, milliseconds."""
    return in_brussels(at).isoformat(timespec="milliseconds")

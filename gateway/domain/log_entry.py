"""A log entry: what was asked, decided and why, with every word about a person kept apart.

The leaf is public and holds no number, name, case, reference or value; the private part holds those
and is bound to the leaf by a salted commitment to each of its words (`libraries-and-authorisation.md`
16.1). Version 2 of the format; entries of version 1, which commit to all words at once, stay valid.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256
from typing import Any

from gateway.contracts.faults import Refusal
from gateway.contracts.insz import bare, has_form
from gateway.contracts.quickly_made import quickly_made
from gateway.domain.bundle import Bundle
from gateway.domain.canonical_json import Template, require_canonical
from gateway.domain.decision import Permit
from gateway.domain.decision_terms import Ask, Candidate, ObligationKind
from gateway.domain.legal_day import in_brussels
from gateway.domain.protocol_document import Fact
from gateway.domain.request import ANYBODY, Caller, Request
from gateway.domain.visibility import disclosure_word
from gateway.domain.weighed import cited, day_told, decided, looked_up, told, weighed

VERSION = 2
_INSTANTS = 1_000
UNKNOWN = "unknown"
"""Stands in the log for a word that no protocol knows: whoever sent it may have written a name there."""
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
    FILE_REDELIVERED = "file.redelivered"
    FILE_LISTED = "file.listed"
    CATCH_UP = "file.catch-up"
    READ_REFUSED = "file.read-refused"
    DOOR_REFUSED = "drop.door-refused"
    LOGGED_IN = "drop.login"
    LOGIN_REFUSED = "drop.login-refused"
    RECEIVED = "drop.received"
    SENT = "drop.sent"
    HANDSHAKE_REFUSED = "https.handshake-refused"
    DIRECT_CALL = "source.direct-call"
    PROTOCOL_ACT = "protocol.act"
    ONWARD = "protocol.onward"
    WORKFLOW_OVERDUE = "workflow.overdue"
    PROTOCOLS_RELOAD = "protocols.reload"
    CERTIFICATE_ISSUED = "certificate.issued"
    CERTIFICATE_ENROLLED = "certificate.enrolled"
    CERTIFICATE_REVOKED = "certificate.revoked"
    CERTIFICATE_SHA1 = "certificate.sha1"
    CLIENT_KEY_REGISTERED = "client-key.registered"
    CLIENT_KEY_REVOKED = "client-key.revoked"
    TOKEN_ISSUED = "oauth.token"  # noqa: S105  a kind, not a secret
    TOKEN_INTROSPECTED = "oauth.introspection"  # noqa: S105  idem
    TOKEN_REVOKED = "oauth.revocation"  # noqa: S105  idem
    CHECK = "check"
    SOURCE_CONSULTED = "source.consulted"
    RIGHTS = "rights"
    CHECKPOINT_PUBLISHED = "checkpoint.published"
    AUDIT_READ = "audit.read"
    SCHEMA = "schema"
    AUDIT_OPENED = "audit.opened"
    PRIVATE_ERASED = "private.erased"
    PRIVATE_KEPT = "private.kept"


@quickly_made
@dataclass(frozen=True)
class Entry:
    """What is appended: the public leaf, and what it will commit to.

    INVARIANT: both have a canonical form. A draft writes only text, flags, small counts and lists of
    text; the words of an event are checked when its entry is made.

    `own` are the leaf's words that this entry alone has, `shared` those of all entries like it, where
    there are such. `private` are the words of one decision (committed to one by one, under the root `priv`); `subjects` the
    numbers in a file, as integers (committed to one by one, under the root `subjects`).
    """

    own: Leaf
    private: Mapping[str, Any] | None = None
    subjects: Sequence[int] | None = None
    shared: Template | None = None

    @property
    def leaf(self) -> Leaf:
        """The leaf's words, but for what it commits to."""
        return self.own if self.shared is None else {**self.shared.words, **self.own}

    @property
    def year(self) -> str:
        """The Belgian calendar year in which it was entered."""
        return str(self.own.get("at", "")[:4])

    @property
    def person(self) -> int | None:
        """Whom the private words name; what was sent as a number and is none, is nobody."""
        named = self.private.get("insz") if self.private is not None else None
        return int(named[0]) if named and has_form(named[0]) else None


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
    facts: Mapping[Fact, str] | None = None
    permit: Permit | None = None
    refusal: Refusal | None = None
    slot: int | None = None
    is_fetched: bool = False
    step: Leaf | None = None

    def entries(self, answer: bytes) -> Sequence[Entry]:
        """The decision's entry, committing to the digest of the answer's bytes (its number left out).

        Where the answer is derived, the consultation that it rests on has an entry of its own before it.
        """
        decision = self._decision(answer)
        if self.permit is None or not self.is_fetched or not _derives(self.permit):
            return (decision,)
        return (self._consulted(self.permit), decision)

    def _consulted(self, permit: Permit) -> Entry:
        """LAW: 002 overw. E - the source was asked for a file of which only the advice leaves."""
        assert self.request is not None
        chosen = permit.candidate
        words = {
            "protocol": chosen.protocol, "flow": chosen.flow, "party": chosen.party,
            "unit": chosen.unit, "articles": [chosen.flow_article], "kept": list(chosen.fields),
            "disclosure": disclosure_word(self.bundle, chosen.protocol, chosen.flow),
        }  # fmt: skip
        leaf = Event(EventKind.SOURCE_CONSULTED, self.at, self.space, words).entry().leaf
        return Entry(leaf, {"insz": [bare(self.request.question.insz)], **self._day()})

    def _day(self) -> Mapping[str, Any]:
        """The legal day that the question is about, if it is about one: a word about a person."""
        day = self.request.question.day() if self.request else None
        return {} if day is None else {"day": day.isoformat()}

    @property
    def protocol(self) -> str:
        """The protocol that answers cite, or `platform`."""
        return cited(self.candidate, self.refusal)

    def _decision(self, answer: bytes) -> Entry:
        """The entry itself; what it shares with others is written once for all of them.

        Only a permitted question shares words: its candidate is the same whenever it is asked again.
        """
        private = self._private(answer)
        is_permitted = self.permit is not None and self.refusal is None
        if not is_permitted or self.ask is None or self.candidate is None:
            return Entry(self._shared() | self._own(), private)
        known, alike = self.candidate.worked_out, self._alike()
        shared: Template | None = known.get(alike)
        if shared is None:
            shared = known[alike] = Template(self._shared())
        return Entry(self._own(), private, shared=shared)

    def _alike(self) -> Hashable:
        """What `_shared` is made of, beside the candidate."""
        bundle, caller, request, ask = self.bundle, self.caller, self.request, self.ask
        assert bundle is not None
        assert caller is not None
        assert request is not None
        assert ask is not None
        return (
            self.space, self.channel, bundle.digest, caller.key, request.service.key, ask.fields,
            request.purpose, bool(request.case), request.enduser is None, ask.authentication,
            ask.training, ask.duties_separated, ask.stated, ask.used,
        )  # fmt: skip

    def _shared(self) -> Leaf:
        """What every entry tells of the same question under the same law."""
        flow = self.request.service.flow if self.request else None
        leaf: Leaf = {
            "v": VERSION,
            "e": EventKind.DECISION.value,
            "space": self.space,
            "channel": self.channel,
            "bundle": self.bundle.digest if self.bundle else "",
            "n": 1,
            "disclosure": disclosure_word(self.bundle, self.protocol, flow),
        }
        said = told(self.candidate, self.refusal)
        return leaf | said | self._who() | self._what() | self._weighed()

    def _own(self) -> Leaf:
        """When, by what evidence, which one of the year, and which step."""
        own: Leaf = {"at": timestamp(self.at)}
        if self.ask is not None:
            if self.candidate is not None:
                own |= looked_up(self.candidate, self.facts)
            if self.slot is not None:
                own["slot"] = self.slot
            if self.bundle is not None and self.ask.day is not None:
                own |= day_told(self.ask, self.bundle, self.at)
        return own if self.step is None else own | self.step

    def _who(self) -> Leaf:
        if self.caller is None or self.caller is ANYBODY:
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
            "has-case": bool(request.case),
            "has-actor": request.enduser is not None,
        }

    def _purpose(self, stated: str | None) -> str | None:
        known = self.bundle.purposes if self.bundle else ()
        return stated if stated is None or stated in known else UNKNOWN

    def _weighed(self) -> Leaf:
        """Enough to take the decision again without the person, and what the law said."""
        if self.ask is None:
            return {}
        said = decided(self.refusal, is_permitted=self.permit is not None)
        return weighed(self.ask) | {"decided": said}

    def _private(self, answer: bytes) -> Mapping[str, Any]:
        request, digest = self.request, sha256(answer).hexdigest()
        if request is None:
            return {"insz": [], "actor": None, "case": None, "reference": None, "answer": digest}
        number = request.question.insz
        return {
            "insz": [bare(number)] if number else [], "actor": request.enduser, "case": request.case,
            "reference": request.reference, "answer": digest, **self._day(),
        }  # fmt: skip


def _derives(permit: Permit) -> bool:
    known = permit.candidate.worked_out
    if _derives not in known:
        kinds = [obligation.kind for obligation in permit.candidate.obligations]
        known[_derives] = ObligationKind.DERIVE in kinds
    return bool(known[_derives])


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


@lru_cache(maxsize=_INSTANTS)
def timestamp(at: datetime) -> str:
    """An instant as the wire and the log write it: ISO 8601, Brussels offset, milliseconds."""
    return in_brussels(at).isoformat(timespec="milliseconds")

"""Evidence for whoever doubts: a bundle of entries with their proofs, and one commitment of one entry opened."""

import json
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Protocol

from gateway.contracts.faults import RefusedFault, refuse
from gateway.contracts.reasons import Reason
from gateway.domain.canonical_json import canonical
from gateway.domain.checkpoint import size_of
from gateway.domain.evidence import Evident, Wanted, chosen, cited_texts, measures, overview
from gateway.domain.evidence_texts import told_to_readers
from gateway.domain.evidence_zip import stored_zip
from gateway.domain.legal_day import in_brussels
from gateway.domain.log_check import Head, StoredEntry
from gateway.domain.log_entry import UNKNOWN, Event, EventKind
from gateway.domain.opening import PRIVATE_WORDS, open_number, open_word
from gateway.domain.protocol_document import ProtocolDocument
from gateway.domain.published import Occasion
from gateway.domain.tile_names import consistency_text
from gateway.domain.tiles import TileNodes
from gateway.domain.tree_proofs import consistency_proof, inclusion_proof
from gateway.ports import CheckpointStore, Clock, DecisionLog, LogRecords

_FORM, _OPENING = "magda-sim/evidence@v1", "magda-sim/opening@v1"
_CHUNK, _ALL = 2_000, 2**62


class Seal(Protocol):
    """The log's signature, under its name."""

    @property
    def origin(self) -> str:
        """The log's name."""
        ...

    @property
    def verifier(self) -> str:
        """Its public key."""
        ...

    def note(self, head: Head) -> str:
        """The signed checkpoint of a size and root."""
        ...

    def signed(self, text: str) -> str:
        """Any other text as a signed note."""
        ...


@dataclass(frozen=True, slots=True)
class Evidence:
    """Makes bundles from what is durable.

    `text_of` gives a protocol's text by its digest, `published` are the checkpoints that were given away.

    INVARIANT: nothing but public entries and texts of protocols is read.
    """

    records: LogRecords
    seal: Seal
    documents: Callable[[], Sequence[ProtocolDocument]]
    text_of: Callable[[str], bytes]
    published: CheckpointStore

    def bundle(self, wanted: Wanted) -> bytes:
        """The bundle; the same bytes whenever the log, the law and the question are the same.

        Raises:
            RefusedFault: `service-unknown`; there is no such protocol.
        """
        documents = self.documents()
        versions = [one for one in documents if one.id == wanted.protocol]
        if not versions:
            raise refuse(
                Reason.SERVICE_UNKNOWN,
                "there is no protocol with this id",
                remedy="known: " + ", ".join(sorted({one.id for one in documents})),
            )
        head = self.records.head()
        flows = frozenset(flow for one in versions for flow in one.flows)
        found = chosen(self._entries(head), wanted, flows)
        files = self._files(wanted, head, found, versions)
        told = self._contents(wanted, head, found, files)
        contents = self.seal.signed(f"{_FORM}\n{self.seal.origin}\n{canonical(told).decode()}\n")
        return stored_zip([("contents", contents.encode()), *sorted(files.items())])

    def proof(self, head: Head) -> Callable[[int], Sequence[str]]:
        """Gives the proof for an entry by its position."""
        nodes = TileNodes(self.records.tile, head.size)
        return lambda position: [
            b64encode(one).decode() for one in inclusion_proof(position - 1, head.size, nodes)
        ]

    def _entries(self, head: Head) -> Iterator[tuple[int, bytes]]:
        for first in range(1, head.size + 1, _CHUNK):
            last = min(head.size, first + _CHUNK - 1)
            yield from enumerate(self.records.leaves(first, last), first)

    def _files(
        self,
        wanted: Wanted,
        head: Head,
        found: Sequence[Evident],
        versions: Sequence[ProtocolDocument],
    ) -> dict[str, bytes]:
        facts: dict[str, str | int] = {
            "protocol": wanted.protocol, "first": _shown(wanted)[0], "last": _shown(wanted)[1],
            "origin": self.seal.origin, "size": head.size, "count": len(found),
        }  # fmt: skip
        texts = dict(told_to_readers(facts, whole=wanted.whole))
        texts |= {"overzicht.csv": overview(found), "maatregelen.csv": measures(versions[-1], found)}  # fmt: skip
        files = {name: text.encode() for name, text in texts.items()}
        files["checkpoint"] = self.seal.note(head).encode()
        files["entries.ndjson"] = b"".join(self._lines(head, found))
        files |= dict(self._growth(head, wanted))
        return files | dict(self._texts(found, wanted, versions))

    def _growth(self, head: Head, wanted: Wanted) -> Iterator[tuple[str, bytes]]:
        """Each checkpoint from before, and the proof that the log of now begins with its log."""
        nodes, own = TileNodes(self.records.tile, head.size), self.seal.note(head)
        for size, note in sorted((self._given_away(head, wanted) | _kept(head, wanted)).items()):
            proof = consistency_text(size, consistency_proof(size, head.size, nodes), own)
            yield f"old/{size}", f"{note}--\n{proof}".encode()

    def _given_away(self, head: Head, wanted: Wanted) -> dict[int, str]:
        """What was published at each midnight of the period, and the last that a witness has signed."""
        found = {
            one.size: one.note
            for one in self.published.after(0, _ALL)
            if one.occasion is Occasion.MIDNIGHT and wanted.holds({"at": one.at})
        }
        seen = self.published.last_cosigned()
        found |= {} if seen is None else {seen.size: seen.text}
        return {size: note for size, note in found.items() if size <= head.size}

    def _lines(self, head: Head, found: Sequence[Evident]) -> Iterator[bytes]:
        proof = self.proof(head)
        for one in found:
            path = canonical(proof(one.position))
            yield b'{"entry":%b,"path":%b,"position":%d}\n' % (one.leaf, path, one.position)

    def _texts(
        self, found: Sequence[Evident], wanted: Wanted, versions: Sequence[ProtocolDocument]
    ) -> Iterator[tuple[str, bytes]]:
        """The texts in force, and every older one that an entry cites, as far as it can still be had."""
        named = {one.ref: one.digest for one in versions} | cited_texts(found, wanted.protocol)
        for ref, digest in named.items():
            try:
                yield f"text/{ref}.json", self.text_of(digest)
            except LookupError:
                continue

    def _contents(
        self, wanted: Wanted, head: Head, found: Sequence[Evident], files: Mapping[str, bytes]
    ) -> Mapping[str, Any]:
        digests = {name: sha256(content).hexdigest() for name, content in files.items()}
        there = {f"sha256:{one}" for one in digests.values()}
        cited = cited_texts(found, wanted.protocol)
        first, last = _shown(wanted)
        return {
            "protocol": wanted.protocol, "from": first, "to": last, "whole": wanted.whole,
            "size": head.size, "entries": len(found), "files": digests, "versions": cited,
            "lost": sorted({*cited.values()} - there),
        }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningDesk:
    """Opens one commitment of one entry. Showing it is a disclosure: it is entered first."""

    space: str
    evidence: Evidence
    log: DecisionLog
    clock: Clock

    def word(self, position: int, name: str) -> bytes:
        """One private word of a decision.

        Raises:
            RefusedFault: `service-unknown`; there is none of this name, or it was erased.
            LogUnavailable: it could not be entered, so it is not shown.
        """
        return self._open(position, name, lambda entry: open_word(entry, name))

    def number(self, position: int, number: str) -> bytes:
        """That a file holds a number; raises as `word` does."""
        return self._open(position, "number", lambda entry: open_number(entry, number))

    def _open(
        self, position: int, what: str, opening: Callable[[StoredEntry], Mapping[str, Any]]
    ) -> bytes:
        records = self.evidence.records
        entry = next(iter(records.entries(position, position)), None)
        try:
            opened = opening(entry) if entry else None
        except LookupError:
            opened = None
        if entry is None or opened is None:
            self._enter(position if entry else None, what, entry, (Reason.SERVICE_UNKNOWN,))
            raise _nothing_to_open()
        self._enter(position, what, entry, ())
        head = records.head()
        return canonical({
            "form": _OPENING, "position": position, "entry": json.loads(entry.leaf),
            "path": list(self.evidence.proof(head)(position)), "opened": dict(opened),
            "checkpoint": self.evidence.seal.note(head),
        }) + b"\n"  # fmt: skip

    def _enter(
        self, position: int | None, what: str, entry: StoredEntry | None, reasons: Sequence[Reason]
    ) -> None:
        """A word that entries do not have may be somebody's name: it stays out."""
        told = json.loads(entry.leaf) if entry else {}
        words = {
            "decision": f"D-{position}" if position else None, "protocol": told.get("protocol"),
            "field": what if what in PRIVATE_WORDS else UNKNOWN,
            "outcome": "refusal" if reasons else "permit",
            "reasons": [reason.value for reason in reasons],
        }  # fmt: skip
        event = Event(EventKind.AUDIT_OPENED, self.clock.now(), self.space, words)
        self.log.append_all([event.entry()])


def _kept(head: Head, wanted: Wanted) -> dict[int, str]:
    """The checkpoints that somebody kept, by size."""
    found = {size_of(note): note for note in wanted.old}
    sizes = {size: note for size, note in found.items() if size is not None and size <= head.size}
    if len(sizes) != len(found):
        raise _not_ours()
    return sizes


def _not_ours() -> RefusedFault:
    return refuse(
        Reason.MESSAGE_INVALID,
        "one of the old checkpoints is none of a log that is as long as this",
        remedy="give notes as /log/checkpoint gives them, as they were kept",
    )


def _nothing_to_open() -> RefusedFault:
    return refuse(
        Reason.SERVICE_UNKNOWN,
        "this entry holds nothing of this name that can be shown alone",
        remedy="decisions of version 2 have actor, answer, case, day, insz, reference; files have numbers; "
        "what was erased cannot be shown any more",
    )


def _shown(wanted: Wanted) -> tuple[str, str]:
    return in_brussels(wanted.first).isoformat(), in_brussels(wanted.last).isoformat()

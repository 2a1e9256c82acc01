"""Which entries of a log are evidence of one protocol in one period, and what is told of them to a reader."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from gateway.domain.log_entry import EventKind
from gateway.domain.protocol_document import ProtocolDocument

_ACT, _ERASED = EventKind.PROTOCOL_ACT.value, EventKind.PRIVATE_ERASED.value
_EVIDENCE_ACT = "bewijs"
_COLUMNS = (
    ("tijdstip", "at"), ("soort", "e"), ("afnemer", "party"), ("eenheid", "unit"), ("account", "credential"),
    ("uitkomst", "outcome"), ("protocol", "protocol"), ("artikelen", "articles"), ("redenen", "reasons"),
    ("doel", "purpose"), ("gegevens", "fields"), ("bestand", "file"), ("sha256", "sha256"),
    ("personen", "n"), ("handeling", "act"), ("door", "by"), ("stuk", "document"),
)  # fmt: skip


class Evident(NamedTuple):
    """An entry that goes into a bundle."""

    position: int
    leaf: bytes
    told: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a bundle is asked for: a protocol and a period, its end not included.

    `whole` takes every entry of the period along, so that nothing can have been left out. `old` are
    checkpoints that somebody kept: the bundle shows that the log only grew since.
    """

    protocol: str
    first: datetime
    last: datetime
    whole: bool = False
    old: tuple[str, ...] = ()

    def holds(self, told: dict[str, Any]) -> bool:
        """Whether an entry is of the period."""
        return self.first <= instant(told) < self.last


@dataclass(slots=True)
class Concern:
    """Tells which entries concern a protocol; they must be shown in the order of the log."""

    protocol: str
    flows: frozenset[str]
    _files: set[str] = field(default_factory=set)
    _decisions: set[str] = field(default_factory=set)

    def about(self, position: int, told: dict[str, Any]) -> bool:
        """Whether the entry names the protocol, a flow of it, or a file or decision that does."""
        found = (
            str(told.get("protocol")).startswith(f"{self.protocol}@")
            or told.get("flow") in self.flows
            or told.get("file") in self._files
            or told.get("decision") in self._decisions
            or told["e"] == _ERASED
        )
        if found:
            self._decisions.add(f"D-{position}")
            if told.get("file"):
                self._files.add(told["file"])
        return found


def chosen(
    entries: Iterable[tuple[int, bytes]], wanted: Wanted, flows: frozenset[str]
) -> Sequence[Evident]:
    """The entries of a bundle, in order.

    Acts on the protocol count from its beginning, and so does the life of a file that something
    happened to in the period.
    """
    if wanted.whole:
        return _period(entries, wanted)
    concern = Concern(wanted.protocol, flows)
    about = [one for one in _told(entries) if concern.about(one.position, one.told)]
    files = {one.told.get("file") for one in about if wanted.holds(one.told)} - {None}
    return [
        one
        for one in about
        if instant(one.told) < wanted.last
        and (wanted.holds(one.told) or one.told["e"] == _ACT or one.told.get("file") in files)
    ]


def _period(entries: Iterable[tuple[int, bytes]], wanted: Wanted) -> Sequence[Evident]:
    """Every entry of the period and between, and the one on either side, which shows where it ends."""
    every = list(_told(entries))
    inside = [at for at, one in enumerate(every) if wanted.holds(one.told)]
    return every[max(0, inside[0] - 1) : inside[-1] + 2] if inside else []


def _told(entries: Iterable[tuple[int, bytes]]) -> Iterator[Evident]:
    return (Evident(position, leaf, json.loads(leaf)) for position, leaf in entries)


def instant(told: dict[str, Any]) -> datetime:
    """When an entry's event was."""
    return datetime.fromisoformat(told["at"])


def cited_texts(entries: Iterable[Evident], protocol: str) -> dict[str, str]:
    """The versions of the protocol that entries cite, each with the digest of its text."""
    return {
        one.told["protocol"]: one.told["doc"]
        for one in entries
        if one.told.get("doc") and str(one.told["protocol"]).startswith(f"{protocol}@")
    }


def overview(entries: Iterable[Evident]) -> str:
    """A table for who reads no JSON: a line for each entry, lists within a cell parted by bars."""
    rows = ([f"D-{one.position}", *(_cell(one.told.get(name)) for _, name in _COLUMNS)] for one in entries)  # fmt: skip
    return table(["beslissing", *(title for title, _ in _COLUMNS)], rows)


def measures(document: ProtocolDocument | None, entries: Sequence[Evident]) -> str:
    """Every measure of the protocol in force: enforced by the gateway, or who showed it, when, by what."""
    owed = document.workflows.measures if document else ()
    rows = (
        [one.party, one.key, one.article, *_shown(one.party, one.key, entries, is_by_people=one.is_by_people)]
        for one in owed
    )  # fmt: skip
    return table(["partij", "maatregel", "artikel", "staat", "beslissing", "tijdstip", "stuk"], rows)  # fmt: skip


def _shown(
    party: str, key: str, entries: Sequence[Evident], *, is_by_people: bool
) -> Sequence[str]:
    if not is_by_people:
        return ["afgedwongen", "", "", ""]
    for one in reversed(entries):
        told = one.told
        is_evidence = (told["e"], told.get("act"), told.get("outcome")) == (_ACT, _EVIDENCE_ACT, "permit")  # fmt: skip
        if is_evidence and told.get("by") == party and told.get("about") in (None, key):
            return ["aangetoond", f"D-{one.position}", told["at"], _cell(told.get("document"))]
    return ["niet aangetoond", "", "", ""]


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Lines of cells parted by semicolons."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\n")
    writer.writerows([titles, *rows])
    return text.getvalue()


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return " | ".join(map(str, value))
    return "" if value is None else str(value)

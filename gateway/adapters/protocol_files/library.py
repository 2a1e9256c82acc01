"""The protocols as loaded from a folder, and the events known so far."""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any

from gateway.adapters.protocol_files.cache import DocumentCache
from gateway.adapters.protocol_files.checked import document_of, read_document
from gateway.adapters.protocol_files.compile import compile_document, plain
from gateway.adapters.protocol_files.folder import Loaded, files_of, folder_defects
from gateway.adapters.protocol_files.progress import Watch, in_silence
from gateway.adapters.protocol_files.reader import (
    Defect,
    ProtocolInvalid,
    read_bytes,
    shown_name,
)
from gateway.adapters.protocol_files.schema import DocumentModel
from gateway.adapters.protocol_files.switches import NO_SWITCHES, Switches, turned
from gateway.domain.bundle import Bundle
from gateway.domain.canonical_json import canonical
from gateway.domain.law_reading import LawSlip
from gateway.domain.legal_day import start_of_day
from gateway.domain.lifecycle import EventKind, LifecycleEvent
from gateway.domain.log_entry import timestamp
from gateway.domain.protocol_document import ProtocolDocument


def load_protocols(
    folder: Path,
    switches: Switches = NO_SWITCHES,
    *,
    cache: DocumentCache | None = None,
    watch: Watch = in_silence,
) -> tuple[ProtocolDocument, ...]:
    """The documents of a folder as the decision sees them, with the choices of `switches` turned.

    Raises:
        ProtocolInvalid: with the defects of all files together, or a switch that is not there.
    """
    return tuple(one.document for one in load_files(folder, switches, cache=cache, watch=watch))


def load_files(
    folder: Path,
    switches: Switches = NO_SWITCHES,
    *,
    cache: DocumentCache | None = None,
    watch: Watch = in_silence,
) -> Sequence[Loaded]:
    """The same, each with its file.

    Raises:
        ProtocolInvalid: with the defects of all files together, or a switch that is not there.
    """
    loaded = _load(folder, cache, watch)
    _require_known(switches, (one.document.id for one in loaded))
    return [
        Loaded(one.path, _turned(one.path, switches[one.document.id]))
        if one.document.id in switches
        else one
        for one in loaded
    ]


def read_folder(folder: Path) -> Sequence[DocumentModel]:
    """Every whole document of a folder, by id and version.

    Raises:
        ProtocolInvalid: with the defects of all files together.
    """
    return [read_document(one.path) for one in _load(folder, None, in_silence)]


def read_turned(folder: Path, switches: Switches = NO_SWITCHES) -> Sequence[DocumentModel]:
    """The same with the choices of `switches` turned, for who shows or compares them.

    Raises:
        ProtocolInvalid: something in the folder does not hold, or a switch is not there.
    """
    return _all_turned(read_folder(folder), switches)


def compiled(
    found: Sequence[DocumentModel], switches: Switches = NO_SWITCHES
) -> tuple[ProtocolDocument, ...]:
    """Documents that were read as the decision sees them.

    Raises:
        ProtocolInvalid: a switch is not there.
    """
    return tuple(compile_document(document) for document in _all_turned(found, switches))


def _all_turned(found: Sequence[DocumentModel], switches: Switches) -> Sequence[DocumentModel]:
    _require_known(switches, (document.id for document in found))
    return [turned(one, switches.get(one.id, ())) for one in found]


def _require_known(switches: Switches, ids: Iterable[str]) -> None:
    if strangers := switches.keys() - set(ids):
        raise ProtocolInvalid([_no_protocol(key) for key in sorted(strangers)])


def _no_protocol(key: str) -> Defect:
    return Defect("switches", 1, key, "there is no protocol with this id", "write 003/O-32")


def _load(folder: Path, cache: DocumentCache | None, watch: Watch) -> Sequence[Loaded]:
    loaded: list[Loaded] = []
    defects: list[Defect] = []
    for path in watch(files_of(folder)):
        try:
            loaded.append(Loaded(path, _compiled(path, cache)))
        except ProtocolInvalid as invalid:
            defects += invalid.defects
    defects += folder_defects(folder, loaded)
    if defects:
        raise ProtocolInvalid(defects)
    if cache is not None:
        cache.tidy()
    return sorted(loaded, key=lambda one: (one.document.id, one.document.numbers))


def _compiled(path: Path, cache: DocumentCache | None) -> ProtocolDocument:
    raw = read_bytes(path)
    document = cache.get(path.name, raw) if cache is not None else None
    if document is None:
        document = compile_document(document_of(shown_name(path), raw))
        if cache is not None:
            cache.put(path.name, raw, document)
    return document


def _turned(path: Path, codes: Iterable[str]) -> ProtocolDocument:
    return compile_document(turned(read_document(path), codes))


def plain_documents(folder: Path) -> dict[str, dict[str, Any]]:
    """The whole documents of a folder as JSON values, by id; of several versions the last.

    Raises:
        ProtocolInvalid: something in the folder does not hold.
    """
    loaded = _load(folder, None, in_silence)
    return {one.document.id: plain(read_document(one.path)) for one in loaded}


def initial_events(document: ProtocolDocument) -> tuple[LifecycleEvent, ...]:
    """What happened before a world begins: every party signed on the day that the text gives.

    A version that supersedes another is brought in by an act, and by nothing else.
    """
    if document.supersedes is not None:
        return ()
    at = start_of_day(document.lifecycle.signed_on)
    return tuple(
        LifecycleEvent(
            protocol=document.id,
            kind=EventKind.SIGNATURE,
            effective_at=at,
            recorded_at=at,
            by=party,
        )
        for party in document.lifecycle.signatories
    )


class FileProtocolLibrary:
    """Implements `gateway.flows.protocol_reload.LawLibrary`. A new event makes a new bundle at once."""

    def __init__(
        self, documents: Iterable[ProtocolDocument], events: Iterable[LifecycleEvent] = ()
    ) -> None:
        self._lock = Lock()
        self._slips: Sequence[LawSlip] = ()
        self._documents = tuple(documents)
        self._events = tuple(events)
        self._bundle = bundle_of(self._documents, self._events)

    def bundle(self) -> Bundle:
        """Versions and events known now; the same object until something changes."""
        return self._bundle

    def record(self, event: LifecycleEvent) -> None:
        """Add an event; it counts from the next request on."""
        with self._lock:
            self._events = (*self._events, event)
            self._bundle = self._bundle.knowing(
                _digest(self._documents, self._events), self._events
            )

    def unsign(self, protocol: str, party: str) -> None:
        """A world in which this party's signature is still to come; before anything is asked."""
        with self._lock:
            signed = (EventKind.SIGNATURE, protocol, party)
            self._events = tuple(e for e in self._events if (e.kind, e.protocol, e.by) != signed)
            self._bundle = bundle_of(self._documents, self._events)

    def replace(self, documents: Sequence[ProtocolDocument]) -> None:
        """Other documents, at once and whole, from the next request on; recorded acts keep counting."""
        with self._lock:
            came_with = {event for one in self._documents for event in initial_events(one)}
            recorded = [event for event in self._events if event not in came_with]
            self._documents = tuple(documents)
            signed = [event for one in self._documents for event in initial_events(one)]
            self._events = (*signed, *recorded)
            self._bundle = bundle_of(self._documents, self._events)
            self._slips = ()

    def keep(self, slips: Sequence[LawSlip]) -> None:
        """Stay with what is loaded: the files do not hold, and this is where."""
        self._slips = tuple(slips)

    def slips(self) -> Sequence[LawSlip]:
        """Where the files do not hold; nothing where what is loaded is what they say."""
        return self._slips


def bundle_of(
    documents: tuple[ProtocolDocument, ...], events: tuple[LifecycleEvent, ...]
) -> Bundle:
    """The law of these documents and events, with the digest that entries name it by."""
    return Bundle.of(_digest(documents, events), documents, events)


def _digest(documents: Iterable[ProtocolDocument], events: Iterable[LifecycleEvent]) -> str:
    content = {
        "documents": [[document.ref, document.digest] for document in documents],
        "events": [
            [e.protocol, e.kind.value, e.party, e.flow, timestamp(e.effective_at),
             timestamp(e.recorded_at)]
            for e in events
        ],
    }  # fmt: skip
    return f"sha256:{sha256(canonical(content)).hexdigest()}"

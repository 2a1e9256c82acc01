"""The protocols as loaded from a folder, and the events known so far."""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any

from pydantic import ValidationError

from gateway.adapters.protocol_files.compile import compile_document, plain
from gateway.adapters.protocol_files.reader import Defect, ProtocolInvalid, Sheet, read_sheet
from gateway.adapters.protocol_files.references import defects_of, misnamed
from gateway.adapters.protocol_files.schema import DocumentModel
from gateway.adapters.protocol_files.switches import NO_SWITCHES, Switches, turned
from gateway.domain.bundle import Bundle
from gateway.domain.canonical_json import canonical
from gateway.domain.legal_day import start_of_day
from gateway.domain.lifecycle import EventKind, LifecycleEvent
from gateway.domain.log_entry import timestamp
from gateway.domain.protocol_document import ProtocolDocument

LOCK = "LOCK"
_UNKNOWN = "extra_forbidden"


def read_document(path: Path, *, is_draft: bool = False) -> DocumentModel:
    """One checked document; the file of a draft may have any name.

    Raises:
        ProtocolInvalid: with every defect found in the file.
    """
    sheet = read_sheet(path)
    try:
        document = DocumentModel.model_validate(sheet.content)
    except ValidationError as error:
        raise ProtocolInvalid([_defect(sheet, dict(one)) for one in error.errors()]) from None
    found = [*defects_of(sheet, document), *(() if is_draft else misnamed(sheet, document))]
    if found:
        raise ProtocolInvalid(found)
    return document


def read_folder(folder: Path) -> Sequence[DocumentModel]:
    """Every document of a folder, by id.

    Raises:
        ProtocolInvalid: with the defects of all files together.
    """
    documents: list[DocumentModel] = []
    defects: list[Defect] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            documents.append(read_document(path))
        except ProtocolInvalid as invalid:
            defects += invalid.defects
    defects += _changed_since_published(folder, documents)
    if defects:
        raise ProtocolInvalid(defects)
    return sorted(documents, key=lambda document: document.id)


def load_protocols(folder: Path, switches: Switches = NO_SWITCHES) -> tuple[ProtocolDocument, ...]:
    """The documents of a folder as the decision sees them, with the choices of `switches` turned.

    Raises:
        ProtocolInvalid: something in the folder does not hold, or a switch is not there.
    """
    return compiled(read_folder(folder), switches)


def compiled(
    found: Sequence[DocumentModel], switches: Switches = NO_SWITCHES
) -> tuple[ProtocolDocument, ...]:
    """Documents that were read as the decision sees them.

    Raises:
        ProtocolInvalid: a switch is not there.
    """
    return tuple(compile_document(document) for document in _turned(found, switches))


def read_turned(folder: Path, switches: Switches = NO_SWITCHES) -> Sequence[DocumentModel]:
    """The same as whole documents, for who shows or compares them.

    Raises:
        ProtocolInvalid: something in the folder does not hold, or a switch is not there.
    """
    return _turned(read_folder(folder), switches)


def _turned(found: Sequence[DocumentModel], switches: Switches) -> Sequence[DocumentModel]:
    if strangers := switches.keys() - {document.id for document in found}:
        raise ProtocolInvalid([_no_protocol(key) for key in strangers])
    return [turned(one, switches.get(one.id, ())) for one in found]


def plain_documents(folder: Path) -> dict[str, dict[str, Any]]:
    """The whole documents of a folder as JSON values, by id."""
    return {document.id: plain(document) for document in read_folder(folder)}


def initial_events(document: ProtocolDocument) -> tuple[LifecycleEvent, ...]:
    """What happened before a world begins: every party signed on the day that the text gives."""
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
    """Implements `gateway.ports.ProtocolLibrary`. A new event makes a new bundle at once."""

    def __init__(
        self, documents: Iterable[ProtocolDocument], events: Iterable[LifecycleEvent] = ()
    ) -> None:
        self._lock = Lock()
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
            self._bundle = bundle_of(self._documents, self._events)


def bundle_of(
    documents: tuple[ProtocolDocument, ...], events: tuple[LifecycleEvent, ...]
) -> Bundle:
    """The law of these documents and events, with the digest that entries name it by."""
    content = {
        "documents": [[document.ref, document.digest] for document in documents],
        "events": [
            [e.protocol, e.kind.value, e.party, e.flow, timestamp(e.effective_at),
             timestamp(e.recorded_at)]
            for e in events
        ],
    }  # fmt: skip
    return Bundle.of(f"sha256:{sha256(canonical(content)).hexdigest()}", documents, events)


def _no_protocol(key: str) -> Defect:
    return Defect("switches", 1, key, "there is no protocol with this id", "write 003/O-32")


def _defect(sheet: Sheet, error: dict[str, Any]) -> Defect:
    if error["type"] == _UNKNOWN:
        return sheet.defect(error["loc"], "unknown key", "remove it, or correct its name")
    if error["type"] == "missing":
        return sheet.defect(error["loc"], "is missing", "add it")
    if error["type"] == "string_type":
        return sheet.defect(error["loc"], "is not text", "put it between quotes")
    return sheet.defect(error["loc"], error["msg"][0].lower() + error["msg"][1:])


def _changed_since_published(folder: Path, documents: Sequence[DocumentModel]) -> Sequence[Defect]:
    """A published version never changes: its digest stands in the LOCK file beside it."""
    lock = folder / LOCK
    if not lock.exists():
        return []
    published = dict(line.split() for line in lock.read_text("utf-8").splitlines() if line)
    return [
        Defect(
            f"{document.name}.yaml",
            1,
            "version",
            f"{document.id}@{document.version} was published with another content",
            "restore it, or publish the change as a new version",
        )
        for document in map(compile_document, documents)
        if published.get(document.ref, document.digest) != document.digest
    ]

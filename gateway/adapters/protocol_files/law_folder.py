"""The protocol files of a running gateway: read again when they changed, with what is wrong as a value."""

import logging
import os
import re
from collections.abc import Hashable, Mapping
from pathlib import Path
from threading import Lock

from gateway.adapters.protocol_files.archive import LawArchive
from gateway.adapters.protocol_files.cache import DocumentCache
from gateway.adapters.protocol_files.checked import read_document
from gateway.adapters.protocol_files.compile import digest
from gateway.adapters.protocol_files.form import known_part
from gateway.adapters.protocol_files.library import load_files
from gateway.adapters.protocol_files.progress import Watch, in_silence
from gateway.adapters.protocol_files.reader import Defect, ProtocolInvalid
from gateway.adapters.protocol_files.schema import DocumentModel
from gateway.adapters.protocol_files.switches import NO_SWITCHES, Switches, turned
from gateway.domain.law_reading import LawReading, LawSlip
from gateway.domain.protocol_document import ProtocolDocument

_LOG = logging.getLogger(__name__)
_MOST_TOLD = 20
_TELLING = re.compile(r"[^A-Za-z0-9@.+_-]|[0-9]{6,}")
"""What no file name here needs: such a name may hold a person's, or a number."""


class ProtocolFolder:
    """Implements `gateway.flows.protocol_reload.LawFolder`. `seen` is the stamp of the files as last read."""

    def __init__(
        self,
        folder: Path,
        switches: Switches = NO_SWITCHES,
        *,
        cache: DocumentCache | None = None,
        watch: Watch = in_silence,
        archive: LawArchive | None = None,
    ) -> None:
        self.folder = folder
        self._archive = archive
        self._switches, self._cache, self._watch = switches, cache, watch
        self._reading = Lock()
        self._files: Mapping[str, Path] = {}
        self.seen: Hashable = None

    def load(self) -> tuple[ProtocolDocument, ...]:
        """The documents.

        Raises:
            ProtocolInvalid: they do not hold, or not together.
        """
        with self._reading:
            self.seen = self.stamp()
            loaded = load_files(self.folder, self._switches, cache=self._cache, watch=self._watch)
            self._files = {one.document.digest: one.path for one in loaded}
            self._keep()
            return tuple(one.document for one in loaded)

    def text(self, wanted: str) -> DocumentModel:
        """The whole document with this digest: as its file has it, or as it was kept when it counted.

        Raises:
            LookupError: its file says something else by now, or nothing, and it was not kept.
        """
        kept = self._archive.find(wanted) if self._archive else None
        for path in (self._files.get(wanted), kept):
            document = self._whole(path) if path else None
            if document is not None and digest(document) == wanted:
                return document
        raise LookupError(wanted)

    def _keep(self) -> None:
        if self._archive is not None:
            for found, path in self._files.items():
                self._archive.keep(found, path)

    def _whole(self, path: Path) -> DocumentModel | None:
        try:
            document = read_document(path, is_draft=True)
        except ProtocolInvalid:
            return None
        return turned(document, self._switches.get(document.id, ()))

    def read(self) -> LawReading:
        """The documents, or where they do not hold; the places also go to the machine's log."""
        try:
            return LawReading(documents=self.load())
        except ProtocolInvalid as invalid:
            slips = [_slip(defect) for defect in invalid.defects]
        for slip in slips[:_MOST_TOLD]:
            _LOG.warning("protocols do not hold, the last good set stays: %s", slip.place)
        return LawReading(slips=slips)

    def stamp(self) -> Hashable:
        """What changes when somebody touches a file: names, times, sizes and places on disk."""
        try:
            with os.scandir(self.folder) as listed:
                return frozenset(_seen(one) for one in listed if not one.name.startswith("."))
        except OSError as error:
            return error.errno


def _seen(entry: os.DirEntry[str]) -> Hashable:
    try:
        seen = entry.stat()
    except OSError as error:  # it leads nowhere, or is gone by now
        return entry.name, error.errno
    return entry.name, seen.st_mtime_ns, seen.st_ctime_ns, seen.st_size, seen.st_ino


def _slip(defect: Defect) -> LawSlip:
    file = _TELLING.sub("?", defect.file)
    place = f"{file}:{defect.line}: {known_part(defect.key.split('.')) or 'document'}"
    return LawSlip(place, defect.file, defect.line, defect.key, defect.what, defect.mend)

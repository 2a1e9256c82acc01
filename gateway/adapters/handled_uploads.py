"""Accepted uploads, read again where they were put when they were handled."""

from array import array
from collections.abc import Callable

from gateway.contracts.drop import CompletedUpload
from gateway.domain.batch import Batch
from gateway.ports import BatchReader
from gateway.ports.files import UploadLost

Find = Callable[[str, str, str], str | None]
"""Where a handled upload lies: account, flow and name to a path, `None` if it is gone."""


class ReadAgain:
    """Implements `gateway.ports.HandledUploads`."""

    def __init__(self, find: Find, reader: BatchReader) -> None:
        self._find, self._reader = find, reader

    def numbers(self, batch: Batch) -> "array[int]":
        """The accepted numbers of an upload, each once, ascending."""
        path = self._find(batch.user, batch.flow, batch.name)
        if path is None:
            raise UploadLost(batch.label)
        upload = CompletedUpload(batch.user, batch.flow, batch.name, path)
        reading = self._reader.read(upload, batch.received_at)
        if reading.sha256 != batch.sha256:
            raise UploadLost(batch.label)
        return reading.subjects

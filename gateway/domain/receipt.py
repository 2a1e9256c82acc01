"""The receipt of an upload: what became of it and of each record (contract section 7).

LAW: whether anybody is registered for a person is not the provider's business, so consumers are
told of by delivered, suspended or ended only, never by a count.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import Any

from gateway.domain.legal_day import in_brussels
from gateway.domain.mutation import BatchReading, Line, LineStatus

_LINES_AT_ONCE = 10_000


class UploadStatus(StrEnum):
    """What became of an upload."""

    DISTRIBUTED = "verdeeld"
    QUARANTINED = "quarantaine"
    UNCHANGED = "ongewijzigd"
    REFUSED = "geweigerd"


class ShareStatus(StrEnum):
    """What became of one consumer's part."""

    DELIVERED = "afgeleverd"
    SUSPENDED = "opgeschort"
    ENDED = "beeindigd"


@dataclass(frozen=True, slots=True)
class ConsumerLine:
    """One consumer in a receipt; `article` where it did not get its part."""

    consumer: str
    status: ShareStatus
    article: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What is handed back. `batch` is `B-<n>`, or `None` where the upload became none."""

    batch: str | None
    name: str
    status: UploadStatus
    reading: BatchReading
    received_at: datetime
    decision: str
    consumers: Sequence[ConsumerLine] = ()
    reason: str | None = None
    remedy: str | None = None

    def as_json(self) -> Iterator[bytes]:
        """The receipt in pieces; it lists the records that were not simply accepted."""
        yield f'{_text(self._head())[:-1]},"regels":['.encode()
        lines, opening = iter(self.reading.lines), ""
        while piece := ",".join([_text(_told(line)) for line in islice(lines, _LINES_AT_ONCE)]):
            yield f"{opening}{piece}".encode()
            opening = ","
        yield f"],{_text(self._tail())[1:]}".encode()

    def _head(self) -> Mapping[str, Any]:
        reading = self.reading
        return {
            "batch": self.batch,
            "bestand": self.name,
            "sha256": reading.sha256,
            "dag": reading.day.isoformat() if reading.day else None,
            "volgnummer": reading.volgnummer,
            "status": self.status.value,
            "ontvangen_op": in_brussels(self.received_at).isoformat(),
            "beslissing": self.decision,
            "records": {
                "ontvangen": reading.received,
                "aanvaard": reading.accepted,
                "samengevoegd": reading.merged,
                "geweigerd": reading.rejected,
            },
        }

    def _tail(self) -> Mapping[str, Any]:
        told = {"reden": self.reason, "remedy": self.remedy}
        return {
            "afnemers": [_consumer(line) for line in self.consumers],
            **{key: text for key, text in told.items() if text is not None},
        }

    def as_csv(self) -> Iterator[bytes]:
        """A line for every record, in pieces."""
        yield b"regel;status;code;reden\n"
        lines = iter(self.reading.lines)
        line = next(lines, None)
        for first in range(1, self.reading.received + 1, _LINES_AT_ONCE):
            last = min(first + _LINES_AT_ONCE, self.reading.received + 1)
            rows = []
            for number in range(first, last):
                if line is None or line.number != number:
                    rows.append(f"{number};{LineStatus.ACCEPTED};;\n")
                else:
                    rows.append(f"{number};{line.status};{line.code or ''};{line.reason}\n")
                    line = next(lines, None)
            yield "".join(rows).encode()


def _told(line: Line) -> Mapping[str, Any]:
    return {
        "regel": line.number,
        "status": line.status.value,
        "code": line.code,
        "reden": line.reason,
    }


def _text(members: Mapping[str, Any]) -> str:
    return json.dumps(members, ensure_ascii=False, separators=(",", ":"))


def _consumer(line: ConsumerLine) -> dict[str, str]:
    told = {"afnemer": line.consumer, "status": line.status.value}
    return told if line.article is None else told | {"artikel": line.article}

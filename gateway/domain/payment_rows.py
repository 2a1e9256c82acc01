"""The rows of a payment file: made of the source's records, cut to what the permit lists."""

import json
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from gateway.domain.decision import Permit
from gateway.domain.decision_terms import ObligationKind
from gateway.domain.derivations import PointsImpossible
from gateway.domain.field_filter import SourceRecord, keep_listed, keep_permitted
from gateway.domain.services import PAYMENT_FILE

_BY_FILE = frozenset({ObligationKind.DROP_TERM})


@dataclass(frozen=True, slots=True)
class PaymentRows:
    """Implements `ParcelContent`. `subjects` are children and beneficiaries.

    `refused` counts records whose points cannot be, or give no amount.
    """

    year: int
    rows: Sequence[Mapping[str, Any]]
    subjects: Sequence[int]
    once: tuple[str, ...] = ()
    refused: int = 0
    discharges: frozenset[ObligationKind] = frozenset({ObligationKind.DERIVE})

    @property
    def count(self) -> int:
        """One row a child."""
        return len(self.rows)

    def chunks(self, flow: str, day: date, sequence: int) -> Iterator[bytes]:
        """The file in pieces: the same envelope as for numbers, with rows as records."""
        yield (
            f'{{"schema":"{flow}/1","stroom":"{flow}","dag":"{day.isoformat()}",'
            f'"volgnummer":{sequence},"jaar":{self.year},"aantal":{len(self.rows)},"records":['
        ).encode()
        for number, row in enumerate(self.rows):
            text = json.dumps(row, ensure_ascii=False, separators=(",", ":"))
            yield f"{',' if number else ''}{text}".encode()
        yield b"]}"


def payment_rows(year: int, records: Sequence[dict[str, Any]], permit: Permit) -> PaymentRows:
    """The rows of what was chosen.

    LAW: 003 1.1 and art. 3: the amount is worked out here and the points stay (O-32, O-47); points
    that cannot be, or that fall in no bracket (O-33), make no row.
    """
    made = [(one, row) for one in records if (row := _row(one, permit)) is not None]
    subjects = {int(one[who]["insz"]) for one, _ in made for who in ("kind", "begunstigde")}
    children = tuple(one["kind"]["insz"] for one, _ in made)
    rows = [row for _, row in made]
    refused = len(records) - len(rows)
    return PaymentRows(year, rows, array("Q", sorted(subjects)), children, refused)


def ready_rows(
    year: int, rows: Sequence[Mapping[str, Any]], permit: Permit, had: frozenset[str]
) -> PaymentRows:
    """The rows of a file that the provider made itself, without who stood in a file of the year."""
    new = [row for row in rows if row["kind"]["insz"] not in had]
    subjects = {int(row[who]["insz"]) for row in new for who in ("kind", "begunstigde")}
    children = tuple(row["kind"]["insz"] for row in new)
    listed = [keep_listed(row, PAYMENT_FILE.paths, permit) for row in new]
    return PaymentRows(year, listed, array("Q", sorted(subjects)), children)


def _row(record: dict[str, Any], permit: Permit) -> Mapping[str, Any] | None:
    source = SourceRecord(record, PAYMENT_FILE.paths)
    try:
        kept = keep_permitted(source, permit, elsewhere=_BY_FILE)
    except PointsImpossible:
        return None
    return kept.data if kept is not None else None

"""Reads a ready payment file that the provider made itself: rows as contract section 8 has them."""

import mmap
from array import array
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated, Any, Literal

import msgspec

from gateway.adapters.json_scan import end_of_value, expect, skip
from gateway.adapters.mutation_json import (
    LARGEST_RECORD,
    read_members,
    read_upload,
    require_agreement,
)
from gateway.contracts.drop import CompletedUpload
from gateway.contracts.insz import InszInvalid, InszKind, parse_insz
from gateway.contracts.reasons import WIRE, Reason
from gateway.domain.legal_day import legal_day
from gateway.domain.mutation import BatchReading, Lines, LineStatus
from gateway.domain.services import PAYMENT_FILE
from gateway.domain.upload_name import UploadName
from gateway.ports import BatchReader

_Text = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
_Home = dict[str, Annotated[str, msgspec.Meta(max_length=120)] | None]
_NAMES = {"name": "naam", "first_name": "voornaam", "home": "adres"}


class ChildRow(msgspec.Struct, rename=_NAMES, forbid_unknown_fields=True):
    """The child of a row."""

    insz: str
    name: _Text
    first_name: _Text
    home: _Home


class PaidToRow(
    ChildRow, rename={**_NAMES, "account": "rekeningnummer"}, forbid_unknown_fields=True
):
    """To whom it is paid; without an account the municipality sees to it itself."""

    account: Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{2}\d{2}[0-9A-Z]{8,30}$")] | None = None


class PaymentRow(
    msgspec.Struct,
    rename={"child": "kind", "paid_to": "begunstigde", "amount": "bedrag"},
    forbid_unknown_fields=True,
):
    """One row. LAW: 003 1.1 - the four amounts, and no points (art. 3)."""

    child: ChildRow
    paid_to: PaidToRow
    amount: Literal["75.00", "100.00", "150.00", "300.00"]


_decode = msgspec.json.Decoder(PaymentRow).decode
_plain = msgspec.json.Decoder(dict[str, Any]).decode


@dataclass(slots=True)
class _Rows:
    """What is known of the rows so far."""

    test_numbers_only: bool
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    received: int = 0
    lines: Lines = field(default_factory=Lines)

    def read(self, content: mmap.mmap, at: int) -> int:
        """Read a list of rows; where it ends."""
        at = expect(content, at, b"[", "`records` is a list")
        if content[(end := skip(content, at)) : end + 1] == b"]":
            return end + 1
        while True:
            at = skip(content, at)
            end = end_of_value(content, at)
            self._judge(bytes(content[at : min(end, at + LARGEST_RECORD + 1)]))
            at = skip(content, end)
            if content[at : at + 1] == b"]":
                return at + 1
            at = expect(content, at, b",", "records are parted by commas")

    def _judge(self, raw: bytes) -> None:
        self.received += 1
        reason = Reason.TOO_LARGE if len(raw) > LARGEST_RECORD else self._add(raw)
        if reason is not None:
            self._note(LineStatus.REJECTED, WIRE[reason].code, reason.value)

    def _add(self, raw: bytes) -> Reason | None:
        try:
            row = _decode(raw)
        except msgspec.ValidationError as error:
            unknown = "unknown field" in str(error)
            return Reason.FIELD_NOT_LISTED if unknown else Reason.MESSAGE_INVALID
        except (msgspec.DecodeError, UnicodeDecodeError):
            return Reason.MESSAGE_INVALID
        for number in (row.child.insz, row.paid_to.insz):
            if (reason := self._number(number)) is not None:
                return reason
        if row.child.insz in self.rows:
            self._note(LineStatus.MERGED, None, "dit kind staat al in dit bestand")
        else:
            self.rows[row.child.insz] = _plain(raw)
        return None

    def _number(self, text: str) -> Reason | None:
        try:
            kind = parse_insz(text).kind
        except InszInvalid:
            return Reason.INSZ_INVALID
        is_test = kind is InszKind.TEST
        return None if is_test or not self.test_numbers_only else Reason.NOT_A_TEST_NUMBER

    def _note(self, status: LineStatus, code: str | None, reason: str) -> None:
        self.lines.add(self.received, (status, code, reason))


class PaymentBatchReader:
    """Implements `gateway.ports.BatchReader` for payment files."""

    def __init__(self, *, test_numbers_only: bool = True) -> None:
        self._test_numbers_only = test_numbers_only

    def read(self, upload: CompletedUpload, at: datetime) -> BatchReading:
        """Validate an upload; `hopeless` is set where nothing in it can be used."""
        return read_upload(upload, legal_day(at), self._reading)

    def _reading(
        self, content: mmap.mmap, name: UploadName, sha256: str, today: date
    ) -> BatchReading:
        found = _Rows(self._test_numbers_only)
        members = read_members(content, found.read)
        require_agreement(members, name, found.received, today)
        rows = tuple(found.rows[insz] for insz in sorted(found.rows))
        return BatchReading(
            sha256=sha256,
            day=name.day,
            volgnummer=name.number,
            received=found.received,
            subjects=array("Q", sorted(int(insz) for insz in found.rows)),
            lines=found.lines,
            rows=rows,
        )


class FlowBatchReader:
    """Implements `gateway.ports.BatchReader`: payment files as rows, all others as numbers."""

    def __init__(self, numbers: BatchReader, payments: BatchReader) -> None:
        self._numbers, self._payments = numbers, payments

    def read(self, upload: CompletedUpload, at: datetime) -> BatchReading:
        """Validate an upload."""
        is_payment = upload.flow == PAYMENT_FILE.flow
        return (self._payments if is_payment else self._numbers).read(upload, at)

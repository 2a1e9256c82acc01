"""Reads an uploaded mutation file record by record, never holding more than a piece of it.

Runs of clean records are taken at a stroke; a record that looks any other way is looked at by
itself, judged on its own line, and the rest of the file goes on.
"""

import json
import mmap
from collections.abc import Callable, Iterator
from datetime import date, datetime
from hashlib import file_digest
from pathlib import Path
from typing import Any

from gateway.adapters.json_scan import (
    Hopeless,
    end_of_value,
    expect,
    refuse_constant,
    skip,
    string_at,
    value_at,
)
from gateway.adapters.number_tally import NumberTally
from gateway.adapters.record_runs import next_run
from gateway.contracts.drop import CompletedUpload
from gateway.contracts.reasons import Reason
from gateway.domain.legal_day import legal_day
from gateway.domain.mutation import BatchReading
from gateway.domain.upload_name import UploadName, parse_upload_name

LARGEST_RECORD = 4_096


class _Record(ValueError):
    """One record that cannot be used."""

    def __init__(self, reason: Reason) -> None:
        self.reason = reason
        super().__init__(reason.value)


class JsonBatchReader:
    """Implements `gateway.ports.BatchReader`."""

    def __init__(self, *, test_numbers_only: bool = True) -> None:
        self._test_numbers_only = test_numbers_only

    def read(self, upload: CompletedUpload, at: datetime) -> BatchReading:
        """Validate an upload; `hopeless` is set where nothing in it can be used."""
        return read_upload(upload, legal_day(at), self._reading)

    def _reading(
        self, content: mmap.mmap, name: UploadName, sha256: str, today: date
    ) -> BatchReading:
        tally = NumberTally(len(content), test_numbers_only=self._test_numbers_only)
        members = read_members(content, lambda all_, at: _read_records(all_, at, tally))
        require_agreement(members, name, tally.received, today)
        subjects, lines = tally.close()
        return BatchReading(
            sha256=sha256,
            day=name.day,
            volgnummer=name.number,
            received=tally.received,
            subjects=subjects,
            lines=lines,
        )


ReadContent = Callable[[mmap.mmap, UploadName, str, date], BatchReading]
"""Reads a file of this name and digest on a day; raises `ValueError` where nothing can be used."""


def read_upload(upload: CompletedUpload, today: date, read: ReadContent) -> BatchReading:
    """What `read` makes of an upload, or why nothing in it can be used."""
    with Path(upload.path).open("rb") as file:
        sha256 = file_digest(file, "sha256").hexdigest()
        try:
            name = parse_upload_name(upload.name, upload.flow)
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                return read(content, name, sha256, today)
        except (ValueError, UnicodeDecodeError, RecursionError) as error:
            return BatchReading(sha256=sha256, hopeless=_words_of(error))


def _words_of(error: Exception) -> str:
    """What is wrong with a file, without anything of it."""
    if isinstance(error, UnicodeDecodeError):
        return "the file is not UTF-8"
    if isinstance(error, RecursionError):
        return "nested too deeply"
    return str(error) if "empty file" not in str(error) else "the file is empty"


ReadRecords = Callable[[mmap.mmap, int], int]
"""Reads a list of records from a place on; where it ends."""


def read_members(content: mmap.mmap, read_records: ReadRecords) -> dict[str, Any]:
    """The members of the top-level object, `records` excepted: those are read on the way."""
    members: dict[str, Any] = {}
    at = expect(content, 0, b"{", "the file is a JSON object")
    while True:
        key, at = string_at(content, at)
        at = expect(content, at, b":", "a member has a colon")
        if key in members:
            raise Hopeless("a member stands twice in the file")
        if key == "records":
            members[key] = None
            at = read_records(content, at)
        else:
            members[key], at = value_at(content, at)
        at = skip(content, at)
        if content[at : at + 1] == b"}":
            break
        at = expect(content, at, b",", "members are parted by commas")
    if skip(content, at + 1) != len(content):
        raise Hopeless("something follows after the JSON object")
    return members


def _read_records(content: mmap.mmap, at: int, tally: NumberTally) -> int:
    at = expect(content, at, b"[", "`records` is a list")
    if content[(end := skip(content, at)) : end + 1] == b"]":
        return end + 1
    while True:
        at = _read_runs(content, at, tally)
        at = skip(content, at)
        end = end_of_value(content, at)
        _judge_record(bytes(content[at : min(end, at + LARGEST_RECORD + 1)]), tally)
        _let_go(content, at, end)
        at = skip(content, end)
        if content[at : at + 1] == b"]":
            return at + 1
        at = expect(content, at, b",", "records are parted by commas")


def _read_runs(content: mmap.mmap, at: int, tally: NumberTally) -> int:
    """All clean records from here to the next that is not."""
    while (run := next_run(content, at)) is not None:
        numbers, end = run
        tally.add_many(numbers)
        _let_go(content, at, end)
        at = end
    return at


def _let_go(content: mmap.mmap, begin: int, end: int) -> None:
    """Give back the memory of what was read; it is still in the file."""
    first, last = begin // mmap.PAGESIZE * mmap.PAGESIZE, end // mmap.PAGESIZE * mmap.PAGESIZE
    if last > first:
        content.madvise(mmap.MADV_DONTNEED, first, last - first)


def _judge_record(raw: bytes, tally: NumberTally) -> None:
    try:
        tally.add(_number_in(raw))
    except _Record as refused:
        tally.reject_next(refused.reason)


def _number_in(raw: bytes) -> int:
    """The number in one record that did not look clean.

    Raises:
        _Record: it has a member beside `insz`, or no valid number.
    """
    if len(raw) > LARGEST_RECORD:
        raise _Record(Reason.TOO_LARGE)
    record = json.loads(raw.decode(), object_pairs_hook=_single, parse_constant=refuse_constant)
    if not isinstance(record, dict):
        raise _Record(Reason.MESSAGE_INVALID)
    if record.keys() - {"insz"}:
        raise _Record(Reason.FIELD_NOT_LISTED)
    number = record.get("insz")
    if not isinstance(number, str) or not (number.isascii() and number.isdigit()):
        raise _Record(Reason.INSZ_INVALID)
    if len(number) != 11:  # noqa: PLR2004  digits of a number
        raise _Record(Reason.INSZ_INVALID)
    return int(number)


def _single(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _Record(Reason.MESSAGE_INVALID)
    return members


def require_agreement(
    members: dict[str, Any], name: UploadName, received: int, today: date
) -> None:
    """Content, file name and calendar must tell the same story.

    Raises:
        Hopeless: they do not.
    """
    for problem in _disagreements(members, name, received, today):
        raise Hopeless(problem)


def _disagreements(
    members: dict[str, Any], name: UploadName, received: int, today: date
) -> Iterator[str]:
    expected = {"schema", "dag", "volgnummer", "aantal", "records"}
    if members.keys() != expected:
        yield "the members are " + ", ".join(sorted(expected))
    if members.get("schema") != f"{name.flow}/1":
        yield f"`schema` is not {name.flow}/1"
    if members.get("dag") != name.day.isoformat():
        yield "`dag` is not the day in the file's name"
    if members.get("volgnummer") != name.number or members.get("volgnummer") is True:
        yield "`volgnummer` is not the number in the file's name"
    if members.get("aantal") != received or isinstance(members.get("aantal"), bool):
        yield "`aantal` is not the number of records"
    if name.day > today:
        yield "the day is still to come"

"""The plainest reader of a batch there is: the whole file at once, one record after another."""

import json
from datetime import date
from hashlib import sha256
from typing import Any

from gateway.contracts.insz import InszInvalid, InszKind, parse_insz
from gateway.contracts.reasons import WIRE, Reason
from gateway.domain.mutation import Line, LineStatus

Told = tuple[str, date | None, int, list[int], list[Line], bool]
"""Digest, day, records, accepted numbers, other lines, and whether nothing could be used."""


def naive_reading(content: bytes, flow: str, day: date, *, test_numbers_only: bool = True) -> Told:
    """What a file's records come to; for files with the members of the contract only."""
    digest = sha256(content).hexdigest()
    hopeless: Told = (digest, None, 0, [], [], True)
    try:
        outer, records = _cut(content)
    except ValueError:
        return hopeless
    if outer != {"schema": f"{flow}/1", "dag": day.isoformat(), "volgnummer": 1,
                 "aantal": len(records), "records": None}:  # fmt: skip
        return hopeless
    seen: set[int] = set()
    lines: list[Line] = []
    for line, raw in enumerate(records, 1):
        try:
            outcome = _judged(raw, seen, test_numbers_only=test_numbers_only)
        except ValueError:
            return hopeless
        if isinstance(outcome, Reason):
            lines.append(Line(line, LineStatus.REJECTED, WIRE[outcome].code, outcome.value))
        elif outcome in seen:
            lines.append(Line(line, LineStatus.MERGED, None, "staat al in dit bestand"))
        else:
            seen.add(outcome)
    return digest, day, len(records), sorted(seen), lines, False


def _cut(content: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """The members but for the records, and each record's own bytes."""
    head, _, rest = content.partition(b'"records": [')
    records, decoder, text, at = [], json.JSONDecoder(), rest.decode(), 0
    text = text.lstrip(" \n\t\r")
    while text[at] != "]":
        _, end = decoder.raw_decode(text, at)
        records.append(text[at:end].encode())
        at = _after(text, end)
        if text[at] == ",":
            at = _after(text, at + 1)
            if text[at] == "]":
                raise ValueError("a comma too many")
        elif text[at] != "]":
            raise ValueError("a comma is missing")
    return json.loads(head + b'"records": null' + text[at + 1 :].encode()), records


def _after(text: str, at: int) -> int:
    while text[at] in " \n\t\r":
        at += 1
    return at


def _judged(raw: bytes, seen: set[int], *, test_numbers_only: bool) -> int | Reason:
    if len(raw) > 4096:
        return Reason.TOO_LARGE
    twice = False

    def single(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal twice
        twice = twice or len(dict(pairs)) != len(pairs)
        return dict(pairs)

    record = json.loads(raw, object_pairs_hook=single)
    if twice or not isinstance(record, dict):
        return Reason.MESSAGE_INVALID
    if set(record) - {"insz"}:
        return Reason.FIELD_NOT_LISTED
    return _number(record.get("insz"), test_numbers_only=test_numbers_only)


def _number(number: Any, *, test_numbers_only: bool) -> int | Reason:
    if not isinstance(number, str) or len(number) != 11 or not number.isascii():
        return Reason.INSZ_INVALID
    if not number.isdigit():
        return Reason.INSZ_INVALID
    try:
        kind = parse_insz(number).kind
    except InszInvalid:
        return Reason.INSZ_INVALID
    is_wrong = test_numbers_only and kind is not InszKind.TEST
    return Reason.NOT_A_TEST_NUMBER if is_wrong else int(number)

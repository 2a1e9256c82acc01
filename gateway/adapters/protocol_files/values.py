"""Numbers, days and codes that cannot be right. Works on any document that is YAML, whole or not."""

from collections.abc import Iterator
from datetime import date, datetime

from gateway.adapters.protocol_files.form import closest
from gateway.adapters.protocol_files.reader import Defect, Sheet
from gateway.adapters.protocol_files.rows import Row, row, rows
from gateway.adapters.protocol_files.yaml_tree import Place
from gateway.contracts.reasons import Reason

_KBO_MODULUS, _KBO_DIGITS = 97, 10
_LAST_FINDING = 66
PERMIT = "permit"


def value_defects(sheet: Sheet) -> Iterator[Defect]:
    """Numbers, days and codes that cannot be right."""
    yield from _wrong_numbers(sheet)
    yield from _wrong_days(sheet)
    yield from _retention(sheet)
    yield from _wrong_codes(sheet)


def _wrong_numbers(sheet: Sheet) -> Iterator[Defect]:
    for place, party in rows(sheet.content, "parties"):
        checked = ("vestiging",) if party.get("kbo_as_printed") is True else ("kbo", "vestiging")
        for key in checked:
            number = party.get(key)
            if isinstance(number, str) and fails_check(number):
                mend = "correct it, or set `kbo_as_printed: true` and add a finding"
                yield sheet.defect((*place, key), "fails modulo 97", mend)


def fails_check(text: str) -> bool:
    """Whether ten digits are no number of the Kruispuntbank; another form is told elsewhere."""
    if len(text) != _KBO_DIGITS or not (text.isascii() and text.isdigit()):
        return False
    return _KBO_MODULUS - int(text[:8]) % _KBO_MODULUS != int(text[8:])


def _wrong_days(sheet: Sheet) -> Iterator[Defect]:
    """No period ends before it starts: advice, signature, start, and the opening of a flow."""
    lifecycle = row(sheet.content, "lifecycle")
    in_force: Place = ("lifecycle", "in_force")
    signed, start = lifecycle.get("signed_on"), row(lifecycle, "in_force").get("date")
    rule = row(lifecycle, "in_force").get("rule")
    if rule in ("on-date", "on-last-signature") and (rule == "on-date") != (start is not None):
        yield sheet.defect(in_force, "`on-date` and a date go together", "give both or neither")
    if _before(start, signed):
        yield sheet.defect((*in_force, "date"), "starts before it was signed", _later(signed))
    for place, advice in rows(sheet.content, "dpo_advice"):
        if _before(signed, advice.get("date")):
            what = "is later than the signature that it should precede"
            yield sheet.defect(
                (*place, "date"), what, f"{signed} or before, or correct `signed_on`"
            )
    begins = start if isinstance(start, date) else signed
    for place, flow in rows(sheet.content, "flows"):
        if _before(flow.get("open_from"), begins):
            yield sheet.defect((*place, "open_from"), "opens before the protocol starts", _later(begins))  # fmt: skip


def _before(first: object, second: object) -> bool:
    return isinstance(first, date) and isinstance(second, date) and first < second


def _later(day: object) -> str:
    return f"{day} or later, or correct that date"


def _retention(sheet: Sheet) -> Iterator[Defect]:
    """A rule says how long, until what, or that nothing is kept; never more than one of these."""
    for place, one in rows(sheet.content, "retention"):
        rule = one.get("rule", "duration")
        if rule == "duration" and one.get("period") is None:
            yield sheet.defect(place, "has no period", "add `period: P10Y`, or another `rule`")
        if rule in ("until-event", "none") and one.get("period") is not None:
            what = f"`{rule}` has no period"
            yield sheet.defect((*place, "period"), what, "remove it, or say `rule: duration`")
        if rule == "until-event" and one.get("from") is None:
            yield sheet.defect(place, "has no event", "add `from:` with the event that ends it")


def _wrong_codes(sheet: Sheet) -> Iterator[Defect]:
    for place, finding in rows(sheet.content, "findings"):
        code = finding.get("code")
        if isinstance(code, str) and code[:2] == "O-" and not _is_known_finding(code[2:]):
            what = f"`{code[:20]}` is no known finding"
            mend = f"O-01 to O-{_LAST_FINDING} are known; call your own X-01 and on"
            yield sheet.defect((*place, "code"), what, mend)
    for place, example in rows(sheet.content, "examples"):
        yield from _wrong_example(sheet, place, example)


def _is_known_finding(number: str) -> bool:
    return not number.isdecimal() or 1 <= int(number) <= _LAST_FINDING


def _wrong_example(sheet: Sheet, place: Place, example: Row) -> Iterator[Defect]:
    expect, at = example.get("expect"), example.get("at")
    known = {PERMIT, *(reason.value for reason in Reason)}
    if isinstance(expect, str) and expect not in known:
        meant = closest(expect, known)
        mend = f"did you mean `{meant}`?" if meant else "`permit`, or a reason of docs/faults.md"
        yield sheet.defect((*place, "expect"), f"`{expect[:60]}` is no reason", mend)
    if isinstance(at, str) and _is_no_instant(at):
        mend = 'such as "2025-03-10T12:00:00+01:00"'
        yield sheet.defect((*place, "at"), f"`{at[:40]}` is no instant", mend)


def _is_no_instant(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is None
    except ValueError:
        return True

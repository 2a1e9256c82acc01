"""The kit for the provider of the jobbonus plus (001): the daily batch of numbers, whole, once, and nothing beside."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

from gateway.contracts.drop import FTPS
from gateway.contracts.insz import check_digits
from gateway.domain.log_entry import EventKind
from gateway.simulation.conformance.stage import Stage
from gateway.simulation.conformance.sut import SutFailed, Told
from gateway.simulation.conformance.verdict import Case, Kit, NotApplicable
from providers.mutations import FLOW, as_batch, file_name

UNIT = "wewis"
KARIM, ELIF = "90712301137", "88660602073"
_MANY, _CUT_AFTER = 4_000, 60_000
_REST = "rest"
_MEMBERS = {"schema", "dag", "volgnummer", "aantal", "records"}
_ACCEPTED, _UNCHANGED, _CONFLICT = "accepted", "unchanged", "conflict"
Payment = Mapping[str, Any]


def _daily(stage: Stage) -> None:
    _deliver(stage, KARIM)
    stage.next_day()
    _deliver(stage, ELIF)
    _deliver(stage, ELIF)
    days = [one["day"] for one in _received(stage, "verdeeld")]
    first = date.fromisoformat(stage.today) - timedelta(days=1)
    stage.expect(
        days == [first.isoformat(), stage.today], "each day has one batch that is taken", days
    )
    stage.expect_none(_other_than(stage, "verdeeld", "ongewijzigd"),
                      "told again on the same day, it sends nothing else for it")  # fmt: skip


def _each_once(stage: Stage) -> None:
    _deliver(stage, KARIM, ELIF, KARIM)
    _expect_persons(stage, KARIM, ELIF)


def _empty_day(stage: Stage) -> None:
    told = _deliver(stage)
    _expect_persons(stage)
    _expect_told(stage, told, _ACCEPTED)


def _correction(stage: Stage) -> None:
    _deliver(stage, KARIM)
    told = _deliver(stage, KARIM, ELIF, number=2)
    taken = [(one["day"], one["number"]) for one in _received(stage, "verdeeld")]
    stage.expect(taken == [(stage.today, 1), (stage.today, 2)],
                 "the correction is taken as the second of its day", taken)  # fmt: skip
    _expect_told(stage, told, _ACCEPTED)


def _conflict(stage: Stage) -> None:
    day = date.fromisoformat(stage.today)
    with stage.desk(UNIT).sftp() as before:
        before.upload(FLOW, file_name(day), as_batch(FLOW, day, [ELIF]))
    stage.space.settle()
    told = _deliver(stage, KARIM)
    refused = _received(stage, "geweigerd")
    stage.expect(len(refused) == 1, "other bytes for a day that was delivered are sent once",
                 f"{len(refused)} times")  # fmt: skip
    taken = [one["number"] for one in _received(stage, "verdeeld")]
    stage.expect(taken == [1], "and nothing else in their place, which nobody asked for", taken)
    _expect_told(stage, told, _CONFLICT)


def _whole_file(stage: Stage) -> None:
    _deliver(stage, KARIM)
    if any(one["channel"] == _REST for one in _received(stage)):
        raise NotApplicable("it delivers over HTTP, where a file is there when it is whole")
    names = [one["file"] for one in stage.happened.events(EventKind.RECEIVED)]
    stage.expect(bool(names), "a file is uploaded", "none")
    final = [name for name in names if name == file_name(date.fromisoformat(stage.today))]
    stage.expect_none(final, "it goes up under another name, and gets its own when it is whole")


def _cut(stage: Stage) -> None:
    persons = list(_some_numbers(_MANY))
    with stage.through_relays(_CUT_AFTER) as relays:
        with suppress(SutFailed):
            _deliver(stage, *persons)
        if not _received(stage, "verdeeld"):
            _deliver(stage, *persons)
        was_cut = any(relay.is_cut for relay in relays)
    if not was_cut and any(one["channel"] == FTPS for one in _received(stage)):
        raise NotApplicable("it delivers over FTPS, whose data go by a way of their own")
    counts = [one["records"] for one in _received(stage, "verdeeld")]
    stage.expect(was_cut, "the upload is cut on its way", "it never came so far")
    stage.expect(counts == [_MANY], f"in the end the batch is there, whole and once: {_MANY} records",
                 counts)  # fmt: skip
    stage.expect_none(_other_than(stage, "verdeeld", "ongewijzigd"), "no half batch is ever shown")


def _nothing_more(stage: Stage) -> None:
    _deliver(stage, KARIM, ELIF)
    batches = list(_uploaded(stage))
    stage.expect(bool(batches), "a batch is uploaded", "none")
    beside = {name for batch in batches for name in batch} - _MEMBERS
    stage.expect_none(sorted(beside), "the batch says what it is, and nothing of anybody")
    records = [record for batch in batches for record in batch.get("records", ())]
    more = {name for record in records for name in record} - {"insz"}
    stage.expect_none(sorted(more), "a record holds a number and nothing else")


def _deliver(stage: Stage, *persons: str, number: int = 1) -> Told:
    payments = [_payment(stage, insz, tranche) for tranche, insz in enumerate(persons)]
    return stage.work(deliver={"day": stage.today, "number": number, "payments": payments})


def _payment(stage: Stage, insz: str, tranche: int) -> Payment:
    """What the provider knows of a payment; only the number is for others."""
    return {"insz": insz, "amount": "600.00", "measure": "Jobbonus plus", "fiscal_year": 2024,
            "tranche": 1 + tranche % 2, "effective_on": stage.today}  # fmt: skip


def _received(stage: Stage, *outcomes: str) -> Sequence[Mapping[str, Any]]:
    """The batches that were judged, with one of these outcomes or with any."""
    found = stage.happened.events(EventKind.BATCH_RECEIVED)
    return [one for one in found if not outcomes or one["outcome"] in outcomes]


def _other_than(stage: Stage, *outcomes: str) -> Sequence[str]:
    rows = [one for one in _received(stage) if one["outcome"] not in outcomes]
    return [f"{one['day']} number {one['number']}: {one['outcome']}" for one in rows]


def _uploaded(stage: Stage) -> Iterator[Mapping[str, Any]]:
    """What lies where the gateway puts uploads that it has judged."""
    for path in sorted(stage.folder_on_disk(f"/in/{FLOW}").glob("*/*.json")):
        try:
            batch = json.loads(path.read_bytes())
        except ValueError:
            continue
        if isinstance(batch, dict):
            yield batch


def _expect_persons(stage: Stage, *persons: str) -> None:
    taken = _received(stage, "verdeeld")
    stage.expect(
        len(taken) == 1, "the batch is taken", "; ".join(_other_than(stage)) or "none came"
    )
    found = [
        record.get("insz") for batch in _uploaded(stage) for record in batch.get("records", ())
    ]
    stage.expect(sorted(map(str, found)) == sorted(persons),
                 f"it holds each person once: {len(persons)} records", f"{len(found)} records")  # fmt: skip


def _expect_told(stage: Stage, told: Told, outcome: str) -> None:
    found = told.get("outcome", "nothing")
    stage.expect(found == outcome, f"the client tells `{outcome}`", found)


def _some_numbers(count: int) -> Iterator[str]:
    """Different test numbers of people born before 2000."""
    for index in range(count):
        year, month, day = 50 + index % 45, 61 + index // 45 % 12, 1 + index // 540 % 28
        nine = (year * 10_000 + month * 100 + day) * 1_000 + 1
        yield f"{nine:09d}{check_digits(nine, born_from_2000=False):02d}"


CASES: Sequence[Case] = (
    Case(
        key="daily", title="delivers once a day", article="001 art. 5",
        rule="the data are given daily; a day has one batch, and corrections of it",
        play=_daily,
    ),
    Case(
        key="each-once", title="names each person once", article="001 C2",
        rule="the notice is a list of the numbers of those who were paid, not of payments",
        play=_each_once,
    ),
    Case(
        key="empty-day", title="delivers an empty day", article="001 art. 5",
        rule="a day without payments is an empty list; no file at all is a batch that is missing",
        play=_empty_day,
    ),
    Case(
        key="correction", title="corrects with the next sequence number", article="001 art. 7",
        rule="what was wrong or missing is put right by the source, for the day it belongs to",
        play=_correction,
    ),
    Case(
        key="conflict", title="handles 409: the day was delivered already", article="001 art. 5",
        rule="other bytes for a delivered day are refused; a person decides whether to correct",
        play=_conflict,
    ),
    Case(
        key="whole-file", title="uploads under a temporary name, then renames", article="001 art. 6",
        rule="a file on the drop server is whole when it has its name",
        play=_whole_file,
    ),
    Case(
        key="cut", title="tries again after a cut", article="001 art. 6",
        rule="what broke on its way is sent again whole, and counts once",
        play=_cut,
    ),
    Case(
        key="nothing-more", title="sends nothing beyond the INSZ", article="001 C2",
        rule="the notice holds numbers; amounts are for who asks for them",
        play=_nothing_more,
    ),
)  # fmt: skip
KIT = Kit("provider-jbplus", "The provider of the jobbonus plus (protocol 001)", UNIT, CASES)

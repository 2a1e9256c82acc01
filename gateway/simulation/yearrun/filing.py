"""The files of a run, by verb: uploads and receipts, collections, lists and payment files."""

import json
from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from hashlib import sha256
from typing import Any

from consumers.agencies.payer import Payer
from consumers.answers import Answered, Refused
from consumers.collector import Collection, Collector
from consumers.file_contents import PaymentFile, PersonList
from consumers.gaps import mend
from consumers.inbox import Inbox
from consumers.wire_http import WireFault
from gateway.simulation.units import MEMBERS_LIST, MUTATIONS, PAYMENTS, UNITS, YEARLY_LIST
from gateway.simulation.yearrun import payments, truth
from gateway.simulation.yearrun.asker import Asker
from gateway.simulation.yearrun.forms import ANSWERED, AS_WORLD, as_words
from gateway.simulation.yearrun.stage import RECEIVED, SUBSCRIBERS, Stage
from gateway.simulation.yearrun.steps import (
    AskPaymentFile,
    Collect,
    Follow,
    PassOn,
    Upload,
    YearlyList,
)
from providers.mutations import as_batch
from providers.world import in_force

WEWIS, AGII = "wewis", "agii"
FUNDS = tuple(f"zorgkas-{n}" for n in range(1, 7))
_ROUNDS = 10
_FOLDER = {unit.key: unit.folder for unit in UNITS}


def collect(stage: Stage, step: Collect) -> None:
    """Collect, verify, acknowledge; what was found is held against what is owed."""
    for unit in as_words(step.by):
        inbox = collected(stage, unit, step.flow)
        for name in inbox.waiting():
            if step.flow == PAYMENTS:
                payments.compare(stage, inbox.read_as(name, PaymentFile))
            inbox.done(name)


def follow(stage: Stage, step: Follow) -> None:
    """A payer's round: collect, note who is announced, ask about them."""
    for unit in as_words(step.by):
        inbox = collected(stage, unit, MUTATIONS)
        asker = Asker(stage, unit, step.expect, step.over)
        payer = Payer(asker, stage.payer_records(unit), stage.exchange.clock)
        if not _has_families(stage, unit):
            payer.take_on("families", stage.registers.of(unit))
        payer.take_in(inbox)
        payer.ask()


def _has_families(stage: Stage, unit: str) -> bool:
    """Whether a payer has families already; they are those whom it registered before."""
    known = ("families", unit)
    was = known in stage.chronicle.counts
    stage.chronicle.counts[known] += 1
    return was


def collected(stage: Stage, unit: str, flow: str) -> Inbox:
    """One round at the drop server. Each file must be the next that is owed, with the numbers that are due."""
    inbox = stage.inbox(unit, flow)
    found = stage.insist_on_files(unit, "collect", lambda: _round(stage, unit, inbox))
    if found.missing and stage.is_disturbed:
        _mend(stage, unit, inbox, found.missing)
        again = stage.insist_on_files(unit, "collect", lambda: _round(stage, unit, inbox))
        found = found.and_then(again)
    _judge(stage, unit, flow, found)
    for name in inbox.waiting():  # also what an earlier round kept before it broke off
        _tell(stage, unit, flow, inbox, name)
        if flow != PAYMENTS:
            _compare(stage, unit, inbox.read(name))
    return inbox


def _round(stage: Stage, unit: str, inbox: Inbox) -> Collection:
    with stage.exchange.drop(unit) as drop:
        return Collector(drop, inbox, stage.exchange.keys, _FOLDER[unit]).collect()


def _mend(stage: Stage, unit: str, inbox: Inbox, missing: Sequence[int]) -> None:
    """Have files put back; what cannot be asked now is asked at the next round."""
    with suppress(WireFault):
        mend(stage.exchange.rest(unit), inbox, missing)


def upload(stage: Stage, step: Upload) -> None:
    """WEWIS by hand."""
    numbers = stage.cast.numbers(as_words(step.who))
    content = _batch(step, numbers)
    suffix = f"_{step.number}" if step.number > 1 else ""
    status = _sent(stage, WEWIS, MUTATIONS, f"{MUTATIONS}_{step.day}{suffix}.json", content)
    corrects_nothing = step.number > 1 and step.day not in stage.batches
    usual = "refused" if stage.is_disturbed and corrects_nothing else step.expect
    stage.chronicle.expect("wewis upload", _expected(usual, "distributed"), status)
    stage.heard = stage.exchange.space.gateway.log.size
    if status == "distributed":
        stage.distributed(step.day, numbers, stage.now)


def yearly_list(stage: Stage, step: YearlyList) -> None:
    """AGII hands in who does not meet the duty on 1 January."""
    day = date(step.year, 1, 1)
    given = as_words(step.who)
    numbers = stage.cast.numbers(given) if given else truth.yearly_list(stage.world, step.year)
    suffix = f"_{step.number}" if step.number > 1 else ""
    content = _numbered(as_batch(YEARLY_LIST, day, numbers), step.number)
    status = _sent(stage, AGII, YEARLY_LIST, f"{YEARLY_LIST}_{day}{suffix}.json", content)
    stage.chronicle.expect("agii upload", _expected(step.expect, "distributed"), status)
    if status == "distributed":
        stage.files.owe("avsb", YEARLY_LIST, day, sorted(numbers))


def pass_on(stage: Stage, step: PassOn) -> None:
    """The list goes on to the care funds: each is owed its own members."""
    client = stage.exchange.rest(step.by)
    answer = stage.insist(step.by, "pass-on", lambda: client.pass_list_on(step.year))
    outcome = stage.chronicle.called(step.by, "pass-on", None, answer)
    stage.chronicle.expect("pass on", _expected(step.expect, ANSWERED), outcome)
    if outcome == ANSWERED:
        listed = truth.yearly_list(stage.world, step.year)
        for fund in FUNDS:
            members = [one for one in listed if _fund(stage, one) == fund]
            stage.files.owe(fund, MEMBERS_LIST, date(step.year, 1, 1), members)


def payment_file(stage: Stage, step: AskPaymentFile) -> None:
    """Ask for the file of this window, collect it, and work out anew who should stand in it."""
    client = stage.exchange.rest(step.by)
    answer = stage.insist(step.by, "payment-file", client.payment_file)
    outcome = stage.chronicle.called(step.by, "payment-file", None, answer)
    stage.chronicle.expect("payment file", _expected(step.expect, ANSWERED), outcome)
    if isinstance(answer, Refused):
        return
    inbox = collected(stage, step.by, PAYMENTS)
    for name in inbox.waiting():
        payments.compare(stage, inbox.read_as(name, PaymentFile))
        inbox.done(name)


def _compare(stage: Stage, unit: str, file: PersonList) -> None:
    """The day and the numbers of a list, against the next that is owed."""
    found = (file.day, list(file.insz))
    owed = (
        stage.files.any(unit, file.flow, found)
        if stage.is_disturbed
        else stage.files.next(unit, file.flow)
    )
    expected = "no file" if owed is None else _list(stage, *owed)
    stage.chronicle.expect(f"{unit} list", expected, _list(stage, file.day, file.insz))


def _list(stage: Stage, day: date, numbers: Sequence[str]) -> str:
    return f"{day}: {', '.join(stage.cast.called(one) for one in numbers) or 'nobody'}"


def _tell(stage: Stage, unit: str, flow: str, inbox: Inbox, name: str) -> None:
    digest = inbox.digest(name)
    stage.chronicle.files[f"{unit}/{name}"] = digest
    stage.chronicle.tell("file", by=unit, what="collected", flow=flow, file=name, sha256=digest)
    stage.chronicle.counts["file", flow, "collected"] += 1


def _judge(stage: Stage, unit: str, flow: str, found: Collection) -> None:
    """Nothing is wrong with what was collected; where things go wrong on purpose that shows in the end."""
    if stage.is_disturbed:
        return
    troubles = ", ".join(str(one.wrong) for one in found.troubles) or "nothing wrong"
    stage.chronicle.expect(f"{unit} collects {flow}", "nothing wrong", troubles)
    stage.chronicle.expect(f"{unit} misses of {flow}", "()", str(found.missing))


def _sent(stage: Stage, unit: str, flow: str, name: str, content: bytes) -> str:
    """Upload, and what the receipt says became of it."""
    receipt = stage.insist_on_files(
        unit, "upload", lambda: _handed_in(stage, unit, flow, name, content)
    )
    status = RECEIVED[receipt["status"]]
    digest = sha256(content).hexdigest()
    stage.chronicle.files[f"{unit}/{name}"] = digest
    stage.chronicle.tell(
        "upload", by=unit, flow=flow, file=name, outcome=status, sha256=digest,
        decision=receipt.get("beslissing"), reason=receipt.get("reden"),
    )  # fmt: skip
    stage.chronicle.counts["upload", flow, status] += 1
    return status


def _handed_in(stage: Stage, unit: str, flow: str, name: str, content: bytes) -> dict[str, Any]:
    with stage.exchange.drop(unit) as drop:
        drop.upload(flow, name, content)
        stage.exchange.space.settle()
        receipt: dict[str, Any] = json.loads(drop.receipt(name))
    return receipt


def _batch(step: Upload, numbers: Sequence[str]) -> bytes:
    batch = _numbered(as_batch(MUTATIONS, step.day, numbers), step.number)
    match step.content:
        case "rubbish":
            return batch[: len(batch) // 2]
        case "with-a-name":
            return batch.replace(b"}]", b',"naam":"x"}]', 1)
        case _:
            return batch


def _numbered(batch: bytes, number: int) -> bytes:
    return batch.replace(b'"volgnummer":1', b'"volgnummer":%d' % number, 1)


def _fund(stage: Stage, insz: str) -> str | None:
    person = stage.world.find(insz)
    membership = in_force(person.memberships, stage.today) if person is not None else None
    return membership.fund if membership is not None else None


def _expected(stated: str, usual: str) -> str:
    return usual if stated == AS_WORLD else stated


def catch_up(stage: Stage) -> None:
    """After a run in which things went wrong: whatever still waits or was lost is had put back, and collected."""
    stage.chronicle.step = "catch-up"
    for unit in SUBSCRIBERS:
        for _ in range(_ROUNDS):
            inbox = collected(stage, unit, MUTATIONS)
            for name in inbox.waiting():
                inbox.done(name)
            if not (lost := _lost(stage, unit, inbox)):
                break
            _mend(stage, unit, inbox, lost)


def _lost(stage: Stage, unit: str, inbox: Inbox) -> Sequence[int]:
    """What was given to a unit and is neither here nor over."""
    told = stage.insist(unit, "given-files", stage.exchange.rest(unit).given_files)
    kept = {*inbox.state().files, *inbox.state().given_up}
    given = told.content.files if isinstance(told, Answered) else ()
    return [one.sequence for one in given if one.flow == inbox.flow and one.sequence not in kept]

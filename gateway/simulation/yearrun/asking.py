"""The questions of a run, by verb: registrations and consultations of every protocol."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from hashlib import sha256
from typing import Any

import msgspec

from consumers.answers import Answer, Answered, Refused
from consumers.errand import Errand
from consumers.wire_rest import Stated
from gateway.simulation.agency_runs import CLERK
from gateway.simulation.yearrun.asker import Asker
from gateway.simulation.yearrun.forms import ANSWERED, AS_WORLD, OfPeople, as_words
from gateway.simulation.yearrun.stage import Stage
from gateway.simulation.yearrun.steps import (
    AskAdvice,
    AskCareAllowance,
    AskStatistics,
    AskTransactions,
    Look,
    Registration,
)


def register(stage: Stage, step: Registration) -> None:
    """Registrations, and their ends."""
    if step.do == "register":
        _ask(stage, step, lambda asker, insz: asker.register(insz, stage.today))
    else:
        _ask(stage, step, lambda asker, insz: asker.deregister(insz))


def transactions(stage: Stage, step: AskTransactions) -> None:
    """Consultations of 001."""
    errand = Errand(purpose=step.purpose, case=step.case)
    _ask(stage, step, lambda asker, insz: asker.transactions(insz, step.year, errand))


def care_allowance(stage: Stage, step: AskCareAllowance) -> None:
    """Consultations of 004."""
    errand = Errand(purpose=step.purpose, authentication=step.authentication)
    on, wants = step.reference, step.wants
    _ask(stage, step, lambda asker, insz: asker.care_allowance(insz, on, errand, wants))


def statistics(stage: Stage, step: AskStatistics) -> None:
    """Anonymous figures."""
    for unit in as_words(step.by):
        answer = stage.insist(unit, "statistics", stage.exchange.rest(unit).statistics)
        outcome = stage.chronicle.called(unit, "statistics", None, answer)
        expected = ANSWERED if step.expect == AS_WORLD else step.expect
        stage.chronicle.expect(f"{unit} statistics", expected, outcome)


def advice(stage: Stage, step: AskAdvice) -> None:
    """Consultations of 002."""
    _ask(stage, step, lambda asker, insz: asker.advice(insz, step.opening, step.fund))


def _ask(stage: Stage, step: OfPeople, ask: Callable[[Asker, str], Answer[Any]]) -> None:
    """Ask each unit's question about each person; where it goes over both wires, the answers must be equal."""
    for unit in as_words(step.by):
        askers = [Asker(stage, unit, step.expect, wire) for wire in step.wires]
        for insz in stage.cast.numbers(as_words(step.who)):
            first, *others = [_told(ask(asker, insz)) for asker in askers]
            for other in others:
                about = stage.cast.called(insz)
                stage.chronicle.expect(f"{unit} over both wires", first, other, about)


def _told(answer: Answer[Any]) -> str:
    """All of an answer but what is each question's own; digested, for it may hold a person's number.

    Of a refusal SOAP has no free text beside its title, and another status; of a warning REST has a reason and
    SOAP both numbers.
    """
    if isinstance(answer, Refused):
        grounds = tuple(replace(ground, detail="") for ground in answer.grounds)
        alike: Answer[Any] = Refused(grounds=grounds, protocol=answer.protocol)
    else:
        notices = tuple(replace(notice, reason=None, words={}) for notice in answer.notices)
        alike = replace(answer, reference="", decision=None, notices=notices)
    kind = "a refusal" if isinstance(answer, Refused) else "an answer"
    return f"{kind} {sha256(msgspec.json.encode(alike)).hexdigest()[:8]}"


def look(stage: Stage, step: Look) -> None:
    """A conversation of 000: question, identification, a look; what came of its last step counts."""
    amount = Decimal(step.amount) if step.amount is not None else None
    stated = Stated(name=step.name, first_name=step.first_name, amount=amount)
    (insz,) = stage.cast.numbers([step.who])
    for unit in as_words(step.by):
        outcome = _conversation(Asker(stage, unit), insz, stated, step)
        expected = ANSWERED if step.expect == AS_WORLD else step.expect
        stage.chronicle.expect(f"{unit} look", expected, outcome, step.who)


def _conversation(asker: Asker, insz: str, stated: Stated, step: Look) -> str:
    errand = Errand(clerk=CLERK.insz, authentication=step.authentication)
    opened = asker.open_question(insz, "Hoe staat het met mijn jobbonus?", "telefoon", errand)
    if not isinstance(opened, Answered):
        return opened.reason or "refused"
    identified = asker.identify(opened.content.key, stated, errand)
    if not isinstance(identified, Answered):
        return identified.reason or "refused"
    seen = asker.look(opened.content.key, errand)
    return ANSWERED if isinstance(seen, Answered) else seen.reason or "refused"

"""The questions of a run, by verb: registrations and consultations of every protocol."""

from decimal import Decimal

from consumers.answers import Answered
from consumers.errand import Errand
from consumers.wire_rest import Stated
from gateway.simulation.agency_runs import CLERK
from gateway.simulation.yearrun.asker import Asker
from gateway.simulation.yearrun.stage import Stage
from gateway.simulation.yearrun.steps import (
    ANSWERED,
    AS_WORLD,
    AskAdvice,
    AskCareAllowance,
    AskStatistics,
    AskTransactions,
    Look,
    Registration,
    as_words,
)


def register(stage: Stage, step: Registration) -> None:
    """Registrations, and their ends."""
    for unit in as_words(step.by):
        asker = Asker(stage, unit, step.expect)
        for insz in stage.cast.numbers(as_words(step.who)):
            if step.do == "register":
                asker.register(insz, stage.today)
            else:
                asker.deregister(insz)


def transactions(stage: Stage, step: AskTransactions) -> None:
    """Consultations of 001."""
    errand = Errand(purpose=step.purpose, case=step.case)
    for unit in as_words(step.by):
        for insz in stage.cast.numbers(as_words(step.who)):
            Asker(stage, unit, step.expect).transactions(insz, step.year, errand)


def care_allowance(stage: Stage, step: AskCareAllowance) -> None:
    """Consultations of 004."""
    errand = Errand(purpose=step.purpose, authentication=step.authentication)
    for unit in as_words(step.by):
        for insz in stage.cast.numbers(as_words(step.who)):
            Asker(stage, unit, step.expect).care_allowance(insz, step.reference, errand, step.wants)


def statistics(stage: Stage, step: AskStatistics) -> None:
    """Anonymous figures."""
    for unit in as_words(step.by):
        answer = stage.insist(unit, "statistics", stage.exchange.rest(unit).statistics)
        outcome = stage.chronicle.called(unit, "statistics", None, answer)
        expected = ANSWERED if step.expect == AS_WORLD else step.expect
        stage.chronicle.expect(f"{unit} statistics", expected, outcome)


def advice(stage: Stage, step: AskAdvice) -> None:
    """Consultations of 002."""
    for unit in as_words(step.by):
        for insz in stage.cast.numbers(as_words(step.who)):
            Asker(stage, unit, step.expect).advice(insz, step.opening, step.fund)


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

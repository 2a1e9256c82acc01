"""Registrations through the repertory itself, against the plainest model there is: one day at a time."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from gateway.adapters.database import open_database
from gateway.adapters.database.tables import REGISTRATION
from gateway.adapters.repertory import SqlRepertory
from gateway.contracts.reasons import Reason
from gateway.domain.content_checks import Today
from gateway.domain.decision import Permit, candidate, decide
from gateway.domain.decision_terms import Candidate
from gateway.domain.protocol_document import Fact
from gateway.domain.questions import RegistrationQuestion, Subject
from gateway.domain.request import Caller, Request
from gateway.domain.services import REGISTER_0200, REGISTRATION_FLOW
from tests.builders import NOON, a_bundle, a_caller, an_ask
from tests.people import NOOR

FIRST = date(2025, 1, 1)
WINDOW = [FIRST + timedelta(days=n) for n in range(30)]
FAR = [date.min, date(1900, 3, 1), date(2204, 2, 29), date.max - timedelta(days=1), date.max]
DAYS = [*FAR[:2], *WINDOW, *FAR[2:]]
"""Every day near by, and those at the ends of the calendar."""
ends = st.integers(0, 29).map(lambda n: WINDOW[n]) | st.sampled_from([date.max, date.min])


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = open_database(Path(tmp_path_factory.mktemp("repertory")) / "space.db")
    yield engine
    engine.dispose()


SENDERS = count()


@st.composite
def asked(draw: st.DrawFn) -> RegistrationQuestion:
    removes = draw(st.booleans())
    begin, end = draw(ends), draw(st.none() | ends)
    if end is not None and end < begin:
        begin, end = end, begin
    is_open = removes and draw(st.booleans())
    return RegistrationQuestion(
        insz=NOOR,
        begin=None if is_open else begin.isoformat(),
        end=None if end is None else end.isoformat(),
        removes=removes,
    )


def days_of(question: RegistrationQuestion) -> set[date]:
    begin = date.fromisoformat(question.begin or date.min.isoformat())
    end = date.fromisoformat(question.end or date.max.isoformat())
    return {day for day in DAYS if begin <= day <= end}


def a_permit() -> Permit:
    ask = an_ask(flow=REGISTRATION_FLOW, fields=frozenset({"resultaat"}))
    chosen = candidate(a_bundle(), ask, NOON)
    assert isinstance(chosen, Candidate)
    permit = decide(chosen, {})
    assert isinstance(permit, Permit)
    return permit


PERMIT = a_permit()


def tell(repertory: SqlRepertory, sender: Caller, question: RegistrationQuestion) -> bool:
    """Plan and make the change; whether it was there already."""
    request = Request(
        service=REGISTER_0200, question=question, reference="r", question_reference="r"
    ).sent_by(sender)
    fetched = asyncio.run(repertory.plan(PERMIT, request))
    if fetched.effect is not None:
        fetched.effect()
    return [one.reason for one in fetched.record.notices] == [Reason.ALREADY_REGISTERED]


def registered(repertory: SqlRepertory, sender: Caller) -> set[date]:
    who = (sender.uri, sender.hoedanigheid)
    return {day for day in DAYS if int(NOOR) in repertory.registered(*who, day)}


@given(steps=st.lists(asked(), min_size=1, max_size=8))
@settings(max_examples=40, suppress_health_check=[*HealthCheck])
def test_what_is_registered_is_what_a_calendar_with_marks_would_say(
    engine: Engine, steps: list[RegistrationQuestion]
) -> None:
    repertory, sender = SqlRepertory(engine), a_caller(uri=f"x/{next(SENDERS)}")
    model: set[date] = set()
    for question in steps:
        assert question.problems(Today(NOON.date())) == ()
        days = days_of(question)

        was_there = tell(repertory, sender, question)

        assert was_there == (not question.removes and days <= model)
        model = model - days if question.removes else model | days
        assert registered(repertory, sender) == model
    assert registered(SqlRepertory(engine), sender) == model


def test_what_is_kept_is_as_few_periods_as_can_be(engine: Engine) -> None:
    repertory, sender = SqlRepertory(engine), a_caller(uri="x/few")
    for begin, end in (("2025-01-10", "2025-01-12"), ("2025-01-13", "2025-01-20"), ("2025-01-01", "2025-01-09")):  # fmt: skip
        tell(repertory, sender, RegistrationQuestion(insz=NOOR, begin=begin, end=end))
    tell(repertory, sender, RegistrationQuestion(insz=NOOR, begin="2025-01-05", end="2025-01-05", removes=True))  # fmt: skip

    with engine.begin() as connection:
        mine = select(REGISTRATION.c.begin, REGISTRATION.c.end).where(REGISTRATION.c.uri == "x/few")
        kept = [tuple(row) for row in connection.execute(mine.order_by(REGISTRATION.c.begin))]
    assert kept == [
        (date(2025, 1, 1), date(2025, 1, 4)),
        (date(2025, 1, 6), date(2025, 1, 20)),
    ]


def test_a_registration_is_its_senders_own(engine: Engine) -> None:
    repertory, sender = SqlRepertory(engine), a_caller(uri="x/own")
    tell(repertory, sender, RegistrationQuestion(insz=NOOR, begin="2025-07-01", end="2025-07-01"))

    assert registered(repertory, a_caller(uri="x/own", hoedanigheid="andere")) == set()
    assert registered(repertory, a_caller(uri="x/owner")) == set()


@pytest.mark.parametrize(("hour", "holds"), [(21, False), (22, True)])
def test_the_day_of_a_registration_is_the_belgian_one(
    engine: Engine, hour: int, holds: object
) -> None:
    """In summer the first of July begins at ten in the evening of the day before, universal time."""
    repertory, sender = SqlRepertory(engine), a_caller(uri="x/belgian")
    tell(repertory, sender, RegistrationQuestion(insz=NOOR, begin="2025-07-01", end="2025-07-01"))
    chosen = candidate(a_bundle(), an_ask(), NOON)
    assert isinstance(chosen, Candidate)

    facts = repertory.about(
        chosen, sender, Subject(NOOR), datetime(2025, 6, 30, hour, 30, tzinfo=UTC)
    )

    assert (Fact.REGISTERED in facts) == holds

"""What is wrong with a question's content, and what it asks for."""

from dataclasses import fields
from datetime import date

import pytest

from gateway.contracts.reasons import Reason
from gateway.domain.content_checks import Today
from gateway.domain.questions import (
    CareAllowanceQuestion,
    RegistrationQuestion,
    TransactionQuestion,
)
from gateway.domain.request import Request
from tests.builders import a_caller

TODAY = Today(date(2025, 3, 10))
NOOR = "12631400209"


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (CareAllowanceQuestion(insz=NOOR, reference_date="2025-03-10"), []),
        (CareAllowanceQuestion(insz=NOOR, reference_date="2025-03-11"), [Reason.DATE_IN_FUTURE]),
        (CareAllowanceQuestion(insz=NOOR, reference_date="10-03-2025"), [Reason.DATE_INVALID]),
        (CareAllowanceQuestion(insz=NOOR, begin="2025-01-01", end="2024-01-01"), [Reason.PERIOD_INVALID]),
        (CareAllowanceQuestion(insz=NOOR, begin="2025-01-01", end="soon"), [Reason.DATE_INVALID]),
        (
            CareAllowanceQuestion(insz="1", reference_date="x", language="xx", wants_recognitions=False),
            [Reason.INSZ_INVALID, Reason.DATE_INVALID, Reason.NO_GROUP_ASKED, Reason.LANGUAGE_UNKNOWN],
        ),
        (TransactionQuestion(insz=NOOR, fiscal_year=2026), [Reason.DATE_IN_FUTURE]),
        (RegistrationQuestion(insz=NOOR, begin="2026-01-01"), []),
        (RegistrationQuestion(insz=NOOR, begin=None), [Reason.PERIOD_INVALID]),
        (RegistrationQuestion(insz=NOOR, begin=None, removes=True), []),
        (RegistrationQuestion(insz=NOOR, begin="2025-02-30"), [Reason.DATE_INVALID]),
        (RegistrationQuestion(insz=NOOR, begin="2025-W10-1"), [Reason.DATE_INVALID]),
        (
            RegistrationQuestion(insz=NOOR, begin="2025-01-01", subject_kind="OND", subject_count=2),
            [Reason.TOO_MANY_SUBJECTS, Reason.SUBJECT_KIND_REFUSED],
        ),
        (RegistrationQuestion(insz="0683590375", begin="2025-01-01", subject_kind="OND"), [Reason.SUBJECT_KIND_REFUSED]),
        (RegistrationQuestion(insz=NOOR, begin=None, end="2025-02-30", removes=True), [Reason.DATE_INVALID]),
        (RegistrationQuestion(insz=NOOR, begin=None, end="2025-02-28", removes=True), []),
        (RegistrationQuestion(insz=NOOR, begin="2025-02-28", end="2025-02-27", removes=True), [Reason.PERIOD_INVALID]),
        (RegistrationQuestion(insz=NOOR, begin="2025-00-00"), [Reason.DATE_INVALID]),
        (RegistrationQuestion(insz=NOOR, begin="2025-01-01", end="9999-12-31"), []),
    ],
)  # fmt: skip
def test_every_problem_is_told(question: CareAllowanceQuestion, expected: list[Reason]) -> None:
    assert [ground.reason for ground in question.problems(TODAY)] == expected


def test_only_what_is_asked_would_be_given() -> None:
    nothing = CareAllowanceQuestion(insz=NOOR, wants_recognitions=False)
    application = CareAllowanceQuestion(insz=NOOR, wants_recognitions=False, wants_application=True)

    assert nothing.asked() == {"insz"}
    assert application.asked() == {"insz", "statusAanvraag"}


def test_real_looking_numbers_are_let_in_only_where_that_is_set() -> None:
    question = TransactionQuestion(insz="85020100023")
    strict = [ground.reason for ground in question.problems(TODAY)]
    lenient = [g.reason for g in question.problems(Today(TODAY.day, test_numbers_only=False))]

    assert strict == [Reason.NOT_A_TEST_NUMBER]
    assert lenient == []


def test_a_request_that_was_admitted_is_the_same_but_for_its_sender() -> None:
    """`sent_by` does not go the way of `__init__`, so nothing may be forgotten or shared."""
    values = {field.name: object() for field in fields(Request)}
    sender = a_caller()

    request = Request(**values)  # type: ignore[arg-type]  # marks, not values
    admitted = request.sent_by(sender)

    assert {name: getattr(admitted, name) for name in values} == values | {"sender": sender}
    assert request.sender is values["sender"]

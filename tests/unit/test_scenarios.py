"""Scenarios of fields, dates and terms that no wire is needed for, each by its id."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from gateway.adapters.protocol_files.checked import read_document
from gateway.domain.decision import candidate
from gateway.domain.decision_terms import Candidate
from gateway.domain.legal_day import in_brussels, local_instant, period_later
from gateway.domain.services import GIVEN, TRANSACTIONS
from gateway.web.rest.bodies import BodyReader
from gateway.web.rest.decoding import BodyInvalid
from providers.sources import care_allowance, dossier, integration, transactions
from providers.world import IntegrationDuty, Person, Recognition, Transaction, World
from providers.world.people import IntegrationStep
from tests.builders import NOON, PROTOCOLS, a_bundle, an_ask, the_documents
from tests.people import JORIS, NOOR

DOCUMENTS = {document.id: document for document in the_documents()}
TEXTS = {text.id: text for text in map(read_document, sorted(PROTOCOLS.glob("*.yaml")))}
JULY = datetime(2025, 7, 10, 11, tzinfo=UTC)


def kept_until(protocol: str, rule: str, event: date) -> date:
    """The day on which what was received may no longer be kept, by the rule's own period."""
    (found,) = (one for one in TEXTS[protocol].retention if one.id == rule)
    assert found.period is not None
    return in_brussels(period_later(local_instant(event, datetime.min.time()), found.period)).date()


@pytest.mark.parametrize(
    ("protocol", "rule", "event", "until"),
    [
        ("000", "crm-antwoord", date(2024, 3, 10), date(2025, 3, 10)),
        ("002", "zorgbudget", date(2024, 6, 30), date(2029, 6, 30)),
        ("003", "een-jaar", date(2024, 7, 5), date(2025, 7, 5)),
        ("003", "een-jaar", date(2024, 2, 29), date(2025, 2, 28)),
    ],
    ids=["000-10", "002-22", "003-37", "003-37 leap day"],
)
def test_how_long_what_was_received_may_be_kept(
    protocol: str, rule: str, event: date, until: date
) -> None:
    assert kept_until(protocol, rule, event) == until


def test_003_37_and_004_18_several_terms_stand_beside_each_other() -> None:
    zele = {one.id: one.rule for one in TEXTS["003"].retention}
    (studies,) = TEXTS["004"].retention

    assert zele == {"een-jaar": "duration", "tot-nieuwe-lijst": "until-event"}
    assert (studies.period, studies.article) == ("P10Y", "art. 3")


def test_003_27_points_and_dates_of_recognition_are_never_in_the_payment_file() -> None:
    flow = DOCUMENTS["003"].flows["zele-betaalbestand"]
    listed = {field.name for field in flow.fields}

    assert listed == {
        "kind.insz", "kind.naam", "kind.voornaam", "kind.adres", "begunstigde.insz",
        "begunstigde.naam", "begunstigde.voornaam", "begunstigde.adres",
        "begunstigde.rekeningnummer", "bedrag",
    }  # fmt: skip
    ask = an_ask(party="zele", unit="zele-financien", flow=flow.key,
                 fields=frozenset(listed | {"pijler1", "diagnose", "telefoon"}))  # fmt: skip
    chosen = candidate(a_bundle(), ask, JULY)
    assert isinstance(chosen, Candidate)
    assert {one.name for one in chosen.withheld} == {"pijler1", "diagnose", "telefoon"}


def test_004_10_an_income_replacement_allowance_is_a_purpose_and_no_datum() -> None:
    given = GIVEN[DOCUMENTS["004"].flows["zorgtoeslag"].service]
    chosen = candidate(a_bundle(), an_ask(fields=given), NOON)

    assert isinstance(chosen, Candidate)
    assert set(chosen.fields) == {"insz", "pijler1", "periode.begin", "periode.einde"}
    assert not any("tegemoetkoming" in name or "inkomen" in name for name in given)


@pytest.mark.parametrize("member", ["naam", "adres", "rijksregisternummer"])
def test_001_16_nobody_is_found_by_anything_but_the_number(member: str) -> None:
    body = json.dumps({member: "iemand"}).encode()

    with pytest.raises(BodyInvalid):
        BodyReader().read(TRANSACTIONS, body)


class OnePerson(World):
    """A world of one."""

    def __init__(self, **facts: Any) -> None:
        super().__init__(1)
        known = self.find(NOOR)
        assert known is not None
        words: dict[str, Any] = {"insz": NOOR, "name": "Een", "first_name": "Een",
                                 "born": known.born, "residences": known.residences}  # fmt: skip
        self._people = {NOOR: Person(**(words | facts))}


def answered(body: bytes) -> Any:
    return json.loads(body).get("record")


def test_001_12_a_second_tranche_after_the_first_and_other_amounts_pass() -> None:
    paid = [(1, "600.00", date(2024, 1, 10)), (2, "600.00", date(2025, 1, 11)), (2, "450.00", date(2025, 2, 1))]  # fmt: skip
    world = OnePerson(transactions=tuple(
        Transaction(fiscal_year=2024, tranche=tranche, amount=Decimal(amount), effective=day)
        for tranche, amount, day in paid
    ))  # fmt: skip
    record = answered(transactions.answer(world, {"insz": NOOR}, date(2025, 3, 10)))

    told = [(one["bedragtype"], one["verrichtingbedrag"]) for one in record["verrichtingen"]]
    assert told == [(1, "600.00"), (2, "600.00"), (2, "450.00")]


def a_duty(*steps: tuple[date, date, bool]) -> OnePerson:
    made = tuple(
        IntegrationStep(since=since, known=known, fulfilled=fulfilled)
        for since, known, fulfilled in steps
    )
    return OnePerson(duty=IntegrationDuty(scheme="vlaams", since=date(2018, 1, 1), steps=made))


@pytest.mark.parametrize(
    ("day", "today", "fulfilled"),
    [
        (date(2023, 5, 1), date(2024, 1, 1), True),
        (date(2023, 5, 1), date(2024, 9, 1), True),
        (date(2024, 7, 1), date(2024, 9, 1), False),
        (date(2024, 7, 1), date(2024, 6, 15), True),
    ],
    ids=["before it is annulled", "before, asked after", "after", "after, not known yet"],
)
def test_002_06_the_state_of_the_day_as_known_when_asked(
    day: date,
    today: date,
    fulfilled: bool,  # noqa: FBT001  it is the expectation
) -> None:
    """Fulfilled in 2022; annulled from June 2024 on, known from July 2024 on."""
    world = a_duty((date(2022, 3, 1), date(2022, 3, 4), True), (date(2024, 6, 1), date(2024, 7, 1), False))  # fmt: skip
    record = answered(integration.answer(world, {"insz": NOOR, "day": day.isoformat()}, today))

    assert record["voldaan"] is fulfilled


def a_recognition(year: int, end: date | None) -> Recognition:
    return Recognition(decided=date(year, 1, 5), begin=date(year, 1, 1), end=end, pillar1=4,
                       pillar2=(0, 0, 0, 0), pillar3=(0, 0, 0))  # fmt: skip


def touching(count: int, day: date) -> list[str]:
    world = OnePerson(recognitions=tuple(a_recognition(2008 + n, None) for n in range(count)))
    query = {"insz": NOOR, "begin": day.isoformat(), "end": day.isoformat()}
    record = answered(care_allowance.answer(world, query, date(2025, 3, 10)))
    return [one["periode"]["begin"] for one in record["erkenningen"]]


def test_004_06_every_recognition_that_touches_the_day_and_ten_at_most() -> None:
    assert len(touching(3, date(2024, 12, 31))) == 3
    assert len(touching(12, date(2024, 12, 31))) == 10


@pytest.mark.parametrize("day", [date(2020, 12, 31), date(2021, 1, 1), date(2020, 1, 1)])
def test_004_09_any_reference_date_is_taken(day: date) -> None:
    """The example in the text is one year off (O-42): a finding, not a refusal."""
    world = OnePerson(recognitions=(a_recognition(2019, date(2021, 6, 30)),))
    query = {"insz": NOOR, "begin": day.isoformat(), "end": day.isoformat()}

    assert answered(care_allowance.answer(world, query, date(2025, 3, 10)))
    assert "O-42" in {finding.code for finding in TEXTS["004"].findings}


def test_000_26_a_missing_account_is_absent_and_the_status_says_so() -> None:
    record = answered(dossier.answer(World(1), {"insz": JORIS}, date(2025, 3, 10)))

    assert record["rekeningnummer"] is None
    assert "rekeningnummer ontbreekt" in record["status"]

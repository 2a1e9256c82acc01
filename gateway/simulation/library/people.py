"""The people of a scenario: personas by their key, and those that it invents."""

from collections.abc import Mapping
from decimal import Decimal
from functools import cache

from gateway.simulation.library.given import Invented, Lives, Recognised
from providers.world import IntegrationDuty, Person, Recognition, Transaction
from providers.world.numbers import test_number
from providers.world.people import IntegrationStep, Membership, Residence
from providers.world.personas import BRUSSEL, GENT, LEUVEN, LOKEREN, ZELE, personas

_TOWNS = {"zele": ZELE, "gent": GENT, "lokeren": LOKEREN, "leuven": LEUVEN, "brussel": BRUSSEL}
_SERIAL = 700
_PILLAR2, _PILLAR3 = 4, 3
_MOST2, _MOST3 = 3, 6


@cache
def known_people() -> Mapping[str, str]:
    """The number of each persona."""
    return {one.key: one.insz for one in personas() if one.key is not None}


def numbers_of(invented: Mapping[str, Invented]) -> Mapping[str, str]:
    """The number of everybody that a scenario may speak of; those invented get a test number each."""
    mine = {
        key: test_number(one.born, _SERIAL + index)
        for index, (key, one) in enumerate(invented.items())
    }
    return {**known_people(), **mine}


def person_of(key: str, one: Invented, numbers: Mapping[str, str]) -> Person:
    """Somebody invented, as the world holds people."""
    return Person(
        insz=numbers[key],
        name="Scenario",
        first_name=key.capitalize(),
        born=one.born,
        residences=tuple(_residence(home) for home in one.lives),
        recognitions=tuple(_recognition(given) for given in one.recognised),
        care_paid_months=tuple(one.paid_months),
        care_arrears=dict(one.arrears),
        beneficiaries=tuple(numbers.get(who, who) for who in one.beneficiaries),
        account=one.account,
        transactions=tuple(
            Transaction(fiscal_year=paid.year, tranche=paid.tranche,
                        amount=Decimal(paid.amount), effective=paid.effective)
            for paid in one.transactions
        ),
        duty=_duty(one),
        memberships=tuple(Membership(since=m.since, fund=m.fund) for m in one.member),
    )  # fmt: skip


def _residence(home: Lives) -> Residence:
    postcode, municipality, nis = _TOWNS[home.town]
    return Residence(since=home.since, street="Proefweg", number="1", postcode=postcode,
                     municipality=municipality, nis=nis)  # fmt: skip


def _recognition(given: Recognised) -> Recognition:
    first, second, third = given.points
    return Recognition(
        decided=given.begin,
        begin=given.begin,
        end=given.end,
        pillar1=first,
        pillar2=_shared(second, _PILLAR2, _MOST2),  # type: ignore[arg-type]  # four of them
        pillar3=_shared(third, _PILLAR3, _MOST3),  # type: ignore[arg-type]  # three of them
    )


def _shared(points: int, parts: int, most: int) -> tuple[int, ...]:
    """Points over the parts of a pillar, each as full as it can be; the last takes what is too much."""
    found = []
    for left in range(parts, 0, -1):
        found.append(points if left == 1 else min(points, most))
        points -= found[-1]
    return tuple(found)


def _duty(one: Invented) -> IntegrationDuty | None:
    if one.duty_since is None:
        return None
    steps = tuple(
        IntegrationStep(since=step.since, known=step.known or step.since,
                        fulfilled=step.fulfilled, reason=step.reason)
        for step in one.duty_steps
    )  # fmt: skip
    return IntegrationDuty(scheme="vlaams", since=one.duty_since, steps=steps)

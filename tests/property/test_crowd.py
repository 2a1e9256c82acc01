"""The crowd: the same for a seed, coherent in every source, and never in the way of who has a name."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.contracts.insz import InszKind, parse_insz
from providers.mutations import batch_for
from providers.sources import (
    care_allowance,
    dossier,
    integration,
    payments,
    statistics,
    transactions,
)
from providers.world import Person, World, in_force
from providers.world.coherence import defects
from providers.world.crowd import Crowd
from providers.world.draws import Draws
from providers.world.personas import ZELE

MANY = 12_000
YEAR = [date(2025, 1, 1) + timedelta(days=n) for n in range(365)]
SEEDS = st.integers(0, 2**63)
ASKS = {
    care_allowance: {"begin": "2018-01-01", "end": "2029-01-01"},
    dossier: {},
    integration: {"day": "2025-01-01"},
    transactions: {},
}


@cache
def country() -> World:
    """One world for all who only look at it."""
    return World(3, MANY)


@cache
def everybody() -> tuple[Person, ...]:
    return tuple(country())


def crowd() -> Iterator[Person]:
    named = {person.insz for person in World(3)}
    return (person for person in everybody() if person.insz not in named)


@given(SEEDS, st.text(max_size=8), st.integers(0, 2**40), st.integers(1, 2**31 - 1))
def test_a_draw_is_the_same_alone_and_in_a_column(
    seed: int, topic: str, at: int, below: int
) -> None:
    draws = Draws(seed)

    column = draws(topic, np.arange(at, at + 5), below)

    assert column.tolist() == [draws(topic, at + n, below) for n in range(5)]
    assert 0 <= column.min() <= column.max() < below


def test_draws_are_even() -> None:
    found = Counter(Draws(1)("dice", np.arange(60_000), 6).tolist())

    assert set(found) == set(range(6))
    assert all(9_500 < count < 10_500 for count in found.values())


@settings(max_examples=25)
@given(SEEDS, st.integers(0, 120), st.integers(1, 120))
def test_a_larger_crowd_begins_with_the_smaller_one(seed: int, size: int, more: int) -> None:
    small, large = list(Crowd(seed, size)), list(Crowd(seed, size + more))

    assert [one.insz for one in small] == [one.insz for one in large][: len(small)]
    whole = max(0, len(small) - 10)  # the last home is cut off
    assert small[:whole] == large[:whole]


@settings(max_examples=25)
@given(SEEDS, st.integers(0, 200))
def test_everybody_is_found_by_a_test_number_of_their_own(seed: int, size: int) -> None:
    world = World(seed, size)
    people = list(world)

    assert len({one.insz for one in people}) == len(people) >= size
    assert {parse_insz(one.insz).kind for one in people} == {InszKind.TEST}
    assert all(world.find(one.insz) == one for one in people)


@settings(max_examples=25)
@given(SEEDS, st.integers(1, 200))
def test_a_crowd_changes_nobody_who_was_there_without_it(seed: int, size: int) -> None:
    alone, beside = World(seed), World(seed, size)

    assert list(beside)[: len(list(alone))] == list(alone)
    assert beside.persona_list() == alone.persona_list()


@pytest.mark.parametrize(
    "text", ["", "1", "12631400200", "00000000000", "x" * 11, "99999999999", "７" * 11]
)
def test_nobody_has_what_is_no_number_of_the_crowd(text: str) -> None:
    assert country().find(text) is None


def test_everybody_is_coherent() -> None:
    world = country()

    assert [found for one in everybody() if (found := defects(one, world.find))] == []


def test_all_that_can_happen_happens_within_a_year() -> None:
    happened = Counter(event for person in crowd() for event in events(person))

    assert {event for event, count in happened.items() if count} == {
        "birth", "death", "move in", "move out", "move", "replaced", "cancelled", "recognised", "reviewed",
        "paid", "recovered", "second tranche", "duty met", "duty not met", "fund changed", "right changed",
        "arrears",
    }  # fmt: skip


def events(person: Person) -> Iterator[str]:
    """What happens to somebody in 2025."""
    days: dict[str, Sequence[date | None]] = {
        "birth": [person.born], "death": [person.died], "cancelled": [person.cancelled_on],
        "replaced": [person.replaced_on],
        "recognised": [one.begin for one in person.recognitions[:1]],
        "reviewed": [one.begin for one in person.recognitions[1:]],
        "paid": [one.effective for one in person.transactions if one.amount > 0],
        "recovered": [one.effective for one in person.transactions if one.amount < 0],
        "second tranche": [one.effective for one in person.transactions if one.tranche == 2],
        "duty met": [one.known for one in (person.duty.steps if person.duty else ()) if one.fulfilled],
        "duty not met": [one.known for one in (person.duty.steps if person.duty else ()) if not one.fulfilled],
        "fund changed": [one.since for one in person.memberships[1:]],
        "right changed": [one.since for one in person.rights[1:]],
        "arrears": list(person.care_arrears.values()),
        **{moved: [day] for moved, day in moves(person)},
    }  # fmt: skip
    for event, found in days.items():
        yield from (event for day in found if day is not None and day.year == 2025)


def moves(person: Person) -> Iterator[tuple[str, date]]:
    for before, after in zip(person.residences, person.residences[1:], strict=False):
        into, out = after.nis == ZELE[2], before.nis == ZELE[2]
        yield "move in" if into else "move out" if out else "move", after.since


def test_parents_and_children_live_together() -> None:
    world = country()
    children = [one for one in crowd() if one.parents and one.is_living(YEAR[0])]

    assert len(children) > MANY // 6
    for child in children[::7]:
        homes = {
            in_force(one.residences, YEAR[-1])
            for one in (child, *map(world.find, child.parents))
            if one
        }
        assert len({(home.street, home.number, home.nis) for home in homes if home}) == 1


def test_the_batch_of_a_day_is_what_the_people_of_that_day_were_paid() -> None:
    under_another_number = {
        paid.effective for one in crowd() for paid in one.transactions
        if one.replaced_on and paid.effective >= one.replaced_on
    }  # fmt: skip
    assert under_another_number
    for day in {*YEAR[::13], *under_another_number}:
        expected = sorted(
            one.insz for one in everybody() for paid in one.transactions
            if paid.effective == day and one.is_in_force(day)
        )  # fmt: skip
        records = json.loads(batch_for(country(), day))["records"]
        assert [record["insz"] for record in records] == expected


def test_nothing_is_paid_at_the_weekend() -> None:
    paid = [one.effective.weekday() for person in crowd() for one in person.transactions]

    assert set(paid) == {0, 1, 2, 3, 4}


def test_the_figures_are_those_of_everybody() -> None:
    day = date(2025, 9, 30)
    expected: dict[tuple[int, int], list[Any]] = {}
    for person in everybody():
        for one in person.transactions if person.is_in_force(day) else ():
            if one.effective <= day:
                people, net = expected.setdefault(
                    (one.fiscal_year, one.tranche), [set(), Decimal(0)]
                )
                people.add(person.insz)
                expected[one.fiscal_year, one.tranche][1] = net + one.amount

    cells = json.loads(statistics.answer(country(), {}, day))["record"]["cellen"]

    assert {(c["fiscaalJaar"], c["bedragtype"]): (c["aantal"], c["verrichtingbedrag"]) for c in cells} == {
        cell: (len(people), f"{net:.2f}") for cell, (people, net) in expected.items()
    }  # fmt: skip


def test_the_yearly_list_is_of_everybody_living_under_the_duty() -> None:
    day = date(2025, 1, 1)

    found = integration.unfulfilled(country().under_duty(), day)

    assert list(found) == list(integration.unfulfilled(everybody(), day))
    assert len(found) > MANY // 200


def paid_children(today: date) -> list[dict[str, Any]]:
    record = json.loads(payments.answer(country(), {"year": 2025, "municipality": ZELE[2]}, today))
    children: list[dict[str, Any]] = record["record"]["kinderen"]
    return children


def test_the_payments_of_a_municipality_are_of_everybody_who_lived_there() -> None:
    today = date(2025, 12, 31)
    expected = {
        one.insz for one in everybody()
        if one.is_in_force(today) and any(home.nis == ZELE[2] for home in one.residences)
        and any(month.startswith("2025") and month < "2025-12" for month in one.care_paid_months)
    }  # fmt: skip

    assert {child["kind"]["insz"] for child in paid_children(today)} == expected
    assert len(expected) > 5


def test_nobody_who_is_dead_receives_a_payment() -> None:
    payees = [
        (today, country().find(who["insz"]))
        for today in YEAR[20::60]
        for child in paid_children(today)
        for month in child["maanden"]
        for who in month["begunstigden"]
    ]

    assert len(payees) > 100
    assert [one for today, one in payees if one is None or not one.is_living(today)] == []


def told(source: Any, insz: str, today: date) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        source.answer(country(), {"insz": insz, **ASKS[source]}, today)
    )
    return found


@pytest.mark.parametrize("source", ASKS, ids=lambda one: one.__name__.rsplit(".", 1)[-1])
def test_a_replaced_number_is_replaced_in_every_source(source: Any) -> None:
    replaced = [one for one in crowd() if one.replaced_by]
    assert len(replaced) > 20
    for person in replaced:
        assert person.replaced_by is not None
        assert person.replaced_on is not None
        day = person.replaced_on
        before = told(source, person.insz, day - timedelta(days=1))
        assert told(source, person.replaced_by, day - timedelta(days=1)) == {"status": "unknown"}
        assert before["status"] != "replaced"
        old, new = (told(source, one, day) for one in (person.insz, person.replaced_by))
        if before["status"] == "found":
            assert (old["status"], old["replaced_by"]) == ("replaced", person.replaced_by)
            assert (new["status"], new["replaced_by"]) == ("found", None)
            assert mentioned(before["record"]) <= {person.insz}
            assert mentioned(old["record"]) | mentioned(new["record"]) <= {person.replaced_by}
        else:
            assert old["status"] == new["status"] == "none"


def mentioned(record: Mapping[str, Any]) -> set[str]:
    """Whose numbers stand in a record."""
    return {record["insz"]} if "insz" in record else {record["persoon"]["insz"]}


def test_after_its_replacement_a_number_is_in_no_list_any_more() -> None:
    gone = {one.insz: one.replaced_on for one in crowd() if one.replaced_on}
    for day in YEAR[::30]:
        world, today = country(), day
        listed = [*world.transactions_on(day), *integration.unfulfilled(world.under_duty(), day)]
        paid = json.dumps(paid_children(today))
        assert not [one for one in listed if (gone.get(one) or date.max) <= day]
        assert not [one for one, since in gone.items() if since <= today and one in paid]


@pytest.mark.parametrize("source", ASKS, ids=lambda one: one.__name__.rsplit(".", 1)[-1])
def test_who_is_not_born_yet_is_unknown_and_a_cancelled_number_says_so(source: Any) -> None:
    unborn = [one for one in crowd() if one.born > YEAR[0]]
    cancelled = [one for one in crowd() if one.cancelled_on]

    assert len(unborn) > 50
    assert len(cancelled) > 3
    assert all(told(source, one.insz, YEAR[0])["status"] == "unknown" for one in unborn)
    for one in cancelled:
        assert one.cancelled_on is not None
        assert told(source, one.insz, one.cancelled_on) == {"status": "cancelled"}
        assert told(source, one.insz, one.cancelled_on - timedelta(days=1))["status"] != "cancelled"


def test_the_dead_have_no_right_and_are_no_members() -> None:
    dead = [
        one
        for one in crowd()
        if one.died and one.memberships and one.memberships[0].since < one.died
    ]
    assert len(dead) > 20
    for one in dead:
        assert one.died is not None
        fund = in_force(one.memberships, one.died)
        assert fund is not None
        assert country().member_evidence(one.insz, fund.fund, one.died) is None
        assert country().right_evidence(one.insz, one.died) is None
        the_day_before = one.died - timedelta(days=1)
        last = in_force(one.memberships, the_day_before)
        assert last is not None
        assert country().member_evidence(one.insz, last.fund, the_day_before) is not None


def test_all_numbers_of_somebody_are_found_from_any_of_them() -> None:
    for one in [one for one in crowd() if one.replaced_by][:20]:
        assert one.replaced_by is not None
        both = [one.insz, one.replaced_by]
        assert [country().numbers_of(number) for number in both] == [both, both]


def test_a_record_is_always_the_same() -> None:
    first = next(crowd())
    again = World(3, MANY)

    assert again.find(first.insz) == first
    assert replace(first) == country().find(first.insz)

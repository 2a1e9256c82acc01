"""Whatever testers do to people: refused whole, or everybody is still coherent and every list agrees."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.adapters.clock import SpaceClock
from gateway.contracts.faults import RefusedFault
from gateway.domain.legal_day import in_brussels
from gateway.settings import DEMO_CLOCK, Settings
from gateway.simulation.people_desk import PeopleDesk, open_people
from providers.sources.integration import unfulfilled
from providers.world import Person, World, changes
from providers.world.changes import NotPossible
from providers.world.coherence import defects
from providers.world.names import TOWNS

SEED, PEOPLE = 3, 900
ZELE = "42028"
PLAIN = World(SEED, PEOPLE)
EVERYBODY = sorted(one.insz for one in PLAIN)
NAMED = [one.insz for one in PLAIN.named()]
REPLACED = [one.insz for one in PLAIN if one.replaced_by is not None]
DAYS = st.dates(date(2024, 1, 1), date(2026, 12, 31))
MONEY = st.integers(1, 90_000).map(lambda cents: Decimal(cents) / 100)
Step = tuple[str, str, date, str, Decimal]
STEPS = st.tuples(
    st.sampled_from(EVERYBODY) | st.sampled_from([*REPLACED, *NAMED]),
    st.sampled_from(("died", "cancelled", "replaced", "moved", "joined", "paid", "recovered", "revert")),
    DAYS,
    st.sampled_from([town[1] for town in TOWNS]),
    MONEY,
)  # fmt: skip


def clock() -> SpaceClock:
    return SpaceClock(in_brussels(datetime.fromisoformat(DEMO_CLOCK)))


def opened(folder: str) -> tuple[World, PeopleDesk]:
    options = Settings(data=Path(folder), seed=SEED, people=PEOPLE)
    world, _, desk = open_people(options, clock(), Path(folder))
    return world, desk


def do(desk: PeopleDesk, step: Step) -> None:
    insz, what, on, town, money = step
    each: dict[str, Callable[[Person], Person]] = {
        "died": lambda one: changes.died(one, on),
        "cancelled": lambda one: changes.cancelled(one, on),
        "moved": lambda one: changes.moved(one, on, town),
        "joined": lambda one: changes.joined(one, on, "zorgkas-4"),
        "paid": lambda one: changes.paid(one, on, money),
        "recovered": lambda one: changes.paid(one, on, -money),
    }
    if what == "revert":
        desk.revert(insz)
    elif what == "replaced":
        last = desk.records(insz)[-1]
        desk.put(changes.replaced(last, on, desk.free_number(last.born)))
    else:
        desk.put([each[what](one) for one in desk.records(insz)])


def who(person: Person) -> tuple[object, ...]:
    """What a persona keeps, whatever befalls it."""
    return person.key, person.insz, person.name, person.first_name, person.born, person.shows


def agree(world: World, day: date) -> None:
    """What is found in columns is what a look at everybody gives."""
    people = list(world)
    assert len({one.insz for one in people}) == len(people)
    assert list(world.transactions_on(day)) == sorted(
        one.insz for one in people for paid in one.transactions
        if paid.effective == day and one.is_in_force(day)
    )  # fmt: skip
    net: dict[tuple[int, int], dict[str, Decimal]] = {}
    for one in people:
        for paid in one.transactions if one.is_in_force(day) else ():
            if paid.effective <= day:
                cell = net.setdefault((paid.fiscal_year, paid.tranche), {})
                cell[one.insz] = cell.get(one.insz, Decimal(0)) + paid.amount
    assert world.figures(day) == {key: (len(of), sum(of.values())) for key, of in net.items()}
    assert list(unfulfilled(world.under_duty(), day)) == list(unfulfilled(people, day))
    assert {one.insz for one in world.paid_in(ZELE) if one.care_paid_months} == {
        one.insz for one in people
        if one.care_paid_months and any(home.nis == ZELE for home in one.residences)
    }  # fmt: skip


@settings(max_examples=8)
@given(st.lists(STEPS, min_size=1, max_size=8))
def test_everybody_stays_coherent_and_every_list_agrees(steps: list[Step]) -> None:
    with TemporaryDirectory() as folder, TemporaryDirectory() as other:
        world, desk = opened(folder)
        for step in steps:
            before = world.own()
            try:
                do(desk, step)
            except (RefusedFault, NotPossible):
                assert world.own() == before
        paid = {of.effective for one in world.own() for of in one.transactions}
        for day in {steps[0][2], steps[0][2] + timedelta(days=1), *sorted(paid)[-3:]}:
            agree(world, day)
        assert [found for one in world if (found := defects(one, world.find))] == []
        assert [who(one) for one in world.named()] == [who(one) for one in PLAIN.named()]

        content = b"".join(desk.export(whole=False))
        again, fresh = opened(other)
        fresh.take_in(content)
        assert list(again) == list(world)
        assert b"".join(fresh.export(whole=False)) == content
        assert list(opened(folder)[0]) == list(world)

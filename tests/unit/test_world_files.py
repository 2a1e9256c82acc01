"""People as plain files, changes by hand, and what does not fit: each rule broken on its own."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from providers.world import Person, World
from providers.world.changes import (
    NotPossible,
    cancelled,
    died,
    given_number,
    joined,
    moved,
    paid,
    replaced,
)
from providers.world.coherence import defects
from providers.world.files import FileInvalid, person_of, read, row_of, written
from providers.world.happenings import KINDS, between, happenings
from providers.world.people import IntegrationStep
from tests.people import AMINA, BRAM, BRAM_PARENT, ELIF, KARIM, NOOR, OSCAR, SOFIE, WILMA

HEADER = b'{"world":1,"seed":1,"people":0}\n'
WORLD = World(1, 600)


def somebody(insz: str) -> Person:
    found = WORLD.find(insz)
    assert found is not None
    return found


@settings(max_examples=20)
@given(st.integers(0, 2**63), st.integers(0, 150))
def test_a_file_comes_back_to_the_byte(seed: int, people: int) -> None:
    world = World(seed, people)
    content = b"".join(written(seed, people, world))

    header, found = read(content)

    assert found == list(world)
    assert (header.seed, header.people) == (seed, people)
    assert b"".join(written(header.seed, header.people, found)) == content


def test_a_line_has_only_what_there_is_to_say() -> None:
    (line,) = list(written(1, 0, [somebody(WILMA)]))[1:]

    assert set(json.loads(line)) == {"insz", "name", "first_name", "born", "residences", "key", "shows", "cancelled_on"}  # fmt: skip


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "line 1"),
        (b"[]", "line 1"),
        (b'{"world":2,"seed":1,"people":0}', "version 2"),
        (HEADER + b"{", "line 2"),
        (HEADER + b"{}", "line 2: Object missing required field `insz`"),
        (HEADER + b"\n[1]", "line 3"),
    ],
)
def test_a_file_that_cannot_be_read_says_where(content: bytes, told: str) -> None:
    with pytest.raises(FileInvalid, match=told):
        read(content)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"born": "yesterday"}, "born"),
        ({"hobby": "chess"}, "no member `.*hobby"),
        ({"residences": [{"since": "2020-01-01"}]}, "residences"),
        ({"transactions": [{"fiscal_year": 2024, "tranche": 1, "amount": "x", "effective": "2025-01-01"}]}, "amount"),
        ({"insz": 5}, "insz"),
    ],
)  # fmt: skip
def test_a_row_that_is_nobody_says_which_member(change: dict[str, Any], told: str) -> None:
    with pytest.raises(FileInvalid, match=told) as caught:
        person_of(row_of(somebody(KARIM)) | change)
    assert KARIM not in str(caught.value)


def test_an_unknown_member_deep_inside_is_found() -> None:
    row = row_of(somebody(KARIM))
    row["transactions"][0]["colour"] = "red"

    with pytest.raises(FileInvalid, match=r"transactions\[0\].colour"):
        person_of(row)


def test_a_number_stands_in_a_file_once() -> None:
    line = list(written(1, 0, [somebody(KARIM)]))[1]

    with pytest.raises(FileInvalid, match="line 3: this number was in an earlier line"):
        read(HEADER + line + line)


def wrong() -> dict[str, Person]:
    """People with one thing each that does not fit, by what is told of it."""
    noor, karim, oscar, elif_ = (somebody(one) for one in (NOOR, KARIM, OSCAR, ELIF))
    amina, bram = somebody(AMINA), somebody(BRAM)
    assert amina.duty is not None
    early = IntegrationStep(since=date(2010, 1, 1), known=date(2010, 1, 1), fulfilled=True)
    (one,) = karim.transactions
    return {
        "insz: this is no test number": replace(karim, insz="90112301168"),
        "insz: the number tells": replace(karim, born=date(1990, 11, 24)),
        "replaced_on: there is no": replace(karim, replaced_on=date(2025, 1, 1)),
        "replaced_by: there is no": replace(karim, replaced_by="1" * 11),
        "replaced_by: that record": replace(karim, replaced_by=ELIF),
        "replaced_on: the other": replace(oscar, replaced_on=date(2025, 1, 1)),
        "cancelled_on: a number": replace(oscar, cancelled_on=date(2025, 1, 1)),
        "died: before": replace(karim, transactions=(), died=date(1980, 1, 1)),
        "number_since: before": replace(karim, number_since=date(1980, 1, 1)),
        "residences: everybody": replace(karim, residences=()),
        "residences: not in order": replace(bram, residences=bram.residences[::-1]),
        "memberships: not in order": replace(amina, memberships=amina.memberships[::-1]),
        "rights: not in order": replace(elif_, rights=elif_.rights * 2),
        "recognitions: not in order": replace(noor, recognitions=noor.recognitions * 2),
        "duty: a step before": replace(amina, duty=replace(amina.duty, steps=(early,))),
        "parents: somebody who is not in": replace(noor, parents=("1" * 11,)),
        "parents: somebody who is not older": replace(noor, parents=(BRAM,)),
        "beneficiaries: somebody who is not in": replace(noor, beneficiaries=("1" * 11,)),
        "beneficiaries: months are paid to nobody": replace(noor, beneficiaries=()),
        "care_paid_months: not in order": replace(noor, care_paid_months=("2024-02", "2024-01")),
        "care_paid_months: before": replace(noor, care_paid_months=("2011-01",)),
        "care_paid_months: after": replace(noor, died=date(2025, 1, 1)),
        "care_paid_months: a month without": replace(noor, care_paid_months=("2027-01",)),
        "care_arrears: of a month": replace(noor, care_arrears={"2020-01": date(2020, 3, 1)}),
        "transactions: on a day": replace(karim, cancelled_on=date(2025, 3, 10)),
        "transactions: more is": replace(karim, transactions=(one, replace(one, amount=-2 * one.amount))),
    }  # fmt: skip


@pytest.mark.parametrize("told", wrong())
def test_what_does_not_fit_is_told_without_numbers(told: str) -> None:
    person = wrong()[told]

    found = defects(person, WORLD.find)

    assert any(one.startswith(told) for one in found), found
    assert not any(character.isdigit() for one in found for character in one.partition(":")[0])
    assert person.insz not in str(found)


def test_a_beneficiary_lives_on_every_payday() -> None:
    world = World(1)
    sofie = world.find(SOFIE)
    assert sofie is not None
    world.settle(replace(sofie, died=date(2025, 6, 1), jobbonus=None))
    noor = world.find(NOOR)
    assert noor is not None

    assert defects(noor, world.find) == ["beneficiaries: somebody who is dead on a payday"]


def test_the_dead_are_paid_nothing_more() -> None:
    gone = died(somebody(NOOR), date(2025, 5, 20))

    assert gone.care_paid_months[-1] == "2025-05"
    assert defects(gone, WORLD.find) == []
    assert died(somebody(KARIM), date(2025, 3, 10)).transactions == ()
    assert died(somebody(KARIM), date(2025, 3, 11)).transactions != ()


def test_who_moves_lives_there_from_that_day() -> None:
    found = moved(somebody(BRAM), date(2025, 2, 1), "gent")

    assert [(home.since, home.municipality) for home in found.residences] == [
        (date(2014, 6, 5), "Zele"),
        (date(2025, 2, 1), "Gent"),
    ]
    with pytest.raises(NotPossible, match="Zele, Gent"):
        moved(somebody(BRAM), date(2025, 2, 1), "Atlantis")


def test_what_is_recovered_is_of_the_payment_before_it() -> None:
    later = paid(somebody(KARIM), date(2025, 5, 1), Decimal("-100.00"))

    assert (later.transactions[-1].fiscal_year, later.transactions[-1].amount) == (2024, Decimal("-100.00"))  # fmt: skip
    with pytest.raises(NotPossible, match="nothing was paid"):
        paid(somebody(KARIM), date(2025, 3, 9), Decimal("-1.00"))
    assert paid(somebody(SOFIE), date(2025, 4, 1), Decimal("600.00")).transactions[0].tranche == 1


def test_a_number_is_replaced_once_and_both_tell_the_same() -> None:
    number = given_number(somebody(KARIM).born, 0)
    old, new = replaced(somebody(KARIM), date(2025, 4, 1), number)

    assert (old.replaced_by, new.insz, new.number_since) == (number, number, date(2025, 4, 1))
    assert replace(new, insz=KARIM, number_since=None, key="karim", shows=old.shows) == somebody(KARIM)  # fmt: skip
    with pytest.raises(NotPossible, match="replaced already"):
        replaced(old, date(2025, 5, 1), number)


def test_numbers_by_hand_are_of_nobody_else() -> None:
    born = date(1990, 11, 23)
    numbers = {given_number(born, nth) for nth in range(100)}

    assert len(numbers) == 100
    assert not any(World(9, 3_000).find(one) for one in numbers)
    with pytest.raises(NotPossible, match="is taken"):
        given_number(born, 100)


def test_other_changes() -> None:
    assert (
        joined(somebody(AMINA), date(2025, 1, 1), "zorgkas-6").memberships[-1].fund == "zorgkas-6"
    )
    gone = cancelled(somebody(KARIM), date(2025, 1, 1))
    assert defects(gone, WORLD.find) == []
    assert gone.transactions == ()


def test_what_happens_is_told_in_order_and_without_numbers() -> None:
    told = {person.key: happenings(person) for person in WORLD if person.key}

    assert [kind for _, kind, _ in told["elif"]] == ["born", "right", "paid", "right", "recovered"]
    assert (date(2025, 5, 15), "moved", "Zele to Lokeren") in told["bram"]
    assert {kind for one in WORLD for _, kind, _ in happenings(one)} == set(KINDS)
    assert between(somebody(ELIF), ["paid"], date(2024, 5, 6), date(2024, 5, 6))[0][2] == "600.00 for 2023, tranche 1"  # fmt: skip
    assert between(somebody(ELIF), [], date(2024, 5, 7), date(2024, 12, 31)) == []


def test_who_takes_a_place_in_the_crowd_counts_instead_of_who_was_there() -> None:
    world, plain = World(3, 4_000), World(3, 4_000)
    day = date(2026, 12, 31)
    was = next(
        one for one in plain._crowd if len(one.transactions) == 1 and one.replaced_by is None
    )
    paid_on = was.transactions[0].effective
    world.settle(replace(was, transactions=()))

    assert was.insz in plain.transactions_on(paid_on)
    assert was.insz not in world.transactions_on(paid_on)
    cell = was.transactions[0].fiscal_year, was.transactions[0].tranche
    assert plain.figures(day)[cell][0] - world.figures(day)[cell][0] == (paid_on <= day)
    assert sorted(one.insz for one in world) == sorted(one.insz for one in plain)
    world.revert(was.insz)
    assert list(world) == list(plain)
    assert world.figures(day) == plain.figures(day)


def test_the_parent_of_a_persona_is_around_them() -> None:
    assert BRAM_PARENT in {one.insz for one in WORLD.around(BRAM)}
    child = next(one for one in WORLD._crowd if one.parents)
    assert {child.insz, *child.parents} <= {one.insz for one in WORLD.around(child.insz)}

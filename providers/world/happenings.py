"""What happens to somebody, day by day: births, moves, payments and all else that has a day."""

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import pairwise

from providers.world.people import Person

Happening = tuple[date, str, str]
"""A day, what happens, and in a few words what of it; never a number of a person."""
KINDS = (
    "born", "died", "moved", "replaced", "cancelled", "recognised", "reviewed", "arrears", "paid",
    "recovered", "duty", "duty-met", "duty-not-met", "joined", "changed-fund", "right",
)  # fmt: skip


def happenings(person: Person) -> list[Happening]:
    """All that happens to somebody, in order of time."""
    return sorted([*_of_register(person), *_of_care(person), *_of_money(person), *_of_duty(person)])


def between(person: Person, kinds: Iterable[str], first: date, last: date) -> list[Happening]:
    """What happens of some kinds, or of all if none is named, in a period."""
    wanted = frozenset(kinds) or frozenset(KINDS)
    return [one for one in happenings(person) if one[1] in wanted and first <= one[0] <= last]


def _of_register(person: Person) -> Iterator[Happening]:
    if person.number_since is None:
        yield person.born, "born", ""
    for before, after in pairwise(person.residences):
        yield after.since, "moved", f"{before.municipality} to {after.municipality}"
    for day, kind in ((person.died, "died"), (person.replaced_on, "replaced"),
                      (person.cancelled_on, "cancelled")):  # fmt: skip
        if day is not None:
            yield day, kind, ""


def _of_care(person: Person) -> Iterator[Happening]:
    for nth, one in enumerate(person.recognitions):
        points = f"{one.pillar1}, {sum(one.pillar2)}, {sum(one.pillar3)} points until {one.end}"
        yield one.begin, "reviewed" if nth else "recognised", points
    for month, day in person.care_arrears.items():
        yield day, "arrears", f"of {month}"


def _of_money(person: Person) -> Iterator[Happening]:
    for one in person.transactions:
        kind = "paid" if one.amount > 0 else "recovered"
        yield one.effective, kind, f"{one.amount} for {one.fiscal_year}, tranche {one.tranche}"
    for right in person.rights:
        yield right.since, "right", right.state


def _of_duty(person: Person) -> Iterator[Happening]:
    if person.duty is not None:
        yield person.duty.since, "duty", person.duty.scheme
        for step in person.duty.steps:
            yield step.known, "duty-met" if step.fulfilled else "duty-not-met", step.reason or ""
    for nth, one in enumerate(person.memberships):
        yield one.since, "changed-fund" if nth else "joined", one.fund

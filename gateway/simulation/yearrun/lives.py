"""What befalls people in a run: births, moves, deaths. The world tells of it from that day on, and so do the sources."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from itertools import count

from gateway.simulation.yearrun.forms import as_words
from gateway.simulation.yearrun.stage import Stage
from gateway.simulation.yearrun.steps import Befall, Birth, Plan, Recognised
from providers.world import changes, in_force
from providers.world.care import arrears, paid_months
from providers.world.changes import given_number
from providers.world.happenings import between
from providers.world.people import FamilyRight, Person, Recognition

_RUNNING = "running"
_PAID_UNTIL = "2027-12"
_SUB_PILLARS = ((4, 3), (3, 6))
"""Of pillar 2 and of pillar 3: how many parts they have, and the most points of one."""
_KINDS: Mapping[str, tuple[str, ...]] = {
    "died": ("died",),
    "moved": ("moved",),
    "joined": ("joined", "changed-fund"),
}
_CHANGES: Mapping[str, Callable[[Person, date, str], Person]] = {
    "died": lambda person, on, _: changes.died(person, on),
    "moved": changes.moved,
    "joined": changes.joined,
}


def announce(plan: Plan, stage: Stage) -> None:
    """Give those who are to be born the number that they will have, so that steps can be about them."""
    for step in plan.steps:
        if isinstance(step, Birth):
            assert step.on_day is not None
            stage.cast.await_birth(step.called, _numbers(stage, step.on_day))


def _numbers(stage: Stage, born: date) -> Iterator[str]:
    """The numbers of a birth date that nobody has."""
    numbers = (given_number(born, nth) for nth in count())
    return (number for number in numbers if stage.world.find(number) is None)


def birth(stage: Stage, step: Birth) -> None:
    """A child is born, and with it begins the right of its parents, where it did not run."""
    (insz,) = stage.cast.numbers([step.called])
    parents = stage.cast.numbers(as_words(step.parents))
    child = _child(stage, step, insz, tuple(parents))
    entitled = [_entitled(one, stage.today) for one in _records(stage, parents)]
    stage.exchange.space.people.put([child, *entitled])
    for parent in as_words(step.parents):
        stage.chronicle.expect("the right of a parent", _RUNNING, _right(stage, parent), parent)
    _happened(stage, step.called, "born", ("born",), step.town)


def befall(stage: Stage, step: Befall) -> None:
    """Somebody dies, moves, or becomes a member of another care fund."""
    change, of = _CHANGES[step.what], step.town or step.fund or ""
    records = _records(stage, stage.cast.numbers([step.who]))
    stage.exchange.space.people.put([change(one, stage.today, of) for one in records])
    _happened(stage, step.who, step.what, _KINDS[step.what], of)


def _happened(stage: Stage, who: str, what: str, kinds: Iterable[str], of: str) -> None:
    """Tell it, and see that the world has it on this very day."""
    (insz,) = stage.cast.numbers([who])
    person = stage.world.current(insz, stage.today)
    days = between(person, kinds, stage.today, stage.today) if person is not None else ()
    stage.chronicle.expect("happens today", what, what if days else "nothing", who)
    stage.chronicle.tell("world", what=what, about=who, of=of or None)
    if stage.chronicle.is_told:
        told = {"on": stage.today.isoformat(), "who": who, "what": what, "of": of}
        stage.chronicle.happened.append(told)


def _records(stage: Stage, numbers: Iterable[str]) -> list[Person]:
    people = stage.exchange.space.people
    return [record for insz in numbers for record in people.records(insz)]


def _child(stage: Stage, step: Birth, insz: str, parents: tuple[str, ...]) -> Person:
    parent = stage.world.current(parents[0], stage.today)
    assert parent is not None
    given = () if step.recognised is None else (_recognition(step.recognised),)
    return Person(
        insz=insz, name=parent.name, first_name=step.called.capitalize(), born=stage.today,
        residences=(changes.home(stage.today, step.town),), parents=parents, beneficiaries=parents,
        recognitions=given, care_paid_months=paid_months(given, _PAID_UNTIL),
        care_arrears=arrears(given, _PAID_UNTIL),
    )  # fmt: skip


def _recognition(given: Recognised) -> Recognition:
    first, *others = given.pillars
    second, third = (_spread(points, *parts) for points, parts in zip(others, _SUB_PILLARS, strict=True))  # fmt: skip
    return Recognition(decided=given.decided, begin=given.begin, end=given.until, pillar1=first,
                       pillar2=second, pillar3=third)  # type: ignore[arg-type]  # as many as there are  # fmt: skip


def _spread(points: int, parts: int, most: int) -> tuple[int, ...]:
    """Points over the parts of a pillar, the first ones full."""
    return tuple(min(most, max(0, points - nth * most)) for nth in range(parts))


def _entitled(parent: Person, today: date) -> Person:
    """With a right to family allowances that runs from today on."""
    right = in_force(parent.rights, today)
    if right is not None and right.state == _RUNNING:
        return parent
    before = tuple(one for one in parent.rights if one.since < today)
    return replace(parent, rights=(*before, FamilyRight(since=today, state=_RUNNING)))


def _right(stage: Stage, who: str) -> str:
    (insz,) = stage.cast.numbers([who])
    evidence = stage.world.right_evidence(insz, stage.today)
    return _RUNNING if evidence is not None else "not running"

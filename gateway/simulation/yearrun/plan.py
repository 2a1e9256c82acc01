"""Reads a run file: a named one that comes with the gateway, or anybody's own; tells every slip by its line."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from gateway.adapters.protocol_files.reader import Defect, ProtocolInvalid, Sheet, read_sheet
from gateway.adapters.protocol_files.yaml_tree import Place
from gateway.contracts.reasons import Reason
from gateway.simulation.library.places import documents, places_of
from gateway.simulation.units import UNITS
from gateway.simulation.yearrun.forms import ANSWERED, AS_WORLD, as_words
from gateway.simulation.yearrun.people import GROUPS, group_of
from gateway.simulation.yearrun.steps import AnyStep, Birth, Plan
from providers.world.names import TOWNS
from providers.world.personas import personas

_OUTSIDE = "AVG "
_PERSONAS = tuple(person.key for person in personas() if person.key)
_TOWNS = tuple(town[1] for town in TOWNS)
RUNS = Path(__file__).parent / "runs"
OUTCOMES = frozenset({
    AS_WORLD, ANSWERED, "distributed", "quarantined", "refused", "unchanged", "erased", "kept",
    "not-identified", "nobody", "log-in-refused",
}) | {reason.value for reason in Reason}  # fmt: skip
"""What can be expected of a step."""


class RunUnknown(LookupError):
    """There is no run of this name, and no such file."""


def named_runs() -> Sequence[str]:
    """The runs that come with the gateway."""
    return sorted(path.stem for path in RUNS.glob("*.yaml"))


def find_run(name: str) -> Path:
    """The file of a run.

    Raises:
        RunUnknown: neither one of ours nor a file.
    """
    own = RUNS / f"{name}.yaml"
    if name in named_runs():
        return own
    if Path(name).is_file():
        return Path(name)
    raise RunUnknown(f"no run `{name}`; ours: {', '.join(named_runs())}, or give a file")


def read_plan(path: Path) -> Plan:
    """The plan in a file.

    Raises:
        ProtocolInvalid: with every slip that was found, as `file:line: key: what; how to mend it`.
    """
    sheet = read_sheet(path)
    try:
        plan = Plan.model_validate(sheet.content)
    except ValidationError as error:
        raise ProtocolInvalid([_told(sheet, dict(one)) for one in error.errors()]) from None
    if slips := [
        *_twice(sheet, plan),
        *_unknown(sheet, plan),
        *_unborn(sheet, plan),
        *_uncited(sheet, plan),
    ]:
        raise ProtocolInvalid(slips)
    return plan


def _told(sheet: Sheet, error: dict[str, Any]) -> Defect:
    place = _place(sheet.content, error["loc"])
    if error["type"] == "extra_forbidden":
        return sheet.defect(place, "unknown key", "remove it, or correct its name")
    if error["type"] == "missing":
        return sheet.defect((*place, str(error["loc"][-1])), "is missing", "add it")
    what = str(error["msg"]).removeprefix("Value error, ")
    return sheet.defect(place, what[0].lower() + what[1:], "docs/year-run.md has the form")


def _place(content: Any, loc: Sequence[int | str]) -> Place:
    """Where a complaint is about: pydantic adds the names of alternatives, which no file has."""
    place: Place = ()
    for step in loc:
        if _has(content, step):
            place, content = (*place, step), content[step]
    return place


def _has(content: Any, step: int | str) -> bool:
    if isinstance(content, dict):
        return step in content
    return isinstance(content, list) and isinstance(step, int) and step < len(content)


def _twice(sheet: Sheet, plan: Plan) -> Iterator[Defect]:
    counts = Counter(step.id for step in plan.steps)
    for number, step in enumerate(plan.steps):
        if counts[step.id] > 1:
            yield sheet.defect(("steps", number, "id"), f"`{step.id}` twice", "give each its own")


def _uncited(sheet: Sheet, plan: Plan) -> Iterator[Defect]:
    """Articles that no text has."""
    places = {f"{protocol} {place}" for protocol in documents() for place in places_of(protocol)}
    for number, step in enumerate(plan.steps):
        here: Place = ("steps", number)
        for shown in step.shows:
            if shown not in places and not shown.startswith(_OUTSIDE):
                yield sheet.defect((*here, "shows"), f"no text has `{shown}`", "cite it as `001 art. 8`")  # fmt: skip


def _unknown(sheet: Sheet, plan: Plan) -> Iterator[Defect]:
    """Names of nobody, and expectations of nothing."""
    units = {unit.key for unit in UNITS} | {unit.party for unit in UNITS}
    born = {step.called for step in plan.steps if isinstance(step, Birth)}
    known = {*_PERSONAS, *born, *(f"@{one}" for one in GROUPS)}
    for number, step in enumerate(plan.steps):
        here: Place = ("steps", number)
        if step.expect not in OUTCOMES:
            yield sheet.defect((*here, "expect"), f"`{step.expect}` is no outcome", "a reason, or one of docs/year-run.md")  # fmt: skip
        for unit in as_words(getattr(step, "by", None)):
            if unit not in units:
                yield sheet.defect((*here, "by"), f"no unit `{unit}`", "contract units only")
        for one in step.people:
            if group_of(one) not in known:
                yield sheet.defect((*here, "who"), f"nobody is called `{one}`", f"a persona, or one of {', '.join(sorted(GROUPS))}")  # fmt: skip


def _unborn(sheet: Sheet, plan: Plan) -> Iterator[Defect]:
    """Names that somebody has already, and towns that there are not."""
    taken = set(_PERSONAS)
    for number, step in enumerate(plan.steps):
        here: Place = ("steps", number)
        if isinstance(step, Birth):
            if step.called in taken:
                yield sheet.defect((*here, "called"), f"somebody is called `{step.called}`", "choose another name")  # fmt: skip
            taken.add(step.called)
        town = getattr(step, "town", None)
        if town is not None and town not in _TOWNS:
            yield sheet.defect((*here, "town"), f"there is no town `{town}`", f"one of {', '.join(_TOWNS)}")  # fmt: skip


__all__ = ["AnyStep", "Plan", "RunUnknown", "find_run", "named_runs", "read_plan"]

"""A scenario, and how it is read: every slip is told with file, line, key and how to mend it."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from gateway.adapters.protocol_files import ProtocolInvalid
from gateway.adapters.protocol_files.form import Form
from gateway.adapters.protocol_files.reader import Defect, Sheet, read_sheet
from gateway.simulation.library.acts import Act
from gateway.simulation.library.expected import Expectation
from gateway.simulation.library.given import Given
from gateway.simulation.library.people import known_people
from gateway.simulation.library.places import places_of
from gateway.simulation.library.words import Article, Part, Person, ProtocolId, ScenarioId
from gateway.simulation.units import UNITS

SCENARIOS = Path(__file__).parents[2] / "scenarios"
"""The library that comes with the simulator."""
_PEOPLE, _UNITS = frozenset({"about", "people", "with", "without"}), frozenset({"unit"})
NUMBER = re.compile(r"[\d.\-]+")
_KEYS = frozenset(unit.key for unit in UNITS)
ScenarioInvalid = ProtocolInvalid
"""One or more scenarios do not hold; `defects` lists everything that was found."""


class Source(Part):
    """What a scenario is about: articles of one text, and clauses without which it must fail."""

    protocol: ProtocolId | Literal["platform"]
    articles: list[Article] = []
    clauses: list[str] = []


class Scenario(Part):
    """Given, when, then."""

    id: ScenarioId
    title: Annotated[str, Field(min_length=8, max_length=140, description="one line in own words")]
    source: list[Source]
    oddities: list[Annotated[str, Field(pattern=r"^O-\d{2}$")]] = []
    given: Given = Given()
    when: list[Act] = []
    then: Annotated[list[Expectation], Field(min_length=1)]

    @property
    def group(self) -> str:
        """The folder that it lies in."""
        return self.id.partition("-")[0].lower()

    @property
    def cites(self) -> Sequence[tuple[str, str]]:
        """Protocol and article, for each that it says it is about."""
        return [(one.protocol, article) for one in self.source for article in one.articles]


@dataclass(frozen=True, slots=True)
class Page:
    """A scenario and the sheet that it was read from, to say on which line something stands."""

    scenario: Scenario
    sheet: Sheet

    def line_of(self, *place: str | int) -> int:
        """The line of a place in the file."""
        return self.sheet.line_of(place)


@cache
def scenario_form() -> Form[Scenario]:
    """The form of a scenario file."""
    return Form(Scenario, Scenario.model_json_schema())


def read_scenario(path: Path) -> Page:
    """One file.

    Raises:
        ScenarioInvalid: it does not hold; everything that was found is told.
    """
    sheet = read_sheet(path)
    scenario, defects = scenario_form().check(sheet)
    if scenario is not None:
        defects = [*_misplaced(path, scenario, sheet), *_unknown(scenario, sheet)]
    if defects or scenario is None:
        raise ScenarioInvalid(defects)
    return Page(scenario, sheet)


def read_library(folder: Path = SCENARIOS) -> Sequence[Page]:
    """Every scenario of a folder, in the order of their ids.

    Raises:
        ScenarioInvalid: one or more do not hold.
    """
    pages: list[Page] = []
    defects: list[Defect] = []
    for path in sorted(folder.glob("*/*.yaml")):
        try:
            pages.append(read_scenario(path))
        except ScenarioInvalid as invalid:
            defects.extend(invalid.defects)
    if defects:
        raise ScenarioInvalid(defects)
    return sorted(pages, key=lambda page: page.scenario.id)


def _misplaced(path: Path, scenario: Scenario, sheet: Sheet) -> Iterator[Defect]:
    if path.stem != scenario.id:
        yield sheet.defect(("id",), "is not the name of the file", f"name it {scenario.id}.yaml")
    if path.parent.name != scenario.group:
        yield sheet.defect(("id",), "lies in another folder", f"move it to {scenario.group}/")


def _unknown(scenario: Scenario, sheet: Sheet) -> Iterator[Defect]:
    """Words that have the form and name nothing."""
    yield from _unknown_articles(scenario, sheet)
    known = frozenset(known_people()) | scenario.given.people.keys()
    yield from _unknown_words(sheet, sheet.content, (), known)
    yield from _unknown_acts(scenario, sheet)


def _unknown_articles(scenario: Scenario, sheet: Sheet) -> Iterator[Defect]:
    for index, one in enumerate(scenario.source):
        known = places_of(one.protocol)
        for place, article in enumerate(one.articles):
            if article not in known:
                mend = "the text has: " + "; ".join(known)
                where = ("source", index, "articles", place)
                yield sheet.defect(where, f"{one.protocol} has no `{article}`", mend)


def _unknown_words(
    sheet: Sheet, node: Any, place: tuple[str | int, ...], known: frozenset[str]
) -> Iterator[Defect]:
    """People and units that nobody knows, wherever they stand."""
    for step, value in _steps(node):
        where = (*place, step)
        if step in _UNITS and isinstance(value, str) and value not in _KEYS:
            yield sheet.defect(where, f"there is no unit `{value}`", "the ready file lists them")
        for at, person in _people(step, value):
            if person not in known and not NUMBER.fullmatch(person):
                mend = "personas: " + ", ".join(sorted(known))
                yield sheet.defect((*where, *at), f"nobody is called `{person}`", mend)
        yield from _unknown_words(sheet, value, where, known)


def _people(step: str | int, value: Any) -> Iterable[tuple[tuple[int, ...], Person]]:
    if step not in _PEOPLE:
        return []
    if isinstance(value, str):
        return [((), value)]
    listed = value if isinstance(value, list) else []
    return [((index,), one) for index, one in enumerate(listed) if isinstance(one, str)]


def _unknown_acts(scenario: Scenario, sheet: Sheet) -> Iterator[Defect]:
    names = {act.name for act in scenario.when if act.name}
    for index, one in enumerate(scenario.then):
        for word in ("of", "same_as"):
            of = getattr(one.part, word, None)
            is_known = of in names or (isinstance(of, int) and 1 <= of <= len(scenario.when))
            if of is not None and not is_known:
                mend = "name one with `as`, or give its place, from 1 on"
                yield sheet.defect(("then", index, one.verb, word), f"no act is called {of}", mend)


def _steps(node: Any) -> Iterable[tuple[str | int, Any]]:
    if isinstance(node, Mapping):
        return node.items()
    return enumerate(node) if isinstance(node, list) else ()

"""The coverage matrix: every place of the five texts, the scenarios that cite it, and how they went."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter

from gateway.adapters.protocol_files.reader import read_sheet
from gateway.simulation.library.places import articles_of, documents, is_within, places_of
from gateway.simulation.library.runner import Result
from gateway.simulation.library.scenario import SCENARIOS, Page, Scenario, ScenarioInvalid

CAUSES = "causes.yaml"
Outcome = Literal["passed", "failed", "not run", "nothing to run", "uncovered"]
_Causes = TypeAdapter(dict[str, dict[str, str]])


@dataclass(frozen=True, slots=True)
class Row:
    """A place of a text. `proved` are the scenarios in which the log's own entries cited it too."""

    protocol: str
    place: str
    is_article: bool
    scenarios: Mapping[str, bool | None]
    proved: frozenset[str]
    cause: str | None

    @property
    def outcome(self) -> Outcome:
        """How it went with those that cite it and were run."""
        if not self.scenarios:
            return "nothing to run" if self.cause else "uncovered"
        went = set(self.scenarios.values())
        if False in went:
            return "failed"
        return "passed" if True in went else "not run"


@dataclass(frozen=True, slots=True)
class Matrix:
    """All rows, in the order of the texts."""

    rows: Sequence[Row]

    @property
    def uncovered(self) -> Sequence[Row]:
        """Articles that no scenario cites and no cause excuses."""
        return [one for one in self.rows if one.is_article and one.outcome == "uncovered"]

    def members(self) -> list[dict[str, Any]]:
        """As JSON has it."""
        return [
            {"protocol": one.protocol, "place": one.place, "article": one.is_article,
             "result": one.outcome, "cause": one.cause, "scenarios": list(one.scenarios),
             "proved": sorted(one.proved)}
            for one in self.rows
        ]  # fmt: skip


def read_causes(folder: Path = SCENARIOS) -> Mapping[str, Mapping[str, str]]:
    """Why an article has nothing to run, by protocol and place.

    Raises:
        ScenarioInvalid: the file cannot be read, or names a place that the text does not have.
    """
    sheet = read_sheet(folder / CAUSES)
    causes = _Causes.validate_python(sheet.content)
    slips = [
        sheet.defect((protocol, place), f"{protocol} has no such place", "cite one that it has")
        for protocol, ones in causes.items()
        for place in ones
        if place not in places_of(protocol)
    ]
    if slips:
        raise ScenarioInvalid(slips)
    return causes


def matrix_of(
    pages: Iterable[Page], results: Iterable[Result], causes: Mapping[str, Mapping[str, str]]
) -> Matrix:
    """The matrix of a library and of what was run of it."""
    went = {one.scenario.id: one for one in results}
    scenarios = [page.scenario for page in pages]
    return Matrix([
        _row(protocol, place, scenarios, went, causes.get(protocol, {}).get(place))
        for protocol in documents()
        for place in places_of(protocol)
    ])  # fmt: skip


def _row(
    protocol: str, place: str, scenarios: Iterable[Scenario], went: Mapping[str, Result],
    cause: str | None,
) -> Row:  # fmt: skip
    citing = [one.id for one in scenarios if _cites(one.cites, protocol, place)]
    return Row(
        protocol=protocol,
        place=place,
        is_article=place in articles_of(protocol),
        scenarios={key: went[key].passed if key in went else None for key in citing},
        proved=frozenset(
            key for key in citing if key in went and _cites(went[key].cited, protocol, place)
        ),
        cause=cause,
    )


def _cites(cited: Iterable[tuple[str, str]], protocol: str, place: str) -> bool:
    return any(key == protocol and is_within(article, place) for key, article in cited)

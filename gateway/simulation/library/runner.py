"""Runs scenarios: a fresh space, the acts in order, then every expectation."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gateway.domain.protocol_document import ProtocolDocument
from gateway.simulation.library.doing import Doing
from gateway.simulation.library.judging import Difference, Judging
from gateway.simulation.library.matching import shown
from gateway.simulation.library.probing import fingerprint
from gateway.simulation.library.said import Story
from gateway.simulation.library.scenario import Page, Scenario
from gateway.simulation.library.stage import Scene, Stage
from gateway.simulation.scratch import scratch_folder


@dataclass(frozen=True, slots=True)
class Failure:
    """A line that does not hold: where it stands, what was expected, what came, and which decision."""

    file: str
    line: int
    key: str
    expected: str
    came: str
    decision: str | None

    def __str__(self) -> str:
        after = f" ({self.decision})" if self.decision else ""
        return f"{self.file}:{self.line}: {self.key}: expected {self.expected}; came {self.came}{after}"  # fmt: skip


@dataclass(frozen=True, slots=True)
class Result:
    """How a scenario went. `cited` is what the log's entries cited while it ran."""

    scenario: Scenario
    failures: tuple[Failure, ...]
    cited: frozenset[tuple[str, str]]

    @property
    def passed(self) -> bool:
        """Whether every expectation held."""
        return not self.failures


class Runner:
    """Runs one scenario after the other on one stage."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def run(self, page: Page, law: Sequence[ProtocolDocument] = ()) -> Result:
        """One scenario, in a fresh space; under another `law` from its first act on, if one is named."""
        scenario = page.scenario
        with self._stage.scene(scenario.given) as scene:
            story = Story()
            stuck = self._play(scenario, scene, story, law)
            cited = _cited(scene)
            judging = Judging(scene, story, lambda: self._again(scenario))
            found = (
                [stuck]
                if stuck
                else [
                    one
                    for index, expectation in enumerate(scenario.then)
                    for one in judging.differences(index, expectation)
                ]
            )
            failures = tuple(_told(page, scene, one) for one in found)
            return Result(scenario, failures, cited)

    def _play(
        self, scenario: Scenario, scene: Scene, story: Story, law: Sequence[ProtocolDocument] = ()
    ) -> Difference | None:
        """All acts; where one could not be done, that."""
        doing = Doing(self._stage, scene)
        lacking = _given(scenario, doing)
        if lacking is not None:
            return lacking
        if law:
            scene.home.space.gateway.protocols.replace(law)
        for place, act in enumerate(scenario.when, 1):
            try:
                story.add(place, act.name, doing.do(act))
            except Exception as error:  # noqa: BLE001  whatever stops an act is told at its line
                came = f"{type(error).__name__}: {error}"
                return Difference(("when", place - 1, act.verb), "it is done", came)
        return None

    def _again(self, scenario: Scenario) -> str:
        """What a second play in a fresh space leaves behind. NOTE: the first one's space is gone then."""
        with self._stage.scene(scenario.given) as scene:
            self._play(scenario, scene, Story())
            return fingerprint(scene)


@contextmanager
def runner(protocols: Path | None = None) -> Iterator[Runner]:
    """A runner on a stage of its own, in a folder that goes with it."""
    with scratch_folder() as folder, Stage(folder, protocols) as stage:
        yield Runner(stage)


def _given(scenario: Scenario, doing: Doing) -> Difference | None:
    """Bring about what is given; where that is refused, that."""
    for unit, people in scenario.given.registered.items():
        said = doing.register(unit, people)
        if said.reason is not None:
            return Difference(
                ("given", "registered", unit), "registered", said.reason, said.decision
            )
    for index, before in enumerate(scenario.given.acts):
        said = doing.act(before)
        if said.reason is not None:
            return Difference(("given", "acts", index), "done", said.reason, said.decision)
    return None


def _told(page: Page, scene: Scene, one: Difference) -> Failure:
    names = scene.numbers
    return Failure(
        file=page.sheet.file,
        line=page.line_of(*one.place),
        key=".".join(str(step) for step in one.place),
        expected=shown(one.expected, names),
        came=shown(one.came, names),
        decision=one.decision,
    )


def _cited(scene: Scene) -> frozenset[tuple[str, str]]:
    """Protocol and article, for each that an entry cites."""
    found = set()
    for room in scene.rooms:
        for leaf in room.leaves():
            key = str(leaf.get("protocol") or "").partition("@")[0]
            articles = leaf.get("articles") or [leaf["article"]] if "article" in leaf else leaf.get("articles", [])  # fmt: skip
            found |= {(key, article) for article in articles if key and article}
    return frozenset(found)

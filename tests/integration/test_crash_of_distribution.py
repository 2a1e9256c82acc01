"""The distribution stopped at each of its steps, one after the other, and started anew: nothing lost, doubled or unlogged."""

from pathlib import Path

import pytest

from tests.exchange import Exchange, template
from tests.file_evidence import Evidence
from tests.people import ELIF, KARIM
from tests.running import FLOW, START, a_batch

NAME = f"{FLOW}_{START}.json"
REGISTERED = {"infino": frozenset({KARIM})}
ACCEPTED = {(START, 1): [KARIM, ELIF]}
pytestmark = pytest.mark.filterwarnings(  # the worker of a process that dies
    "ignore:Exception in thread (files|clock)-:pytest.PytestUnhandledThreadExceptionWarning"
)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return template(tmp_path_factory.mktemp("crash") / "model", REGISTERED)


def steps_of_a_day(model: Path, folder: Path, last: int | None = None) -> int:
    """How many steps it takes to distribute a day; or die at one, and look whether all is well after it."""
    exchange = Exchange.of(model, folder)
    before = exchange.plan.steps
    if last is not None:
        exchange.plan.die_after(last)
    receipt = exchange.upload(NAME, a_batch(KARIM, ELIF))
    taken, lives = exchange.plan.steps - before, exchange.lives
    exchange.close()

    assert receipt is not None
    assert receipt["status"] == "verdeeld"
    Evidence(exchange.data, REGISTERED).require_whole(ACCEPTED)
    assert lives == (1 if last is None else 2)
    return taken


@pytest.mark.timeout(300)
def test_a_day_that_was_stopped_now_and_then_comes_out_the_same(
    model: Path, tmp_path: Path
) -> None:
    steps = steps_of_a_day(model, tmp_path / "whole")
    assert steps > 80

    for last in range(1, steps + 1, steps // 5):
        steps_of_a_day(model, tmp_path / f"{last}", last)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("content", [a_batch(ELIF), b"{"], ids=["other bytes", "hopeless"])
def test_an_upload_that_is_turned_away_is_entered_once_wherever_it_was_stopped(
    model: Path, tmp_path: Path, content: bytes
) -> None:
    exchange = Exchange.of(model, tmp_path / "one")
    exchange.upload(NAME, a_batch(KARIM, ELIF))
    name = NAME if content != b"{" else f"{FLOW}_2025-03-09.json"
    before = exchange.plan.steps
    assert exchange.upload(name, content) is not None
    steps = exchange.plan.steps - before
    assert steps > 10

    for last in range(1, steps + 1, 3):
        exchange.plan.die_after(last)
        receipt = exchange.upload(name, content)
        assert receipt is not None
        assert receipt["status"] in ("geweigerd", "quarantaine")
        Evidence(exchange.data, REGISTERED).require_whole(ACCEPTED)
    assert exchange.lives > steps // 3
    leaves = Evidence(exchange.data, REGISTERED).leaves()
    exchange.close()
    judged = [one["upload"] for one in leaves if one["e"] == "batch.received"]
    assert judged == [f"U-{number}" for number in range(1, len(judged) + 1)]
    assert len(judged) == 2 + len(range(1, steps + 1, 3))


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_step_can_be_the_last(model: Path, tmp_path: Path) -> None:
    for last in range(1, steps_of_a_day(model, tmp_path / "whole") + 1):
        steps_of_a_day(model, tmp_path / f"{last}", last)

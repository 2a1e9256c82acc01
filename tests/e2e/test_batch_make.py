"""`magda-sim batch make`: what a provider would upload, of a seed, a crowd, or the people of a running space."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from gateway.cli.main import app
from gateway.settings import DEMO_CLOCK, Settings
from gateway.simulation.host import Host
from providers.mutations import batch_for
from tests.people import ELIF, KARIM, NOBODY
from tests.running import FLOW, START, RunningSpace

PEOPLE, LIST = 3_000, "inburgering-jaarlijst"


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSpace]:
    """A space with a crowd, of another seed than commands take by themselves."""
    options = Settings(data=tmp_path_factory.mktemp("space"), http_port=0, sftp_port=0, clock=DEMO_CLOCK,
                       demo=True, seed=5, people=PEOPLE)  # fmt: skip
    host = Host(options)
    try:
        yield RunningSpace(host, host.start())
    finally:
        host.stop()


def make(*words: str, status: int = 0, typed: str = "") -> Result:
    done = CliRunner().invoke(app, ["batch", "make", *words], input=typed)
    assert done.exit_code == status, done.output
    return done


def made(*words: str, typed: str = "") -> dict[str, Any]:
    found: dict[str, Any] = json.loads(make(*words, typed=typed).stdout)
    return found


def numbers(batch: dict[str, Any]) -> list[str]:
    return [one["insz"] for one in batch["records"]]


def test_a_batch_of_a_running_space_is_the_one_that_its_provider_uploads(
    space: RunningSpace,
) -> None:
    here, data = ("--data", space.ready["data"]), space.ready["data"]
    before = made(FLOW, "--day", START, *here)
    assert before == made(FLOW, "--day", START, "--seed", "5", "--people", str(PEOPLE))
    assert numbers(before) != numbers(made(FLOW, "--day", START))

    roos = CliRunner().invoke(app, ["world", "add", "Roos", "Proefveld", "--born", "1990-02-03", "--data", data]).stdout.strip()  # fmt: skip
    paid = CliRunner().invoke(app, ["world", "change", roos, "paid", "--on", START, "--amount", "600.00", "--data", data])  # fmt: skip
    assert paid.exit_code == 0, paid.output

    batch = made(FLOW, "--day", START, *here)
    assert set(numbers(batch)) == {*numbers(before), roos}
    assert batch == json.loads(batch_for(space.space.world, date.fromisoformat(START)))
    receipt = space.upload(f"{FLOW}_{START}.json", make(FLOW, "--day", START, *here).stdout.encode())  # fmt: skip
    assert (receipt["status"], receipt["records"]["geweigerd"]) == ("verdeeld", 0)


def test_a_batch_holds_just_whom_one_names(space: RunningSpace) -> None:
    here = ("--data", space.ready["data"])
    crowd = numbers(made(LIST, "--day", "2025-01-01", *here))[:2]
    assert len(crowd) == 2

    typed = made(FLOW, "--day", START, *here, "--who", "karim", "--who", "-", "--number", "2",
                 typed="\n".join([*crowd, ELIF, KARIM]))  # fmt: skip

    assert numbers(typed) == sorted({KARIM, ELIF, *crowd})
    assert (typed["volgnummer"], typed["aantal"], typed["dag"]) == (2, 4, START)


def test_whom_nobody_knows_is_told_without_a_number(space: RunningSpace) -> None:
    here = ("--data", space.ready["data"])
    told = make(FLOW, "--day", START, *here, "--who", "elif", "--who", NOBODY, status=3)

    assert "nobody in this world: --who number 2" in told.stderr
    assert NOBODY not in told.output
    assert told.stdout == ""


def test_a_space_brings_its_own_seed_and_must_run(space: RunningSpace, tmp_path: Any) -> None:
    both = make(FLOW, "--day", START, "--data", space.ready["data"], "--people", "9", status=3)
    nobody = make(FLOW, "--day", START, "--data", str(tmp_path), status=1)

    assert "leave out the others" in both.stderr
    assert "start it with `magda-sim up" in nobody.stderr

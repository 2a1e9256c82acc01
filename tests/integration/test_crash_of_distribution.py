"""The distribution line stopped at every step, and run again: nothing lost, doubled or unlogged."""

import contextlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.adapters.log import OrderedLog
from gateway.contracts.drop import CompletedUpload
from gateway.settings import DEMO_CLOCK, Settings
from gateway.simulation.space import Doors, Space
from tests.people import ELIF, KARIM
from tests.running import FLOW, START, a_batch

NAME = f"{FLOW}_2025-03-10.json"
CONSUMERS = ("opgroeien-kring", "vutg-rechten", "infino", "kidslife", "myfamily", "parentia")


class Crash(BaseException):
    """The process is gone: nothing catches this."""


class Brittle:
    """Passes every call on, and crashes before or after one of them."""

    def __init__(self, inner: Any, plan: "Plan") -> None:
        self._inner, self._plan = inner, plan

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if not callable(found) or name in {
            "find",
            "last_number",
            "deliveries",
            "head",
            "entries",
            "begun",
        }:
            return found
        return self._plan.wrap(found)


class Plan:
    """Counts calls that change something, and crashes at one of them."""

    def __init__(self, crash_at: int | None) -> None:
        self.crash_at, self.calls = crash_at, 0

    def wrap(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **named: Any) -> Any:
            self.calls += 1
            if self.calls == self.crash_at:
                raise Crash
            done = call(*args, **named)
            self.calls += 1
            if self.calls == self.crash_at:
                raise Crash
            return done

        return run


@pytest.fixture
def space(tmp_path: Path) -> Iterator[Space]:
    opened = Space("demo", Settings(data=tmp_path / "s", clock=DEMO_CLOCK), Doors())
    yield opened
    opened.close()


def run_line(space: Space, crash_at: int | None) -> Plan:
    """One pass of the line over the upload, stopped at a call."""
    from dataclasses import replace

    space.settle()
    plan = Plan(crash_at)
    flow = space.gateway.files.distribution
    parts: dict[str, Any] = {
        "intake": Brittle(flow.intake, plan),
        "ledger": Brittle(flow.ledger, plan),
        "placement": Brittle(flow.placement, plan),
        "log": Brittle(flow.log, plan),
    }
    brittle = replace(
        flow,
        **parts,
        parcels=replace(
            flow.parcels, **{key: parts[key] for key in ("ledger", "placement", "log")}
        ),
    )
    path = Path(space.store.root_of("wewis")) / f"in/{FLOW}/{NAME}"
    with contextlib.suppress(Crash):
        brittle.distribute(CompletedUpload("wewis", FLOW, NAME, str(path)))
    return plan


def put_upload(space: Space) -> None:
    space.settle()
    path = Path(space.store.root_of("wewis")) / f"in/{FLOW}/{NAME}"
    path.write_bytes(a_batch(KARIM, ELIF))


def shown(space: Space) -> dict[str, list[bytes]]:
    base = Path(space.store.root_of("x")).parent
    return {
        unit: [path.read_bytes() for path in sorted((base / unit / "uit" / FLOW).glob("*.json"))]
        for unit in CONSUMERS
    }


def leaves(log: OrderedLog) -> list[dict[str, Any]]:
    return [json.loads(one.leaf) for one in log.reader.entries(1, log.size)]


def check_crash_at(space: Space, step: int, expected: dict[str, list[bytes]]) -> None:
    """Promise 5: no accepted upload lost, no parcel shown twice, nothing disclosed unlogged."""
    again = Space("demo", Settings(data=space.data.parent / f"{step}", clock=DEMO_CLOCK), Doors())
    root = Path(again.store.root_of("wewis"))
    try:
        put_upload(again)
        run_line(again, step)
        logged = {leaf.get("unit") for leaf in leaves(again.gateway.log)}
        unlogged = [unit for unit, files in shown(again).items() if files and unit not in logged]
        if (root / f"in/{FLOW}/{NAME}").exists():
            run_line(again, None)
        kinds = [leaf["e"] for leaf in leaves(again.gateway.log)]

        assert unlogged == []
        assert shown(again) == expected
        assert kinds.count("file.delivered") == len(CONSUMERS)
        assert kinds.count("batch.received") == 1
        assert len(list((root / "ontvangstbewijzen").iterdir())) == 2
    finally:
        again.close()


def whole_run(space: Space) -> tuple[int, dict[str, list[bytes]]]:
    put_upload(space)
    calls = run_line(space, None).calls
    assert calls > 40
    return calls, shown(space)


def test_a_run_after_a_crash_mends_it(space: Space) -> None:
    calls, expected = whole_run(space)

    for step in range(1, calls + 1, 7):
        check_crash_at(space, step, expected)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_every_step_can_be_the_last_and_the_next_run_mends_it(space: Space) -> None:
    calls, expected = whole_run(space)

    for step in range(1, calls + 1):
        check_crash_at(space, step, expected)


def test_the_start_day_is_that_of_the_world(space: Space) -> None:
    assert space.clock_view()["now"].startswith(START)

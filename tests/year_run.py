"""Small runs for tests: a plan of one or a few days from steps, lived in process, and what came of it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from gateway.simulation.yearrun.conduct import conduct
from gateway.simulation.yearrun.order import Order
from gateway.simulation.yearrun.steps import Plan

Told = Mapping[str, Any]


def plan_with(first: str, steps: Iterable[Mapping[str, Any]], last: str | None = None) -> Plan:
    """A plan; a step without a day has the first one, at eight."""
    given = [{"tells": str(step["id"]), **({} if {"on", "every"} & set(step) else {"on": first}), **step} for step in steps]  # fmt: skip
    plan = {"run": "small", "title": "Klein", "from": first, "until": last or first, "steps": given}
    return Plan.model_validate_json(json.dumps(plan))


def lived(plan: Plan, out: Path, **more: Any) -> Told:
    """Live it on seed 42; what its report holds."""
    return conduct(Order(name="small", plan=plan, seed=42, **more), out, lambda _: None)


def misses_of(report: Told) -> Sequence[tuple[str, str]]:
    """What was not as expected: step and expectation."""
    return [
        (step["id"], check["what"])
        for step in report["steps"]
        for check in step["checks"]
        if check["failed"]
    ]


def rows_of(out: Path) -> Sequence[dict[str, Any]]:
    """The timeline, without its head."""
    lines = (out / "timeline.ndjson").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines[1:]]

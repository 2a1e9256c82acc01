"""Collaborators of the file flows that die, or fail, where a plan says so."""

import errno
import os
from collections.abc import Callable
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any

from sqlalchemy.exc import OperationalError

from gateway.contracts.faults import LogUnavailable

PORTS = frozenset({"ledger", "intake", "arrears", "placement", "log"})
LINES = "gateway.flows."


class Crash(SystemExit):
    """The process is gone: nothing catches this, and a thread ends of it without a word."""


TROUBLES: dict[str, Callable[[], Exception]] = {
    "log": LogUnavailable,
    "placement": lambda: OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)),
    "ledger": lambda: OperationalError("INSERT", {}, Exception("database or disk is full")),
}
"""Which collaborators fail together, and how: the intake is in the ledger's database."""
DISK_OF = {"log": "log", "placement": "placement"}


@dataclass
class Plan:
    """Counts steps (before and after each call); dies at one, and fails while something is full."""

    crash_at: int | None = None
    steps: int = 0
    is_dead: bool = False
    full: set[str] = field(default_factory=set)

    def step(self) -> None:
        """One step further, if there is one."""
        self.steps += 1
        if self.is_dead or self.steps == self.crash_at:
            self.is_dead = True
            raise Crash

    def die_after(self, steps: int) -> None:
        """Die at the so-manieth step from now."""
        self.crash_at = self.steps + steps

    def wrap(self, port: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """A call with a step before it and one after."""
        disk = DISK_OF.get(port, "ledger")

        def run(*args: Any, **named: Any) -> Any:
            self.step()
            if disk in self.full:
                trouble = TROUBLES[disk]()
                raise trouble
            done = call(*args, **named)
            self.step()
            return done

        return run


class Brittle:
    """Passes every call on, by way of the plan."""

    def __init__(self, port: str, inner: Any, plan: Plan) -> None:
        self._port, self._inner, self._plan = port, inner, plan

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        return self._plan.wrap(self._port, found) if callable(found) else found


def brittle(flow: Any, plan: Plan) -> Any:
    """A flow, and the flows within, with brittle collaborators in the place of its own."""
    changed = {}
    for one in fields(flow):
        value = getattr(flow, one.name)
        if is_dataclass(value) and type(value).__module__.startswith(LINES):
            if type(value).__module__ != "gateway.flows.consultation":
                changed[one.name] = brittle(value, plan)
        elif one.name in PORTS:
            changed[one.name] = Brittle(one.name, value, plan)
    return replace(flow, **changed)

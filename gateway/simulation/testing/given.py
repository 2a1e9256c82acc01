"""Sets a space up as a scenario has it given, over the doors that anybody has."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import httpx

from gateway.domain.legal_day import in_brussels
from gateway.simulation.library.acts import ProtocolAct
from gateway.simulation.library.given import Given
from gateway.simulation.library.people import numbers_of, person_of
from gateway.simulation.library.scenario import SCENARIOS, read_scenario
from gateway.simulation.ready_file import read_ready_file
from gateway.simulation.testing.served import Ready, call
from providers.world.files import written

_BESIDE = ("settings", "unsigned", "source_says")
_PROVIDER = "wewis"
_PAPER = "sha256:" + "0" * 64
_TIMEOUT_S = 60.0


class NotLoadable(Exception):
    """The scenario is not there, or has something given that no door can set up; the text says which."""


class Hands(Protocol):
    """What a space is set up with."""

    ready: Ready

    def name_people(self, numbers: Mapping[str, str]) -> None:
        """Have people called by these names."""
        ...

    def provider(self, party: str, *, automatic: bool) -> None:
        """Have a simulated provider deliver by itself, or not."""
        ...

    def register(self, unit: str, *people: str) -> None:
        """Say for a unit that it handles the files of these people."""
        ...

    def faults(self, *rules: Mapping[str, Any]) -> None:
        """What goes wrong from now on."""
        ...


def load(sim: Hands, scenario: str | Path) -> None:
    """Set a space up as a scenario has it given: clock, seed, people, provider, registrations, acts, faults.

    Raises:
        Refused: the space takes something of that not; the text says why.
        NotLoadable: there is none, or it wants more than that.
    """
    given = read_scenario(_path(scenario)).scenario.given
    beside = [name for name in _BESIDE if getattr(given, name) != getattr(Given(), name)]
    if beside:
        raise NotLoadable(f"{scenario} has {', '.join(beside)} given, which only `magda-sim scenario run` sets up")  # fmt: skip
    _begin(sim.ready, given)
    sim.name_people(_invent(sim.ready, given))
    sim.provider(_PROVIDER, automatic=given.automatic)
    for unit, people in given.registered.items():
        sim.register(unit, *people)
    for act in given.acts:
        _act(sim.ready, act)
    sim.faults(*(fault.row() for fault in given.faults))


def _path(scenario: str | Path) -> Path:
    if isinstance(scenario, Path):
        return scenario
    found = sorted(SCENARIOS.glob(f"*/{scenario}.yaml"))
    if not found:
        raise NotLoadable(f"no scenario {scenario}; `magda-sim scenario list` lists them")
    return found[0]


def _begin(ready: Ready, given: Given) -> None:
    """Anew where the clock or the seed is another; another seed has other keys."""
    now = datetime.fromisoformat(call(ready, "GET", "/clock")["now"])
    if now != given.clock or ready["seed"] != given.seed:
        at = in_brussels(given.clock).isoformat()
        call(ready, "POST", "/reset", {"seed": given.seed, "clock": at})
        ready.update(read_ready_file(Path(ready["data"])))


def _invent(ready: Ready, given: Given) -> Mapping[str, str]:
    """Those whom the world does not hold by itself, all at once since they may be of one family."""
    numbers = numbers_of(given.people)
    if given.people:
        world = call(ready, "GET", "/world")
        invented = (person_of(key, one, numbers) for key, one in given.people.items())
        content = b"".join(written(world["seed"], world["people"], invented))
        call(ready, "POST", "/world/import", content)
    return numbers


def _act(ready: Ready, act: ProtocolAct) -> None:
    """In the name of whoever does it, with the control token."""
    httpx.post(
        f"{ready['http']}/v1/protocollen/{act.protocol}/gebeurtenissen",
        json=dict(_stated(act)), timeout=_TIMEOUT_S, trust_env=False,
        headers={"Authorization": f"Bearer {ready['control_token']}"},
    ).raise_for_status()  # fmt: skip


def _stated(act: ProtocolAct) -> Iterator[tuple[str, Any]]:
    stated = {
        "soort": act.kind, "door": act.by, "partij": act.party, "stroom": act.flow,
        "betreft": act.settles, "op": act.at and in_brussels(act.at).isoformat(),
        "stuk": _PAPER if act.in_writing else None,
    }  # fmt: skip
    return ((name, value) for name, value in stated.items() if value is not None)

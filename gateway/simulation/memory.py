"""What a space holds in memory only: written down as plain JSON, and taken up again by another."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from gateway.contracts.clock import Clock
from gateway.domain.protocol_document import ProtocolDocument
from gateway.flows.throttle import Limits, Rate
from gateway.settings import Settings
from gateway.simulation.keyring import Keyring
from gateway.simulation.rubble import closed_unless_done
from gateway.simulation.space import Doors, Space

Memory = dict[str, Any]


def memory_of(space: Space) -> Memory:
    """The clock, how many ids and salts were given out, and what testers put in the way."""
    ids, salts = space.keyring.secrets.counts()
    limits = space.gateway.throttle.limits
    return {
        "clock": _instant(space.clock),
        "mode": space.clock.mode,
        "ids": ids,
        "salts": salts,
        "automatic": dict(space.automatic),
        "transport": dict(space.transport),
        "faults": space.faults.held(),
        "throttle": {
            "each": asdict(limits.each) if limits.each else None,
            "own": {name: asdict(rate) for name, rate in sorted(limits.own.items())},
        },
    }


def remember(space: Space, memory: Memory) -> None:
    """Hold what another held, of which this has the data; the clock is not put back."""
    space.keyring.secrets.go_on_from(memory["ids"], memory["salts"])
    space.automatic, space.transport = dict(memory["automatic"]), dict(memory["transport"])
    space.faults.hold(memory["faults"])
    each, own = memory["throttle"]["each"], memory["throttle"]["own"]
    rates = {name: Rate(**rate) for name, rate in own.items()}
    space.gateway.throttle.put(Limits(Rate(**each) if each else None, rates))
    space.time.set_mode(memory["mode"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Heir:
    """Which space is opened again: what its keys go by, where it stands, and what came before it there."""

    key: str
    at: str | None = None
    before: Keyring | None = None
    kept: Sequence[ProtocolDocument] = ()


def heir_of(old: Space) -> Heir:
    """The same space once more, in the same place."""
    kept = old.gateway.protocols.bundle().documents if old.settings.protocols else ()
    return Heir(key=old.key, at=old.at, before=old.keyring, kept=kept)


def reopen(heir: Heir, begun: Settings, doors: Doors, memory: Memory) -> Space:
    """A space on data that lie there, at the instant of the memory; a reset takes it to where it had begun."""
    now = begun.model_copy(update={"clock": memory["clock"]})
    space = Space(heir.key, now, doors, heir.kept, heir.at, heir.before)
    with closed_unless_done(space):
        space.settings = begun
        remember(space, memory)
    return space


def begun_in(settings: Settings, data: Path, seed: int | None, clock: datetime | None) -> Settings:
    """The settings of a space that begins in a folder: `None` is what the other one began with."""
    changes: dict[str, Any] = {"data": data}
    if seed is not None:
        changes["seed"] = seed
    if clock is not None:
        changes["clock"] = clock.isoformat()
    return settings.model_copy(update=changes)


def _instant(clock: Clock) -> str:
    now: datetime = clock.now()
    return now.isoformat(timespec="milliseconds")

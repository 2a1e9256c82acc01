"""Begins and ends recordings of the spaces of a process."""

import re
from contextlib import AbstractContextManager
from importlib.metadata import version
from typing import Any

from gateway.adapters.clock import clock_from
from gateway.adapters.operation.redaction import holds_number
from gateway.contracts.faults import RefusedFault, refuse
from gateway.contracts.reasons import Reason
from gateway.domain.legal_day import in_brussels
from gateway.simulation.beside import RECORDINGS
from gateway.simulation.memory import memory_of
from gateway.simulation.people_desk import NAME as PEOPLE
from gateway.simulation.recording.hearing import Hearing
from gateway.simulation.recording.recorder import Recorder, outcome_of
from gateway.simulation.snapshots.desk import keep
from gateway.simulation.space import Space
from gateway.simulation.space_name import PATTERN
from gateway.simulation.spaces import Spaces


class RecordingDesk:
    """At most one recording of a space at a time; a reset or restore ends it where it stands."""

    def __init__(self, spaces: Spaces) -> None:
        self._spaces = spaces
        self._running: dict[str, tuple[Recorder, Hearing]] = {}

    def stepping_aside(self, inside: Space) -> AbstractContextManager[None]:
        """In a request that is itself inside the space that is recorded."""
        return self._spaces.stepping_aside(inside)

    def start(self, space: Space, name: str) -> dict[str, Any]:
        """Write down all that comes from now on. What is in session at the drop server must log in again.

        Raises:
            RefusedFault: `message-invalid`: the name, a clock that runs, or one that is running already.
        """
        if re.fullmatch(PATTERN, name) is None or holds_number(name):
            raise _invalid("this cannot be the name of a recording",
                           "take lower-case letters, digits and hyphens, and no person's number")  # fmt: skip
        if self._of(space) is not None:
            raise _invalid("this space is recorded already", "stop that recording first")
        if space.clock.mode == "running":
            raise _invalid("the clock runs, so nothing could be played again", "freeze the clock")
        self._spaces.end_sessions(space)
        with self._spaces.still(space.name) as here:
            recorder = Recorder(here, here.data / RECORDINGS / f"{name}.ndjson")
            recorder.begin(_head(here, recorder))
            heard = self._spaces.hear(here, lambda app: Hearing(app, recorder))
            here.ear = recorder
            self._running[space.name] = recorder, heard
        return self.shown(space)

    def stop(self, space: Space) -> dict[str, Any]:
        """The recording is over; where it lies, and whether it broke off before.

        Raises:
            RefusedFault: `message-invalid`: there is none.
        """
        told = self.shown(space)
        found = self._running.pop(space.name, None)
        if found is None or told["file"] is None:
            raise _invalid("nothing is recorded in this space", "start with `POST /_sim/recording`")
        recorder, heard = found
        with self._spaces.still(space.name) as here:
            here.ear = None
            self._spaces.hear(here, lambda _: heard.app)
            recorder.end()
        broken = {"broken": True} if recorder.is_broken else {}
        return told | {"recording": False, "events": recorder.count} | broken

    def shown(self, space: Space) -> dict[str, Any]:
        """Whether there is one, where, and how many events it has."""
        recorder = self._of(space)
        if recorder is None:
            return {"recording": False, "file": None, "events": 0}
        told = {"recording": True, "file": str(recorder.path), "events": recorder.count}
        return told | {"recording": False, "broken": True} if recorder.is_broken else told

    def _of(self, space: Space) -> Recorder | None:
        """The recording that goes on, of the space that stands there now."""
        found = self._running.get(space.name)
        if found is not None and found[0].space is not space:
            del self._running[space.name]
            return None
        return found[0] if found is not None else None


def _head(space: Space, recorder: Recorder) -> dict[str, Any]:
    """What a player has to begin with: the seed alone, or the snapshot beside the file."""
    begun = outcome_of(space)
    beside = recorder.path.with_suffix(".zip")
    beside.unlink(missing_ok=True)
    state = None if _is_fresh(space) else keep(space, beside).state
    return {
        "version": version("magda-sim"), "space": space.key, "seed": space.settings.seed,
        "people": space.settings.people, "on": state,
        "clock": in_brussels(space.clock.now()).isoformat(timespec="milliseconds"), **begun,
    }  # fmt: skip


def _is_fresh(space: Space) -> bool:
    """Whether nothing was done in it yet: a seed and a clock are enough to have it again."""
    memory, settings = memory_of(space), space.settings
    untouched = (memory["ids"], memory["salts"], memory["faults"]) == (0, 0, [])
    is_as_begun = clock_from(settings.clock).now() == space.clock.now()
    provides = all(memory["automatic"].values())
    limited = space.gateway.throttle.limits == settings.limits
    return untouched and is_as_begun and provides and limited and not (space.data / PEOPLE).exists()


def _invalid(detail: str, remedy: str) -> RefusedFault:
    return refuse(Reason.MESSAGE_INVALID, f"name: {detail}", element="name", remedy=remedy)

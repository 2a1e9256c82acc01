"""Where the spaces of a test session are made: in a process of our own, or in one that runs already."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import httpx

from gateway.simulation.ready_file import NAME, read_ready_file

_START_S, _STOP_S, _CALL_S = 120.0, 60.0, 120.0
_LOOK_S = 0.02
Ready = dict[str, Any]


class NotServed(Exception):
    """No process makes spaces; the text says why."""


class Refused(AssertionError):
    """The control API refused a call; the text says why, and how to mend it."""


@dataclass(frozen=True, slots=True)
class Doors:
    """A process, by the ready file of its default space. Names of spaces differ from worker to worker."""

    ready: Ready
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def create(self, seed: int | None = None, clock: str | None = None) -> Ready:
        """A further space; its ready file."""
        worker = os.environ.get("PYTEST_XDIST_WORKER", "t")
        name = f"{worker}-{os.getpid()}-{next(self._numbers)}"
        made: Ready = call(
            self.ready, "POST", "/spaces", {"id": name, "seed": seed, "clock": clock}
        )
        return made

    def delete(self, name: str) -> None:
        """End a space."""
        call(self.ready, "DELETE", f"/spaces/{name}")


def call(ready: Ready, method: str, path: str, body: Any = None) -> Any:
    """A call of a space's control API, with JSON or with bytes as they are; the JSON it answers, if any.

    Raises:
        Refused: it is refused.
    """
    sent = {"content": body} if isinstance(body, bytes) else {"json": body}
    answer = httpx.request(
        method, ready["control"] + path, **sent, timeout=_CALL_S, trust_env=False,
        headers={"Authorization": f"Bearer {ready['control_token']}"},
    )  # fmt: skip
    if answer.is_error:
        problem = answer.json()
        raise Refused(f"{method} {path}: {problem.get('detail')} ({problem.get('remedy')})")
    return answer.json() if answer.content else None


def running_doors(data: Path) -> Doors:
    """Those of the process that runs on a data folder.

    Raises:
        NotServed: none does.
    """
    try:
        return Doors(read_ready_file(data))
    except OSError:
        raise NotServed(
            f"nothing runs on {data}; `magda-sim up --demo --data {data}` does"
        ) from None


@contextmanager
def own_doors(folder: Path) -> Iterator[Doors]:
    """Those of a process of our own, which ends with this one whatever becomes of it.

    Raises:
        NotServed: it did not start; with what it said.
    """
    data, said = folder / "space", folder / "said.txt"
    command = [sys.executable, "-P", "-m", "gateway.simulation.testing.server", str(data)]
    with said.open("wb") as out, subprocess.Popen(  # noqa: S603  ourselves
        command, stdin=subprocess.PIPE, stdout=out, stderr=out, start_new_session=True
    ) as process:  # fmt: skip
        try:
            _wait(lambda: (data / NAME).exists() or process.poll() is not None)
            if not (data / NAME).exists():
                raise NotServed(f"the process did not start: {said.read_text('utf-8', 'replace')}")
            yield Doors(read_ready_file(data))
        finally:
            assert process.stdin is not None
            process.stdin.close()
            _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    try:
        process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait(holds: Callable[[], bool]) -> None:
    waiting, waited = threading.Event(), 0.0
    while not holds() and waited < _START_S:
        waiting.wait(_LOOK_S)
        waited += _LOOK_S

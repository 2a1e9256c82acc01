"""A space without listeners in which files go up and down, and which may die at any step and start anew."""

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from gateway import bootstrap
from gateway.adapters.database import open_database
from gateway.adapters.database.tables import REGISTRATION
from gateway.adapters.protocol_files.built_in import BUILT_IN_PROTOCOLS
from gateway.adapters.worker import WorkerThread
from gateway.bootstrap.files import build_file_flows
from gateway.contracts.drop import CompletedUpload, Outcome, Transfer
from gateway.contracts.faults import LogUnavailable
from gateway.settings import DEMO_CLOCK, Settings
from gateway.simulation.space import Doors, Space
from gateway.simulation.timekeeper import Timekeeper
from gateway.simulation.wewis import PARTY
from tests.brittle import Plan, brittle
from tests.file_evidence import manifest_of
from tests.running import FLOW

CHANNEL = "channel: {kind: file-drop, transport: ftps, route: magda, article: art. 6}"
WITH_TERM = CHANNEL[:-1] + ", drop_term: {period: P1M, article: art. 6}}"
_TURN = threading.Event()


def template(folder: Path, registered: dict[str, frozenset[str]]) -> Path:
    """A space that was opened once, with people registered and files that stay for a month."""
    (folder / "protocols").mkdir(parents=True)
    for document in BUILT_IN_PROTOCOLS.glob("*.yaml"):
        text = document.read_text("utf-8").replace(CHANNEL, WITH_TERM)
        (folder / "protocols" / document.name).write_text(text, "utf-8")
    space = Space("demo", settings(folder, DEMO_CLOCK), Doors())
    callers = space.callers
    space.close()
    engine = open_database(folder / "space" / "space.db")
    with engine.begin() as connection:
        for unit, persons in registered.items():
            who = {"uri": callers[unit].uri, "hoedanigheid": callers[unit].hoedanigheid}
            begin = datetime.fromisoformat(DEMO_CLOCK).date().replace(day=1)
            rows = [who | {"insz": one, "begin": begin} for one in sorted(persons)]
            connection.execute(insert(REGISTRATION), rows)
    engine.dispose()
    return folder


def settings(folder: Path, clock: str) -> Settings:
    return Settings(data=folder / "space", clock=clock, protocols=folder / "protocols")


class Exchange:
    """One life after the other on the same data. `plan` says where the present one ends."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.data = folder, folder / "space"
        self.plan = Plan()
        self.lives = 0
        self.deaths_to_come: list[int] = []
        self._clock = DEMO_CLOCK
        self._open()
        self.settle()

    @classmethod
    def of(cls, model: Path, folder: Path) -> "Exchange":
        """A copy of a template, opened."""
        shutil.copytree(model, folder)
        return cls(folder)

    def do(self, act: Callable[[], Any]) -> Any:
        """Do something, wait until all that follows is done; if the space dies of it, start it anew.

        What the act gave, or `None` where the space died or something stood in the way.
        """
        found = self._attempt(act)
        self.settle()
        return found

    def settle(self) -> None:
        """Wait for the worker; a space that died meanwhile is started again, until it lives."""
        tasks = self._worker._tasks
        self._wait(lambda: not tasks.unfinished_tasks)
        while self.plan.is_dead:
            self._clock = self.space.clock.now().isoformat()
            self._abandon()
            self._open()
            tasks = self._worker._tasks
            self._wait(lambda: not tasks.unfinished_tasks)  # noqa: B023  waited for at once
            self.tick()

    @property
    def _worker(self) -> WorkerThread:
        worker = self.space._worker
        assert isinstance(worker, WorkerThread)
        return worker

    def upload(self, name: str, content: bytes) -> dict[str, Any] | None:
        """A finished upload of WEWIS; its receipt, if there is one by now."""
        path = self.data / "drop" / "wewis" / "in" / FLOW / name
        receipt = (
            self.data / "drop" / "wewis" / "ontvangstbewijzen" / f"{name}.ontvangstbewijs.json"
        )
        receipt.unlink(missing_ok=True)
        path.with_suffix(".part").write_bytes(content)
        path.with_suffix(".part").rename(path)
        self.do(lambda: self.space.desk.uploaded(CompletedUpload("wewis", FLOW, name, str(path))))
        told: dict[str, Any] | None = json.loads(receipt.read_bytes()) if receipt.exists() else None
        return told

    def collect(self, consumer: str, name: str, inbox: Path) -> bool:
        """Read a file to its end, with its manifest; whether that was allowed."""
        shown = self.data / "drop" / consumer / "uit" / FLOW / name
        account, path = self.space.gates["sftp"].accounts[consumer], f"/uit/{FLOW}/{name}"
        try:
            if self.space.desk.refuse_reading(account, path) is not None:
                return False
        except LogUnavailable:
            return False  # not now, the drop server says
        inbox.mkdir(parents=True, exist_ok=True)
        shutil.copy2(shown, inbox)
        shutil.copy2(manifest_of(self.data, consumer, shown), inbox)
        read = Transfer(path, is_upload=False, size=shown.stat().st_size, outcome=Outcome.COMPLETE)
        self.do(lambda: self.space.desk.transferred(account, read))
        return True

    def acknowledge(self, consumer: str, name: str) -> None:
        """Rename a file into the archive."""
        drop = self.data / "drop" / consumer
        (drop / "uit" / FLOW / name).rename(drop / "archief" / name)
        account = self.space.gates["sftp"].accounts[consumer]
        self.do(lambda: self.space.desk.acknowledged(account, name))

    def call(self, task: Callable[[], Any]) -> Any:
        """Something that is asked for and done in turn."""
        return self.do(lambda: self.space._worker.call(task).result(timeout=30))

    def close(self) -> None:
        """The end of the last life, in order."""
        self.space.close()

    def _attempt(self, act: Callable[[], Any]) -> Any:
        found: list[Any] = []

        def run() -> None:
            with suppress(Exception, SystemExit):
                found.append(act())

        done = threading.Thread(target=run, daemon=True)
        done.start()
        self._wait(lambda: not done.is_alive())
        return found[0] if found else None

    def tick(self) -> None:
        """At once what a space does by itself soon after its start, or after a disk was full."""
        self.space.time._not_before = 0.0
        self._attempt(self.space.time.run_due)

    def _open(self) -> None:
        self.lives += 1
        soon = self.deaths_to_come.pop() if self.deaths_to_come else None
        self.plan = Plan(crash_at=soon, full=self.plan.full)
        with dying(self.plan):
            self.space = Space("demo", settings(self.folder, self._clock), Doors())
        self.space.automatic[PARTY] = False

    def _abandon(self) -> None:
        """The process is gone: nothing is finished, nothing that waits is entered."""
        space = self.space
        space._ticker.stop()
        if space._law_watch is not None:
            space._law_watch.stop()
        tasks = self._worker._tasks
        tasks.put(None)
        self._worker._thread.join(timeout=30)
        while tasks.unfinished_tasks:  # whoever still waits for them dies too
            tasks.task_done()
        space.gateway.log.inner.close()
        space.gateway.engine.dispose()

    def _wait(self, holds: Callable[[], bool]) -> None:
        while not (holds() or self.plan.is_dead):
            _TURN.wait(0.001)


@contextmanager
def dying(plan: Plan) -> Iterator[None]:
    """File flows that are built meanwhile go by the plan."""

    def build(*parts: Any) -> Any:
        return brittle(build_file_flows(*parts), plan)

    run_due = Timekeeper.run_due

    def run_when_told(time: Timekeeper) -> None:
        """What is due is done by `Exchange.tick`, and not at some moment by the clock's own thread."""
        if not threading.current_thread().name.startswith("clock-"):
            run_due(time)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bootstrap, "build_file_flows", build)
        patch.setattr(Timekeeper, "run_due", run_when_told)
        yield

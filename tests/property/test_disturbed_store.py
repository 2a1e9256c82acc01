"""Whatever befalls files on their way: what lies there is the file, a part of it, or it blotted; in the end it is right."""

from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from gateway.contracts.drop import ARCHIVE, MANIFEST
from gateway.simulation.disturbance.board import Board
from gateway.simulation.disturbance.kinds import AREAS, Stage
from gateway.simulation.disturbance.places import anywhere
from gateway.simulation.disturbance.rules import Fault
from gateway.simulation.disturbance.store import RELEASE_JOB, DisturbedStore
from gateway.simulation.jobs import Job

USER, FOLDER = "infino", "/uit/jobbonusplus-mutaties"
NOON = datetime(2025, 3, 10, 11, tzinfo=UTC)
KINDS = sorted(kind for kind, nature in AREAS["drop.out"].items() if nature.stage is Stage.FILE)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["acknowledge", "again", "pass", "start", "withdraw"]), st.integers(0, 4)
    ),
    max_size=8,
)


class _Clock:
    def __init__(self) -> None:
        self.at = NOON

    def now(self) -> datetime:
        return self.at


class _Life:
    """A store, what is to be done later, and what each file is."""

    def __init__(self, folder: Path, faults: list[Fault], seed: int) -> None:
        self.clock, self.jobs = _Clock(), list[Job]()
        self.board = Board(seed, self.clock.now, anywhere())
        self.board.put(faults)
        self.folder = folder
        self.start()
        self.root, self.gone = folder / USER, set[str]()
        self.content = {
            f"jobbonusplus-mutaties_2025-03-{number + 1:02}_{number + 1:06}.json": bytes(
                range(48, 112)
            )
            * (number + 1)
            for number in range(5)
        }

    def start(self) -> None:
        """Another process on the same folders; what is to be done later is kept elsewhere."""
        self.store = DisturbedStore(self.folder, self.clock, self.board, is_lasting=False)
        self.store.prepare(USER, [FOLDER, ARCHIVE])
        self.store.add = self.jobs.append

    def release(self) -> None:
        for name, content in self.content.items():
            self.store.place(USER, FOLDER, f"{name}{MANIFEST}", b"signed")
            self.store.stage(USER, FOLDER, name, [content])
            self.store.release(USER, FOLDER, name)

    def take(self, step: str, number: int) -> None:
        name = sorted(self.content)[number]
        shown = self.root / FOLDER[1:] / name
        if step == "acknowledge" and shown.exists():
            shown.rename(self.root / ARCHIVE[1:] / name)
        elif step == "again" and name not in self.gone:
            self.store.put_back(USER, FOLDER, name)
        elif step == "withdraw":
            self.gone.add(name)
            for folder in (FOLDER, ARCHIVE):
                self.store.withdraw(USER, folder, name)
        elif step == "start":
            self.start()
        elif step == "pass":
            self.clock.at += timedelta(hours=1)
            self.run()

    def run(self) -> None:
        due = [job for job in self.jobs if job.due_at <= self.clock.at]
        self.jobs[:] = [job for job in self.jobs if job not in due]
        handler = self.store.handlers(_at_once)[RELEASE_JOB]
        for job in due:
            handler(job)

    def seen(self) -> dict[str, bytes]:
        return {
            path.name: path.read_bytes()
            for folder in (FOLDER, ARCHIVE)
            for path in (self.root / folder[1:]).glob("*.json")
        }


def _at_once(task: object) -> "Future[bool]":
    done: Future[bool] = Future()
    done.set_result(task())  # type: ignore[operator]  # it is called
    return done


def is_from(seen: bytes, whole: bytes) -> bool:
    """The whole, its first half, or itself with a part blotted out."""
    if len(seen) < len(whole):
        return seen == whole[: len(whole) // 2]
    return len(seen) == len(whole) and all(a in (b, 0) for a, b in zip(seen, whole, strict=True))


@given(
    st.lists(st.tuples(st.sampled_from(KINDS), st.floats(0, 1)), max_size=4),
    STEPS,
    st.integers(0, 9),
)
def test_what_lies_there_is_never_more_than_the_file_and_is_right_in_the_end(
    rules: list[tuple[str, float]], steps: list[tuple[str, int]], seed: int
) -> None:
    faults = [Fault(where="drop.out", kind=kind, rate=rate) for kind, rate in rules]
    with TemporaryDirectory() as folder:
        life = _Life(Path(folder), faults, seed)
        life.release()
        for step, number in steps:
            life.take(step, number)
            seen = life.seen()
            assert all(is_from(content, life.content[name]) for name, content in seen.items())
            assert not life.gone & seen.keys()
        life.clock.at += timedelta(days=1)
        life.run()
        for name in life.content.keys() - life.gone:
            life.store.put_back(USER, FOLDER, name)

        left = {name: one for name, one in life.content.items() if name not in life.gone}
        assert life.seen() == left
        assert [path for path in life.root.rglob(".held/*/uit/*/*") if path.is_file()] == []

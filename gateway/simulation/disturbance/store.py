"""The drop folders, where files may come late, half, damaged, out of order, twice or not at all."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from datetime import timedelta
from pathlib import Path

from gateway.contracts.clock import Clock
from gateway.contracts.drop import MANIFEST
from gateway.domain.legal_day import legal_day
from gateway.domain.upload_name import flow_of_parcel
from gateway.simulation.disturbance.board import Board, Drawn
from gateway.simulation.disturbance.damage import blotted, half
from gateway.simulation.disturbance.kinds import Stage
from gateway.simulation.jobs import Done, Handler, Job
from sftp_drop.drop_store import DropStore

RELEASE_JOB = "fault.release"
InTurn = Callable[[Callable[[], bool]], Future[bool]]
_HELD = ".held"
_NEXT, _KEPT = "next", "kept"
"""Held back until the next file of the folder came; until it is asked for, or its time has come."""
_OUT = "/uit/"


class DisturbedStore(DropStore):
    """A drop store with a board: what is released was entered, and then may meet a fault.

    What is held back lies out of sight, whole. `add` takes what is to be done later, by the space's clock.
    """

    def __init__(self, base: Path, clock: Clock, board: Board, *, is_lasting: bool) -> None:
        super().__init__(base, clock, is_lasting=is_lasting)
        self._board, self._now = board, clock.now
        self._holds = any(base.glob(f"*/{_HELD}/*/uit/*/*"))
        self.add: Callable[[Job], None] = _nobody

    def handlers(self, in_turn: InTurn) -> dict[str, Handler]:
        """What to do when the time of a file has come; `in_turn` runs it where files are made."""

        def come(job: Job) -> Done:
            assert job.file is not None
            name = job.file
            shown = in_turn(lambda: self.put_back(job.party, f"{_OUT}{job.flow}", name))
            return Done("released" if shown.result() else "not there any more")

        return {RELEASE_JOB: come}

    def release(self, user: str, folder: str, name: str, /) -> None:
        """Show a staged file, unless something happens to it; and after it what it was to come before."""
        if self._board.is_still and not self._holds:
            super().release(user, folder, name)
            return
        drawn = None
        if _is_parcel(folder, name) and self._staged(user, folder, name).exists():
            drawn = self._board.draw(f"drop.out.{user}", Stage.FILE)
        if drawn is None:
            self._release(user, folder, name)
        else:
            self._happen(drawn, user, folder, name)

    def put_back(self, user: str, folder: str, name: str, /) -> bool:
        """The same, and the right one where a damaged one, or none, was shown."""
        lies_there = super().put_back(user, folder, name)
        return self._let_go(user, folder, name) or lies_there

    def withdraw(self, user: str, folder: str, name: str, /) -> bool:
        """Remove a file, also one that is held back."""
        was_there = super().withdraw(user, folder, name)
        held = list(self._held(user, folder, name))
        for path in held:
            path.unlink()
        return was_there or bool(held)

    def _happen(self, drawn: Drawn, user: str, folder: str, name: str) -> None:
        match drawn.kind:
            case "duplicate":
                self._release(user, folder, name)
                self._later(drawn, user, name)
            case "reordered":
                self._hold(_NEXT, user, folder, name)
            case "half-written" | "corrupted":
                self._show_damaged(drawn, user, folder, name)
            case _:
                self._hold(_KEPT, user, folder, name)
        if drawn.kind in ("late", "half-written"):
            self._later(drawn, user, name)

    def _show_damaged(self, drawn: Drawn, user: str, folder: str, name: str) -> None:
        content = self._hold(_KEPT, user, folder, name).read_bytes()
        is_half = drawn.kind == "half-written"
        damaged = half(content) if is_half else blotted(content, drawn.chance)
        self.stage(user, folder, name, [damaged])
        self._release(user, folder, name)

    def _release(self, user: str, folder: str, name: str) -> None:
        super().release(user, folder, name)
        if not _is_parcel(folder, name):
            return
        for path in sorted(self._path(user, folder, _NEXT).glob("*")):
            self._show(path, user, folder)

    def _hold(self, mark: str, user: str, folder: str, name: str) -> Path:
        held = self._path(user, folder, mark) / name
        held.parent.mkdir(parents=True, exist_ok=True)
        self._staged(user, folder, name).rename(held)
        self._sync(held.parent)
        self._holds = True
        return held

    def _let_go(self, user: str, folder: str, name: str) -> bool:
        held = list(self._held(user, folder, name))
        for path in held:
            self._show(path, user, folder)
        return bool(held)

    def _show(self, path: Path, user: str, folder: str) -> None:
        path.rename(self._folder(user, folder) / path.name)
        self._sync(self._folder(user, folder))

    def _held(self, user: str, folder: str, name: str) -> Iterator[Path]:
        paths = (self._path(user, folder, mark) / name for mark in (_NEXT, _KEPT))
        return (path for path in paths if self._holds and path.exists())

    def _path(self, user: str, folder: str, mark: str) -> Path:
        return self._folder(user, f"{_HELD}/{mark}{folder}")

    def _later(self, drawn: Drawn, user: str, name: str) -> None:
        at = self._now() + timedelta(seconds=drawn.seconds)
        self.add(
            Job(
                kind=RELEASE_JOB,
                due_at=at,
                flow=flow_of_parcel(name),
                party=user,
                day=legal_day(at).isoformat(),
                file=name,
            )
        )


def _is_parcel(folder: str, name: str) -> bool:
    return folder.startswith(_OUT) and not name.endswith(MANIFEST)


def _nobody(_: Job) -> None:
    raise AssertionError("files are released only once there is somebody to do things later")

"""What a reset leaves behind: moved out of the way at once, removed while life goes on."""

import os
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from gateway.adapters.worker import WorkerThread

FOLDER = ".rubble"


class Closeable(Protocol):
    """What holds files open."""

    def close(self) -> None:
        """Let go of them."""
        ...


class Rubble:
    """The old parts of one data folder, and the thread that removes them."""

    def __init__(self, data: Path) -> None:
        self._folder, self._count = data / FOLDER, 0
        self._worker = WorkerThread("rubble")
        if self._folder.exists():  # of a process that was killed
            self._worker.submit(lambda: shutil.rmtree(self._folder, ignore_errors=True))
            self._worker.settle()

    def clear(self, data: Path, kept: Collection[str], hollow: Collection[str] = ()) -> list[str]:
        """Move everything but `kept` out of a folder; what was moved, in order.

        Of those in `hollow` the folders stay, with nothing in them: making a hundred anew takes longer.
        """
        self._count += 1
        heap = self._folder / str(self._count)
        heap.mkdir(parents=True)
        names = sorted(path.name for path in data.iterdir() if path.name not in kept)
        for name in names:
            if name in hollow:
                _hollow(data / name, heap)
            else:
                (data / name).rename(heap / name)
        self._worker.submit(lambda: shutil.rmtree(heap, ignore_errors=True))
        return names

    def remove(self, data: Path) -> None:
        """Remove a whole folder; it is gone on return."""
        if data.exists():
            self.clear(data, ())
            data.rmdir()
            self._worker.settle()

    @contextmanager
    def unless_whole(self, data: Path) -> Iterator[None]:
        """Leave nothing of a folder that was not filled to the end: another may be made under its name."""
        try:
            yield
        except BaseException:
            self.remove(data)
            raise

    def close(self) -> None:
        """Finish."""
        self._worker.stop()
        shutil.rmtree(self._folder, ignore_errors=True)


def _hollow(folder: Path, heap: Path) -> None:
    count, folders = 0, [str(folder)]
    while folders:
        for one in list(os.scandir(folders.pop())):
            if one.is_dir(follow_symlinks=False):
                folders.append(one.path)
            else:
                count += 1
                os.rename(one.path, f"{heap}/{folder.name}-{count}")  # noqa: PTH104  thousands of them


@contextmanager
def closed_unless_done(space: Closeable) -> Iterator[None]:
    """Close what was opened for a place that it cannot take after all."""
    try:
        yield
    except BaseException:
        space.close()
        raise

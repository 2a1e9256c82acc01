"""What a collector remembers of a flow: a line for each thing, and nothing is ever written over.

A line is either `{"sequence":1,"name":"…","sha256":"…"}`, from the second on with the digest of the one before as `previous`, or `{"given_up":[2]}`. The last one
may be half: whoever wrote it was stopped, and what it was to tell is done again.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

import msgspec
from msgspec import field


class Kept(msgspec.Struct, frozen=True):
    """A file that was collected."""

    name: str
    sha256: str
    previous: str | None = None


class State(msgspec.Struct):
    """What is remembered of a flow. `given_up` are sequences that will never come."""

    files: dict[int, Kept] = field(default_factory=dict)
    given_up: set[int] = field(default_factory=set)

    @property
    def missing(self) -> tuple[int, ...]:
        """The sequences below the highest that were not collected and not given up."""
        highest = max(self.files, default=0)
        if len(self.files) == highest and 0 not in self.files:
            return ()
        below = set(range(1, highest))
        return tuple(sorted(below - self.files.keys() - self.given_up))


class Line(msgspec.Struct, omit_defaults=True):
    """One thing that is remembered."""

    sequence: int | None = None
    name: str = ""
    sha256: str = ""
    previous: str | None = None
    given_up: tuple[int, ...] = ()


class Remembered:
    """A file of lines. It is read again where it is not as it was left."""

    def __init__(self, path: Path) -> None:
        self._path, self._state = path, State()
        self._seen: tuple[int, int] | None = None
        self._whole = 0

    def state(self) -> State:
        """All that is remembered; nothing where there is no file.

        Raises:
            ValueError: a whole line is none of ours.
        """
        try:
            found = self._path.stat()
        except FileNotFoundError:
            self._state, self._whole, self._seen = State(), 0, None
            return self._state
        if self._seen != _as_left(found):
            self._read()
            self._seen = _as_left(found)
        return self._state

    def add(self, line: Line, file: BinaryIO) -> None:
        """Put a line behind what is whole of the file, which is open to append."""
        state = self.state()
        if file.tell() != self._whole:
            file.truncate(self._whole)
        self._whole += file.write(msgspec.json.encode(line) + b"\n")
        file.flush()
        _take(state, line)
        self._seen = _as_left(os.fstat(file.fileno()))

    def _read(self) -> None:
        whole, _, _ = self._path.read_bytes().rpartition(b"\n")
        self._state, self._whole = State(), len(whole) + 1 if whole else 0
        for line in _DECODER.decode_lines(whole):
            _take(self._state, line)


_DECODER = msgspec.json.Decoder(Line)


def kept_line(sequence: int, kept: Kept) -> Line:
    """That a file was collected."""
    return Line(sequence, kept.name, kept.sha256, kept.previous)


def given_up_line(sequences: Iterable[int]) -> Line:
    """That files will never come."""
    return Line(given_up=tuple(sorted(sequences)))


def _as_left(found: os.stat_result) -> tuple[int, int]:
    return found.st_size, found.st_mtime_ns


def _take(state: State, line: Line) -> None:
    if line.sequence is not None:
        state.files[line.sequence] = Kept(line.name, line.sha256, line.previous)
    state.given_up |= set(line.given_up)

"""Starts the log's sequencer as a process of its own, and makes sure that an old one is gone."""

import select
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from gateway.adapters.log.frames import READY
from gateway.contracts.faults import LogUnavailable

_START_S = 20.0
_END_S = 10.0
_LONGEST_ADDRESS = 100
"""What every system takes as the path of a Unix socket."""


class SequencerProcess:
    """One sequencer. `address` is where it listens."""

    def __init__(self, path: Path) -> None:
        self._path = path.absolute()
        self.address, self._folder = _address(self._path)
        try:
            self.start()
        except BaseException:
            self._leave()
            raise

    def connect(self) -> socket.socket:
        """A connection to it.

        Raises:
            OSError: it is not there.
        """
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(self.address)
        except OSError:
            connection.close()
            raise
        return connection

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def start(self) -> None:
        """Start one, and wait until it serves.

        Raises:
            LogUnavailable: it does not start.
        """
        command = [sys.executable, "-m", "gateway.adapters.log.sequencer", str(self._path), self.address]  # fmt: skip
        self._process = subprocess.Popen(  # noqa: S603  our own module
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
        )
        assert self._process.stdout is not None
        has_said, _, _ = select.select([self._process.stdout], [], [], _START_S)
        if not has_said or self._process.stdout.read(len(READY)) != READY:
            self.kill()
            raise LogUnavailable

    def kill(self) -> None:
        """End it at once; whatever it had not committed is not in the log, and never will be."""
        self._process.kill()
        self._end()

    def stop(self) -> None:
        """Let it commit what it has, and end."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._end()
        self._leave()

    def _leave(self) -> None:
        Path(self.address).unlink(missing_ok=True)
        if self._folder is not None:
            self._folder.cleanup()

    def _end(self) -> None:
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()


def _address(path: Path) -> tuple[str, tempfile.TemporaryDirectory[str] | None]:
    """Beside the log, or in a folder of its own where that path is too long for a socket."""
    beside = f"{path}.sock"
    if len(beside.encode()) <= _LONGEST_ADDRESS:
        return beside, None
    folder = tempfile.TemporaryDirectory(prefix="magda-sim-")
    return f"{folder.name}/log.sock", folder

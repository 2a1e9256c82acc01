"""The log's sequencer: a process of its own that gives every entry its place, for whoever connects.

What all connections brought while the last commit ran goes into the next one; nothing waits for a
clock. It ends when the gateway that started it lets go of its standard input.
"""

import fcntl
import gc
import os
import selectors
import signal
import socket
import sys
from pathlib import Path

from gateway.adapters.log.chain import Chain
from gateway.adapters.log.frames import READY, answered, take_batches
from gateway.contracts.faults import LogUnavailable

_CHUNK = 1 << 20
_BACKLOG = 64


class Sequencer:
    """Serves one chain on one listening socket until `lifeline` ends."""

    def __init__(self, chain: Chain, listener: socket.socket, lifeline: int) -> None:
        self._chain, self._listener, self._lifeline = chain, listener, lifeline
        self._inboxes: dict[socket.socket, bytearray] = {}
        self._ready = selectors.DefaultSelector()
        self._ready.register(listener, selectors.EVENT_READ)
        self._ready.register(lifeline, selectors.EVENT_READ)

    def run(self) -> None:
        """Serve; what was received before the end is still committed."""
        alive = True
        while alive:
            for key, _ in self._ready.select():
                if key.fileobj is self._listener:
                    self._accept()
                elif key.fileobj == self._lifeline:
                    alive = False
                else:
                    assert isinstance(key.fileobj, socket.socket)
                    self._receive(key.fileobj)
            self._commit()

    def _accept(self) -> None:
        connection, _ = self._listener.accept()
        connection.setblocking(False)  # noqa: FBT003  the socket's own word
        self._inboxes[connection] = bytearray()
        self._ready.register(connection, selectors.EVENT_READ)

    def _receive(self, connection: socket.socket) -> None:
        try:
            received = connection.recv(_CHUNK)
        except OSError:
            received = b""
        if received:
            self._inboxes[connection] += received
        else:
            self._drop(connection)

    def _commit(self) -> None:
        waiting = [
            (connection, batch)
            for connection, inbox in self._inboxes.items()
            if inbox
            for batch in take_batches(inbox)
        ]
        if not waiting:
            return
        first = self._chain.write([entry for _, batch in waiting for entry in batch])
        answers: dict[socket.socket, bytes] = {}
        for connection, batch in waiting:
            answers[connection] = answers.get(connection, b"") + answered(first)
            first = None if first is None else first + len(batch)
        for connection, answer in answers.items():
            self._answer(connection, answer)

    def _answer(self, connection: socket.socket, answer: bytes) -> None:
        try:
            sent = connection.send(answer)
        except OSError:
            sent = 0
        if sent != len(answer):  # it reads nothing, or left: it will look in the log itself
            self._drop(connection)

    def _drop(self, connection: socket.socket) -> None:
        if self._inboxes.pop(connection, None) is not None:
            self._ready.unregister(connection)
            connection.close()


def hold(folder: Path) -> int:
    """Wait until no other sequencer has this folder, and keep it until this process ends."""
    held = os.open(folder, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    return held


def main(path: Path, address: str) -> None:
    """Open the log and serve it at an address. The gateway that started it says when to end."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    hold(path.parent)
    try:
        chain = Chain(path)
    except LogUnavailable:
        sys.exit(1)
    Path(address).unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address)
    listener.listen(_BACKLOG)
    gc.freeze()
    os.write(sys.stdout.fileno(), READY)
    Sequencer(chain, listener, sys.stdin.fileno()).run()
    chain.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])

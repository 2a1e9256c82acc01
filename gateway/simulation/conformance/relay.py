"""A way to a door that breaks once: after so many bytes from the client its connection is cut."""

import socket
import struct
import threading
from contextlib import suppress

_PIECE = 16_384
_LOOK_S = 0.2
_RESET = struct.pack("ii", 1, 0)


class Relay:
    """Passes bytes on to a door on loopback; `host` and `port` are where it listens. Close it."""

    def __init__(self, door: tuple[str, int], cut_after: int) -> None:
        self._door, self._left = door, cut_after
        self.is_cut = False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(_LOOK_S)
        self.host, self.port = self._listener.getsockname()[:2]
        self._over = threading.Event()
        self._threads: list[threading.Thread] = []
        self._door_thread = threading.Thread(target=self._listen, daemon=True)
        self._door_thread.start()

    def close(self) -> None:
        """Cut what passes still, and wait until nothing does."""
        self._over.set()
        self._door_thread.join()  # from here on nobody comes in any more
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def _listen(self) -> None:
        while not self._over.is_set():
            try:
                client, _ = self._listener.accept()
            except TimeoutError:
                continue
            thread = threading.Thread(target=self._pass, args=(client,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _pass(self, client: socket.socket) -> None:
        with client, suppress(OSError), socket.create_connection(self._door) as door:
            back = threading.Thread(target=self._copy, args=(door, client), daemon=True)
            back.start()
            self._copy(client, door, counts=True)
            back.join()

    def _copy(self, source: socket.socket, target: socket.socket, *, counts: bool = False) -> None:
        """One direction, until either side is done or the cut."""
        source.settimeout(_LOOK_S)
        broke = False
        with suppress(OSError):
            while not self._over.is_set():
                try:
                    piece = source.recv(_PIECE)
                except TimeoutError:
                    continue
                broke = counts and self._is_cut_by(len(piece))
                if broke or not piece:
                    break
                target.sendall(piece)
        _end(source, target, broke=broke)

    def _is_cut_by(self, size: int) -> bool:
        """Whether this piece is the one at which the connection breaks; that happens once."""
        if self.is_cut:
            return False
        self._left -= size
        self.is_cut = self._left <= 0
        return self.is_cut


def _end(*sides: socket.socket, broke: bool) -> None:
    for side in sides:
        with suppress(OSError):
            if broke:
                side.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            side.shutdown(socket.SHUT_RDWR)

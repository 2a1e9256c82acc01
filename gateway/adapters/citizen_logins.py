"""Citizens who logged in: short-lived tokens in machine time, kept as digests and in memory only."""

from collections.abc import Callable
from hashlib import sha256
from threading import Lock

from gateway.adapters.ids import unguessable

LIFETIME_S = 1_800.0
_MOST = 10_000


class CitizenLogins:
    """A token tells whose it is until it ends. `monotonic` is machine time."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._open: dict[bytes, tuple[float, str]] = {}
        self._lock = Lock()

    def open(self, key: str) -> str:
        """Let somebody in; their token. Where there are too many, the oldest must log in again."""
        token, now = unguessable(), self._monotonic()
        with self._lock:
            self._open = {one: kept for one, kept in self._open.items() if kept[0] > now}
            while len(self._open) >= _MOST:
                del self._open[next(iter(self._open))]
            self._open[_digest(token)] = (now + LIFETIME_S, key)
        return token

    def who(self, token: str) -> str | None:
        """Whose token it is, if it counts."""
        until, key = self._open.get(_digest(token), (0.0, None))
        return key if key is not None and self._monotonic() < until else None

    def close(self, token: str) -> None:
        """The citizen has left."""
        with self._lock:
            self._open.pop(_digest(token), None)


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()

"""Against guessing: wrong passwords and codes are counted per address and per account, in machine time."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

_MOST_REMEMBERED = 10_000
MOST_WRONG = 6
"""How many wrong tries end a connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lockout:
    """How many wrong secrets within `window_s` close an account or an address to guesses for `locked_s`."""

    per_account: int = 10
    per_address: int = 20
    window_s: float = 600.0
    locked_s: float = 300.0


@dataclass(slots=True)
class _Tally:
    began: float
    wrong: int = 0
    locked_until: float = 0.0


@dataclass(slots=True)
class Guard:
    """Who may try a password or a code now. Keys cannot be guessed and are never locked out.

    The counts outlive connections; the longest unused are forgotten first.
    """

    rules: Lockout = field(default_factory=Lockout)
    monotonic: Callable[[], float] = time.monotonic
    _tallies: "OrderedDict[tuple[str, str], _Tally]" = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def is_locked(self, address: str, user: str) -> bool:
        """Whether nothing that is typed counts at present, right or wrong."""
        now = self.monotonic()
        with self._lock:
            tallies = [self._tallies.get(place) for place in _places(address, user)]
        return any(one is not None and now < one.locked_until for one in tallies)

    def wrong(self, address: str, user: str) -> None:
        """Something wrong was typed."""
        now = self.monotonic()
        account, source = _places(address, user)
        with self._lock:
            self._count(account, self.rules.per_account, now)
            self._count(source, self.rules.per_address, now)
            while len(self._tallies) > _MOST_REMEMBERED:
                self._tallies.popitem(last=False)

    def right(self, user: str) -> None:
        """The account's owner was here: its count starts anew. The address's does not."""
        with self._lock:
            self._tallies.pop(("user", user), None)

    def _count(self, place: tuple[str, str], most: int, now: float) -> None:
        tally = self._tallies.pop(place, None)
        if tally is None or now - tally.began > self.rules.window_s:
            tally = _Tally(now)
        tally.wrong += 1
        if tally.wrong >= most:
            tally.locked_until, tally.wrong, tally.began = now + self.rules.locked_s, 0, now
        self._tallies[place] = tally


def _places(address: str, user: str) -> tuple[tuple[str, str], tuple[str, str]]:
    return ("user", user), ("address", address)

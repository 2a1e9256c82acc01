"""Too many requests from one consumer: refused in machine time, and nobody else notices."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from math import ceil

from gateway.contracts.faults import Ground, Refusal, RefusedFault
from gateway.contracts.reasons import Reason
from gateway.domain.request import Caller

_KEPT = 1024
_FASTEST = 1e6
_MS = 1000


@dataclass(frozen=True, slots=True)
class Rate:
    """So many requests a second, and so many at once after a pause; a `burst` of 0 refuses each."""

    per_second: float
    burst: int

    def __str__(self) -> str:
        """As MAGDA puts it: `10 per 1000 ms`."""
        if self.per_second >= 1:
            return f"{self.per_second:g} per {_MS} ms"
        return f"1 per {_MS / self.per_second:.0f} ms"


@dataclass(frozen=True, slots=True)
class Limits:
    """The rate of each credential by itself (`None`: no limit), and who has a rate of its own.

    `own` names a credential, or a party whose credentials then share the rate.
    """

    each: Rate | None = None
    own: Mapping[str, Rate] = field(default_factory=dict)

    def require_known(self, callers: Iterable[Caller]) -> None:
        """Let limits pass that name these callers only.

        Raises:
            LimitsInvalid: they name somebody else.
        """
        known = {name for caller in callers for name in (caller.key, caller.party)}
        strangers = sorted(self.own.keys() - known)
        if strangers:
            raise LimitsInvalid(f"no credential or party is called `{strangers[0]}`")


class LimitsInvalid(ValueError):
    """A rate of its own for somebody who is not here."""


class Throttle:
    """A token bucket per credential, kept as one number: when it would be full again.

    Only the event loop asks it, so it needs no lock. `limits` may be put anew at any time.
    """

    def __init__(self, limits: Limits, monotonic: Callable[[], float]) -> None:
        self.limits, self._monotonic = limits, monotonic
        self._full_at: dict[str, float] = {}

    def put(self, limits: Limits) -> None:
        """Let these limits count from the next request on, with every bucket full."""
        self.limits = limits
        self._full_at.clear()

    def take(self, caller: Caller) -> None:
        """Take one from the caller's bucket.

        Raises:
            RefusedFault: `too-many-requests`; nothing is taken.
        """
        limits = self.limits
        key = caller.key if caller.key in limits.own else caller.party
        rate = limits.own.get(key)
        if rate is None:
            key, rate = caller.key, limits.each
        if rate is not None:
            self._take(key, rate)

    def _take(self, key: str, rate: Rate) -> None:
        now, step = self._monotonic(), 1 / rate.per_second
        full_at = max(self._full_at.get(key, now), now) + step
        wait = full_at - now - rate.burst * step
        if wait > step * 1e-6:  # the rounding of a float is nobody's request
            raise _too_many(rate, wait)
        if len(self._full_at) >= _KEPT:
            self._forget(now)
        self._full_at[key] = full_at

    def _forget(self, now: float) -> None:
        """A full bucket is like none."""
        self._full_at = {key: at for key, at in self._full_at.items() if at > now}


def _too_many(rate: Rate, wait: float) -> RefusedFault:
    seconds = max(1, ceil(wait))
    ground = Ground(
        reason=Reason.TOO_MANY_REQUESTS,
        detail=f"more requests than {rate} ({rate.burst} at once)",
        remedy=f"ask more slowly; again in {seconds} s",
    )
    return RefusedFault(Refusal((ground,), retry_after=seconds))


def parse_rates(text: str) -> Mapping[str, Rate]:
    """Rates of one's own: `infino=1/5,opgroeien=100/200`, each per second and at once.

    Raises:
        ValueError: it is not of this form.
    """
    return dict(_parse(part.strip()) for part in text.split(",") if part.strip())


def _parse(part: str) -> tuple[str, Rate]:
    name, _, rate = part.partition("=")
    per_second, _, burst = rate.partition("/")
    try:
        found = Rate(float(per_second), int(burst))
    except ValueError:
        raise ValueError(f"`{part}` is not of the form `infino=1/5`") from None
    if not (name.strip() and 0 < found.per_second <= _FASTEST and found.burst >= 0):
        raise ValueError(f"`{part}`: name a credential, a rate above 0 and a burst")
    return name.strip(), found

"""Clocks: the space's own, frozen or running, and the machine's."""

from datetime import UTC, datetime, timedelta
from threading import Lock


class WallClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present instant in UTC."""
        return datetime.now(UTC)


class SpaceClock:
    """A clock that stands still, or runs at the machine's pace from where it was put.

    INVARIANT: it never goes back, and it shows whole milliseconds: what happened at an instant can be
    told from an entry in the log, which has no finer ones.
    """

    def __init__(self, at: datetime, *, running: bool = False) -> None:
        self._lock = Lock()
        self._at = _whole(at.astimezone(UTC))
        self._offset: timedelta | None = None
        if running:
            self.run()

    @property
    def mode(self) -> str:
        """`frozen` or `running`."""
        return "frozen" if self._offset is None else "running"

    def now(self) -> datetime:
        """The present instant in UTC."""
        if self._offset is None:
            return self._at
        return _whole(datetime.now(UTC) + self._offset)

    def run(self) -> None:
        """Let it run from the present instant on."""
        with self._lock:
            self._offset = self.now() - datetime.now(UTC)

    def freeze(self) -> None:
        """Let it stand still at the present instant."""
        with self._lock:
            self._at, self._offset = self.now(), None

    def move_to(self, at: datetime) -> None:
        """Put it forward to an instant, frozen or running as it is; one that has passed changes nothing."""
        with self._lock:
            target = _whole(at.astimezone(UTC))
            if target <= self.now():
                return
            if self._offset is None:
                self._at = target
            else:
                self._offset = target - datetime.now(UTC)


def clock_from(text: str) -> SpaceClock:
    """A space's clock as settings have it: an instant where it stands still, or `wall`, where it runs."""
    if text == "wall":
        return SpaceClock(WallClock().now(), running=True)
    return SpaceClock(datetime.fromisoformat(text))


def _whole(at: datetime) -> datetime:
    return at.replace(microsecond=at.microsecond // 1000 * 1000)

"""The Timestamp of a signed message: fresh in machine time, and used once.

A message without a Timestamp has no age: the real platform's clients send none, so the same one may
come again (ADR 0021).
"""

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta

from lxml import etree

from gateway.web.soap.wss.flaw import SignatureFlaw
from gateway.web.soap.wss.names import CREATED, EXPIRES

AHEAD = timedelta(seconds=60)
"""How far the clock of a caller may be ahead of ours."""
LARGEST = 500_000


class Freshness:
    """Knows the messages of the last `lifetime`. `now` is machine time.

    Where there are more than `largest`, the oldest are forgotten. Only the event loop asks it.
    """

    def __init__(
        self, now: Callable[[], datetime], lifetime: timedelta, largest: int = LARGEST
    ) -> None:
        self._now, self._lifetime, self._largest = now, lifetime, largest
        self._seen: OrderedDict[bytes, datetime] = OrderedDict()

    def take(self, timestamp: etree._Element, mark: bytes) -> None:
        """Let a message pass that is fresh and new; `mark` is what nobody can change about it.

        Raises:
            SignatureFlaw: it is too old, from the future, or was here before.
        """
        now = self._now()
        end = self._end(timestamp, now)
        self._forget(now)
        if mark in self._seen:
            raise SignatureFlaw("this very message was here before; sign each message anew")
        self._seen[mark] = end

    def _end(self, timestamp: etree._Element, now: datetime) -> datetime:
        created, expires = _instants(timestamp)
        if created > now + AHEAD:
            raise SignatureFlaw("the Timestamp lies in the future of this machine's clock")
        end = created + self._lifetime
        end = end if expires is None else min(end, expires)
        if end <= now:
            raise SignatureFlaw("the Timestamp is too old by this machine's clock")
        return end

    def _forget(self, now: datetime) -> None:
        """What is over, from the oldest on, and as many more as are too many."""
        seen = self._seen
        while seen and (len(seen) >= self._largest or next(iter(seen.values())) <= now):
            seen.popitem(last=False)


def _instants(timestamp: etree._Element) -> tuple[datetime, datetime | None]:
    tags = [child.tag for child in timestamp]
    if tags not in ([CREATED], [CREATED, EXPIRES]):
        raise SignatureFlaw("a Timestamp holds Created, and perhaps Expires")
    created, *expires = (_instant(child.text) for child in timestamp)
    return created, expires[0] if expires else None


def _instant(text: str | None) -> datetime:
    try:
        at = datetime.fromisoformat((text or "").strip())
    except ValueError:
        raise SignatureFlaw("the Timestamp holds no instant") from None
    if at.tzinfo is None:
        raise SignatureFlaw("the Timestamp has no time zone; write it in UTC, with a Z")
    return at

"""Time as everybody here sees it: the instant of the space, never of the machine."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the space's present instant."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...

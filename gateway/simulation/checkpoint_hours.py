"""Publishes a checkpoint at each full hour of the space in which something was entered, and closes each day."""

import contextlib
from collections.abc import Callable
from datetime import datetime

from gateway.adapters.clock import SpaceClock
from gateway.contracts.faults import LogUnavailable
from gateway.domain.published import Occasion, next_hour, next_midnight
from gateway.flows.checkpoints import Checkpoints


class CheckpointHours:
    """Stands in the clock's way. `settle` waits until what is in hand is done.

    While the clock passes nothing happens, so of many hours only the first can find something new, and
    of many midnights only the first.
    """

    def __init__(
        self, checkpoints: Checkpoints, clock: SpaceClock, settle: Callable[[], None]
    ) -> None:
        self._checkpoints, self._clock, self._settle = checkpoints, clock, settle

    def passing(self, start: datetime, end: datetime) -> None:
        """The clock goes from one instant to another; what could not be published comes an hour later."""
        hour, midnight = next_hour(start), next_midnight(start)
        if hour > end:
            return
        self._settle()
        with contextlib.suppress(LogUnavailable):
            if hour < midnight:
                self._clock.move_to(hour)
                self._checkpoints.publish_news(Occasion.HOUR)
            if midnight <= end:
                self._clock.move_to(midnight)
                self._checkpoints.close_day()

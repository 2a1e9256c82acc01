"""What publishing checkpoints needs from outside, and what it is to others."""

from collections.abc import Sequence
from typing import Protocol

from gateway.domain.published import Occasion, Published


class Publisher(Protocol):
    """Gives checkpoints away."""

    def publish(self, occasion: Occasion) -> str:
        """Publish the log as it stands; the signed checkpoint.

        Raises:
            LogUnavailable: it cannot be kept.
        """
        ...


class CheckpointStore(Protocol):
    """The checkpoints that were published, and what witnesses put below them."""

    def keep(self, published: Published) -> None:
        """Keep one, durably; of one size the first is kept.

        Raises:
            LogUnavailable: it cannot be kept, so it must not be given away.
        """
        ...

    def add_cosignatures(self, size: int, lines: Sequence[str]) -> None:
        """Keep what witnesses put below one."""
        ...

    def last(self, occasion: Occasion | None = None) -> Published | None:
        """The largest, on an occasion or at all."""
        ...

    def last_cosigned(self) -> Published | None:
        """The largest that a witness cosigned."""
        ...

    def of_size(self, size: int) -> Published | None:
        """The one of a size."""
        ...

    def after(self, size: int, limit: int) -> Sequence[Published]:
        """Those that are larger, smallest first."""
        ...

"""Round the source port: answers that come late, not at all, or unreadable."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from gateway.adapters.sources.messages import source_trouble
from gateway.contracts.insz import bare
from gateway.contracts.reasons import Reason
from gateway.domain.decision import Permit
from gateway.domain.request import Request
from gateway.domain.services import Service
from gateway.ports import Fetched
from gateway.ports.platform import AuthenticSources, SourceState
from gateway.simulation.disturbance.board import Board, Drawn
from gateway.simulation.disturbance.kinds import Stage

_TROUBLE: Mapping[str, Reason] = {
    "silent": Reason.SOURCE_SILENT,
    "reset": Reason.SOURCE_SILENT,
    "time-out": Reason.SOURCE_SILENT,
    "garbled": Reason.SOURCE_GARBLED,
    "wrong-content-type": Reason.SOURCE_GARBLED,
    "busy": Reason.SOURCE_BUSY,
}


class DisturbedSources:
    """Implements `gateway.ports.platform.AuthenticSources`: the inner ones, but for the rules of a board.

    `timeout` is how many seconds a source gets; nothing is waited for any longer.
    """

    def __init__(self, inner: AuthenticSources, board: Board, timeout: float) -> None:
        self.inner, self._board, self._timeout = inner, board, timeout

    async def fetch(self, permit: Permit, request: Request) -> Fetched:
        """Ask on, unless the board says otherwise.

        Raises:
            SourceFault: silent, busy or garbled, as drawn or as the source is.
        """
        if not self._board.is_still:
            place = f"source.{permit.candidate.flow}"
            await self._disturb(place, bare(request.question.insz), request.service)
        return await self.inner.fetch(permit, request)

    async def state(self, flow: str) -> SourceState | None:
        """In trouble if the board says so, else as the inner one."""
        state = await self.inner.state(flow)
        drawn = self._board.draw(f"source.{flow}", Stage.HAPPEN)
        return (
            state
            if drawn is None or state is None
            else replace(state, trouble=_TROUBLE[drawn.kind])
        )

    async def _disturb(self, place: str, person: str | None, service: Service) -> None:
        waits = self._board.draw(place, Stage.WAIT, person)
        if waits is not None and not await self._wait(delay(waits)):
            raise source_trouble(Reason.SOURCE_SILENT, service)
        drawn = self._board.draw(place, Stage.HAPPEN, person)
        if drawn is not None:
            if drawn.kind == "time-out":
                await self._wait(drawn.seconds or self._timeout)
            raise source_trouble(_TROUBLE[drawn.kind], service)

    async def _wait(self, seconds: float) -> bool:
        """Machine time passes; whether the source still was in time."""
        await asyncio.sleep(min(seconds, self._timeout))
        return seconds < self._timeout


def delay(drawn: Drawn) -> float:
    """For how many seconds of machine time something waits."""
    return drawn.seconds * (drawn.chance.random() if drawn.kind == "jitter" else 1.0)

"""What the gateway itself knows comes from its own desks, everything else from the authentic sources."""

from collections.abc import Awaitable, Callable, Mapping

from gateway.domain.decision import Permit
from gateway.domain.request import Request
from gateway.ports import Fetched, Sources

Desk = Callable[[Permit, Request], Awaitable[Fetched]]


class RoutedSources:
    """Implements `gateway.ports.Sources`. `desks` are the gateway's own, by flow."""

    def __init__(self, desks: Mapping[str, Desk], others: Sources) -> None:
        self._desks, self._others = desks, others

    async def fetch(self, permit: Permit, request: Request) -> Fetched:
        """Ask whoever knows."""
        desk = self._desks.get(permit.candidate.flow)
        if desk is not None:
            return await desk(permit, request)
        return await self._others.fetch(permit, request)

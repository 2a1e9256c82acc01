"""Registrations go to the repertory, everything else to the authentic sources."""

from collections.abc import Callable

from gateway.domain.decision import Permit
from gateway.domain.request import Request
from gateway.domain.services import REGISTRATION_FLOW
from gateway.ports import Fetched, Sources


class RoutedSources:
    """Implements `gateway.ports.Sources`."""

    def __init__(self, plan: Callable[[Permit, Request], Fetched], others: Sources) -> None:
        self._plan, self._others = plan, others

    async def fetch(self, permit: Permit, request: Request) -> Fetched:
        """Ask whoever knows."""
        if permit.candidate.flow == REGISTRATION_FLOW:
            return self._plan(permit, request)
        return await self._others.fetch(permit, request)

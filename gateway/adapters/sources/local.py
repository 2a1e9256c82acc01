"""Sources in the same process: asked by a call, read as strictly as over HTTP."""

from collections.abc import Callable, Mapping
from typing import Any

from gateway.adapters.sources.messages import SOURCE_OF_FLOW, SourceReader, query_of
from gateway.domain.decision import Permit
from gateway.domain.request import Request
from gateway.ports import Fetched
from gateway.ports.platform import SourceState

Answer = Callable[[str, str, Mapping[str, Any]], bytes]


class LocalSources:
    """Implements `gateway.ports.platform.AuthenticSources`. `answer(party, flow, query)` gives the source's bytes."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._reader = SourceReader()

    async def fetch(self, permit: Permit, request: Request) -> Fetched:
        """Ask the source behind the permitted flow."""
        flow = permit.candidate.flow
        body = self._answer(SOURCE_OF_FLOW[flow], flow, query_of(request.question))
        return Fetched(self._reader.read(request, body))

    async def state(self, flow: str) -> SourceState | None:
        """In the same process, so there whenever somebody asks."""
        party = SOURCE_OF_FLOW.get(flow)
        return None if party is None else SourceState(party)

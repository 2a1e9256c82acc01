"""Sources over HTTP: time-outs, one retry, and every failure translated into a source fault."""

from typing import Any

import httpx

from gateway.adapters.sources.messages import (
    SOURCE_OF_FLOW,
    SourceReader,
    query_of,
    source_trouble,
)
from gateway.contracts.reasons import Reason
from gateway.domain.decision import Permit
from gateway.domain.request import Request
from gateway.domain.services import Service
from gateway.ports import Fetched
from gateway.ports.platform import SourceState

_TRIES = 2
_BUSY = frozenset({429, 503})
_LARGEST_ANSWER = 32_000_000


class HttpSources:
    """Implements `gateway.ports.platform.AuthenticSources` on `POST <base_url>/<party>/<flow>`.

    Reads are idempotent, so each is tried twice. `timeout` is in seconds, for each try.
    """

    def __init__(self, base_url: str, key: str, timeout: float) -> None:
        self._client = httpx.AsyncClient(
            base_url=base_url,
            headers={"Sim-Source-Key": key},
            timeout=timeout,
            limits=httpx.Limits(max_connections=64),
            trust_env=False,
        )
        self._reader = SourceReader()

    async def fetch(self, permit: Permit, request: Request) -> Fetched:
        """Ask the source behind the permitted flow.

        Raises:
            SourceFault: silent, busy or garbled, after the second try.
        """
        flow = permit.candidate.flow
        path = f"/{SOURCE_OF_FLOW[flow]}/{flow}"
        body = await self._ask(request.service, path, query_of(request.question))
        return Fetched(self._reader.read(request, body))

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()

    async def state(self, flow: str) -> SourceState | None:
        """Ask the source whether it is there, once; nothing is looked up."""
        party = SOURCE_OF_FLOW.get(flow)
        if party is None:
            return None
        try:
            response = await self._client.get(f"/{party}/{flow}")
        except httpx.RequestError:
            return SourceState(party, Reason.SOURCE_SILENT)
        return SourceState(party, _trouble(response))

    async def _ask(self, service: Service, path: str, query: dict[str, Any]) -> bytes:
        response = None
        for _ in range(_TRIES):
            try:
                response = await self._client.post(path, json=query)
            except httpx.RequestError:
                continue
            if response.status_code not in _BUSY:
                break
        trouble = Reason.SOURCE_SILENT if response is None else _trouble(response)
        if response is None or trouble is not None:
            raise source_trouble(trouble or Reason.SOURCE_SILENT, service)
        return response.content


def _trouble(response: httpx.Response) -> Reason | None:
    """What is wrong with an answer before it is read."""
    if response.status_code in _BUSY:
        return Reason.SOURCE_BUSY
    if not response.is_success or len(response.content) > _LARGEST_ANSWER:
        return Reason.SOURCE_GARBLED
    return None

"""A wrapper round the source port where faults can be put; the gateway itself knows of none."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Literal

from gateway.adapters.sources.messages import source_trouble
from gateway.contracts.reasons import Reason
from gateway.domain.decision import Permit
from gateway.domain.request import Request
from gateway.ports import Fetched
from gateway.ports.platform import AuthenticSources, SourceState


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultRule:
    """Where (`source.<flow>`), what, and how often (`rate` between 0 and 1)."""

    where: str
    kind: Literal["silent", "garbled", "busy"]
    rate: float = 1.0


class FaultySources:
    """Implements `gateway.ports.platform.AuthenticSources`: as the inner one, but for the rules. Draws from a seed."""

    def __init__(self, inner: AuthenticSources, seed: int) -> None:
        self._inner = inner
        self._random = Random(f"faults/{seed}")  # noqa: S311  a simulation, not a secret
        self.rules: Sequence[FaultRule] = ()

    async def fetch(self, permit: Permit, request: Request) -> Fetched:
        """Fail if a rule says so, else ask on."""
        trouble = self._drawn(permit.candidate.flow)
        if trouble is not None:
            raise source_trouble(trouble, request.service)
        return await self._inner.fetch(permit, request)

    async def state(self, flow: str) -> SourceState | None:
        """In trouble if a rule says so, else as the inner one."""
        trouble, state = self._drawn(flow), await self._inner.state(flow)
        return state if trouble is None or state is None else replace(state, trouble=trouble)

    def _drawn(self, flow: str) -> Reason | None:
        """What the rules put in the way of a question this time."""
        for rule in self.rules:
            if rule.where == f"source.{flow}" and self._random.random() < rule.rate:
                return Reason(f"source-{rule.kind}")
        return None

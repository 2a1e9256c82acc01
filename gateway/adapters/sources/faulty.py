"""A wrapper round the source port where faults can be put; the gateway itself knows of none."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

from gateway.adapters.sources.messages import garbled, source_fault
from gateway.contracts.reasons import Reason
from gateway.domain.decision import Permit
from gateway.domain.request import Request
from gateway.ports import Fetched, Sources


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultRule:
    """Where (`source.<flow>`), what, and how often (`rate` between 0 and 1)."""

    where: str
    kind: Literal["silent", "garbled", "busy"]
    rate: float = 1.0


class FaultySources:
    """Implements `gateway.ports.Sources`: as the inner one, but for the rules. Draws from a seed."""

    def __init__(self, inner: Sources, seed: int) -> None:
        self._inner = inner
        self._random = Random(f"faults/{seed}")  # noqa: S311  a simulation, not a secret
        self.rules: Sequence[FaultRule] = ()

    async def fetch(self, permit: Permit, request: Request) -> Fetched:
        """Fail if a rule says so, else ask on."""
        for rule in self.rules:
            if (
                rule.where == f"source.{permit.candidate.flow}"
                and self._random.random() < rule.rate
            ):
                self._fail(rule, request)
        return await self._inner.fetch(permit, request)

    def _fail(self, rule: FaultRule, request: Request) -> None:
        if rule.kind == "silent":
            raise source_fault(Reason.SOURCE_SILENT, request.service, "did not answer in time")
        if rule.kind == "busy":
            raise source_fault(Reason.SOURCE_BUSY, request.service, "is busy")
        raise garbled(request.service)

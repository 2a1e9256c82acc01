"""Facts about persons, put together: registration from the repertory, the state of a right from its keeper."""

from collections.abc import Callable, Mapping
from datetime import date, datetime

from gateway.contracts.insz import bare
from gateway.domain.decision_terms import Candidate
from gateway.domain.legal_day import legal_day
from gateway.domain.protocol_document import Fact
from gateway.domain.request import Caller
from gateway.ports import FactRegister

RightKeeper = Callable[[str, date], str | None]
"""The evidence that a person's right runs or is suspended on a day, or `None` (001 art. 2 b 2)."""


class JoinedFacts:
    """Implements `gateway.ports.FactRegister`.

    The right is looked up only for who may know that the person is registered at all.
    """

    def __init__(self, registrations: FactRegister, right: RightKeeper) -> None:
        self._registrations, self._right = registrations, right

    def about(
        self, chosen: Candidate, caller: Caller, insz: str, at: datetime
    ) -> Mapping[Fact, str]:
        """The facts that hold, each with the id of its evidence."""
        facts = dict(self._registrations.about(chosen, caller, insz, at))
        wanted = {required.fact for required in chosen.requires}
        if Fact.RIGHT_OPEN in wanted and Fact.REGISTERED in facts:
            evidence = self._right(bare(insz), legal_day(at))
            if evidence is not None:
                facts[Fact.RIGHT_OPEN] = evidence
        return facts

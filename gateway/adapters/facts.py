"""Facts about persons, put together from those who keep them: repertory, payers, care funds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from gateway.contracts.insz import bare
from gateway.domain.decision_terms import Candidate
from gateway.domain.legal_day import legal_day
from gateway.domain.protocol_document import Fact
from gateway.domain.questions import Subject
from gateway.domain.request import Caller
from gateway.ports import FactRegister, QuestionRegister

RightKeeper = Callable[[str, date], str | None]
"""The evidence that a person's right runs or is suspended on a day, or `None` (001 art. 2 b 2)."""
MemberKeeper = Callable[[str, str, date], str | None]
"""The evidence that a person is a member of a care fund on a day, or `None` (002 art. 4)."""


@dataclass(frozen=True, slots=True)
class KeptMembers:
    """Implements `gateway.ports.Members` on whoever keeps memberships."""

    keeper: MemberKeeper

    def of(self, fund: str, day: date) -> "FundMembers":
        """The members of a fund on a day."""
        return FundMembers(self.keeper, fund, day)


@dataclass(frozen=True, slots=True)
class FundMembers:
    """The members of one fund on one day, asked one by one: nobody hands over the whole list."""

    keeper: MemberKeeper
    fund: str
    day: date

    def __contains__(self, number: object) -> bool:
        return isinstance(number, int) and bool(self.keeper(f"{number:011d}", self.fund, self.day))


@dataclass(frozen=True, slots=True, kw_only=True)
class Keepers:
    """Who keeps the facts that are not the gateway's own."""

    right: RightKeeper
    member: MemberKeeper


class JoinedFacts:
    """Implements `gateway.ports.FactRegister`.

    A right is looked up only for who may know that the person is registered at all.
    """

    def __init__(
        self, registrations: FactRegister, keepers: Keepers, questions: QuestionRegister
    ) -> None:
        self._registrations, self._keepers, self._questions = registrations, keepers, questions

    def about(
        self, chosen: Candidate, caller: Caller, subject: Subject, at: datetime
    ) -> Mapping[Fact, str]:
        """The facts that hold, each with the id of its evidence."""
        facts = dict(self._registrations.about(chosen, caller, subject, at))
        for required in chosen.requires:
            if required.fact is Fact.RIGHT_OPEN and Fact.REGISTERED in facts:
                _add(facts, Fact.RIGHT_OPEN, self._keepers.right(bare(subject.insz), legal_day(at)))
            elif required.fact is Fact.MEMBER and subject.fund is not None:
                evidence = self._keepers.member(bare(subject.insz), subject.fund, legal_day(at))
                _add(facts, Fact.MEMBER, evidence)
        question = self._questions.find(subject.question) if subject.question else None
        if question is not None:
            facts.update(question.facts(caller.unit, bare(subject.insz), at))
        return facts


def _add(facts: dict[Fact, str], fact: Fact, evidence: str | None) -> None:
    if evidence is not None:
        facts[fact] = evidence

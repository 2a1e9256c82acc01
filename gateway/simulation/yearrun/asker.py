"""A client that tells of each question and holds the answer against what the world says."""

from collections.abc import Callable, Container
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from typing import TypeVar

from consumers.agencies.contact_centre import Channel
from consumers.answers import Answer, Answered
from consumers.contents import (
    Advice,
    CareAllowance,
    Identified,
    JobbonusFile,
    Question,
    Registered,
    Transactions,
)
from consumers.errand import NO_ERRAND, Errand
from consumers.wire_rest import RestClient, Stated
from consumers.wire_soap import SoapClient
from gateway.contracts.insz import Insz
from gateway.contracts.reasons import Reason
from gateway.simulation.yearrun import truth
from gateway.simulation.yearrun.forms import ANSWERED, AS_WORLD, REST, SOAP
from gateway.simulation.yearrun.stage import Stage
from gateway.simulation.yearrun.truth import Known

_OTHERWISE = "answered, but not as the world has it"
_EUROS = 3
T = TypeVar("T")
_REGISTERED = ("transactions", "care-allowance")
"""What is answered to who registered the person only."""
_SEEN = (*_REGISTERED, "advice")
"""What a citizen is told that somebody asked."""


@dataclass(frozen=True, slots=True)
class Asker:
    """A unit's client that tells of each question; an agency can work with it as with any other.

    `expected` is the outcome that the step names: `as-world`, `answered`, or a reason. `over` is the wire of
    what both wires have; the conversation of 000 goes over REST.
    """

    stage: Stage
    unit: str
    expected: str = AS_WORLD
    over: str = REST

    def register(
        self, insz: Insz | str, begin: date, end: date | None = None
    ) -> Answer[Registered]:
        """State that this unit handles the person's file."""
        answer = self._insist("register", lambda: self._client.register(insz, begin, end))
        self._judge(answer, "register", str(insz), Known(), lambda _: ())
        if isinstance(answer, Answered):
            self.stage.registers.note(self.unit, str(insz), self.stage.now, is_in=True)
        return answer

    def deregister(self, insz: Insz | str) -> Answer[Registered]:
        """Take it back."""
        answer = self._insist("deregister", lambda: self._client.deregister(insz))
        self._judge(answer, "deregister", str(insz), Known(), lambda _: ())
        if isinstance(answer, Answered):
            self.stage.registers.note(self.unit, str(insz), self.stage.now, is_in=False)
        return answer

    def transactions(
        self, insz: Insz | str, year: int | None = None, errand: Errand = NO_ERRAND
    ) -> Answer[Transactions]:
        """GeefJobbonusPlusVerrichtingen."""
        stage = self.stage
        answer = self._insist("transactions", lambda: self._client.transactions(insz, year, errand))
        known = truth.transactions(stage.world, str(insz), stage.today, year)
        self._judge(answer, "transactions", str(insz), known, _transactions)
        if isinstance(answer, Answered):
            self._add(answer.content, known)
        return answer

    def care_allowance(
        self,
        insz: Insz | str,
        on: date,
        errand: Errand = NO_ERRAND,
        wants: Container[str] = ("recognitions",),
    ) -> Answer[CareAllowance]:
        """GeefZorgtoeslag; `wants` are the groups that are asked for."""
        stage = self.stage
        ask = partial(
            self._client.care_allowance,
            insz,
            on,
            wants_application="application" in wants,
            wants_recognitions="recognitions" in wants,
            errand=errand,
        )
        answer = self._insist("care-allowance", ask)
        known = truth.care_allowance(stage.world, str(insz), on, stage.today)
        self._judge(answer, "care-allowance", str(insz), known, _recognitions)
        return answer

    def advice(self, insz: Insz | str, opening: date, fund: str | None = None) -> Answer[Advice]:
        """GeefInburgeringsadvies."""
        stage = self.stage
        answer = self._insist("advice", lambda: self._client.advice(insz, opening, fund))
        known = truth.advice(stage.world, str(insz), opening, stage.today)
        self._judge(answer, "advice", str(insz), known, lambda content: (content.outcome,))
        return answer

    def open_question(
        self, insz: Insz | str, question: str, channel: Channel, errand: Errand
    ) -> Answer[Question]:
        """A citizen's question."""
        answer = self._insist(
            "question", lambda: self._rest.open_question(insz, question, channel, errand)
        )
        return self._told(answer, "question", str(insz))

    def identify(self, key: str, stated: Stated, errand: Errand) -> Answer[Identified]:
        """Have what a citizen states compared."""
        answer = self._insist("identify", lambda: self._rest.identify(key, stated, errand))
        return self._told(answer, "identify", None)

    def look(self, key: str, errand: Errand) -> Answer[JobbonusFile]:
        """See the file behind a question."""
        answer = self._insist("look", lambda: self._rest.look(key, errand))
        return self._told(answer, "look", None)

    @property
    def _client(self) -> RestClient | SoapClient:
        return self.stage.exchange.soap(self.unit) if self.over == SOAP else self._rest

    @property
    def _rest(self) -> RestClient:
        return self.stage.exchange.rest(self.unit)

    def _insist(self, what: str, call: Callable[[], Answer[T]]) -> Answer[T]:
        return self.stage.insist(self.unit, what, call)

    def _told(self, answer: Answer[T], what: str, insz: str | None) -> Answer[T]:
        about = self.stage.cast.called(insz) if insz is not None else None
        self.stage.chronicle.called(self.unit, what, about, answer)
        return answer

    def _judge(
        self,
        answer: Answer[T],
        what: str,
        insz: str,
        known: Known,
        facts: Callable[[T], tuple[object, ...]],
    ) -> None:
        """Hold an answer against what is expected: what the world says, or what the step names."""
        about = self.stage.cast.called(insz)
        outcome = self.stage.chronicle.called(self.unit, what, about, answer, self.over)
        expected = self.expected
        if expected == AS_WORLD:
            expected = self._as_world(what, insz, known)
        if isinstance(answer, Answered) and facts(answer.content) != known.facts:
            outcome = _OTHERWISE
        self.stage.chronicle.expect(f"{self.unit} {what}", expected, outcome, about)
        if what in _SEEN and answer.decision is not None:
            self.stage.asked[insz][answer.decision] = isinstance(answer, Answered)

    def _as_world(self, what: str, insz: str, known: Known) -> str:
        """What comes of a question by the world, and by the run's own book of registrations.

        A payer ends the registration of a number that was replaced, and goes on with the new one.
        """
        if what in _REGISTERED and not self.stage.registers.holds(self.unit, insz):
            return Reason.NOT_REGISTERED.value
        return known.reason or ANSWERED

    def _add(self, content: Transactions, known: Known) -> None:
        """Amounts that were told, beside those that the world has."""
        told = sum((one.amount for one in content.transactions), Decimal(0))
        has = sum((one[_EUROS] for one in known.facts), Decimal(0))  # type: ignore[index]  # rows of transactions
        before = self.stage.sums.get(self.unit, (Decimal(0), Decimal(0)))
        self.stage.sums[self.unit] = (before[0] + told, before[1] + has)


def _transactions(content: Transactions) -> tuple[object, ...]:
    rows = (
        (one.effective_on, one.tranche, one.fiscal_year, one.amount) for one in content.transactions
    )
    return tuple(sorted(rows))


def _recognitions(content: CareAllowance) -> tuple[object, ...]:
    """With everything that may not be there, so that it shows."""
    return tuple(
        (one.pillar1, one.period.begin, one.period.end)
        if one.period is not None and (one.pillar2, one.pillar3, one.total, one.decided_on) == _NONE
        else one
        for one in content.recognitions
    )


_NONE = (None, None, None, None)

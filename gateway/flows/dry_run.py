"""The same decision without a disclosure: what would become of this question, and why."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.contracts.faults import Ground, Refusal, RefusedFault
from gateway.contracts.reasons import Reason
from gateway.domain.content_checks import Today, insz_problems
from gateway.domain.decision import Permit, candidate, decide
from gateway.domain.decision_terms import Ask, Candidate
from gateway.domain.legal_day import legal_day
from gateway.domain.log_entry import UNKNOWN, Entry, Event, EventKind
from gateway.domain.protocol_document import Authentication
from gateway.domain.questions import Subject, group_problems
from gateway.domain.request import Caller
from gateway.domain.services import GIVEN, PLATFORM_FIELDS
from gateway.ports import Clock, DecisionLog, FactRegister, ProtocolLibrary, Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class DryQuestion:
    """A question as somebody might ask it; without `fields` all that the service gives.

    `authentication` is the credential's own if none is given, `fund` the care fund that is named (`zorgkas`).
    """

    flow: str
    insz: str
    fields: frozenset[str] | None = None
    purpose: str | None = None
    case: str | None = None
    authentication: Authentication | None = None
    has_enduser: bool = False
    enduser: str | None = None
    fund: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRun:
    """The collaborators, wired once at start-up."""

    space: str
    protocols: ProtocolLibrary
    facts: FactRegister
    usage: Usage
    log: DecisionLog
    clock: Clock
    test_numbers_only: bool = True

    def check(self, caller: Caller, question: DryQuestion) -> Permit | Refusal:
        """Decide as the line would; nothing leaves, and the check itself is entered.

        Raises:
            RefusedFault: `message-invalid` for a flow or field that nothing gives, with what is given.
        """
        at = question.at or self.clock.now()
        unknown = self._unknown(question)
        outcome = unknown or self._decide(caller, question, at)
        self.log.append_all([self._entry(caller, question, outcome)])
        if unknown is not None:
            raise RefusedFault(unknown)
        return outcome

    def _decide(self, caller: Caller, question: DryQuestion, at: datetime) -> Permit | Refusal:
        bundle = self.protocols.bundle()
        chosen = candidate(bundle, self._ask(caller, question, at), at)
        if not isinstance(chosen, Candidate):
            return chosen
        return decide(
            chosen, self.facts.about(chosen, caller, Subject(question.insz, question.fund), at)
        )

    def _ask(self, caller: Caller, question: DryQuestion, at: datetime) -> Ask:
        today = Today(legal_day(at), self.test_numbers_only)
        fields = self._given(question.flow) if question.fields is None else question.fields
        return Ask(
            party=caller.party,
            unit=caller.unit,
            flow=question.flow,
            fields=fields,
            purpose=question.purpose,
            case=question.case,
            authentication=question.authentication or caller.authentication,
            has_enduser=question.has_enduser,
            training=caller.training,
            duties_separated=caller.separates_duties(question.enduser),
            stated=frozenset() if question.fund is None else frozenset({"zorgkas"}),
            used=self.usage.used(caller.party, question.flow, today.day.year),
            problems=(*insz_problems(question.insz, today), *group_problems(question.flow, fields)),
        )

    def _unknown(self, question: DryQuestion) -> Refusal | None:
        """Whether the flow or one of the fields is nobody's."""
        given = self._given(question.flow)
        if not given:
            flows = sorted({*self.protocols.bundle().by_flow, *PLATFORM_FIELDS})
            return _no_such("flow", "no loaded protocol has a flow of this name", flows)
        if question.fields is not None and not question.fields <= given:
            return _no_such("fields", "the flow's service does not have them all", sorted(given))
        return None

    def _given(self, flow: str) -> frozenset[str]:
        if flow in PLATFORM_FIELDS:
            return PLATFORM_FIELDS[flow]
        documents = self.protocols.bundle().by_flow.get(flow, ())
        return frozenset().union(*(GIVEN[d.flows[flow].service] for d in documents))

    def _entry(self, caller: Caller, question: DryQuestion, outcome: Permit | Refusal) -> Entry:
        is_known = (
            question.flow in PLATFORM_FIELDS or question.flow in self.protocols.bundle().by_flow
        )
        flow = question.flow if is_known else UNKNOWN
        words = {"credential": caller.key, "flow": flow} | _told(outcome)
        return Event(EventKind.CHECK, self.clock.now(), self.space, words).entry()


def _no_such(element: str, what: str, known: Iterable[str]) -> Refusal:
    remedy = f"choose from: {', '.join(known)}"
    ground = Ground(
        reason=Reason.MESSAGE_INVALID, element=element, detail=f"{element}: {what}", remedy=remedy
    )
    return Refusal((ground,))


def _told(outcome: Permit | Refusal) -> dict[str, Any]:
    if isinstance(outcome, Refusal):
        reasons = [ground.reason.value for ground in outcome.grounds]
        return {"outcome": "refusal", "reasons": reasons, "protocol": outcome.protocol}
    return {"outcome": "permit", "reasons": [], "protocol": outcome.candidate.protocol}

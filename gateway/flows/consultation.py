"""The consultation line: raw message in, answer out, one step a line, one exit at the bottom."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from gateway.contracts.faults import Refusal, RefusedFault, refuse
from gateway.contracts.reasons import Reason
from gateway.domain.admission import admit, asking
from gateway.domain.content_checks import Today
from gateway.domain.decision import candidate, decide
from gateway.domain.decision_terms import Ask
from gateway.domain.field_filter import FilteredRecord, keep_permitted
from gateway.domain.legal_day import legal_day
from gateway.domain.log_entry import Draft
from gateway.domain.request import ANYBODY, Caller, Message, Request
from gateway.flows.attempts import AttemptGate
from gateway.flows.audited import Exchange
from gateway.flows.throttle import Throttle
from gateway.ports import (
    Clock,
    Credentials,
    DecisionLog,
    FactRegister,
    MessageCodec,
    ProtocolLibrary,
    Sources,
    Usage,
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultationFlow:
    """The collaborators of a consultation, wired once at start-up."""

    space: str
    credentials: Credentials
    protocols: ProtocolLibrary
    facts: FactRegister
    usage: Usage
    sources: Sources
    log: DecisionLog
    attempts: AttemptGate
    throttle: Throttle
    clock: Clock
    test_numbers_only: bool = True

    async def consult(self, message: Message, codec: MessageCodec) -> Exchange:
        """Answer one message. The exchange holds a reply whatever happened, and it is logged."""
        draft = Draft(at=self.clock.now(), space=self.space, channel=codec.channel)
        async with Exchange(draft, message, codec, self.log, self.attempts) as exchange:
            caller = draft.caller = self.welcome(message, codec)
            draft.request = codec.read(message)
            self.throttle.take(caller)
            request = draft.request = admit(draft.request, caller)
            bundle = draft.bundle = self.protocols.bundle()
            ask = draft.ask = self.asking(request, caller, draft.at)
            chosen = draft.candidate = require(candidate(bundle, ask, draft.at))
            subject = request.question.subject()
            facts = draft.facts = self.facts.about(chosen, caller, subject, draft.at)
            permit = draft.permit = require(decide(chosen, facts))
            exchange.set_aside(self.usage.take(chosen, draft.at))
            fetched = await self.sources.fetch(permit, request)
            draft.is_fetched = True
            record = require_data(keep_permitted(fetched.record, permit))
            exchange.reply = codec.answer(request, record)
            exchange.effect = fetched.effect
        return exchange

    def welcome(self, message: Message, codec: MessageCodec) -> Caller:
        """Who it is; somebody without a credential may only ask what is open to anybody."""
        if message.proof is None and codec.is_open(message):
            return ANYBODY
        return self.credentials.identify(message.proof)

    def asking(self, request: Request, caller: Caller, at: datetime) -> Ask:
        """The request as the decision sees it."""
        day, flow = legal_day(at), request.service.flow
        used = self.usage.used(caller.party, flow, day.year) if flow else 0
        return asking(request, caller, Today(day, self.test_numbers_only), used)


def require(outcome: T | Refusal) -> T:
    """What was decided, unless it is a refusal.

    Raises:
        RefusedFault: the refusal.
    """
    if isinstance(outcome, Refusal):
        raise RefusedFault(outcome)
    return outcome


def require_data(record: FilteredRecord | None) -> FilteredRecord:
    """The record, unless filtering left nothing of it.

    Raises:
        RefusedFault: `no-data`; that something was there does not show.
    """
    if record is None:
        raise refuse(Reason.NO_DATA, "nothing to answer this question with")
    return record

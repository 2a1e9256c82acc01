"""The look into a file that a citizen asks about: a question, an identification, and only then the line."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.contracts.faults import RefusedFault
from gateway.contracts.insz import bare
from gateway.domain.admission import admit
from gateway.domain.citizen_question import CitizenQuestion
from gateway.domain.decision import STEP_NEEDS, Permit, candidate, decide, step
from gateway.domain.decision_terms import Candidate, ObligationKind
from gateway.domain.identification import StatedIdentity, is_identified
from gateway.domain.legal_day import in_brussels, period_later
from gateway.domain.log_entry import Draft
from gateway.domain.questions import DossierQuestion
from gateway.domain.request import Caller, Message, Reply, Request
from gateway.flows.audited import Exchange
from gateway.flows.consultation import ConsultationFlow, require
from gateway.ports import MessageCodec, QuestionRegister

_QUESTION, _IDENTIFICATION = STEP_NEEDS


Tell = Callable[[Request, Mapping[str, Any], Permit], Reply]
"""Renders the outcome of a step."""


@dataclass(frozen=True, slots=True)
class InteractiveFlow:
    """Steps beside the consultation line, with its collaborators; every step is entered."""

    line: ConsultationFlow
    questions: QuestionRegister

    async def open(self, message: Message, codec: MessageCodec, tell: Tell) -> Exchange:
        """Record a citizen's question; nothing is looked up yet."""
        async with self._exchange(message, codec) as exchange:
            draft = exchange.draft
            draft.step = {"step": _QUESTION}
            caller, request, chosen = self._chosen(draft, message, codec, _QUESTION)
            permit = draft.permit = require(decide(chosen, {}))
            question = CitizenQuestion(
                key=self.questions.next_key(), unit=caller.unit, insz=bare(request.question.insz)
            )
            exchange.reply = tell(request, {"vraag": question.label}, permit)
            exchange.effect = self._keep(question)
        return exchange

    async def identify(self, message: Message, codec: MessageCodec, tell: Tell) -> Exchange:
        """Compare what the citizen states with the file; the answer is yes or no, and nothing else."""
        async with self._exchange(message, codec) as exchange:
            draft = exchange.draft
            draft.step = {"step": _IDENTIFICATION}
            caller, request, chosen = self._chosen(draft, message, codec, _IDENTIFICATION)
            subject = request.question.subject()
            facts = draft.facts = self.line.facts.about(chosen, caller, subject, draft.at)
            permit = draft.permit = require(decide(chosen, facts))
            question = self.questions.attempt(subject.question or "")
            is_right = question is not None and await self._is_right(permit, request)
            draft.step["identified"] = is_right
            members: dict[str, Any] = {"geidentificeerd": is_right}
            if question is not None and is_right:
                until = period_later(draft.at, _limit(chosen))
                members["tot"] = in_brussels(until).isoformat(timespec="seconds")
                exchange.effect = self._keep(question.identified(until))
            exchange.reply = tell(request, members, permit)
        return exchange

    async def look(self, message: Message, codec: MessageCodec) -> Exchange:
        """The file, down the line: its facts are the question, the identification and the session."""
        return await self.line.consult(message, codec)

    async def turn_away(self, message: Message, codec: MessageCodec, why: RefusedFault) -> Exchange:
        """Somebody who may not even come in: an attempt, entered as such."""
        async with self._exchange(message, codec) as exchange:
            raise why
        return exchange

    def _exchange(self, message: Message, codec: MessageCodec) -> Exchange:
        line = self.line
        draft = Draft(at=line.clock.now(), space=line.space, channel=codec.channel)
        return Exchange(draft, message, codec, line.log, line.attempts)

    def _chosen(
        self, draft: Draft, message: Message, codec: MessageCodec, name: str
    ) -> tuple[Caller, Request, Candidate]:
        """Who asks, and may they, as far as can be said without the person: as the line does."""
        caller = draft.caller = self.line.credentials.identify(message.proof)
        draft.request = codec.read(message)
        self.line.throttle.take(caller)
        request = draft.request = admit(draft.request, caller)
        bundle = draft.bundle = self.line.protocols.bundle()
        ask = draft.ask = self.line.asking(request, caller, draft.at)
        whole = require(candidate(bundle, ask, draft.at))
        chosen = draft.candidate = step(whole, STEP_NEEDS[name])
        return caller, request, chosen

    async def _is_right(self, permit: Permit, request: Request) -> bool:
        """Whether the citizen is identified; a person or file that is not there is no."""
        assert isinstance(request.question, DossierQuestion)
        stated = request.question.identity or StatedIdentity()
        try:
            fetched = await self.line.sources.fetch(permit, request)
        except RefusedFault:
            return is_identified(None, stated)
        return is_identified(fetched.record.data, stated)

    def _keep(self, question: CitizenQuestion) -> Callable[[], None]:
        return lambda: self.questions.keep(question)


def _limit(chosen: Candidate) -> str:
    """How long a look may last, as the protocol sets it."""
    return next(o.value for o in chosen.obligations if o.kind is ObligationKind.SESSION_LIMIT)

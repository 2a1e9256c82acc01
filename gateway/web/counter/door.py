"""The way to the counter: steps go down the flow of the look, forms are only shown."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from gateway.contracts.faults import RefusedFault
from gateway.contracts.reasons import Reason
from gateway.domain.log_entry import Draft
from gateway.domain.request import Message, Reply
from gateway.flows.audited import Exchange
from gateway.flows.interactive import InteractiveFlow
from gateway.ports import DecisionLog, MessageCodec
from gateway.web.counter.codec import CounterCodec
from gateway.web.counter.jar import AGENT, TURN, Jar, kept
from gateway.web.counter.pages import ROOT, Pages
from gateway.web.counter.visit import Newcomer, Visitor, language_of, signing_in
from gateway.web.dispatcher import AsgiApp
from gateway.web.hot import HotEndpoint
from gateway.web.interactive import Step
from gateway.web.receiving import BodyLimits, Receive, Scope, Send, headers_of
from gateway.web.rest.codec import RestCodec
from gateway.web.rest.dossier import ROOT as REST_ROOT
from gateway.web.rest.dossier import Place, place_of

_QUESTIONS, _SIGN_IN = f"{ROOT}/vragen", f"{ROOT}/aanmelden"
_NOWHERE = Place(None, None)
_DIGITS = 11
Make = Callable[[Scope], HotEndpoint]


@dataclass(frozen=True, slots=True)
class CounterDoor:
    """One space's counter."""

    flow: InteractiveFlow
    rest: RestCodec
    limits: BodyLimits
    now: Callable[[], datetime]

    def endpoint(self, method: str, path: str) -> AsgiApp | None:
        """What takes a step behind a method and path, or `None` where that is not for here."""
        if path == _SIGN_IN and method == "POST":
            return _Visited(self._sign_in)
        place = (
            place_of(REST_ROOT + path.removeprefix(_QUESTIONS))
            if path.startswith(_QUESTIONS)
            else None
        )
        if place is None or (method == "GET" and place.step != "dossier"):
            return None
        return _Visited(lambda scope: self._step(scope, place, method))

    def _step(self, scope: Scope, place: Place, method: str) -> HotEndpoint:
        codec = self._codec(scope, place, method)
        return HotEndpoint(
            Step(self.flow, place, codec.told), codec, self.limits, security=Visitor()
        )

    def _sign_in(self, scope: Scope) -> HotEndpoint:
        codec = self._codec(scope, _NOWHERE, "POST")
        line = SignIn(self.flow, codec)
        return HotEndpoint(line, codec, self.limits, security=Newcomer())

    def _codec(self, scope: Scope, place: Place, method: str) -> CounterCodec:
        pages = pages_of(scope)
        return CounterCodec(self.rest, place, method, pages, self.flow.questions.find, self.now)


@dataclass(frozen=True, slots=True)
class _Visited:
    """An endpoint made for one visitor: language and place are in the request."""

    make: Make

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Make it and use it."""
        await self.make(scope)(scope, receive, send)


@dataclass(frozen=True, slots=True)
class SignIn:
    """Implements `gateway.web.hot.Line`: who comes in is asked nothing yet, who may not is entered."""

    flow: InteractiveFlow
    codec: CounterCodec

    @property
    def log(self) -> DecisionLog:
        """The line's."""
        return self.flow.line.log

    async def consult(self, message: Message, codec: MessageCodec) -> Exchange:
        """Let a visitor in, or tell them no as the flow's first step does."""
        try:
            self.flow.line.credentials.identify(message.proof)
        except RefusedFault as why:
            return await self.flow.turn_away(message, codec, why)
        line = self.flow.line
        draft = Draft(at=line.clock.now(), space=line.space, channel=codec.channel)
        exchange = Exchange(draft, message, codec, line.log, line.attempts)
        exchange.reply = self._welcome(message)
        return exchange

    def _welcome(self, message: Message) -> Reply:
        pages, said = self.codec.pages, signing_in(message)
        agent = said.get(AGENT, "")
        if not (len(agent) == _DIGITS and agent.isascii() and agent.isdigit()):
            error = pages.error(Reason.MESSAGE_INVALID)
            return pages.reply("login", {"error": error, "signed_in": False}, status=400)
        return pages.redirect("", pages.jar.put(said))


def pages_of(scope: Scope) -> Pages:
    """The pages of whoever asks."""
    headers = headers_of(scope)
    jar = Jar(scope.get("root_path", ""), scope.get("scheme") == "https")
    return Pages(language_of(headers), jar, kept(headers).get(TURN, ""))

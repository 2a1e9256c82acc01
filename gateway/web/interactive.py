"""The door to the interactive look: a path with a question in it, found before FastAPI."""

from dataclasses import dataclass

from gateway.domain.request import Message
from gateway.flows.audited import Exchange
from gateway.flows.interactive import InteractiveFlow, Tell
from gateway.ports import DecisionLog, MessageCodec
from gateway.web.hot import HotEndpoint
from gateway.web.receiving import BodyLimits
from gateway.web.rest.codec import RestCodec
from gateway.web.rest.dossier import DossierCodec, Place, place_of


@dataclass(frozen=True, slots=True)
class InteractiveDoor:
    """One space's door to its files."""

    flow: InteractiveFlow
    rest: RestCodec
    limits: BodyLimits

    def endpoint(self, method: str, path: str) -> HotEndpoint | None:
        """The endpoint behind a method and path, or `None` where the path is not of here."""
        place = place_of(path)
        if place is None:
            return None
        codec = DossierCodec(self.rest, place, method, self.flow.questions.find)
        return HotEndpoint(Step(self.flow, place, codec.told), codec, self.limits)


@dataclass(frozen=True, slots=True)
class Step:
    """One place of the flow, as an endpoint calls it; `told` renders the outcome of a step."""

    flow: InteractiveFlow
    place: Place
    told: Tell

    @property
    def log(self) -> DecisionLog:
        """The line's."""
        return self.flow.line.log

    async def consult(self, message: Message, codec: MessageCodec) -> Exchange:
        """Take the step that the place stands for."""
        if self.place.key is None:
            return await self.flow.open(message, codec, self.told)
        if self.place.step == "identificatie":
            return await self.flow.identify(message, codec, self.told)
        return await self.flow.look(message, codec)

"""The platform's own desks: what it knows itself, asked down the consultation line like any source."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.contracts.insz import bare
from gateway.domain.authorisations import authorisations
from gateway.domain.claim import Claim
from gateway.domain.decision import Permit
from gateway.domain.disclosure import disclosures
from gateway.domain.field_filter import SourceRecord
from gateway.domain.log_entry import timestamp
from gateway.domain.platform_questions import (
    AuthorisationsQuestion,
    AvailabilityQuestion,
    DisclosuresQuestion,
)
from gateway.domain.request import Caller, Request
from gateway.domain.services import (
    AUDIT_FLOW,
    AUTHORISATIONS_FLOW,
    AVAILABILITY_FLOW,
    SERVICES,
    STATUS_FLOW,
    Service,
)
from gateway.ports import Clock, Fetched, ProtocolLibrary
from gateway.ports.platform import AuthenticSources, Disclosures, Meter, Reading, SourceState

Tree = dict[str, Any]
Desk = Callable[[Permit, Request], Awaitable[Fetched]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformDesks:
    """The collaborators, wired once at start-up. `callers` are all credentials, by key."""

    protocols: ProtocolLibrary
    callers: Mapping[str, Caller]
    disclosures: Disclosures
    sources: AuthenticSources
    meter: Meter
    clock: Clock

    def by_flow(self) -> Mapping[str, Desk]:
        """Who answers what."""
        return {
            AUTHORISATIONS_FLOW: self.authorised,
            AUDIT_FLOW: self.disclosed,
            AVAILABILITY_FLOW: self.available,
            STATUS_FLOW: self.status,
        }

    async def authorised(self, permit: Permit, request: Request) -> Fetched:  # noqa: ARG002  a desk's form
        """The protocols under which the named units of the sender's party receive data."""
        question = request.question
        assert isinstance(question, AuthorisationsQuestion)
        units = [
            c for c in self.callers.values() if any(_is_meant(c, one) for one in question.units)
        ]
        documents = authorisations(self.protocols.bundle(), units, self.clock.now())
        listed = [
            {"code": d.id, "omschrijving": d.title, "url": f"/v1/protocollen/{d.id}"}
            for d in documents
        ]
        return _fetched(request, {"machtigingen": listed})

    async def disclosed(self, permit: Permit, request: Request) -> Fetched:  # noqa: ARG002  idem
        """What the sender itself was told of the person, from the log."""
        question, sender = request.question, request.sender
        assert isinstance(question, DisclosuresQuestion)
        number = bare(question.insz)
        found = await asyncio.to_thread(self.disclosures.about, number, sender.key)
        told = disclosures(question, sender, found, self.protocols.bundle())
        return _fetched(request, {"auditloggings": told})

    async def available(self, permit: Permit, request: Request) -> Fetched:  # noqa: ARG002  idem
        """That the platform answers; since the answer has its entry first, that its log can be written too."""
        return _fetched(request, self._moments(request))

    async def status(self, permit: Permit, request: Request) -> Fetched:  # noqa: ARG002  idem
        """How many questions there were, and of each service whether it and its source can answer now."""
        services = [one for one in SERVICES.values() if one.flow is not None]
        states = await asyncio.gather(*map(self._state, services))
        listed = [_service(one, state) for one, state in zip(services, states, strict=True)]
        counted = {"webserviceStatus": _counted(self.meter.reading()), "diensten": listed}
        return _fetched(request, self._moments(request) | counted)

    async def _state(self, service: Service) -> SourceState | None:
        """How the source behind a service is; `None` where the gateway itself answers."""
        return None if service.flow is None else await self.sources.state(service.flow)

    def _moments(self, request: Request) -> Tree:
        question = request.question
        assert isinstance(question, AvailabilityQuestion)
        asked = {} if question.asked_at is None else {"vraagTijd": question.asked_at}
        return asked | {"antwoordTijd": timestamp(self.clock.now())}


def _is_meant(unit: Caller, claim: Claim) -> bool:
    return unit.uri == claim.uri and claim.hoedanigheid in (None, unit.hoedanigheid)


def _service(service: Service, state: SourceState | None) -> Tree:
    told = {"dienst": service.name, "versie": service.version, "beschikbaar": True}
    if state is None:
        return told
    is_up = state.trouble is None
    source = {"partij": state.party, "beschikbaar": is_up}
    reason = {} if state.trouble is None else {"reden": state.trouble.value}
    return told | {"beschikbaar": is_up, "bron": source | reason}


def _counted(reading: Reading) -> Tree:
    return {
        "start": timestamp(reading.start),
        "aantalVragen": reading.questions,
        "aantalAntwoorden": reading.answers,
        "aantalFouten": reading.faults,
        "recentsteVraag": _shown(reading.last_question),
        "recentsteAntwoord": _shown(reading.last_answer),
        "recentsteFout": _shown(reading.last_fault),
        "doorlooptijd": round(reading.average.total_seconds() * 1000),
    }


def _shown(at: datetime | None) -> str | None:
    return None if at is None else timestamp(at)


def _fetched(request: Request, data: Tree) -> Fetched:
    return Fetched(SourceRecord(data, request.service.paths))

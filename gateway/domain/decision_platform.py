"""The decision on what the platform itself gives: no protocol opens it, so none is cited (design section 4).

Registration is for units with a flow in force that asks for it; what is left is for every credential,
and some of it for anybody. Whose authorisations or disclosures are asked for is the sender's matter, and
was settled at the door (`admission`).
"""

from datetime import datetime

from gateway.contracts.faults import Ground, Refusal
from gateway.domain.bundle import Bundle
from gateway.domain.decision_stages import (
    is_flow_open,
    no_protocol,
    opening_grounds,
    shared_purposes,
    state_grounds,
    unit_grounds,
)
from gateway.domain.decision_terms import DECREE, Ask, Candidate, Obligation, ObligationKind
from gateway.domain.protocol_document import Fact, Flow, ProtocolDocument
from gateway.domain.services import PLATFORM, REGISTRATION_FLOW


def platform_candidate(bundle: Bundle, ask: Ask, at: datetime) -> Candidate | Refusal:
    """First step, for a service of the platform."""
    refusal = _why_not_register(bundle, ask, at) if ask.flow == REGISTRATION_FLOW else None
    if refusal is not None:
        return refusal
    return _given(ask) if not ask.problems else Refusal(ask.problems)


def agreement_grounds(
    bundle: Bundle, document: ProtocolDocument, flow: Flow, ask: Ask, at: datetime
) -> tuple[Ground, ...]:
    """Why a flow is not agreed with a unit at this instant, whatever it asks, for whichever purpose.

    That a window is closed or a login too weak takes nothing of the agreement away.
    """
    state = bundle.state(document, at, ask.party, flow.key)
    grounds = (
        *state_grounds(document, state),
        *opening_grounds(flow, is_open=is_flow_open(flow, at)),
        *unit_grounds(document, ask),
    )
    if grounds or shared_purposes(document, flow, ask):
        return grounds
    return (no_protocol(bundle, ask, at),)


def _why_not_register(bundle: Bundle, ask: Ask, at: datetime) -> Refusal | None:
    """Why no document opens registration to the unit, or `None` if one does."""
    refusals = []
    for document in bundle.received_by(ask.party, at):
        refusal = _why_not_under(bundle, document, ask, at)
        if refusal is None:
            return None
        refusals.append(refusal)
    return refusals[0] if refusals else Refusal((no_protocol(bundle, ask, at),))


def _why_not_under(
    bundle: Bundle, document: ProtocolDocument, ask: Ask, at: datetime
) -> Refusal | None:
    grounds: tuple[Ground, ...] = ()
    for flow in document.flows.values():
        if any(required.fact is Fact.REGISTERED for required in flow.requires):
            grounds = agreement_grounds(bundle, document, flow, ask, at)
            if not grounds:
                return None
    return Refusal(grounds or (no_protocol(bundle, ask, at),), document.ref)


def _given(ask: Ask) -> Candidate:
    return Candidate(
        protocol=PLATFORM,
        document_digest="",
        flow=ask.flow,
        flow_article="",
        party=ask.party,
        unit=ask.unit,
        purpose="",
        fields=tuple(sorted(ask.fields)),
        withheld=(),
        requires=(),
        articles=(),
        obligations=(Obligation(ObligationKind.LOG, DECREE),),
    )

"""May a party have the gateway pass on what it received, to those that the same protocol names."""

from datetime import datetime

from gateway.contracts.faults import Refusal
from gateway.domain.bundle import Bundle
from gateway.domain.decision_stages import (
    no_protocol,
    opening_grounds,
    state_grounds,
    unit_grounds,
)
from gateway.domain.decision_terms import DECREE, Ask, Candidate, Obligation, ObligationKind
from gateway.domain.legal_day import start_of_day
from gateway.domain.protocol_document import Flow, ProtocolDocument


def passing_on(bundle: Bundle, ask: Ask, at: datetime) -> Candidate | Refusal:
    """Whether the asker is the source of the flow, by a unit with access; it receives nothing itself.

    LAW: 002 art. 4 - the agency may tell the care funds of their own members.
    """
    for document in bundle.opening(ask.flow, at):
        flow = document.flows[ask.flow]
        if flow.source == ask.party and document.provider != ask.party:
            grounds = (
                *state_grounds(document, bundle.state(document, at, ask.party, flow.key)),
                *opening_grounds(flow, is_open=_is_open(flow, at)),
                *unit_grounds(document, ask),
                *ask.problems,
            )
            return Refusal(grounds, document.ref) if grounds else _candidate(document, flow, ask)
    return Refusal((no_protocol(bundle, ask, at),))


def _is_open(flow: Flow, at: datetime) -> bool:
    opening = flow.rhythm.open_from
    return opening is None or at >= start_of_day(opening)


def _candidate(document: ProtocolDocument, flow: Flow, ask: Ask) -> Candidate:
    return Candidate(
        protocol=document.ref,
        document_digest=document.digest,
        flow=flow.key,
        flow_article=flow.article,
        party=ask.party,
        unit=ask.unit,
        purpose="",
        fields=(),
        withheld=(),
        requires=(),
        articles=(flow.article,),
        obligations=(Obligation(ObligationKind.LOG, DECREE),),
    )

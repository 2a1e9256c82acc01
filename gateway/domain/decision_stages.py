"""The stages of the first step, in the order of contract section 4: each gives its grounds to refuse."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime

from gateway.contracts.faults import Ground
from gateway.contracts.reasons import Reason
from gateway.domain.bundle import Bundle
from gateway.domain.decision_duties import quota_of, quota_spent
from gateway.domain.decision_terms import DECREE, IDENTIFYING, Ask, Case
from gateway.domain.legal_day import start_of_day
from gateway.domain.lifecycle import State, Status
from gateway.domain.protocol_document import (
    Access,
    Authentication,
    Flow,
    FlowKind,
    ProtocolDocument,
)

_FILES = frozenset({FlowKind.MUTATION_FILE, FlowKind.LIST_FILE, FlowKind.PAYMENT_FILE})
_STRENGTH = {kind: strength for strength, kind in enumerate(Authentication)}


def no_protocol(bundle: Bundle, ask: Ask, at: datetime, *, several: bool = False) -> Ground:
    """The ground that no protocol, or more than one, has a say."""
    detail = (
        f"more than one protocol gives `{ask.party}` the flow `{ask.flow}`; none may decide alone"
        if several
        else f"`{ask.party}` is a consumer in no protocol for `{ask.flow}`"
    )
    return Ground(
        reason=Reason.NO_PROTOCOL,
        article=DECREE,
        detail=detail,
        remedy=_protocols_of(bundle, ask.party, at),
    )


def _protocols_of(bundle: Bundle, party: str, at: datetime) -> str:
    held = bundle.received_by(party, at)
    if not held:
        return f"`{party}` is a consumer in none of the loaded protocols; conclude one first"
    listed = ", ".join(f"{d.id} ({_flows_of(d, party)})" for d in held)
    return f"`{party}` may use protocol {listed}"


def _flows_of(document: ProtocolDocument, party: str) -> str:
    return ", ".join(sorted(flow for flow in document.flows if document.is_consumer(party, flow)))


def _agreement_stage(case: Case) -> tuple[Ground, ...]:
    """Protocol, flow, unit, purpose, case."""
    return (
        *state_grounds(case.document, case.state),
        *opening_grounds(case.flow, is_open=case.is_open),
        *(
            unit_grounds(case.document, case.ask)
            or _purpose_grounds(case.document, case.flow, case.ask)
        ),
    )


def state_grounds(document: ProtocolDocument, state: State) -> tuple[Ground, ...]:
    """Not yet in force, suspended or ended."""
    reasons = {
        Status.NOT_YET: (Reason.PROTOCOL_NOT_IN_FORCE, "wait for the protocol to start"),
        Status.SUSPENDED: (Reason.PROTOCOL_SUSPENDED, "wait until the suspension is lifted"),
        Status.ENDED: (Reason.PROTOCOL_ENDED, "conclude a new protocol"),
        Status.NO_INSTRUMENT: (
            Reason.INSTRUMENT_NOT_ACTIVE,
            "wait until what the protocol leans on is in order",
        ),
    }
    if state.status is Status.IN_FORCE:
        return ()
    reason, remedy = reasons[state.status]
    detail = f"protocol {document.ref} is {state.status.value} at this instant"
    return (Ground(reason=reason, article=state.article, detail=detail, remedy=remedy),)


def is_flow_open(flow: Flow, at: datetime, day: date | None = None) -> bool:
    """Whether the flow has opened; a question about a day before it is as much too early."""
    opening = flow.rhythm.open_from
    return opening is None or (at >= start_of_day(opening) and (day is None or day >= opening))


def opening_grounds(flow: Flow, *, is_open: bool) -> tuple[Ground, ...]:
    """A flow that opens later than its protocol."""
    opening = flow.rhythm.open_from
    if is_open or opening is None:
        return ()
    return (
        Ground(
            reason=Reason.FLOW_NOT_OPEN,
            article=flow.rhythm.open_from_article or flow.article,
            detail=f"flow `{flow.key}` opens on {opening.isoformat()}",
            remedy="ask from that day on, about that day or a later one",
        ),
    )


def unit_grounds(document: ProtocolDocument, ask: Ask) -> tuple[Ground, ...]:
    """A unit that article 4 does not list, or refuses."""
    unit = document.units.get(ask.unit)
    own = unit if unit is not None and unit.party == ask.party else None
    if own is not None and own.access is Access.GRANTED:
        return ()
    refused = own is not None
    return (
        Ground(
            reason=Reason.UNIT_REFUSED if refused else Reason.UNIT_NOT_LISTED,
            article=own.article if own is not None else "art. 4",
            detail=f"unit `{ask.unit}` is {'refused' if refused else 'not among those with access'}",
            remedy="ask through a unit that article 4 names: " + _granted(document, ask.party),
        ),
    )


def _granted(document: ProtocolDocument, party: str) -> str:
    names = (u.key for u in document.units.values()
             if u.party == party and u.access is Access.GRANTED)  # fmt: skip
    return ", ".join(names) or "none"


def _purpose_grounds(document: ProtocolDocument, flow: Flow, ask: Ask) -> tuple[Ground, ...]:
    shared = shared_purposes(document, flow, ask)
    chosen = agreed_purpose(document, flow, ask)
    if chosen is None:
        required = ask.purpose is None and len(shared) > 1
        return (_purpose_ground(flow, ask, shared, required=required),)
    purpose = document.purposes[chosen]
    if purpose.case_required and not ask.case:
        return (
            Ground(
                reason=Reason.CASE_REQUIRED,
                article=purpose.article,
                detail=f"purpose `{chosen}` is agreed for a specific file only",
                remedy="state the file (`Sim-Case`, or Annotatie `Dossier`)",
            ),
        )
    return ()


def _purpose_ground(flow: Flow, ask: Ask, shared: tuple[str, ...], *, required: bool) -> Ground:
    agreed = ", ".join(shared) or "none"
    return Ground(
        reason=Reason.PURPOSE_REQUIRED if required else Reason.PURPOSE_NOT_AGREED,
        article="art. 2",
        detail=f"flow `{flow.key}` and unit `{ask.unit}` share the purposes: {agreed}",
        remedy="state one of them (`Sim-Purpose`, or Annotatie `Doel`)"
        if shared
        else "this unit has no purpose in this flow; use the flow that serves its purpose",
    )


def shared_purposes(document: ProtocolDocument, flow: Flow, ask: Ask) -> tuple[str, ...]:
    """The purposes that flow and unit have in common, and that are the party's own."""
    unit = document.units[ask.unit]
    return tuple(
        purpose
        for purpose in flow.purposes
        if purpose in unit.purposes and document.purpose_is_of(purpose, ask.party)
    )


def _authentication_stage(case: Case) -> tuple[Ground, ...]:
    """The person behind the call: strength of log-in, by name, trained, and not their own guard."""
    return (*_login_grounds(case), *_person_grounds(case))


def _login_grounds(case: Case) -> tuple[Ground, ...]:
    asked, ask = case.flow.caution, case.ask
    wanted = asked.authentication
    is_weak = wanted is not None and (
        ask.authentication is None or _STRENGTH[ask.authentication] < _STRENGTH[wanted]
    )
    if is_weak and wanted is not None:
        return (
            Ground(
                reason=Reason.AUTHENTICATION_TOO_WEAK,
                article=asked.authentication_article,
                detail=f"the protocol asks for `{wanted.value}` or stronger",
                remedy="log in again (`Sim-Authentication`, or Annotatie `Authenticatie`)",
            ),
        )
    if asked.enduser_article is not None and not ask.has_enduser:
        return (
            Ground(
                reason=Reason.AUTHENTICATION_TOO_WEAK,
                article=asked.enduser_article,
                detail="the right to look is personal, and nobody is named",
                remedy="name the person (`X-Magda-Enduser-ID`, or `Gebruiker`)",
            ),
        )
    return ()


def _person_grounds(case: Case) -> tuple[Ground, ...]:
    asked, ask = case.flow.caution, case.ask
    grounds = []
    if asked.training is not None and asked.training not in ask.training:
        grounds.append(
            Ground(
                reason=Reason.TRAINING_MISSING,
                article=asked.training_article,
                detail=f"no training in `{asked.training}` is on record for this credential",
                remedy="use a credential of people who were trained",
            )
        )
    if asked.duties_article is not None and not ask.duties_separated:
        grounds.append(
            Ground(
                reason=Reason.DUTIES_NOT_SEPARATED,
                article=asked.duties_article,
                detail="who decides on access does not use it",
                remedy="have somebody else ask",
            )
        )
    return tuple(grounds)


def _content_stage(case: Case) -> tuple[Ground, ...]:
    """What is wrong with the question itself; it can ask what the article on the data lists."""
    article = case.flow.fields_article
    return tuple(p if p.article else replace(p, article=article) for p in case.ask.problems)


def _listed_stage(case: Case) -> tuple[Ground, ...]:
    """Fields: nothing listed, or (where the protocol refuses) something not listed."""
    flow, ask = case.flow, case.ask
    listed = {field.name for field in flow.fields}
    unlisted = sorted(ask.fields - listed)
    telling = listed if flow.kind in _FILES else listed - IDENTIFYING
    if not ask.fields & telling:
        return (_fields_ground(Reason.NOTHING_PERMITTED, flow, unlisted),)
    if unlisted and flow.refuses_unlisted:
        return (_fields_ground(Reason.FIELD_NOT_LISTED, flow, unlisted),)
    return ()


def _fields_ground(reason: Reason, flow: Flow, unlisted: list[str]) -> Ground:
    return Ground(
        reason=reason,
        article=flow.fields_article,
        detail=f"asked but not listed: {', '.join(unlisted) or 'nothing was asked'}",
        remedy="ask for: " + ", ".join(field.name for field in flow.fields),
    )


def _rhythm_stage(case: Case) -> tuple[Ground, ...]:
    """The calendar window and the yearly quota."""
    rhythm, grounds = case.flow.rhythm, []
    if not case.in_window:
        months = ", ".join(str(month) for month in sorted(rhythm.months))
        grounds.append(
            Ground(
                reason=Reason.OUTSIDE_WINDOW,
                article=rhythm.months_article,
                detail=f"flow `{case.flow.key}` is open in month {months} only",
                remedy="ask again in one of these months",
            )
        )
    limit = quota_of(case.flow)
    if limit is not None and case.ask.used >= int(limit.value):
        grounds.append(quota_spent(limit))
    return tuple(grounds)


_Stage = Callable[[Case], tuple[Ground, ...]]
STAGES: tuple[_Stage, ...] = (
    _agreement_stage,
    _authentication_stage,
    _content_stage,
    _listed_stage,
    _rhythm_stage,
)


def agreed_purpose(document: ProtocolDocument, flow: Flow, ask: Ask) -> str | None:
    """The stated purpose if it is agreed, or the only one that unit and flow share."""
    shared = shared_purposes(document, flow, ask)
    if ask.purpose is not None:
        return ask.purpose if ask.purpose in shared else None
    return shared[0] if len(shared) == 1 else None

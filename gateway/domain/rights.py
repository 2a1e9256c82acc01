"""What a unit may do now, flow by flow, worked out by asking the decision itself what it would say."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from gateway.contracts.faults import Refusal
from gateway.domain.bundle import Bundle
from gateway.domain.decision import candidate
from gateway.domain.decision_stages import shared_purposes
from gateway.domain.decision_terms import Ask, Candidate, ObligationKind
from gateway.domain.legal_day import legal_day
from gateway.domain.protocol_document import Flow, ProtocolDocument, Purpose, RequiredFact
from gateway.domain.request import Caller
from gateway.domain.services import GIVEN, REGISTRATION_FLOW, Service
from gateway.domain.standing import Standing, standing, standing_versions

Used = Callable[[str, str, int], int]
"""How often a party had a flow in a calendar year: `used(party, flow, year)`."""
_A_CASE = "a case"


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A calendar window: open now or not, and the first day of the next one."""

    is_open: bool
    months: tuple[int, ...]
    next_day: date
    article: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """A number a calendar year, and what was had of it."""

    allowed: int
    used: int
    article: str

    @property
    def left(self) -> int:
        """What may still be had this year."""
        return max(self.allowed - self.used, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """One flow of one protocol for one unit. It may be used where `refusal` is `None`."""

    document: ProtocolDocument
    flow: Flow
    standing: Standing
    purposes: tuple[Purpose, ...]
    facts: tuple[RequiredFact, ...]
    window: Window | None
    quota: Quota | None
    refusal: Refusal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """Everything a unit may and may not; `registration` says why the repertory is closed to it."""

    caller: Caller
    at: datetime
    flows: tuple[Right, ...]
    registration: Refusal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What is left of a service's answer: every field that may leave, and those that always do."""

    fields: tuple[str, ...]
    certain: tuple[str, ...]


NOTHING_LEFT = Left(fields=(), certain=())


def rights_of(bundle: Bundle, caller: Caller, at: datetime, used: Used) -> Rights:
    """The rights of a unit at an instant, under every protocol that names its party."""
    registering = _asking(caller, REGISTRATION_FLOW, frozenset({"resultaat"}))
    outcome = candidate(bundle, registering, at)
    return Rights(
        caller=caller,
        at=at,
        flows=tuple(_rights(bundle, caller, at, used)),
        registration=outcome if isinstance(outcome, Refusal) else None,
    )


def _rights(bundle: Bundle, caller: Caller, at: datetime, used: Used) -> Iterator[Right]:
    for document in standing_versions(bundle, at):
        if caller.party in document.parties:
            for flow in document.flows.values():
                yield _right(bundle, document, flow, (caller, at, used))


def _right(
    bundle: Bundle, document: ProtocolDocument, flow: Flow, who: tuple[Caller, datetime, Used]
) -> Right:
    caller, at, used = who
    count = used(caller.party, flow.key, legal_day(at).year)
    ask = replace(_asking(caller, flow.key, GIVEN[flow.service]), used=count)
    purposes = _purposes(document, flow, ask)
    return Right(
        document=document,
        flow=flow,
        standing=standing(bundle, document, at, caller.party, flow.key),
        purposes=purposes,
        facts=_facts(flow, purposes),
        window=window_of(flow, legal_day(at)),
        quota=_quota(flow, count),
        refusal=_refusal(bundle, ask, purposes, at),
    )


def _asking(caller: Caller, flow: str, fields: frozenset[str]) -> Ask:
    """The best that this unit can ask: everything, with a case and with its own log-in."""
    return Ask(
        party=caller.party,
        unit=caller.unit,
        flow=flow,
        fields=fields,
        case=_A_CASE,
        authentication=caller.authentication,
        training=caller.training,
    )


def _purposes(document: ProtocolDocument, flow: Flow, ask: Ask) -> tuple[Purpose, ...]:
    unit = document.units.get(ask.unit)
    if unit is None or unit.party != ask.party:
        return ()
    return tuple(document.purposes[key] for key in shared_purposes(document, flow, ask))


def _facts(flow: Flow, purposes: Sequence[Purpose]) -> tuple[RequiredFact, ...]:
    """What must hold about the person for at least one of these purposes."""
    keys = {purpose.key for purpose in purposes}
    return tuple(one for one in flow.requires if not one.purposes or one.purposes & keys)


def _refusal(bundle: Bundle, ask: Ask, purposes: Sequence[Purpose], at: datetime) -> Refusal | None:
    """Why no purpose opens the flow, or `None` where one does; asked of `candidate` and no other."""
    asks = [replace(ask, purpose=one.key) for one in purposes] or [ask]
    outcomes = [candidate(bundle, one, at) for one in asks]
    refused = [one for one in outcomes if isinstance(one, Refusal)]
    return refused[0] if len(refused) == len(outcomes) else None


def best_candidate(
    bundle: Bundle, caller: Caller, service: Service, at: datetime, used: Used
) -> Candidate | Refusal:
    """What the best question of a unit to a service comes to; asked of `candidate` and no other."""
    flow = service.flow or service.key
    asking = _asking(caller, flow, frozenset(service.paths))
    ask = replace(asking, used=used(caller.party, flow, legal_day(at).year))
    outcomes = [
        candidate(bundle, replace(ask, purpose=one.key, fields=listed), at)
        for document in bundle.open_to(caller.party, flow, at)
        for listed in [_listed(document.flows[flow], service)]
        for one in _purposes(document, document.flows[flow], ask)
    ] or [candidate(bundle, ask, at)]
    return next((one for one in outcomes if isinstance(one, Candidate)), outcomes[0])


def _listed(flow: Flow, service: Service) -> frozenset[str]:
    """Nothing that is not listed, since some flows refuse whoever asks for more."""
    return frozenset(one.name for one in flow.fields if one.name in service.paths)


def left_by(outcome: Candidate | Refusal) -> Left:
    """What such a question leaves of the service's answer: of a refused one, nothing."""
    if isinstance(outcome, Refusal):
        return NOTHING_LEFT
    conditional = {
        one.value.partition(":")[0]
        for one in outcome.obligations
        if one.kind is ObligationKind.CONDITIONAL
    }
    certain = tuple(name for name in outcome.fields if name not in conditional)
    return Left(fields=outcome.fields, certain=certain)


def _quota(flow: Flow, count: int) -> Quota | None:
    rhythm = flow.rhythm
    if rhythm.quota is None:
        return None
    article = rhythm.quota_article or flow.article
    return Quota(allowed=rhythm.quota, used=count, article=article)


def window_of(flow: Flow, today: date) -> Window | None:
    """The flow's calendar window seen from a day, or `None` where it has none."""
    months = flow.rhythm.months
    if not months:
        return None
    ahead = [divmod(today.year * 12 + today.month + n, 12) for n in range(12)]
    year, month = next((year, month) for year, month in ahead if month + 1 in months)
    return Window(
        is_open=today.month in months,
        months=tuple(sorted(months)),
        next_day=date(year, month + 1, 1),
        article=flow.rhythm.months_article or flow.article,
    )

"""A refused question with one thing about it changed: every such change that somebody could make."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from gateway.contracts.reasons import Reason
from gateway.domain.bundle import Bundle
from gateway.domain.decision import first_missing
from gateway.domain.decision_duties import missing_fact
from gateway.domain.decision_terms import Ask, Candidate
from gateway.domain.hindsight import REMEDIES
from gateway.domain.legal_day import in_brussels, legal_day, months_later, start_of_day
from gateway.domain.lifecycle import EventKind as Act
from gateway.domain.lifecycle import LifecycleEvent
from gateway.domain.protocol_document import Authentication, Fact, Flow, ProtocolDocument
from gateway.domain.replay import Recorded
from gateway.domain.request import Caller

_A_CASE = "stated"
_BEFORE = timedelta(milliseconds=1)
_MONTHS = 12


class Change(StrEnum):
    """What was changed."""

    PURPOSE = "purpose"
    CASE = "case"
    FIELDS = "fields"
    OPTION = "option"
    DAY = "day"
    CONTENT = "content"
    AUTHENTICATION = "authentication"
    ENDUSER = "enduser"
    TRAINING = "training"
    DUTIES = "duties"
    FACT = "fact"
    UNIT = "unit"
    DATE = "date"
    ACT = "act"
    CREDENTIAL = "credential"


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """A refusal as its entry tells it, the law of then, and who else could have asked.

    `chosen` is what the first step said, where it said yes.
    """

    one: Recorded
    bundle: Bundle
    at: datetime
    credential: str | None
    callers: Sequence[Caller]
    chosen: Candidate | None = None

    @property
    def ask(self) -> Ask:
        """The question."""
        assert self.one.ask is not None
        return self.one.ask

    @property
    def documents(self) -> Sequence[ProtocolDocument]:
        """The protocols that have its flow."""
        return self.bundle.by_flow.get(self.ask.flow, ())

    @property
    def flows(self) -> Sequence[Flow]:
        """The flow as each of them has it."""
        return [document.flows[self.ask.flow] for document in self.documents]


@dataclass(frozen=True, slots=True, kw_only=True)
class Variation:
    """The situation with one thing changed: what, to what, and how that is done.

    `held` are the facts that are known to hold; where somebody else asks, none are known.
    """

    change: Change
    to: str | None
    how: str
    ask: Ask
    at: datetime
    bundle: Bundle
    held: frozenset[Fact]
    is_other: bool = False


Maker = Callable[[Situation], Iterator[Variation]]


def variations(one: Situation) -> Iterator[Variation]:
    """Everything that could have been otherwise, what is in the asker's own hand first."""
    for make in _MAKERS:
        yield from make(one)


def _with(one: Situation, change: Change, to: str | None, how: str, ask: Ask) -> Variation:
    return Variation(
        change=change, to=to, how=how, ask=ask, at=one.at, bundle=one.bundle, held=one.one.held
    )


def _purposes(one: Situation) -> Iterator[Variation]:
    for purpose in sorted({p for flow in one.flows for p in flow.purposes} - {one.ask.purpose}):
        how = f"state the purpose: `Sim-Purpose: {purpose}`, or Annotatie `Doel`"
        yield _with(one, Change.PURPOSE, purpose, how, replace(one.ask, purpose=purpose))
    if one.ask.purpose is not None:
        how = "state no purpose, where unit and flow share only one"
        yield _with(one, Change.PURPOSE, None, how, replace(one.ask, purpose=None))


def _case(one: Situation) -> Iterator[Variation]:
    if one.ask.case is None:
        how = "state the file: `Sim-Case`, or Annotatie `Dossier`"
        yield _with(one, Change.CASE, "any", how, replace(one.ask, case=_A_CASE))


def _fields(one: Situation) -> Iterator[Variation]:
    for flow in one.flows:
        listed = frozenset(field.name for field in flow.fields)
        fewer = one.ask.fields & listed
        for fields in dict.fromkeys((fewer, listed)):
            told = ", ".join(sorted(fields))
            if fields and fields != one.ask.fields:
                how = f"ask for these fields only: {told}"
                yield _with(one, Change.FIELDS, told, how, replace(one.ask, fields=fields))


def _options(one: Situation) -> Iterator[Variation]:
    for option in sorted(one.ask.stated):
        fewer = replace(one.ask, stated=one.ask.stated - {option})
        yield _with(one, Change.OPTION, None, f"do not name `{option}`", fewer)


def _day(one: Situation) -> Iterator[Variation]:
    openings = [flow.rhythm.open_from for flow in one.flows if flow.rhythm.open_from is not None]
    if one.ask.day is not None and openings:
        opening = max(openings)
        how = f"ask about {opening.isoformat()} or a later day"
        asked = replace(one.ask, day=max(opening, one.ask.day))
        yield _with(one, Change.DAY, opening.isoformat(), how, asked)


def _content(one: Situation) -> Iterator[Variation]:
    for reason in dict.fromkeys(ground.reason for ground in one.ask.problems):
        left = tuple(ground for ground in one.ask.problems if ground.reason is not reason)
        asked = replace(one.ask, problems=left)
        if reason is Reason.NO_GROUP_ASKED:
            asked = replace(asked, fields=frozenset(f.name for w in one.flows for f in w.fields))
        yield _with(one, Change.CONTENT, reason.value, REMEDIES.get(reason, "mend it"), asked)


def _person_behind(one: Situation) -> Iterator[Variation]:
    if one.one.is_file:
        return
    for login in Authentication:
        if login is not one.ask.authentication:
            how = f"log in by `{login.value}`: `Sim-Authentication`, or Annotatie `Authenticatie`"
            asked = replace(one.ask, authentication=login)
            yield _with(one, Change.AUTHENTICATION, login.value, how, asked)
    if not one.ask.has_enduser:
        how = "name the person behind the call: `X-Magda-Enduser-ID`, or `Gebruiker`"
        yield _with(one, Change.ENDUSER, "any", how, replace(one.ask, has_enduser=True))
    if not one.ask.duties_separated:
        how = "have somebody ask who does not decide on access"
        yield _with(one, Change.DUTIES, None, how, replace(one.ask, duties_separated=True))
    for subject in sorted({flow.caution.training or "" for flow in one.flows} - {""}):
        how = f"have somebody ask who was trained in `{subject}`"
        asked = replace(one.ask, training=one.ask.training | {subject})
        yield _with(one, Change.TRAINING, subject, how, asked)


def _fact(one: Situation) -> Iterator[Variation]:
    """The fact that was found not to hold; those after it nobody looked at."""
    missing = first_missing(one.chosen, one.one.held) if one.chosen is not None else None
    if missing is not None and missing.fact is one.one.lacking:
        made = _with(one, Change.FACT, missing.fact.value, missing_fact(missing).remedy, one.ask)
        yield replace(made, held=one.one.held | {missing.fact})


def _colleagues(one: Situation) -> Iterator[Variation]:
    callers = [caller for caller in one.callers if caller.party == one.ask.party]
    yield from _asked_by(one, callers, Change.UNIT)


def _strangers(one: Situation) -> Iterator[Variation]:
    callers = [caller for caller in one.callers if caller.party != one.ask.party]
    yield from _asked_by(one, callers, Change.CREDENTIAL)


def _asked_by(one: Situation, callers: Sequence[Caller], change: Change) -> Iterator[Variation]:
    for caller in callers:
        if caller.key != one.credential:
            asked = replace(one.ask, party=caller.party, unit=caller.unit, training=caller.training)
            made = _with(one, change, caller.key, f"ask as `{caller.key}`", asked)
            yield replace(made, held=frozenset(), is_other=True)


def _dates(one: Situation) -> Iterator[Variation]:
    """The instants at which something turns, nearest first, before and after."""
    turns = {at for document in one.documents for at in _turns(one, document)} - {one.at}
    for at in sorted(turns, key=lambda turn: abs(turn - one.at)):
        is_new_year = legal_day(at).year != legal_day(one.at).year
        asked = replace(one.ask, used=0) if is_new_year else one.ask
        to = in_brussels(at).isoformat(timespec="milliseconds")
        made = _with(one, Change.DATE, to, f"ask at {to}, by the clock of the space", asked)
        yield replace(made, at=at)


def _turns(one: Situation, document: ProtocolDocument) -> Iterator[datetime]:
    rhythm, lifecycle, day = (
        document.flows[one.ask.flow].rhythm,
        document.lifecycle,
        legal_day(one.at),
    )
    for begin in (lifecycle.in_force_from, rhythm.open_from):
        if begin is not None:
            yield start_of_day(begin)
    for act in one.bundle.events_of(document):
        for at in (act.effective_at, act.recorded_at):
            yield at
            yield at - _BEFORE
    first = day.replace(day=1)
    yield from (start_of_day(months_later(first, count)) for count in range(1, _MONTHS + 1))


def _acts(one: Situation) -> Iterator[Variation]:
    """Acts on the flow's protocols: one more that would help, or each of those that were done undone."""
    for document in one.documents:
        for kind in (Act.LIFTING, Act.EVIDENCE):
            how = f"do the act `{kind.value}` on protocol {document.id}"
            done = LifecycleEvent(
                protocol=document.id, kind=kind, effective_at=one.at, recorded_at=one.at
            )
            yield _under(one, kind.value, how, [*_events(one), done])
        for act in one.bundle.events_of(document):
            if act.label is not None:
                how = f"had act {act.label} (`{act.kind.value}`) on protocol {document.id} not been done"
                left = [event for event in _events(one) if event is not act]
                yield _under(one, act.label, how, left)


def _events(one: Situation) -> Sequence[LifecycleEvent]:
    return [event for events in one.bundle.events.values() for event in events]


def _under(one: Situation, to: str, how: str, events: Sequence[LifecycleEvent]) -> Variation:
    made = _with(one, Change.ACT, to, how, one.ask)
    return replace(made, bundle=one.bundle.knowing("", events))


_MAKERS: Sequence[Maker] = (
    _purposes, _case, _fields, _options, _day, _content, _person_behind, _fact, _colleagues, _dates,
    _acts, _strangers,
)  # fmt: skip
LATER = tuple(Reason)
"""Reasons in the order of the checks: what is told later got further."""

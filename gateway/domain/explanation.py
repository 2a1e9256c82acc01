"""Everything that stands between a question and its answer, in the order in which it is looked at.

For one unit and flow at an instant: each clause with its article, of whom something is asked, and
whether it holds already now. What depends on the question or on the person is left open.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from gateway.contracts.reasons import SECURITY
from gateway.domain.bundle import Bundle
from gateway.domain.decision_stages import (
    opening_grounds,
    shared_purposes,
    state_grounds,
    unit_grounds,
)
from gateway.domain.decision_terms import DECREE, Ask
from gateway.domain.legal_day import legal_day, start_of_day
from gateway.domain.protocol_document import Flow, ProtocolDocument, Purpose, RequiredFact
from gateway.domain.rights import window_of
from gateway.domain.services import GIVEN

Whom = Literal["gateway", "caller", "person"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One clause on the way. `holds` is `None` where only the question or the person can tell."""

    stage: str
    clause: str
    article: str | None
    whom: Whom = "gateway"
    holds: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One unit on its way through one flow at an instant."""

    bundle: Bundle
    document: ProtocolDocument
    flow: Flow
    party: str
    unit: str
    at: datetime

    @property
    def purposes(self) -> Sequence[Purpose]:
        """The purposes that unit and flow share."""
        unit = self.document.units.get(self.unit)
        if unit is None or unit.party != self.party:
            return ()
        return [
            self.document.purposes[k] for k in shared_purposes(self.document, self.flow, self.ask)
        ]

    @property
    def ask(self) -> Ask:
        """A question of this unit, as far as it is known."""
        return Ask(party=self.party, unit=self.unit, flow=self.flow.key, fields=frozenset())


def explain(way: Way) -> Sequence[Step]:
    """Every step, in the order of the checks."""
    return [
        *_at_the_door(way),
        *_agreement(way),
        *_person_behind_the_call(way.flow),
        Step(stage="content", clause="number, dates and options of the question are valid",
             article=way.flow.fields_article, whom="caller"),
        *_listed(way.flow),
        *_rhythm(way),
        *_facts(way),
        *_answer(way),
    ]  # fmt: skip


def _at_the_door(way: Way) -> Iterator[Step]:
    yield Step(stage="credential", clause=f"the caller shows a credential of `{way.unit}`",
               article=SECURITY, whom="caller")  # fmt: skip
    yield Step(stage="message", clause=f"a whole message of the form of {way.flow.service}",
               article=None, whom="caller")  # fmt: skip
    yield Step(stage="sender", clause="the message names the credential's own sender",
               article=SECURITY, whom="caller")  # fmt: skip


def _agreement(way: Way) -> Iterator[Step]:
    document, flow = way.document, way.flow
    state = way.bundle.state(document, way.at, way.party, flow.key)
    yield Step(stage="protocol", clause=f"protocol {document.ref} is {state.status.value} for `{way.party}`",
               article=state.article, holds=not state_grounds(document, state))  # fmt: skip
    yield Step(stage="flow", clause=f"`{way.party}` receives `{flow.key}` from `{flow.source}`",
               article=flow.article, holds=document.is_consumer(way.party, flow.key))  # fmt: skip
    opening = flow.rhythm.open_from
    if opening is not None:
        is_open = way.at >= start_of_day(opening)
        yield Step(stage="flow", clause=f"the flow is open from {opening.isoformat()} on",
                   article=flow.article, holds=not opening_grounds(flow, is_open=is_open))  # fmt: skip
    yield from _unit(way)


def _unit(way: Way) -> Iterator[Step]:
    grounds = unit_grounds(way.document, way.ask)
    listed = way.document.units.get(way.unit)
    article = grounds[0].article if grounds else listed.article if listed else None
    yield Step(stage="unit", clause=f"`{way.unit}` is a unit with access",
               article=article, holds=not grounds)  # fmt: skip
    purposes = way.purposes
    if not purposes:
        yield Step(stage="purpose", clause="unit and flow share no purpose", article="art. 2",
                   holds=False)  # fmt: skip
    for purpose in purposes:
        stated = ", to be stated, since there are several" if len(purposes) > 1 else ""
        yield Step(stage="purpose", clause=f"for `{purpose.key}`{stated}", article=purpose.article,
                   holds=True if len(purposes) == 1 else None, whom="caller")  # fmt: skip
        if purpose.case_required:
            yield Step(stage="case", clause=f"`{purpose.key}`: the file it is for is stated",
                       article=purpose.article, whom="caller")  # fmt: skip


def _person_behind_the_call(flow: Flow) -> Iterator[Step]:
    asked = flow.caution
    rows = (
        (asked.authentication and f"logged in with `{asked.authentication.value}` or stronger",
         asked.authentication_article),
        (asked.enduser_article and "the person behind the call is named", asked.enduser_article),
        (asked.training and f"that person is trained in `{asked.training}`", asked.training_article),
        (asked.duties_article and "that person does not also decide on access", asked.duties_article),
    )  # fmt: skip
    for clause, article in rows:
        if clause:
            yield Step(stage="authentication", clause=clause, article=article, whom="caller")


def _listed(flow: Flow) -> Iterator[Step]:
    for field in flow.fields:
        yield Step(stage="listed", clause=f"`{field.name}` may leave", article=field.article,
                   holds=True)  # fmt: skip
    withheld = sorted(GIVEN[flow.service] - {field.name for field in flow.fields})
    if withheld:
        what = "asking for it refuses the whole" if flow.refuses_unlisted else "stays behind"
        yield Step(stage="listed", clause=f"not listed, and {what}: {', '.join(withheld)}",
                   article=flow.fields_article, holds=True)  # fmt: skip


def _rhythm(way: Way) -> Iterator[Step]:
    rhythm = way.flow.rhythm
    window = window_of(way.flow, legal_day(way.at))
    if window is not None:
        months = ", ".join(str(month) for month in window.months)
        yield Step(stage="window", clause=f"open in month {months}; next from {window.next_day}",
                   article=window.article, holds=window.is_open)  # fmt: skip
    if rhythm.quota is not None:
        yield Step(stage="quota", clause=f"at most {rhythm.quota} a calendar year",
                   article=rhythm.quota_article)  # fmt: skip


def _facts(way: Way) -> Iterator[Step]:
    keys = {purpose.key for purpose in way.purposes}
    for required in way.flow.requires:
        if not required.purposes or required.purposes & keys:
            yield Step(stage="facts", clause=_fact(required), article=required.article,
                       whom="person")  # fmt: skip


def _fact(required: RequiredFact) -> str:
    scope = f", for {', '.join(sorted(required.purposes))}" if required.purposes else ""
    scope += f", where a `{required.if_stated}` is named" if required.if_stated else ""
    elsewhere = f"; else: {required.route}" if required.route else ""
    return f"`{required.fact.value}` at that instant{scope}{elsewhere}"


def _answer(way: Way) -> Iterator[Step]:
    flow, onward = way.flow, way.document.onward
    yield Step(stage="source", clause=f"only now is `{flow.source}` asked", article=flow.article)
    for one in flow.conditions:
        yield Step(stage="filter", clause=f"`{one.field}` only where `{one.other}` is `{one.equals}`",
                   article=one.article)  # fmt: skip
    for derived in flow.derived:
        yield Step(stage="filter", clause=f"`{derived.field}` is worked out (`{derived.rule}`), and "
                   "what it rests on stays behind", article=derived.article)  # fmt: skip
    yield Step(stage="filter", clause="whatever else the source sent is cut away",
               article=flow.fields_article)  # fmt: skip
    yield Step(stage="entry", clause="the decision is entered and durable, else nothing leaves",
               article=DECREE)  # fmt: skip
    yield from _afterwards(flow)
    yield Step(stage="afterwards", clause=f"passing it on: {onward.rule} (to `{onward.to}`)",
               article=onward.article, whom="caller")  # fmt: skip


def _afterwards(flow: Flow) -> Iterator[Step]:
    session, term = flow.rhythm.session, flow.drop_term
    if session is not None:
        yield Step(stage="answer", clause=f"may be looked at for {session}",
                   article=flow.rhythm.session_article)  # fmt: skip
    if term is not None:
        yield Step(stage="answer", clause=f"the file goes from its folder after {term.period}",
                   article=term.article)  # fmt: skip
    kept = "nothing of it may be stored" if flow.retention.is_none else f"kept for: {flow.retention.label}"  # fmt: skip
    yield Step(stage="afterwards", clause=kept, article=flow.retention.article, whom="caller")

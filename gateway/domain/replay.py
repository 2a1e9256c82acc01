"""Taking a decision again from its entry: under the law of then, and under another.

Nothing is guessed. What the entry does not tell and the other law asks is unknown, and where that
makes a difference the effect is that nobody can tell.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from gateway.contracts.faults import Ground, Refusal
from gateway.contracts.reasons import Reason
from gateway.domain.bundle import Bundle
from gateway.domain.decision import STEP_NEEDS, candidate, decide, first_missing, step
from gateway.domain.decision_terms import Ask, Candidate
from gateway.domain.log_entry import UNKNOWN, EventKind
from gateway.domain.protocol_document import Authentication, Fact, Flow
from gateway.domain.share import file_ask
from gateway.domain.weighed import PERMIT, REFUSAL, Words, file_told, told

FILES = frozenset({EventKind.FILE_DELIVERED.value, EventKind.FILE_REFUSED.value})
DECISIONS = FILES | {EventKind.DECISION.value}
"""The kinds of entries that hold a decision."""
COMPARED = (
    "outcome", "decided", "reasons", "articles", "protocol", "doc", "purpose", "fields", "withheld",
    "obl",
)  # fmt: skip
"""The members of an entry that a replay must bring forth again."""
_MANY = 10**9
_DAYS = {None: None, True: date.max, False: date.min}
"""A day that came in time for its flow, or not, stands for the one that the entry does not tell."""


@dataclass(frozen=True, slots=True)
class Law:
    """The law as a decision knew it, and the same with something else in its place."""

    then: Bundle
    changed: Bundle


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Recorded:
    """A decision as its entry tells it; entries that tell the same share one.

    `ask` is `None` where no law was asked, `held` are the facts that were found to hold, `lacking` the
    one that was found not to. `effects` remembers what was worked out for it.
    """

    bundle: str
    is_file: bool
    party: str | None
    unit: str | None
    flow: str | None
    ask: Ask | None
    step: str | None
    held: frozenset[Fact]
    lacking: Fact | None
    words: Mapping[str, Any]
    effects: list[tuple[object, object, Any]] = field(default_factory=list)

    @property
    def is_permit(self) -> bool:
        """Whether the law said yes, whatever became of the answer."""
        return bool(self.words["decided"] == PERMIT)

    @property
    def is_answered(self) -> bool:
        """Whether something left."""
        return bool(self.words["outcome"] == PERMIT)


class Missing(StrEnum):
    """What an entry may not tell, beside facts about the person."""

    USED = "used"
    DUTIES = "duties-separated"
    PURPOSE = "stated-purpose"
    DAY = "day"
    ANSWER = "answer"


@dataclass(frozen=True, slots=True)
class Untold:
    """It cannot be told: this was not recorded."""

    missing: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the law says: a refusal, or else what the candidate lists."""

    chosen: Candidate | None
    refusal: Refusal | None = None


def recorded(leaf: Mapping[str, Any]) -> Recorded:
    """The decision that a leaf tells."""
    is_file = leaf["e"] in FILES
    lacking = leaf.get("lacking")
    words = {name: leaf.get(name) for name in COMPARED}
    if is_file:
        words["decided"] = leaf["outcome"]
    return Recorded(
        bundle=leaf["bundle"],
        is_file=is_file,
        party=leaf["party"],
        unit=leaf["unit"],
        flow=leaf["flow"],
        ask=_file_ask(leaf) if is_file else _ask(leaf),
        step=leaf.get("step"),
        held=frozenset(Fact(name) for name in leaf.get("facts", ())),
        lacking=Fact(lacking) if lacking else None,
        words=words,
    )


def _file_ask(leaf: Mapping[str, Any]) -> Ask:
    fields, used = frozenset(leaf["asked"]), leaf.get("used", 0)
    return file_ask(leaf["party"], leaf["unit"], leaf["flow"], fields, used)


def _ask(leaf: Mapping[str, Any]) -> Ask | None:
    if leaf.get("decided") is None:
        return None
    login = leaf["authentication"]
    return Ask(
        party=leaf["party"],
        unit=leaf["unit"],
        flow=leaf["flow"],
        fields=frozenset(leaf["asked"]),
        purpose=leaf["stated-purpose"],
        case="stated" if leaf["has-case"] else None,
        authentication=Authentication(login) if login else None,
        has_enduser=leaf["has-actor"],
        training=frozenset(leaf["training"]),
        duties_separated=leaf["duties-separated"],
        stated=frozenset(leaf["stated"]),
        used=leaf["used"],
        day=_DAYS[leaf.get("day-in-time")],
        problems=tuple(
            Ground(reason=Reason(one["reason"]), article=one["article"]) for one in leaf["problems"]
        ),
    )


def choose(bundle: Bundle, one: Recorded, at: datetime) -> Candidate | Refusal:
    """The first half of the decision; a step towards a look needs and gives less than the look."""
    assert one.ask is not None
    found = candidate(bundle, one.ask, at)
    if isinstance(found, Refusal) or one.step is None:
        return found
    return step(found, STEP_NEEDS[one.step])


def verdict(one: Recorded, first: Candidate | Refusal) -> Verdict:
    """The verdict that follows from the first step and the facts that were found."""
    if isinstance(first, Refusal):
        return Verdict(None, first)
    if one.is_file:
        return Verdict(first)
    said = decide(first, dict.fromkeys(one.held, ""))
    return Verdict(first, said if isinstance(said, Refusal) else None)


def differences(one: Recorded, found: Verdict) -> dict[str, tuple[Any, Any]]:
    """Where a verdict differs from the record: by member, what is written and what came out."""
    said = _said(one, found)
    return {
        name: (one.words[name], said.get(name))
        for name in COMPARED
        if one.words[name] != said.get(name)
    }


def _said(one: Recorded, found: Verdict) -> Words:
    if one.is_file:
        said = file_told(found.refusal or _yes(found))
        return said | {"decided": said["outcome"]}
    said = told(found.chosen, found.refusal)
    said["decided"] = said["outcome"]
    if found.refusal is None and one.is_permit and not one.is_answered:
        came_after = {name: one.words[name] for name in ("reasons", "articles")}
        said |= {"outcome": REFUSAL, "fields": [], **came_after}
    return said


def _yes(found: Verdict) -> Candidate:
    assert found.chosen is not None
    return found.chosen


def under(law: Law, one: Recorded, first: Candidate | Refusal, at: Any) -> Verdict | Untold:
    """The verdict under the changed law, if what the entry tells is enough for one."""
    for missing, asked in _doubts(law, one):
        if isinstance(candidate(law.changed, asked, at), Refusal) != isinstance(first, Refusal):
            return Untold(missing)
    if isinstance(first, Candidate) and not one.is_file:
        fact = _open_fact(one, first)
        if fact is not None:
            return Untold(fact)
    return verdict(one, first)


def _open_fact(one: Recorded, chosen: Candidate) -> Fact | None:
    """A required fact that nobody looked up, unless one that is known not to hold decides anyway."""
    wanted = {required.fact for required in chosen.requires}
    missing = first_missing(chosen, one.held)
    if missing is None or one.lacking in wanted:
        return None
    return missing.fact


def _doubts(law: Law, one: Recorded) -> Iterator[tuple[Missing, Ask]]:
    """The question as it may have been, in what the entry does not tell."""
    ask, then = one.ask, _flow_then(law, one)
    assert ask is not None
    if then is None or then.rhythm.quota is None:
        yield Missing.USED, replace(ask, used=_MANY)
    if then is None or then.caution.duties_article is None:
        yield Missing.DUTIES, replace(ask, duties_separated=False)
    if ask.day is not None and then is not None and _opens_otherwise(law, one, then):
        yield Missing.DAY, replace(ask, day=date.min if ask.day == date.max else date.max)
    if ask.purpose == UNKNOWN:
        for purpose in sorted(law.changed.purposes - law.then.purposes):
            yield Missing.PURPOSE, replace(ask, purpose=purpose)


def _opens_otherwise(law: Law, one: Recorded, then: Flow) -> bool:
    flows = (d.flows[one.flow or ""] for d in law.changed.by_flow.get(one.flow or "", ()))
    return any(flow.rhythm.open_from != then.rhythm.open_from for flow in flows)


def _flow_then(law: Law, one: Recorded) -> Flow | None:
    """The clause that decided then: what it did not ask was not counted or looked at."""
    ref = one.words["protocol"]
    document = next((d for d in law.then.documents if d.ref == ref), None)
    return document.flows.get(one.flow or "") if document else None

"""A refusal, and which one change would have let it pass: found by deciding again, and never guessed.

What an entry does not tell stays open: a near miss then says on which facts about the person it depends.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from gateway.contracts.faults import Refusal
from gateway.contracts.reasons import Reason
from gateway.domain.bundle import Bundle
from gateway.domain.decision_terms import Candidate
from gateway.domain.replay import DECISIONS, Recorded, choose, recorded
from gateway.domain.request import Caller
from gateway.domain.variations import LATER, Change, Situation, Variation, variations

_ONE_OF_EACH = frozenset({Change.AUTHENTICATION, Change.FIELDS, Change.TRAINING})
_AFTER_THE_LAW = "the law said yes; what came after did not"
_BEFORE_THE_LAW = "refused before the law was asked: what it would have said cannot be told"
_NOT_DECIDED = "no decision of the law; mend what the reasons name"
_PASSED = "nothing was refused"
NOBODY = "nobody can tell: the law of then is not loaded"


@dataclass(frozen=True, slots=True)
class Near:
    """A change that lets it pass, if the facts in `depends` hold; or only further, to the reasons in `then`."""

    variation: Variation
    depends: tuple[str, ...] = ()
    then: tuple[Reason, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """As the control API tells it."""
        one = self.variation
        told: dict[str, Any] = {"change": one.change.value, "to": one.to, "how": one.how}
        if self.then:
            return told | {"then": [reason.value for reason in self.then]}
        return told | {"depends": list(self.depends)}


@dataclass(frozen=True, slots=True)
class NearMisses:
    """What one change would have let pass (`near`), and what would only have got further (`almost`)."""

    near: Sequence[Near]
    almost: Sequence[Near]
    note: str | None = None


def near_misses(
    leaf: Mapping[str, Any], bundle: Bundle | None, callers: Sequence[Caller]
) -> NearMisses:
    """The near misses of an entry, under the law of then."""
    note = _why_not(leaf, bundle)
    if note is not None or bundle is None:
        return NearMisses((), (), note or NOBODY)
    situation = _situation(recorded(leaf), leaf, bundle, callers)
    changed = [near for one in variations(situation) if (near := _near(situation, one)) is not None]
    passed = _own_first(list(_nearest(one for one in changed if not one.then)))
    further = [
        one for one in _nearest(one for one in changed if one.then) if _is_further(leaf, one)
    ]
    return NearMisses(passed, () if passed else _own_first(further))


def _own_first(found: Sequence[Near]) -> Sequence[Near]:
    """What others could ask is told only where nothing of the asker's own would do."""
    own = [one for one in found if one.variation.change is not Change.CREDENTIAL]
    return own or found


def _why_not(leaf: Mapping[str, Any], bundle: Bundle | None) -> str | None:
    """Why there is nothing to decide again, if so."""
    if leaf.get("outcome") == "permit":
        return _PASSED
    if leaf["e"] not in DECISIONS:
        return _NOT_DECIDED
    one = recorded(leaf)
    if one.ask is None:
        return _BEFORE_THE_LAW
    if one.is_permit:
        return _AFTER_THE_LAW
    return None if bundle is not None else NOBODY


def _situation(
    one: Recorded, leaf: Mapping[str, Any], bundle: Bundle, callers: Sequence[Caller]
) -> Situation:
    """NOTE: what is worked out for changed questions is not kept with the law that counts."""
    own, at = bundle.alone(), datetime.fromisoformat(leaf["at"])
    first = choose(own, one, at)
    chosen = first if isinstance(first, Candidate) else None
    return Situation(
        one=one, bundle=own, at=at, credential=leaf["credential"], callers=callers, chosen=chosen
    )


def _near(situation: Situation, varied: Variation) -> Near | None:
    """What becomes of a changed question; `None` where the same reasons stand in its way."""
    one = situation.one
    first = choose(varied.bundle, replace(one, ask=varied.ask, effects=[]), varied.at)
    if isinstance(first, Refusal):
        return Near(varied, then=tuple(ground.reason for ground in first.grounds))
    if one.is_file:
        return Near(varied)
    wanted = [required.fact for required in first.requires]
    is_lacking = one.lacking in wanted and one.lacking not in varied.held and not varied.is_other
    if is_lacking:
        return None
    return Near(varied, tuple(fact.value for fact in wanted if fact not in varied.held))


def _nearest(found: Iterator[Near]) -> Iterator[Near]:
    """Of changes that come to the same the first: one log-in, and one date before and one after."""
    seen: set[object] = set()
    for one in found:
        change = one.variation.change
        key: object = (change, one.variation.to)
        if change in _ONE_OF_EACH:
            key = change
        if change is Change.DATE:
            key = (change, one.then)
        if key not in seen:
            seen.add(key)
            yield one


def _is_further(leaf: Mapping[str, Any], one: Near) -> bool:
    """Whether it got past every reason, to one that is looked at later."""
    order = {reason.value: place for place, reason in enumerate(LATER)}
    last = max(order[reason] for reason in leaf["reasons"])
    return min(order[reason.value] for reason in one.then) > last

"""What another law does to one decision: the same, refused, allowed, other fields, or nobody can tell."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from gateway.contracts.faults import Ground, Refusal
from gateway.contracts.reasons import Reason
from gateway.domain.bundle import Bundle
from gateway.domain.decision_terms import Candidate
from gateway.domain.field_filter import DISCHARGED_BY_ANSWER
from gateway.domain.replay import (
    Law,
    Missing,
    Recorded,
    Untold,
    Verdict,
    choose,
    differences,
    under,
    verdict,
)
from gateway.domain.services import PLATFORM
from gateway.domain.share import DISCHARGED_BY_FILE

RowKey = tuple[str, str, str]
"""Protocol, flow and unit; `-` where there is none."""
Cited = tuple[str, str]
"""A reason or a field, and the article it rests on."""
_REMEMBERED = 16


class Fate(StrEnum):
    """What becomes of a decision."""

    SAME = "same"
    REFUSED = "newly-refused"
    ALLOWED = "newly-allowed"
    FIELDS = "other-fields"
    OTHERWISE = "told-otherwise"
    CANNOT_TELL = "cannot-tell"
    NOT_DECIDED = "not-decided"
    LAW_UNKNOWN = "law-unknown"
    NOT_REPRODUCED = "not-reproduced"


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One decision's fate, and what there is to say of it.

    `ground` is the reason and article of a new refusal, `missing` what was not recorded, `differing` by
    member what the entry holds and what came out instead.
    """

    row: RowKey
    fate: Fate
    ground: Cited | None = None
    gained: tuple[Cited, ...] = ()
    lost: tuple[Cited, ...] = ()
    missing: str | None = None
    differing: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)


def effect(law: Law | None, one: Recorded, at: datetime) -> Effect:
    """The effect on one decision; worked out once for each situation that differs."""
    if one.ask is None:
        return _plain(one, Fate.NOT_DECIDED)
    if law is None:
        return _plain(one, Fate.LAW_UNKNOWN)
    then = choose(law.then, one, at)
    now = then if law.changed is law.then else choose(law.changed, one, at)
    for seen_then, seen_now, known in one.effects:
        if _is(seen_then, then) and _is(seen_now, now):
            assert isinstance(known, Effect)
            return known
    found = _worked_out(law, one, at, (then, now))
    del one.effects[: -_REMEMBERED + 1]
    one.effects.append((then, now, found))
    return found


def _is(seen: object, found: object) -> bool:
    return seen is found or seen == found


def _plain(one: Recorded, fate: Fate) -> Effect:
    for known, _, found in one.effects:
        if known is fate:
            assert isinstance(found, Effect)
            return found
    made = Effect(row=_row(one), fate=fate)
    one.effects.append((fate, None, made))
    return made


def _worked_out(
    law: Law,
    one: Recorded,
    at: datetime,
    outcomes: tuple[Candidate | Refusal, Candidate | Refusal],
) -> Effect:
    then, now = outcomes
    was = verdict(one, then)
    differing = differences(one, was)
    if differing:
        return Effect(row=_row(one), fate=Fate.NOT_REPRODUCED, differing=differing)
    if law.changed is law.then:
        return Effect(row=_row(one), fate=Fate.SAME)
    becomes = under(law, one, now, at)
    if isinstance(becomes, Untold):
        return Effect(row=_row(one), fate=Fate.CANNOT_TELL, missing=becomes.missing)
    return _compared(law, one, was, _discharged(one, was, becomes))


def _discharged(one: Recorded, was: Verdict, becomes: Verdict) -> Verdict:
    """The verdict, unless it brings a duty that nobody here can fulfil: then nothing leaves."""
    if becomes.refusal is not None or becomes.chosen is None:
        return becomes
    able = DISCHARGED_BY_FILE if one.is_file else DISCHARGED_BY_ANSWER
    before = {duty.kind for duty in was.chosen.obligations} if was.chosen else frozenset()
    for duty in becomes.chosen.obligations:
        if duty.kind not in able and duty.kind not in before:
            detail = f"duty `{duty.kind.value}` cannot be fulfilled on this way"
            ground = Ground(reason=Reason.INTERNAL, article=duty.article, detail=detail)
            return Verdict(becomes.chosen, Refusal((ground,), becomes.chosen.protocol))
    return becomes


def _compared(law: Law, one: Recorded, was: Verdict, becomes: Verdict) -> Effect:
    row = _row(one)
    if becomes.refusal is not None:
        ground = _cited(becomes.refusal)
        if was.refusal is None:
            return Effect(row=row, fate=Fate.REFUSED, ground=ground)
        is_same = _told_grounds(was.refusal) == _told_grounds(becomes.refusal)
        return Effect(row=row, fate=Fate.SAME if is_same else Fate.OTHERWISE, ground=ground)
    if was.refusal is not None:
        return Effect(row=row, fate=Fate.ALLOWED)
    assert was.chosen is not None
    assert becomes.chosen is not None
    return _both_allowed(law, one, row, (was.chosen, becomes.chosen))


def _both_allowed(
    law: Law, one: Recorded, row: RowKey, chosen: tuple[Candidate, Candidate]
) -> Effect:
    was, becomes = chosen
    gained = _listing(law.changed, becomes, set(becomes.fields) - set(was.fields))
    lost = _listing(law.then, was, set(was.fields) - set(becomes.fields))
    if not one.is_answered:  # what the source said stays, but other fields may have held something
        if gained and Reason.NO_DATA.value in one.words["reasons"]:
            return Effect(row=row, fate=Fate.CANNOT_TELL, missing=Missing.ANSWER)
        return Effect(row=row, fate=Fate.SAME)
    if gained or lost:
        return Effect(row=row, fate=Fate.FIELDS, gained=gained, lost=lost)
    same = _told_permit(was) == _told_permit(becomes)
    return Effect(row=row, fate=Fate.SAME if same else Fate.OTHERWISE)


def _listing(bundle: Bundle, chosen: Candidate, names: set[str]) -> tuple[Cited, ...]:
    """Fields with the article that lists them in this law."""
    documents = (d for d in bundle.by_flow.get(chosen.flow, ()))
    document = next((d for d in documents if d.digest == chosen.document_digest), None)
    listed = document.flows[chosen.flow].fields if document else ()
    return tuple((one.name, one.article) for one in listed if one.name in names)


def _told_permit(chosen: Candidate) -> tuple[Any, ...]:
    """What makes two permits the same: all but the number of the version."""
    name = chosen.protocol.partition("@")[0]
    return name, chosen.purpose, chosen.articles, chosen.withheld, chosen.obligations


def _told_grounds(refusal: Refusal) -> tuple[tuple[Reason, str | None], ...]:
    return tuple((ground.reason, ground.article) for ground in refusal.grounds)


def _cited(refusal: Refusal) -> Cited:
    ground = refusal.grounds[0]
    return ground.reason.value, ground.article or "-"


def _row(one: Recorded) -> RowKey:
    """Under the protocol that the entry cites; the platform's own where none had a say."""
    cited = one.words["protocol"] or PLATFORM
    return cited.partition("@")[0], one.flow or "-", one.unit or "-"

"""What was found for one instant is given for another only where it would be found there too."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.bundle import Bundle
from gateway.domain.decision import candidate
from gateway.domain.decision_terms import Candidate
from gateway.domain.lifecycle import EventKind, LifecycleEvent
from tests.builders import NOON, a_bundle, an_ask
from tests.generators import TICK, TURNS, Asked, Scene, bundle_of, scenes

LATER = NOON + timedelta(minutes=5)


def instants(scene: Scene, bundle: Bundle) -> list[datetime]:
    """Where something may turn, and the instants beside it."""
    acts = [event for events in bundle.events.values() for event in events]
    turns = {turn for one in acts for turn in (one.effective_at, one.recorded_at)}
    turns |= {one.at for one in scene.asked} | set(TURNS)
    return sorted({turn + shift for turn in turns for shift in (-TICK, TICK * 0, TICK)})


def fresh(bundle: Bundle) -> Bundle:
    return replace(bundle, timelines={}, outcomes={}, spells={})


@given(scenes(), st.data())
def test_a_warm_law_says_what_a_fresh_one_says(scene: Scene, data: st.DataObject) -> None:
    bundle = bundle_of(scene.law, scene.history)
    when = st.sampled_from(instants(scene, bundle))
    moved = st.builds(lambda one, at: replace(one, at=at), st.sampled_from(scene.asked), when)

    for asked in (*scene.asked, *data.draw(st.lists(moved, max_size=12))):
        assert said(bundle, asked) == said(fresh(bundle), asked)


def said(bundle: Bundle, asked: Asked) -> object:
    return candidate(bundle, asked.ask, asked.at)


def test_the_same_yes_is_found_again_within_a_day_and_worked_out_anew_on_another() -> None:
    bundle = a_bundle()
    first = candidate(bundle, an_ask(), NOON)
    (spell,) = bundle.spells.values()

    later = candidate(bundle, an_ask(), NOON + timedelta(hours=1))
    (same,) = bundle.spells.values()
    candidate(bundle, an_ask(), NOON + timedelta(days=1))
    (other,) = bundle.spells.values()

    assert isinstance(first, Candidate)
    assert later is first
    assert same is spell
    assert spell.begin <= NOON < spell.end <= other.begin


@pytest.mark.parametrize(
    ("effective", "told"), [(LATER, NOON), (NOON - TICK, LATER)], ids=["to come", "told late"]
)
def test_an_act_that_counts_later_that_day_ends_the_spell(
    effective: datetime, told: datetime
) -> None:
    ending = LifecycleEvent(
        protocol="004", kind=EventKind.END, effective_at=effective, recorded_at=told, by="opgroeien"
    )
    bundle = a_bundle(events=[ending])

    before, after = (candidate(bundle, an_ask(), when) for when in (LATER - TICK, LATER))

    assert isinstance(before, Candidate)
    assert not isinstance(after, Candidate)


def test_no_no_is_kept_and_no_question_with_problems() -> None:
    bundle = a_bundle()

    candidate(bundle, an_ask(unit="ahovoks-andere"), NOON)
    (spell,) = bundle.spells.values()

    assert spell.outcomes == {}

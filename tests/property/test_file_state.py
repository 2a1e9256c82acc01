"""The life of a file: any sequence of events folds exactly when each step stands in the one table of moves."""

from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.file_state import (
    GONE,
    MOVES,
    FileState,
    MoveNotAllowed,
    fold,
    may_move,
    require_move,
)

S = FileState
SEQUENCES = st.lists(st.sampled_from(S), max_size=8)
UPLOADS = frozenset({S.RECEIVED, S.VALIDATED, S.QUARANTINED})


@st.composite
def lives(draw: st.DrawFn) -> list[FileState]:
    """A life as the table lets it go on, however long."""
    states: list[FileState] = []
    for _ in range(draw(st.integers(1, 12))):
        ahead = sorted(MOVES[fold(states)])
        if not ahead:
            break
        states.append(draw(st.sampled_from(ahead)))
    return states


def test_a_file_goes_through_its_life() -> None:
    assert fold([S.STAGED, S.ENTERED, S.RELEASED, S.COLLECTED, S.ACKNOWLEDGED]) is S.ACKNOWLEDGED
    assert fold([S.RECEIVED, S.VALIDATED]) is S.VALIDATED
    assert fold([S.RECEIVED, S.VALIDATED, S.QUARANTINED]) is S.QUARANTINED


def test_acknowledgement_is_not_undone_by_reading() -> None:
    assert fold([S.STAGED, S.ENTERED, S.RELEASED, S.ACKNOWLEDGED, S.COLLECTED]) is S.ACKNOWLEDGED


@pytest.mark.parametrize(("present", "to"), list(product([None, *S], S)))
def test_only_the_listed_moves_are_let_pass(present: FileState | None, to: FileState) -> None:
    if to in MOVES[present]:
        require_move(present, to)
    else:
        with pytest.raises(MoveNotAllowed):
            require_move(present, to)


@given(SEQUENCES)
def test_any_sequence_folds_only_if_every_step_is_listed(states: list[FileState]) -> None:
    try:
        fold(states)
    except MoveNotAllowed:
        prefixes = [fold_or_none(states[:end]) for end in range(len(states))]
        assert any(
            prefix is not MISSING and not may_move(prefix, to)  # type: ignore[arg-type]
            for prefix, to in zip(prefixes, states, strict=True)
        )
    else:
        assert all(to in MOVES[fold(states[:at])] for at, to in enumerate(states))


MISSING = object()


def fold_or_none(states: list[FileState]) -> object:
    try:
        return fold(states)
    except MoveNotAllowed:
        return MISSING


@given(lives())
def test_nothing_is_seen_before_it_was_entered_and_nothing_follows_the_end(
    states: list[FileState],
) -> None:
    assert states.count(S.ENTERED) <= 1
    for before, after in pairwise(states):
        assert before not in GONE
        assert before is not S.QUARANTINED
        if after is S.RELEASED:
            assert before is S.ENTERED
    if S.RELEASED in states:
        assert states[:3] == [S.STAGED, S.ENTERED, S.RELEASED]
    shown = set(states) - UPLOADS - {S.STAGED, S.ENTERED, S.RELEASED}
    assert not shown or S.RELEASED in states


@given(lives())
def test_an_upload_never_becomes_a_consumers_file_and_the_other_way_round(
    states: list[FileState],
) -> None:
    assert set(states) <= UPLOADS or not set(states) & UPLOADS


def test_every_state_is_reached_and_has_its_row() -> None:
    assert set(MOVES) == {None, *S}
    assert set().union(*MOVES.values()) == set(S)

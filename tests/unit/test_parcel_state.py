"""The life of a file: only the allowed moves, and acknowledgement is not undone by reading."""

from itertools import product

import pytest

from gateway.domain.parcel_state import MOVES, MoveNotAllowed, ParcelState, fold, require_move

S = ParcelState


def test_a_file_goes_through_its_life() -> None:
    assert fold([S.STAGED, S.ENTERED, S.RELEASED, S.COLLECTED, S.ACKNOWLEDGED]) is S.ACKNOWLEDGED
    assert fold([S.STAGED, S.ENTERED, S.RELEASED, S.ACKNOWLEDGED, S.COLLECTED]) is S.ACKNOWLEDGED


@pytest.mark.parametrize(("present", "to"), list(product([None, *S], S)))
def test_only_the_listed_moves_are_let_pass(present: ParcelState | None, to: ParcelState) -> None:
    if to in MOVES[present]:
        require_move(present, to)
    else:
        with pytest.raises(MoveNotAllowed):
            require_move(present, to)


def test_nothing_is_released_before_it_was_entered() -> None:
    with pytest.raises(MoveNotAllowed):
        fold([S.STAGED, S.RELEASED])

"""001 art. 2 b 2: three services ask about a running or suspended right only; an ended one has another way."""

import pytest

from tests.people import ELIF, KARIM, OSCAR, SOFIE
from tests.running import TRANSACTIONS, RunningSpace

UNITS = ("opgroeien-geschillen", "vutg-toezicht", "vutg-bemiddeling")


@pytest.mark.parametrize("unit", UNITS)
def test_001_21_and_22_a_right_that_ended_has_another_way(space: RunningSpace, unit: str) -> None:
    space.register(unit, KARIM, ELIF, OSCAR, SOFIE)
    running, suspended, ended, none = (
        space.post(unit, TRANSACTIONS, {"insz": person}, sim_case="D-2025-7")
        for person in (KARIM, ELIF, OSCAR, SOFIE)
    )

    assert (running.status_code, suspended.status_code) == (200, 200)
    for refused in (ended, none):
        told = refused.json()
        assert (told["reason"], told["code"]) == ("right-ended", "40005")
        assert told["article"] == "art. 2 b 2°"
        assert "Groeipakketapplicatie" in told["remedy"]


def test_001_13_the_state_of_a_right_is_told_to_nobody_who_did_not_register(
    space: RunningSpace,
) -> None:
    for unit in UNITS:
        answers = [
            space.post(unit, TRANSACTIONS, {"insz": person}, sim_case="D-2025-7").json()
            for person in (KARIM, OSCAR)
        ]
        assert [one["reason"] for one in answers] == ["not-registered", "not-registered"]


def test_001_19_the_payers_own_case_handlers_see_an_ended_right_too(space: RunningSpace) -> None:
    space.register("vutg-rechten", OSCAR)

    assert space.post("vutg-rechten", TRANSACTIONS, {"insz": OSCAR}).status_code == 200

"""001 art. 2 b 2: three services ask about a running or suspended right only; an ended one has another way."""

import pytest

from tests.people import AMINA, ELIF, KARIM, OSCAR, SOFIE, ZARA
from tests.running import ADVICE, START, TRANSACTIONS, RunningSpace

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


def test_the_public_entry_does_not_tell_running_from_suspended_nor_since_when_a_member(
    space: RunningSpace,
) -> None:
    space.register("vutg-toezicht", KARIM, ELIF)
    for person in (KARIM, ELIF):
        space.post("vutg-toezicht", TRANSACTIONS, {"insz": person}, sim_case="D-2025-7")
    for person, fund in ((ZARA, "zorgkas-1"), (AMINA, "zorgkas-2")):
        space.post("avsb", ADVICE, {"insz": person, "openingsdatum": START, "zorgkas": fund})
    decided = [leaf for leaf in space.leaves() if leaf["e"] == "decision" and leaf.get("facts")]
    rights = {leaf["facts"].get("right-open") for leaf in decided} - {None}
    members = {leaf["facts"].get("member") for leaf in decided} - {None}

    assert (len(rights), len(members)) == (1, 1)

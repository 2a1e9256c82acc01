"""The dry decision agrees with the real call, discloses nothing, and is entered as a check."""

import json
from typing import Any

import pytest

from tests.people import KARIM
from tests.running import RunningSpace


def check(
    space: RunningSpace, credential: str, flow: str, insz: str, **more: Any
) -> dict[str, Any]:
    body = {"credential": credential, "flow": flow, "insz": insz, **more}
    answer = space.control("POST", "/check", body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_check_discloses_nothing_and_is_entered(space: RunningSpace) -> None:
    space.register("vutg-rechten", KARIM)

    outcome = check(space, "vutg-rechten", "jobbonusplus-verrichtingen", KARIM)

    entry = space.leaves()[-1]
    assert (entry["e"], entry["outcome"], entry["credential"]) == (
        "check",
        "permit",
        "vutg-rechten",
    )
    assert KARIM not in json.dumps([outcome, entry])
    assert "600" not in json.dumps(outcome)
    assert space.verify().ok


@pytest.mark.parametrize(
    ("credential", "flow", "at", "reason"),
    [
        ("zele-financien", "zele-betaalbestand", "2025-06-30T12:00:00+02:00", "outside-window"),
        ("zele-burgerzaken", "zele-betaalbestand", "2025-07-01T12:00:00+02:00", "unit-not-listed"),
        ("dv-cc1700-onopgeleid", "jobbonus-dossier", None, "training-missing"),
        ("dv-diensten", "jobbonus-dossier", None, "unit-refused"),
        ("dv-cc1700", "jobbonus-dossier", None, "no-open-question"),
        ("zorgkas-1", "inburgering-advies", None, "no-protocol"),
        ("avsb", "inburgering-advies", "2021-12-31T12:00:00+01:00", "flow-not-open"),
    ],
)
def test_check_knows_all_five_protocols(
    shared_space: RunningSpace, credential: str, flow: str, at: str | None, reason: str
) -> None:
    outcome = check(shared_space, credential, flow, KARIM, at=at)

    assert (outcome["outcome"], outcome["reason"]) == ("refusal", reason)
    assert outcome["remedy"]

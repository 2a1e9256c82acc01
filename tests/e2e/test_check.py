"""The dry decision agrees with the real call, discloses nothing, and is entered as a check."""

import json
from itertools import product
from typing import Any

import pytest

from gateway.simulation.units import UNITS
from tests.people import KARIM, LUKAS, NOOR
from tests.running import CARE, TRANSACTIONS, RunningSpace

PATHS = {"zorgtoeslag": CARE, "jobbonusplus-verrichtingen": TRANSACTIONS}


def check(
    space: RunningSpace, credential: str, flow: str, insz: str, **more: Any
) -> dict[str, Any]:
    body = {"credential": credential, "flow": flow, "insz": insz, **more}
    answer = space.control("POST", "/check", body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def real(space: RunningSpace, credential: str, flow: str, insz: str, case: str | None) -> Any:
    body: dict[str, Any] = {"insz": insz}
    if flow == "zorgtoeslag":
        body |= {"referentiedatum": "2024-12-31"}
        body |= {"gewensteInformatie": {"statusAanvraag": True, "erkenningen": True}}
    headers = {"sim_case": case} if case else {}
    return space.post(credential, PATHS[flow], body, **headers)


def test_check_and_the_real_call_agree_for_every_unit_flow_and_person(
    space: RunningSpace,
) -> None:
    space.register("ahovoks-studietoelagen", NOOR)
    space.register("vutg-rechten", KARIM)
    space.register("vutg-toezicht", KARIM)
    permits = 0
    for unit, flow, person, case in product(UNITS, PATHS, (NOOR, KARIM, LUKAS), (None, "G-1")):
        dry = check(space, unit.key, flow, person, case=case)
        answer = real(space, unit.key, flow, person, case)
        if dry["outcome"] == "permit":
            permits += 1
            assert answer.status_code in (200, 404), (unit.key, flow, answer.text)
            assert answer.headers["sim-protocol"] == dry["protocol"]
        else:
            told = answer.json()
            keys = ("reason", "code", "protocol", "article", "remedy")
            assert {k: told[k] for k in keys} == {k: dry[k] for k in keys}, (unit.key, flow)
    assert permits >= 5


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

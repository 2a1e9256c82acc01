"""The look into a jobbonus file (000): a question, an identification, and fifteen minutes of sight."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from gateway.settings import DEMO_CLOCK, Settings
from gateway.simulation.host import Host
from tests.people import AMINA, JORIS, NOBODY, SOFIE
from tests.running import RunningSpace

ROOT = "/v1/inkomen/jobbonus-dossier/vragen"
UNIT, CLERK = "dv-cc1700", "82722401041"
RIGHT = {"naam": "Verzonnen", "voornaam": "Joris", "elementen": {"bedrag": "437.50"}}


def post(
    space: RunningSpace,
    path: str,
    body: Any,
    unit: str = UNIT,
    clerk: str | None = CLERK,
    **more: str,
) -> httpx.Response:
    headers = more | ({"x_magda_enduser_id": clerk} if clerk else {})
    return space.post(unit, path, body, **headers)


def question(space: RunningSpace, person: str = JORIS, **more: Any) -> httpx.Response:
    body = {"insz": person, "vraag": "Waar blijft mijn bonus?", "kanaal": "telefoon"}
    return post(space, ROOT, body, **more)


def asked(space: RunningSpace, person: str = JORIS) -> str:
    answer = question(space, person)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["vraag"])


def identify(space: RunningSpace, key: str, stated: Any = RIGHT, **more: Any) -> httpx.Response:
    return post(space, f"{ROOT}/{key}/identificatie", stated, **more)


def look(space: RunningSpace, key: str, unit: str = UNIT) -> httpx.Response:
    token = space.credential(unit)["token"]
    return space.get(f"{ROOT}/{key}/dossier",
                     **{"Authorization": f"Bearer {token}", "X-Magda-Enduser-ID": CLERK})  # fmt: skip


def test_000_01_a_question_an_identification_and_then_the_file(space: RunningSpace) -> None:
    key = asked(space)
    told = identify(space, key)
    seen = look(space, key)

    assert key == "V-1"
    assert told.json() == {"geidentificeerd": True, "tot": "2025-03-10T08:15:00+01:00"}
    assert seen.json() == {
        "persoon": {
            "naam": "Verzonnen", "voornaam": "Joris", "insz": JORIS,
            "adres": {"straat": "Korenmarkt", "huisnummer": "3", "busnummer": None,
                      "postcode": "9000", "gemeente": "Gent", "land": "BE"},
        },
        "loon": "2105.40", "bedrag": "437.50", "berekening": "600,00 min 25 % van 650,00",
        "rekeningnummer": None, "status": "brief verzonden, rekeningnummer ontbreekt",
        "brief": {"datum": "2025-01-15", "loon": "2105.40", "bedrag": "437.50",
                  "berekening": "600,00 min 25 % van 650,00", "rekeningnummer": None},
    }  # fmt: skip
    for answer in (told, seen):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["sim-protocol"] == "000@1.0.0"
    assert [leaf.get("step") for leaf in space.leaves()] == ["question", "identification", None]
    assert [leaf["fields"] == [] for leaf in space.leaves()] == [True, True, False]
    assert JORIS not in json.dumps(space.leaves())
    assert space.verify().ok


@pytest.mark.parametrize(
    ("person", "stated"),
    [
        (JORIS, {**RIGHT, "elementen": {"bedrag": "437.51"}}),
        (JORIS, {**RIGHT, "naam": "Anders"}),
        (JORIS, {**RIGHT, "adres": {"gemeente": "Brugge"}}),
        (JORIS, {**RIGHT, "elementen": {"bedrag": "437.50", "rekeningnummer": "BE68539007547034"}}),
        (JORIS, {"elementen": {"bedrag": "437.50"}}),
        (JORIS, {"naam": "Verzonnen", "voornaam": "Joris", "elementen": {}}),
        (JORIS, {"naam": "Verzonnen", "elementen": {"bedrag": "437.50"}}),
        (SOFIE, {"naam": "Voorbeeld", "voornaam": "Sofie", "elementen": {"bedrag": "600.00"}}),
        (AMINA, {"naam": "Onbestaand", "voornaam": "Amina", "elementen": {"bedrag": "0.00"}}),
        (NOBODY, RIGHT),
    ],
    ids=["wrong element", "wrong name", "wrong address", "one of two wrong", "no person",
         "no element", "half a name", "closed file", "no file", "nobody"],
)  # fmt: skip
def test_000_04_every_no_is_the_same_no(
    space: RunningSpace, person: str, stated: dict[str, Any]
) -> None:
    key = asked(space, person)
    answer = identify(space, key, stated)

    assert answer.status_code == 200
    assert answer.json() == {"geidentificeerd": False}
    assert space.leaves()[-1]["identified"] is False
    assert look(space, key).json()["reason"] == "not-identified"


@pytest.mark.parametrize(
    "stated",
    [
        {"naam": "VERZONNEN", "voornaam": "joris", "elementen": {"bedrag": "437,50"}},
        {"adres": {"straat": "korenmarkt", "huisnummer": "3"}, "elementen": {"bedrag": "437.5"}},
    ],
    ids=["as heard", "by address"],
)
def test_what_is_heard_on_a_telephone_is_enough(
    space: RunningSpace, stated: dict[str, Any]
) -> None:
    assert identify(space, asked(space), stated).json()["geidentificeerd"] is True


def test_three_failures_close_the_question_and_each_is_logged(space: RunningSpace) -> None:
    key = asked(space)
    wrong = {**RIGHT, "naam": "Anders"}
    tries = [identify(space, key, wrong) for _ in range(4)]
    late = identify(space, key)

    assert [one.status_code for one in tries] == [200, 200, 200, 403]
    assert late.json()["reason"] == "no-open-question"
    logged = [leaf.get("identified") for leaf in space.leaves()]
    assert logged == [None, False, False, False, None, None]


def test_a_success_starts_the_count_anew(space: RunningSpace) -> None:
    key = asked(space)
    wrong = {**RIGHT, "naam": "Anders"}
    outcomes = [identify(space, key, one) for one in (wrong, wrong, RIGHT, wrong, wrong, RIGHT)]

    assert [one.json()["geidentificeerd"] for one in outcomes] == [False, False, True] * 2


def test_many_guesses_at_once_are_no_more_than_three(space: RunningSpace) -> None:
    key = asked(space)
    guesses = [{**RIGHT, "elementen": {"bedrag": f"{n}.00"}} for n in range(12)]
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda one: identify(space, key, one), guesses))

    compared = [leaf for leaf in space.leaves() if leaf.get("step") == "identification"]
    assert sum(one.status_code == 403 for one in answers) >= 1
    assert not any(leaf.get("identified") for leaf in compared)
    assert identify(space, key).status_code == 403


@pytest.mark.parametrize(
    ("unit", "clerk", "headers", "reason", "code"),
    [
        ("dv-diensten", CLERK, {}, "unit-refused", "13001"),
        ("dv-cc1700-onopgeleid", CLERK, {}, "training-missing", "40006"),
        (UNIT, None, {}, "authentication-too-weak", "40006"),
        (UNIT, CLERK, {"sim_authentication": "password"}, "authentication-too-weak", "40006"),
        ("vlabel", CLERK, {}, "no-protocol", "13001"),
        ("vutg-rechten", CLERK, {}, "no-protocol", "13001"),
    ],
    ids=["000-11", "000-opleiding", "000-13 shared account", "000-13 password", "source", "other"],
)
def test_who_may_not_ask_opens_no_question(
    space: RunningSpace,
    unit: str,
    clerk: str | None,
    headers: dict[str, str],
    reason: str,
    code: str,
) -> None:
    answer = question(space, unit=unit, clerk=clerk, **headers)

    assert (answer.status_code, answer.json()["reason"], answer.json()["code"]) == (
        403,
        reason,
        code,
    )
    assert question(space).json() == {"vraag": "V-1"}


def test_a_question_is_its_own_units_only(space: RunningSpace) -> None:
    key = asked(space)
    identify(space, key)

    assert look(space, key, "dv-cc1700-onopgeleid").json()["reason"] == "training-missing"
    assert look(space, key, "dv-diensten").json()["reason"] == "unit-refused"


@pytest.mark.parametrize(
    ("path", "body", "element"),
    [
        (ROOT, {"insz": JORIS, "vraag": "?", "kanaal": "telefoon", "meer": 1}, "meer"),
        (ROOT, {"insz": JORIS, "kanaal": "telefoon"}, "vraag"),
        (f"{ROOT}/V-1/identificatie", {"naam": "x"}, "elementen"),
        (f"{ROOT}/V-1/identificatie", {"elementen": {"loon": "1"}}, "loon"),
    ],
)
def test_a_body_of_a_wrong_form_is_told_where(
    shared_space: RunningSpace, path: str, body: dict[str, Any], element: str
) -> None:
    answer = post(shared_space, path, body)

    assert (answer.status_code, answer.json()["reason"]) == (400, "message-invalid")
    assert element in answer.json()["issues"][0]["name"] + answer.json()["detail"]


def test_a_number_that_cannot_be_opens_no_question(shared_space: RunningSpace) -> None:
    answer = question(shared_space, "61673000372")

    assert (answer.status_code, answer.json()["code"]) == (400, "20002")
    assert "61673000372" not in answer.text


def test_without_credential_the_steps_are_closed_and_entered(space: RunningSpace) -> None:
    answers = [space.post(None, ROOT, {}), space.get(f"{ROOT}/V-1/dossier")]

    assert [one.json()["reason"] for one in answers] == ["credential-missing"] * 2
    assert [leaf["reasons"] for leaf in space.leaves()] == [["credential-missing"]] * 2


def test_questions_outlive_the_process(tmp_path: Any) -> None:
    options = Settings(data=tmp_path, http_port=0, sftp_port=0, clock=DEMO_CLOCK, demo=True)
    keys = []
    for _ in range(2):
        host = Host(options)
        try:
            space = RunningSpace(host, host.start())
            keys.append(asked(space))
            if len(keys) == 1:
                identify(space, keys[0])
            assert look(space, keys[0]).status_code == 200
        finally:
            host.stop()

    assert keys == ["V-1", "V-2"]

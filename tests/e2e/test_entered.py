"""No attempt without its entry: at the acts' door, with a message cut short, and with foreign words."""

import socket
from typing import Any

from tests.people import KARIM
from tests.running import CARE, RunningSpace

ACTS = "/v1/protocollen/001/gebeurtenissen"
JSON = {"content_type": "application/json"}


def last(space: RunningSpace) -> dict[str, Any]:
    return space.leaves()[-1]


def test_a_stranger_at_the_acts_is_entered(space: RunningSpace) -> None:
    answer = space.post(None, ACTS, {"soort": "schorsing"}, **JSON)

    assert (answer.status_code, answer.json()["reason"]) == (401, "credential-missing")
    assert last(space)["e"] == "protocol.act"
    assert last(space)["reasons"] == ["credential-missing"]
    assert answer.json()["decision"] == f"D-{len(space.leaves())}" == answer.headers["sim-decision"]


def test_an_act_of_a_wrong_form_is_entered(space: RunningSpace) -> None:
    answer = space.post("wewis", ACTS, {"soort": "feest"}, **JSON)

    assert (answer.status_code, answer.json()["reason"]) == (400, "message-invalid")
    assert (last(space)["e"], last(space)["outcome"]) == ("protocol.act", "refusal")


def test_words_that_no_protocol_knows_stay_out_of_the_log(space: RunningSpace) -> None:
    space.post("wewis", ACTS, {"soort": "schorsing", "partij": KARIM, "stroom": KARIM}, **JSON)
    space.post(
        "vutg-rechten", CARE, {"insz": KARIM, "referentiedatum": "2024-12-31"}, sim_purpose=KARIM
    )
    body = {"credential": "vutg-rechten", "flow": KARIM, "insz": KARIM}
    space.control("POST", "/check", body)

    acted, asked, checked = space.leaves()[-3:]
    assert (acted["party"], acted["flow"]) == ("unknown", "unknown")
    assert asked["stated-purpose"] == "unknown"
    assert checked["flow"] == "unknown"
    assert KARIM not in str(space.leaves())


def test_a_client_that_leaves_half_way_is_entered(space: RunningSpace) -> None:
    before = len(space.leaves())
    host, port = space.http.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as line:
        line.sendall(f"POST {CARE} HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{{".encode())
    space.get("/health")

    for _ in range(100):
        if len(space.leaves()) > before:
            break
        space.get("/health")
    assert last(space)["reasons"] == ["credential-missing"]


def test_check_takes_everything_that_a_caller_can_state(space: RunningSpace) -> None:
    def reason(credential: str, flow: str, **more: Any) -> str:
        body = {"credential": credential, "flow": flow, "insz": KARIM, **more}
        return str(space.control("POST", "/check", body).json().get("reason"))

    dossier = "jobbonus-dossier"
    assert reason("dv-cc1700", dossier) == "no-open-question"
    assert reason("dv-cc1700", dossier, enduser=None) == "authentication-too-weak"
    assert reason("dv-cc1700", dossier, authentication="password") == "authentication-too-weak"
    assert reason("avsb", "inburgering-advies", zorgkas="zorgkas-1") == "not-a-member"
    assert reason("avsb", "inburgering-advies") == "None"
    assert reason("vutg-rechten", "jobbonusplus-verrichtingen", fields=[]) == "nothing-permitted"

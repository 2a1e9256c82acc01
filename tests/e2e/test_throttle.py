"""Too many requests: the same clear refusal on both wires, entered each time, and nobody else's."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from typer.testing import CliRunner

from gateway.cli.main import app
from gateway.settings import DEMO_CLOCK, Settings
from gateway.simulation.host import Host
from tests.agreement import Asked, envelope
from tests.people import JORIS, KARIM
from tests.running import REGISTER, START, TRANSACTIONS, RunningSpace

ONE_IN_AN_AGE = {"rate": 0.001, "burst": 1}
NEVER = {"rate": 1.0, "burst": 0}
ACTS = "/v1/protocollen/001/gebeurtenissen"
ONWARD = "/v1/protocollen/003/doorgiften"
JSON = {"content_type": "application/json"}


def limit(space: RunningSpace, **own: dict[str, float]) -> None:
    body = {"own": {name.replace("_", "-"): rate for name, rate in own.items()}}
    assert space.control("PUT", "/throttle", body).status_code == 200


def question(space: RunningSpace, unit: str = "infino") -> bytes:
    asked = Asked(unit=unit, flow="jobbonusplus-verrichtingen", insz=KARIM)
    return envelope(asked, space.credential(unit))


def test_rest_is_told_when_to_come_back(space: RunningSpace) -> None:
    space.register("infino", KARIM)
    limit(space, infino=ONE_IN_AN_AGE)
    body = {"insz": KARIM}

    first, second = (
        space.post("infino", TRANSACTIONS, body, x_correlation_id="mine") for _ in "12"
    )

    assert first.status_code == 200
    assert second.status_code == 429
    assert second.headers["content-type"] == "application/problem+json"
    later = second.headers["retry-after"]
    assert 900 < int(later) <= 1000
    assert second.headers["x-correlation-id"] == "mine"
    problem = second.json()
    assert problem["type"] == "urn:problem-type:belgif:tooManyRequests"
    assert (problem["reason"], problem["code"]) == ("too-many-requests", "99995")
    assert "1 per 1000000 ms" in problem["detail"]
    assert problem["remedy"] == f"ask more slowly; again in {later} s"
    assert (problem["protocol"], problem["article"]) == (None, "AVG art. 32")
    assert problem["decision"] == second.headers["sim-decision"] == f"D-{len(space.leaves())}"
    last = space.leaves()[-1]
    assert (last["outcome"], last["reasons"]) == ("refusal", ["too-many-requests"])
    assert (last["credential"], last["service"]) == (
        "infino",
        "GeefJobbonusPlusVerrichtingen-01.00",
    )
    assert KARIM not in second.text


def test_soap_is_told_the_rate_in_a_fault(space: RunningSpace) -> None:
    limit(space, infino=NEVER)

    answer = space.soap("infino", question(space))

    assert answer.status_code == 500
    fault = etree.fromstring(answer.content).find(".//{*}Fault")
    assert fault is not None
    assert fault.findtext("faultcode") == "soapenv:Server"
    assert fault.findtext("faultstring") == "99995 - Te veel gelijktijdige bevragingen"
    assert fault.findtext("detail/message") == "more requests than 1 per 1000 ms (0 at once)"
    assert fault.findtext("detail/reason") == "too-many-requests"
    assert fault.findtext("detail/decision") == answer.headers["sim-decision"]
    assert answer.headers["retry-after"] == "1"
    assert space.leaves()[-1]["reasons"] == ["too-many-requests"]


def test_where_the_real_platform_is_played_the_rate_stays(tmp_path: Path) -> None:
    options = Settings(
        data=tmp_path / "space", http_port=0, sftp_port=0, clock=DEMO_CLOCK, demo=True,
        fidelity="magda", throttle_own="infino=1/0",
    )  # fmt: skip
    host = Host(options)
    try:
        space = RunningSpace(host, host.start())
        fault = space.soap("infino", question(space)).content.decode()
        problem = space.post("infino", TRANSACTIONS, {"insz": KARIM})
    finally:
        host.stop()

    assert "<detail><message>more requests than 1 per 1000 ms" in fault
    assert "reason" not in fault
    assert problem.headers["retry-after"] == "1"
    assert set(problem.json()) == {"type", "title", "status", "detail", "instance", "code"}


@pytest.mark.parametrize(
    ("unit", "body", "headers", "reason"),
    [
        (None, {"insz": KARIM}, {}, "credential-missing"),
        ("infino", {"insz": KARIM, "x": 1}, {}, "message-invalid"),
        ("infino", b"{" * 2_000_000, {}, "too-large"),
        ("infino", {"insz": KARIM}, {"x_magda_sender_id": "another"}, "too-many-requests"),
        ("zele-financien", {"insz": KARIM}, {}, "no-protocol"),
    ],
)
def test_it_stands_after_the_form_and_before_the_sender(
    shared_space: RunningSpace, unit: str | None, body: Any, headers: dict[str, str], reason: str
) -> None:
    limit(shared_space, infino=NEVER)

    answer = shared_space.post(unit, TRANSACTIONS, body, **headers)

    assert answer.json()["reason"] == reason


def test_a_throttled_consumer_is_entered_each_time_and_slows_nobody(space: RunningSpace) -> None:
    """Many more than the hundred that strangers have: a credential never shares an entry."""
    space.register("parentia", KARIM)
    limit(space, infino=NEVER)
    before, flood = len(space.leaves()), 130
    with ThreadPoolExecutor(8) as hands:
        refused = [
            hands.submit(space.post, "infino", TRANSACTIONS, {"insz": KARIM}) for _ in range(flood)
        ]
        answered = [
            space.post("parentia", TRANSACTIONS, {"insz": KARIM}).status_code for _ in range(20)
        ]
        statuses = [one.result().status_code for one in refused]

    assert set(answered) == {200}
    assert set(statuses) == {429}
    entries = space.leaves()[before:]
    assert len(entries) == flood + 20
    assert sum(one["reasons"] == ["too-many-requests"] for one in entries) == flood
    assert space.verify().ok


def test_every_door_with_a_credential_has_it(space: RunningSpace) -> None:
    limit(space, infino=NEVER, wewis=NEVER, zele=NEVER, dv_cc1700=NEVER)
    rights = {"Authorization": f"Bearer {space.credential('infino')['token']}"}
    answers = [
        space.post("infino", REGISTER, {"insz": KARIM, "periode": {"begin": START, "einde": None}}),
        space.get("/v1/rechten", **rights),
        space.post("wewis", ACTS, {"soort": "schorsing"}, **JSON),
        space.post("zele-financien", ONWARD, {"derde": "OCMW Zele"}, **JSON),
        space.post("dv-cc1700", "/v1/inkomen/jobbonus-dossier/vragen",
                   {"insz": JORIS, "vraag": "?", "kanaal": "telefoon"}),
    ]  # fmt: skip

    assert [one.status_code for one in answers] == [429] * 5
    assert {one.headers["retry-after"] for one in answers} == {"1"}
    entries = space.leaves()[-5:]
    assert {tuple(one["reasons"]) for one in entries} == {("too-many-requests",)}
    assert {tuple(one["articles"]) for one in entries} == {("AVG art. 32",)}
    who = [one.get("credential") or one.get("by") for one in entries]
    assert who == ["infino", "infino", "wewis", "zele", "dv-cc1700"]


def test_the_control_token_is_never_throttled(space: RunningSpace) -> None:
    assert space.control("PUT", "/throttle", {"each": NEVER}).status_code == 200
    token = {"authorization": f"Bearer {space.ready['control_token']}"}

    acted = space.post(None, ACTS, {"soort": "schorsing", "door": "wewis"}, **JSON, **token)

    assert acted.status_code == 201


def test_limits_are_shown_changed_and_undone(space: RunningSpace) -> None:
    nothing: dict[str, Any] = {"each": None, "own": {}}
    assert space.control("GET", "/throttle").json() == nothing
    some = {"each": {"rate": 5.0, "burst": 10}, "own": {"opgroeien": {"rate": 0.5, "burst": 1}}}

    assert space.control("PUT", "/throttle", some).json() == some
    assert space.control("GET", "/throttle").json() == some

    space.control("POST", "/reset", {})
    assert space.control("GET", "/throttle").json() == nothing


@pytest.mark.parametrize(
    "body",
    [
        {"own": {"niemand": NEVER}},
        {"each": {"rate": 0, "burst": 1}},
        {"each": {"rate": 1}},
        {"each": {"rate": 1, "burst": -1}},
        {"all": None},
    ],
)
def test_limits_that_make_no_sense_change_nothing(shared_space: RunningSpace, body: Any) -> None:
    limit(shared_space, infino=ONE_IN_AN_AGE)

    refused = shared_space.control("PUT", "/throttle", body)

    assert (refused.status_code, refused.json()["reason"]) == (400, "message-invalid")
    assert set(shared_space.control("GET", "/throttle").json()["own"]) == {"infino"}


def test_a_setting_for_somebody_who_is_not_here_stops_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAGDA_SIM_THROTTLE_OWN", "niemand=1/5")
    options = ["--data", str(tmp_path / "space"), "--http-port", "0", "--sftp-port", "0"]

    done = CliRunner().invoke(app, ["up", *options])

    assert done.exit_code == 3
    assert "no credential or party is called `niemand`" in done.output

"""Acts on a protocol over real HTTP: by the party that may, entered, and biting on the very next request."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.settings import DEMO_CLOCK, Settings
from gateway.simulation.host import Host
from tests.people import KARIM
from tests.running import TRANSACTIONS, RunningSpace


def act(space: RunningSpace, unit: str, protocol: str, kind: str, **more: Any) -> httpx.Response:
    path = f"/v1/protocollen/{protocol}/gebeurtenissen"
    return space.post(unit, path, {"soort": kind, **more}, content_type="application/json")


def status_of(space: RunningSpace, unit: str) -> int:
    return space.post(unit, TRANSACTIONS, {"insz": KARIM}).status_code


def test_001_28_a_suspension_bites_at_once_for_its_party_and_lifting_ends_it(
    space: RunningSpace,
) -> None:
    space.register("parentia", KARIM)
    space.register("infino", KARIM)

    suspended = act(space, "wewis", "001", "schorsing", partij="parentia", reden="misbruik")
    during = [status_of(space, unit) for unit in ("parentia", "infino")]
    lifted = act(space, "wewis", "001", "opheffing", partij="parentia")

    assert suspended.status_code == 201
    assert suspended.json() == {
        "gebeurtenis": "G-1", "van_kracht": "2025-03-10T08:00:00+01:00", "termijn": None,
        "artikel": "art. 8",
    }  # fmt: skip
    assert during == [403, 200]
    assert lifted.json()["gebeurtenis"] == "G-2"
    assert status_of(space, "parentia") == 200


@pytest.mark.parametrize(
    ("unit", "protocol", "kind", "says"),
    [
        ("vlabel", "000", "schorsing", "beeindiging (art. 9)"),
        ("wewis", "001", "beeindiging", "schorsing (art. 8)"),
        ("opgroeien", "004", "opzegging", "beeindiging (art. 8)"),
        ("infino", "001", "schorsing", "opzegging (art. 12)"),
    ],
    ids=["000-20", "001-30", "004-22", "another party's act"],
)
def test_an_act_that_the_text_does_not_know_is_refused_with_what_it_does_know(
    shared_space: RunningSpace, unit: str, protocol: str, kind: str, says: str
) -> None:
    answer = act(shared_space, unit, protocol, kind)

    assert (answer.status_code, answer.json()["reason"]) == (409, "no-such-clause")
    assert says in answer.json()["remedy"]
    entry = shared_space.leaves()[-1]
    assert (entry["e"], entry["outcome"], entry["act"]) == ("protocol.act", "refusal", kind)
    assert answer.json()["decision"] == f"D-{len(shared_space.leaves())}"


@pytest.mark.parametrize(
    ("unit", "protocol", "kind", "term"),
    [
        ("dv-cc1700", "000", "kwaliteitsmelding", "2025-04-08T10:00:00+02:00"),
        ("avsb", "002", "kwaliteitsmelding", "2025-03-22T10:00:00+01:00"),
        ("avsb", "002", "incidentmelding", "2025-03-09T10:00:00+01:00"),
        ("agii", "002", "incidentmelding", None),
        ("dv-cc1700", "000", "incidentmelding", None),
        ("ahovoks-studietoelagen", "004", "kwaliteitsmelding", None),
        ("zele-financien", "003", "kwaliteitsmelding", None),
    ],
    ids=["000-16", "002-25", "002-24", "002-24 other side", "000-17", "004 reasonable", "003-42"],
)
def test_a_report_has_the_term_that_the_text_sets_from_the_finding(
    shared_space: RunningSpace, unit: str, protocol: str, kind: str, term: str | None
) -> None:
    answer = act(shared_space, unit, protocol, kind, op="2025-03-08T10:00:00+01:00")

    assert answer.status_code == 201
    assert answer.json()["termijn"] == term


def test_the_control_token_acts_in_a_partys_name_and_must_say_whose(
    shared_space: RunningSpace,
) -> None:
    url = f"{shared_space.http}/v1/protocollen/002/gebeurtenissen"
    token = {"Authorization": f"Bearer {shared_space.ready['control_token']}"}

    mute = httpx.post(url, json={"soort": "publicatie"}, headers=token, trust_env=False)
    said = httpx.post(url, json={"soort": "publicatie", "door": "agii"}, headers=token, trust_env=False)  # fmt: skip
    posing = act(shared_space, "avsb", "002", "publicatie", door="agii")
    nobody = httpx.post(url, json={"soort": "publicatie"}, trust_env=False)

    assert (mute.status_code, said.status_code) == (400, 201)
    assert (posing.status_code, posing.json()["reason"]) == (403, "sender-mismatch")
    assert nobody.status_code == 401


def test_acts_outlive_the_process_and_their_reason_stays_out_of_log_and_list(
    tmp_path: Path,
) -> None:
    settings = Settings(
        data=tmp_path / "space", http_port=0, sftp_port=0, clock=DEMO_CLOCK, demo=True
    )
    first = Host(settings)
    space = RunningSpace(first, first.start())
    space.register("infino", KARIM)
    act(space, "wewis", "001", "schorsing", reden="over een persoon")
    told = json.dumps(space.leaves()) + space.get("/v1/protocollen/001/gebeurtenissen").text
    first.stop()

    second = Host(settings)
    try:
        again = RunningSpace(second, second.start())
        listed = again.get("/v1/protocollen/001/gebeurtenissen").json()
        answer = again.post("infino", TRANSACTIONS, {"insz": KARIM})
    finally:
        second.stop()

    assert "over een persoon" not in told
    assert [(one["gebeurtenis"], one["soort"], one["door"]) for one in listed] == [
        ("G-1", "schorsing", "wewis")
    ]
    assert answer.json()["reason"] == "protocol-suspended"

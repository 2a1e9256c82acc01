"""Duties and their terms over real HTTP: on the virtual clock, entered once, also after a restart."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.settings import DEMO_CLOCK, Settings
from gateway.simulation.host import Host
from tests.command import command
from tests.people import KARIM
from tests.running import TRANSACTIONS, RunningSpace

PAPER = "sha256:" + "c" * 64


def act(space: RunningSpace, unit: str, protocol: str, kind: str, **more: Any) -> httpx.Response:
    path = f"/v1/protocollen/{protocol}/gebeurtenissen"
    return space.post(unit, path, {"soort": kind, **more}, content_type="application/json")


def pass_on(space: RunningSpace, unit: str | None, protocol: str, **body: Any) -> httpx.Response:
    path = f"/v1/protocollen/{protocol}/doorgiften"
    return space.post(unit, path, body, content_type="application/json")


def taken(space: RunningSpace, protocol: str, at: str | None = None) -> dict[str, Any]:
    query = f"?op={at}".replace("+", "%2B") if at else ""
    view = space.get(f"/v1/protocollen/{protocol}/taken{query}").json()
    assert isinstance(view, dict)
    return view | {"by_key": {one["taak"]: one for one in view["taken"]}}


def advance(space: RunningSpace, to: str) -> list[dict[str, Any]]:
    """Move the clock; the terms that were looked at on the way."""
    space.control("PUT", "/providers/wewis", {"automatic": False})
    moved = space.control("POST", "/clock/advance", {"seconds": _seconds(space, to)}).json()
    return [job for job in moved["jobs"] if job["job"].startswith("workflow.")]


def _seconds(space: RunningSpace, to: str) -> int:
    now = datetime.fromisoformat(space.control("GET", "/clock").json()["now"])
    return int((datetime.fromisoformat(to) - now).total_seconds())


def overdue(space: RunningSpace) -> list[dict[str, Any]]:
    return [leaf for leaf in space.leaves() if leaf["e"] == "workflow.overdue"]


def test_000_16_a_month_without_an_answer_is_entered_once_and_says_who_owes_what(
    space: RunningSpace,
) -> None:
    """The term runs through the change of the clock and ends at the same clock time."""
    act(space, "dv-cc1700", "000", "kwaliteitsmelding", reden=f"over {KARIM}")

    jobs = advance(space, "2025-04-10T08:00:00+02:00")
    later = advance(space, "2025-04-20T08:00:00+02:00")
    late = act(space, "vlabel", "000", "kwaliteitsantwoord")

    assert jobs == [
        {"at": "2025-04-10T08:00:00+02:00", "job": "workflow.quality-answer", "flow": None,
         "party": "vlabel", "outcome": "overdue"}
    ]  # fmt: skip
    assert later == []
    (entry,) = overdue(space)
    assert entry == entry | {
        "protocol": "000@1.0.0", "act": "G-1", "party": "vlabel", "article": "art. 7",
        "due": "2025-04-10T08:00:00.000+02:00",
    }  # fmt: skip
    assert KARIM not in json.dumps(space.leaves())
    assert late.status_code == 201
    assert taken(space, "000")["by_key"]["quality-answer/G-1"]["toestand"] == "breach"
    assert space.verify().ok


def test_002_24_a_late_notice_is_entered_as_a_breach_and_one_in_time_is_not(
    space: RunningSpace,
) -> None:
    act(space, "avsb", "002", "incidentmelding", op="2025-03-09T07:59:59+01:00")
    act(space, "avsb", "002", "incidentmelding", op="2025-03-09T08:00:00+01:00")

    jobs = advance(space, "2025-03-10T08:00:01+01:00")

    assert [job["outcome"] for job in jobs] == ["overdue", "answered in time"]
    (entry,) = overdue(space)
    assert (entry["act"], entry["party"], entry["article"]) == ("G-1", "avsb", "art. 6")


def test_002_the_yearly_review_is_a_timer_that_returns_and_evidence_renews_it(
    space: RunningSpace,
) -> None:
    act(space, "avsb", "002", "bewijs", stuk=PAPER, betreft="veiligheidsplan-avsb")

    first = advance(space, "2025-10-01T00:00:00+02:00")
    second = advance(space, "2026-03-10T08:00:00+01:00")
    third = advance(space, "2026-10-01T00:00:00+02:00")

    assert [(job["party"], job["outcome"]) for job in first] == [("avsb", "renewed"), ("agii", "overdue")]  # fmt: skip
    assert [(job["party"], job["outcome"]) for job in second] == [("avsb", "overdue")]
    assert [(job["party"], job["outcome"]) for job in third] == [("agii", "overdue")]
    told = [(entry["party"], entry["due"][:10]) for entry in overdue(space)]
    assert told == [("agii", "2025-10-01"), ("avsb", "2026-03-10"), ("agii", "2026-10-01")]


def test_a_term_survives_a_restart_and_stays_one(tmp_path: Path) -> None:
    settings = Settings(
        data=tmp_path / "space", http_port=0, sftp_port=0, clock=DEMO_CLOCK, demo=True
    )
    host = Host(settings)
    act(RunningSpace(host, host.start()), "avsb", "002", "kwaliteitsmelding")
    host.stop()

    host = Host(settings)
    try:
        again = RunningSpace(host, host.start())
        jobs = advance(again, "2025-03-25T08:00:00+01:00")
        assert [job["outcome"] for job in jobs] == ["overdue"]
        assert len(overdue(again)) == 1
    finally:
        host.stop()
    host = Host(settings)
    try:
        third = RunningSpace(host, host.start())
        assert advance(third, "2025-03-26T08:00:00+01:00") == []
        assert len(overdue(third)) == 1
    finally:
        host.stop()


def test_003_36_consent_opens_the_door_for_the_named_third_party(space: RunningSpace) -> None:
    before = pass_on(space, "zele-financien", "003", derde="OCMW Zele")
    act(space, "vutg", "003", "doorgiftetoestemming", partij="OCMW Zele")
    after = pass_on(space, "zele-financien", "003", derde="ocmw-zele", stroom="zele-betaalbestand")

    assert (before.status_code, before.json()["reason"]) == (403, "onward-not-consented")
    assert (before.json()["code"], before.json()["article"]) == ("13001", "art. 4")
    assert after.json() == {
        "toegelaten": True, "artikel": "art. 4", "grond": "doorgiftetoestemming G-1",
    }  # fmt: skip
    first, _, last = space.leaves()[-3:]
    assert (first["e"], first["outcome"], first["third"]) == ("protocol.onward", "refusal", "unknown")  # fmt: skip
    assert (last["e"], last["outcome"], last["third"]) == ("protocol.onward", "permit", "ocmw-zele")
    assert after.headers["sim-decision"] == f"D-{len(space.leaves())}"
    assert after.headers["sim-protocol"] == "003@1.0.0"


@pytest.mark.parametrize(
    ("unit", "protocol", "third", "status", "reason"),
    [
        ("dv-cc1700", "000", "rekenhof", 403, "onward-not-notified"),
        ("ahovoks-studietoelagen", "004", "rekenhof", 403, "onward-forbidden"),
        ("vutg-rechten", "001", "cegeka", 200, None),
        ("avsb", "002", "zorgkas-6", 200, None),
        ("zele-burgerzaken", "003", "rekenhof", 403, "unit-not-listed"),
        ("vutg-rechten", "001", KARIM, 400, "message-invalid"),
        (None, "001", "cegeka", 401, "credential-missing"),
        ("vutg-rechten", "999", "cegeka", 404, "service-unknown"),
    ],
    ids=["000-14", "004-12", "001-39", "002", "unit", "number", "stranger", "no protocol"],
)  # fmt: skip
def test_passing_on_is_decided_and_entered_either_way(
    shared_space: RunningSpace, unit: str | None, protocol: str, third: str, status: int,
    reason: str | None,
) -> None:  # fmt: skip
    before = len(shared_space.leaves())

    answer = pass_on(shared_space, unit, protocol, derde=third)

    leaves = shared_space.leaves()
    assert (answer.status_code, answer.json().get("reason")) == (status, reason)
    assert len(leaves) == before + 1
    assert leaves[-1]["e"] == "protocol.onward"
    assert leaves[-1]["reasons"] == ([reason] if reason else [])
    assert KARIM not in json.dumps(leaves)


def test_000_14_a_notice_names_an_organisation_and_then_opens_the_door(space: RunningSpace) -> None:
    nameless = act(space, "dv-cc1700", "000", "doorgiftemelding")
    numbered = act(space, "dv-cc1700", "000", "doorgiftemelding", partij=KARIM)
    named = act(space, "dv-cc1700", "000", "doorgiftemelding", partij="Rekenhof")
    answer = pass_on(space, "dv-cc1700", "000", derde="rekenhof")

    assert [nameless.status_code, numbered.status_code, named.status_code] == [400, 400, 201]
    assert numbered.json()["issues"][0]["name"] == "partij"
    assert answer.json()["grond"] == "doorgiftemelding G-1"
    assert KARIM not in json.dumps(space.leaves()) + numbered.text
    duty = taken(space, "000")["by_key"]["onward-notice/G-1"]
    assert (duty["naam"], duty["toestand"], duty["aan"]) == ("rekenhof", "done", ["vlabel"])


def test_000_28_without_any_publication_the_protocols_work_and_the_gap_shows(
    space: RunningSpace,
) -> None:
    space.register("infino", KARIM)

    assert space.post("infino", TRANSACTIONS, {"insz": KARIM}).status_code == 200
    for protocol, count in (("000", 2), ("001", 7), ("002", 2), ("003", 2), ("004", 2)):
        rows = [one for one in taken(space, protocol)["taken"] if one["soort"] == "publication"]
        assert [one["toestand"] for one in rows] == ["missing"] * count


def test_taken_tells_the_stage_at_any_instant_and_who_still_has_to_act(
    shared_space: RunningSpace,
) -> None:
    draft = taken(shared_space, "001", "2025-01-31T12:00:00+01:00")
    running = taken(shared_space, "002")
    unknown = shared_space.get("/v1/protocollen/999/taken")

    assert (draft["fase"], running["fase"]) == ("advice", "in-force")
    assert "advice/parentia" in draft["te_doen"]
    assert "signature/wewis" in draft["te_doen"]
    assert running["by_key"]["measure/functiescheiding/avsb"] == {
        "taak": "measure/functiescheiding/avsb", "soort": "measure", "wie": "avsb", "aan": [],
        "artikel": "art. 6", "toestand": "enforced", "oorzaak": "protocol",
        "sinds": "2021-10-01T00:00:00+02:00", "termijn": None, "stroom": None,
        "naam": "functiescheiding", "waar": "gateway.duties", "gedaan": None,
    }  # fmt: skip
    assert (unknown.status_code, unknown.json()["reason"]) == (404, "service-unknown")


def test_evidence_names_what_it_is_about_and_nothing_else(space: RunningSpace) -> None:
    foreign = act(space, "avsb", "002", "bewijs", stuk=PAPER, betreft="veiligheidsplan-agii")
    free = act(space, "avsb", "002", "publicatie", betreft=KARIM)
    asked = act(space, "vutg", "003", "bewijsverzoek", partij="zele")
    turned = act(space, "vutg", "003", "bewijsverzoek", partij="vutg")
    given = act(space, "zele-financien", "003", "bewijs", stuk=PAPER, betreft="G-1")

    assert [foreign.status_code, free.status_code] == [400, 400]
    assert foreign.json()["issues"][0]["name"] == "betreft"
    assert "veiligheidsplan-avsb" in foreign.json()["remedy"]
    assert asked.status_code == 201
    assert (turned.status_code, turned.json()["reason"]) == (409, "no-such-clause")
    assert given.status_code == 201
    duty = taken(space, "003")["by_key"]["evidence/G-1/zele"]
    assert (duty["toestand"], duty["gedaan"]["stuk"]) == ("done", PAPER)
    assert KARIM not in json.dumps(space.leaves())


def test_the_commands_say_the_same(space: RunningSpace) -> None:
    data = ["--data", space.ready["data"]]

    refused = command("protocol", "onward", "003", "--by", "zele", "--to", "rekenhof", *data)
    done = command("protocol", "event", "003", "doorgiftetoestemming", "--by", "vutg", "--party", "rekenhof", *data)  # fmt: skip
    allowed = command(
        "protocol", "onward", "003", "--by", "zele", "--to", "rekenhof", "--json", *data
    )
    there = command("protocol", "duties", "002", "--json", *data)
    texts = command("protocol", "duties", "002", "--json", "--at", DEMO_CLOCK)
    read = command("protocol", "duties", "001", "--at", "2024-12-01T00:00:00+01:00")
    none = command("protocol", "duties", "999")

    assert (refused.returncode, done.returncode, allowed.returncode) == (2, 0, 0)
    assert "doorgiftetoestemming" in refused.stderr
    assert json.loads(allowed.stdout)["toegelaten"] is True
    assert json.loads(there.stdout) == json.loads(texts.stdout)
    assert "001@1.0.0  advice" in read.stdout
    assert "open         parentia   advice/parentia  (overw. F)" in read.stdout
    assert none.returncode == 1

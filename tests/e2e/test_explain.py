"""Reading a running space: protocols, rights and decisions, over HTTP and by command, true to one another."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from gateway.adapters.protocol_files import plain_documents
from gateway.cli.main import app
from tests.builders import PROTOCOLS
from tests.people import KARIM, LUKAS, NOOR
from tests.running import CARE, TRANSACTIONS, RunningSpace

LETTER = "sha256:" + "a" * 64
AHOVOKS = "ahovoks-studietoelagen"
FLOW = "jobbonusplus-verrichtingen"


def run(space: RunningSpace | None, *arguments: str) -> Result:
    data = ["--data", str(space.ready["data"])] if space else []
    return CliRunner().invoke(app, [*arguments, *data], env={"COLUMNS": "120"})


def act(space: RunningSpace, unit: str, key: str, kind: str, **more: Any) -> None:
    path = f"/v1/protocollen/{key}/gebeurtenissen"
    done = space.post(unit, path, {"soort": kind, **more}, content_type="application/json")
    assert done.status_code == 201, done.text


def own_rights(space: RunningSpace, unit: str) -> dict[str, Any]:
    token = space.credential(unit)["token"]
    answer = space.get("/v1/rechten", Authorization=f"Bearer {token}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def of_flow(told: dict[str, Any], flow: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in told["rechten"] if one["stroom"] == flow)
    return found


# protocols ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["000", "001", "002", "003", "004"])
def test_x_04_anybody_reads_a_protocol_whole(shared_space: RunningSpace, key: str) -> None:
    document = plain_documents(PROTOCOLS)[key]

    content = shared_space.get(f"/v1/protocollen/{key}").json()

    assert list(content)[:6] == ["id", "name", "version", "state", "from", "until"]
    assert content["titel"] == document["title"]
    assert [(p["id"], p["rol"]) for p in content["partijen"]] == [
        (p["id"], p["role"]) for p in document["parties"]
    ]
    assert [(a["partij"], a.get("datum")) for a in content["dpo_adviezen"]] == [
        (a["party"], a.get("date")) for a in document["dpo_advice"]
    ]
    assert [(p["partij"], p.get("waar")) for p in content["bekendmaking"]] == [
        (p["party"], p.get("at")) for p in document["publication"]
    ]
    assert [r["id"] for r in content["bewaring"]] == [r["id"] for r in document["retention"]]
    assert [f["code"] for f in content["bevindingen"]] == [f["code"] for f in document["findings"]]
    assert {part["kop"] for part in content["tekst"]} >= {"Partijen", "Gegevens", "Begin en einde"}
    assert content["vingerafdruk"].startswith("sha256:")
    consumers = {one["partij"] for one in content["standen"]}
    assert consumers >= {p["id"] for p in document["parties"] if p["role"] == "consumer"}


def test_a_protocol_that_is_not_there_is_404_with_what_there_is(shared_space: RunningSpace) -> None:
    answer = shared_space.get("/v1/protocollen/999")

    assert (answer.status_code, answer.json()["reason"]) == (404, "service-unknown")
    assert "/v1/protocollen" in answer.json()["remedy"]


def test_a_running_notice_shows_its_end_in_list_protocol_and_command(space: RunningSpace) -> None:
    act(space, "avsb", "002", "opzegging", stuk=LETTER)
    act(space, "kidslife", "001", "opzegging", stuk=LETTER)

    rows = {row["id"]: row for row in space.get("/v1/protocollen").json()}
    listed = run(space, "protocol", "list", "--json")
    standing = space.get("/v1/protocollen/001").json()["standen"]

    assert list(rows["002"]) == ["id", "name", "version", "state", "from", "until"]
    assert (rows["002"]["state"], rows["002"]["until"]) == ("in-force", "2026-03-10")
    assert rows["001"]["until"] is None
    assert {(s["partij"], s["tot"]) for s in standing if s["tot"]} == {("kidslife", "2025-06-10")}
    assert json.loads(listed.output) == list(rows.values())
    assert "Voor Kidslife" in run(space, "protocol", "show", "001").output


def test_the_list_says_suspended_only_where_everybody_is(space: RunningSpace) -> None:
    act(space, "wewis", "001", "schorsing", partij="parentia")
    part = {row["id"]: row["state"] for row in space.get("/v1/protocollen").json()}["001"]
    act(space, "wewis", "001", "schorsing")
    whole = {row["id"]: row["state"] for row in space.get("/v1/protocollen").json()}["001"]

    assert (part, whole) == ("in-force", "suspended")


def test_show_prints_prose_and_with_json_the_document() -> None:
    told, plain = run(None, "protocol", "show", "004"), run(None, "protocol", "show", "004", "--json")  # fmt: skip
    missing = run(None, "protocol", "show", "009")
    odd = run(None, "protocol", "show", "004", "--at", "yesterday")
    before = run(None, "protocol", "show", "004@1.0.0", "--at", "2021-07-26T23:59:59+02:00")

    assert "Wat de gateway afdwingt" in told.output
    assert json.loads(plain.output) == plain_documents(PROTOCOLS)["004"]
    assert (missing.exit_code, odd.exit_code) == (1, 3)
    assert "nog niet van kracht" in before.output


def test_diff_ends_with_1_where_something_differs(tmp_path: Path) -> None:
    name = "opgroeien-ahovoks-geefzorgtoeslag.yaml"
    text = (PROTOCOLS / name).read_text("utf-8")
    (tmp_path / name).write_text(text.replace("at_least: eid", "at_least: password"), "utf-8")
    (tmp_path / "broken.yaml").write_text("nonsense: 1\n", "utf-8")

    same = run(None, "protocol", "diff", "004", "004@1.0.0")
    other = run(None, "protocol", "diff", "004", str(tmp_path / name), "--json")
    turned = run(None, "protocol", "diff", "004", "004@1.0.0+o-60")
    broken = run(None, "protocol", "diff", "004", str(tmp_path / "broken.yaml"))
    nowhere = run(None, "protocol", "diff", "004", "012")

    assert (same.exit_code, other.exit_code, turned.exit_code) == (0, 1, 1)
    assert (broken.exit_code, nowhere.exit_code) == (3, 3)
    assert json.loads(other.output)["changes"] == [
        {"what": "flow", "where": "flows.zorgtoeslag.authentication.at_least", "how": "changed",
         "old": "eid", "new": "password", "articles": ["art. 6"], "effect": "loosens"}
    ]  # fmt: skip
    assert "flows.zorgtoeslag.requires.registered  (art. 3)  loosens" in turned.output


# rights ------------------------------------------------------------------------------------------


def test_a_unit_reads_its_own_rights_and_that_is_entered(space: RunningSpace) -> None:
    told = own_rights(space, "vutg-toezicht")
    found = of_flow(told, FLOW)

    assert (told["partij"], told["eenheid"], told["op"]) == (
        "vutg", "vutg-toezicht", "2025-03-10T08:00:00+01:00",
    )  # fmt: skip
    assert (found["protocol"], found["mag"], found["van"], found["tot"]) == (
        "001@1.0.0", True, "2025-03-04", None,
    )  # fmt: skip
    assert found["doelen"] == [
        {"doel": "toezicht", "dossier_verplicht": True, "artikel": "art. 2 b 2°"}
    ]
    assert [one["feit"] for one in found["feiten"]] == ["registered", "right-open"]
    assert found["gegevens"][1] == {"veld": "maatregel", "artikel": "art. 3 a, gegeven 1"}
    assert of_flow(told, "repertorium")["mag"] is True
    refused = of_flow(told, "jobbonusplus-mutaties")["weigeringen"][0]
    assert (refused["reden"], refused["artikel"]) == ("purpose-not-agreed", "art. 2")
    assert refused["remedie"]
    entry = space.leaves()[-1]
    assert (entry["e"], entry["outcome"], entry["unit"]) == ("rights", "permit", "vutg-toezicht")


def test_rights_need_a_credential_and_the_attempt_without_one_is_entered(
    space: RunningSpace,
) -> None:
    answer = space.get("/v1/rechten")
    wrong = space.get("/v1/rechten", Authorization="Bearer nonsense")

    assert (answer.status_code, wrong.status_code) == (401, 401)
    assert answer.json()["article"] == "AVG art. 32"
    assert answer.headers["sim-decision"] == answer.json()["decision"] == "D-1"
    assert [(one["e"], one["outcome"]) for one in space.leaves()] == [("rights", "refusal")] * 2
    assert "rechten" not in wrong.json()


def test_if_the_log_cannot_be_written_no_rights_are_told(space: RunningSpace) -> None:
    token = space.credential("vutg-toezicht")["token"]
    space.host.space.gateway.log.close()

    answer = space.get("/v1/rechten", Authorization=f"Bearer {token}")

    assert (answer.status_code, answer.json()["reason"]) == (503, "log-unavailable")


def test_rights_follow_acts_at_once(space: RunningSpace) -> None:
    act(space, "wewis", "001", "schorsing", partij="parentia")
    act(space, "kidslife", "001", "opzegging", stuk=LETTER)

    suspended = of_flow(own_rights(space, "parentia"), FLOW)
    leaving = of_flow(own_rights(space, "kidslife"), FLOW)
    closed = of_flow(own_rights(space, "parentia"), "repertorium")

    assert (suspended["mag"], suspended["stand"]) == (False, "suspended")
    assert suspended["weigeringen"][0]["artikel"] == "art. 8"
    assert (leaving["mag"], leaving["tot"], leaving["tot_artikel"]) == (
        True, "2025-06-10T00:00:00+02:00", "art. 12",
    )  # fmt: skip
    assert closed["weigeringen"][0]["reden"] == "protocol-suspended"


def test_the_command_tells_the_same_rights_and_those_of_another_instant(
    space: RunningSpace,
) -> None:
    same = run(space, "rights", "vutg-toezicht", "--json")
    july = run(space, "rights", "zele-financien", "--at", "2025-07-01T00:00:00+02:00")
    march = run(space, "rights", "zele-financien")
    unknown = run(space, "rights", "nobody")
    supervision = run(space, "rights", "vutg-toezicht")

    assert json.loads(same.output) == own_rights(space, "vutg-toezicht")
    assert "may  003@1.0.0  zele-betaalbestand" in july.output
    assert "open now, next from 2026-01-01 (art. 5)" in july.output
    assert "MAY NOT  003@1.0.0  zele-betaalbestand" in march.output
    assert "outside-window (40005), 003@1.0.0 art. 5" in march.output
    assert unknown.exit_code == 2
    assert "toezicht, a case must be stated (art. 2 b 2°)" in supervision.output


# decisions ---------------------------------------------------------------------------------------


def explained(space: RunningSpace, decision: str) -> dict[str, Any]:
    done = run(space, "protocol", "explain", decision, "--json")
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.output)
    return found


REFUSED: Sequence[tuple[str, str, dict[str, Any], dict[str, str]]] = [
    (AHOVOKS, CARE, {"insz": NOOR}, {}),
    (AHOVOKS, CARE, {"insz": "12631400208"}, {}),
    (AHOVOKS, CARE, {"insz": NOOR}, {"sim_authentication": "password"}),
    ("zele-financien", CARE, {"insz": NOOR}, {}),
    ("infino-audit", TRANSACTIONS, {"insz": KARIM}, {}),
    ("vutg-audit", TRANSACTIONS, {"insz": KARIM}, {}),
    ("vutg-toezicht", TRANSACTIONS, {"insz": LUKAS}, {"sim_case": "G-1"}),
    ("opgroeien-beleid", TRANSACTIONS, {"insz": KARIM}, {}),
]


@pytest.mark.parametrize(
    ("unit", "path", "body", "headers"), REFUSED, ids=[f"{r[0]} {n}" for n, r in enumerate(REFUSED)]
)
def test_a_refusal_is_explained_from_its_public_entry_as_it_was_told(
    shared_space: RunningSpace, unit: str, path: str, body: dict[str, Any], headers: dict[str, str]
) -> None:
    body = body | ({"referentiedatum": "2024-12-31"} if path == CARE else {})
    problem = shared_space.post(unit, path, body, **headers).json()

    told = explained(shared_space, problem["decision"])

    reason = told["reasons"][0]
    assert {key: reason[key] for key in ("reason", "code", "article")} == {
        key: problem[key] for key in ("reason", "code", "article")
    }
    assert reason["remedy"] == problem["remedy"] or problem["status"] == 400
    assert told["unit"] == unit
    assert (told["protocol"].partition("@")[0] == problem["protocol"]) or not problem["protocol"]
    assert str(body["insz"]) not in json.dumps(told)


def test_a_permit_is_explained_with_fields_withheld_facts_and_obligations(
    space: RunningSpace,
) -> None:
    space.register(AHOVOKS, NOOR)
    answer = space.post(AHOVOKS, CARE, {"insz": NOOR, "referentiedatum": "2024-12-31"},
                        sim_case="G-77", x_magda_enduser_id="82722401041")  # fmt: skip
    decision = answer.headers["sim-decision"]

    told, said = explained(space, decision), run(space, "protocol", "explain", decision).output

    assert (told["outcome"], told["protocol"], told["purpose"]) == (
        "permit", "004@1.0.0", "studietoelage",
    )  # fmt: skip
    assert told["fields"][1] == {"field": "pijler1", "article": "art. 3, gegeven 2"}
    assert {one["field"]: one["article"] for one in told["withheld"]}["pijler2"] == "art. 3"
    assert {one["kind"]: one["article"] for one in told["obligations"]}["retention"] == "art. 3"
    assert told["document_is_loaded"] is True
    for private in (NOOR, "G-77", "82722401041", "Noor"):
        assert private not in json.dumps(told) + said
    assert "pijler2 (art. 3)" in " ".join(said.split())


@pytest.mark.timeout(240)  # a command for each kind of entry
def test_every_kind_of_entry_can_be_explained(space: RunningSpace) -> None:
    space.register("infino", KARIM)
    act(space, "wewis", "001", "schorsing", partij="parentia")
    space.control("POST", "/check", {"credential": "infino", "flow": FLOW, "insz": KARIM})
    own_rights(space, "infino")
    space.post(None, TRANSACTIONS, {"insz": KARIM})
    space.post("infino", TRANSACTIONS, b"{")
    space.post("infino", "/v1/auditlogging/bevraging", {"insz": KARIM})
    space.get("/v1/diensten")
    space.control("POST", "/clock/advance", {"days": 1})

    leaves = space.leaves()
    kinds = {leaf["e"] for leaf in leaves}

    assert kinds >= {"decision", "protocol.act", "check", "rights", "batch.received", "file.delivered"}  # fmt: skip
    first = {
        leaf["e"] + leaf.get("outcome", ""): n for n, leaf in reversed([*enumerate(leaves, 1)])
    }
    for position in first.values():
        leaf = leaves[position - 1]
        told = explained(space, f"D-{position}")
        assert (told["kind"], told["at"]) == (leaf["e"], leaf["at"])
        assert [one["reason"] for one in told["reasons"]] == leaf.get("reasons", [])
        assert all(one["remedy"] for one in told["reasons"])
        assert run(space, "protocol", "explain", f"D-{position}").exit_code == 0
        assert KARIM not in json.dumps(told)


def test_a_decision_that_is_not_there_is_said_to_be_missing(space: RunningSpace) -> None:
    done = run(space, "protocol", "explain", "D-99")

    assert done.exit_code == 1
    assert "the log holds 0 entries" in done.output


def test_explain_tells_the_way_of_a_unit_and_knows_credentials_that_are_no_unit() -> None:
    told = run(None, "protocol", "explain", "001", "--unit", "vutg-toezicht")
    refused = run(None, "protocol", "explain", "001", "--unit", "infino-audit", "--flow", FLOW)
    whole = run(None, "protocol", "explain", "001", "--json")
    unknown = run(None, "protocol", "explain", "001", "--unit", "nobody")
    suspended_at = run(None, "protocol", "explain", "001", "--unit", "infino", "--flow", FLOW,
                       "--at", "2025-03-03T23:59:59+01:00")  # fmt: skip

    assert "the file it is for is stated (art. 2 b 2°)" in told.output
    assert "unit           FAILS" in refused.output
    assert "protocol       FAILS" in suspended_at.output
    pairs = {(way["unit"], way["flow"]) for way in json.loads(whole.output)}
    assert ("opgroeien-beleid", "jobbonusplus-statistiek") in pairs
    assert ("opgroeien-beleid", FLOW) not in pairs
    assert unknown.exit_code == 3

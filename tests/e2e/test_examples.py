"""Every printed example is sent to a running space, which says exactly what the example is of."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from lxml import etree
from typer.testing import CliRunner

from gateway.cli.main import app
from gateway.contracts.reasons import Reason
from gateway.simulation.examples.catalogue import examples
from gateway.simulation.examples.errors import WITHOUT
from gateway.simulation.examples.shapes import CONTROL
from gateway.simulation.units import UNITS
from gateway.web.rest.bodies import PATHS
from gateway.web.rest.files import PATHS as FILE_PATHS
from gateway.web.soap.names import SOAP_NAMES
from tests.reasons import DOSSIER, ROWS, Desk, _told_rest, _told_soap, expected
from tests.running import RunningSpace

Row = Mapping[str, Any]
FILE_REASONS = {
    "insz-invalid", "not-a-test-number", "message-invalid", "day-already-delivered",
}  # fmt: skip
OWN_FLOWS = {
    "gebeurtenissen",
    "ZorgtoeslagBetaalbestand",
    "LijstInburgeringLeden",
    "aanlevering",
    "herleveringen",
}
SHORTEST_CAUSE = 20


def printed(*words: str) -> Any:
    done = CliRunner().invoke(app, ["example", *words, "--json"])
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


ALL: list[Row] = printed()
NAMES = [f"{one['operation']}-{one['wire']}-{one['reason'] or 'ok'}" for one in ALL]


@pytest.fixture(scope="module")
def desk(shared_space: RunningSpace) -> Iterator[Desk]:
    found = Desk(shared_space)
    yield found
    found.close()


@pytest.fixture
def fresh(shared_space: RunningSpace) -> Iterator[Any]:
    """Makes spaces that begin at an instant, and deletes them."""
    made: list[str] = []

    def make(clock: str | None) -> RunningSpace:
        made.append(f"example-{len(made)}")
        answer = shared_space.control("POST", "/spaces", {"id": made[-1], "clock": clock})
        assert answer.status_code == 201, answer.text
        return RunningSpace(shared_space.host, answer.json())

    yield make
    for name in made:
        assert shared_space.control("DELETE", f"/spaces/{name}").status_code == 204


def stands_alone(one: Row) -> bool:
    """Whether it leaves something behind that others would stumble over, or needs another clock."""
    dossier = any("/V-1/" in step.get("path", "") for step in (one["sent"], *one["before"]))
    is_about_files = one["wire"] == "file" or one["operation"] in OWN_FLOWS
    return bool(one["clock"]) or dossier or is_about_files


def send(space: RunningSpace, step: Row) -> httpx.Response:
    own = {unit.key: space.credential(unit.key)["token"] for unit in UNITS}
    tokens = {**own, CONTROL: space.ready["control_token"]}
    headers = dict(step["headers"])
    if step["credential"] is not None:
        headers["Authorization"] = f"Bearer {tokens.get(step['credential'], 'onzin')}"
    return httpx.request(
        step["method"], space.http + step["path"], content=step["body"].encode(), headers=headers,
        timeout=30, trust_env=False,
    )  # fmt: skip


def prepare(space: RunningSpace, one: Row) -> None:
    for step in one["before"]:
        if "folder" in step:
            receipt = drop(space, step)
            assert receipt["status"] == "verdeeld", receipt
        else:
            answer = send(space, step)
            had = one.get("reason") == "quota-spent"  # a number of the year stays had
            assert answer.is_success or had, answer.text


def drop(space: RunningSpace, file: Row) -> dict[str, Any]:
    flow = file["folder"].split("/")[2]
    return space.upload(file["name"], file["content"].encode(), user=file["credential"], flow=flow)


def entered(space: RunningSpace, decision: str) -> list[str]:
    """The reasons that a decision's entry gives."""
    reasons: list[str] = space.leaves()[int(decision.removeprefix("D-")) - 1]["reasons"]
    return reasons


def in_own_space(one: Row) -> bool:
    return one["wire"] != "file" and stands_alone(one)


def check(space: RunningSpace, one: Row) -> None:
    answer = send(space, one["sent"])
    reason, wire = one["reason"], one["wire"]
    if "beslissing" in answer.text and reason is not None:  # a receipt, whose entry says why
        assert answer.status_code == ROWS[reason]["wire"][2]
        assert entered(space, answer.headers["sim-decision"]) == [reason]
    elif reason is not None:
        found = _told_rest(answer, reason) if wire == "rest" else _told_soap(answer, reason)
        assert found == expected(ROWS[reason], wire), answer.text
    else:
        check_answered(answer, wire)


def check_answered(answer: httpx.Response, wire: str) -> None:
    assert answer.status_code in (200, 201, 202), answer.text
    if wire == "soap":
        root = etree.fromstring(answer.content)
        assert "FOUT" not in [e.findtext("Type") for e in root.iter("Uitzondering")]
        assert root.find(".//{*}Fault") is None
        assert root.find(".//Antwoord/Inhoud") is not None


@pytest.mark.parametrize(
    "one", [one for one in ALL if one["wire"] != "file" and not stands_alone(one)],
    ids=[n for one, n in zip(ALL, NAMES, strict=True) if one["wire"] != "file" and not stands_alone(one)],
)  # fmt: skip
def test_a_message_gets_the_answer_or_reason_that_it_is_an_example_of(desk: Desk, one: Row) -> None:
    space = desk.space
    try:
        with desk._standing({"law": one["text"]} if one["text"] else {}):
            early = [step for step in one["before"] if not step["path"].startswith("/_sim")]
            late = [step for step in one["before"] if step["path"].startswith("/_sim")]
            prepare(space, {**one, "before": early})
            prepare(space, {**one, "before": late})
            desk._read_only(is_on=one["reason"] == "log-unavailable")
            check(space, one)
    finally:
        assert space.control("DELETE", "/faults").is_success


@pytest.mark.parametrize(
    "one", [one for one in ALL if in_own_space(one)],
    ids=[n for one, n in zip(ALL, NAMES, strict=True) if in_own_space(one)],
)  # fmt: skip
def test_so_does_one_that_needs_a_space_of_its_own(fresh: Any, one: Row) -> None:
    space = fresh(one["clock"])

    prepare(space, one)
    check(space, one)


@pytest.mark.parametrize(
    "one", [one for one in ALL if one["wire"] == "file"],
    ids=[n for one, n in zip(ALL, NAMES, strict=True) if one["wire"] == "file"],
)  # fmt: skip
def test_a_file_gets_the_receipt_that_it_is_an_example_of(fresh: Any, one: Row) -> None:
    space = fresh(one["clock"])
    prepare(space, one)

    receipt = drop(space, one["sent"])

    if one["reason"] is None:
        assert receipt["status"] == "verdeeld", receipt
        assert receipt["records"]["geweigerd"] == 0
    else:
        lines = [line["reden"] for line in receipt["regels"]]
        assert [one["reason"]] in (lines, entered(space, receipt["beslissing"])), receipt


def test_every_reason_has_an_example_on_each_wire_or_a_cause_why_not() -> None:
    shown = {(one["reason"], one["wire"]) for one in ALL}

    for reason in Reason:
        for wire in ("rest", "soap"):
            cause = WITHOUT.get((reason, wire))
            assert ((reason.value, wire) in shown) is (cause is None), (reason, wire)
            assert cause is None or len(cause) >= SHORTEST_CAUSE
    assert {one["reason"] for one in ALL if one["wire"] == "file"} == FILE_REASONS | {None}


def test_every_operation_of_soap_and_rest_has_an_example(shared_space: RunningSpace) -> None:
    """Beside those of the simulation, of logs and pages, and the citizens' own."""
    plain = [one for one in ALL if one["reason"] is None]
    over_soap = {one["sent"]["path"] for one in plain if one["wire"] == "soap"}
    paths = {one["sent"]["path"].partition("?")[0] for one in plain if one["wire"] == "rest"}
    described = shared_space.get("/openapi.json").json()["paths"]
    asked = {path for path, how in described.items() if path.startswith("/v1/") and "post" in how}

    closed = {name.path for name in SOAP_NAMES if name.service.flow is None}
    assert over_soap == {name.path for name in SOAP_NAMES} - closed
    templates = {
        "/v1/aanlevering/{stroom}": "/v1/aanlevering/jobbonusplus-mutaties",
        "/v1/bestanden/{bestand}/herleveringen":
            "/v1/bestanden/jobbonusplus-mutaties_2025-03-10_000001.json/herleveringen",
        "/v1/protocollen/{key}/gebeurtenissen": "/v1/protocollen/001/gebeurtenissen",
        "/v1/protocollen/{key}/doorgiften": "/v1/protocollen/002/doorgiften",
        "/v1/inkomen/jobbonus-dossier/vragen/{vraag}/identificatie":
            "/v1/inkomen/jobbonus-dossier/vragen/V-1/identificatie",
    }  # fmt: skip
    assert {templates.get(path, path) for path in asked} <= paths, asked


def test_the_description_shows_an_example_of_every_body(shared_space: RunningSpace) -> None:
    described = shared_space.get("/openapi.json").json()["paths"]
    plain = {one["sent"].get("path"): one["sent"] for one in ALL if one["reason"] is None}

    shown = {
        path: body["example"]
        for path, how in described.items()
        if (
            body := how.get("post", {})
            .get("requestBody", {})
            .get("content", {})
            .get("application/json")
        )
        and "example" in body
    }

    assert {*PATHS, *FILE_PATHS, DOSSIER} <= shown.keys()
    for path, body in shown.items():
        assert json.loads(plain[path]["body"]) == body


@pytest.mark.needs("curl")
@pytest.mark.parametrize(
    "words",
    ["GeefZorgtoeslag --soap", "rechten --rest", "--error not-registered", "--error case-required --soap"],
)  # fmt: skip
def test_lines_for_a_shell_do_the_same(shared_space: RunningSpace, words: str) -> None:
    data = shared_space.ready["data"]
    done = CliRunner().invoke(app, ["example", *words.split(), "--curl", "--data", data])
    assert done.exit_code == 0, done.stderr

    said = subprocess.run(
        ["bash", "-euc", done.stdout], capture_output=True, text=True, timeout=60, check=True
    ).stdout

    reason = words.partition("--error ")[2].partition(" ")[0]
    if reason:
        assert reason in said
    else:
        assert said
        assert "Fault" not in said
        assert '"status":' not in said


@pytest.mark.needs("sftp")
def test_a_file_goes_by_lines_for_a_shell_too(fresh: Any, tmp_path: Path) -> None:
    space = fresh(None)
    words = ["example", "jobbonusplus-mutaties", "--file", "--curl", "--data", space.ready["data"]]
    lines = CliRunner().invoke(app, words).stdout

    subprocess.run(
        ["bash", "-euc", lines],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    space.space.settle()

    with space.sftp("wewis") as provider:
        receipt = json.loads(provider.receipt("jobbonusplus-mutaties_2025-03-10.json"))
    assert receipt["status"] == "verdeeld"


def test_the_message_alone_goes_to_standard_output() -> None:
    runner = CliRunner()
    rest = runner.invoke(app, ["example", "geefzorgtoeslag", "--rest"])
    soap = runner.invoke(app, ["example", "GeefZorgtoeslag", "--soap"])
    unknown = runner.invoke(
        app, ["example", "--error", "not-registered", "--curl", "--data", "/nowhere"]
    )

    assert json.loads(rest.stdout)["insz"] == "12631400209"
    assert "POST /v1/gezin/zorgtoeslag/bevraging  as ahovoks-studietoelagen" in rest.stderr
    assert etree.fromstring(soap.stdout.encode()).tag.endswith("Envelope")
    assert "$TOKEN_AHOVOKS_STUDIETOELAGEN" in unknown.stdout


@pytest.mark.parametrize(
    ("words", "told"),
    [(["--error", "read-only", "--soap"], "every SOAP message is a POST"),
     (["Geef"], "there is: "), (["--error", "pech"], "is no reason"),
     (["rechten", "--soap", "--rest"], "give one of")],
)  # fmt: skip
def test_what_there_is_no_example_of_is_told(words: list[str], told: str) -> None:
    done = CliRunner().invoke(app, ["example", *words])

    assert done.exit_code == 3
    assert told in done.stderr


def test_examples_hold_test_numbers_only_and_are_the_same_each_time() -> None:
    assert printed() == ALL
    assert len(ALL) == len(examples()) == len(set(NAMES))

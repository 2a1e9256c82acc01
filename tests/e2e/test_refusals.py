"""Every refusal at every door cites reason, protocol, version, article and remedy."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.agreement import WIRES, Asked, envelope
from tests.people import AMINA, KARIM, LUKAS, NOBODY, NOOR
from tests.running import CARE, TRANSACTIONS, RunningSpace
from tests.stock_soap import verzoek, zeep_client

AHOVOKS = "ahovoks-studietoelagen"
LETTER = "sha256:" + "a" * 64
TABLE = [
    # unit, flow, person, what is stated, reason, protocol, article
    ("zele-financien", "zorgtoeslag", NOOR, {}, "no-protocol", None, "decreet van 18 juli 2008, art. 8 §1"),
    ("ahovoks-andere", "zorgtoeslag", NOOR, {}, "unit-not-listed", "004@1.0.0", "art. 4"),
    (AHOVOKS, "zorgtoeslag", NOOR, {"purpose": "toezicht"}, "purpose-not-agreed", "004@1.0.0", "art. 2"),
    (AHOVOKS, "zorgtoeslag", NOOR, {"authentication": "password"}, "authentication-too-weak", "004@1.0.0", "art. 6"),
    (AHOVOKS, "zorgtoeslag", "12631400208", {}, "insz-invalid", "004@1.0.0", "art. 3"),
    (AHOVOKS, "zorgtoeslag", NOOR, {"wants_recognitions": False}, "no-group-asked", "004@1.0.0", "art. 3"),
    (AHOVOKS, "zorgtoeslag", NOOR, {"wants_application": True, "wants_recognitions": False},
     "nothing-permitted", "004@1.0.0", "art. 3"),
    (AHOVOKS, "zorgtoeslag", NOOR, {}, "not-registered", "004@1.0.0", "art. 3"),
    ("opgroeien-beleid", "jobbonusplus-verrichtingen", KARIM, {}, "purpose-not-agreed", "001@1.0.0", "art. 2"),
    ("vutg-audit", "jobbonusplus-verrichtingen", KARIM, {}, "case-required", "001@1.0.0", "art. 2 b 2°"),
    ("vutg-rechten", "jobbonusplus-verrichtingen", KARIM, {}, "not-registered", "001@1.0.0", "art. 6"),
    ("infino", "jobbonusplus-verrichtingen", LUKAS, {}, "no-data", "001@1.0.0", "art. 5"),
    ("infino", "jobbonusplus-verrichtingen", NOBODY, {}, "insz-unknown", "001@1.0.0", "art. 5"),
    ("infino-audit", "repertorium", NOOR, {}, "unit-not-listed", "001@1.0.0", "art. 4"),
    ("wewis", "repertorium", NOOR, {}, "no-protocol", None, "decreet van 18 juli 2008, art. 8 §1"),
]  # fmt: skip


@pytest.fixture(scope="module")
def prepared(shared_space: RunningSpace) -> RunningSpace:
    shared_space.register("infino", LUKAS, NOBODY)
    return shared_space


@pytest.mark.parametrize(
    ("unit", "flow", "person", "stated", "reason", "ref", "article"),
    TABLE,
    ids=[f"{row[0]} {row[1]} {row[4]}" for row in TABLE],
)
def test_a_refused_question_cites_everything_on_both_wires(
    prepared: RunningSpace, unit: str, flow: str, person: str, stated: dict[str, Any], reason: str,
    ref: str | None, article: str,
) -> None:  # fmt: skip
    asked = Asked(unit=unit, flow=flow, insz=person, **stated)
    headers = {f"sim_{name}": value for name, value in stated.items() if isinstance(value, str)}

    rest = prepared.post(unit, WIRES[flow].path, WIRES[flow].body(asked), **headers)
    soap = prepared.soap(unit, envelope(asked, prepared.credential(unit)))

    problem, said = rest.json(), _said(soap)
    for answer in (rest, soap):
        assert answer.headers["sim-protocol"] == (ref or "platform")
        assert answer.headers["sim-decision"].startswith("D-")
    assert (problem["reason"], problem["article"]) == (reason, article)
    assert problem["protocol"] == (ref.partition("@")[0] if ref else None)
    assert (said["reason"], said["article"], said.get("protocol")) == (
        reason, article, problem["protocol"],
    )  # fmt: skip
    if reason not in ("no-data", "insz-unknown"):  # there is nothing to mend
        assert problem["remedy"]
        assert said["remedy"] == problem["remedy"]


@pytest.mark.parametrize("scheme", ["", "Basic ", "Token ", "Bearer"])
def test_a_token_counts_after_the_word_bearer_only(shared_space: RunningSpace, scheme: str) -> None:
    shown = scheme + shared_space.credential(AHOVOKS)["token"]

    for answer in (
        shared_space.post(None, CARE, {"insz": NOOR}, authorization=shown),
        shared_space.get("/v1/rechten", authorization=shown),
    ):
        problem = answer.json()
        assert (answer.status_code, problem["reason"]) == (401, "credential-invalid")
        assert problem["detail"] == "Authorization does not say `Bearer` before the token"
        assert shared_space.leaves()[-1]["reasons"] == ["credential-invalid"]


def _said(soap: httpx.Response) -> dict[str, str]:
    from lxml import etree

    (exception,) = etree.fromstring(soap.content).iter("Uitzondering")
    said = exception.iterfind("Annotaties/Annotatie")
    return {one.findtext("Naam", ""): one.findtext("Waarde", "") for one in said}


@pytest.mark.parametrize(
    ("unit", "headers", "reason"),
    [
        (None, {}, "credential-missing"),
        (None, {"authorization": "Bearer nonsense"}, "credential-invalid"),
        ("vutg-rechten", {"x_magda_sender_id": "other.be/x-aip"}, "sender-mismatch"),
    ],
)
def test_the_platforms_own_refusals_cite_the_platform_and_the_law_on_security(
    shared_space: RunningSpace, unit: str | None, headers: dict[str, str], reason: str
) -> None:
    answer = shared_space.post(unit, TRANSACTIONS, {"insz": KARIM}, **headers)

    problem = answer.json()
    assert (problem["reason"], problem["article"]) == (reason, "AVG art. 32")
    assert answer.headers["sim-protocol"] == "platform"
    assert shared_space.leaves()[-1]["articles"] == ["AVG art. 32"]
    assert problem["remedy"]


FOUR: dict[str, tuple[str, str, str, dict[str, Any], str, str]] = {
    "a person who is not registered": (AHOVOKS, "zorgtoeslag", AMINA, {}, "not-registered", "13202"),
    "a field that is not listed": (
        AHOVOKS, "zorgtoeslag", NOOR, {"wants_application": True, "wants_recognitions": False},
        "nothing-permitted", "15021",
    ),
    "a purpose that is not theirs": (
        AHOVOKS, "zorgtoeslag", NOOR, {"purpose": "toezicht"}, "purpose-not-agreed", "13001",
    ),
    "a unit that is refused": ("ahovoks-andere", "zorgtoeslag", NOOR, {}, "unit-not-listed", "13001"),
}  # fmt: skip


@pytest.mark.parametrize("case", FOUR)
def test_each_gets_its_own_clear_error_on_both_wires(shared_space: RunningSpace, case: str) -> None:
    """A person not registered, a field not listed, a purpose not theirs, a unit refused."""
    unit, flow, person, stated, reason, code = FOUR[case]
    asked = Asked(unit=unit, flow=flow, insz=person, **stated)
    headers = {f"sim_{name}": value for name, value in stated.items() if isinstance(value, str)}

    rest = shared_space.post(unit, CARE, WIRES[flow].body(asked), **headers).json()
    soap = shared_space.soap(unit, envelope(asked, shared_space.credential(unit)))
    client = zeep_client(shared_space, unit, "/GeefZorgtoeslagDienst-02.00/soap/WebService")
    wanted = {"StatusAanvraag": int(asked.wants_application), "Erkenningen": int(asked.wants_recognitions)}  # fmt: skip
    criteria = {"INSZ": person, "Referentiedatum": "2024-12-31", "GewensteInformatie": wanted}
    question = verzoek(shared_space, unit, "GeefZorgtoeslag", "02.00", {"Criteria": criteria, "Taal": "nl"})  # fmt: skip
    if "purpose" in stated:
        question["Context"]["Annotaties"] = {"Annotatie": [{"Naam": "Doel", "Waarde": stated["purpose"]}]}  # fmt: skip
    told = client.service.GeefZorgtoeslag(Verzoek=question)

    said = _said(soap)
    assert (rest["reason"], rest["code"], rest["article"]) == (reason, code, said["article"])
    assert said["reason"] == reason
    assert rest["remedy"] == said["remedy"] != ""
    place = told if told.Uitzonderingen else told.Antwoorden.Antwoord
    (exception,) = place.Uitzonderingen.Uitzondering
    assert (exception.Identificatie, exception.Diagnose) == (code, rest["title"])
    assert person not in json.dumps(rest) + soap.text


def test_a_field_that_is_not_listed_stays_behind_and_both_wires_say_which(
    space: RunningSpace,
) -> None:
    space.register(AHOVOKS, NOOR)
    asked = Asked(unit=AHOVOKS, flow="zorgtoeslag", insz=NOOR)

    rest = space.post(AHOVOKS, CARE, WIRES["zorgtoeslag"].body(asked)).json()
    soap = space.soap(AHOVOKS, envelope(asked, space.credential(AHOVOKS))).text

    left = {one["veld"] for one in rest["achtergehouden"]}
    assert {"pijler2", "datumBeslissing", "wetgeving", "statusBeslissing"} <= left
    assert all(f"<Naam>achtergehouden</Naam><Waarde>{name} (art. 3)" in soap for name in left)
    assert not left & {key for one in rest["erkenningen"] for key in one}


ACTS = [
    ("vlabel", "000", {"soort": "schorsing"}, 409, "no-such-clause", "art. 9"),
    ("wewis", "001", {"soort": "beeindiging"}, 409, "no-such-clause", "art. 8"),
    ("opgroeien", "004", {"soort": "opzegging"}, 409, "no-such-clause", "titel"),
    ("infino", "001", {"soort": "schorsing"}, 409, "no-such-clause", "art. 8"),
    ("kidslife", "001", {"soort": "opzegging"}, 400, "message-invalid", "art. 12"),
    ("wewis", "001", {"soort": "opheffing"}, 400, "message-invalid", "art. 8"),
    ("wewis", "001", {"soort": "schorsing", "partij": "niemand"}, 400, "message-invalid", "art. 8"),
]


@pytest.mark.parametrize(
    ("unit", "key", "body", "status", "reason", "article"),
    ACTS,
    ids=[f"{row[1]} {row[2]['soort']} by {row[0]}" for row in ACTS],
)
def test_a_refused_act_cites_everything(
    shared_space: RunningSpace, unit: str, key: str, body: dict[str, str], status: int, reason: str,
    article: str,
) -> None:  # fmt: skip
    path = f"/v1/protocollen/{key}/gebeurtenissen"

    answer = shared_space.post(unit, path, body, content_type="application/json")

    problem = answer.json()
    assert (answer.status_code, problem["reason"], problem["article"]) == (status, reason, article)
    assert problem["protocol"] == key
    assert answer.headers["sim-protocol"] == f"{key}@1.0.0"
    assert problem["decision"] == answer.headers["sim-decision"]
    assert problem["remedy"]


def test_a_check_cites_every_reason_of_the_stage_that_failed_and_the_version(
    space: RunningSpace,
) -> None:
    space.post("wewis", "/v1/protocollen/001/gebeurtenissen", {"soort": "schorsing"},
               content_type="application/json")  # fmt: skip
    body = {"credential": "vutg-audit", "flow": "jobbonusplus-verrichtingen", "insz": KARIM}

    told = space.control("POST", "/check", body).json()
    rest = space.post("vutg-audit", TRANSACTIONS, {"insz": KARIM}).json()

    contract = ("outcome", "reason", "code", "protocol", "article", "remedy")
    assert tuple(told)[:6] == contract
    assert (told["reason"], told["protocol"], told["version"]) == ("protocol-suspended", "001", "1.0.0")  # fmt: skip
    assert [(one["reason"], one["article"]) for one in told["reasons"]] == [
        ("protocol-suspended", "art. 8"),
        ("case-required", "art. 2 b 2°"),
    ]
    assert rest["reasons"] == told["reasons"]


def test_a_refusal_with_one_reason_keeps_to_the_members_of_the_contract(
    prepared: RunningSpace,
) -> None:
    problem = prepared.post(AHOVOKS, CARE, {"insz": NOOR, "referentiedatum": "2024-12-31"}).json()

    assert list(problem) == ["type", "title", "status", "detail", "instance", "reason", "code",
                             "protocol", "article", "decision", "remedy"]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "element", "helps"),
    [
        ({"flow": "zorgtoeslagen"}, "flow", "zorgtoeslag"),
        ({"fields": ["pijler9"]}, "fields", "pijler1"),
    ],
)
def test_a_check_of_an_unknown_flow_or_field_says_what_there_is(
    shared_space: RunningSpace, changes: dict[str, Any], element: str, helps: str
) -> None:
    body = {"credential": AHOVOKS, "flow": "zorgtoeslag", "insz": NOOR} | changes

    answer = shared_space.control("POST", "/check", body)

    assert (answer.status_code, answer.json()["issues"][0]["name"]) == (400, element)
    assert helps in answer.json()["remedy"]
    assert shared_space.leaves()[-1]["reasons"] == ["message-invalid"]


def test_decide_tells_reason_protocol_version_article_and_remedy(space: RunningSpace) -> None:
    from typer.testing import CliRunner

    from gateway.cli.main import app

    data = str(Path(space.ready["data"]))
    ask = ["decide", "--data", data, "--credential", "ahovoks-studietoelagen", "--insz", NOOR]

    weak = CliRunner().invoke(app, [*ask, "--flow", "zorgtoeslag", "--authentication", "password"])
    nobody = CliRunner().invoke(app, ["decide", "--data", data, "--credential", "dv-cc1700",
                                      "--insz", KARIM, "--flow", "jobbonus-dossier",
                                      "--no-enduser"])  # fmt: skip
    fund = CliRunner().invoke(app, ["decide", "--data", data, "--credential", "avsb", "--insz", KARIM,
                                    "--flow", "inburgering-advies", "--zorgkas", "zorgkas-1", "--json"])  # fmt: skip
    unknown = CliRunner().invoke(app, [*ask, "--flow", "nergens"])

    assert (weak.exit_code, nobody.exit_code, fund.exit_code, unknown.exit_code) == (2, 2, 2, 2)
    assert "authentication-too-weak (40006), protocol 004@1.0.0, art. 6" in weak.output
    assert "remedy: log in again" in weak.output
    assert "protocol 000@1.0.0, art. 6" in nobody.output
    assert json.loads(fund.output)["reason"] == "not-a-member"
    assert "jobbonusplus-verrichtingen" in unknown.output

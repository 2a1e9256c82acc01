"""Scenarios of the five texts that are consultations, each by its id and over every wire that has it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from lxml import etree

from gateway.settings import Settings
from gateway.simulation.host import Host
from gateway.simulation.units import ACCESS_MANAGER
from tests.agreement import WIRES, Asked, envelope
from tests.people import AMINA, ELIF, INES, JORIS, KARIM, LUKAS, NOBODY, NOOR, OSCAR, YUSUF, ZARA
from tests.running import ADVICE, CARE, TRANSACTIONS, RunningSpace

CARE_FLOW, PAID, ADVISED = "zorgtoeslag", "jobbonusplus-verrichtingen", "inburgering-advies"
AHOVOKS, KRING = "ahovoks-studietoelagen", "opgroeien-kring"
DOSSIER = "/v1/inkomen/jobbonus-dossier/vragen"
CLERK = "82722401041"
Told = tuple[str, str | None]
"""What a wire said: a reason and its code, or `answered`."""


def over_rest(space: RunningSpace, asked: Asked, enduser: str = CLERK) -> httpx.Response:
    wire = WIRES[asked.flow]
    stated = {"Sim_Purpose": asked.purpose, "Sim_Case": asked.case,
              "Sim_Authentication": asked.authentication, "X_Magda_Enduser_ID": enduser}  # fmt: skip
    said = {name: value for name, value in stated.items() if value is not None}
    return space.post(asked.unit, wire.path, wire.body(asked), **said)


def over_soap(space: RunningSpace, asked: Asked, enduser: str = CLERK) -> httpx.Response:
    text = envelope(asked, space.credential(asked.unit)).decode().replace(CLERK, enduser)
    return space.soap(asked.unit, text.encode())


def told(space: RunningSpace, asked: Asked, enduser: str = CLERK) -> Told:
    """What both wires say, which must be the same."""
    rest = over_rest(space, asked, enduser).json()
    root = etree.fromstring(over_soap(space, asked, enduser).content)
    said = {e.findtext("Naam"): e.findtext("Waarde") for e in root.iter("Annotatie")}
    found = [e for e in root.iter("Uitzondering") if e.findtext("Type") == "FOUT"]
    soap = (said["reason"], found[0].findtext("Identificatie")) if found else ("answered", None)
    assert soap == (rest.get("reason", "answered"), rest.get("code"))
    return rest.get("reason", "answered"), rest.get("code")


def about(unit: str, flow: str, insz: str, **more: Any) -> Asked:
    return Asked(unit=unit, flow=flow, insz=insz, **more)


@contextmanager
def opened_at(folder: Path, clock: str, **more: Any) -> Iterator[RunningSpace]:
    """A space that starts at an instant, without a provider that delivers by itself."""
    options = Settings(data=folder / "s", http_port=0, sftp_port=0, clock=clock, demo=True, **more)
    host = Host(options)
    try:
        space = RunningSpace(host, host.start())
        space.control("PUT", "/providers/wewis", {"automatic": False})
        yield space
    finally:
        host.stop()


def act(space: RunningSpace, protocol: str, by: str, kind: str, **more: Any) -> None:
    path = f"/v1/protocollen/{protocol}/gebeurtenissen"
    body = {"soort": kind, "door": by, **more}
    token = {"Authorization": f"Bearer {space.ready['control_token']}"}
    done = httpx.post(space.http + path, json=body, headers=token, trust_env=False)
    assert done.status_code == 201, done.text


@pytest.fixture(scope="module")
def filed(shared_space: RunningSpace) -> RunningSpace:
    """A space where those who ask about somebody have a file of theirs."""
    for unit in (
        "vutg-rechten",
        "vutg-audit",
        "vutg-toezicht",
        "vutg-bemiddeling",
        KRING,
        "parentia",
    ):
        shared_space.register(unit, KARIM)
    shared_space.register(AHOVOKS, NOOR, LUKAS)
    return shared_space


# --- 000 ---------------------------------------------------------------------------------------


def a_question(space: RunningSpace, unit: str = "dv-cc1700", **headers: str) -> httpx.Response:
    said = {"X_Magda_Enduser_ID": CLERK} | headers
    return space.post(unit, DOSSIER, {"insz": JORIS, "vraag": "?", "kanaal": "telefoon"}, **said)


def test_000_11_an_employee_of_an_own_service_has_no_access(shared_space: RunningSpace) -> None:
    answer = a_question(shared_space, "dv-diensten").json()

    assert (answer["reason"], answer["code"], answer["article"]) == ("unit-refused", "13001", "art. 4")  # fmt: skip


def test_000_13_a_password_or_a_shared_account_is_too_weak(shared_space: RunningSpace) -> None:
    password = a_question(shared_space, Sim_Authentication="password").json()
    body = {"insz": JORIS, "vraag": "?", "kanaal": "telefoon"}
    shared = shared_space.post("dv-cc1700", DOSSIER, body).json()

    for answer in (password, shared):
        assert (answer["reason"], answer["code"]) == ("authentication-too-weak", "40006")
        assert answer["article"] == "art. 6"


def test_000_22_the_day_before_the_signature_and_the_day_itself(tmp_path: Path) -> None:
    with opened_at(tmp_path, "2022-10-25T23:59:59+02:00") as space:
        before = a_question(space).json()["reason"]
        space.control("POST", "/clock/advance", {"seconds": 1})

        assert before == "protocol-not-in-force"
        assert a_question(space).status_code == 201


def test_000_25_jobbonus_plus_is_another_measure_under_another_protocol(
    shared_space: RunningSpace,
) -> None:
    assert told(shared_space, about("dv-cc1700", PAID, KARIM)) == ("no-protocol", "13001")


# --- 001 ---------------------------------------------------------------------------------------


def test_001_16_nobody_is_searched_by_name_or_address(filed: RunningSpace) -> None:
    for member in ("naam", "adres"):
        answer = filed.post("vutg-rechten", TRANSACTIONS, {member: "iemand"})
        assert (answer.status_code, answer.json()["reason"]) == (400, "message-invalid")
    asked = envelope(about("vutg-rechten", PAID, KARIM), filed.credential("vutg-rechten"))
    named = asked.replace(f"<INSZ>{KARIM}</INSZ>".encode(), b"<Naam>iemand</Naam>")

    answer = filed.soap("vutg-rechten", named)

    assert answer.status_code == 500
    assert b"10001 - " in answer.content


def test_001_18_audit_of_a_private_payer_is_not_listed(shared_space: RunningSpace) -> None:
    for case in (None, "Z-1"):
        asked = about("infino-audit", PAID, KARIM, case=case)
        assert told(shared_space, asked) == ("unit-not-listed", "13001")


@pytest.mark.parametrize(
    ("unit", "case"),
    [("vutg-rechten", None), ("vutg-audit", "A-7"), ("vutg-toezicht", "T-2"), ("vutg-bemiddeling", "K-9")],
)  # fmt: skip
def test_001_19_each_team_of_vutg_asks_for_its_own_purpose(
    filed: RunningSpace, unit: str, case: str | None
) -> None:
    purpose = {"vutg-rechten": "rechtentoekenning"}.get(unit, unit.removeprefix("vutg-"))

    assert told(filed, about(unit, PAID, KARIM, case=case, purpose=purpose)) == ("answered", None)
    assert filed.leaves()[-1]["purpose"] == purpose
    if case is not None:
        assert told(filed, about(unit, PAID, KARIM)) == ("case-required", "13001")


def test_001_24_no_other_team_of_opgroeien_sees_rows(shared_space: RunningSpace) -> None:
    policy = told(shared_space, about("opgroeien-beleid", PAID, KARIM))
    other = told(shared_space, about("opgroeien", PAID, KARIM))

    assert policy == ("purpose-not-agreed", "13001")
    assert other == ("unit-not-listed", "13001")


def test_001_28_a_suspended_consultation_stops_one_payer_and_nobody_else(
    space: RunningSpace,
) -> None:
    for unit in ("parentia", "infino"):
        space.register(unit, KARIM)
    act(space, "001", "wewis", "schorsing", partij="parentia", stroom=PAID)

    assert told(space, about("parentia", PAID, KARIM)) == ("protocol-suspended", "13001")
    assert told(space, about("infino", PAID, KARIM)) == ("answered", None)
    rights = space.get(
        "/v1/rechten", Authorization=f"Bearer {space.credential('parentia')['token']}"
    )
    open_to = {one["stroom"]: one["mag"] for one in rights.json()["rechten"]}
    assert (open_to["jobbonusplus-mutaties"], open_to[PAID]) == (True, False)


def test_001_31_after_notice_the_last_call_is_on_the_last_day_of_its_term(tmp_path: Path) -> None:
    with opened_at(tmp_path, "2025-06-01T10:00:00+02:00") as space:
        for unit in ("kidslife", "infino"):
            body = {"insz": KARIM, "periode": {"begin": "2025-06-01", "einde": None}}
            assert space.post(unit, "/v1/repertorium/inschrijvingen", body).status_code == 200
        act(space, "001", "kidslife", "opzegging", stuk="sha256:" + "a" * 64)
        space.control("PUT", "/clock", {"at": "2025-08-31T23:59:59+02:00"})
        last = told(space, about("kidslife", PAID, KARIM))
        space.control("POST", "/clock/advance", {"seconds": 1})

        assert last == ("answered", None)
        assert told(space, about("kidslife", PAID, KARIM)) == ("protocol-ended", "13001")
        assert told(space, about("infino", PAID, KARIM)) == ("answered", None)


def test_001_34_an_inadequate_machtiging_stops_every_consult(space: RunningSpace) -> None:
    space.register("infino", KARIM)
    act(space, "001", "wewis", "machtiging-ontoereikend")

    for unit in ("infino", "vutg-rechten", KRING):
        assert told(space, about(unit, PAID, KARIM)) == ("instrument-not-active", "13001")


def test_001_36_a_consult_from_kring_has_one_entry_that_says_who_what_when_and_why(
    space: RunningSpace,
) -> None:
    space.register(KRING, KARIM)
    before = len(space.leaves())

    answer = over_rest(space, about(KRING, PAID, KARIM, case="D-3"))

    (leaf,) = space.leaves()[before:]
    position = int(answer.headers["sim-decision"].removeprefix("D-"))
    assert position == before + 1
    assert (leaf["credential"], leaf["unit"], leaf["has-actor"]) == (KRING, KRING, True)
    assert (leaf["service"], leaf["purpose"]) == ("GeefJobbonusPlusVerrichtingen-01.00", "gegevensnetwerk")  # fmt: skip
    assert leaf["at"].startswith("2025-03-10T08:00:00")
    (entry,) = space.host.space.gateway.log.reader.entries(position, position)
    assert entry.words is not None
    private = json.loads(entry.words)
    assert (private["insz"], private["actor"], private["case"]) == ([KARIM], CLERK, "D-3")
    assert KARIM not in json.dumps(leaf)


def test_001_43_the_day_before_the_last_signature_and_the_day_itself(tmp_path: Path) -> None:
    with opened_at(tmp_path, "2025-03-03T23:59:59+01:00") as space:
        before = told(space, about("infino", PAID, KARIM))
        space.control("POST", "/clock/advance", {"seconds": 1})

        assert before == ("protocol-not-in-force", "13001")
        assert told(space, about("infino", PAID, KARIM)) == ("not-registered", "13202")


# --- 002 ---------------------------------------------------------------------------------------


def advised(space: RunningSpace, person: str) -> tuple[str | None, str | None]:
    """Result and reason, the same on both wires."""
    rest = over_rest(space, about("avsb", ADVISED, person)).json()
    root = etree.fromstring(over_soap(space, about("avsb", ADVISED, person)).content)
    found = rest.get("advies"), rest.get("reden")
    assert found == (root.findtext(".//Resultaat"), root.findtext(".//Reden"))
    assert rest["insz"] == root.findtext(".//Advies/INSZ") == person
    return found


def test_002_01_who_fulfils_the_duty_is_ok_without_a_reason(shared_space: RunningSpace) -> None:
    assert advised(shared_space, AMINA) == ("OK", None)


def test_002_03_who_is_under_no_duty_is_ok_without_a_reason(shared_space: RunningSpace) -> None:
    assert advised(shared_space, KARIM) == ("OK", None)


def test_002_04_a_reason_stands_beside_nok_only(shared_space: RunningSpace) -> None:
    assert advised(shared_space, ZARA) == ("NOK", "geen attest van inburgering")
    assert [advised(shared_space, one)[1] for one in (AMINA, KARIM, ELIF)] == [None] * 3
    assert told(shared_space, about("avsb", ADVISED, YUSUF)) == ("no-data", "30001")


def test_002_07_an_opening_date_before_2022_is_too_early(shared_space: RunningSpace) -> None:
    body = {"insz": ZARA, "openingsdatum": "2021-12-31"}
    asked = envelope(about("avsb", ADVISED, ZARA), shared_space.credential("avsb"))

    rest = shared_space.post("avsb", ADVICE, body).json()
    soap = shared_space.soap(
        "avsb", asked.replace(b">2025-03-10</Openings", b">2021-12-31</Openings")
    )

    assert (rest["reason"], rest["code"]) == ("flow-not-open", "13001")
    assert etree.fromstring(soap.content).findtext(".//Uitzondering/Identificatie") == "13001"


@pytest.mark.parametrize("unit", [f"zorgkas-{n}" for n in range(1, 7)])
def test_002_13_a_care_fund_does_not_ask_itself(shared_space: RunningSpace, unit: str) -> None:
    assert told(shared_space, about(unit, ADVISED, ZARA)) == ("no-protocol", "13001")


def test_002_31_who_says_who_has_access_does_not_use_it(shared_space: RunningSpace) -> None:
    asked = about("avsb", ADVISED, ZARA)

    assert told(shared_space, asked, ACCESS_MANAGER) == ("duties-not-separated", "40006")
    assert told(shared_space, asked) == ("answered", None)
    check = {"credential": "avsb", "flow": ADVISED, "insz": ZARA, "enduser": ACCESS_MANAGER}
    assert shared_space.control("POST", "/check", check).json()["reason"] == "duties-not-separated"


@pytest.mark.parametrize(
    ("clock", "asked"),
    [
        ("2025-03-10T03:12:00+01:00", about("avsb", ADVISED, AMINA)),
        ("2031-01-01T03:00:00+01:00", about(AHOVOKS, CARE_FLOW, NOOR)),
    ],
    ids=["002-33", "004-16"],
)
def test_a_permanent_flow_answers_at_night_and_in_any_year(
    tmp_path: Path, clock: str, asked: Asked
) -> None:
    with opened_at(tmp_path, clock) as space:
        body = {"insz": NOOR, "periode": {"begin": clock[:10], "einde": None}}
        space.post(AHOVOKS, "/v1/repertorium/inschrijvingen", body)

        assert told(space, asked) == ("answered", None)


# --- 004 ---------------------------------------------------------------------------------------


def test_004_01_ahovoks_gets_what_article_3_lists_and_nothing_else(filed: RunningSpace) -> None:
    rest = over_rest(filed, about(AHOVOKS, CARE_FLOW, NOOR)).json()
    soap = etree.fromstring(over_soap(filed, about(AHOVOKS, CARE_FLOW, NOOR)).content)

    period = {"begin": "2023-09-01", "einde": "2026-08-31"}
    assert rest["erkenningen"] == [{"pijler1": 4, "periode": period}]
    content = soap.find(".//Zorgtoeslag")
    assert content is not None
    leaves = {str(e.tag): e.text for e in content.iter() if len(e) == 0}
    assert leaves == {"INSZ": NOOR, "Begindatum": "2023-09-01", "Einddatum": "2026-08-31", "Pijler1": "4"}  # fmt: skip


def test_004_03_the_state_of_an_application_is_filtered_and_alone_it_is_15021(
    filed: RunningSpace,
) -> None:
    both = over_rest(filed, about(AHOVOKS, CARE_FLOW, NOOR, wants_application=True)).json()
    asked = about(AHOVOKS, CARE_FLOW, NOOR, wants_application=True, wants_recognitions=False)

    assert "statusAanvraag" not in both
    assert {"veld": "statusAanvraag", "artikel": "art. 3"} in both["achtergehouden"]
    assert told(filed, asked) == ("nothing-permitted", "15021")


def test_004_06_and_07_recognitions_that_touch_the_day_and_30001_where_none_does(
    tmp_path: Path,
) -> None:
    """Ines was recognised from 2022-04-01 to 2025-03-31."""
    with opened_at(tmp_path, "2025-05-01T08:00:00+02:00") as space:
        body = {"insz": INES, "periode": {"begin": "2025-05-01", "einde": None}}
        assert space.post(AHOVOKS, "/v1/repertorium/inschrijvingen", body).status_code == 200

        def found(day: str) -> Any:
            answer = space.post(AHOVOKS, CARE, {"insz": INES, "referentiedatum": day}).json()
            return answer.get("code") or len(answer["erkenningen"])

        days = ("2022-03-31", "2022-04-01", "2025-03-31", "2025-04-01")
        assert [found(day) for day in days] == ["30001", 1, 1, "30001"]


@pytest.mark.parametrize("person", [AMINA, NOBODY])
def test_004_13_a_child_without_a_file_is_refused_whether_known_or_not(
    shared_space: RunningSpace, person: str
) -> None:
    assert told(shared_space, about(AHOVOKS, CARE_FLOW, person)) == ("not-registered", "13202")


def test_004_21_misuse_ends_it_at_once(space: RunningSpace) -> None:
    space.register(AHOVOKS, NOOR)
    before = told(space, about(AHOVOKS, CARE_FLOW, NOOR))
    act(space, "004", "opgroeien", "beeindiging")

    assert before == ("answered", None)
    assert told(space, about(AHOVOKS, CARE_FLOW, NOOR)) == ("protocol-ended", "13001")


@pytest.mark.parametrize("unit", ["vutg-rechten", "infino", "parentia", "opgroeien"])
def test_004_25_nobody_else_uses_the_protocol_of_ahovoks(
    shared_space: RunningSpace, unit: str
) -> None:
    assert told(shared_space, about(unit, CARE_FLOW, NOOR)) == ("no-protocol", "13001")


# --- across ------------------------------------------------------------------------------------


def test_x_02_notice_ends_at_local_midnight_after_the_day_that_lost_an_hour(
    tmp_path: Path,
) -> None:
    """Notice of 30 December ends on 30 March 2026; on the 29th the clocks go forward."""
    with opened_at(tmp_path, "2025-12-30T12:00:00+01:00") as space:
        body = {"insz": KARIM, "periode": {"begin": "2025-12-30", "einde": None}}
        space.post("kidslife", "/v1/repertorium/inschrijvingen", body)
        act(space, "001", "kidslife", "opzegging", stuk="sha256:" + "a" * 64)
        space.control("PUT", "/clock", {"at": "2026-03-29T23:59:59+02:00"})
        last = told(space, about("kidslife", PAID, KARIM))
        space.control("POST", "/clock/advance", {"seconds": 1})

        assert last == ("answered", None)
        assert told(space, about("kidslife", PAID, KARIM)) == ("protocol-ended", "13001")


def test_x_13_separators_are_stripped_wrong_digits_are_20002_and_a_replaced_number_is_told(
    filed: RunningSpace,
) -> None:
    written = f"{NOOR[:2]}.{NOOR[2:4]}.{NOOR[4:6]}-{NOOR[6:9]}.{NOOR[9:]}"
    filed.register("parentia", OSCAR)

    assert told(filed, about(AHOVOKS, CARE_FLOW, written)) == ("answered", None)
    assert told(filed, about(AHOVOKS, CARE_FLOW, "12631400208")) == ("insz-invalid", "20002")
    assert told(filed, about(AHOVOKS, CARE_FLOW, "85020100023")) == ("not-a-test-number", "20002")
    replaced = over_soap(filed, about("parentia", PAID, OSCAR)).text
    assert "<Waarde>75700100590</Waarde>" in replaced
    assert "<Waarde>75700100788</Waarde>" in replaced


def test_x_13_without_strictness_other_numbers_are_asked_too(tmp_path: Path) -> None:
    with opened_at(tmp_path, "2025-03-10T08:00:00+01:00", strict=False) as space:
        assert told(space, about(AHOVOKS, CARE_FLOW, "85020100023")) == ("not-registered", "13202")


def test_x_14_a_second_question_online_is_a_fault(filed: RunningSpace) -> None:
    one = envelope(about(AHOVOKS, CARE_FLOW, NOOR), filed.credential(AHOVOKS)).decode()
    begin, end = one.index("<Vraag>"), one.index("</Vraag>") + len("</Vraag>")
    before = len(filed.leaves())

    answer = filed.soap(AHOVOKS, (one[:end] + one[begin:end] + one[end:]).encode())

    assert answer.status_code == 500
    assert b"10001 - " in answer.content
    assert NOOR.encode() not in answer.content
    assert [leaf["reasons"] for leaf in filed.leaves()[before:]] == [["message-invalid"]]

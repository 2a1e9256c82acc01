"""What scenarios of consultations do not say: the bytes on the wires, the private words of an entry, a unit's rights."""

import json
from typing import Any

import httpx
import pytest
from lxml import etree

from tests.agreement import WIRES, Asked, envelope
from tests.people import KARIM, NOOR
from tests.running import TRANSACTIONS, RunningSpace

CARE_FLOW, PAID = "zorgtoeslag", "jobbonusplus-verrichtingen"
AHOVOKS, KRING = "ahovoks-studietoelagen", "opgroeien-kring"
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


def act(space: RunningSpace, protocol: str, by: str, kind: str, **more: Any) -> None:
    path = f"/v1/protocollen/{protocol}/gebeurtenissen"
    body = {"soort": kind, "door": by, **more}
    token = {"Authorization": f"Bearer {space.ready['control_token']}"}
    done = httpx.post(space.http + path, json=body, headers=token, trust_env=False)
    assert done.status_code == 201, done.text


@pytest.fixture(scope="module")
def filed(shared_space: RunningSpace) -> RunningSpace:
    """A space where those who ask about somebody have a file of theirs."""
    shared_space.register("vutg-rechten", KARIM)
    shared_space.register(AHOVOKS, NOOR)
    return shared_space


def test_001_16_nobody_is_searched_by_name_or_address(filed: RunningSpace) -> None:
    for member in ("naam", "adres"):
        answer = filed.post("vutg-rechten", TRANSACTIONS, {member: "iemand"})
        assert (answer.status_code, answer.json()["reason"]) == (400, "message-invalid")
    asked = envelope(about("vutg-rechten", PAID, KARIM), filed.credential("vutg-rechten"))
    named = asked.replace(f"<INSZ>{KARIM}</INSZ>".encode(), b"<Naam>iemand</Naam>")

    answer = filed.soap("vutg-rechten", named)

    assert answer.status_code == 500
    assert b"10001 - " in answer.content


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


def test_004_01_ahovoks_gets_what_article_3_lists_and_nothing_else(filed: RunningSpace) -> None:
    rest = over_rest(filed, about(AHOVOKS, CARE_FLOW, NOOR)).json()
    soap = etree.fromstring(over_soap(filed, about(AHOVOKS, CARE_FLOW, NOOR)).content)

    period = {"begin": "2023-09-01", "einde": "2026-08-31"}
    assert rest["erkenningen"] == [{"pijler1": 4, "periode": period}]
    content = soap.find(".//Zorgtoeslag")
    assert content is not None
    leaves = {str(e.tag): e.text for e in content.iter() if len(e) == 0}
    assert leaves == {"INSZ": NOOR, "Begindatum": "2023-09-01", "Einddatum": "2026-08-31", "Pijler1": "4"}  # fmt: skip

"""What an error says and what it does not: where it points, several at once, nothing of what may not leave."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from lxml import etree

from gateway.contracts.quirks import Quirk
from gateway.settings import DEMO_CLOCK, Settings
from gateway.simulation.host import Host
from tests.agreement import Asked, envelope
from tests.people import KARIM, NOOR, OSCAR
from tests.running import ADVICE, CARE, REGISTER, START, TRANSACTIONS, RunningSpace
from tests.stock_soap import verzoek, zeep_client
from tests.texts import Text, Texts, flow_of, law_of

AHOVOKS, KIDSLIFE = "ahovoks-studietoelagen", "kidslife"
OSCAR_NOW = "75700100788"
FLOW = "jobbonusplus-verrichtingen"


def asked(space: RunningSpace, unit: str, flow: str, person: str, **more: Any) -> httpx.Response:
    one = Asked(unit=unit, flow=flow, insz=person, **more)
    return space.soap(unit, envelope(one, space.credential(unit)))


def repliek(answer: httpx.Response) -> etree._Element:
    return etree.fromstring(answer.content)[-1][0][0]


def exceptions(answer: httpx.Response) -> list[etree._Element]:
    return list(repliek(answer).iter("Uitzondering"))


def test_a_warning_points_at_the_element_that_it_tells_of(space: RunningSpace) -> None:
    space.register(KIDSLIFE, OSCAR)

    answer = asked(space, KIDSLIFE, FLOW, OSCAR)

    (warning,) = exceptions(answer)
    assert (warning.findtext("Identificatie"), warning.findtext("Type")) == (
        "30004",
        "WAARSCHUWING",
    )
    said = {one.findtext("Naam"): one.findtext("Waarde") for one in warning.iter("Annotatie")}
    assert said == {"Oud INSZ": OSCAR, "Nieuw INSZ": OSCAR_NOW}
    reference = warning.findtext("ElementReferenties/ElementReferentie")
    assert reference == "//Inhoud/Verrichtingen/INSZ"
    assert [e.text for e in repliek(answer).findall(f".{reference}")] == [OSCAR_NOW]


def test_over_rest_the_same_warning_names_the_field(space: RunningSpace) -> None:
    space.register(KIDSLIFE, OSCAR)

    answer = space.post(KIDSLIFE, TRANSACTIONS, {"insz": OSCAR})

    (warning,) = json.loads(answer.headers["x-magda-exceptions"])
    assert warning == {
        "code": "30004", "soort": "WAARSCHUWING", "diagnose": "Het INSZ werd vervangen",
        "reden": "insz-replaced", "veld": "insz",
    }  # fmt: skip


def test_an_exception_that_points_at_what_is_not_listed_leaves_no_trace(
    space: RunningSpace,
) -> None:
    """Nothing changes but that article 3 no longer lists the number."""
    space.register(KIDSLIFE, OSCAR)
    before = asked(space, KIDSLIFE, FLOW, OSCAR)

    def without_number(texts: Texts) -> None:
        flow: Text = flow_of(texts["001"], FLOW)
        flow["fields"].remove("insz")

    space.host.space.gateway.protocols.replace(law_of("without number", without_number).compiled)
    soap = asked(space, KIDSLIFE, FLOW, OSCAR)
    rest = space.post(KIDSLIFE, TRANSACTIONS, {"insz": OSCAR})

    assert OSCAR_NOW in before.text
    for answer in (soap, rest):
        assert "600.00" in answer.text
        assert OSCAR_NOW not in answer.text
        assert OSCAR_NOW not in str(answer.headers)
        assert "30004" not in answer.text
    assert "INSZ" not in etree.tostring(next(repliek(soap).iter("Antwoorden"))).decode()
    assert "x-magda-exceptions" not in rest.headers


def test_several_exceptions_come_at_once_each_with_its_place(space: RunningSpace) -> None:
    one = Asked(unit=AHOVOKS, flow="zorgtoeslag", insz="12631400208", wants_recognitions=False)
    raw = envelope(one, space.credential(AHOVOKS)).decode()
    raw = raw.replace("2024-12-31", "2024-13-31").replace("<Taal>nl", "<Taal>xx")

    answer = space.soap(AHOVOKS, raw.encode())
    body = {"insz": "12631400208", "referentiedatum": "2024-13-31", "taal": "xx",
            "gewensteInformatie": {"erkenningen": False}}  # fmt: skip
    rest = space.post(AHOVOKS, CARE, body).json()

    found = {e.findtext("Identificatie"): e.findtext("Omstandigheid") for e in exceptions(answer)}
    assert found == {
        "20002": "insz", "20001": "referentiedatum", "40102": "gewensteInformatie", "25001": "taal",
    }  # fmt: skip
    assert {e.getparent().getparent().tag for e in exceptions(answer)} == {"Antwoord"}  # type: ignore[union-attr]  # it has
    assert {one["code"] for one in rest["reasons"]} == set(found)
    assert {one["name"] for one in rest["issues"]} == set(found.values())


def test_several_exceptions_at_level_2(space: RunningSpace) -> None:
    raw = envelope(Asked(unit=AHOVOKS, flow="zorgtoeslag", insz=NOOR), space.credential("infino"))

    answer = space.soap(AHOVOKS, raw)

    assert [e.findtext("Identificatie") for e in exceptions(answer)] == ["20005", "20005"]
    assert repliek(answer).find("Antwoorden") is None


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("X-Magda-Enduser-ID", "1234"),
        ("Sim-Authentication", "wachtwoord"),
        ("x-correlation-id", "x" * 65),
    ],
)
def test_an_issue_with_a_header_says_so(
    shared_space: RunningSpace, header: str, value: str
) -> None:
    body = {"insz": NOOR, "referentiedatum": START}

    answer = shared_space.post(AHOVOKS, CARE, body, **{header: value})

    (issue,) = answer.json()["issues"]
    assert (issue["in"], issue["name"]) == ("header", header)
    assert value not in issue["detail"]


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[RunningSpace]:
    """A space that says no more than the real platform."""
    options = Settings(data=tmp_path / "plain", http_port=0, sftp_port=0, clock=DEMO_CLOCK, demo=True,
                       fidelity="magda")  # fmt: skip
    host = Host(options)
    try:
        yield RunningSpace(host, host.start())
    finally:
        host.stop()


OURS = ("reason", "reden", "protocol", "article", "artikel", "decision", "remedy", "004@", "art. ",
        "achtergehouden", "veld", "D-")  # fmt: skip


def test_fidelity_drops_on_both_wires_what_the_platform_would_not_say(plain: RunningSpace) -> None:
    day = {"referentiedatum": "2024-12-31"}
    refused = plain.post(AHOVOKS, CARE, {"insz": NOOR, **day})
    invalid = plain.post(AHOVOKS, CARE, {"insz": "12631400208", **day})
    plain.register(AHOVOKS, NOOR)
    plain.register(KIDSLIFE, OSCAR)
    again = plain.post(AHOVOKS, REGISTER, {"insz": NOOR, "periode": {"begin": START}})
    answers = [
        refused, invalid, again,
        plain.post(AHOVOKS, CARE, {"insz": NOOR, **day}),
        plain.post(KIDSLIFE, TRANSACTIONS, {"insz": OSCAR}),
        plain.post(KIDSLIFE, ADVICE, {"insz": OSCAR, "openingsdatum": START}),
        plain.post(None, CARE, b"{}"),
        asked(plain, AHOVOKS, "zorgtoeslag", NOOR, wants_application=True),
        asked(plain, AHOVOKS, "zorgtoeslag", NOOR, wants_application=True, wants_recognitions=False),
        asked(plain, AHOVOKS, "zorgtoeslag", "12631400208"),
        asked(plain, KIDSLIFE, "zorgtoeslag", NOOR),
        asked(plain, KIDSLIFE, FLOW, OSCAR),
        plain.soap(AHOVOKS, b"<niets/>"),
        plain.soap(None, b"<niets/>"),
    ]  # fmt: skip

    for answer in answers:
        said = answer.text + answer.headers.get("x-magda-exceptions", "")
        assert [word for word in OURS if word in said] == [], said
    assert list(refused.json()) == ["type", "title", "status", "detail", "instance", "code"]
    assert invalid.json()["issues"] == [
        {"in": "body", "name": "insz", "detail": "INSZ in de vraag heeft een ongeldige structuur"}
    ]
    assert again.json()["uitzonderingen"] == [
        {"code": "40143", "soort": "WAARSCHUWING",
         "diagnose": "De inschrijving in het MAGDA repertorium bestaat al"},
    ]  # fmt: skip


def test_fidelity_keeps_what_the_platform_says_too(plain: RunningSpace) -> None:
    plain.register(KIDSLIFE, OSCAR)

    (warning,) = exceptions(asked(plain, KIDSLIFE, FLOW, OSCAR))

    assert warning.findtext("ElementReferenties/ElementReferentie") == "//Inhoud/Verrichtingen/INSZ"
    assert {one.findtext("Naam") for one in warning.iter("Annotatie")} == {"Oud INSZ", "Nieuw INSZ"}


def test_with_every_quirk_on_a_stock_client_still_gets_its_answer(tmp_path: Path) -> None:
    options = Settings(data=tmp_path / "odd", http_port=0, sftp_port=0, clock=DEMO_CLOCK, demo=True,
                       quirks=",".join(Quirk))  # fmt: skip
    host = Host(options)
    try:
        space = RunningSpace(host, host.start())
        space.register(KIDSLIFE, KARIM)
        name = "GeefJobbonusPlusVerrichtingen"
        client = zeep_client(space, KIDSLIFE, f"/{name}Dienst-01.00/soap/WebService")
        told = client.service.GeefJobbonusPlusVerrichtingen(
            Verzoek=verzoek(space, KIDSLIFE, name, "01.00", {"Criteria": {"INSZ": KARIM}})
        )
        refused = asked(space, KIDSLIFE, FLOW, NOOR)
        fault = space.soap(None, b"<niets/>")
    finally:
        host.stop()

    assert told.Context.Naam == f"Werk.{name}"
    assert told.Context.Bericht.Tijdstip.Tijd == "08:00:00"
    assert told.Context.Bericht.Afzender.Naam is None
    assert told.Antwoorden.Antwoord.Inhoud.Verrichtingen.Verrichting[0].VerrichtingBedrag == 600
    assert repliek(refused).findtext("Uitzonderingen/Uitzondering/Identificatie") == "13202"
    assert fault.status_code == 200
    assert "soapenv:Server" in fault.text

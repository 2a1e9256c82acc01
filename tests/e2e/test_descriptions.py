"""WSDL and XSD: whole to anybody, to a unit as its protocols leave them now, at the address that was called."""

from pathlib import Path
from typing import Any

import httpx
import pytest
import zeep
from lxml import etree

from gateway.settings import DEMO_CLOCK, Settings
from gateway.simulation.host import Host
from gateway.simulation.units import UNITS
from gateway.web.soap.names import PATHS, SOAP_NAMES
from gateway.web.soap.schemas import schema_text
from tests.agreement import Asked, envelope
from tests.left_schemas import BODY
from tests.people import ELIF, KARIM, NOOR
from tests.running import RunningSpace
from tests.stock_soap import verzoek, zeep_client
from tests.tls import client as tls_client

XS = "{http://www.w3.org/2001/XMLSchema}"
SOAP = "{http://schemas.xmlsoap.org/wsdl/soap/}"
AHOVOKS, KRING = "ahovoks-studietoelagen", "opgroeien-kring"
CARE = "/GeefZorgtoeslagDienst-02.00/soap/WebService"
TRANSACTIONS = "/GeefJobbonusPlusVerrichtingenDienst-01.00/soap/WebService"
MANDATORY_AND_NOT_LISTED = {"DatumBeslissing", "Wetgeving", "StatusBeslissing"}
LISTED = [
    "INSZ", "Erkenningen", "Erkenning", "StatusErkenning", "PeriodeErkenning", "Begindatum",
    "Einddatum", "ResultaatErkenningKind", "Pijlers", "Pijler1",
]  # fmt: skip


def described(space: RunningSpace, unit: str | None, what: str, **headers: str) -> httpx.Response:
    own = {"Authorization": f"Bearer {space.credential(unit)['token']}"} if unit else {}
    return space.get(what, **(own | headers))


def answer_elements(description: bytes, service: str = "GeefZorgtoeslag") -> list[str]:
    """The names inside `Inhoud` of the answer, in order; empty where there is no `Inhoud`."""
    root = etree.fromstring(description)
    (response,) = (e for e in root.iter(f"{XS}element") if e.get("name") == f"{service}Response")
    content = [e for e in response.iter(f"{XS}element") if e.get("name") == "Inhoud"]
    if not content:
        return []
    return [str(e.get("name")) for e in content[0].iter(f"{XS}element")][2:]


def mandatory(description: bytes) -> set[str]:
    root = etree.fromstring(description)
    return {str(e.get("name")) for e in root.iter(f"{XS}element") if e.get("minOccurs") != "0"}


def test_anybody_gets_the_whole_schema_and_nothing_is_entered(space: RunningSpace) -> None:
    answer = described(space, None, f"{CARE}?wsdl")

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/xml")
    assert mandatory(answer.content) >= MANDATORY_AND_NOT_LISTED
    assert answer_elements(answer.content) == answer_elements(schema_text("GeefZorgtoeslag-02.00"))
    assert space.leaves() == []


def test_a_unit_gets_the_schema_as_its_protocol_leaves_it_and_that_is_entered(
    space: RunningSpace,
) -> None:
    answer = described(space, AHOVOKS, f"{CARE}?wsdl")

    assert answer_elements(answer.content) == LISTED
    assert (answer.headers["sim-protocol"], answer.headers["sim-decision"]) == ("004@1.0.0", "D-1")
    assert answer.headers["cache-control"] == "no-store"
    entry = space.leaves()[0]
    assert (entry["e"], entry["unit"], entry["protocol"]) == ("schema", AHOVOKS, "004@1.0.0")
    assert entry["services"] == ["GeefZorgtoeslag-02.00"]
    assert "Zoals 004@1.0.0 het nu laat aan ahovoks-studietoelagen" in answer.text


def test_a_certificate_does_as_well_as_a_token(space: RunningSpace) -> None:
    with tls_client(space, AHOVOKS) as connection:
        answer = connection.get(f"{CARE}?wsdl")

    assert answer_elements(answer.content) == LISTED
    assert f'location="{space.ready["https"]}{CARE}"' in answer.text


def test_the_question_stays_whole(shared_space: RunningSpace) -> None:
    """What may be asked is the service's own; the gateway leaves out of the answer."""

    def asked(unit: str | None) -> list[str]:
        root = etree.fromstring(described(shared_space, unit, f"{CARE}?xsd").content)
        (request,) = (e for e in root if e.get("name") == "GeefZorgtoeslag")
        return [str(e.get("name")) for e in request.iter(f"{XS}element")]

    assert asked(AHOVOKS) == asked(None)


@pytest.mark.parametrize("unit", ["zele-financien", "ahovoks-andere", "opgroeien-beleid"])
def test_who_may_have_nothing_is_told_of_nothing(shared_space: RunningSpace, unit: str) -> None:
    assert answer_elements(described(shared_space, unit, f"{CARE}?wsdl").content) == []


def test_at_this_instant_is_meant(space: RunningSpace) -> None:
    def left() -> list[str]:
        content = described(space, KRING, f"{TRANSACTIONS}?wsdl").content
        return answer_elements(content, "GeefJobbonusPlusVerrichtingen")

    def act(kind: str) -> None:
        path = "/v1/protocollen/001/gebeurtenissen"
        said = space.post("wewis", path, {"soort": kind}, content_type="application/json")
        assert said.status_code == 201, said.text

    before = left()
    act("schorsing")
    suspended = left()
    act("opheffing")

    assert "VerrichtingBedrag" in before
    assert suspended == []
    assert left() == before


@pytest.mark.parametrize("path", ["/soap", *sorted({name.path for name in SOAP_NAMES})])
def test_every_description_of_every_unit_is_one_that_a_stock_client_reads(
    shared_space: RunningSpace, tmp_path: Path, path: str
) -> None:
    """Those that say the same, but for the name of the unit, are read once."""
    make: Any = zeep
    told = {unit.key: described(shared_space, unit.key, f"{path}?wsdl").content for unit in UNITS}
    different = {content.replace(key.encode(), b"unit"): content for key, content in told.items()}
    for content in different.values():
        file = tmp_path / "beschrijving.wsdl"
        file.write_bytes(content)
        assert make.Client(str(file)).wsdl.services


@pytest.mark.parametrize("path", sorted(PATHS))
def test_the_address_is_the_one_that_was_called(shared_space: RunningSpace, path: str) -> None:
    root = etree.fromstring(described(shared_space, None, f"{path}?wsdl").content)

    assert {e.get("location") for e in root.iter(f"{SOAP}address")} == {shared_space.http + path}


def test_the_address_of_a_further_space_holds_its_prefix(space: RunningSpace) -> None:
    dispatcher = space.host._dispatcher
    dispatcher.spaces["t1"] = dispatcher.default
    at = f"/spaces/t1{CARE}"

    whole, own = (described(space, unit, f"{at}?wsdl") for unit in (None, AHOVOKS))

    for answer in (whole, own):
        assert f'location="{space.http}{at}"' in answer.text
    assert answer_elements(own.content) == LISTED


@pytest.mark.parametrize(
    ("trusted", "host", "expected"),
    [
        ("127.0.0.1", "magda.example", "https://magda.example"),
        ("127.0.0.1", "forged.example, magda.example:8443", "https://magda.example:8443"),
        ("10.9.8.0/24", "magda.example", None),
        ("", "magda.example", None),
    ],
)
def test_the_address_behind_a_proxy_is_the_proxys_where_it_is_believed(
    tmp_path: Path, trusted: str, host: str, expected: str | None
) -> None:
    options = Settings(data=tmp_path / "s", http_port=0, sftp_port=0, clock=DEMO_CLOCK, demo=True,
                       trusted_proxies=trusted)  # fmt: skip
    server = Host(options)
    try:
        space = RunningSpace(server, server.start())
        claims = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": host}
        text = described(space, None, f"{CARE}?wsdl", **claims).text
    finally:
        server.stop()

    assert f'location="{expected or space.http}{CARE}"' in text


@pytest.mark.parametrize("mark", ["wsdl", "WSDL", "singleWsdl", ""])
def test_clients_ask_for_it_in_many_ways(shared_space: RunningSpace, mark: str) -> None:
    assert b"definitions" in described(shared_space, None, f"{CARE}?{mark}").content


@pytest.mark.parametrize("unit", [None, AHOVOKS])
@pytest.mark.parametrize(
    "what", [f"{CARE}?xsd", f"{CARE}?XSD=GeefZorgtoeslag-02.00", "/soap?xsd=GeefZorgtoeslag-02.00"]
)
def test_a_schema_stands_by_itself(shared_space: RunningSpace, what: str, unit: str | None) -> None:
    content = described(shared_space, unit, what).content

    etree.XMLSchema(etree.fromstring(content))
    assert ("DatumBeslissing" in answer_elements(content)) is (unit is None)


@pytest.mark.parametrize("unit", [None, AHOVOKS])
@pytest.mark.parametrize("what", ["/soap?xsd", "/soap?xsd=Niets", f"{CARE}?xsd=GeefPersoon-02.02"])
def test_a_schema_that_is_not_there_is_told_what_there_is(
    space: RunningSpace, what: str, unit: str | None
) -> None:
    answer = described(space, unit, what)

    assert (answer.status_code, answer.json()["reason"]) == (404, "service-unknown")
    assert "GeefZorgtoeslag-02.00" in answer.json()["remedy"]
    assert space.leaves()[-1]["reasons"] == ["service-unknown"]
    assert answer.headers["sim-decision"] == "D-1"


def test_a_credential_that_does_not_hold_is_refused_and_entered(space: RunningSpace) -> None:
    answer = space.get(f"{CARE}?wsdl", Authorization="Bearer onzin")

    assert (answer.status_code, answer.json()["reason"]) == (401, "credential-invalid")
    entry = space.leaves()[-1]
    assert (entry["e"], entry["outcome"], entry["credential"]) == ("schema", "refusal", None)


def test_what_the_platform_would_not_say_is_not_said(tmp_path: Path) -> None:
    options = Settings(data=tmp_path / "s", http_port=0, sftp_port=0, clock=DEMO_CLOCK, demo=True,
                       fidelity="magda")  # fmt: skip
    server = Host(options)
    try:
        space = RunningSpace(server, server.start())
        content = described(space, AHOVOKS, f"{CARE}?wsdl").content
    finally:
        server.stop()

    assert answer_elements(content) == LISTED
    assert b"documentation" not in content


CRITERIA = {
    "INSZ": NOOR,
    "Referentiedatum": "2024-12-31",
    "GewensteInformatie": {"StatusAanvraag": "0", "Erkenningen": "1"},
}


def ask(space: RunningSpace, **how: Any) -> Any:
    client = zeep_client(space, AHOVOKS, CARE, **how)
    content = {"Criteria": CRITERIA, "Taal": "nl"}
    asked = verzoek(space, AHOVOKS, "GeefZorgtoeslag", "02.00", content)
    return client.service.GeefZorgtoeslag(Verzoek=asked).Antwoorden.Antwoord.Inhoud.Zorgtoeslag


def test_004_04_a_stock_zeep_client_as_it_comes_reads_the_answer_with_its_own_schema(
    space: RunningSpace,
) -> None:
    space.register(AHOVOKS, NOOR)

    (recognition,) = ask(space).Erkenningen.Erkenning

    assert recognition.ResultaatErkenningKind.Pijlers.Pijler1 == 4
    assert str(recognition.StatusErkenning.PeriodeErkenning.Einddatum) == "2026-08-31"


def test_004_04_with_the_whole_schema_it_must_be_told_not_to_be_strict(
    space: RunningSpace,
) -> None:
    """The law leaves out what that schema makes mandatory; nothing is faked to please a client."""
    space.register(AHOVOKS, NOOR)

    (recognition,) = ask(space, described_to=None, strict=False).Erkenningen.Erkenning

    assert recognition.ResultaatErkenningKind.Pijlers.Pijler1 == 4
    assert recognition.StatusErkenning.DatumBeslissing is None
    with pytest.raises(zeep.exceptions.XMLParseError, match="expected 'DatumBeslissing'"):
        ask(space, described_to=None, strict=True)


@pytest.mark.parametrize("described_to", [None, "me"])
def test_where_the_law_leaves_out_nothing_mandatory_each_schema_does_for_a_strict_client(
    space: RunningSpace, described_to: str | None
) -> None:
    space.register(KRING, KARIM, ELIF)
    name = "GeefJobbonusPlusVerrichtingen"
    client = zeep_client(space, KRING, TRANSACTIONS, described_to=described_to)

    asked = verzoek(space, KRING, name, "01.00", {"Criteria": {"INSZ": ELIF}})
    told = client.service.GeefJobbonusPlusVerrichtingen(Verzoek=asked)

    lines = told.Antwoorden.Antwoord.Inhoud.Verrichtingen.Verrichting
    assert [str(line.VerrichtingBedrag) for line in lines] == ["600.00", "-600.00"]


def test_an_answer_breaks_the_whole_schema_only_where_the_law_left_something_out(
    space: RunningSpace,
) -> None:
    space.register(AHOVOKS, NOOR)
    asked = envelope(Asked(unit=AHOVOKS, flow="zorgtoeslag", insz=NOOR), space.credential(AHOVOKS))
    body = etree.fromstring(space.soap(AHOVOKS, asked).content).find(BODY)
    assert body is not None

    whole, own = (
        etree.XMLSchema(etree.fromstring(described(space, unit, f"{CARE}?xsd").content))
        for unit in (None, AHOVOKS)
    )

    assert own.validate(body[0]), own.error_log
    assert not whole.validate(body[0])
    assert "DatumBeslissing" in str(whole.error_log)

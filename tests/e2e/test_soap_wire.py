"""SOAP as real clients send it: the samples, two namespace styles, zeep, and hostile input."""

import re
from datetime import date
from pathlib import Path

import httpx
import pytest
from lxml import etree

from consumers.answers import Refused
from tests.people import KARIM, NOOR
from tests.running import RunningSpace

SAMPLES = Path(__file__).parents[3] / "shared/samples/magda-mock/requests"
AHOVOKS = "ahovoks-studietoelagen"


def sample(name: str) -> bytes:
    path = SAMPLES / f"{name}.xml"
    if not path.exists():
        pytest.skip("the shared samples are not beside this checkout")
    return path.read_bytes()


def filled_in(space: RunningSpace, unit: str, message: bytes, person: str) -> bytes:
    """A sample with a known URI, hoedanigheid and test number in the place of its own."""
    one = space.credential(unit)
    text = message.decode()
    for element, value in (
        ("Identificatie", one["uri"]),
        ("Hoedanigheid", one["hoedanigheid"]),
        ("INSZ", person),
        ("Sleutel", person),
    ):
        text = re.sub(f"<{element}>[^<]*</{element}>", f"<{element}>{value}</{element}>", text)
    return text.encode()


def codes(answer: httpx.Response) -> list[str]:
    root = etree.fromstring(answer.content)
    return [element.text or "" for element in root.findall(".//Uitzondering/Identificatie")]


def is_fault(answer: httpx.Response) -> bool:
    return answer.status_code == 500 and b"Fault>" in answer.content


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("RegistreerInschrijving-02.00.0000", "20005"),
        ("RegistreerInschrijving-02.01.0000", "20005"),
        ("RegistreerUitschrijving-02.00.0000", "20005"),
        ("GeefPersoon-02.02.0000", "13001"),
    ],
)
def test_the_real_samples_parse_without_a_fault_as_they_are(
    shared_space: RunningSpace, name: str, code: str
) -> None:
    answer = shared_space.soap("vutg-rechten", sample(name))

    assert answer.status_code == 200
    assert set(codes(answer)) == {code}


@pytest.mark.parametrize(
    "name",
    [
        "RegistreerInschrijving-02.00.0000",
        "RegistreerInschrijving-02.01.0000",
        "RegistreerUitschrijving-02.00.0000",
    ],
)
def test_filled_in_samples_succeed(shared_space: RunningSpace, name: str) -> None:
    message = filled_in(shared_space, "vutg-rechten", sample(name), KARIM)

    answer = shared_space.soap("vutg-rechten", message)

    root = etree.fromstring(answer.content)
    result = root.find(".//Resultaat")
    assert result is not None, answer.text
    assert (result.text, result.get("Beschrijving")) == ("1", "Wel geslaagd")
    assert (
        root.findtext(".//Antwoord/Referte")
        == re.findall(rb"<Vraag>\s*<Referte>([^<]*)", message)[0].decode()
    )
    assert root.findtext(".//Ontvanger/Identificatie") == shared_space.credential("vutg-rechten")["uri"]  # fmt: skip
    assert root.findtext(".//Afzender/Identificatie") == "vip.vlaanderen.be"


def message(
    space: RunningSpace, *, content: str, style: str = "prefixed", reference: str = "r-1"
) -> bytes:
    """A GeefZorgtoeslag question in one of the two namespace styles that clients use."""
    namespace = "http://magda.vlaanderen.be/gezin/soap/geefzorgtoeslag/v02_00"
    one = space.credential(AHOVOKS)
    opening, closing, reset = {
        "prefixed": (f'<web:GeefZorgtoeslag xmlns:web="{namespace}">', "</web:GeefZorgtoeslag>", ""),
        "default": (f'<GeefZorgtoeslag xmlns="{namespace}">', "</GeefZorgtoeslag>", ' xmlns=""'),
    }[style]  # fmt: skip
    return (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
        f"{opening}<Verzoek{reset}><Context><Naam>GeefZorgtoeslag</Naam>"
        "<Versie>02.00.0000</Versie><Bericht><Type>VRAAG</Type><Tijdstip>"
        "<Datum>2025-03-10</Datum><Tijd>08:00</Tijd></Tijdstip><Afzender>"
        f"<Identificatie>{one['uri']}</Identificatie><Referte>{reference}</Referte>"
        f"<Hoedanigheid>{one['hoedanigheid']}</Hoedanigheid></Afzender></Bericht></Context>"
        f"<Vragen>{content}</Vragen></Verzoek>{closing}</s:Body></s:Envelope>"
    ).encode()


def question(person: str = NOOR, day: str = "2024-12-31", reference: str = "v-1") -> str:
    return (
        f"<Vraag><Referte>{reference}</Referte><Inhoud><Criteria><INSZ>{person}</INSZ>"
        f"<Referentiedatum>{day}</Referentiedatum><GewensteInformatie><StatusAanvraag>0"
        "</StatusAanvraag><Erkenningen>1</Erkenningen></GewensteInformatie></Criteria>"
        "<Taal>nl</Taal></Inhoud></Vraag>"
    )


@pytest.mark.parametrize("style", ["prefixed", "default"])
def test_both_namespace_styles_are_read(space: RunningSpace, style: str) -> None:
    space.register(AHOVOKS, NOOR)

    answer = space.soap(AHOVOKS, message(space, content=question(), style=style))

    root = etree.fromstring(answer.content)
    assert root.findtext(".//Pijler1") == "4"
    assert (root.findtext(".//Antwoord/Referte"), root.findtext(".//Ontvanger/Referte")) == ("v-1", "r-1")  # fmt: skip


def test_a_hostile_reference_comes_back_as_the_same_text(space: RunningSpace) -> None:
    space.register(AHOVOKS, NOOR)
    raw = message(space, content=question(reference="&lt;a&gt;&amp;"))

    answer = space.soap(AHOVOKS, raw)

    assert etree.fromstring(answer.content).findtext(".//Antwoord/Referte") == "<a>&"


def test_a_day_in_the_future_is_20006_at_level_3(shared_space: RunningSpace) -> None:
    answer = shared_space.soap(AHOVOKS, message(shared_space, content=question(day="2025-03-11")))

    root = etree.fromstring(answer.content)
    assert answer.status_code == 200
    assert root.findtext(".//Antwoord/Uitzonderingen/Uitzondering/Identificatie") == "20006"


def test_a_stranger_gets_13001_at_level_2_with_the_article_and_remedy(
    shared_space: RunningSpace,
) -> None:
    with shared_space.soap_client("zele-financien") as zele:
        answer = zele.care_allowance(NOOR, date(2024, 12, 31))

    assert isinstance(answer, Refused)
    (ground,) = answer.grounds
    assert (answer.status, ground.code, ground.reason) == (200, "13001", "no-protocol")
    assert ground.article
    assert ground.remedy
    assert answer.decision == f"D-{shared_space.host.space.gateway.log.size}"


def bomb() -> bytes:
    entities = "".join(
        f'<!ENTITY a{i} "{"&a" + str(i - 1) + ";" if i else "x"}">' for i in range(9)
    )
    return f"<!DOCTYPE x [{entities}]><x>&a8;</x>".encode()


@pytest.mark.parametrize(
    "body",
    [
        b"not xml",
        b"<a><b></a>",
        b"<a/>",
        bomb(),
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>',
        b'<?xml version="1.0" encoding="UTF-8"?><a>\xff</a>',
        b"<a>" * 5_000 + b"</a>" * 5_000,
        b"",
    ],
    ids=["text", "crossed", "no envelope", "bomb", "system", "encoding", "deep", "empty"],
)
def test_what_is_no_message_is_a_fault(shared_space: RunningSpace, body: bytes) -> None:
    answer = shared_space.soap(AHOVOKS, body)

    assert is_fault(answer)
    assert b"10001 - " in answer.content
    assert "sim-decision" in answer.headers


def test_a_message_over_the_limit_is_a_fault(shared_space: RunningSpace) -> None:
    answer = shared_space.soap(AHOVOKS, b"<a>" + b" " * 10_000_000 + b"</a>")

    assert is_fault(answer)
    assert b"too-large" in answer.content


@pytest.mark.parametrize(
    "change",
    [
        ("<Versie>02.00.0000</Versie>", "<Versie>03.00.0000</Versie>"),
        ("GeefZorgtoeslag", "GeefOnbekend"),
        ("<Naam>GeefZorgtoeslag</Naam>", "<Naam>GeefPersoon</Naam>"),
        ("<Taal>nl</Taal>", ""),
        ("<Type>VRAAG</Type>", "<Type>VRAGEN</Type>"),
    ],
    ids=["version", "service", "name", "missing element", "wrong word"],
)
def test_an_unknown_service_or_a_broken_schema_is_a_fault(
    shared_space: RunningSpace, change: tuple[str, str]
) -> None:
    raw = message(shared_space, content=question()).decode().replace(*change).encode()

    answer = shared_space.soap(AHOVOKS, raw)

    assert is_fault(answer)
    assert NOOR.encode() not in answer.content


def test_two_questions_online_are_a_fault(shared_space: RunningSpace) -> None:
    answer = shared_space.soap(AHOVOKS, message(shared_space, content=question() + question()))

    assert is_fault(answer)


def test_without_credential_the_fault_is_the_platforms_own(shared_space: RunningSpace) -> None:
    answer = shared_space.soap(None, message(shared_space, content=question()))

    assert is_fault(answer)
    assert b"ERR_025: Verification failure" in answer.content

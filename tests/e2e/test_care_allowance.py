"""GeefZorgtoeslag 02.00 as a law that lists everything would leave it: groups, language, sub-pillars, periods."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from lxml import etree

from gateway.domain.services import CARE_ALLOWANCE_PATHS
from tests.agreement import Asked, envelope
from tests.left_schemas import assert_fits
from tests.people import LUKAS, NOOR
from tests.running import CARE, RunningSpace
from tests.stock_soap import verzoek, zeep_client
from tests.texts import Texts, flow_of, law_of

AHOVOKS = "ahovoks-studietoelagen"
SERVICE = "/GeefZorgtoeslagDienst-02.00/soap/WebService"


def listing_everything(texts: Texts) -> None:
    """Article 3 of 004 as if it listed every field of the service."""
    text = texts["004"]
    listed = {one["id"] for one in text["fields"]}
    text["fields"] += [
        {"id": name, "subject": "kind", "category": "disability-score", "article": "art. 3"}
        for name in sorted(CARE_ALLOWANCE_PATHS.keys() - listed)
    ]
    flow_of(text, "zorgtoeslag")["fields"] = sorted(CARE_ALLOWANCE_PATHS)


@pytest.fixture(scope="module")
def whole(shared_space: RunningSpace) -> Iterator[RunningSpace]:
    """A space with that law, in which Noor and Lukas belong to a grant file."""
    library = shared_space.host.space.gateway.protocols
    before = library.bundle().documents
    library.replace(law_of("everything", listing_everything).compiled)
    shared_space.register(AHOVOKS, NOOR, LUKAS)
    yield shared_space
    library.replace(before)


def asked(space: RunningSpace, **changes: Any) -> httpx.Response:
    return space.post(AHOVOKS, CARE, {"insz": NOOR, "referentiedatum": "2024-12-31"} | changes)


def over_soap(
    space: RunningSpace,
    when: str,
    *,
    application: int = 1,
    recognitions: int = 1,
    language: str = "nl",
) -> etree._Element:
    """The answer's element; it fits the schema that this law leaves, which is the whole one."""
    one = space.credential(AHOVOKS)
    answer = space.soap(AHOVOKS, f"""<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>
<GeefZorgtoeslag xmlns="http://magda.vlaanderen.be/gezin/soap/geefzorgtoeslag/v02_00"><Verzoek xmlns="">
<Context><Naam>GeefZorgtoeslag</Naam><Versie>02.00.0000</Versie><Bericht><Type>VRAAG</Type><Tijdstip>
<Datum>2025-03-10</Datum><Tijd>08:00</Tijd></Tijdstip><Afzender><Identificatie>{one["uri"]}</Identificatie>
<Referte>r</Referte></Afzender></Bericht></Context><Vragen><Vraag><Referte>v</Referte><Inhoud><Criteria>
<INSZ>{NOOR}</INSZ>{when}<GewensteInformatie><StatusAanvraag>{application}</StatusAanvraag>
<Erkenningen>{recognitions}</Erkenningen></GewensteInformatie></Criteria><Taal>{language}</Taal></Inhoud>
</Vraag></Vragen></Verzoek></GeefZorgtoeslag></s:Body></s:Envelope>""".encode())  # fmt: skip
    assert_fits(space.host.space, AHOVOKS, answer.content)
    return etree.fromstring(answer.content)[-1][0]


def on(day: str) -> str:
    return f"<Referentiedatum>{day}</Referentiedatum>"


def between(begin: str, end: str) -> str:
    return f"<Periode><Begindatum>{begin}</Begindatum><Einddatum>{end}</Einddatum></Periode>"


def found(root: etree._Element) -> list[tuple[str | None, str | None]]:
    """Codes and who says so."""
    return [
        (one.findtext("Identificatie"), one.findtext("Oorsprong"))
        for one in root.iter("Uitzondering")
    ]


def test_the_sub_pillars_come_with_their_dots_and_add_up(whole: RunningSpace) -> None:
    root = over_soap(whole, on("2024-12-31"))

    (pillars,) = root.iter("Pijlers")
    second = [int(one.text or "") for one in pillars.findall("SubpijlerPijler2/*")]
    third = [int(one.text or "") for one in pillars.findall("SubpijlerPijler3/*")]
    assert [one.tag for one in pillars.findall("SubpijlerPijler2/*")] == [
        "SubPijler2.1", "SubPijler2.2", "SubPijler2.3", "SubPijler2.4",
    ]  # fmt: skip
    assert len(third) == 3
    assert [pillars.findtext(name) for name in ("Pijler1", "Pijler2", "Pijler3", "Totaal")] == [
        "4", str(sum(second)), str(sum(third)), "12",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("application", "recognitions", "groups"),
    [
        (1, 1, {"StatusAanvraag", "Erkenningen"}),
        (1, 0, {"StatusAanvraag"}),
        (0, 1, {"Erkenningen"}),
    ],
)
def test_a_group_that_was_not_asked_does_not_come(
    whole: RunningSpace, application: int, recognitions: int, groups: set[str]
) -> None:
    wanted = {"statusAanvraag": bool(application), "erkenningen": bool(recognitions)}

    root = over_soap(whole, on("2024-12-31"), application=application, recognitions=recognitions)
    rest = asked(whole, gewensteInformatie=wanted).json()

    content = root.find(".//Zorgtoeslag")
    assert content is not None
    assert {one.tag for one in content} == groups | {"INSZ"}
    assert {"statusAanvraag", "erkenningen"} & rest.keys() == {g[0].lower() + g[1:] for g in groups}


def test_with_both_flags_off_there_is_nothing_to_answer(whole: RunningSpace) -> None:
    root = over_soap(whole, on("2024-12-31"), application=0, recognitions=0)

    assert found(root) == [("40102", "KENG")]


@pytest.mark.parametrize(
    ("language", "words"), [("nl", "Groeipakket"), ("fr", "allocations"), ("de", "Familien"), ("en", "Growth")]
)  # fmt: skip
def test_words_come_in_the_language_asked_and_say_so(
    whole: RunningSpace, language: str, words: str
) -> None:
    root = over_soap(whole, on("2024-12-31"), language=language)
    rest = asked(whole, taal=language).json()["erkenningen"][0]["wetgeving"]["omschrijving"]

    described = list(root.iter("Omschrijving"))
    assert len(described) == 2
    assert {one.get("Taal") for one in described} == {language} == {rest["taal"]}
    assert all(words in (one.text or "") for one in described)
    assert words in rest["tekst"]


def test_another_language_is_refused(whole: RunningSpace) -> None:
    assert found(over_soap(whole, on("2024-12-31"), language="xx")) == [("25001", "MAGDA")]
    assert asked(whole, taal="xx").json()["reason"] == "language-unknown"


@pytest.mark.parametrize(
    ("when", "code"),
    [
        (on("2025-03-10"), None),
        (on("2025-03-11"), ("20006", "KENG")),
        (on("2024-02-30"), ("20001", "MAGDA")),
        (on("2024-W10-1"), ("20001", "MAGDA")),
        (on("2023-08-31"), ("30001", "MAGDA")),
        (on("2023-09-01"), None),
        (between("2020-01-01", "2023-08-31"), ("30001", "MAGDA")),
        (between("2020-01-01", "2023-09-01"), None),
        (between("2025-03-10", "2030-01-01"), None),
        (between("2025-03-11", "2030-01-01"), ("20006", "KENG")),
        (between("2025-01-01", "2024-12-31"), ("20003", "MAGDA")),
        (between("2024-01-01", "2024-13-01"), ("20001", "MAGDA")),
    ],
)
def test_days_and_periods_have_their_rules(
    whole: RunningSpace, when: str, code: tuple[str, str] | None
) -> None:
    """Noor is recognised from 2023-09-01 to 2026-08-31."""
    root = over_soap(whole, when)

    assert found(root) == ([code] if code else [])
    assert (root.find(".//Erkenning") is None) == (code is not None)


def test_a_wrong_number_is_told_as_by_the_source(whole: RunningSpace) -> None:
    one = Asked(unit=AHOVOKS, flow="zorgtoeslag", insz="12631400208")

    answer = whole.soap(AHOVOKS, envelope(one, whole.credential(AHOVOKS)))

    assert found(etree.fromstring(answer.content)) == [("20002", "KENG")]


def test_a_stock_client_reads_the_whole_answer_strictly(whole: RunningSpace) -> None:
    client = zeep_client(whole, AHOVOKS, SERVICE)
    criteria = {
        "INSZ": NOOR, "Periode": {"Begindatum": "2024-01-01", "Einddatum": "2024-12-31"},
        "GewensteInformatie": {"StatusAanvraag": "1", "Erkenningen": "1"},
    }  # fmt: skip

    asked = verzoek(
        whole, AHOVOKS, "GeefZorgtoeslag", "02.00", {"Criteria": criteria, "Taal": "fr"}
    )
    answer = client.service.GeefZorgtoeslag(Verzoek=asked)

    care = answer.Antwoorden.Antwoord.Inhoud.Zorgtoeslag
    (recognition,) = care.Erkenningen.Erkenning
    assert care.StatusAanvraag.ErkenningLopende == "1"
    assert recognition.Wetgeving.Omschrijving.Taal == "fr"
    assert recognition.ResultaatErkenningKind.Pijlers.Totaal == 12

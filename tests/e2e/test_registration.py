"""Registration on the wire: only persons, periods cut and joined, on both versions and over REST."""

import pytest
from lxml import etree

from gateway.web.soap.names import BY_SERVICE
from tests.people import KARIM, NOOR
from tests.running import CARE, RunningSpace
from tests.stock_soap import verzoek, zeep_client

AHOVOKS = "ahovoks-studietoelagen"
PAYER = "0683590375"
"""An enterprise number, as invalid an INSZ as any ten digits."""
IN, OUT = "RegistreerInschrijving", "RegistreerUitschrijving"


def tell(
    space: RunningSpace, name: str, version: str, subject: str, period: str = ""
) -> etree._Element:
    """Register or deregister; the answer's element."""
    wire, one = BY_SERVICE[f"{name}-{version}"], space.credential(AHOVOKS)
    inner = name.removeprefix("Registreer")
    content = (
        f"<{inner}><Identificatie>{one['uri']}</Identificatie>"
        f"<Hoedanigheid>{one['hoedanigheid']}</Hoedanigheid>{subject}{period}</{inner}>"
    )
    message = (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
        f'<m:{name} xmlns:m="{wire.namespace}"><Verzoek><Context><Naam>{name}</Naam>'
        f"<Versie>{wire.version}</Versie><Bericht><Type>VRAAG</Type><Tijdstip><Datum>2025-03-10</Datum>"
        f"<Tijd>08:00</Tijd></Tijdstip><Afzender><Identificatie>{one['uri']}</Identificatie>"
        f"<Referte>r</Referte></Afzender></Bericht></Context><Vragen><Vraag><Referte>v</Referte>"
        f"<Inhoud>{content}</Inhoud></Vraag></Vragen></Verzoek></m:{name}></s:Body></s:Envelope>"
    )
    return etree.fromstring(space.soap(AHOVOKS, message.encode()).content)[-1][0]


def codes(root: etree._Element) -> list[str]:
    return [one.text or "" for one in root.findall(".//Antwoord/Uitzonderingen/*/Identificatie")]


def concerned(outer: str, *subjects: tuple[str, str]) -> str:
    inner = "".join(
        f"<Subject><Type>{kind}</Type><Sleutel>{key}</Sleutel></Subject>" for kind, key in subjects
    )
    return (
        f"<BetrokkenSubject><Type>{outer}</Type><Subjecten>{inner}</Subjecten></BetrokkenSubject>"
    )


def days(begin: str, end: str = "") -> str:
    opening = f"<Begin>{begin}</Begin>" if begin else ""
    closing = f"<Einde>{end}</Einde>" if end else ""
    return f"<Periode>{opening}{closing}</Periode>"


@pytest.mark.parametrize("name", [IN, OUT])
@pytest.mark.parametrize(
    "subject",
    [concerned("OND", ("OND", PAYER)), concerned("PERS", ("OND", PAYER)), concerned("OND", ("PERS", NOOR))],
    ids=["both", "inside", "outside"],
)  # fmt: skip
def test_an_enterprise_is_refused_with_its_own_code_and_nothing_else(
    shared_space: RunningSpace, name: str, subject: str
) -> None:
    root = tell(shared_space, name, "02.01", subject, days("2025-01-01"))

    assert codes(root) == ["30034"]
    assert root.find(".//Resultaat") is None


@pytest.mark.parametrize("name", [IN, OUT])
def test_02_00_has_no_kinds_and_takes_no_enterprise_for_a_person(
    shared_space: RunningSpace, name: str
) -> None:
    number = tell(shared_space, name, "02.00", f"<INSZ>{PAYER}</INSZ>", days("2025-01-01"))
    kind = tell(shared_space, name, "02.00", concerned("OND", ("OND", PAYER)), days("2025-01-01"))

    assert codes(number) == ["20002"]
    assert kind.tag.endswith("Fault")
    assert "10001" in (kind.findtext("faultstring") or "")


@pytest.mark.parametrize("name", [IN, OUT])
def test_two_subjects_are_one_too_many(shared_space: RunningSpace, name: str) -> None:
    both = concerned("PERS", ("PERS", NOOR), ("PERS", KARIM))

    assert codes(tell(shared_space, name, "02.01", both, days("2025-01-01"))) == ["40035"]


@pytest.mark.parametrize(
    ("name", "version", "period", "code"),
    [
        (IN, "02.00", days("2025-01-02", "2025-01-01"), ["20003"]),
        (IN, "02.01", "", ["20003"]),
        (IN, "02.00", days("2025-00-00"), ["20001"]),
        (IN, "02.01", days("2025-01-01", "2025-99-99"), ["20001"]),
        (OUT, "02.00", days("", "2025-02-30"), ["20001"]),
        (OUT, "02.01", days("2025-01-02", "2025-01-01"), ["20003"]),
        (IN, "02.00", days("2030-01-01", "9999-12-31"), []),
        (OUT, "02.00", days("", "0001-01-01"), []),
        (OUT, "02.01", days("9999-12-31"), []),
        (OUT, "02.01", "<Periode/>", []),
    ],
)  # fmt: skip
def test_begin_and_end_have_their_rules(
    shared_space: RunningSpace, name: str, version: str, period: str, code: list[str]
) -> None:
    subject = concerned("PERS", ("PERS", NOOR)) if version == "02.01" else f"<INSZ>{NOOR}</INSZ>"

    root = tell(shared_space, name, version, subject, period)

    assert codes(root) == code
    assert (root.findtext(".//Resultaat") == "1") == (code == [])


def test_a_day_cut_out_refuses_that_day_and_no_other(space: RunningSpace) -> None:
    subject = f"<INSZ>{NOOR}</INSZ>"
    person = concerned("PERS", ("PERS", NOOR))

    def reasons(count: int) -> list[str]:
        """What a question becomes on so many days in a row, from today on."""
        found = []
        for _ in range(count):
            answer = space.post(AHOVOKS, CARE, {"insz": NOOR, "referentiedatum": "2024-12-31"})
            found.append("ok" if answer.status_code == 200 else answer.json()["reason"])
            space.control("POST", "/clock/advance", {"days": 1})
        return found

    tell(space, IN, "02.00", subject, days("2025-03-10", "2025-03-11"))
    tell(space, IN, "02.01", person, days("2025-03-12", "2025-03-13"))
    assert codes(tell(space, IN, "02.00", subject, days("2025-03-10", "2025-03-13"))) == ["40143"]
    tell(space, OUT, "02.01", person, days("2025-03-12", "2025-03-12"))

    assert reasons(5) == ["ok", "ok", "not-registered", "ok", "not-registered"]


def test_a_stock_client_deregisters_with_the_newer_version(space: RunningSpace) -> None:
    space.register(AHOVOKS, NOOR)
    one = space.credential(AHOVOKS)
    client = zeep_client(space, AHOVOKS, f"/{OUT}Dienst-02.01/soap/WebService")
    person = {"Type": "PERS", "Subjecten": {"Subject": [{"Type": "PERS", "Sleutel": NOOR}]}}
    content = {
        "Uitschrijving": {
            "Identificatie": one["uri"], "Hoedanigheid": one["hoedanigheid"], "BetrokkenSubject": person,
        }
    }  # fmt: skip

    answer = client.service[OUT](Verzoek=verzoek(space, AHOVOKS, OUT, "02.01", content))

    assert answer.Antwoorden.Antwoord.Inhoud.Resultaat["_value_1"] == "1"
    asked = space.post(AHOVOKS, CARE, {"insz": NOOR, "referentiedatum": "2024-12-31"})
    assert asked.json()["reason"] == "not-registered"

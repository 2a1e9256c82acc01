"""The advice on the integration duty (002): OK or NOK on the opening day, and nothing of the file behind it."""

import json
from typing import Any

import pytest
from lxml import etree

from gateway.web.soap.schemas import Schemas
from tests.people import AMINA, KARIM, NOBODY, YUSUF, ZARA
from tests.running import ADVICE, RunningSpace
from tests.stock_soap import verzoek, zeep_client

DAY = "2025-03-10"
NAMESPACE = "http://magda.vlaanderen.be/inburgering/soap/geefinburgeringsadvies/v01_00"
BEHIND = ("dossier", "contract", "cursussen", "nationaliteit", "plicht", "voldaan")


def ask(space: RunningSpace, person: str, day: str = DAY, unit: str = "avsb", **more: Any) -> Any:
    return space.post(unit, ADVICE, {"insz": person, "openingsdatum": day, **more})


def told(answer: Any) -> dict[str, Any]:
    return {key: value for key, value in answer.json().items() if key != "referte"}


@pytest.mark.parametrize(
    ("person", "day", "expected"),
    [
        (AMINA, DAY, {"advies": "OK"}),
        (AMINA, "2022-03-01", {"advies": "OK"}),
        (AMINA, "2022-02-28", {"advies": "NOK", "reden": "geen attest"}),
        (ZARA, DAY, {"advies": "NOK", "reden": "geen attest van inburgering"}),
        (KARIM, DAY, {"advies": "OK"}),
    ],
    ids=["002-01", "002-01 on the day", "002-02 the day before", "002-05", "002-03 no duty"],
)
def test_002_the_advice_of_a_day(
    shared_space: RunningSpace, person: str, day: str, expected: dict[str, str]
) -> None:
    answer = ask(shared_space, person, day)

    assert answer.status_code == 200
    assert told(answer) == {"insz": person, "openingsdatum": day, **expected}
    assert answer.headers["sim-protocol"] == "002@1.0.0"


def test_o_27_nok_never_comes_from_ignorance(shared_space: RunningSpace) -> None:
    brussels, nobody = ask(shared_space, YUSUF), ask(shared_space, NOBODY)

    assert (brussels.status_code, brussels.json()["reason"]) == (404, "no-data")
    assert (nobody.status_code, nobody.json()["reason"]) == (404, "insz-unknown")


def test_002_09_and_10_the_file_behind_it_never_leaves_and_both_are_logged(
    space: RunningSpace,
) -> None:
    answer = ask(space, ZARA)
    consulted, decided = space.leaves()[-2:]

    assert not any(word in answer.text for word in BEHIND)
    assert (consulted["e"], consulted["party"]) == ("source.consulted", "avsb")
    assert consulted["kept"] == ["insz", "openingsdatum", "advies", "reden"]
    assert (decided["e"], decided["outcome"]) == ("decision", "permit")
    assert decided["obl"]["derive"] == "advies=advice"
    assert ZARA not in json.dumps([consulted, decided])
    assert space.verify().ok


def test_the_source_was_asked_is_logged_also_where_no_advice_comes_of_it(
    space: RunningSpace,
) -> None:
    ask(space, YUSUF)

    assert [leaf["e"] for leaf in space.leaves()] == ["source.consulted", "decision"]
    assert space.leaves()[-1]["outcome"] == "refusal"


@pytest.mark.parametrize(
    ("day", "reason", "code"),
    [("2025-03-11", "date-in-future", "20006"), ("2025-02-30", "date-invalid", "20001"),
     ("2025-W10-1", "date-invalid", "20001"), ("10/03/2025", "date-invalid", "20001")],
)  # fmt: skip
def test_an_opening_day_that_cannot_be(
    shared_space: RunningSpace, day: str, reason: str, code: str
) -> None:
    answer = ask(shared_space, ZARA, day)

    assert (answer.status_code, answer.json()["reason"], answer.json()["code"]) == (
        400,
        reason,
        code,
    )
    assert answer.json()["issues"][0]["name"] == "openingsdatum"


def test_002_12_a_fund_that_is_named_must_have_the_person_as_member(space: RunningSpace) -> None:
    def outcome(fund: str) -> str:
        answer = ask(space, AMINA, DAY, zorgkas=fund)
        return answer.json().get("reason") or answer.json()["advies"]  # type: ignore[no-any-return]

    def both() -> list[str]:
        return [outcome("zorgkas-2"), outcome("zorgkas-3")]

    before = both()
    space.control("PUT", "/providers/wewis", {"automatic": False})
    space.control("PUT", "/clock", {"at": "2025-06-30T23:59:59+02:00"})
    last = both()
    space.control("POST", "/clock/advance", {"seconds": 1})

    assert before == last == ["OK", "not-a-member"]
    assert both() == ["not-a-member", "OK"]
    assert outcome("zorgkas-99") == outcome(ZARA) == "not-a-member"


def test_002_12_membership_is_no_oracle_for_who_may_not_ask(shared_space: RunningSpace) -> None:
    for unit in ("zorgkas-1", "agii", "vutg-rechten", "ahovoks-studietoelagen"):
        answers = [ask(shared_space, one, unit=unit, zorgkas="zorgkas-1") for one in (ZARA, AMINA)]
        assert [one.status_code for one in answers] == [403, 403]
        assert {one.json()["reason"] for one in answers} == {"no-protocol"}, unit


def test_the_soap_wire_says_the_same_and_keeps_its_schema(shared_space: RunningSpace) -> None:
    name = "GeefInburgeringsadvies"
    client = zeep_client(shared_space, "avsb", f"/{name}Dienst-01.00/soap/WebService")
    criteria = {"INSZ": ZARA, "Openingsdatum": DAY, "Zorgkas": "zorgkas-1"}

    asked = verzoek(shared_space, "avsb", name, "01.00", {"Criteria": criteria})
    answer = client.service.GeefInburgeringsadvies(Verzoek=asked)

    advice = answer.Antwoorden.Antwoord.Inhoud.Advies
    assert (advice.INSZ, advice.Resultaat, advice.Reden) == (
        ZARA, "NOK", "geen attest van inburgering",
    )  # fmt: skip


def test_the_answer_fits_the_published_schema(shared_space: RunningSpace) -> None:
    body = SOAP.format(namespace=NAMESPACE, person=AMINA, **shared_space.credential("avsb"))
    answer = shared_space.soap("avsb", body.encode())

    response = etree.fromstring(answer.content)[-1][0]
    assert Schemas().defect("GeefInburgeringsadvies-01.00", response) is None
    assert response.findtext(".//Advies/Resultaat") == "OK"
    assert response.find(".//Reden") is None


SOAP = (
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:m="{namespace}"><s:Body>'
    "<m:GeefInburgeringsadvies><Verzoek><Context><Naam>GeefInburgeringsadvies</Naam>"
    "<Versie>01.00.0000</Versie><Bericht><Type>VRAAG</Type><Tijdstip><Datum>2025-03-10</Datum>"
    "<Tijd>08:00:00.000</Tijd></Tijdstip><Afzender><Identificatie>{uri}</Identificatie>"
    "<Referte>r-2</Referte><Hoedanigheid>{hoedanigheid}</Hoedanigheid></Afzender></Bericht></Context>"
    "<Vragen><Vraag><Referte>q-2</Referte><Inhoud><Criteria><INSZ>{person}</INSZ>"
    "<Openingsdatum>2025-03-10</Openingsdatum></Criteria></Inhoud></Vraag></Vragen></Verzoek>"
    "</m:GeefInburgeringsadvies></s:Body></s:Envelope>"
)

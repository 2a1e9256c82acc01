"""The platform's own services over SOAP and REST: authorisations, disclosures, availability, status."""

import json
import sqlite3
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest
from lxml import etree

from consumers.answers import Answered
from gateway.domain.log_entry import Event, EventKind
from gateway.simulation.disturbance.rules import Fault
from gateway.web.soap.names import BY_SERVICE
from gateway.web.soap.schemas import Schemas
from gateway.web.soap.xml import SafeXml
from tests.corpus.cells import OF_PLATFORM
from tests.people import AMINA, ELIF, KARIM, LUKAS, NOOR, ZARA
from tests.running import (
    ADVICE,
    CARE,
    DEREGISTER,
    FLOW,
    REGISTER,
    START,
    TRANSACTIONS,
    RunningSpace,
    a_batch,
)
from tests.stock_soap import verzoek, zeep_client

AHOVOKS, VUTG, INFINO = "ahovoks-studietoelagen", "vutg-rechten", "infino"
AUDIT = "/v1/auditlogging/bevraging"
PEOPLE = (NOOR, LUKAS, KARIM, ELIF, AMINA, ZARA)
SCHEMAS = Schemas()


def a_message(space: RunningSpace, unit: str, key: str, content: str) -> bytes:
    """A message to one of the services, in a unit's name."""
    name, one = BY_SERVICE[key], space.credential(unit)
    return (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
        f'<m:{name.service.name} xmlns:m="{name.namespace}"><Verzoek><Context>'
        f"<Naam>{name.service.name}</Naam><Versie>{name.version}</Versie><Bericht><Type>VRAAG</Type>"
        "<Tijdstip><Datum>2025-03-10</Datum><Tijd>08:00</Tijd></Tijdstip><Afzender>"
        f"<Identificatie>{one['uri']}</Identificatie><Referte>r-1</Referte>"
        f"<Hoedanigheid>{one['hoedanigheid']}</Hoedanigheid></Afzender></Bericht></Context><Vragen>"
        f"<Vraag><Referte>v-1</Referte><Inhoud>{content}</Inhoud></Vraag></Vragen></Verzoek>"
        f"</m:{name.service.name}></s:Body></s:Envelope>"
    ).encode()


def ask(
    space: RunningSpace,
    unit: str,
    key: str,
    content: str,
    *,
    token: bool = True,
    path: str = "/soap",
) -> etree._Element:
    """The answer's element; it fits its schema, or it is a Fault."""
    answer = space.soap(unit if token else None, a_message(space, unit, key, content), path)
    assert answer.headers["sim-decision"].startswith("D-")
    root = SafeXml().parse(answer.content)[-1][0]
    if not root.tag.endswith("Fault"):
        assert answer.status_code == 200
        assert SCHEMAS.defect(key, root) is None
    return root


def codes(root: etree._Element) -> list[str]:
    return [one.text or "" for one in root.findall(".//Uitzondering/Identificatie")]


def by_unit(space: RunningSpace, *units: str) -> str:
    named = "".join(f"<Afnemer><Uri>{space.credential(u)['uri']}</Uri></Afnemer>" for u in units)
    return f"<Criteria>{named}</Criteria>"


def about(person: str, more: str = "", kind: str = "INSZ") -> str:
    key = f"<Sleutel><Type>{kind}</Type><Waarde>{person}</Waarde></Sleutel>"
    return f"<Criteria>{key}{more}</Criteria>"


def traced(space: RunningSpace, unit: str, person: str, **more: Any) -> list[dict[str, Any]]:
    """What the log tells a unit of a person, over REST."""
    answer = space.post(unit, AUDIT, {"insz": person, **more})
    if answer.status_code == 404:
        assert answer.json()["reason"] == "no-data"
        return []
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["auditloggings"]
    return found


def decisions(space: RunningSpace, unit: str, person: str, **more: Any) -> list[str]:
    return [one["beslissing"] for one in traced(space, unit, person, **more)]


def ask_noor(space: RunningSpace, **headers: str) -> httpx.Response:
    return space.post(AHOVOKS, CARE, {"insz": NOOR, "referentiedatum": "2024-12-31"}, **headers)


# --- GeefMachtigingen -----------------------------------------------------------------------


def test_a_unit_reads_its_own_authorisations(shared_space: RunningSpace) -> None:
    root = ask(shared_space, AHOVOKS, "GeefMachtigingen-02.00", by_unit(shared_space, AHOVOKS))

    (one,) = root.findall(".//Machtiging")
    assert one.findtext("Code") == "004"
    assert "studietoelagen" in (one.findtext("Omschrijving") or "")
    assert shared_space.get(one.findtext("URL") or "").json()["id"] == "004"


def test_a_unit_may_ask_for_its_own_party_and_for_nobody_else(shared_space: RunningSpace) -> None:
    service = "GeefMachtigingen-02.00"
    own = ask(shared_space, VUTG, service, by_unit(shared_space, VUTG, "vutg-audit"))
    other = ask(shared_space, VUTG, service, by_unit(shared_space, VUTG, INFINO))
    nobody = ask(
        shared_space, VUTG, service, "<Criteria><Afnemer><Uri>x/y</Uri></Afnemer></Criteria>"
    )
    borrowed = by_unit(shared_space, VUTG).replace(
        "</Uri>", "</Uri><Hoedanigheid>audit</Hoedanigheid>"
    )

    assert [one.text for one in own.iter("Code")] == ["001"]
    assert codes(other) == codes(nobody) == ["20005"]
    assert other.find(".//Antwoorden") is None
    said = [root.findtext(".//Diagnose") for root in (other, nobody)]
    assert said[0] == said[1]
    assert codes(ask(shared_space, VUTG, service, borrowed)) == ["20005"]


@pytest.mark.parametrize("unit", ["ahovoks-andere", "infino-audit", "opgroeien", "dv-diensten"])
def test_whom_no_article_names_has_no_authorisation(shared_space: RunningSpace, unit: str) -> None:
    root = ask(shared_space, unit, "GeefMachtigingen-02.00", by_unit(shared_space, unit))

    assert codes(root) == ["30001"]


def test_a_window_that_is_closed_takes_no_authorisation_away(shared_space: RunningSpace) -> None:
    """003 is open in January and July; in March its protocol is in force all the same."""
    unit = "zele-financien"

    root = ask(shared_space, unit, "GeefMachtigingen-02.00", by_unit(shared_space, unit))

    assert [one.text for one in root.iter("Code")] == ["003"]


def test_a_suspension_takes_the_authorisation_away_and_lifting_gives_it_back(
    space: RunningSpace,
) -> None:
    def act(kind: str) -> None:
        body = {"soort": kind, "partij": INFINO}
        path = "/v1/protocollen/001/gebeurtenissen"
        assert space.post("wewis", path, body, content_type="application/json").status_code == 201

    def listed() -> list[str | None]:
        root = ask(space, INFINO, "GeefMachtigingen-02.00", by_unit(space, INFINO))
        return [one.text for one in root.iter("Code")]

    before = listed()
    act("schorsing")
    during = listed()
    act("opheffing")

    assert (before, during, listed()) == (["001"], [], ["001"])


def test_a_stock_client_reads_authorisations(shared_space: RunningSpace) -> None:
    path = "/GeefMachtigingenDienst-02.00/soap/WebService"
    client = zeep_client(shared_space, AHOVOKS, path)
    content = {"Criteria": {"Afnemer": [{"Uri": shared_space.credential(AHOVOKS)["uri"]}]}}

    asked = verzoek(shared_space, AHOVOKS, "GeefMachtigingen", "02.00", content)
    answer = client.service.GeefMachtigingen(Verzoek=asked)

    assert [one.Code for one in answer.Antwoorden.Antwoord.Inhoud.Machtigingen.Machtiging] == [
        "004"
    ]


# --- GeefAuditLogging -----------------------------------------------------------------------


def test_a_sender_finds_its_own_consultation_back(space: RunningSpace) -> None:
    space.register(AHOVOKS, NOOR)
    asked = ask_noor(space, x_correlation_id="mijn-1")

    root = ask(space, AHOVOKS, "GeefAuditLogging-02.00", about(NOOR))

    (one,) = root.findall(".//AuditLogging")
    told = {name: one.findtext(f"Kern/{name}") for name in (
        "Afnemer/Uri", "Afnemer/Hoedanigheid/Code", "Afnemer/Referte/Intern", "Afnemer/Referte/Extern",
        "Afnemer/Machtigingen/Machtiging/Code", "Afnemer/Dienstverlening/Omschrijving", "Dienst/Naam",
        "Dienst/Versie", "Dienst/Type/Webservice", "DatumTijdstipLog",
    )}  # fmt: skip
    assert list(told.values()) == [
        space.credential(AHOVOKS)["uri"], "studietoelagen", "mijn-1", asked.headers["sim-decision"],
        "004", "studietoelage", "GeefZorgtoeslag", "02.00.0000", "1", "2025-03-10 08:00:00.000",
    ]  # fmt: skip
    assert (one.findtext("Sleutels/Sleutel/Waarde"), one.findtext(".//BerichtType")) == (
        NOOR,
        "VRAAG",
    )
    assert one.find(".//Organisatie") is None


def test_names_beside_codes_come_where_they_are_asked(space: RunningSpace) -> None:
    space.register(AHOVOKS, NOOR)
    ask_noor(space)
    more = "<ExterneOmschrijvingen>1</ExterneOmschrijvingen>"

    root = ask(space, AHOVOKS, "GeefAuditLogging-02.00", about(NOOR, more))

    assert root.findtext(".//Organisatie/Omschrijving") == "AHOVOKS"
    assert root.findtext(".//Sleutel/Bron/Code") == "opgroeien"
    assert root.findtext(".//Machtiging/Omschrijving")


def test_refusals_registrations_and_the_log_itself_are_no_disclosures(space: RunningSpace) -> None:
    ask_noor(space)  # refused: not registered
    space.register(AHOVOKS, NOOR)
    traced(space, AHOVOKS, NOOR)

    assert traced(space, AHOVOKS, NOOR) == []


def test_reading_the_log_is_entered_with_the_person_kept_apart(space: RunningSpace) -> None:
    answer = space.post(AHOVOKS, AUDIT, {"insz": NOOR})

    (leaf,) = space.leaves()
    assert answer.headers["sim-protocol"] == leaf["protocol"] == "platform"
    assert (leaf["service"], leaf["flow"]) == ("GeefAuditLogging-02.00", "auditlogging")
    assert (leaf["credential"], leaf["outcome"], leaf["reasons"]) == (
        AHOVOKS,
        "refusal",
        ["no-data"],
    )
    assert NOOR not in json.dumps(leaf)
    (row,) = private_rows(space)
    assert json.loads(row[1])["insz"] == [NOOR]
    assert space.verify().ok


def test_a_file_gives_each_person_in_it_a_trace_and_shows_no_other(space: RunningSpace) -> None:
    for unit in (VUTG, INFINO):
        space.register(unit, KARIM)
    space.register(VUTG, ELIF)
    space.control("PUT", "/providers/wewis", {"automatic": False})
    space.control("POST", "/clock/advance", {"days": 1})
    space.upload("jobbonusplus-mutaties_2025-03-10.json", a_batch(KARIM, ELIF))

    (of_vutg,) = traced(space, VUTG, KARIM)
    (of_infino,) = traced(space, INFINO, KARIM)

    assert (of_vutg["soort"], of_vutg["dienst"]) == ("bestand", "JobbonusPlusMutaties")
    assert of_vutg["referte"] == "jobbonusplus-mutaties_2025-03-10_000001.json"
    assert of_vutg["beslissing"] != of_infino["beslissing"]
    assert ELIF not in json.dumps(of_vutg)
    assert decisions(space, VUTG, ELIF) == [of_vutg["beslissing"]]
    assert traced(space, INFINO, ELIF) == []
    root = ask(space, VUTG, "GeefAuditLogging-02.00", about(KARIM))
    assert root.findtext(".//Type/Publicatie") == "1"
    assert [one.text for one in root.iter("BerichtType")] == ["PUBLICATIE"]


def test_a_unit_is_not_told_what_another_of_its_party_consulted(space: RunningSpace) -> None:
    """Article 4 of 001 gives each unit an access of its own, and refuses others."""
    for unit in (VUTG, INFINO):
        space.register(unit, KARIM)
        assert space.post(unit, TRANSACTIONS, {"insz": KARIM}).status_code == 200

    seen = {
        unit: len(traced(space, unit, KARIM))
        for unit in (VUTG, INFINO, "vutg-audit", "infino-audit", "kidslife", "wewis")
    }

    assert seen == {
        VUTG: 1,
        INFINO: 1,
        "vutg-audit": 0,
        "infino-audit": 0,
        "kidslife": 0,
        "wewis": 0,
    }
    for other in (VUTG, "vutg-audit", "kidslife"):
        named = f"<Afnemer><Uri>{space.credential(other)['uri']}</Uri></Afnemer>"
        root = ask(space, INFINO, "GeefAuditLogging-02.00", about(KARIM, named))
        assert codes(root) == ["20005"]


def test_criteria_narrow_what_is_found(space: RunningSpace) -> None:
    space.register(AHOVOKS, NOOR)
    first = ask_noor(space, x_correlation_id="a").headers["sim-decision"]
    space.control("POST", "/clock/advance", {"days": 1})
    second = ask_noor(space, x_correlation_id="b").headers["sim-decision"]

    def found(**more: Any) -> list[str]:
        return decisions(space, AHOVOKS, NOOR, **more)

    assert found() == [first, second]
    assert found(periode={"begin": "2025-03-11"}) == [second]
    assert found(periode={"begin": "2025-03-01", "einde": "2025-03-10"}) == [first]
    assert found(periode={"begin": "2025-03-11 08:00", "einde": "2025-03-11 08:00"}) == [second]
    assert found(periode={"begin": "2025-03-11 08:01"}) == []
    assert found(referte="b") == found(beslissing=second) == [second]
    assert found(referte="b", beslissing=first) == []
    assert found(dienst="GeefZorgtoeslag", soort="bevraging") == [first, second]
    assert found(dienst="GeefInburgeringsadvies") == found(soort="bestand") == []


def test_criteria_narrow_over_soap_as_well(space: RunningSpace) -> None:
    space.register(AHOVOKS, NOOR)
    first, second = (ask_noor(space).headers["sim-decision"] for _ in range(2))
    types = "<Type><Webservice>{}</Webservice><Publicatie>{}</Publicatie></Type>"
    service = "<Dienst><Naam>Gezin.GeefZorgtoeslag</Naam><Versie>{}</Versie>" + types + "</Dienst>"

    def found(more: str) -> list[str | None]:
        root = ask(space, AHOVOKS, "GeefAuditLogging-02.00", about(NOOR, more))
        return [one.text for one in root.iter("Extern")]

    assert found(f"<Referte><Extern>{second}</Extern></Referte>") == [second]
    assert found("<Periode><Begin>2025-03-10 07:59:59.999</Begin></Periode>") == [first, second]
    assert found(service.format("02.00.0000", 1, 0)) == [first, second]
    assert found(service.format("02.01.0000", 1, 0)) == found(service.format("02.00", 0, 1)) == []


@pytest.mark.parametrize(
    ("person", "more", "kind", "code"),
    [
        ("12631400208", "", "INSZ", ["20002"]),
        (NOOR, "", "OND", ["30034"]),
        (NOOR, "<Periode><Begin>gisteren</Begin></Periode>", "INSZ", ["20001"]),
        (NOOR, "<Periode><Begin>2025-01-01</Begin><Einde>2025-13-01</Einde></Periode>", "INSZ", ["20001"]),
        (NOOR, "<Periode><Begin>2025-03-10</Begin><Einde>2025-03-09</Einde></Periode>", "INSZ", ["20003"]),
    ],
)  # fmt: skip
def test_wrong_criteria_have_their_codes(
    shared_space: RunningSpace, person: str, more: str, kind: str, code: list[str]
) -> None:
    root = ask(shared_space, AHOVOKS, "GeefAuditLogging-02.00", about(person, more, kind))

    assert codes(root) == code
    assert root.find(".//Antwoord/Uitzonderingen") is not None


def private_rows(space: RunningSpace) -> list[tuple[int, bytes]]:
    with sqlite3.connect(Path(space.ready["data"]) / "log.db") as log:
        return log.execute("SELECT position, words FROM private ORDER BY position").fetchall()


def test_once_private_rows_are_erased_nothing_is_found_by_the_person(space: RunningSpace) -> None:
    space.register(AHOVOKS, NOOR)
    ask_noor(space)
    assert traced(space, AHOVOKS, NOOR) != []
    with sqlite3.connect(Path(space.ready["data"]) / "log.db") as log:
        log.execute("DELETE FROM private")

    assert traced(space, AHOVOKS, NOOR) == []
    assert space.verify().ok


def test_an_answer_that_could_not_be_handed_over_is_no_disclosure(space: RunningSpace) -> None:
    space.register(AHOVOKS, NOOR)
    kept, lost = (ask_noor(space).headers["sim-decision"] for _ in range(2))
    position = int(lost.removeprefix("D-"))
    undelivered(space, position)

    assert decisions(space, AHOVOKS, NOOR) == [kept]


def undelivered(space: RunningSpace, position: int) -> None:
    """Enter, as a door does whose client has gone, that a decision's answer did not leave."""
    here = space.host.space
    event = Event(
        EventKind.NOT_DELIVERED, here.clock.now(), here.key, {"decision": f"D-{position}"}
    )
    here.gateway.log.append_all([event.entry()])


def test_a_number_in_other_words_of_an_entry_is_not_its_person(space: RunningSpace) -> None:
    """The case, the reference and the clerk may hold the very digits."""
    space.register(AHOVOKS, NOOR)
    ask_noor(space, Sim_Case=LUKAS, x_correlation_id=LUKAS, X_Magda_Enduser_ID=LUKAS)

    assert traced(space, AHOVOKS, LUKAS) == []
    assert len(traced(space, AHOVOKS, NOOR)) == 1


def test_the_advice_and_not_the_look_behind_it_is_what_was_disclosed(space: RunningSpace) -> None:
    assert space.post("avsb", ADVICE, {"insz": AMINA, "openingsdatum": START}).status_code == 200

    (one,) = traced(space, "avsb", AMINA)

    assert (one["dienst"], one["protocol"], one["velden"]) == (
        "GeefInburgeringsadvies", "002", ["insz", "openingsdatum", "advies", "reden"],
    )  # fmt: skip


def test_a_stock_client_reads_the_log(space: RunningSpace) -> None:
    space.register(AHOVOKS, NOOR)
    ask_noor(space)
    client = zeep_client(space, AHOVOKS, "/GeefAuditLoggingDienst-02.00/soap/WebService")
    content = {"Criteria": {"Sleutel": {"Type": "INSZ", "Waarde": NOOR}}}

    asked = verzoek(space, AHOVOKS, "GeefAuditLogging", "02.00", content)
    answer = client.service.GeefAuditLogging(Verzoek=asked)

    (one,) = answer.Antwoorden.Antwoord.Inhoud.AuditLoggings.AuditLogging
    assert one.Kern.Dienst.Naam == "GeefZorgtoeslag"


# --- IsBeschikbaar and GeefWebserviceStatus --------------------------------------------------

HEARTBEAT = "<VraagTijd>2025-03-10T08:00:00 op mijn klok</VraagTijd>"
OPEN = ("IsBeschikbaar-02.00", "GeefWebserviceStatus-02.00")


@pytest.mark.parametrize("who", ["credential", "nobody"])
@pytest.mark.parametrize("path", ["common", "own"])
@pytest.mark.parametrize("key", OPEN)
def test_anybody_may_ask_whether_it_is_there(
    shared_space: RunningSpace, key: str, path: str, who: str
) -> None:
    path = "/soap" if path == "common" else BY_SERVICE[key].path

    root = ask(shared_space, AHOVOKS, key, HEARTBEAT, token=who == "credential", path=path)

    assert root.findtext(".//VraagTijd") == "2025-03-10T08:00:00 op mijn klok"
    assert root.findtext(".//AntwoordTijd") == "2025-03-10T08:00:00.000+01:00"


def test_a_heartbeat_is_entered_and_names_nobody(space: RunningSpace) -> None:
    ask(space, AHOVOKS, "IsBeschikbaar-02.00", HEARTBEAT, token=False)

    (leaf,) = space.leaves()
    assert [leaf[key] for key in ("credential", "party", "unit")] == [None, None, None]
    assert (leaf["service"], leaf["outcome"], leaf["protocol"]) == (
        "IsBeschikbaar-02.00", "permit", "platform",
    )  # fmt: skip


def test_without_a_credential_nothing_else_is_open(shared_space: RunningSpace) -> None:
    for key, content in (
        ("GeefMachtigingen-02.00", by_unit(shared_space, AHOVOKS)),
        ("GeefAuditLogging-02.00", about(NOOR)),
    ):
        root = ask(shared_space, AHOVOKS, key, content, token=False, path=BY_SERVICE[OPEN[0]].path)
        assert "ERR_025" in (root.findtext("faultstring") or "")
    assert shared_space.post(None, AUDIT, {"insz": NOOR}).status_code == 401


def test_a_credential_that_is_shown_must_be_right(shared_space: RunningSpace) -> None:
    message = a_message(shared_space, AHOVOKS, OPEN[0], HEARTBEAT)
    wrong = httpx.post(
        f"{shared_space.http}/soap", content=message, headers={"Authorization": "Bearer x"},
        trust_env=False,
    )  # fmt: skip

    assert b"ERR_025" in wrong.content


def test_descriptions_are_open_to_anybody_as_the_matrix_says(shared_space: RunningSpace) -> None:
    """The rows `wsdl` and `openapi`: what is read there tells of services, and of nobody."""
    dashed = {row[2] for row in OF_PLATFORM if row[0] == "-"}
    paths = {"wsdl": "/soap?wsdl", "openapi": "/openapi.json", "webservicestatus": "/v1/diensten"}

    assert {name: shared_space.get(path).status_code for name, path in paths.items()} == {
        name: 200 for name in paths if name in dashed
    }


def test_a_stranger_is_not_read_beyond_a_small_message(shared_space: RunningSpace) -> None:
    padded = HEARTBEAT + " " * 20_000

    root = ask(shared_space, AHOVOKS, OPEN[0], padded, token=False)

    assert "ERR_025" in (root.findtext("faultstring") or "")
    assert ask(shared_space, AHOVOKS, OPEN[0], padded).find(".//AntwoordTijd") is not None


def test_a_flood_of_heartbeats_shares_one_entry_with_a_count(space: RunningSpace) -> None:
    message = a_message(space, AHOVOKS, OPEN[0], HEARTBEAT)
    with httpx.Client(base_url=space.http, trust_env=False) as client:
        answers = [client.post("/soap", content=message) for _ in range(105)]

    assert {answer.status_code for answer in answers} == {200}
    assert ["sim-decision" in answer.headers for answer in answers] == [True] * 100 + [False] * 5
    space.host.space.gateway.attempts.flush(closing=True)
    assert space.leaves()[-1] | {"at": ""} == {
        "v": 2, "e": "attempts", "at": "", "space": "demo", "listener": "soap", "count": 5,
    }  # fmt: skip


@pytest.mark.parametrize("key", OPEN)
def test_a_stock_client_gets_a_heartbeat(shared_space: RunningSpace, key: str) -> None:
    name = BY_SERVICE[key]
    client = zeep_client(shared_space, AHOVOKS, name.path)
    asked = verzoek(shared_space, AHOVOKS, name.service.name, "02.00", {"VraagTijd": "08:00"})

    answer = client.service[name.service.name](Verzoek=asked)

    assert answer.Antwoorden.Antwoord.Inhoud.VraagTijd == "08:00"


def states(root: etree._Element) -> dict[str, tuple[str | None, ...]]:
    return {
        one.findtext("Naam") or "": tuple(
            one.findtext(path) for path in ("Beschikbaar", "Bron/Code", "Bron/Beschikbaar", "Bron/Reden")
        )
        for one in root.iter("Dienst")
    }  # fmt: skip


def test_the_status_says_of_each_service_whether_it_and_its_source_are_up(
    space: RunningSpace,
) -> None:
    up = states(ask(space, AHOVOKS, OPEN[1], HEARTBEAT, token=False))
    space.disturb(
        Fault(where="source.zorgtoeslag", kind="silent"),
        Fault(where="source.inburgering-advies", kind="busy"),
    )
    down = states(ask(space, AHOVOKS, OPEN[1], HEARTBEAT, token=False))

    assert {one[0] for one in up.values()} == {"1"}
    assert up["GeefZorgtoeslag"] == ("1", "opgroeien", "1", None)
    assert up["RegistreerInschrijving"] == ("1", None, None, None)
    assert down["GeefZorgtoeslag"] == ("0", "opgroeien", "0", "source-silent")
    assert down["GeefInburgeringsadvies"] == ("0", "agii", "0", "source-busy")
    assert down["GeefJobbonusPlusVerrichtingen"] == up["GeefJobbonusPlusVerrichtingen"]
    assert len(up) == len({one["dienst"] for one in space.get("/v1/diensten").json()["diensten"]})


def test_the_counters_count_answers_and_faults_apart(space: RunningSpace) -> None:
    space.register(AHOVOKS, NOOR)
    ask_noor(space)
    space.disturb(Fault(where="source.zorgtoeslag", kind="silent"))
    ask_noor(space)
    space.control("POST", "/clock/advance", {"seconds": 60})

    counted = space.get("/v1/diensten").json()["webserviceStatus"]

    assert counted == {
        "start": "2025-03-10T08:00:00.000+01:00", "aantalVragen": 3, "aantalAntwoorden": 2,
        "aantalFouten": 1, "recentsteVraag": "2025-03-10T08:00:00.000+01:00",
        "recentsteAntwoord": "2025-03-10T08:00:00.000+01:00",
        "recentsteFout": "2025-03-10T08:00:00.000+01:00", "doorlooptijd": 0,
    }  # fmt: skip


def test_the_status_is_read_over_rest_by_anybody_and_by_get_alone(
    shared_space: RunningSpace,
) -> None:
    answer = shared_space.get("/v1/diensten")

    assert answer.status_code == 200
    assert answer.headers["sim-protocol"] == "platform"
    assert answer.headers["sim-decision"].startswith("D-")
    assert shared_space.post(AHOVOKS, "/v1/diensten", {}).status_code == 405
    described = shared_space.get("/openapi.json").json()["paths"]["/v1/diensten"]["get"]
    assert described["security"] == []


def test_without_a_log_even_a_heartbeat_says_no(space: RunningSpace) -> None:
    space.host.space.gateway.log.close()

    answer = space.soap(None, a_message(space, AHOVOKS, OPEN[0], HEARTBEAT))

    assert answer.status_code == 200
    assert codes(SafeXml().parse(answer.content)[-1][0]) == ["60009"]


# --- a whole history of several parties -------------------------------------------------------


@dataclass(frozen=True)
class History:
    """People at work, and what each unit saw of whom, noted as it came in."""

    space: RunningSpace
    random: Random
    seen: dict[tuple[str, str], list[str]]

    def live(self, steps: int) -> None:
        """First who may ask about whom registers them, then anything goes."""
        for unit, person in ENTITLED:
            self.space.register(unit, person)
        doings = (self.consult, self.consult, self.consult_soap, self.register, self.pass_a_day)
        for _ in range(steps):
            self.random.choices(doings, (6, 3, 3, 5, 1))[0]()

    def pair(self) -> tuple[str, str]:
        """Half of the time of somebody who may ask."""
        anybody = (self.random.choice(UNITS), self.random.choice(PEOPLE))
        return self.random.choice((anybody, self.random.choice(ENTITLED)))

    def consult(self) -> None:
        unit, person = self.pair()
        path, body = self.random.choice(
            (
                (TRANSACTIONS, {"insz": person}),
                (CARE, {"insz": person, "referentiedatum": "2024-12-31"}),
                (ADVICE, {"insz": person, "openingsdatum": START}),
            )
        )
        self.note(unit, person, self.space.post(unit, path, body, Sim_Case=person))

    def consult_soap(self) -> None:
        unit, person = self.pair()
        with self.space.soap_client(unit) as client:
            answer = client.transactions(person)
        if isinstance(answer, Answered):
            self.seen.setdefault((unit, person), []).append(answer.decision or "")

    def register(self) -> None:
        unit, person = self.pair()
        path = self.random.choice((REGISTER, REGISTER, DEREGISTER))
        self.space.post(unit, path, {"insz": person, "periode": {"begin": START, "einde": None}})

    def pass_a_day(self) -> None:
        self.space.control("POST", "/clock/advance", {"days": 1})

    def note(self, unit: str, person: str, answer: httpx.Response) -> None:
        if answer.status_code == 200:
            decision = answer.headers["sim-decision"]
            self.seen.setdefault((unit, person), []).append(decision)

    def files_with(self, unit: str, person: str) -> list[str]:
        """The decisions by which files with this person stand in the unit's own folder."""
        folder = Path(self.space.ready["data"]) / "drop" / unit / "uit" / FLOW
        found = []
        for file in sorted(folder.glob("*.json")):
            if person in json.loads(file.read_text("utf-8"))["insz"]:
                manifest = file.with_name(f"{file.name}.manifest.jws")
                found.append(decision_in(manifest))
        return found


def decision_in(manifest: Path) -> str:
    payload = manifest.read_text("utf-8").split(".")[1]
    told = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return str(told["beslissing"])


UNITS = (VUTG, "vutg-audit", INFINO, "parentia", AHOVOKS, "avsb", "infino-audit")
ENTITLED = (
    (VUTG, KARIM), (VUTG, ELIF), ("vutg-audit", KARIM), (INFINO, KARIM), ("parentia", ELIF), (AHOVOKS, NOOR),
)  # fmt: skip


def test_over_a_whole_history_each_is_told_what_it_saw_and_nothing_else(
    space: RunningSpace,
) -> None:
    history = History(space, Random(1), {})
    history.live(70)

    told = {(unit, who): decisions(space, unit, who) for unit in UNITS for who in PEOPLE}

    saw = {
        (unit, who): sorted(
            [*history.seen.get((unit, who), []), *history.files_with(unit, who)], key=_number
        )
        for unit in UNITS
        for who in PEOPLE
    }
    assert told == saw
    assert sum(map(len, saw.values())) >= 8
    assert any(history.files_with(VUTG, who) for who in PEOPLE)


def _number(decision: str) -> int:
    return int(decision.removeprefix("D-"))

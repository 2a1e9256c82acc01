"""An example of every operation that is answered, over each wire that has it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from gateway.domain import services as known
from gateway.simulation.examples.rendering import call, rest, soap
from gateway.simulation.examples.shapes import (
    CLERK,
    CONTROL,
    OF_KEY,
    Call,
    Example,
    Question,
)
from gateway.web.rest.dossier import ROOT as DOSSIERS

NOOR, KARIM, ELIF, ZARA, JORIS = (
    "12631400209", "90712301137", "88660602073", "85641200822", "61673000371",
)  # fmt: skip
TODAY = "2025-03-10"
UNIT, PAYER, FUNDS, DESK = "ahovoks-studietoelagen", "infino", "avsb", "dv-cc1700"
CARE_PATH = "/v1/gezin/zorgtoeslag/bevraging"
TRANSACTIONS_PATH = "/v1/werk/jobbonusplus-verrichtingen/bevraging"
_REGISTER, _DEREGISTER = "/v1/repertorium/inschrijvingen", "/v1/repertorium/uitschrijvingen"


def registered(unit: str, insz: str) -> Call:
    """The registration without which a unit may not ask."""
    return call(unit, _REGISTER, {"insz": insz, "periode": {"begin": TODAY, "einde": None}})


def care(
    insz: str = NOOR, *, date: str = "2024-12-31", language: str = "nl", application: bool = False,
    recognitions: bool = True, unit: str = UNIT,
) -> Question:  # fmt: skip
    """GeefZorgtoeslag."""
    groups = {"statusAanvraag": application, "erkenningen": recognitions}
    body = {"insz": insz, "referentiedatum": date, "gewensteInformatie": groups, "taal": language}
    content = f"""<Criteria>
<INSZ>{insz}</INSZ>
<Referentiedatum>{date}</Referentiedatum>
<GewensteInformatie>
<StatusAanvraag>{int(application)}</StatusAanvraag>
<Erkenningen>{int(recognitions)}</Erkenningen>
</GewensteInformatie>
</Criteria>
<Taal>{language}</Taal>"""
    return Question(
        unit=unit, service=known.CARE_ALLOWANCE.key, path=CARE_PATH, body=body, content=content
    )


def transactions(unit: str = PAYER, insz: str = KARIM, year: int | None = None) -> Question:
    """GeefJobbonusPlusVerrichtingen."""
    asked = f"\n<FiscaalJaar>{year}</FiscaalJaar>" if year else ""
    content = f"<Criteria>\n<INSZ>{insz}</INSZ>{asked}\n</Criteria>"
    body: dict[str, Any] = {"insz": insz} | ({"fiscaalJaar": year} if year else {})
    return Question(
        unit=unit,
        service=known.TRANSACTIONS.key,
        path=TRANSACTIONS_PATH,
        body=body,
        content=content,
    )


def advice(*, day: str = TODAY, fund: str | None = None, enduser: str = CLERK) -> Question:
    """GeefInburgeringsadvies."""
    named = f"\n<Zorgkas>{fund}</Zorgkas>" if fund else ""
    body = {"insz": ZARA, "openingsdatum": day} | ({"zorgkas": fund} if fund else {})
    return Question(
        unit=FUNDS, service=known.ADVICE.key, path="/v1/inburgering/advies/bevraging", body=body,
        content=f"<Criteria>\n<INSZ>{ZARA}</INSZ>\n<Openingsdatum>{day}</Openingsdatum>{named}\n</Criteria>",
        enduser=enduser,
    )  # fmt: skip


def registration(
    unit: str = "kidslife", insz: str = ELIF, *, begin: str = TODAY, end: str | None = None,
    removes: bool = False,
) -> Question:  # fmt: skip
    """RegistreerInschrijving, or RegistreerUitschrijving."""
    ended = f"<Einde>{end}</Einde>" if end else ""
    element = "Uitschrijving" if removes else "Inschrijving"
    one = OF_KEY[unit]
    content = f"""<{element}>
<Identificatie>{one.uri}</Identificatie>
<Hoedanigheid>{one.hoedanigheid}</Hoedanigheid>
<INSZ>{insz}</INSZ>
<Periode><Begin>{begin}</Begin>{ended}</Periode>
</{element}>"""
    return Question(
        unit=unit,
        service=(known.DEREGISTER_0200 if removes else known.REGISTER_0200).key,
        path=_DEREGISTER if removes else _REGISTER,
        body={"insz": insz, "periode": {"begin": begin, "einde": end}},
        content=content,
    )


def by_subjects(kind: str = "PERS", *persons: str, removes: bool = False) -> Question:
    """The same in version 02.01, which names subjects of a kind."""
    subjects = "\n".join(
        f"<Subject><Type>{kind}</Type><Sleutel>{one}</Sleutel></Subject>"
        for one in persons or (ELIF,)
    )
    wrapped = f"<BetrokkenSubject>\n<Type>{kind}</Type>\n<Subjecten>\n{subjects}\n</Subjecten>\n</BetrokkenSubject>"
    asked = registration(removes=removes)
    content = asked.content.replace(f"<INSZ>{ELIF}</INSZ>", wrapped)
    service = known.DEREGISTER_0201 if removes else known.REGISTER_0201
    return replace(asked, service=service.key, content=content)


def _disclosures() -> Question:
    return Question(
        unit=PAYER, service=known.AUDIT_LOG.key, path="/v1/auditlogging/bevraging", body={"insz": KARIM},
        content=f"<Criteria>\n<Sleutel><Type>INSZ</Type><Waarde>{KARIM}</Waarde></Sleutel>\n</Criteria>",
        before=(registered(PAYER, KARIM), rest(transactions()).sent),
    )  # fmt: skip


def _platform(service: str, content: str, unit: str = UNIT) -> Example:
    return soap(Question(unit=unit, service=service, path="", body={}, content=content))


def _on_both() -> Iterator[Example]:
    for asked in (
        replace(care(), before=(registered(UNIT, NOOR),)),
        replace(transactions(), before=(registered(PAYER, KARIM),)),
        advice(fund="zorgkas-1"),
        registration(),
        replace(registration(removes=True), before=(registered("kidslife", ELIF),)),
        _disclosures(),
    ):
        yield rest(asked)
        yield soap(asked)


def _on_soap() -> Iterator[Example]:
    yield by_version(by_subjects())
    yield replace(by_version(by_subjects(removes=True)), before=(registered("kidslife", ELIF),))
    unit = f"<Criteria>\n<Afnemer><Uri>{OF_KEY[UNIT].uri}</Uri></Afnemer>\n</Criteria>"
    yield _platform(known.AUTHORISATIONS.key, unit)
    beat = "<VraagTijd>2025-03-10T08:00:00.000+01:00</VraagTijd>"
    yield _platform(known.AVAILABILITY.key, beat)
    yield _platform(known.STATUS.key, beat)


def by_version(asked: Question) -> Example:
    """An older operation's newer version, told apart by its name."""
    one = soap(asked)
    return replace(one, operation=asked.service)


def dossier_steps(*steps: str, unit: str = DESK) -> Sequence[Call]:
    """A citizen's question at the contact centre, as far as it goes. A fresh space calls the first `V-1`."""
    asked = {"insz": JORIS, "vraag": "Wanneer wordt mijn jobbonus betaald?", "kanaal": "telefoon"}
    stated = {"naam": "Verzonnen", "voornaam": "Joris", "elementen": {"bedrag": "437.50"}}
    every = {
        "ask": call(unit, DOSSIERS, asked, X_Magda_Enduser_ID=CLERK),
        "identify": call(unit, f"{DOSSIERS}/V-1/identificatie", stated, X_Magda_Enduser_ID=CLERK),
        "wait": call(CONTROL, "/_sim/clock/advance", {"seconds": 15 * 60 + 1}),
        "look": call(unit, f"{DOSSIERS}/V-1/dossier", X_Magda_Enduser_ID=CLERK),
    }
    return [every[step] for step in steps]


def _on_rest() -> Iterator[Example]:
    ask, identify, look = dossier_steps("ask", "identify", "look")
    paid, steps = "/v1/werk/jobbonusplus-statistiek/bevraging", f"{known.DOSSIER.name}/"
    yield _over_rest(known.STATISTICS.name, call("opgroeien-beleid", paid, {}))
    yield _over_rest(f"{steps}vragen", ask)
    yield _over_rest(f"{steps}identificatie", identify, ask)
    yield _over_rest(f"{steps}dossier", look, ask, identify)
    yield _over_rest(known.STATUS.name, call(None, "/v1/diensten"))
    yield _over_rest("rechten", call(PAYER, "/v1/rechten"))
    yield _over_rest("protocollen", call(None, "/v1/protocollen/004"))
    onward = call(FUNDS, "/v1/protocollen/002/doorgiften", {"derde": "zorgkassen"})
    yield _over_rest("doorgiften", onward)
    act = {"soort": "schorsing", "partij": "parentia", "reden": "een vermoeden van misbruik"}
    yield _over_rest("gebeurtenissen", call("wewis", "/v1/protocollen/001/gebeurtenissen", act))
    window = call("zele-financien", "/v1/gezin/betaalbestand/aanvragen", {})
    yield replace(_over_rest(known.PAYMENT_FILE.name, window), clock="2025-07-01T09:00:00+02:00")


def _over_rest(operation: str, sent: Call, *before: Call) -> Example:
    return Example(operation=operation, wire="rest", sent=sent, before=before)


def services() -> Iterator[Example]:
    """Every operation over SOAP and REST."""
    yield from _on_both()
    yield from _on_soap()
    yield from _on_rest()

"""Generated questions with acts in between, put to a running space by every way there is of asking.

A service that gets a wire is one row more in `WIRES`.
"""

import asyncio
import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

import httpx
from lxml import etree

from gateway.contracts.faults import Refusal
from gateway.contracts.reasons import WIRE, Reason
from gateway.domain.decision import Permit
from gateway.domain.protocol_document import Authentication
from gateway.domain.services import (
    ADVICE_PATHS,
    CARE_ALLOWANCE_PATHS,
    RESULT_PATHS,
    TRANSACTION_PATHS,
)
from gateway.flows.dry_run import DryQuestion
from gateway.simulation.units import UNITS
from tests.left_schemas import assert_fits
from tests.people import AMINA, ELIF, KARIM, LUKAS, NOBODY, NOOR, OSCAR, YUSUF, ZARA
from tests.running import ADVICE, CARE, REGISTER, START, TRANSACTIONS, RunningSpace

AFTER_THE_DECISION = frozenset({"no-data", "insz-unknown", "insz-cancelled"})
"""What a source may still say once the law has said yes."""
LETTER = "sha256:" + "a" * 64
PLATFORM = "platform"
ADVISED = "inburgering-advies"
_AT_ONCE = 16
_PEOPLE = (
    NOOR,
    KARIM,
    ELIF,
    LUKAS,
    OSCAR,
    ZARA,
    AMINA,
    YUSUF,
    NOBODY,
    "12631400208",
    "85020100023",
)
_ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
_GROUPS = frozenset({"statusAanvraag"})
_RECOGNITION = frozenset(CARE_ALLOWANCE_PATHS) - {"insz", "statusAanvraag"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One question, as any of the doors can state it."""

    unit: str
    flow: str
    insz: str
    purpose: str | None = None
    case: str | None = None
    authentication: str | None = None
    wants_application: bool = False
    wants_recognitions: bool = True
    year: int | None = None
    fund: str | None = None

    @property
    def fields(self) -> frozenset[str]:
        """What an answer would hold if nothing were withheld."""
        return WIRES[self.flow].fields(self)


@dataclass(frozen=True, slots=True)
class OnWire:
    """How a flow is asked over REST and over SOAP."""

    path: str
    body: Callable[[Asked], dict[str, Any]]
    operation: str
    version: str
    namespace: str
    content: Callable[[Asked, Mapping[str, Any]], str]
    fields: Callable[[Asked], frozenset[str]]


WIRES: Mapping[str, OnWire] = {
    "zorgtoeslag": OnWire(
        CARE,
        lambda q: {
            "insz": q.insz,
            "referentiedatum": "2024-12-31",
            "gewensteInformatie": {
                "statusAanvraag": q.wants_application,
                "erkenningen": q.wants_recognitions,
            },
        },
        "GeefZorgtoeslag",
        "02.00.0000",
        "http://magda.vlaanderen.be/gezin/soap/geefzorgtoeslag/v02_00",
        lambda q, _: (
            f"<Criteria><INSZ>{q.insz}</INSZ><Referentiedatum>2024-12-31</Referentiedatum>"
            f"<GewensteInformatie><StatusAanvraag>{int(q.wants_application)}</StatusAanvraag>"
            f"<Erkenningen>{int(q.wants_recognitions)}</Erkenningen></GewensteInformatie>"
            "</Criteria><Taal>nl</Taal>"
        ),
        lambda q: (
            frozenset({"insz"})
            | (_GROUPS if q.wants_application else frozenset())
            | (_RECOGNITION if q.wants_recognitions else frozenset())
        ),
    ),
    "jobbonusplus-verrichtingen": OnWire(
        TRANSACTIONS,
        lambda q: {"insz": q.insz} | ({"fiscaalJaar": q.year} if q.year else {}),
        "GeefJobbonusPlusVerrichtingen",
        "01.00.0000",
        "http://magda.vlaanderen.be/werk/soap/geefjobbonusplusverrichtingen/v01_00",
        lambda q, _: (
            f"<Criteria><INSZ>{q.insz}</INSZ>"
            + (f"<FiscaalJaar>{q.year}</FiscaalJaar>" if q.year else "")
            + "</Criteria>"
        ),
        lambda _: frozenset(TRANSACTION_PATHS),
    ),
    "inburgering-advies": OnWire(
        ADVICE,
        lambda q: (
            {"insz": q.insz, "openingsdatum": START} | ({"zorgkas": q.fund} if q.fund else {})
        ),
        "GeefInburgeringsadvies",
        "01.00.0000",
        "http://magda.vlaanderen.be/inburgering/soap/geefinburgeringsadvies/v01_00",
        lambda q, _: (
            f"<Criteria><INSZ>{q.insz}</INSZ><Openingsdatum>{START}</Openingsdatum>"
            + (f"<Zorgkas>{q.fund}</Zorgkas>" if q.fund else "")
            + "</Criteria>"
        ),
        lambda _: frozenset(ADVICE_PATHS),
    ),
    "repertorium": OnWire(
        REGISTER,
        lambda q: {"insz": q.insz, "periode": {"begin": START, "einde": None}},
        "RegistreerInschrijving",
        "02.00.0000",
        "http://webservice.registreerinschrijvingdienst-02_00.repertorium-02_00.vip.vlaanderen.be",
        lambda q, one: (
            f"<Inschrijving><Identificatie>{one['uri']}</Identificatie>"
            f"<Hoedanigheid>{one['hoedanigheid']}</Hoedanigheid><INSZ>{q.insz}</INSZ>"
            f"<Periode><Begin>{START}</Begin></Periode></Inschrijving>"
        ),
        lambda _: frozenset(RESULT_PATHS),
    ),
}


@dataclass(frozen=True, slots=True)
class Act:
    """Something that changes what the law says: a call, and its body."""

    method: str
    path: str
    body: Mapping[str, Any]
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What one way of asking answered, in the words that all of them must share."""

    outcome: str
    protocol: str
    reasons: tuple[tuple[str, str | None, str | None], ...] = ()
    fields: frozenset[str] = frozenset()
    withheld: frozenset[tuple[str, str]] = frozenset()


def generated(seed: int, count: int, *, a_segment: int = 20) -> Iterator[tuple[Act, list[Asked]]]:
    """Segments of questions, each behind an act. The same seed gives the same."""
    chance = random.Random(seed)
    segments = -(-count // a_segment)
    for number in range(segments):
        size = min(a_segment, count - number * a_segment)
        act = _first(number) or _act(chance, is_late=number * 10 >= segments * 9)
        yield act, [_asked(chance) for _ in range(size)]


def _first(number: int) -> Act | None:
    """First those whom the entitled units ask about are registered, then 001 is shut and opened."""
    registering = [_registering(unit, person) for unit, _, person in _ENTITLED]
    shutting = [_on("001", "schorsing", "wewis"), _on("001", "opheffing", "wewis")]
    return dict(enumerate([*registering, *shutting])).get(number)


_ENTITLED = (
    ("ahovoks-studietoelagen", "zorgtoeslag", NOOR),
    ("vutg-rechten", "jobbonusplus-verrichtingen", KARIM),
    ("vutg-audit", "jobbonusplus-verrichtingen", KARIM),
    ("vutg-toezicht", "jobbonusplus-verrichtingen", KARIM),
    ("opgroeien-geschillen", "jobbonusplus-verrichtingen", ELIF),
    ("infino", "jobbonusplus-verrichtingen", ELIF),
    ("kidslife", "jobbonusplus-verrichtingen", KARIM),
    ("parentia", "jobbonusplus-verrichtingen", OSCAR),
    ("parentia", "repertorium", NOOR),
    ("avsb", ADVISED, ZARA),
)


def _asked(chance: random.Random) -> Asked:
    """Half of the questions are of somebody who may ask; any one thing may then be wrong."""
    unit, flow, insz = chance.choice(_ENTITLED)
    if chance.random() < 0.5:
        unit = chance.choice(UNITS).key
        flow = chance.choice([*WIRES])
        insz = chance.choice(_PEOPLE)
    return Asked(
        unit=unit,
        flow=flow,
        insz=insz if chance.random() < 0.9 else chance.choice(_PEOPLE),
        purpose=chance.choice((*[None] * 8, "studietoelage", "toezicht", "rechtentoekenning")),
        case=chance.choice((None, "G-1", "G-1")),
        authentication=chance.choice((None, None, None, "eid", "digital-key", "password")),
        wants_application=chance.random() < 0.4,
        wants_recognitions=chance.random() < 0.8,
        year=chance.choice((None, None, 2023, 2024)),
        fund=chance.choice((None, None, "zorgkas-1", "zorgkas-2")) if flow == ADVISED else None,
    )


def _act(chance: random.Random, *, is_late: bool) -> Act:
    """A registration most of the time; suspensions, notice, days that pass; late, an end for good."""
    unit, _, person = chance.choice(_ENTITLED)
    party = chance.choice(("parentia", "infino", None))
    choices = [
        *[_registering(unit, person)] * 4,
        Act("POST", "/v1/repertorium/uitschrijvingen", {"insz": person}, unit),
        *[_on("001", "schorsing", "wewis", partij=party)] * 2,
        *[_on("001", "opheffing", "wewis")] * 2,
        _on("001", "opzegging", "kidslife", stuk=LETTER),
        Act("POST", "/_sim/clock/advance", {"days": chance.choice((1, 30))}),
    ]
    late = [_on("004", "beeindiging", "opgroeien"), _on("001", "machtiging-ontoereikend", "wewis")]
    return chance.choice(choices + (late * 3 if is_late else []))


def _registering(unit: str, person: str) -> Act:
    body = {"insz": person, "periode": {"begin": START, "einde": None}}
    return Act("POST", REGISTER, body, unit)


def _on(protocol: str, kind: str, by: str, **more: Any) -> Act:
    path = f"/v1/protocollen/{protocol}/gebeurtenissen"
    return Act("POST", path, {"soort": kind, "door": by, **more})


class Doors:
    """Every way of asking a running space, used at once."""

    def __init__(self, space: RunningSpace) -> None:
        self._space = space
        limits = httpx.Limits(max_connections=_AT_ONCE, max_keepalive_connections=_AT_ONCE)
        self._http = httpx.AsyncClient(
            base_url=space.http, limits=limits, timeout=60, trust_env=False
        )
        self._turn = asyncio.Semaphore(_AT_ONCE)

    async def close(self) -> None:
        await self._http.aclose()

    async def do(self, act: Act) -> None:
        """An act; that it is refused at times is part of the story."""
        token = self._space.ready["control_token"]
        if act.unit is not None:
            token = self._space.credential(act.unit)["token"]
        headers = {"Authorization": f"Bearer {token}"}
        answer = await self._http.request(act.method, act.path, json=act.body, headers=headers)
        assert answer.status_code < 500, answer.text

    async def ask(self, questions: Sequence[Asked]) -> list[tuple[Asked, dict[str, Told]]]:
        """Every question by every door; registrations last, since they change something."""
        rows: list[tuple[Asked, dict[str, Told]]] = []
        for registers in (False, True):
            chosen = [one for one in questions if (one.flow == "repertorium") is registers]
            rows += zip(chosen, await asyncio.gather(*map(self._one, chosen)), strict=True)
        return rows

    async def _one(self, asked: Asked) -> dict[str, Told]:
        async with self._turn:
            dry = self._decide(asked)
            check = await self._check(asked)
            rest, soap = await self._rest(asked), await self._soap(asked)
        return {"decide": dry, "check": check, "rest": rest, "soap": soap}

    def _decide(self, asked: Asked) -> Told:
        """The pure decision, in this process."""
        here = self._space.host.space
        stated = asked.authentication
        question = DryQuestion(
            flow=asked.flow, insz=asked.insz, fields=asked.fields, purpose=asked.purpose,
            case=asked.case, has_enduser=True, fund=asked.fund,
            authentication=Authentication(stated) if stated else None,
        )  # fmt: skip
        outcome = here.gateway.dry_run.check(here.callers[asked.unit], question)
        return _told(outcome)

    async def _check(self, asked: Asked) -> Told:
        body = {
            "credential": asked.unit, "flow": asked.flow, "insz": asked.insz,
            "fields": sorted(asked.fields), "purpose": asked.purpose, "case": asked.case,
            "authentication": asked.authentication, "zorgkas": asked.fund,
        }  # fmt: skip
        headers = {"Authorization": f"Bearer {self._space.ready['control_token']}"}
        answer = await self._http.post("/_sim/check", json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        told = answer.json()
        if told["outcome"] == "permit":
            withheld = frozenset((one["veld"], one["artikel"]) for one in told["withheld"])
            return Told("permit", told["protocol"], (), frozenset(told["fields"]), withheld)
        reasons = tuple((one["reason"], one["code"], one["article"]) for one in told["reasons"])
        assert reasons[0] == (told["reason"], told["code"], told["article"])
        ref = f"{told['protocol']}@{told['version']}" if told["protocol"] else PLATFORM
        return Told("refusal", ref, reasons)

    async def _rest(self, asked: Asked) -> Told:
        wire, one = WIRES[asked.flow], self._space.credential(asked.unit)
        stated = {
            "Sim-Purpose": asked.purpose, "Sim-Case": asked.case,
            "Sim-Authentication": asked.authentication,
            "Authorization": f"Bearer {one['token']}", "X-Magda-Enduser-ID": "82722401041",
        }  # fmt: skip
        headers = {name: value for name, value in stated.items() if value is not None}
        answer = await self._http.post(wire.path, json=wire.body(asked), headers=headers)
        content = answer.json()
        if answer.status_code == 200:
            withheld = frozenset(
                (one["veld"], one["artikel"]) for one in content.get("achtergehouden", ())
            )
            return self._answered(answer, withheld, _names(content))
        every = content.get("reasons", [content])
        reasons = tuple((one["reason"], one["code"], one["article"]) for one in every)
        ref = answer.headers["sim-protocol"]
        assert content["protocol"] == (None if ref == PLATFORM else ref.partition("@")[0])
        assert content["decision"] == answer.headers["sim-decision"]
        return self._refused(answer, reasons)

    async def _soap(self, asked: Asked) -> Told:
        one = self._space.credential(asked.unit)
        headers = {"Authorization": f"Bearer {one['token']}", "Content-Type": "text/xml"}
        answer = await self._http.post("/soap", content=envelope(asked, one), headers=headers)
        assert_fits(self._space.host.space, asked.unit, answer.content)
        root = etree.fromstring(answer.content)
        assert root.find(f".//{{{_ENVELOPE}}}Fault") is None, answer.text
        said = _annotations(root.find(".//Context/Annotaties"))
        withheld = frozenset(
            (text.partition(" (")[0], text.partition(" (")[2].rstrip(")")) for _, text in said
        )
        found = [e for e in root.iter("Uitzondering") if e.findtext("Type") == "FOUT"]
        if not found:
            elements = {str(element.tag).lower() for element in root.iter()}
            left = frozenset(n for n in asked.fields if n.rpartition(".")[2].lower() in elements)
            return self._answered(answer, withheld, left - {"periode.begin", "periode.einde"})
        reasons = tuple(_reason(element) for element in found)
        return self._refused(answer, reasons)

    def _answered(
        self, answer: httpx.Response, withheld: frozenset[tuple[str, str]], names: frozenset[str]
    ) -> Told:
        """A permit: what left is inside what the entry lists, and the entry is what is compared."""
        leaf = self._leaf(answer)
        fields = frozenset(leaf["fields"])
        assert leaf["outcome"] == "permit"
        assert names <= fields, names - fields
        assert set(leaf["withheld"]) == {name for name, _ in withheld}
        return Told("permit", answer.headers["sim-protocol"], (), fields, withheld)

    def _refused(
        self, answer: httpx.Response, reasons: tuple[tuple[str, str | None, str | None], ...]
    ) -> Told:
        """A refusal; where only the source had nothing, the decision before it is what is compared."""
        leaf, ref = self._leaf(answer), answer.headers["sim-protocol"]
        assert leaf["reasons"] == [reason for reason, _, _ in reasons]
        assert leaf["protocol"] == ref
        if reasons[0][0] not in AFTER_THE_DECISION:
            return Told("refusal", ref, reasons)
        assert reasons[0][2], "a source's refusal cites the article that it was asked under"
        fields = frozenset(leaf["asked"]) - frozenset(leaf["withheld"])
        document = next(
            d for d in self._space.host.space.gateway.protocols.bundle().documents if d.ref == ref
        )
        article = document.flows[leaf["flow"]].fields_article
        return Told("permit", ref, (), fields, frozenset((n, article) for n in leaf["withheld"]))

    def _leaf(self, answer: httpx.Response) -> dict[str, Any]:
        position = int(answer.headers["sim-decision"].removeprefix("D-"))
        reader = self._space.host.space.gateway.log.reader
        (entry,) = reader.entries(position, position)
        leaf: dict[str, Any] = json.loads(entry.leaf)
        return leaf


def _told(outcome: Permit | Refusal) -> Told:
    if isinstance(outcome, Refusal):
        reasons = tuple((g.reason.value, WIRE[g.reason].code, g.cited) for g in outcome.grounds)
        return Told("refusal", outcome.protocol or PLATFORM, reasons)
    chosen = outcome.candidate
    withheld = frozenset((one.name, one.article) for one in chosen.withheld)
    return Told("permit", chosen.protocol, (), frozenset(chosen.fields), withheld)


def _names(content: Any, path: str = "") -> frozenset[str]:
    """The names of the fields in a REST answer, as protocols call them."""
    if isinstance(content, list):
        return frozenset().union(*(_names(item, path) for item in content))
    if not isinstance(content, dict):
        return frozenset({path})
    found = {key: value for key, value in content.items() if key not in ("referte", "achtergehouden", "uitzonderingen")}  # fmt: skip
    if not path and not found.keys() - {"insz", "resultaat"}:
        return frozenset(found)
    inside = {"erkenningen": "", "verrichtingen": "", "statusAanvraag": "statusAanvraag"}
    names: set[str] = set()
    for key, value in found.items():
        if key == "statusAanvraag":
            names.add(key)
        elif key in inside:
            names |= _inner(value)
        else:
            names |= _names(value, f"{path}.{key}" if path else key)
    return frozenset(names)


def _inner(items: Any) -> set[str]:
    return {
        f"{key}.{sub}" if isinstance(value, dict) and key == "periode" else key
        for item in items
        for key, value in item.items()
        for sub in (value if isinstance(value, dict) and key == "periode" else [""])
    }


def envelope(asked: Asked, one: Mapping[str, Any]) -> bytes:
    """The question as a SOAP message."""
    wire = WIRES[asked.flow]
    stated = {"Doel": asked.purpose, "Dossier": asked.case, "Authenticatie": asked.authentication}
    words = "".join(
        f"<Annotatie><Naam>{name}</Naam><Waarde>{escape(value)}</Waarde></Annotatie>"
        for name, value in stated.items()
        if value is not None
    )
    said = f"<Annotaties>{words}</Annotaties>" if words else ""
    reference = "11111111-1111-4111-8111-111111111111"
    return (
        f'<soapenv:Envelope xmlns:soapenv="{_ENVELOPE}" xmlns:m="{wire.namespace}"><soapenv:Body>'
        f"<m:{wire.operation}><Verzoek><Context><Naam>{wire.operation}</Naam>"
        f"<Versie>{wire.version}</Versie><Bericht><Type>VRAAG</Type><Tijdstip>"
        "<Datum>2025-03-10</Datum><Tijd>08:00:00.000</Tijd></Tijdstip><Afzender>"
        f"<Identificatie>{one['uri']}</Identificatie><Referte>{reference}</Referte>"
        f"<Hoedanigheid>{one['hoedanigheid']}</Hoedanigheid><Gebruiker>82722401041</Gebruiker>"
        f"</Afzender></Bericht>{said}</Context><Vragen><Vraag><Referte>{reference}</Referte>"
        f"<Inhoud>{wire.content(asked, one)}</Inhoud></Vraag></Vragen></Verzoek>"
        f"</m:{wire.operation}></soapenv:Body></soapenv:Envelope>"
    ).encode()


def _annotations(element: etree._Element | None) -> list[tuple[str, str]]:
    if element is None:
        return []
    return [(one.findtext("Naam") or "", one.findtext("Waarde") or "") for one in element]


def _reason(element: etree._Element) -> tuple[str, str | None, str | None]:
    said = dict(_annotations(element.find("Annotaties")))
    assert WIRE[Reason(said["reason"])].code == element.findtext("Identificatie")
    return said["reason"], element.findtext("Identificatie"), said.get("article")

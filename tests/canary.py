"""A number, and a word, put wherever a client can put something; and where neither may ever be seen.

Each place sends one message that holds the canary there, and gives back the answers that came.
"""

import contextlib
import ftplib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import quote, unquote

import httpx
import paramiko
from sqlalchemy import text

from consumers.wire_sftp import Password, SftpClient
from tests.agreement import Asked, envelope
from tests.ftps import get, put
from tests.ftps_space import client_of, stranger
from tests.people import KARIM, NOOR
from tests.running import (
    ADVICE,
    CARE,
    FLOW,
    REGISTER,
    START,
    TRANSACTIONS,
    RunningSpace,
    a_batch,
)  # fmt: skip

NUMBER, WORD = KARIM, "Zqkanarie"
OTHER = NOOR
"""Somebody else, where only the words beside the number are tried."""
DOTTED = f"{NUMBER[:2]}.{NUMBER[2:4]}.{NUMBER[4:6]}-{NUMBER[6:9]}.{NUMBER[9:]}"
FORMS = (NUMBER, DOTTED, f"zaak {NUMBER}", f"a{NUMBER}", f"{NUMBER}-{WORD}", WORD, f"1{NUMBER}", f"é{NUMBER}")  # fmt: skip
UNIT, CLERK = "vutg-rechten", "82722401041"
DOSSIER = "/v1/inkomen/jobbonus-dossier/vragen"
COUNTER = "/loket/jobbonus-dossier"
ACTS = "/v1/protocollen/001/gebeurtenissen"
PRIVATE = {
    "registration", "delivered_person", "citizen_question",  # about persons, as they must be
    "protocol_event.reason",  # a party's own words about its act, told to nobody
}  # fmt: skip
_SEPARATORS = re.compile(r"[\s.\-/_+]")
_ECHOED = re.compile(
    r"<(Referte|Identificatie|Hoedanigheid|Gebruiker)>[^<]*</\1>|<Context><Naam>[^<]*</Naam>"
)
"""What contract section 6 has a SOAP answer mirror, whatever becomes of the question."""


def shows_number(shown: str) -> bool:
    """Whether the number stands in a text, however it is set apart or escaped."""
    return NUMBER in _SEPARATORS.sub("", unquote(shown))


def shows(shown: str) -> bool:
    """Whether the number or the word does."""
    return shows_number(shown) or WORD.lower() in shown.lower()


@dataclass
class Hands:
    """Sends messages, and keeps what came back: status, headers and body, and the reference sent."""

    space: RunningSpace
    client: httpx.Client
    answers: list[tuple[httpx.Response, str]] = field(default_factory=list)

    def send(
        self, method: str, path: str, body: Any = None, reference: str = "", unit: str | None = UNIT,
        **headers: str,
    ) -> None:  # fmt: skip
        """One request; header names are written with underscores."""
        sent = {"Content-Type": "application/json"}
        if unit is not None:
            sent["Authorization"] = f"Bearer {self.space.credential(unit)['token']}"
        if reference:
            sent["x-correlation-id"] = reference
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        raw = [(name.encode(), value.encode()) for name, value in sent.items()]
        content = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        with contextlib.suppress(httpx.InvalidURL, httpx.RemoteProtocolError):
            answer = self.client.request(
                method, self.space.http + path, content=content, headers=raw
            )
            self.answers.append((answer, reference))

    def ask(self, path: str, body: Any, **more: Any) -> None:
        self.send("POST", path, body, **more)

    def control(self, method: str, path: str, body: Any = None, **more: Any) -> None:
        token = self.space.ready["control_token"]
        self.send(method, f"/_sim{path}", body, unit=None, Authorization=f"Bearer {token}", **more)

    def soap(self, change: Callable[[str], str], **more: Any) -> None:
        """A question over SOAP, changed as text."""
        asked = Asked(unit=UNIT, flow="jobbonusplus-verrichtingen", insz=NUMBER, purpose="rechtentoekenning",
                      case="Z-17")  # fmt: skip
        message = change(envelope(asked, self.space.credential(UNIT)).decode())
        self.send(
            "POST", "/soap", message.encode(), **{"Content_Type": "text/xml; charset=utf-8"} | more
        )

    def soap_text(self, tag: str, text: str) -> None:
        """The first element of this name says something else."""
        self.soap(lambda m: re.sub(f"<{tag}>[^<]*</{tag}>", f"<{tag}>{text}</{tag}>", m, count=1))

    def drop(self, use: Callable[[paramiko.SFTPClient], object], unit: str = "wewis") -> None:
        """Something in a session; that it fails is fine."""
        with self.space.sftp(unit) as session, contextlib.suppress(OSError):
            use(session._sftp)

    def knock(self, user: str, secret: Any) -> None:
        """A log-in that fails."""
        door = self.space.ready["sftp"]
        with contextlib.suppress(paramiko.SSHException, OSError, EOFError):
            SftpClient(door["host"], door["port"], door["host_key"], user, secret)

    def log_in(self, key: str) -> str:
        """The token of a persona."""
        answer = self.space.control("POST", f"/personas/{key}/login")
        return str(answer.json()["token"])

    def look(self, path: str, key: str = "karim", **headers: str) -> None:
        """A citizen who is logged in looks at something below `/mijn`."""
        held = {"Authorization": f"Bearer {self.log_in(key)}"} | headers
        self.send("GET", f"/mijn{path}", unit=None, **held)

    def choose(self, path: str, form: str, **headers: str) -> None:
        """A form that the page `/mijn` has, or has not."""
        named = {"Content_Type": "application/x-www-form-urlencoded"} | headers
        self.send("POST", f"/mijn{path}", form.encode(), unit=None, **named)

    def ftps(self, use: Callable[[ftplib.FTP_TLS], object], unit: str = "wewis") -> None:
        """Something in a session over FTPS; that it fails is fine."""
        with (
            client_of(self.space, unit, source="127.0.0.3") as client,
            contextlib.suppress(*ftplib.all_errors),
        ):
            use(client)

    def knock_ftps(self, user: str, secret: str) -> None:
        """A log-in over FTPS that fails, with a certificate of another, and from elsewhere.

        Who guesses too often is locked out, with the address; whoever works must not be.
        """
        paper = self.space.credential("wewis")
        client = stranger(self.space, paper["certificate"], paper["private_key"], "127.0.0.2")
        try:
            with contextlib.suppress(*ftplib.all_errors):
                client.login(user, secret)
        finally:
            client.close()


def _write(path: str, content: bytes) -> Callable[[paramiko.SFTPClient], object]:
    def write(sftp: paramiko.SFTPClient) -> None:
        with sftp.open(path, "wb") as file:
            file.write(content)

    return write


def _read(path: str, hands: Hands, canary: str) -> None:
    """A page of the counter that has it in its path."""
    hands.send("GET", COUNTER + path.format(quote(canary)), unit=None)


Place = Callable[[Hands, str], None]
ASK = {"insz": NUMBER}
CARED = {"insz": NUMBER, "referentiedatum": START}
PERIOD = {"begin": START, "einde": None}
REST: Mapping[str, Place] = {
    "subject": lambda h, c: h.ask(TRANSACTIONS, {"insz": c}),
    "subject of care": lambda h, c: h.ask(CARE, CARED | {"insz": c}, unit="ahovoks-studietoelagen"),
    "subject of advice": lambda h, c: h.ask(ADVICE, {"insz": c, "openingsdatum": START}, unit="avsb"),
    "fund": lambda h, c: h.ask(ADVICE, {"insz": NUMBER, "openingsdatum": START, "zorgkas": c}, unit="avsb"),
    "registered": lambda h, c: h.ask(REGISTER, {"insz": c, "periode": PERIOD}),
    "permitted": lambda h, c: h.ask(TRANSACTIONS, ASK, reference=c, Sim_Case=c, Sim_Purpose="rechtentoekenning"),
    "member": lambda h, c: h.ask(TRANSACTIONS, ASK | {c: 1}),
    "member twice": lambda h, c: h.ask(TRANSACTIONS, f'{{"{c}":1,"{c}":2}}'.encode()),
    "member below": lambda h, c: h.ask(CARE, CARED | {"gewensteInformatie": {c: c}}),
    "year": lambda h, c: h.ask(TRANSACTIONS, ASK | {"fiscaalJaar": c}),
    "day": lambda h, c: h.ask(CARE, CARED | {"referentiedatum": c}, unit="ahovoks-studietoelagen"),
    "language": lambda h, c: h.ask(CARE, CARED | {"taal": c}, unit="ahovoks-studietoelagen"),
    "no JSON": lambda h, c: h.ask(TRANSACTIONS, c.encode()),
    "half JSON": lambda h, c: h.ask(TRANSACTIONS, f'{{"insz":"{c}'.encode()),
    "too large": lambda h, c: h.ask(TRANSACTIONS, {"insz": c * 120_000}),
    "reference": lambda h, c: h.ask(TRANSACTIONS, ASK, reference=c),
    "reference of a stranger": lambda h, c: h.ask(TRANSACTIONS, ASK, reference=c, unit=None),
    "reference at a reading": lambda h, c: h.send("GET", "/v1/rechten", reference=c),
    "case": lambda h, c: h.ask(TRANSACTIONS, ASK, Sim_Case=c, unit="vutg-audit"),
    "purpose": lambda h, c: h.ask(TRANSACTIONS, ASK, Sim_Purpose=c),
    "authentication": lambda h, c: h.ask(TRANSACTIONS, ASK, Sim_Authentication=c),
    "clerk": lambda h, c: h.ask(TRANSACTIONS, ASK, X_Magda_Enduser_ID=c),
    "sender": lambda h, c: h.ask(TRANSACTIONS, ASK, X_Magda_Sender_ID=c),
    "quality": lambda h, c: h.ask(TRANSACTIONS, ASK, X_Magda_Sender_QualityCode=c),
    "token": lambda h, c: h.ask(TRANSACTIONS, ASK, unit=None, Authorization=f"Bearer {c}"),
    "basic": lambda h, c: h.ask(TRANSACTIONS, ASK, unit=None, Authorization=f"Basic {c}"),
    "media type": lambda h, c: h.ask(TRANSACTIONS, ASK, Content_Type=f"text/{c}"),
    "encoding": lambda h, c: h.ask(TRANSACTIONS, ASK, Content_Encoding=c),
    "agent": lambda h, c: h.ask(TRANSACTIONS, ASK, User_Agent=c, Referer=f"http://x/{c}", Origin=c),
    "trace": lambda h, c: h.ask(TRANSACTIONS, ASK, traceparent=c, tracestate=f"x={c}", baggage=f"insz={c}"),
    "forwarded": lambda h, c: h.ask(TRANSACTIONS, ASK, X_Forwarded_For=c, Forwarded=f"for={c}", Client_Cert=c),
    "unknown header": lambda h, c: h.send("GET", "/health", **{f"X_{NUMBER}": c}),
    "path": lambda h, c: h.send("GET", f"/v1/{quote(c)}"),
    "posted path": lambda h, c: h.ask(f"/{quote(c)}", ASK),
    "method": lambda h, c: h.send(f"X{NUMBER}", "/v1/rechten"),
    "query": lambda h, c: h.send("GET", f"/health?insz={quote(c)}&{quote(c)}=1"),
    "query at a question": lambda h, c: h.ask(f"{TRANSACTIONS}?insz={quote(c)}", ASK),
    "query at the descriptions": lambda h, c: h.send("GET", f"/soap?wsdl&xsd={quote(c)}"),
    "protocol": lambda h, c: h.send("GET", f"/v1/protocollen/{quote(c)}"),
    "file": lambda h, c: h.ask(f"/v1/bestanden/{quote(c)}/herleveringen", {}),
    "space": lambda h, c: h.send("GET", f"/spaces/{quote(c)}/health"),
    "place in the log": lambda h, c: h.send("GET", f"/log/proof/{quote(c)}"),
    "direct call of a source": lambda h, c: h.ask(f"/bronnen/{quote(c)}", ASK),
    "direct call": lambda h, c: h.ask("/bronnen/jobbonusplus-verrichtingen", {"insz": c}),
    "disclosures": lambda h, c: h.ask("/v1/auditlogging/bevraging", {"insz": c}),
    "token request": lambda h, c: h.ask(
        "/oauth/token", f"grant_type={quote(c)}&client_id={quote(c)}&scope={quote(c)}&x{quote(c)}=1".encode(),
        unit=None, Content_Type="application/x-www-form-urlencoded",
    ),
    "assertion": lambda h, c: h.ask(
        "/oauth/token", (f"grant_type=client_credentials&client_id={quote(c)}&client_assertion={quote(c)}&"
        "client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer").encode(),
        unit=None, Content_Type="application/x-www-form-urlencoded",
    ),
}  # fmt: skip
ACTED: Mapping[str, Place] = {
    f"act, {name}": (lambda h, c, name=name: h.ask(
        ACTS, {"soort": "kwaliteitsmelding"} | {name: c}, unit="infino"))
    for name in ("soort", "partij", "stroom", "stuk", "reden", "betreft", "op", "door", NUMBER)
} | {
    "act on a protocol": lambda h, c: h.ask(f"/v1/protocollen/{quote(c)}/gebeurtenissen", {"soort": "schorsing"}),
    "third party": lambda h, c: h.ask("/v1/protocollen/003/doorgiften", {"derde": c, "stroom": c}, unit="zele-financien"),
}  # fmt: skip
CONTROLLED: Mapping[str, Place] = {
    f"check, {name}": (lambda h, c, name=name: h.control(
        "POST", "/check", {"credential": UNIT, "flow": "jobbonusplus-verrichtingen", "insz": NUMBER} | {name: c}))
    for name in ("credential", "flow", "insz", "purpose", "case", "zorgkas", "enduser", NUMBER)
} | {
    "check, fields": lambda h, c: h.control(
        "POST", "/check", {"credential": UNIT, "flow": "jobbonusplus-verrichtingen", "insz": NUMBER, "fields": [c]}),
    "opening, word": lambda h, c: h.control("POST", "/evidence/openings", {"decision": "D-1", "field": c}),
    "opening, number": lambda h, c: h.control("POST", "/evidence/openings", {"decision": "D-1", "insz": c}),
    "opening, entry": lambda h, c: h.control("POST", "/evidence/openings", {"decision": c, "field": "case"}),
    "persona": lambda h, c: h.control("GET", f"/personas/{quote(c)}"),
    "provider": lambda h, c: h.control("PUT", f"/providers/{quote(c)}", {"automatic": True}),
    "throttle": lambda h, c: h.control("PUT", "/throttle", {"each": None, "own": {c: {"rate": 1, "burst": 1}}}),
    "control token": lambda h, c: h.send("GET", "/_sim/clock", unit=None, Authorization=f"Bearer {c}"),
}  # fmt: skip
COUNTED: dict[str, Place] = {
    "question at the counter": lambda h, c: h.ask(
        DOSSIER, {"insz": c, "vraag": c, "kanaal": "telefoon"}, unit="dv-cc1700", X_Magda_Enduser_ID=CLERK),
    "channel of a question": lambda h, c: h.ask(
        DOSSIER, {"insz": NUMBER, "vraag": "?", "kanaal": c}, unit="dv-cc1700", X_Magda_Enduser_ID=c),
    "number of a question": lambda h, c: h.send(
        "GET", f"{DOSSIER}/{quote(c)}/dossier", unit="dv-cc1700", X_Magda_Enduser_ID=CLERK),
    "identification": lambda h, c: h.ask(
        f"{DOSSIER}/V-1/identificatie", {"naam": c, "voornaam": c, "elementen": {"bedrag": c, c: c}},
        unit="dv-cc1700", X_Magda_Enduser_ID=CLERK),
    "sign-in": lambda h, c: h.ask(
        f"{COUNTER}/aanmelden", f"bewijs={quote(c)}&gebruiker={quote(c)}&aanmelding={quote(c)}".encode(),
        unit=None, Content_Type="application/x-www-form-urlencoded"),
    "page": lambda h, c: h.send("GET", f"{COUNTER}/vragen/{quote(c)}?inzage={quote(c)}", unit=None,
                                Accept_Language=c, Cookie=f"bewijs={quote(c)}; agent={quote(c)}"),
    "form": lambda h, c: h.ask(
        f"{COUNTER}/vragen", f"insz={quote(c)}&vraag={quote(c)}&kanaal={quote(c)}".encode(), unit=None,
        Content_Type="application/x-www-form-urlencoded", Cookie=f"bewijs={quote(c)}"),
}  # fmt: skip
_PAGES = (
    "/vragen/{}/identificatie",
    "/vragen/{}/dossier",
    "/taal/{}",
    "/taal/en?naar=/vragen/{}",
    "/{}",
)
COUNTED |= {f"counter, {path}": partial(_read, path) for path in _PAGES}
SOAP: Mapping[str, Place] = {
    f"SOAP, {tag}": (lambda h, c, tag=tag: h.soap_text(tag, c))
    for tag in ("INSZ", "FiscaalJaar", "Referte", "Identificatie", "Hoedanigheid", "Gebruiker", "Naam",
                "Versie", "Type", "Datum", "Waarde")
} | {
    "SOAP, permitted": lambda h, c: h.soap(lambda m: m),
    "SOAP, attribute": lambda h, c: h.soap(lambda m: m.replace("<Verzoek>", f'<Verzoek x="{c}" x{NUMBER}="1">')),
    "SOAP, element": lambda h, c: h.soap(lambda m: m.replace("<Criteria>", f"<Criteria><x{NUMBER}>{c}</x{NUMBER}>")),
    "SOAP, namespace": lambda h, c: h.soap(lambda m: m.replace("/v01_00", f"/{quote(c)}")),
    "SOAP, operation": lambda h, c: h.soap(lambda m: m.replace("GeefJobbonusPlusVerrichtingen", f"Geef{NUMBER}")),
    "SOAP, header": lambda h, c: h.soap(
        lambda m: m.replace("<soapenv:Header/>", f"<soapenv:Header><a>{c}</a></soapenv:Header>")),
    "SOAP, comment": lambda h, c: h.soap(lambda m: m.replace("<Verzoek>", f"<Verzoek><!-- {quote(c)} -->")),
    "SOAP, instruction": lambda h, c: h.soap(lambda m: m.replace("<Verzoek>", f"<Verzoek><?x {c}?>")),
    "SOAP, doctype": lambda h, c: h.soap(lambda m: f"<!DOCTYPE a{NUMBER}>{m.partition('?>')[2] or m}"),
    "SOAP, half": lambda h, c: h.soap(lambda m: m[: m.index("<INSZ>")] + f"<INSZ>{c}"),
    "SOAP, action": lambda h, c: h.soap(lambda m: m, SOAPAction=f'"{c}"'),
    "SOAP, by a stranger": lambda h, c: h.soap(lambda m: m, unit=None, reference=c),
}  # fmt: skip
FILES: Mapping[str, Place] = {
    "upload": lambda h, c: h.drop(_write(f"/in/{FLOW}/{FLOW}_{START}.json", a_batch(NUMBER, c))),
    "upload, member": lambda h, c: h.drop(_write(f"/in/{FLOW}/{FLOW}_{START}.json", a_batch(NUMBER).replace(b"{", json.dumps({c: c})[:-1].encode() + b",", 1))),
    "upload, no JSON": lambda h, c: h.drop(_write(f"/in/{FLOW}/{FLOW}_{START}_2.json", c.encode())),
    "upload, name": lambda h, c: h.drop(_write(f"/in/{FLOW}/{c}.json", a_batch(NUMBER))),
    "upload, name of a part": lambda h, c: h.drop(_write(f"/in/{FLOW}/{c}.part", b"x")),
    "upload, day": lambda h, c: h.ask(f"/v1/aanlevering/{FLOW}?dag={quote(c)}", b"{}", unit="wewis"),
    "upload over HTTP": lambda h, c: h.ask(f"/v1/aanlevering/{FLOW}?dag={START}", a_batch(NUMBER, c), unit="wewis"),
    "upload of a flow": lambda h, c: h.ask(f"/v1/aanlevering/{quote(c)}?dag={START}", b"{}", unit="wewis"),
    "folder": lambda h, c: h.drop(lambda s: s.mkdir(f"/in/{c}")),
    "download": lambda h, c: h.drop(lambda s: s.open(f"/uit/{FLOW}/{c}.json").read(), "infino"),
    "archive": lambda h, c: h.drop(lambda s: s.rename(f"/uit/{FLOW}/{c}", f"/archief/{c}"), "infino"),
    "user": lambda h, c: h.knock(c, Password(c)),
    "password": lambda h, c: h.knock("zele-financien", Password(c)),
}  # fmt: skip
TITLES = re.compile(r"<title>(.*?)</title>", re.DOTALL)
_FILTERS = ("voor", "van", "tot", "afnemer", "na", "aantal", "insz", NUMBER)
MINE: Mapping[str, Place] = {
    f"{what}, {name}": (lambda h, c, path=path, name=name: h.look(f"{path}?{quote(name)}={quote(c)}"))
    for what, path in (("mine", ""), ("my looks", "/raadplegingen"))
    for name in _FILTERS
} | {
    "mine, after": lambda h, c: h.look(f"/raadplegingen?na=D-{quote(c)}&aantal=1"),
    "mine, page after": lambda h, c: h.look(f"?na=D-{quote(c)}&aantal=1"),
    "mine, agency and page": lambda h, c: h.look(f"?aantal=1&afnemer={quote(c)}&van={START}"),
    "mine, permitted": lambda h, c: h.look("", Referer=f"http://x/{c}", User_Agent=c, x_correlation_id=c),
    "mine, token": lambda h, c: h.look("/raadplegingen", Authorization=f"Bearer {c}"),
    "mine, basic": lambda h, c: h.look("", Authorization=f"Basic {c}"),
    "mine, cookies": lambda h, c: h.look("", Cookie=f"mijn-bewijs={quote(c)}; mijn-taal={quote(c)}; {NUMBER}={quote(c)}"),
    "mine, path": lambda h, c: h.look(f"/{quote(c)}"),
    "mine, path of looks": lambda h, c: h.look(f"/raadplegingen/{quote(c)}"),
    "mine, language": lambda h, c: h.look(f"/taal/{quote(c)}?naar={quote(c)}", Accept_Language=c),
    "mine, form": lambda h, c: h.choose("/aanmelden", f"persona={quote(c)}&{quote(c)}=1"),
    "mine, half form": lambda h, c: h.choose("/aanmelden", f"persona=%ZZ{c}&&={c}"),
    "mine, form from elsewhere": lambda h, c: h.choose("/aanmelden", f"persona={quote(c)}", Origin=f"http://{c}"),
    "mine, form of no kind": lambda h, c: h.choose("/aanmelden", c, Content_Type=f"text/{c}"),
    "mine, leaving": lambda h, c: h.choose("/afmelden", f"x={quote(c)}", Cookie=f"mijn-bewijs={quote(c)}"),
    "mine, posted": lambda h, c: h.choose("", f"insz={quote(c)}"),
    "log in": lambda h, c: h.control("POST", f"/personas/{quote(c)}/login"),
    "log in, body": lambda h, c: h.control("POST", "/personas/karim/login", {"insz": c, c: c}),
    "log in, query": lambda h, c: h.control("POST", f"/personas/karim/login?insz={quote(c)}"),
    "log in, control token": lambda h, c: h.send("POST", "/_sim/personas/karim/login", unit=None, Authorization=f"Bearer {c}"),
    "persona, query": lambda h, c: h.control("GET", f"/personas/nobody?insz={quote(c)}"),
}  # fmt: skip
KEPT: Mapping[str, Place] = {
    f"erasure, {name}": (lambda h, c, name=name: h.control(
        "POST", "/erasures", {"insz": OTHER, "ground": "request", "by": "opgroeien"} | {name: c}))
    for name in ("ground", "by", "document", NUMBER)
} | {
    "erasure": lambda h, c: h.control("POST", "/erasures", {"insz": c, "ground": "request", "by": "opgroeien"}),
    "erasure, no JSON": lambda h, c: h.control("POST", "/erasures", c.encode()),
    "erasure, control token": lambda h, c: h.send("POST", "/_sim/erasures", unit=None, Authorization=f"Bearer {c}"),
    "erasures of a kind": lambda h, c: h.control("POST", f"/erasures/{quote(c)}", {}),
    "erasures due, query": lambda h, c: h.control("POST", f"/erasures/due?insz={quote(c)}"),
} | {
    f"log, {path}": (lambda h, c, path=path: h.send("GET", "/log/" + path.replace("{}", quote(c)), unit=None))
    for path in ("{}", "checkpoint?{}=1", "checkpoints/{}", "checkpoints?size={}", "tile/{}/000", "tile/0/{}",
                 "tile/0/000.p/{}", "tile/entries/{}", "tile/entries/000.p/{}", "proof/D-{}", "proof/1?size={}",
                 "proof/D-1?size={}&insz={}", "consistency?from={}", "consistency?from=0&to={}", "keys?{}={}",
                 "keys/{}")
} | {
    "log, encoding": lambda h, c: h.send("GET", "/log/tile/entries/000.p/1", unit=None, Accept_Encoding=f"gzip, {c}"),
}  # fmt: skip
SPACES: Mapping[str, Place] = {
    "space, seed": lambda h, c: h.control("POST", "/spaces", {"id": "nieuw", "seed": c}),
    "space, clock": lambda h, c: h.control("POST", "/spaces", {"id": "nieuw", "clock": c}),
    "space, member": lambda h, c: h.control("POST", "/spaces", {"id": "x" * 99, c: c}),
    "space, made": lambda h, c: h.control("POST", "/spaces", {"id": c, "seed": 1, "clock": None}),
    "space, ready": lambda h, c: h.control("GET", f"/spaces/{quote(c)}"),
    "space, reset": lambda h, c: h.control("POST", f"/spaces/{quote(c)}/reset", {}),
    "space, seed of a reset": lambda h, c: h.control("POST", "/spaces/nergens/reset", {"seed": c, "clock": c}),
    "space, copied": lambda h, c: h.control("POST", f"/spaces/{quote(c)}/clone", {"id": "kopie"}),
    "space, name of a copy": lambda h, c: h.control("POST", "/spaces/nergens/clone", {"id": c, c: c}),
    "space, ended": lambda h, c: h.control("DELETE", f"/spaces/{quote(c)}"),
    "space, looked at": lambda h, c: h.send("GET", f"/spaces/{quote(c)}/mijn?voor={quote(c)}", unit=None),
    "snapshot": lambda h, c: h.control("GET", f"/snapshots/{quote(c)}"),
    "snapshot, restored": lambda h, c: h.control("POST", f"/snapshots/{quote(c)}/restore"),
    "snapshot, exported": lambda h, c: h.control("GET", f"/snapshots/{quote(c)}/file?keys={quote(c)}"),
    "snapshot, compared": lambda h, c: h.control("GET", f"/snapshots/{quote(c)}/difference?with={quote(c)}&{quote(c)}=1"),
    "snapshot, deleted": lambda h, c: h.control("DELETE", f"/snapshots/{quote(c)}"),
    "snapshot, name": lambda h, c: h.control("POST", "/snapshots", {"name": f"{c}+", c: c}),
    "snapshot, saved": lambda h, c: h.control("POST", "/snapshots", {"name": c}),
    "snapshot, imported": lambda h, c: h.control("POST", "/snapshots", {"name": "x", "file": f"/{c}"}),
    "recording": lambda h, c: h.control("POST", "/recording", {"name": c}),
    "recording, member": lambda h, c: h.control("POST", "/recording", {"name": "x+", c: c}),
    "recording, query": lambda h, c: h.control("GET", f"/recording?{quote(c)}=1"),
    "space, control token": lambda h, c: h.send("GET", "/_sim/spaces", unit=None, Authorization=f"Bearer {c}"),
}  # fmt: skip
FTPS: Mapping[str, Place] = {
    "FTPS, user": lambda h, c: h.knock_ftps(c, c),
    "FTPS, password": lambda h, c: h.knock_ftps("zele-financien", c),
    "FTPS, session": lambda h, c: h.ftps(lambda f: _tried(f, c)),
    "FTPS, upload": lambda h, c: h.ftps(lambda f: put(f, f"/in/{FLOW}/{FLOW}_{START}_3.json", a_batch(NUMBER, c))),
    "FTPS, name": lambda h, c: h.ftps(lambda f: put(f, f"/in/{FLOW}/{c}.json", a_batch(NUMBER))),
    "FTPS, renamed": lambda h, c: h.ftps(lambda f: f.rename(f"/in/{FLOW}/{c}.part", f"/in/{FLOW}/{c}.json")),
    "FTPS, download": lambda h, c: h.ftps(lambda f: get(f, f"/uit/{FLOW}/{c}.json"), "infino"),
    "FTPS, archive": lambda h, c: h.ftps(lambda f: f.rename(f"/uit/{FLOW}/{c}", f"/archief/{c}"), "infino"),
}  # fmt: skip
_COMMANDS = ("CWD {}", "MKD {}", "DELE {}", "RMD {}", "SIZE {}", "MDTM {}", "MLST {}", "SITE {}", "OPTS {}", "HELP {}",
             "STAT {}", "REST {}", "TYPE {}", "PORT {}", "EPRT {}", "PROT {}", "ACCT {}", "RNFR {}", "{}",
             f"X{NUMBER}", "CLNT {}", "HOST {}")  # fmt: skip


def _tried(client: ftplib.FTP_TLS, canary: str) -> None:
    """Every command with it."""
    for command in _COMMANDS:
        with contextlib.suppress(ftplib.error_reply, ftplib.error_perm, ftplib.error_temp):
            client.sendcmd(command.format(canary))


GROUPS = {
    "rest": REST,
    "acts": ACTED,
    "control": CONTROLLED,
    "counter": COUNTED,
    "soap": SOAP,
    "files": FILES,
    "mine": MINE,
    "kept": KEPT,
    "spaces": SPACES,
    "ftps": FTPS,
}
UNANSWERED = FILES.keys() | FTPS.keys()
"""What is no HTTP, and leaves no answer to look at."""
PLACES = {name: place for group in GROUPS.values() for name, place in group.items()}


def told_to_others(hands: Hands, leaves: Mapping[int, Mapping[str, Any]]) -> Sequence[str]:
    """What answers said that were not the permitted answer about the subject, less what is mirrored.

    `leaves` are the entries made meanwhile, by position.
    """
    said = []
    for answer, reference in hands.answers:
        decision = int(answer.headers.get("sim-decision", "D-0").removeprefix("D-"))
        is_permitted = leaves.get(decision, {}).get("outcome") == "permit"
        named = [f"{k}: {v}" for k, v in answer.headers.items() if k != "x-correlation-id"]
        body = "" if is_permitted else _ECHOED.sub("", answer.text)
        said.append("\n".join([*named, body.replace(reference, "") if reference else body]))
    return said


def titles(hands: Hands) -> str:
    """What windows and histories of browsers would say."""
    return "\n".join(title for answer, _ in hands.answers for title in TITLES.findall(answer.text))


def tables(space: RunningSpace) -> str:
    """Every row of the space's database that is not about a person by nature."""
    found = []
    with space.host.space.gateway.engine.begin() as connection:
        names = connection.execute(
            text("SELECT name FROM sqlite_master WHERE type = 'table'")
        ).scalars()
        for name in [one for one in names if one not in PRIVATE]:
            for row in connection.execute(text(f'SELECT * FROM "{name}"')).mappings():
                kept = {k: v for k, v in row.items() if f"{name}.{k}" not in PRIVATE}
                found.append(f"{name} {kept}")
    return "\n".join(found)

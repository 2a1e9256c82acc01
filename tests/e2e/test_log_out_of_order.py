"""If the log cannot be written, every door says "not now" and nothing leaves; it mends by itself."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.settings import DEMO_CLOCK, Settings
from gateway.simulation.host import Host
from gateway.web.counter.door import CounterDoor
from gateway.web.dispatcher import SpaceApp
from gateway.web.interactive import InteractiveDoor
from gateway.web.soap.names import PATHS as SOAP_PATHS
from gateway.web.uploads import UploadDoor
from tests.outages import no_room
from tests.people import AMINA, JORIS, KARIM, NOOR
from tests.running import FLOW, START, RunningSpace, a_batch
from tests.tls import forge

CARE_UNIT, PAYER, CLERK = "ahovoks-studietoelagen", "infino", "82722401041"
DOSSIER, COUNTER = "/v1/inkomen/jobbonus-dossier/vragen", "/loket/jobbonus-dossier"
PARCEL = f"{FLOW}_2025-03-10_000001.json"
PERIOD = {"begin": START, "einde": None}
REFERENCE = "11111111-1111-4111-8111-111111111111"
KNOWN = (NOOR, KARIM, AMINA, JORIS, CLERK)


@dataclass(frozen=True, kw_only=True)
class Ask:
    """Something to ask at a door, which is answered when all is well. Bytes are a message in SOAP."""

    unit: str | None = None
    body: Any = None
    path: str | None = None
    form: Mapping[str, str] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def send(self, space: RunningSpace, door: str) -> httpx.Response:
        method, _, template = door.partition(" ")
        with httpx.Client(base_url=space.http, timeout=60, trust_env=False) as client:
            client.headers.update({"Content-Type": "application/json", **self.headers})
            if self.form is not None:
                token = space.credential("dv-cc1700")["token"]
                visit = {"token": token, "agent": CLERK, "login": "eid"}
                client.cookies.update({f"loket-{name}": value for name, value in visit.items()})
                del client.headers["Content-Type"]
                return client.request(method, self.path or template, data=self.form)
            if self.unit is not None:
                client.headers["Authorization"] = f"Bearer {self._token(space)}"
            return client.request(method, self.path or template, content=self._content(space))

    def _token(self, space: RunningSpace) -> str:
        if self.unit == "citizen":
            return str(space.control("POST", "/personas/noor/login").json()["token"])
        is_control = self.unit == "control"
        shown = (
            space.ready["control_token"]
            if is_control
            else space.credential(self.unit or "")["token"]
        )
        return str(shown)

    def _content(self, space: RunningSpace) -> bytes | None:
        body = self.body(space) if callable(self.body) else self.body
        if body is None or isinstance(body, bytes):
            return body
        return json.dumps(body).encode()


def care_question(space: RunningSpace) -> bytes:
    one = space.credential(CARE_UNIT)
    namespace = "http://magda.vlaanderen.be/gezin/soap/geefzorgtoeslag/v02_00"
    return (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
        f'<m:GeefZorgtoeslag xmlns:m="{namespace}"><Verzoek><Context><Naam>GeefZorgtoeslag</Naam>'
        "<Versie>02.00.0000</Versie><Bericht><Type>VRAAG</Type><Tijdstip><Datum>2025-03-10</Datum>"
        f"<Tijd>08:00</Tijd></Tijdstip><Afzender><Identificatie>{one['uri']}</Identificatie>"
        f"<Referte>{REFERENCE}</Referte><Hoedanigheid>{one['hoedanigheid']}</Hoedanigheid></Afzender>"
        f"</Bericht></Context><Vragen><Vraag><Referte>{REFERENCE}</Referte><Inhoud><Criteria>"
        f"<INSZ>{NOOR}</INSZ><Referentiedatum>2024-12-31</Referentiedatum><GewensteInformatie>"
        "<StatusAanvraag>0</StatusAanvraag><Erkenningen>1</Erkenningen></GewensteInformatie>"
        "</Criteria><Taal>nl</Taal></Inhoud></Vraag></Vragen></Verzoek></m:GeefZorgtoeslag>"
        "</s:Body></s:Envelope>"
    ).encode()


def a_certificate(space: RunningSpace) -> str:
    """One that nobody has enrolled yet."""
    folder = Path(space.ready["data"]).parent / "elsewhere"
    folder.mkdir(exist_ok=True)
    return forge(folder, "elsewhere").certificate.read_text()


def soap_doors() -> dict[str, Ask]:
    asked = Ask(
        unit=CARE_UNIT, body=care_question, headers={"Content-Type": "text/xml", "SOAPAction": '""'}
    )
    described = Ask(unit=CARE_UNIT)
    return {f"POST {path}": asked for path in SOAP_PATHS} | {
        f"GET {path}": replace(described, path=f"{path}?wsdl") for path in SOAP_PATHS
    }


CLOSED: dict[str, Ask] = {
    "POST /v1/gezin/zorgtoeslag/bevraging": Ask(
        unit=CARE_UNIT, body={"insz": NOOR, "referentiedatum": "2024-12-31"}
    ),
    "POST /v1/werk/jobbonusplus-verrichtingen/bevraging": Ask(unit=PAYER, body={"insz": KARIM}),
    "POST /v1/werk/jobbonusplus-statistiek/bevraging": Ask(
        unit="opgroeien-beleid", body={"fiscaalJaar": 2024}
    ),
    "POST /v1/inburgering/advies/bevraging": Ask(
        unit="avsb", body={"insz": AMINA, "openingsdatum": "2025-03-01"}
    ),
    "POST /v1/repertorium/inschrijvingen": Ask(unit=PAYER, body={"insz": KARIM, "periode": PERIOD}),
    "POST /v1/repertorium/uitschrijvingen": Ask(unit=PAYER, body={"insz": KARIM}),
    "POST /v1/auditlogging/bevraging": Ask(unit=PAYER, body={"insz": KARIM}),
    "GET /v1/diensten": Ask(),
    "POST /v1/gezin/betaalbestand/aanvragen": Ask(unit="zele-financien", body={}),
    "POST /v1/inburgering/jaarlijst/doorgiften": Ask(unit="avsb", body={"jaar": 2025}),
    "POST /v1/aanlevering/{stroom}": Ask(
        unit="wewis", path=f"/v1/aanlevering/{FLOW}?dag={START}",
        body=json.loads(a_batch(KARIM)),
    ),
    f"POST {DOSSIER}": Ask(
        unit="dv-cc1700", body={"insz": JORIS, "vraag": "Wanneer?", "kanaal": "telefoon"},
        headers={"X-Magda-Enduser-ID": CLERK},
    ),
    f"POST {DOSSIER}/{{vraag}}/identificatie": Ask(
        unit="dv-cc1700", path=f"{DOSSIER}/V-1/identificatie",
        body={"naam": "Verzonnen", "voornaam": "Joris", "elementen": {"bedrag": "437.50"}},
        headers={"X-Magda-Enduser-ID": CLERK},
    ),
    f"GET {DOSSIER}/{{vraag}}/dossier": Ask(
        unit="dv-cc1700", path=f"{DOSSIER}/V-1/dossier", headers={"X-Magda-Enduser-ID": CLERK}
    ),
    f"POST {COUNTER}/aanmelden": Ask(
        form={"bewijs": "none", "gebruiker": CLERK, "aanmelding": "eid"}
    ),
    f"POST {COUNTER}/vragen": Ask(
        form={"insz": JORIS, "vraag": "Wanneer?", "kanaal": "telefoon"}
    ),
    f"POST {COUNTER}/vragen/{{key}}/identificatie": Ask(
        path=f"{COUNTER}/vragen/V-1/identificatie",
        form={"naam": "Verzonnen", "voornaam": "Joris", "bedrag": "437,50"},
    ),
    f"GET {COUNTER}/vragen/{{key}}/dossier": Ask(path=f"{COUNTER}/vragen/V-1/dossier", form={}),
    "GET /v1/rechten": Ask(unit=PAYER),
    "GET /mijn/raadplegingen": Ask(unit="citizen"), "GET /mijn": Ask(unit="citizen"),
    "POST /mijn/aanmelden": Ask(form={"persona": "none"}),
    "GET /v1/bestanden": Ask(unit=PAYER),
    "POST /v1/bestanden/{bestand}/herleveringen": Ask(
        unit=PAYER, path=f"/v1/bestanden/{PARCEL}/herleveringen"
    ),
    "POST /v1/protocollen/{key}/gebeurtenissen": Ask(
        unit="wewis", path="/v1/protocollen/001/gebeurtenissen",
        body={"soort": "kwaliteitsmelding", "reden": "verzonnen"},
    ),
    "POST /v1/protocollen/{key}/doorgiften": Ask(
        unit=PAYER, path="/v1/protocollen/001/doorgiften", body={"derde": "kidslife"}
    ),
    "POST /oauth/token": Ask(body={}),
    "POST /oauth/introspect": Ask(body={}),
    "POST /oauth/revoke": Ask(body={}),
    "GET /oauth/token": Ask(),
    "GET /oauth/introspect": Ask(),
    "GET /oauth/revoke": Ask(),
    "PUT /oauth/token": Ask(),
    "PUT /oauth/introspect": Ask(),
    "PUT /oauth/revoke": Ask(),
    "POST /_sim/check": Ask(
        unit="control", body={"credential": PAYER, "flow": "jobbonusplus-verrichtingen", "insz": KARIM}
    ),
    "POST /_sim/evidence/openings": Ask(unit="control", body={"decision": "D-1", "field": "case"}),
    "GET /_sim/rights": Ask(unit="control", path=f"/_sim/rights?credential={PAYER}"),
    "POST /_sim/erasures": Ask(
        unit="control", body={"insz": AMINA, "ground": "request", "by": "avsb"}
    ),
    "POST /_sim/clock/advance": Ask(unit="control", body={"seconds": 1}),
    "PUT /_sim/clock": Ask(unit="control", body={"at": "2025-03-10T08:10:00+01:00"}),
    "POST /_sim/keys": Ask(unit="control", body={"credential": PAYER}),
    "POST /_sim/keys/enrolments": Ask(
        unit="control", body=lambda space: {"credential": PAYER, "certificate": a_certificate(space)}
    ),
    "POST /_sim/keys/signing": Ask(
        unit="control", body=lambda space: {"credential": PAYER, "key": a_certificate(space)}
    ),
    "POST /_sim/keys/sha1": Ask(
        unit="control", body={"reference": "myfamily", "allowed": True}
    ),
    "POST /_sim/keys/revocations": Ask(
        unit="control", body={"reference": "myfamily", "reason": "superseded"}
    ),
    "POST /bronnen/opgroeien/zorgtoeslag": Ask(body={"insz": NOOR}),
    **soap_doors(),
}  # fmt: skip
"""Doors that enter what is asked there."""
OPEN = frozenset({
    "GET /openapi.json",  "GET /docs",
    "GET /docs/oauth2-redirect",  "GET /health", "GET /ready", "GET /metrics",
    "GET /oauth/jwks", "GET /pki/ca.pem", "GET /pki/answers.pem",
    "GET /pki/crl", "GET /.well-known/oauth-authorization-server",
    "GET /.well-known/openid-configuration",
    "GET /v1/protocollen", "GET /v1/protocollen/{key}", "GET /v1/protocollen/{key}/gebeurtenissen",
    "GET /v1/protocollen/{key}/taken",
    f"GET {COUNTER}", f"GET {COUNTER}/vragen", f"GET {COUNTER}/vragen/{{key}}",
    f"GET {COUNTER}/vragen/{{key}}/identificatie", f"GET {COUNTER}/taal/{{language}}",
    f"POST {COUNTER}/afmelden", "GET /loket/loket.css",
    "POST /_sim/personas/{key}/login",
    "POST /mijn/afmelden", "GET /mijn/taal/{language}",
    "PUT /_sim/providers/{party}", "POST /_sim/protocols/reload", "PUT /_sim/throttle", "POST /_sim/reset",
    "POST /_sim/spaces", "POST /_sim/spaces/{key}/reset", "POST /_sim/spaces/{key}/clone",
    "POST /_sim/recording", "POST /_sim/snapshots", "POST /_sim/snapshots/{name}/restore",
    "POST /_sim/erasures/due", "PUT /_sim/faults", "POST /_sim/journal/never", "POST /_sim/journal/search",
    *(f"POST /_sim/world/{act}" for act in ("change", "events", "import", "people", "person", "revert")),
})  # fmt: skip
"""Doors that enter nothing: empty forms, public texts, and the tester's own desk; the public log is another."""
LOOKS = ("GET /log/", "GET /_sim/")
"""Reading the public log, and the tester's looks at a space: they enter nothing, but for those that are closed."""
BEFORE_FASTAPI = frozenset(
    door
    for door in CLOSED
    if door.partition(" ")[2].startswith((DOSSIER, "/v1/aanlevering", "/bronnen", COUNTER))
)
"""Doors to paths with a question in them, and to the sources: they are found by hand."""


def routes_of(router: Any) -> Iterator[str]:
    """What FastAPI answers, but for other methods than those that a path takes."""
    for route in router.routes:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from routes_of(inner)
        elif route.endpoint.__name__ not in ("refuse_method", "refuse"):
            yield from (
                f"{method} {route.path}" for method in route.methods & {"GET", "POST", "PUT"}
            )


def app_of(space: RunningSpace) -> SpaceApp:
    """The application of the default space."""
    place: Any = space.host._dispatcher.default
    app = place.app._app  # behind what can go wrong on purpose
    assert isinstance(app, SpaceApp)
    return app


def doors_of(space: RunningSpace) -> set[str]:
    """Every door that the application has."""
    app = app_of(space)
    inner: Any = app.rest
    posted, read = (f"POST {path}" for path in app.hot), (f"GET {path}" for path in app.read)
    return {*posted, *read, *routes_of(inner._app._app)}


@pytest.fixture(scope="module")
def well(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSpace]:
    """A space in which there is something to ask about."""
    data = tmp_path_factory.mktemp("space")
    options = Settings(data=data, http_port=0, sftp_port=0, clock=DEMO_CLOCK, demo=True)
    host = Host(options)
    space = RunningSpace(host, host.start())
    space.register(PAYER, KARIM)
    space.register(CARE_UNIT, NOOR)
    assert CLOSED[f"POST {DOSSIER}"].send(space, f"POST {DOSSIER}").status_code == 201
    yield space
    host.stop()


def test_no_door_is_forgotten(well: RunningSpace) -> None:
    steps = {type(door) for door in app_of(well).steps}

    assert steps == {InteractiveDoor, CounterDoor, UploadDoor}
    public = {door for door in doors_of(well) - CLOSED.keys() if door.startswith(LOOKS)}
    assert (doors_of(well) | BEFORE_FASTAPI) - public == CLOSED.keys() | OPEN
    assert not CLOSED.keys() & OPEN


def state_of(space: RunningSpace) -> list[Any]:
    """What may change only with an entry."""
    seen = [space.control("GET", path).json() for path in ("/clock", "/keys", "/keys/signing")]
    return [*seen, space.get("/v1/protocollen/001/gebeurtenissen").json(), space.leaves()[-1]]


def test_every_door_says_not_now_and_nothing_leaves(well: RunningSpace) -> None:
    with no_room(log_of(well), well.host.space.gateway.log):
        before = state_of(well)
        told = {door: ask.send(well, door) for door, ask in CLOSED.items()}
        after = state_of(well)
    afterwards = {door: ask.send(well, door) for door, ask in CLOSED.items()}

    assert {door: one.status_code for door, one in told.items() if not is_not_now(one)} == {}
    assert not [door for door, one in told.items() if any(number in one.text for number in KNOWN)]
    assert after == before
    assert not [door for door, one in afterwards.items() if is_not_now(one)]
    assert well.verify().ok


def log_of(space: RunningSpace) -> Path:
    return Path(space.ready["data"]) / "log.db"


def is_not_now(answer: httpx.Response) -> bool:
    """Whether it is a clear no, in the words of each door, with nothing of an entry."""
    if "sim-decision" in answer.headers:
        return False
    kind = answer.headers["content-type"].partition(";")[0]
    if kind == "text/xml":
        return answer.status_code == 200 and b">60009<" in answer.content
    if answer.status_code != 503 or answer.headers.get("retry-after") != "2":
        return False
    if kind == "text/html":
        return "niet" in answer.text
    body = answer.json()
    is_said = (
        body.get("reason") == "log-unavailable" or body.get("error") == "temporarily_unavailable"
    )
    return is_said and body.get("decision") is None

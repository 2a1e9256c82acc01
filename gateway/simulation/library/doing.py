"""Does the acts of a scenario: each verb over the wire that an agency would use."""

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import httpx
import paramiko

from consumers.errand import Errand
from gateway.domain.legal_day import in_brussels, legal_day
from gateway.simulation.library.acts import (
    Act,
    Advance,
    Bypass,
    Check,
    Citizen,
    Collect,
    Consult,
    Identify,
    LogIn,
    Look,
    MakeList,
    OtherSpace,
    PassListOn,
    PassOn,
    ProtocolAct,
    Question,
    Register,
    RequestFile,
    Send,
    Upload,
)
from gateway.simulation.library.agency_doing import AgencyDoing
from gateway.simulation.library.probing import open_cells, tamper, what_if
from gateway.simulation.library.said import Said, compared, over_http, over_soap
from gateway.simulation.library.stage import Room, Scene, Stage
from providers.sources.integration import unfulfilled

HOME = "home"
_CARE_DAY = date(2024, 12, 31)
_PATHS = {
    "zorgtoeslag": "/v1/gezin/zorgtoeslag/bevraging",
    "jobbonusplus-verrichtingen": "/v1/werk/jobbonusplus-verrichtingen/bevraging",
    "jobbonusplus-statistiek": "/v1/werk/jobbonusplus-statistiek/bevraging",
    "inburgering-advies": "/v1/inburgering/advies/bevraging",
}
_DOSSIER = "/v1/inkomen/jobbonus-dossier/vragen"
_REPERTORY = "/v1/repertorium"
_WITHOUT_SOAP = "jobbonusplus-statistiek"


class Doing:
    """The hands of a scenario."""

    def __init__(self, stage: Stage, scene: Scene) -> None:
        self._stage, self._scene = stage, scene
        self._verbs: Mapping[str, Callable[[Any], Said]] = {
            "consult": self._consult, "register": self._register, "deregister": self._deregister,
            "upload": self._upload, "make_list": self._make_list, "collect": self._collect, "request_file": self._request_file,
            "pass_list_on": self._pass_list_on, "act": self.act, "pass_on": self._pass_on,
            "advance": self._advance, "question": self._question, "identify": self._identify,
            "look": self._look, "send": self._send, "log_in": self._log_in,
            "bypass": self._bypass, "check": self._check, "space": self._space,
            "citizen": self._citizen,
            "ask_everything": lambda act: open_cells(scene, act.about),
            "tamper": lambda act: tamper(scene, act.entry),
            "what_if": lambda act: what_if(scene, act.switches),
            **AgencyDoing(scene).verbs,
        }  # fmt: skip

    def do(self, act: Act) -> Said:
        """One act, and all that follows from it."""
        try:
            said = self._verbs[act.verb](act.verbs[act.verb])
        except httpx.TransportError as lost:
            said = Said(reason="no-answer", text=str(lost))
        self._here.space.settle()
        return said

    def act(self, act: ProtocolAct) -> Said:
        """Something that a party does to a protocol."""
        paper = hashlib.sha256(act.kind.encode()).hexdigest()
        body = _stated(soort=act.kind, door=act.by, partij=act.party, stroom=act.flow,
                       betreft=act.settles, op=act.at and in_brussels(act.at).isoformat(),
                       stuk=f"sha256:{paper}" if act.in_writing else None)  # fmt: skip
        path = f"/v1/protocollen/{act.protocol}/gebeurtenissen"
        return self._as_simulation(path, body)

    def register(self, unit: str, people: list[str], begin: date | None = None) -> Said:
        """A unit states that it handles files."""
        said = Said()
        period = {"begin": (begin or self._today()).isoformat(), "einde": None}
        for who in people:
            body = {"insz": self._scene.number(who), "periode": period}
            said = over_http(self._here.send(unit, "POST", f"{_REPERTORY}/inschrijvingen", body))
        return said

    @property
    def _here(self) -> Room:
        return self._scene.here

    def _today(self) -> date:
        return legal_day(self._here.space.clock.now())

    def _consult(self, act: Consult) -> Said:
        wire = "rest" if act.flow == _WITHOUT_SOAP else act.wire
        if act.questions > 1:
            return self._stage.soap_twice(self._here, act.unit, self._scene.number(act.about or ""))
        if wire == "soap":
            return self._over_soap(act)
        rest = self._over_rest(act)
        return compared(rest, self._over_soap(act)) if wire == "both" else rest

    def _over_rest(self, act: Consult) -> Said:
        headers = _stated(Sim_Purpose=act.purpose, Sim_Case=act.case,
                          Sim_Authentication=act.authentication,
                          X_Magda_Enduser_ID=act.actor)  # fmt: skip
        body = self._body(act)
        return over_http(self._here.send(act.unit, "POST", _PATHS[act.flow], body, **headers))

    def _body(self, act: Consult) -> dict[str, Any]:
        who = {"insz": self._scene.number(act.about)} if act.about else {}
        if act.flow == "zorgtoeslag":
            wants = {"statusAanvraag": "application" in act.wants,
                     "erkenningen": "recognitions" in act.wants}  # fmt: skip
            day = (act.on or _CARE_DAY).isoformat()
            return {**who, "referentiedatum": day, "gewensteInformatie": wants}
        if act.flow == "inburgering-advies":
            day = (act.on or self._today()).isoformat()
            return {**who, "openingsdatum": day, **_stated(zorgkas=act.fund)}
        return {**who, **_stated(fiscaalJaar=act.year)}

    def _over_soap(self, act: Consult) -> Said:
        errand = Errand(purpose=act.purpose, case=act.case, clerk=act.actor,
                        authentication=act.authentication)  # fmt: skip
        who, client = self._scene.number(act.about or ""), self._stage.soap(self._here, act.unit)
        if act.flow == "zorgtoeslag":
            day = act.on or _CARE_DAY
            return over_soap(
                client.care_allowance(
                    who, day, wants_application="application" in act.wants,
                    wants_recognitions="recognitions" in act.wants, errand=errand,
                )
            )  # fmt: skip
        if act.flow == "inburgering-advies":
            return over_soap(client.advice(who, act.on or self._today(), act.fund, errand))
        return over_soap(client.transactions(who, act.year, errand))

    def _register(self, act: Register) -> Said:
        return self.register(act.unit, act.people, act.begin)

    def _deregister(self, act: Register) -> Said:
        said = Said()
        for who in act.people:
            body = {"insz": self._scene.number(who)}
            said = over_http(self._here.send(act.unit, "POST", f"{_REPERTORY}/uitschrijvingen", body))  # fmt: skip
        return said

    def _upload(self, act: Upload) -> Said:
        """NOTE: the receipt is what the provider is told."""
        records = act.records
        if records is None:
            records = [{"insz": self._scene.number(who)} for who in act.people]
        content = {"schema": f"{act.flow}/1", "dag": act.day.isoformat(), "volgnummer": act.number,
                   "aantal": len(records), "records": self._scene.numbered(records)}  # fmt: skip
        later = f"_{act.number}" if act.number > 1 else ""
        name = f"{act.flow}_{act.day}{later}.json"
        drop = self._here.drop(act.by)
        drop.upload(act.flow, name, json.dumps(content).encode())
        self._here.space.settle()
        text = drop.receipt(name).decode()
        return Said(body=json.loads(text), text=text)

    def _make_list(self, act: MakeList) -> Said:
        people = list(unfulfilled(self._here.space.world, act.day))
        return self._upload(
            Upload(by="agii", flow="inburgering-jaarlijst", day=act.day, people=people)
        )

    def _collect(self, act: Collect) -> Said:
        drop = self._here.drop(act.unit)
        names = [name for name in drop.files(act.flow) if act.day.isoformat() in name]
        if not names:
            return Said(reason="no-such-file")
        try:
            text = drop.fetch(act.flow, names[-1]).decode()
        except OSError as refused:
            return Said(reason="reading-refused", text=str(refused))
        if act.acknowledge:
            drop.acknowledge(act.flow, names[-1])
        return Said(body=json.loads(text), text=text)

    def _request_file(self, act: RequestFile) -> Said:
        path = "/v1/gezin/betaalbestand/aanvragen"
        return over_http(self._here.send(act.unit, "POST", path, {}))

    def _pass_list_on(self, act: PassListOn) -> Said:
        path = "/v1/inburgering/jaarlijst/doorgiften"
        return over_http(self._here.send(act.unit, "POST", path, {"jaar": act.year}))

    def _pass_on(self, act: PassOn) -> Said:
        body = _stated(derde=act.to, stroom=act.flow, door=act.by)
        return self._as_simulation(f"/v1/protocollen/{act.protocol}/doorgiften", body)

    def _as_simulation(self, path: str, body: Any) -> Said:
        token = f"Bearer {self._here.ready['control_token']}"
        return over_http(self._here.send(None, "POST", path, body, Authorization=token))

    def _advance(self, act: Advance) -> Said:
        time = self._here.space.time
        moved = time.advance(act.to) if act.to else time.advance_by(days=act.days, seconds=act.seconds)  # fmt: skip
        return Said(body=moved, text=json.dumps(moved))

    def _question(self, act: Question) -> Said:
        body = {"insz": self._scene.number(act.about), "vraag": "Hoe ver staat het?", "kanaal": "telefoon"}  # fmt: skip
        headers = _stated(X_Magda_Enduser_ID=act.actor, Sim_Authentication=act.authentication)
        return over_http(self._here.send(act.unit, "POST", _DOSSIER, body, **headers))

    def _identify(self, act: Identify) -> Said:
        body = {"elementen": _stated(bedrag=act.amount),
                **_stated(naam=act.name, voornaam=act.first_name)}  # fmt: skip
        return self._of_clerk(act.unit, "POST", f"{_DOSSIER}/{act.question}/identificatie", body)

    def _look(self, act: Look) -> Said:
        body = None if act.method == "GET" else {"bedrag": "999.00"}
        return self._of_clerk(act.unit, act.method, f"{_DOSSIER}/{act.question}/dossier", body)

    def _of_clerk(self, unit: str, method: str, path: str, body: Any) -> Said:
        clerk = {"X_Magda_Enduser_ID": "82722401041"}
        return over_http(self._here.send(unit, method, path, body, **clerk))

    def _send(self, act: Send) -> Said:
        body = self._scene.numbered(act.body)
        return over_http(self._here.send(act.unit, act.method, act.path, body))

    def _log_in(self, act: LogIn) -> Said:
        try:
            self._here.log_in(act.unit, self._stage.shown(self._here, act)).close()
        except (paramiko.SSHException, EOFError, OSError) as refused:
            return Said(reason="log-in-refused", text=str(refused))
        return Said()

    def _bypass(self, act: Bypass) -> Said:
        """NOTE: the sources' door lies behind the gateway's listener."""
        path = f"/bronnen/{act.party}/{act.flow}"
        return over_http(self._here.send(None, "POST", path, {"insz": "12631400209"}))

    def _check(self, act: Check) -> Said:
        body = _stated(credential=act.unit, flow=act.flow, insz=self._scene.number(act.about),
                       fields=act.fields, purpose=act.purpose, case=act.case, enduser=act.actor)  # fmt: skip
        told = self._here.control("POST", "/check", body)
        found = told.json()
        return Said(status=told.status_code, reason=found.get("reason"), code=found.get("code"),
                    article=found.get("article"), protocol=found.get("protocol"), body=found,
                    text=told.text)  # fmt: skip

    def _citizen(self, act: Citizen) -> Said:
        token = self._here.control("POST", f"/personas/{act.about}/login").json()["token"]
        path = f"/mijn/raadplegingen?voor={act.about}"
        return over_http(self._here.send(None, "GET", path, Authorization=f"Bearer {token}"))

    def _space(self, act: OtherSpace) -> Said:
        scene = self._scene
        if act.name != HOME and act.name not in scene.others:
            scene.others[act.name] = self._stage.other(act.name, act.clock)
        scene.here = scene.home if act.name == HOME else scene.others[act.name]
        return Said()


def _stated(**words: Any) -> dict[str, Any]:
    """What is stated, without what is not."""
    return {name: value for name, value in words.items() if value is not None}

"""The corpus of reasons (`tests/corpus/reasons.yaml`) put to a running space: each row's trigger, on each wire."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import httpx
from lxml import etree
from ruamel.yaml import YAML

from gateway.adapters.log import SqliteLog
from gateway.domain.protocol_document import ProtocolDocument
from gateway.flows.throttle import Limits
from gateway.simulation.disturbance.rules import Fault
from tests import people
from tests.agreement import WIRES, Asked, envelope
from tests.running import DEREGISTER, REGISTER, START, RunningSpace
from tests.texts import Edit, Texts, item, law_of

FILE = Path(__file__).parent / "corpus/reasons.yaml"
DOSSIER = "/v1/inkomen/jobbonus-dossier/vragen"
CLERK = "82722401041"
_CONTACT = "dv-cc1700"
_ASKED = frozenset(Asked.__dataclass_fields__)
_WIRES = ("rest", "soap")
Row = Mapping[str, Any]
ROWS: Mapping[str, Row] = {
    row["reason"]: row for row in YAML(typ="safe", pure=True).load(FILE.read_text("utf-8"))
}


@dataclass(frozen=True, slots=True)
class Answered:
    """What a wire said of a reason, in the words of the corpus; `None` where it said nothing of it."""

    code: str | None
    place: str | int | None
    status: int
    problem: str
    text: str


def turned_off(row: Row) -> Row:
    """The row with what `off` lays over it."""
    laid: dict[str, Any] = deepcopy({key: value for key, value in row.items() if key != "off"})
    for key, value in row.get("off", {}).items():
        if isinstance(value, Mapping) and isinstance(laid.get(key), Mapping):
            laid[key] = {**laid[key], **value}
        else:
            laid[key] = value
    return laid


def with_law(row: Row, law: Mapping[str, Any]) -> Row:
    """The row under further changes of the law; where both change the same, its own stand."""
    return {**row, "law": {**law, **row.get("law", {})}}


def wires(row: Row) -> list[str]:
    """The wires that can say it."""
    return [wire for wire in _WIRES if not isinstance(row.get(wire), str)]


def expected(row: Row, wire: str) -> Answered:
    """What the row says that a wire must say."""
    code, place, status, problem, text = row["wire"]
    if wire == "rest":
        return Answered(code, None, status, problem, text)
    kind = "warning" if problem == "warning" else ""
    return Answered(code, place, 500 if place == "fault" else 200, kind, text)


@dataclass
class Desk:
    """Puts rows to a running space, and its law and world back as they were."""

    space: RunningSpace
    _registered: list[tuple[str, str]] = field(default_factory=list)
    _known: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._http = httpx.Client(base_url=self.space.http, timeout=60, trust_env=False)

    def close(self) -> None:
        """Hang up."""
        self._http.close()

    def said(self, row: Row, wire: str) -> Answered | None:
        """What the wire says of the row's reason, with its law and world standing."""
        with self._standing(row):
            return _told(self._ask(row, wire), wire, row["reason"])

    @contextmanager
    def _standing(self, row: Row) -> Iterator[None]:
        """NOTE: people are registered under the shipped law, which opens that to whoever needs it."""
        gateway = self.space.host.space.gateway
        library = gateway.protocols
        before = (library._documents, library._events, library._bundle)
        steps = row.get("world", [])
        early = [step for step in steps if "register" in step]
        try:
            for step in early:
                self._do(row, step)
            if row.get("law"):
                library.replace(_compiled(json.dumps(row["law"])))
            for step in steps:
                if step not in early:
                    self._do(row, step)
            yield
        finally:
            library._documents, library._events, library._bundle = before
            self.space.disturb()
            gateway.throttle.put(Limits())
            self._read_only(is_on=False)
            while self._registered:
                self._unregister(*self._registered.pop())

    def _do(self, row: Row, step: Row) -> None:
        """One thing that happens before the question; its first key says what."""
        (kind, value), *more = step.items()
        does: Mapping[str, Callable[[], object]] = {
            "register": lambda: self._register(value, *(_person(name) for _, name in more)),
            "unregister": lambda: self._unregister(value, *(_person(name) for _, name in more)),
            "act": lambda: self._act(value, dict(more)),
            "source": lambda: self._fail(row["ask"]["flow"], value),
            "throttle": lambda: self._throttle(value),
            "log": lambda: self._read_only(is_on=value == "read-only"),
            "asked": lambda: self._ask_before(row, value),
            "dossier": lambda: self._known.update(vraag=self._in_session(value)),
        }
        does[kind]()

    def _register(self, unit: str, person: str) -> None:
        body = {"insz": person, "periode": {"begin": START, "einde": None}}
        self._post(unit, REGISTER, body, 200)
        self._registered.append((unit, person))

    def _unregister(self, unit: str, person: str) -> None:
        self._post(unit, DEREGISTER, {"insz": person}, 200)

    def _act(self, protocol: str, body: Row) -> None:
        self._post(None, f"/v1/protocollen/{protocol}/gebeurtenissen", body, 201)

    def _fail(self, flow: str, kind: Any) -> None:
        self.space.disturb(Fault(where=f"source.{flow}", kind=kind))

    def _throttle(self, unit: str) -> None:
        body = {"own": {unit: {"rate": 1.0, "burst": 0}}}
        assert self.space.control("PUT", "/throttle", body).status_code == 200

    def _read_only(self, *, is_on: bool) -> None:
        """The log's file as a full or read-only disk leaves it."""
        log = self.space.host.space.gateway.log.inner
        assert isinstance(log, SqliteLog)
        log._chain.connection.execute(f"PRAGMA query_only={int(is_on)}")

    def _ask_before(self, row: Row, times: int) -> None:
        """NOTE: what an earlier row had of a yearly number stays had."""
        for _ in range(times):
            answer = self._ask(row, "rest").json()
            assert answer.get("reason") in (None, row["reason"]), answer

    def _in_session(self, steps: list[str]) -> str:
        """The label of a citizen's question that came so far."""
        if "open" not in steps:
            return "V-9999"
        body = {"insz": people.JORIS, "vraag": "?", "kanaal": "telefoon"}
        label: str = self._post(_CONTACT, DOSSIER, body, 201)["vraag"]
        if "identify" in steps:
            stated = {"naam": "Verzonnen", "voornaam": "Joris", "elementen": {"bedrag": "437.50"}}
            told = self._post(_CONTACT, f"{DOSSIER}/{label}/identificatie", stated, 200)
            assert told["geidentificeerd"], told
        if "wait" in steps:
            self.space.control("POST", "/clock/advance", {"seconds": 15 * 60 + 1})
        return label

    def _post(self, unit: str | None, path: str, body: Row, status: int) -> Any:
        """A call that must succeed, in a unit's name or in that of the simulation."""
        shown = self._token({"unit": unit or _CONTACT, "token": "own" if unit else "control"})
        headers = {"X-Magda-Enduser-ID": CLERK} | shown
        answer = self._http.post(path, json=dict(body), headers=headers)
        assert answer.status_code == status, answer.text
        return answer.json()

    def _token(self, said: Row) -> dict[str, str]:
        shown = said.get("token", "own")
        if shown is None:
            return {}
        own = self.space.credential(said["unit"])["token"]
        known = {"own": own, "control": self.space.ready["control_token"]}
        return {"Authorization": f"Bearer {known.get(shown, shown)}"}

    def _ask(self, row: Row, wire: str) -> httpx.Response:
        return self._rest(row) if wire == "rest" else self._soap(row)

    def _rest(self, row: Row) -> httpx.Response:
        how, said = row.get("rest") or {}, row["ask"]
        body, path = dict(how.get("body") or {}), str(how.get("path") or "")
        if "flow" in said:
            wire = WIRES[said["flow"]]
            body, path = {**wire.body(_question(row)), **body}, path or wire.path
        stated = {
            "Content-Type": "application/json", "Sim-Purpose": said.get("purpose"),
            "Sim-Case": said.get("case"), "Sim-Authentication": said.get("authentication"),
            "X-Magda-Enduser-ID": said.get("enduser", CLERK),
        }  # fmt: skip
        headers = {name: value for name, value in stated.items() if value}
        headers |= self._token(said) | how.get("headers", {})
        method = how.get("method", "POST")
        content = b"" if method == "GET" else json.dumps(body).encode() + b" " * how.get("pad", 0)
        path = path.format(**self._known)
        return self._http.request(method, path, content=content, headers=headers)

    def _soap(self, row: Row) -> httpx.Response:
        how, said = row.get("soap") or {}, row["ask"]
        text = envelope(_question(row), self.space.credential(said["unit"])).decode()
        for old, new in how.get("replace", ()):
            assert old in text, (row["reason"], old)
            text = text.replace(old, new)
        text = text.replace(CLERK, said.get("enduser", CLERK)) + " " * how.get("pad", 0)
        headers = {"Content-Type": "text/xml"} | self._token(said)
        return self._http.post("/soap", content=text.encode(), headers=headers)


def _question(row: Row) -> Asked:
    said = {key: value for key, value in row["ask"].items() if key in _ASKED}
    return Asked(**said | {"insz": _person(said["insz"])})


def _person(name: str) -> str:
    """A number by the name that `tests/people.py` has for it, or itself."""
    return str(getattr(people, name, name))


def _told(answer: httpx.Response, wire: str, reason: str) -> Answered | None:
    """What the answer says of this reason, if it gives it."""
    return _told_rest(answer, reason) if wire == "rest" else _told_soap(answer, reason)


def _told_rest(answer: httpx.Response, reason: str) -> Answered | None:
    body = answer.json()
    warnings = json.loads(answer.headers.get("x-magda-exceptions", "[]"))
    for one in [*warnings, *body.get("uitzonderingen", ())]:
        if one["reden"] == reason:
            return Answered(one["code"], None, answer.status_code, "warning", one["diagnose"])
    if body.get("reason") != reason:
        return None
    assert body["status"] == answer.status_code
    problem = body["type"].removeprefix("urn:problem-type:belgif:")
    return Answered(body["code"], None, answer.status_code, problem, body["title"])


def _told_soap(answer: httpx.Response, reason: str) -> Answered | None:
    root = etree.fromstring(answer.content)
    for fault in root.iter("{http://schemas.xmlsoap.org/soap/envelope/}Fault"):
        if fault.findtext("detail/reason") == reason:
            code, _, text = (fault.findtext("faultstring") or "").rpartition(" - ")
            return Answered(code or None, "fault", answer.status_code, "", text)
    for one in root.iter("Uitzondering"):
        if _says(one, reason):
            place = 3 if any(True for _ in one.iterancestors("Antwoord")) else 2
            kind = "warning" if one.findtext("Type") == "WAARSCHUWING" else ""
            code, text = one.findtext("Identificatie") or "", one.findtext("Diagnose") or ""
            return Answered(code, place, answer.status_code, kind, text)
    return None


def _says(exception: etree._Element, reason: str) -> bool:
    """A warning is known by its number; a refusal says its reason."""
    if exception.findtext("Type") == "WAARSCHUWING":
        return bool(exception.findtext("Identificatie") == ROWS[reason]["wire"][0])
    said = {e.findtext("Naam"): e.findtext("Waarde") for e in exception.iter("Annotatie")}
    return said.get("reason") == reason


@lru_cache(maxsize=500)
def _compiled(changes: str) -> tuple[ProtocolDocument, ...]:
    return law_of("corpus", *(_edit(*one) for one in json.loads(changes).items())).compiled


def _edit(path: str, value: Any) -> Edit:
    """Set one key of the texts, found by ids; `None` takes it away, `+` adds to a list."""

    def change(texts: Texts) -> None:
        *steps, last = path.split(".")
        node: Any = texts
        for step in steps:
            node = item(node, step) if isinstance(node, list) else node[step]
        if last == "+":
            node.append(value)
        elif value is None:
            node.pop(last, None)
        else:
            node[last] = value

    return change

"""Where scenarios play: one host in this process, and in it a fresh space for each."""

import base64
import json
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Self

import httpx

from consumers.credentials import Bearer
from consumers.errand import NO_ERRAND, Sender
from consumers.references import numbered
from consumers.soap_envelope import envelope
from consumers.wire_http import HttpWire, Patience
from consumers.wire_sftp import KeyAndCode, Password, Secret, SftpClient
from consumers.wire_soap import TRANSACTIONS, SoapClient
from gateway.adapters.clock import WallClock
from gateway.adapters.drop_secrets import STEP_S, code_at
from gateway.adapters.log import LogReader
from gateway.bootstrap.log import LOG
from gateway.domain.log_check import Verification
from gateway.flows.audit_check import check_log
from gateway.settings import DEMO_CLOCK
from gateway.simulation.host import Host
from gateway.simulation.library.acts import LogIn
from gateway.simulation.library.given import Choices, Given
from gateway.simulation.library.people import numbers_of, person_of
from gateway.simulation.library.said import Said, fault_of
from gateway.simulation.run_settings import RunSettings
from gateway.simulation.space import Space

_TIMEOUT_S = 60
_ANOTHER = "infino"
_REFERENCE = "11111111-1111-4111-8111-111111111111"
_NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Scenarios speak plain HTTP on loopback; a context without roots costs nothing."""


@dataclass(frozen=True, slots=True)
class Room:
    """One space as clients see it: its ready file, and hands to use it with."""

    space: Space
    ready: Mapping[str, Any]
    http: httpx.Client
    sessions: dict[str, SftpClient] = field(default_factory=dict)

    def send(
        self, unit: str | None, method: str, path: str, body: Any = None, **headers: str
    ) -> httpx.Response:
        """A message in a unit's name, or a stranger's."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if unit is not None:
            named["Authorization"] = f"Bearer {self.ready['credentials'][unit]['token']}"
        content = b"" if body is None else json.dumps(body).encode()
        named.setdefault("Content-Type", "application/json")
        return self.http.request(method, self.ready["http"] + path, content=content, headers=named)

    def control(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """A call of the control API."""
        token = {"Authorization": f"Bearer {self.ready['control_token']}"}
        return self.http.request(method, self.ready["control"] + path, json=body, headers=token)

    def drop(self, unit: str) -> SftpClient:
        """A session at the drop server; the same one for as long as the scenario lasts."""
        if unit not in self.sessions:
            self.sessions[unit] = self.log_in(unit, self.secret(unit))
        return self.sessions[unit]

    def log_in(self, unit: str, secret: Secret) -> SftpClient:
        """A session of one's own, by whatever is shown."""
        door, one = self.ready["sftp"], self.ready["credentials"][unit]
        user = one["sftp_user"] or self.space.account(unit)
        return SftpClient(door["host"], door["port"], door["host_key"], user, secret)

    def secret(self, unit: str) -> Secret:
        """All that opens the account of a unit."""
        one = self.ready["credentials"][unit]
        if one["sftp_password"] is not None:
            return Password(one["sftp_password"])
        key, code = Path(one["sftp_key"]).read_text("utf-8"), one["sftp_totp"]
        return key if code is None else KeyAndCode(key, lambda: _code_of_now(code))

    def leaves(self) -> list[dict[str, Any]]:
        """Every public entry of the log."""
        reader = self.space.gateway.log.reader
        return [json.loads(one.leaf) for one in reader.entries(1, reader.head().size)]

    def verified(self) -> Verification:
        """The verdict over the log as it lies on disk."""
        reader = LogReader(self.space.data / LOG)
        try:
            return check_log(reader)
        finally:
            reader.close()

    def hang_up(self) -> None:
        """End the sessions at the drop server."""
        for session in self.sessions.values():
            session.close()
        self.sessions.clear()


@dataclass(slots=True)
class Scene:
    """A scenario at play: where it is, and the people that it speaks of."""

    home: Room
    numbers: Mapping[str, str]
    others: dict[str, Room]
    here: Room

    def number(self, who: str) -> str:
        """The number of somebody; a number stands for itself."""
        return self.numbers.get(who, who)

    def numbered(self, node: Any) -> Any:
        """Content with people by their numbers, wherever it names them."""
        if isinstance(node, dict):
            return {key: self.number(value) if key == "insz" else self.numbered(value)
                    for key, value in node.items()}  # fmt: skip
        return [self.numbered(one) for one in node] if isinstance(node, list) else node

    @property
    def rooms(self) -> list[Room]:
        """Every space that was used."""
        return [self.home, *self.others.values()]


class Stage:
    """A host with one space, which begins anew for each scenario."""

    def __init__(self, folder: Path, protocols: Path | None = None) -> None:
        self._settings = RunSettings(
            data=folder / "space", http_port=0, sftp_port=0, clock=DEMO_CLOCK, demo=True,
            ftps=False, disk="fast", lines="off", protocols=protocols, provider_transport="process",
        )  # fmt: skip
        self.host = Host(self._settings)
        self._http = httpx.Client(timeout=_TIMEOUT_S, trust_env=False)
        self._wires: dict[tuple[str, str], HttpWire] = {}
        self._is_fresh = False

    def __enter__(self) -> Self:
        self.host.start()
        self._is_fresh = True
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()
        for wire in self._wires.values():
            wire.close()
        self.host.stop()

    @contextmanager
    def scene(self, given: Given) -> Iterator[Scene]:
        """A fresh space as it is given, and whatever further ones the scenario opens."""
        self._begin(given)
        room = Room(self.host.space, self.host.spaces.ready(self.host.space.name), self._http)
        scene = Scene(room, numbers_of(given.people), {}, room)
        self._furnish(room.space, given, scene)
        try:
            yield scene
        finally:
            for one in scene.rooms:
                one.hang_up()
            for name in scene.others:
                self.host.spaces.delete(name)

    def other(self, name: str, clock: datetime | None) -> Room:
        """A further space, beside the first."""
        ready = self.host.spaces.create(name, None, clock)
        space = self.host.spaces.find(name)
        assert space is not None
        return Room(space, ready, self._http)

    def soap(self, room: Room, unit: str) -> SoapClient:
        """The SOAP client that agencies copy, in a unit's name."""
        one, base = room.ready["credentials"][unit], str(room.ready["http"])
        token = str(one["token"])
        if (base, token) not in self._wires:
            self._wires[base, token] = HttpWire(
                base, Bearer(token), tls=_NO_TLS, patience=Patience(attempts=1)
            )
        sender = Sender(one["uri"], one["hoedanigheid"])
        return SoapClient(self._wires[base, token], sender, room.space.clock, numbered(unit))

    def soap_twice(self, room: Room, unit: str, number: str) -> Said:
        """One message with two questions in it."""
        one = room.ready["credentials"][unit]
        sender = Sender(one["uri"], one["hoedanigheid"])
        content = {"Criteria": {"INSZ": number, "FiscaalJaar": None}}
        message = envelope(TRANSACTIONS, sender, NO_ERRAND, _REFERENCE, room.space.clock.now(), content)  # fmt: skip
        begin, end = message.index(b"<Vraag>"), message.index(b"</Vraag>") + len(b"</Vraag>")
        doubled = message[:end] + message[begin:end] + message[end:]
        token = {"Authorization": f"Bearer {one['token']}", "Content-Type": "text/xml"}
        answer = self._http.post(f"{room.ready['http']}/soap", content=doubled, headers=token)
        return fault_of(answer)

    def shown(self, room: Room, act: LogIn) -> Secret:
        """What somebody shows at the drop server."""
        if act.shows == "all":
            return room.secret(act.unit)
        whose = act.unit if act.shows == "key-alone" else _ANOTHER
        return Path(room.ready["credentials"][whose]["sftp_key"]).read_text("utf-8")

    def _begin(self, given: Given) -> None:
        """The space anew, at the instant and with the settings that are given."""
        settings = _chosen(self._settings, given.settings)
        clean = settings == self.host.space.settings and given.clock == _instant(DEMO_CLOCK)
        if not (self._is_fresh and clean and given.seed == settings.seed):
            self.host.space.settings = settings
            self.host.reset(given.seed, given.clock)
        self._is_fresh = False

    def _furnish(self, space: Space, given: Given, scene: Scene) -> None:
        """What a fresh world lacks: people, and sources that make mistakes or are in trouble."""
        people = (person_of(key, one, scene.numbers) for key, one in given.people.items())
        space.world.settle(*people)
        space.automatic["wewis"] = given.automatic
        space.source_desk.slips = {one.flow: one.members for one in given.source_says}
        for one in given.unsigned:
            space.gateway.protocols.unsign(one.protocol, one.party)
        space.faults.put(given.faults)


def _chosen(settings: RunSettings, choices: Choices) -> RunSettings:
    chosen = choices.model_dump(exclude_none=True)
    return RunSettings(**(settings.model_dump() | chosen)) if chosen else settings


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _code_of_now(secret: str) -> str:
    """The one-time code of this moment, in machine time."""
    seed = base64.b32decode(secret + "=" * (-len(secret) % 8))
    return code_at(seed, int(WallClock().now().timestamp()) // STEP_S)

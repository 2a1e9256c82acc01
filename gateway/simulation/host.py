"""One process: HTTP listeners without and with TLS and an SFTP listener, with a space behind them."""

import os
import shutil
import socket
import threading
from collections.abc import Sequence
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import uvicorn

from gateway.adapters.drop_secrets import shown
from gateway.bootstrap import CACHE
from gateway.contracts.drop import SFTP, Factor
from gateway.domain.legal_day import in_brussels
from gateway.domain.oauth import client_id
from gateway.settings import Settings
from gateway.simulation.certificate_desk import CA_FILE
from gateway.simulation.doors import space_app
from gateway.simulation.drop_door import SpaceDesk, SpaceGate
from gateway.simulation.https_door import HttpsDoor, TwoDoorServer
from gateway.simulation.ready_file import NAME, write_ready_file
from gateway.simulation.space import Doors, Space
from gateway.simulation.tls_self_test import check_certificates_arrive
from gateway.simulation.units import UNITS, Unit
from gateway.web.app import forget_endpoints
from gateway.web.dispatcher import AsgiApp, Dispatcher
from gateway.web.door_limits import DoorLimits
from gateway.web.proxied import behind_proxies, parse_networks
from gateway.web.tls import PeerCertificateProtocol
from sftp_drop.house import House
from sftp_drop.limits import Limits
from sftp_drop.server import DropServer

DEFAULT_SPACE = "demo"
_KEPT_ON_RESET = frozenset({"keys", NAME, CACHE})
_START_S, _STOP_S = 15.0, 20.0


class Host:
    """Starts everything and says when it answers; `stop` ends it in order."""

    def __init__(self, settings: Settings, ready_files: Sequence[Path] = ()) -> None:
        self._ready_files = [settings.data / NAME, *ready_files]
        self._doors = Doors(sftp_host=settings.host)
        self._listener = socket.create_server((settings.host, settings.http_port), backlog=512)
        port = self._listener.getsockname()[1]
        self._doors.http = f"http://{settings.host}:{port}"
        self._tls = HttpsDoor(
            settings.host, settings.https_door, settings.trusted_cas, self._stranger
        )
        self._doors.https = self._tls.url
        try:
            self.space = Space(DEFAULT_SPACE, settings, self._doors)
        except BaseException:
            self._listener.close()
            self._tls.listener.close()
            raise
        self._house = House(SpaceDesk(self._current), Limits(upload_bytes=settings.upload_limit))
        self._drop = DropServer(
            SpaceGate(self._current, SFTP),
            self._house,
            self.space.keyring.ssh_private("host"),
            host=settings.host,
            port=settings.sftp_port,
        )
        self._dispatcher = Dispatcher(space_app(self.space, self._current, self.reset))
        app = behind_proxies(self._dispatcher, parse_networks(settings.trusted_proxies))
        self._http = _server(app, self._tls, settings)
        self._furnish()
        self._thread = threading.Thread(target=self._serve, name="http", daemon=True)

    def start(self) -> dict[str, Any]:
        """Open both doors; the content of the ready file, written once everything answers."""
        self._doors.sftp_port = self._drop.start()
        self._doors.host_key = self._drop.public_host_key
        self._thread.start()
        started = threading.Event()
        waited = 0.0
        while not self._http.open:
            if waited > _START_S or not self._thread.is_alive():
                raise RuntimeError("the HTTP listeners did not start")
            started.wait(0.01)
            waited += 0.01
        self._check_tls()
        ready = self._ready()
        for path in self._ready_files:
            write_ready_file(path, ready)
        return ready

    def stop(self) -> None:
        """Answer what was accepted, end the sessions, close the space, take the ready files away."""
        for path in self._ready_files:
            path.unlink(missing_ok=True)
        self._http.should_exit = True
        if self._thread.is_alive():
            self._thread.join(timeout=self.space.settings.grace + _STOP_S)
        self._drop.stop()
        self.space.close()
        self._listener.close()
        self._tls.listener.close()
        forget_endpoints()

    def reset(self, seed: int | None, clock: datetime | None) -> dict[str, Any]:
        """A fresh space behind the same doors."""
        old = self.space
        changed = {"seed": old.settings.seed if seed is None else seed}
        start = old.settings.clock if clock is None else clock.isoformat()
        old.close()
        cleared = [_clear(path) for path in sorted(old.data.iterdir()) if path.name not in _KEPT_ON_RESET]  # fmt: skip
        settings = old.settings.model_copy(update=changed | {"clock": start})
        kept = old.gateway.protocols.bundle().documents if settings.protocols else ()
        self.space = Space(old.key, settings, self._doors, kept)
        self._drop.end_sessions()
        self._furnish()
        self._dispatcher.default = space_app(self.space, self._current, self.reset)
        forget_endpoints()
        for path in self._ready_files:
            write_ready_file(path, self._ready())
        return {"cleared": cleared, "clock": self.space.clock_view()["now"]}

    def _furnish(self) -> None:
        self._http.furnish(self.space.certificates.authority, self.space.data / "keys")

    def _check_tls(self) -> None:
        desk = self.space.certificates
        unit = UNITS[0].key
        key = self.space.keyring.write_client_key(unit, desk.folder)
        check_certificates_arrive(
            self._dispatcher, self._tls.listener, desk.authority.root_pem, desk.file_of(unit), key
        )

    async def _stranger(self) -> None:
        await self.space.certificates.note_stranger()

    def _current(self) -> Space:
        return self.space

    def _serve(self) -> None:
        self._http.run(sockets=[self._listener])

    def _ready(self) -> dict[str, Any]:
        space, doors = self.space, self._doors
        return {
            "version": version("magda-sim"),
            "pid": os.getpid(),
            "space": space.key,
            "seed": space.settings.seed,
            "clock": in_brussels(space.clock.now()).isoformat(timespec="seconds"),
            "data": str(space.data),
            "http": doors.http,
            "https": doors.https,
            "ca": str(space.certificates.folder / CA_FILE),
            "sftp": {"host": doors.sftp_host, "port": doors.sftp_port, "host_key": doors.host_key},
            "ftps": None,
            "control": f"{doors.http}/_sim",
            "control_token": space.control_token,
            "log_key": space.gateway.notary.verifier,
            "credentials": {unit.key: _credential(space, unit.key) for unit in UNITS},
        }


def _credential(space: Space, key: str) -> dict[str, Any]:
    unit = next(unit for unit in UNITS if unit.key == key)
    folder = space.data / "keys"
    return {
        "party": unit.party,
        "unit": unit.team or unit.key,
        "protocols": list(unit.protocols),
        "refused": unit.refused,
        "uri": unit.uri,
        "hoedanigheid": unit.hoedanigheid,
        "token": space.keyring.token(key) if space.settings.demo else None,
        "client_id": client_id(key),
        "private_key": str(space.keyring.write_client_key(key, folder)),
        "certificate": str(space.certificates.file_of(key)),
        **_drop_credential(space, unit),
    }


def _drop_credential(space: Space, unit: Unit) -> dict[str, str | None]:
    """What the unit shows at the drop server, as far as it has folders there."""
    factors = unit.factors if unit.drops else ()
    keyring, key = space.keyring, unit.key
    has_key, has_code = Factor.KEY in factors, Factor.CODE in factors
    return {
        "sftp_user": key if unit.drops else None,
        "sftp_key": str(keyring.write_ssh_key(key, space.data / "keys")) if has_key else None,
        "sftp_password": keyring.password(key) if Factor.PASSWORD in factors else None,
        "sftp_totp": shown(keyring.totp_secret(key)) if has_code else None,
    }


def _server(app: AsgiApp, door: HttpsDoor, settings: Settings) -> TwoDoorServer:
    limits = DoorLimits(
        connections=settings.connections,
        head_s=settings.head_timeout,
        idle_s=settings.idle_timeout,
        write_s=settings.write_timeout,
    )
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http=PeerCertificateProtocol,
        proxy_headers=False,  # believed of `trusted_proxies` only
        ws="none",
        lifespan="off",
        access_log=False,
        log_level="error",  # what strangers send is no news
        timeout_keep_alive=settings.idle_timeout,
        server_header=False,
    )
    return TwoDoorServer(config, door, limits, settings.grace)


def _clear(path: Path) -> str:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
    return path.name

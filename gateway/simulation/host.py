"""One process: HTTP listeners without and with TLS, an SFTP and an FTPS listener, with spaces behind them."""

import socket
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI

from gateway.contracts.drop import FTPS, SFTP, DropAccount
from gateway.settings import Settings
from gateway.simulation.disturbance.sessions import sessions
from gateway.simulation.drop_door import SpacesDesk, SpacesGate, board_of
from gateway.simulation.ftps_door import FtpsDoor
from gateway.simulation.https_door import HttpsDoor, TwoDoorServer
from gateway.simulation.ready_file import NAME
from gateway.simulation.recording.desk import RecordingDesk
from gateway.simulation.recording_api import recording_router
from gateway.simulation.routes import here, shared_app
from gateway.simulation.snapshots.desk import SnapshotDesk
from gateway.simulation.snapshots.opening import first_space
from gateway.simulation.snapshots_api import snapshots_router
from gateway.simulation.space import Doors, Space
from gateway.simulation.spaces import Spaces
from gateway.simulation.spaces_api import spaces_router
from gateway.simulation.tls_self_test import check_certificates_arrive
from gateway.simulation.units import UNITS
from gateway.web.app import forget_endpoints
from gateway.web.dispatcher import AsgiApp
from gateway.web.door_limits import DoorLimits
from gateway.web.proxied import behind_proxies, parse_networks
from gateway.web.tls import PeerCertificateProtocol
from sftp_drop.house import House
from sftp_drop.limits import Limits
from sftp_drop.server import DropServer

DEFAULT_SPACE = "demo"
_START_S, _STOP_S = 15.0, 20.0


class Host:
    """Starts everything and says when it answers; `stop` ends it in order."""

    def __init__(self, settings: Settings, ready_files: Sequence[Path] = ()) -> None:
        self._doors = Doors(sftp_host=settings.host)
        self._ftps = FtpsDoor(settings)
        with ExitStack() as unless_done:
            at = settings.host, settings.http_port
            self._listener = unless_done.enter_context(socket.create_server(at, backlog=512))
            self._doors.http = f"http://{settings.host}:{self._listener.getsockname()[1]}"
            self._tls = HttpsDoor(
                settings.host, settings.https_door, settings.trusted_cas, self._stranger
            )
            unless_done.enter_context(self._tls.listener)
            self._doors.https = self._tls.url
            first = first_space(DEFAULT_SPACE, settings, self._doors)
            unless_done.pop_all()
        self._doors.process = self
        self.spaces = Spaces(first, self._doors, _shared(settings.fidelity), self)
        self.snapshots = SnapshotDesk(self.spaces)
        self.recordings = RecordingDesk(self.spaces)
        self.spaces.ready_files = [settings.data / NAME, *ready_files]
        find = self.spaces.find
        self._house = House(
            SpacesDesk(find),
            Limits(upload_bytes=settings.upload_limit),
            make=sessions(lambda user: board_of(find, user)),
        )
        self._drop = DropServer(
            SpacesGate(find, SFTP),
            self._house,
            first.keyring.ssh_private("host"),
            host=settings.host,
            port=settings.sftp_port,
        )
        self._dispatcher = self.spaces.dispatcher
        app = behind_proxies(self._dispatcher, parse_networks(settings.trusted_proxies))
        self._http = _server(app, self._tls, settings)
        self.trust(first)
        self._ftps.open(first, SpacesGate(find, FTPS), self._house)
        self._thread = threading.Thread(target=self._serve, name="http", daemon=True)

    @property
    def space(self) -> Space:
        """The default space of the moment."""
        return self.spaces.first

    def start(self) -> dict[str, Any]:
        """Open both doors; the content of the ready file, written once everything answers."""
        self._doors.sftp_port = self._drop.start()
        self._doors.host_key = self._drop.public_host_key
        self._doors.ftps_port = self._ftps.start()
        self._thread.start()
        started = threading.Event()
        waited = 0.0
        while not self._http.open:
            if waited > _START_S or not self._thread.is_alive():
                raise RuntimeError("the HTTP listeners did not start")
            started.wait(0.01)
            waited += 0.01
        self._check_tls()
        return self.spaces.write_ready(self.space)

    def stop(self) -> None:
        """Answer what was accepted, end the sessions, close the spaces, take the ready files away."""
        for path in self.spaces.ready_files:
            path.unlink(missing_ok=True)
        self._http.leave()
        if self._thread.is_alive():
            self._thread.join(timeout=self.space.settings.grace + _STOP_S)
        self._drop.stop()
        self._ftps.stop()
        self.spaces.close()
        self._listener.close()
        self._tls.listener.close()
        forget_endpoints()

    def reset(self, seed: int | None, clock: datetime | None) -> dict[str, Any]:
        """A fresh default space behind the same doors."""
        return self.spaces.reset(self.space.name, seed, clock)

    def trust(self, space: Space) -> None:
        """The doors with TLS trust the clients of every space, and show the certificate of the default one."""
        authority = space.certificates.authority
        if space.at is None:
            self._http.furnish(authority, space.data / "keys")
        else:
            self._http.trust(authority)
        self._ftps.trust(space, self.space if space.at else space)

    def end_sessions(self, is_meant: Callable[[DropAccount], bool]) -> None:
        """Cut the sessions of these accounts, and wait until they are over."""
        self._drop.end_sessions(is_meant)
        self._ftps.end_sessions(is_meant)

    def _check_tls(self) -> None:
        desk = self.space.certificates
        unit = UNITS[0].key
        key = self.space.keyring.write_client_key(unit, desk.folder)
        check_certificates_arrive(
            self._dispatcher, self._tls.listener, desk.authority.root_pem, desk.file_of(unit), key
        )

    async def _stranger(self) -> None:
        await self.space.certificates.note_stranger()

    def _serve(self) -> None:
        self._http.run(sockets=[self._listener])


@cache
def _shared(fidelity: str) -> FastAPI:
    """The application behind the slower routes of all spaces, whichever host they stand behind."""
    further = (
        spaces_router(here, lambda: _host().spaces),
        snapshots_router(here, lambda: _host().snapshots),
        recording_router(here, lambda: _host().recordings),
    )
    return shared_app(fidelity, _reset, further)


def _host() -> Host:
    """The host of the space that the request in hand is for."""
    found = here().doors.process
    assert isinstance(found, Host)
    return found


async def _reset(space: Space, seed: int | None, clock: datetime | None) -> dict[str, Any]:
    return await _host().spaces.reset_from(space, space.name, seed, clock)


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

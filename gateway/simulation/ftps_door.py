"""The FTPS door of a host: opened where its extra is installed, with the certificate of the https door."""

from collections.abc import Callable
from importlib.util import find_spec
from typing import TYPE_CHECKING

from gateway.contracts.drop import DropAccount, DropGate
from gateway.settings import Settings
from gateway.simulation.https_door import SERVER_CHAIN, SERVER_KEY
from gateway.simulation.space import Space
from gateway.web.tls import furnish, server_context
from sftp_drop.house import House

if TYPE_CHECKING:
    from sftp_drop.ftps.server import FtpsServer

_NEEDED = "pyftpdlib"


class FtpsMissing(Exception):
    """FTPS was asked for and cannot be had."""


class FtpsDoor:
    """The door, or nothing where it is not wanted or its extra is not installed."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._server: FtpsServer | None = None
        self._roots: dict[str | None, str] = {}
        is_installed = find_spec(_NEEDED) is not None
        is_asked_for = settings.ftps_port is not None or settings.strict_transport
        if settings.ftps and is_asked_for and not is_installed:
            raise FtpsMissing(
                "FTPS needs more: pip install 'magda-sim[ftps]', or leave out its port and strict transport"
            )
        self._is_wanted = settings.ftps and is_installed

    def open(self, first: Space, gate: DropGate, house: House) -> None:
        """Make it ready to listen, showing what the https door shows."""
        if self._is_wanted:
            from sftp_drop.ftps.server import FtpsServer  # noqa: PLC0415  an extra

            where = self._settings.host, self._settings.ftps_door
            self._server = FtpsServer(gate, house, server_context(), where)
            self.trust(first, first)

    def trust(self, space: Space, first: Space) -> None:
        """Trust the clients of a space, and show the certificate of the default one, from now on."""
        authority = space.certificates.authority
        self._roots[space.at] = authority.root_pem + authority.issuing_pem
        if self._server is None:
            return
        keys, context = first.data / "keys", server_context()
        context.num_tickets = (
            0  # clients that only send hang up on tickets unread, and lose their last bytes
        )
        roots, trusted = "".join(self._roots.values()), self._settings.trusted_cas
        furnish(context, keys / SERVER_CHAIN, keys / SERVER_KEY, roots, trusted)
        self._server.context = context

    def start(self) -> int | None:
        """Listen; the port."""
        return self._server.start() if self._server else None

    def stop(self) -> None:
        """Listen no more and end every connection."""
        if self._server:
            self._server.stop()

    def end_sessions(self, is_meant: Callable[[DropAccount], bool]) -> None:
        """Cut the sessions of these accounts, and wait until they are over."""
        if self._server:
            self._server.end_sessions(is_meant)

"""How a simulated provider hands its files over: on the wire, or in process where only the wire is left out."""

import os

from gateway.adapters.drop_desk import GatewayDesk
from gateway.adapters.drop_gate import GatewayGate
from gateway.contracts.drop import SFTP, DropAccount, Factor, Visit
from sftp_drop.house import House

_NEW = os.O_WRONLY | os.O_CREAT | os.O_TRUNC


class InProcess:
    """An account's uploads through the drop server's own gate, session and desk: same entries, same bytes."""

    def __init__(self, gate: GatewayGate, desk: GatewayDesk, user: str, key: bytes) -> None:
        self._gate, self._house = gate, House(desk)
        self._user, self._key = user, key

    def upload(self, flow: str, name: str, content: bytes) -> None:
        """Put a file under a hidden name, then rename it, as a client does.

        Raises:
            PermissionError: the account's key does not count any more; that is entered.
            LogUnavailable: not now.
        """
        session = self._house.session(self._log_in(), "in-process")
        hidden, shown = (f"/in/{flow}/{mark}{name}".encode() for mark in (".", ""))
        try:
            handle = session.open(hidden, _NEW)
            session.write(handle, 0, content)
            session.close(handle)
            session.rename(hidden, shown)
        finally:
            session.end()

    def _log_in(self) -> DropAccount:
        account = self._gate.account_for_key(self._user, self._key)
        if account is None:
            self._gate.login_refused(self._user, Factor.KEY, SFTP, locked=False)
            raise PermissionError(f"the drop server does not let {self._user} in")
        self._gate.logged_in(Visit(account, self._key), SFTP)
        return account

"""Logging in over SSH: which factors an account must show, in which order, and what is written down."""

from typing import Any

import paramiko
from paramiko.auth_handler import AuthHandler
from paramiko.common import (
    AUTH_FAILED,
    AUTH_PARTIALLY_SUCCESSFUL,
    AUTH_SUCCESSFUL,
)
from paramiko.server import InteractiveQuery

from gateway.contracts.drop import SFTP, DropGate, Factor, Visit
from gateway.contracts.faults import LogUnavailable
from sftp_drop.guard import MOST_WRONG
from sftp_drop.house import House
from sftp_drop.packets import Ended
from sftp_drop.wire import NOT_NOW

_Paramiko: Any = AuthHandler
_PROMPT = "Eenmalige code: "
_FACTOR = {
    "publickey": Factor.KEY,
    "password": Factor.PASSWORD,
    "keyboard-interactive": Factor.CODE,
}


class Door(paramiko.ServerInterface):
    """One client at the door: what it showed so far.

    INVARIANT: a key counts only once its signature was verified, which is when `settle` is told of it.
    What is offered does not depend on the account, so that nobody learns which accounts there are.
    """

    def __init__(self, gate: DropGate, house: House, address: str) -> None:
        self._gate, self._house, self._guard, self._address = gate, house, house.guard, address
        self._offered: Visit | None = None
        self._held: Visit | None = None
        self._is_locked = False
        self.wrong = 0
        self.visit: Visit | None = None

    def get_allowed_auths(self, username: str) -> str:  # noqa: ARG002  paramiko's form
        """A key or a password; after a key that is not enough, the code."""
        return "keyboard-interactive" if self._held else "publickey,password"

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        """A key registered for this very account; whether the client holds it is not yet shown."""
        self._is_locked = False
        blob = key.asbytes()
        account = None if self._held else self._gate.account_for_key(username, blob)
        if account is None:
            return AUTH_FAILED
        self._offered = Visit(account, blob)
        is_enough = account.factors == (Factor.KEY,)
        return AUTH_SUCCESSFUL if is_enough else AUTH_PARTIALLY_SUCCESSFUL

    def check_auth_password(self, username: str, password: str | bytes) -> int:
        """The password of an account that logs in by password alone; bytes are no text at all."""
        if self._held or self._locks(username) or isinstance(password, bytes):
            return AUTH_FAILED
        account = self._gate.account_for_password(username, password)
        if account is None or account.factors != (Factor.PASSWORD,):
            self._guard.wrong(self._address, username)
            return AUTH_FAILED
        self._offered = Visit(account)
        return AUTH_SUCCESSFUL

    def check_auth_interactive(self, username: str, submethods: str) -> int | InteractiveQuery:  # noqa: ARG002  paramiko's form
        """Ask for the code where the key was shown before."""
        if self._held is None or self._locks(username):
            return AUTH_FAILED
        return InteractiveQuery("", "", (_PROMPT, False))

    def check_auth_interactive_response(self, responses: list[str]) -> int:
        """The code of the account whose key was shown."""
        held = self._held
        if held is None or self.visit is not None or self._locks(held.account.user):
            return AUTH_FAILED
        if len(responses) != 1 or not self._gate.take_code(held.account, responses[0].strip()):
            self._guard.wrong(self._address, held.account.user)
            return AUTH_FAILED
        self._offered = held
        return AUTH_SUCCESSFUL

    def settle(self, user: str | None, method: str, result: int) -> int:
        """What an attempt comes to, now that it is verified; it is written down before anybody is told."""
        if result == AUTH_PARTIALLY_SUCCESSFUL:
            self._held = self._offered
        elif result == AUTH_SUCCESSFUL and self._lets_in():
            self._guard.right(user or "")
        elif method in _FACTOR:
            self.wrong += 1
            self._gate.login_refused(user or "", _FACTOR[method], SFTP, locked=self._is_locked)
            return AUTH_FAILED
        return result

    def _lets_in(self) -> bool:
        assert self._offered is not None
        self._is_locked = not self._house.has_room(self._offered.account)
        if not self._is_locked:
            self._gate.logged_in(self._offered, SFTP)
            self.visit = self._offered
        return not self._is_locked

    def _locks(self, user: str) -> bool:
        self._is_locked = self._guard.is_locked(self._address, user)
        return self._is_locked


class DropAuth(_Paramiko):  # type: ignore[misc]  # paramiko's own types leave out what we build on
    """Paramiko's side of logging in, with every outcome settled at the door, and fewer wrong tries."""

    def __init__(self, transport: paramiko.Transport, door: Door) -> None:
        super().__init__(transport)
        self._door = door

    def answer(self, message: paramiko.Message) -> None:
        """The answer to a question that was asked: one, and no more than one is looked at."""
        answers = [message.get_text()] if message.get_int() == 1 else []
        result = self._door.check_auth_interactive_response(answers)
        self._send_auth_result(self.auth_username, "keyboard-interactive", result)

    def _send_auth_result(self, username: str, method: str, result: int) -> None:
        try:
            settled = self._door.settle(username, method, result)
        except LogUnavailable:
            raise Ended(NOT_NOW) from None
        super()._send_auth_result(username, method, settled)
        if self._door.wrong >= MOST_WRONG:
            raise Ended("too many wrong tries")

    def _disconnect_no_more_auth(self) -> None:
        raise Ended("no log-in changes its name on the way, or tries for ever")

    def _disconnect_service_not_available(self) -> None:
        raise Ended("there is no such service here")

    def _generate_key_from_request(self, algorithm: str, blob: bytes) -> object:
        """A key of an unknown kind is a wrong key; paramiko would hang up, and spoil the next one."""
        try:
            key = super()._generate_key_from_request(algorithm, blob)
        except Exception:  # noqa: BLE001  whatever a foreign key makes paramiko raise
            key = None
        return key or _UnknownKey(blob)


class _UnknownKey:
    def __init__(self, blob: bytes) -> None:
        self._blob = blob

    def asbytes(self) -> bytes:
        return self._blob

    def verify_ssh_sig(self, _data: bytes, _signature: object) -> bool:
        return False

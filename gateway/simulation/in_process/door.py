"""A unit logs in at the drop server in the same process: it shows what its account must, at the server's own door."""

from dataclasses import dataclass, field
from threading import Event
from typing import Literal

import paramiko
from paramiko.common import AUTH_SUCCESSFUL

from gateway.adapters.clock import WallClock
from gateway.adapters.drop_gate import GatewayGate
from gateway.adapters.drop_secrets import STEP_S, code_at
from gateway.contracts.drop import Factor, Visit
from gateway.simulation.keyring import Keyring
from gateway.simulation.units import Unit
from sftp_drop.house import House
from sftp_drop.login import Door

Typed = Literal["right", "wrong", "used"]
"""What is typed as a one-time code: the one of now, one of no time, or the last one again."""
_ADDRESS = "in-process"
_NEAR, _PAUSE_S = 2, 1.0
_DIGITS = 6


@dataclass(slots=True)
class Visitors:
    """Who comes to the drop server; keeps which one-time code each showed last, for each counts once."""

    gate: GatewayGate
    house: House
    keyring: Keyring
    used: dict[str, int] = field(default_factory=dict)

    def log_in(self, unit: Unit, typed: Typed = "right") -> Visit:
        """Show all that the account asks for.

        Raises:
            PermissionError: it is not let in; that is entered.
        """
        door = Door(self.gate, self.house, _ADDRESS)
        if not (self._first(door, unit) and self._second(door, unit, typed)) or door.visit is None:
            raise PermissionError(f"the drop server does not let {unit.key} in")
        return door.visit

    def _first(self, door: Door, unit: Unit) -> bool:
        """The key or the password."""
        if Factor.PASSWORD in unit.factors:
            result = door.check_auth_password(unit.key, self.keyring.password(unit.key))
            return door.settle(unit.key, "password", result) == AUTH_SUCCESSFUL
        blob = self.keyring.ssh_public_blob(unit.key)
        key = self.keyring.once(f"pkey/{unit.key}", lambda: paramiko.Ed25519Key(data=blob))
        result = door.check_auth_publickey(unit.key, key)
        return door.settle(unit.key, "publickey", result) == result

    def _second(self, door: Door, unit: Unit, typed: Typed) -> bool:
        """The one-time code, where there is one to show."""
        if Factor.CODE not in unit.factors:
            return True
        result = door.check_auth_interactive_response([self._code(unit.key, typed)])
        return door.settle(unit.key, "keyboard-interactive", result) == AUTH_SUCCESSFUL

    def _code(self, user: str, typed: Typed) -> str:
        secret = self.keyring.totp_secret(user)
        match typed:
            case "right":
                self.used[user] = self._next_step(user)
                return code_at(secret, self.used[user])
            case "used" if user in self.used:
                return code_at(secret, self.used[user])
            case _:
                return _no_code(secret)

    def _next_step(self, user: str) -> int:
        """The step of now, or the next one where that was shown; a code counts early by one step."""
        wanted = max(_step(), self.used.get(user, -1) + 1)
        while wanted > _step() + 1:
            Event().wait(_PAUSE_S)
        return wanted


def _no_code(secret: bytes) -> str:
    """Six digits that count at no time near now."""
    now = _step()
    right = {code_at(secret, step) for step in range(now - _NEAR, now + _NEAR + 1)}
    return next(code for n in range(len(right) + 1) if (code := f"{n:0{_DIGITS}d}") not in right)


def _step() -> int:
    """Codes run on machine time, in a run too."""
    return int(WallClock().now().timestamp()) // STEP_S

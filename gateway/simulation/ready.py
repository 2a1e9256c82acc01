"""What the ready file of a space says: every address and credential (contract 1)."""

import os
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from gateway.adapters.drop_secrets import shown
from gateway.contracts.drop import FTPS, Factor
from gateway.domain.legal_day import in_brussels
from gateway.domain.oauth import client_id
from gateway.simulation.certificate_desk import CA_FILE
from gateway.simulation.space import Space
from gateway.simulation.units import UNITS, Unit


def ready_of(space: Space) -> dict[str, Any]:
    """The ready file's content. A further space has its prefix, its accounts and its own token in it."""
    doors, http, keys = space.doors, space.doors.http + space.prefix, space.data / "keys"
    return {
        "version": _version(),
        "pid": os.getpid(),
        "space": space.name,
        "seed": space.settings.seed,
        "clock": in_brussels(space.clock.now()).isoformat(timespec="seconds"),
        "data": str(space.data),
        "http": http,
        "https": doors.https + space.prefix,
        "ca": str(space.certificates.folder / CA_FILE),
        "sftp": {"host": doors.sftp_host, "port": doors.sftp_port, "host_key": doors.host_key},
        "ftps": _ftps(space),
        "control": f"{http}/_sim",
        "control_token": space.control_token,
        "log_key": space.gateway.notary.verifier,
        "credentials": {unit.key: _credential(space, unit, keys) for unit in UNITS},
    }


@cache
def _version() -> str:
    """As the package was installed; looking that up takes milliseconds."""
    return version("magda-sim")


def row_of(space: Space) -> dict[str, Any]:
    """A space in the list of all."""
    view = space.time.view()
    return {
        "id": space.name,
        "default": space.at is None,
        "seed": space.settings.seed,
        "clock": view["now"],
        "mode": view["mode"],
        "http": space.doors.http + space.prefix,
        "data": str(space.data),
    }


def _ftps(space: Space) -> dict[str, Any] | None:
    """Where the FTPS door is, and the passwords that go with the certificates there."""
    doors, keyring = space.doors, space.keyring
    if doors.ftps_port is None:
        return None
    passwords = {space.account(unit): keyring.password(unit) for unit in space.gates[FTPS].accounts}
    return {"host": doors.sftp_host, "port": doors.ftps_port, "passwords": passwords}


def _credential(space: Space, unit: Unit, folder: Path) -> dict[str, Any]:
    key = unit.key
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
        **_drop_credential(space, unit, folder),
    }


def _drop_credential(space: Space, unit: Unit, folder: Path) -> dict[str, str | None]:
    """What the unit shows at the drop server, as far as it has folders there."""
    factors = unit.factors if unit.drops else ()
    keyring, key = space.keyring, unit.key
    has_key, has_code = Factor.KEY in factors, Factor.CODE in factors
    return {
        "sftp_user": space.account(key) if unit.drops else None,
        "sftp_key": str(keyring.write_ssh_key(key, folder)) if has_key else None,
        "sftp_password": keyring.password(key) if Factor.PASSWORD in factors else None,
        "sftp_totp": shown(keyring.totp_secret(key)) if has_code else None,
    }

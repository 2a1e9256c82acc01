"""Simulated WEWIS: the daily batch of who had a transaction, uploaded over real SFTP or FTPS."""

import ftplib
import io
import json
import socket
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import paramiko

from providers.world import World

FLOW = "jobbonusplus-mutaties"
_TIMEOUT_S = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class DropDoor:
    """Where and how to upload. `host_key` is one line of OpenSSH text, `key` a private key in PEM."""

    host: str
    port: int
    host_key: str
    user: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CertifiedDoor:
    """Where and how to upload over FTPS. `ca` is whom the server's certificate must lead to."""

    host: str
    port: int
    ca: Path
    certificate: Path
    key: Path
    user: str
    password: str


def file_name(day: date, number: int = 1) -> str:
    """What the batch of a day is called; corrections have a higher number."""
    mark = f"_{number}" if number > 1 else ""
    return f"{FLOW}_{day.isoformat()}{mark}.json"


def batch_for(world: World, day: date) -> bytes:
    """The batch of a day: one record per transaction; a day without any is an empty list."""
    return as_batch(FLOW, day, world.transactions_on(day))


def as_batch(flow: str, day: date, numbers: Iterable[str], number: int = 1) -> bytes:
    """An upload as the contract has it (section 7): one record a number."""
    records = [{"insz": insz} for insz in numbers]
    batch = {
        "schema": f"{flow}/1",
        "dag": day.isoformat(),
        "volgnummer": number,
        "aantal": len(records),
        "records": records,
    }
    return json.dumps(batch, separators=(",", ":")).encode()


def upload(door: DropDoor, name: str, content: bytes) -> None:
    """Put a file under a hidden name, then rename it: only whole files are ever seen.

    Raises:
        OSError: refused by the server, or not reached in time.
        paramiko.SSHException: log-in failed, or the host key is another one.
    """
    with socket.create_connection((door.host, door.port), timeout=_TIMEOUT_S) as connection:
        transport = paramiko.Transport(connection)
        try:
            _log_in(transport, door)
            client = paramiko.SFTPClient.from_transport(transport)
            assert client is not None
            hidden = f"/in/{FLOW}/.{name}"
            client.putfo(io.BytesIO(content), hidden, len(content))
            client.posix_rename(hidden, f"/in/{FLOW}/{name}")
        finally:
            transport.close()


def upload_over_ftps(door: CertifiedDoor, name: str, content: bytes) -> None:
    """The same over FTPS.

    Raises:
        OSError: not reached in time, or not the server that it should be.
        ftplib.Error: refused by the server.
    """
    context = ssl.create_default_context(cafile=str(door.ca))
    context.load_cert_chain(door.certificate, door.key)
    with ftplib.FTP_TLS(context=context) as client:  # noqa: S321  under TLS, which it insists on
        client.connect(door.host, door.port, timeout=_TIMEOUT_S)
        client.login(door.user, door.password)
        client.prot_p()
        client.storbinary(f"STOR /in/{FLOW}/.{name}", io.BytesIO(content))
        client.rename(f"/in/{FLOW}/.{name}", f"/in/{FLOW}/{name}")


def _log_in(transport: paramiko.Transport, door: DropDoor) -> None:
    transport.start_client(timeout=_TIMEOUT_S)
    expected = door.host_key.split()[1]
    if transport.get_remote_server_key().get_base64() != expected:
        raise paramiko.SSHException("the drop server shows another host key than the one given")
    key = paramiko.Ed25519Key.from_private_key(io.StringIO(door.key))
    transport.auth_publickey(door.user, key)

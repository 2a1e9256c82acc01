"""Clients of a running space's FTPS door."""

import ftplib
import ssl
from pathlib import Path
from typing import Any

from tests.ftps import WITHIN_S
from tests.running import RunningSpace


def stranger(
    space: RunningSpace, certificate: str | Path, key: str | Path, source: str = "127.0.0.1"
) -> ftplib.FTP_TLS:
    context = ssl.create_default_context(cafile=space.ready["ca"])
    context.load_cert_chain(certificate, key)
    client = ftplib.FTP_TLS(context=context)
    door = space.ready["ftps"]
    client.connect(door["host"], door["port"], timeout=WITHIN_S, source_address=(source, 0))
    return client


def client_of(
    space: RunningSpace, unit: str, paper: dict[str, Any] | None = None, source: str = "127.0.0.1"
) -> ftplib.FTP_TLS:
    """A unit that logged in, with its first certificate or another."""
    one = space.credential(unit)
    shown = paper or one
    client = stranger(space, shown["certificate"], shown["private_key"], source)
    try:
        client.login(unit, space.ready["ftps"]["passwords"][unit])
        client.prot_p()
    except BaseException:
        client.close()
        raise
    return client

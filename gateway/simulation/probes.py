"""Looks at every part of a space: can it write, read, listen, sign, and does it know the law."""

import socket
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from gateway.adapters.database import DATABASE
from gateway.adapters.database.tables import BATCH
from gateway.adapters.signing import verify_checkpoint
from gateway.bootstrap import Gateway
from gateway.contracts.clock import Clock
from gateway.contracts.faults import LogUnavailable
from gateway.ports.operation import NotReady, Probe
from gateway.simulation.certificate_desk import CA_FILE
from gateway.simulation.units import UNITS

_PATIENCE_S = 2.0
_MINUTE, _OLDEST = timedelta(minutes=1), timedelta(hours=2)
"""A checkpoint is published at every full hour of the space's clock, if anything was entered."""
_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  what a listener there is reached by
_KEYS = (CA_FILE, "server.pem", "server.crt.pem", *(f"{unit.key}.pem" for unit in UNITS))
_BANNER = b"SSH-2.0-"


class Living(Protocol):
    """A thread, or what has one."""

    def is_alive(self) -> bool:
        """Whether it still runs."""
        ...


class DropPlace(Protocol):
    """Where the drop server listens, once it does."""

    sftp_host: str
    sftp_port: int


def probes_of(
    gateway: Gateway, clock: Clock, data: Path, doors: DropPlace, threads: Mapping[str, Living]
) -> Mapping[str, Probe]:
    """The probes by name; `threads` must live as long as the space does."""
    return {
        "log": lambda: _log(gateway),
        "database": lambda: _database(gateway, data / DATABASE),
        "drop": lambda: _drop(doors.sftp_host, doors.sftp_port),
        "keys": lambda: _keys(data / "keys"),
        "law": lambda: _law(gateway),
        "checkpoint": partial(_checkpoint, gateway, clock, clock.now()),
        **{name: partial(_thread, one) for name, one in threads.items()},
    }


def _log(gateway: Gateway) -> str:
    """A commit without entries goes the whole way to the disk, and leaves nothing behind."""
    try:
        gateway.log.append_all(())
    except LogUnavailable:
        raise NotReady("the log cannot be written") from None
    return f"{gateway.log.size} entries, writable"


def _database(gateway: Gateway, path: Path) -> str:
    if gateway.engine.dialect.name == "sqlite" and not path.exists():
        raise NotReady("the database's file is gone")
    try:
        with gateway.engine.begin() as connection:
            connection.execute(select(BATCH.c.id).limit(1)).one_or_none()
    except SQLAlchemyError as error:
        raise NotReady(f"the database does not answer: {type(error).__name__}") from None
    return "answers"


def _drop(host: str, port: int) -> str:
    """Somebody greets there as an SSH server does."""
    try:
        with socket.create_connection((_ANYWHERE.get(host, host), port), _PATIENCE_S) as door:
            door.settimeout(_PATIENCE_S)
            said = door.recv(len(_BANNER))
    except OSError as error:
        raise NotReady(f"the drop server does not listen: {type(error).__name__}") from None
    if said != _BANNER:
        raise NotReady("what listens at the drop server's port does not greet as it does")
    return "listens"


def _keys(folder: Path) -> str:
    missing = [name for name in _KEYS if not (folder / name).is_file()]
    if missing:
        raise NotReady(f"{len(missing)} key files are gone, the first is {missing[0]}")
    return f"{len(_KEYS)} key files"


def _law(gateway: Gateway) -> str:
    documents, slips = gateway.protocols.bundle().documents, gateway.protocols.slips()
    if not documents:
        raise NotReady("no protocol is loaded")
    doubt = "; the last good set, the files do not hold" if slips else ""
    return f"{len(documents)} protocols{doubt}"


def _checkpoint(gateway: Gateway, clock: Clock, since: datetime) -> str:
    """What was published last holds, and is not old while the log goes on; counted while it runs."""
    last = gateway.evidence.published.last()
    if last is None:
        return "none published yet"
    try:
        size, _ = verify_checkpoint(last.note, gateway.notary.verifier)
    except ValueError as error:
        raise NotReady(str(error)) from None
    behind, now = gateway.log.size - size, clock.now()
    age = now - datetime.fromisoformat(last.at)
    told = f"the last one is {age // _MINUTE} minutes old, {behind} entries came after it"
    if behind and min(age, now - since) > _OLDEST:
        raise NotReady(told)
    return told


def _thread(one: Living) -> str:
    if not one.is_alive():
        raise NotReady("what does this work has stopped; start the process again")
    return "at work"

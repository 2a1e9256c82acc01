"""Plays a recording: each event comes again, in process, and what comes of it is held against what came then."""

import os
from base64 import b64decode
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from consumers.closing import Closing
from gateway.contracts.drop import Factor, Outcome, Visit
from gateway.simulation.in_process.exchange import Exchange
from gateway.simulation.recording.hearing import (
    CITIZEN,
    CONTROLLER,
    STRANGER,
    answer_words,
)
from gateway.simulation.recording.recorder import outcome_of
from gateway.simulation.recording.timeline import Line
from gateway.simulation.wewis import PARTY
from sftp_drop.house import House
from sftp_drop.session import DropSession
from sftp_drop.wire import Refused

_NEW = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
_CHUNK = 262_144


class Player(Closing):
    """Everything happens one after the other: an event is over when all that follows from it is done."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange, self._space = exchange, exchange.space
        self._house = House(exchange.space.desk)
        self._sessions: dict[str, DropSession] = {}

    def close(self) -> None:
        """End the sessions, and the exchange."""
        for session in self._sessions.values():
            session.end()
        self._exchange.close()

    def play(self, event: Line) -> Line:
        """The same event with what came of it now."""
        if not event.get("played", True):
            return event
        self._space.transport[PARTY] = "process"
        match event["kind"]:
            case "http":
                told = {"answer": self._http(event)}
            case "drop":
                told = self._drop(event)
            case _:
                told = outcome_of(self._space)
        self._space.settle()
        return {**event, **told}

    def _http(self, event: Line) -> dict[str, Any]:
        headers = {**event.get("headers", {}), **self._shown(event.get("by"))}
        query = f"?{event['query']}" if event.get("query") else ""
        answer = self._exchange.ask(
            event["method"], event["path"] + query, headers, _content(event)
        )
        kept = {name.lower(): value for name, value in answer.headers.raw}
        return answer_words(event["path"], answer.status_code, kept, answer.content)

    def _shown(self, who: str | None) -> Mapping[str, str]:
        """What whoever is meant shows in this life."""
        if who is None:
            return {}
        if who == CONTROLLER:
            token = self._space.control_token
        elif who.startswith(CITIZEN):
            token = self._space.gateway.logins.open(who.removeprefix(CITIZEN))
        else:
            token = who if who == STRANGER else self._space.keyring.token(who)
        return {"authorization": f"Bearer {token}"}

    def _drop(self, event: Line) -> dict[str, Any]:
        match event["do"]:
            case "login":
                self._log_in(event["by"], event["door"])
            case "login-refused":
                gate = self._space.gates[event["door"]]
                user, factor = event.get("user", STRANGER), Factor(event["factor"])
                gate.login_refused(user, factor, event["door"], locked=event["locked"])
            case "get":
                return self._get(self._sessions[event["by"]], event)
            case _:
                with suppress(Refused):
                    self._send(self._sessions[event["by"]], event)
        return {}

    def _log_in(self, user: str, door: str) -> None:
        """As whoever showed all that is asked; what it was is not in the recording."""
        gate = self._space.gates[door]
        visit = Visit(gate.accounts[user], self._space.keyring.ssh_public_blob(user))
        gate.logged_in(visit, door)
        before = self._sessions.pop(user, None)
        if before is not None:
            before.end()
        self._sessions[user] = self._house.session(visit.account, user)

    def _send(self, session: DropSession, event: Line) -> None:
        match event["do"]:
            case "put":
                handle = session.open(event["path"].encode(), _NEW)
                session.write(handle, 0, _content(event))
                session.close(handle)
            case "rename":
                session.rename(event["path"].encode(), event["to"].encode())
            case _:
                name = event["file"]
                session.rename(_folder_of(name).encode(), f"/archief/{name}".encode())

    def _get(self, session: DropSession, event: Line) -> dict[str, Any]:
        """All of a file, or as much as was read of it then."""
        wanted = event.get("bytes") if event["outcome"] == Outcome.BROKEN.value else None
        try:
            handle = session.open(event["path"].encode(), os.O_RDONLY)
            size = session.stat_handle(handle).st_size
            read = _read(session, handle, size if wanted is None else wanted)
            session.close(handle)
        except Refused:
            return {"outcome": Outcome.REFUSED.value}
        outcome = Outcome.COMPLETE if read == size else Outcome.BROKEN
        return {"bytes": read, "outcome": outcome.value}


def _read(session: DropSession, handle: bytes, most: int) -> int:
    read = 0
    while read < most and (chunk := session.read(handle, read, min(_CHUNK, most - read))):
        read += len(chunk)
    return read


def _folder_of(name: str) -> str:
    """Where a file waits, by the flow that its name begins with."""
    return f"/uit/{name.partition('_')[0]}/{name}"


def _content(event: Line) -> bytes:
    if "base64" in event:
        return b64decode(event["base64"], validate=True)
    body: str = event.get("body", "")
    return body.encode()

"""Plays a recording: each event comes again, in process, and what comes of it is held against what came then."""

import os
from base64 import b64decode
from contextlib import suppress
from typing import Any

import httpx

from consumers.closing import Closing
from gateway.contracts.drop import SFTP, Factor, Outcome, Visit
from gateway.simulation.in_process.exchange import Exchange
from gateway.simulation.recording.addresses import Named
from gateway.simulation.recording.answered import answer_words
from gateway.simulation.recording.browsed import cookie_headers, form_content
from gateway.simulation.recording.recorder import outcome_of
from gateway.simulation.recording.shown import STRANGER, NotPlayed, Shown
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
        self._sessions: dict[tuple[str, str], DropSession] = {}
        self._shown = Shown(exchange.space)
        self._named = Named(exchange.base, (exchange.base,))

    def close(self) -> None:
        """End the sessions, and the exchange."""
        for session in self._sessions.values():
            session.end()
        self._exchange.close()

    def play(self, event: Line) -> Line:
        """The same event with what came of it now.

        Raises:
            NotPlayed: it cannot be.
        """
        if not event.get("played", True):
            raise NotPlayed(event.get("why", "what it said is not written down"))
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
        certificate = self._shown.certificate_of(event.get("certificate"))
        query = f"?{event['query']}" if event.get("query") else ""
        target = event["path"] + query
        try:
            answer = self._exchange.ask(
                event["method"], target, self._headers(event), self._body(event), certificate
            )
        except httpx.ReadError:
            return answer_words(event["path"], 0, {}, b"", self._shown, "")
        kept = {name.lower(): value for name, value in answer.headers.raw}
        return answer_words(
            event["path"], answer.status_code, kept, answer.content, self._shown, ""
        )

    def _headers(self, event: Line) -> dict[str, str]:
        """Those that were kept, and what whoever is meant shows in this life."""
        headers: dict[str, str] = dict(event.get("headers", {}))
        headers |= cookie_headers(self._shown, event, self._named)
        if event.get("by") is not None:
            headers["authorization"] = f"Bearer {self._shown.text_of(event['by'])}"
        return headers

    def _body(self, event: Line) -> bytes:
        if "form" in event:
            return form_content(self._space, self._shown, event["form"], self._named)
        return _content(event)

    def _drop(self, event: Line) -> dict[str, Any]:
        match event["do"]:
            case "login":
                self._log_in(event["by"], event["door"])
            case "login-refused":
                gate = self._space.gates[event["door"]]
                user, factor = event.get("user", STRANGER), Factor(event["factor"])
                gate.login_refused(user, factor, event["door"], locked=event["locked"])
            case "get":
                return self._get(self._session(event), event)
            case _:
                with suppress(Refused):
                    self._send(self._session(event), event)
        return {}

    def _session(self, event: Line) -> DropSession:
        """Whoever did it, at the door where they were."""
        return self._sessions[event["by"], event.get("door", SFTP)]

    def _log_in(self, user: str, door: str) -> None:
        """As whoever showed all that is asked; what it was is not in the recording."""
        gate = self._space.gates[door]
        visit = Visit(gate.accounts[user], self._space.keyring.ssh_public_blob(user))
        gate.logged_in(visit, door)
        before = self._sessions.pop((user, door), None)
        if before is not None:
            before.end()
        self._sessions[user, door] = self._house.session(visit.account, f"{user}-{door}")

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
        """As much of a file as was read of it then: its beginning, or what was left of it up to its end."""
        wanted, is_broken = event.get("bytes", 0), event["outcome"] == Outcome.BROKEN.value
        try:
            handle = session.open(event["path"].encode(), os.O_RDONLY)
            size = session.stat_handle(handle).st_size
            start = 0 if is_broken else max(0, size - wanted)
            read = _read(session, handle, start, wanted if is_broken else size)
            session.close(handle)
        except Refused:
            return {"outcome": Outcome.REFUSED.value}
        outcome = Outcome.COMPLETE if start + read == size else Outcome.BROKEN
        return {"bytes": read, "outcome": outcome.value}


def _read(session: DropSession, handle: bytes, start: int, end: int) -> int:
    at = start
    while at < end and (chunk := session.read(handle, at, min(_CHUNK, end - at))):
        at += len(chunk)
    return at - start


def _folder_of(name: str) -> str:
    """Where a file waits, by the flow that its name begins with."""
    return f"/uit/{name.partition('_')[0]}/{name}"


def _content(event: Line) -> bytes:
    if "base64" in event:
        return b64decode(event["base64"], validate=True)
    body: str = event.get("body", "")
    return body.encode()

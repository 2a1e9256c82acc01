"""In front of a space's application while it is recorded: hears requests and answers, and changes nothing."""

import hmac
import json
from collections.abc import MutableMapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

from gateway.simulation.recording.recorder import LONGEST, Recorder, body_words
from gateway.simulation.space import Space
from gateway.web.dispatcher import AsgiApp
from gateway.web.on_the_way import OnTheWay
from gateway.web.proofs import proof_of
from gateway.web.receiving import Receive, Scope, Send

CONTROL = "/_sim"
CLOCK = f"{CONTROL}/clock"
CITIZEN, STRANGER, CONTROLLER = "citizen:", "stranger", "control"
_BESIDE = ("/_sim/spaces", "/_sim/snapshots", "/_sim/recording", "/_sim/reset", "/_sim/journal",
           "/metrics", "/health", "/ready", "/docs", "/openapi.json", "/pki", "/log", "/.well-known",
           "/oauth/jwks")  # fmt: skip
"""What is about the process, or only looks."""
_NOT_PLAYED = ("/oauth", "/loket", "/mijn", "/bronnen")
"""What lives on tokens, cookies and keys of one life: that it came is noted, with nothing of what it said."""
_HEADERS = ("content-type", "content-encoding", "accept", "accept-language", "soapaction", "x-correlation-id")  # fmt: skip
_PREFIXES = ("x-magda-", "sim-")


@dataclass(slots=True)
class _Heard:
    """What was said both ways for one request."""

    body: bytearray = field(default_factory=bytearray)
    status: int = 0
    headers: dict[bytes, bytes] = field(default_factory=dict)
    answer: bytearray = field(default_factory=bytearray)


class _Overhearing(OnTheWay):
    """Notes what is answered."""

    def __init__(self, send: Send, heard: _Heard) -> None:
        super().__init__(send)
        self._heard = heard

    async def send(self, message: Any) -> None:
        """Note it, and pass it on."""
        if message["type"] == "http.response.start":
            self._heard.status = message["status"]
            self._heard.headers = dict(message.get("headers", ()))
        else:
            self._heard.answer += message.get("body", b"")
        await super().send(message)


class Hearing:
    """The application as it was, heard by a recorder."""

    def __init__(self, app: AsgiApp, recorder: Recorder) -> None:
        self.app, self._recorder = app, recorder

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send a request on, and note it once it was answered."""
        path = scope["path"][len(scope.get("root_path", "")) :]
        if _is_below(path, _BESIDE) or (path.startswith(CONTROL) and scope["method"] == "GET"):
            await self.app(scope, receive, send)
            return
        heard = _Heard()
        who = None
        with self._recorder.aside():
            who = who_shows(self._recorder.space, scope)
        self._recorder.is_moving = path.startswith(CLOCK)
        try:
            await self.app(scope, _listening(receive, heard), _Overhearing(send, heard).send)
        finally:
            self._recorder.is_moving = False
            with self._recorder.aside():
                self._note(scope, path, who, heard)

    def _note(self, scope: Scope, path: str, who: str | None, heard: _Heard) -> None:
        words: dict[str, Any] = {"by": who, "method": scope["method"], "path": path}
        if _is_below(path, _NOT_PLAYED) or len(heard.body) > LONGEST:
            self._recorder.note("http", **words, played=False)
        else:
            query = scope["query_string"].decode("latin-1")
            said = {"headers": _kept(scope) or None, **body_words(bytes(heard.body))}
            told = answer_words(path, heard.status, heard.headers, bytes(heard.answer))
            self._recorder.note("http", **words, query=query or None, **said, answer=told)


def answer_words(
    path: str, status: int, headers: MutableMapping[bytes, bytes], content: bytes
) -> dict[str, Any]:
    """What came of a request. What the tester's desk tells of places and tokens is of one life only."""
    decision = headers.get(b"sim-decision", b"").decode() or None
    is_problem = headers.get(b"content-type", b"").startswith(b"application/problem+json")
    reason = _reason_of(content) if is_problem else None
    is_same = not path.startswith(CONTROL) or path.startswith(CLOCK)
    digest = sha256(content).hexdigest() if is_same else None
    told = {"status": status, "decision": decision, "reason": reason, "sha256": digest}
    return {name: value for name, value in told.items() if value is not None}


def _reason_of(content: bytes) -> str | None:
    """The reason in a problem document, unless a fault left none to be read."""
    with suppress(ValueError):
        reason: str | None = json.loads(content).get("reason")
        return reason
    return None


def who_shows(space: Space, scope: Scope) -> str | None:
    """Who is meant by what a request shows: the credential, the tester, a citizen, or nobody known."""
    proof = proof_of(scope)
    if proof is None:
        return None
    if hmac.compare_digest(proof.value, space.control_token.encode()):
        return CONTROLLER
    caller = space.gateway.credentials.find(replace(proof, beside=None))
    if caller is not None:
        return caller.key
    citizen = space.gateway.logins.who(proof.value.decode("latin-1"))
    return f"{CITIZEN}{citizen}" if citizen else STRANGER


def _kept(scope: Scope) -> dict[str, str]:
    named = ((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"])
    return {name: value for name, value in named if name in _HEADERS or name.startswith(_PREFIXES)}


def _listening(receive: Receive, heard: _Heard) -> Receive:
    async def listen() -> Any:
        message = await receive()
        if len(heard.body) <= LONGEST:
            heard.body += message.get("body", b"")
        return message

    return listen


def _is_below(path: str, places: tuple[str, ...]) -> bool:
    return any(path == one or path.startswith(f"{one}/") for one in places)

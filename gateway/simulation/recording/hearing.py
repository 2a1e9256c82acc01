"""In front of a space's application while it is recorded: hears requests and answers, and changes nothing."""

from dataclasses import dataclass, field
from typing import Any

from gateway.domain.request import ProofKind
from gateway.simulation.recording.addresses import Named
from gateway.simulation.recording.answered import (
    CLOCK,
    CONTROL,
    OAUTH,
    PAGES,
    answer_words,
    is_below,
)
from gateway.simulation.recording.browsed import cookie_words, form_words
from gateway.simulation.recording.recorder import LONGEST, Recorder, body_words
from gateway.simulation.recording.shown import NotPlayed
from gateway.simulation.routes import addresses_of
from gateway.web.dispatcher import AsgiApp
from gateway.web.on_the_way import OnTheWay
from gateway.web.proofs import proof_of
from gateway.web.receiving import Receive, Scope, Send
from providers.door import KEY_HEADER

_BESIDE = ("/_sim/spaces", "/_sim/snapshots", "/_sim/recording", "/_sim/reset", "/_sim/journal",
           "/metrics", "/health", "/ready", "/docs", "/openapi.json", "/pki", "/log", "/.well-known",
           "/oauth/jwks")  # fmt: skip
"""What is about the process, or only looks."""
_HEADERS = ("content-type", "content-encoding", "accept", "accept-language", "soapaction", "x-correlation-id")  # fmt: skip
_PREFIXES = ("x-magda-", "sim-")


@dataclass(slots=True)
class _Heard:
    """What was said both ways for one request."""

    body: bytearray = field(default_factory=bytearray)
    status: int = 0
    headers: dict[bytes, bytes] = field(default_factory=dict)
    answer: bytearray = field(default_factory=bytearray)

    def lose_answer(self) -> None:
        """The line was cut: how much of it had gone out is chance."""
        self.status, self.headers, self.answer = 0, {}, bytearray()


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
        if self._is_beside(path, scope):
            await self.app(scope, receive, send)
            return
        heard = _Heard()
        words: dict[str, Any] = {}
        with self._recorder.aside():
            words = self._come(path, scope)
        moves = int(is_below(path, (CLOCK,)))
        self._recorder.moves += moves
        try:
            await self.app(scope, _listening(receive, heard), _Overhearing(send, heard).send)
        except ConnectionResetError:
            heard.lose_answer()
            raise
        finally:
            self._recorder.moves -= moves
            with self._recorder.aside():
                self._note(scope, path, words, heard)

    def _is_beside(self, path: str, scope: Scope) -> bool:
        """Whether it is not from outside, or about the process, or only looks."""
        if is_below(path, _BESIDE) or (path.startswith(CONTROL) and scope["method"] == "GET"):
            return True
        key = self._recorder.space.source_key.encode()
        return any(name == KEY_HEADER and value == key for name, value in scope["headers"])

    def _come(self, path: str, scope: Scope) -> dict[str, Any]:
        """Who asks for what. Whose a proof is, is looked up before the request can end it."""
        shown, query = self._recorder.shown, scope["query_string"].decode("latin-1")
        proof = proof_of(scope)
        has_token = proof is not None and proof.kind is ProofKind.TOKEN
        by = shown.whose(proof.value.decode("latin-1")) if proof and has_token else None
        words = {"by": by, "certificate": shown.certificate(scope),
                 "method": scope["method"], "path": path, "query": query or None}  # fmt: skip
        return words | (cookie_words(shown, scope) if is_below(path, PAGES) else {})

    def _note(self, scope: Scope, path: str, words: dict[str, Any], heard: _Heard) -> None:
        shown, root = self._recorder.shown, scope.get("root_path", "")
        told = answer_words(path, heard.status, heard.headers, bytes(heard.answer), shown, root)
        try:
            said = {"headers": _kept(scope) or None, **self._said(scope, path, heard)}
        except NotPlayed as why:
            self._recorder.note("http", **words, played=False, why=str(why))
        else:
            self._recorder.note("http", **words, **said, answer=told)

    def _said(self, scope: Scope, path: str, heard: _Heard) -> dict[str, Any]:
        """The body, as far as it is kept."""
        if len(heard.body) > LONGEST:
            raise NotPlayed("its body is over 64 MB, and is not written down")
        space, content = self._recorder.space, bytes(heard.body)
        if not content or not is_below(path, (OAUTH, *PAGES)):
            return dict(body_words(content))
        addresses = addresses_of(space)
        named = Named(addresses.base(scope), addresses.bases(scope))
        return {"form": form_words(space, self._recorder.shown, content, named)}


def _kept(scope: Scope) -> dict[str, str]:
    named = ((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"])
    return {name: value for name, value in named if _is_kept(name)}


def _is_kept(name: str) -> bool:
    is_ours = name.startswith(_PREFIXES) and name.encode() != KEY_HEADER
    return name in _HEADERS or is_ours


def _listening(receive: Receive, heard: _Heard) -> Receive:
    async def listen() -> Any:
        message = await receive()
        if len(heard.body) <= LONGEST:
            heard.body += message.get("body", b"")
        return message

    return listen

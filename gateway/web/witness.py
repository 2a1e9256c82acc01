"""A witness over HTTP (C2SP tlog-witness)."""

from collections.abc import Callable
from typing import Protocol

from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse, Response

from gateway.domain.checkpoint import VerifierKey
from gateway.domain.witnessing import Answer

_LARGEST, _LARGEST_STATEMENT = 1 << 16, 1 << 24


class WitnessDesk(Protocol):
    """The witness itself."""

    @property
    def verifier(self) -> VerifierKey:
        """The key that cosigns."""
        ...

    def add(self, text: str) -> Answer:
        """Take one checkpoint; its cosignature, or what stands against it."""
        ...

    def take_back(self, text: str) -> Answer:
        """Take what a log says of itself: that a restored snapshot took it back."""
        ...

    def last(self, origin: str) -> str | None:
        """The last checkpoint of a log that was cosigned here."""
        ...


def witness_app(witness: WitnessDesk) -> FastAPI:
    """The application: what is submitted, the key, and what was last cosigned."""
    app = FastAPI(title="Witness of a transparency log", docs_url=None, redoc_url=None)

    @app.post("/add-checkpoint")
    async def add_checkpoint(request: Request) -> Response:
        """Submit a checkpoint with the proof that the log only grew."""
        return await _answered(request, witness.add, _LARGEST)

    @app.post("/taken-back")
    async def taken_back(request: Request) -> Response:
        """Say, signed with the log's key, that a restored snapshot took the log back."""
        return await _answered(request, witness.take_back, _LARGEST_STATEMENT)

    @app.get("/key")
    async def key() -> Response:
        """The key that cosigns."""
        return PlainTextResponse(f"{witness.verifier}\n")

    @app.get("/checkpoint")
    async def checkpoint(origin: str) -> Response:
        """The last checkpoint of a log that was cosigned here."""
        note = witness.last(origin)
        return PlainTextResponse(note) if note else PlainTextResponse("none\n", 404)

    return app


async def _answered(request: Request, take: Callable[[str], Answer], most: int) -> Response:
    """What is said to a text of at most so many bytes."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > most:
            return PlainTextResponse("this is too long\n", 413)
    try:
        answer = take(body.decode())
    except UnicodeDecodeError:
        return PlainTextResponse("this is no text\n", 400)
    return Response(answer.text, answer.status, media_type=answer.media_type)

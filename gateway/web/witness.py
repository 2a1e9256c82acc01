"""A witness over HTTP (C2SP tlog-witness)."""

from typing import Protocol

from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse, Response

from gateway.domain.checkpoint import VerifierKey
from gateway.domain.witnessing import Answer

_LARGEST = 1 << 16


class WitnessDesk(Protocol):
    """The witness itself."""

    @property
    def verifier(self) -> VerifierKey:
        """The key that cosigns."""
        ...

    def add(self, text: str) -> Answer:
        """Take one checkpoint; its cosignature, or what stands against it."""
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
        body = bytearray()
        async for piece in request.stream():
            body += piece
            if len(body) > _LARGEST:
                return PlainTextResponse("this is too long\n", 413)
        try:
            answer = witness.add(body.decode())
        except UnicodeDecodeError:
            return PlainTextResponse("this is no text\n", 400)
        return Response(answer.text, answer.status, media_type=answer.media_type)

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

"""`GET /_sim/status`: how the space does, as a page; the control token opens it, also as a password."""

import asyncio
import hmac
from base64 import b64decode
from binascii import Error
from collections.abc import Callable
from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from gateway.adapters.operation.counting import Tally
from gateway.domain.legal_day import in_brussels
from gateway.simulation.space import Space
from gateway.web.bearer import bearer
from gateway.web.status.page import HEADERS, Row, Status, Table, language_of, render

_ASK_FOR_IT = {"WWW-Authenticate": 'Basic realm="magda-sim", charset="UTF-8"'}
_UNAUTHORISED = 401


def status_router(space: Callable[[], Space]) -> APIRouter:
    """The route. A browser asks for the token as a password, whatever the name."""
    router = APIRouter(prefix="/_sim", include_in_schema=False)

    @router.get("/status", response_class=HTMLResponse)
    async def status(request: Request) -> Response:
        """How the space does, as a page without script."""
        here = space()
        shown = bearer(request) or _password(request)
        if not hmac.compare_digest(shown.encode(), here.control_token.encode()):
            return Response(status_code=_UNAUTHORISED, headers=_ASK_FOR_IT)
        language = language_of(request.headers.get("accept-language", ""))
        told = await asyncio.to_thread(_status, here)
        return HTMLResponse(
            render(told, language), headers=HEADERS | {"Content-Language": language}
        )

    return router


def _password(request: Request) -> str:
    """That of HTTP Basic, or nothing."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return b64decode(encoded, validate=True).decode().partition(":")[2]
    except (Error, UnicodeDecodeError):
        return ""


def _status(space: Space) -> Status:
    figures = space.operation.watch.figures
    tallies = {
        "decisions": figures.decisions, "batches": figures.batches, "files": figures.files,
        "logins": figures.logins, "entries": figures.events,
    }  # fmt: skip
    tables = [_table(name, tally) for name, tally in tallies.items()]
    return Status(space.key, _shown(space.clock.now()), space.operation.parts(), tables)


def _table(name: str, tally: Tally) -> Table:
    counts = sorted((["" if w is None else str(w) for w in k], n) for k, n in tally.read().items())
    return Table(name, tally.names, [Row(words, count) for words, count in counts])


def _shown(at: datetime) -> str:
    return in_brussels(at).isoformat(timespec="seconds")

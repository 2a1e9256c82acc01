"""The counter's plain pages: forms, style, language and leaving; nothing is asked of anybody here."""

import re
from importlib.resources import files

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.contracts.reasons import Reason
from gateway.domain.request import Reply
from gateway.web.counter.door import pages_of
from gateway.web.counter.jar import AGENT, LANGUAGE, kept
from gateway.web.counter.pages import ROOT, STYLE
from gateway.web.counter.visit import is_from_elsewhere
from gateway.web.counter.words import spoken
from gateway.web.receiving import headers_of

_OWN = re.compile(r"(/vragen/V-\d{1,9}(/dossier)?)?")
"""The places to which a change of language may lead back; no other, least of all elsewhere."""


def counter_router() -> APIRouter:
    """The pages that need no step."""
    router = APIRouter(include_in_schema=False)
    style = files("gateway.web.counter").joinpath("loket.css").read_bytes()

    @router.get(STYLE)
    async def look() -> Response:
        """How it looks."""
        return Response(style, media_type="text/css", headers={"X-Content-Type-Options": "nosniff"})

    @router.get(ROOT)
    async def begin(request: Request) -> Response:
        """The log-in, or the form of a new question."""
        return _shown(request, "question", {})

    @router.get(f"{ROOT}/vragen/{{key}}")
    async def identify(request: Request, key: str) -> Response:
        """The form of an identification; whether there is such a question does not show."""
        if not _place(key):
            return _response(pages_of(request.scope).redirect(""))
        return _shown(request, "identify", {"key": key}, _place(key))

    @router.get(f"{ROOT}/vragen")
    @router.get(f"{ROOT}/vragen/{{key}}/identificatie")
    async def again(request: Request, key: str | None = None) -> Response:
        """Where a browser that reads a sent form again is led."""
        return _response(pages_of(request.scope).redirect(_place(key)))

    @router.get(f"{ROOT}/taal/{{language}}")
    async def speak(request: Request, language: str, naar: str = "") -> Response:
        """Another language from now on, and back to the page."""
        place = naar if _OWN.fullmatch(naar) else ""
        pages = pages_of(request.scope)
        chosen = pages.jar.put({LANGUAGE: spoken(language)})
        return _response(pages.redirect(place, chosen))

    @router.post(f"{ROOT}/afmelden")
    async def leave(request: Request) -> Response:
        """Forget who it was."""
        pages = pages_of(request.scope)
        is_own = not is_from_elsewhere(headers_of(request.scope))
        return _response(pages.redirect("", pages.jar.clear() if is_own else ()))

    return router


def _place(key: str | None) -> str:
    """Where a question's form is; nowhere for what is no question's number: it may be a person's."""
    place = f"/vragen/{key}"
    return place if _OWN.fullmatch(place) else ""


def _shown(request: Request, name: str, values: dict[str, object], here: str = "") -> Response:
    """A form, to who has signed in."""
    pages = pages_of(request.scope)
    if not kept(headers_of(request.scope)).get(AGENT):
        name, values = "login", {"signed_in": False}
    elif "inzage" in request.query_params:
        values = values | {"error": pages.error(Reason.SESSION_OVER)}
    return _response(pages.reply(name, values, here=here))


def _response(reply: Reply) -> Response:
    response = Response(b"".join(reply.parts), reply.status, media_type=reply.media_type)
    for name, value in reply.headers:
        response.headers.append(name, value)
    return response

"""`GET /mijn/raadplegingen`: who saw my data, and why (contract section 11)."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response

from gateway.domain.citizen_view import Sighting
from gateway.domain.field_words import categories
from gateway.domain.services import PLATFORM
from gateway.web.citizen.door import Asked, CitizenDoor
from gateway.web.entered import entered

LOOKS = "/mijn/raadplegingen"
NEVER_KEPT = {"Cache-Control": "no-store"}


def citizen_router(door: CitizenDoor) -> APIRouter:
    """The route; what is refused on it is entered like what is told."""
    route_class = entered(door)
    router = APIRouter(tags=["citizen"], route_class=route_class)

    @router.get(LOOKS, openapi_extra={"security": [{"citizen": []}]})
    async def looks(asked: Annotated[Asked, Query()], request: Request) -> Response:
        """Every time that somebody saw your data, or was refused it, newest first.

        `voor` names a minor child of yours; `van` and `tot` are days, both included; `afnemer` is an
        agency or a unit. Where there is more, the header `Link` tells the next page.
        """
        seen = await door.desk.look(request.state.citizen, asked.voor, asked.wanted())
        shown, last = asked.page(seen.sightings)
        headers = {"sim-decision": seen.decision, "sim-protocol": PLATFORM, **NEVER_KEPT}
        if last is not None:
            headers["link"] = f'<{_next(request, asked, last)}>; rel="next"'
        return JSONResponse({"items": [item(one) for one in shown]}, headers=headers)

    return router


def item(one: Sighting) -> dict[str, Any]:
    """One look as the wire has it."""
    return {
        "wanneer": one.at.isoformat(timespec="milliseconds"),
        "soort": one.sort.value,
        "afnemer": one.consumer,
        "bron": one.source,
        "categorieen": list(categories(one.fields)),
        "doel": one.purpose,
        "protocol": one.protocol,
        "artikelen": list(one.articles),
        "uitkomst": one.outcome.value,
        "beslissing": one.decision,
        "bewijs": f"/log/proof/{one.decision}",
    }


def _next(request: Request, asked: Asked, last: str) -> str:
    """Where the next page is: the same question, after the last decision of this one."""
    more = asked.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude_none=True) | {
        "na": last
    }
    return f"{request.scope.get('root_path', '')}{LOOKS}?{urlencode(more)}"

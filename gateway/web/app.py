"""The FastAPI application of one space: everything over HTTP but the hot endpoints."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.dependencies import models
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from gateway.contracts.faults import GatewayFault, Ground, Refusal
from gateway.contracts.reasons import Reason
from gateway.contracts.told_back import told_back
from gateway.domain.request import Reply
from gateway.domain.services import PLATFORM
from gateway.web.openapi import describe
from gateway.web.rest.problems import body_of, problem

_MOST_TOLD = 20
"""Of what is wrong with one message."""
_PLACE = re.compile(r"\{[^}]*\}")
_REASON_OF_STATUS = {
    401: Reason.CREDENTIAL_INVALID,
    404: Reason.SERVICE_UNKNOWN,
    405: Reason.READ_ONLY,
    413: Reason.TOO_LARGE,
    503: Reason.LOG_UNAVAILABLE,
}


def create_app(
    version: str,
    new_id: Callable[[], str],
    routers: tuple[APIRouter, ...],
    fidelity: str = "sim",
    bodies: Mapping[str, Any] | None = None,
) -> FastAPI:
    """The application with its routers; every error becomes a problem document.

    `bodies` are examples of what is posted, by path.
    """
    app = FastAPI(
        title="MAGDA-style data exchange gateway simulator",
        version=version,
        redoc_url=None,
        redirect_slashes=False,  # to where a `Host` of the caller's says, and with no entry
        telemetry={
            "logs": False,
            "operation_spans": False,
            "metrics": False,
            "tracing": False,
            "auto_configure": False,
        },
    )
    for router in routers:
        app.include_router(router)
    _answer_with_problems(app, new_id, fidelity)
    describe(app, bodies or {})
    return app


def forget_endpoints() -> None:
    """Let go of the applications that nobody serves any more.

    FastAPI remembers of its last 4,096 endpoints what kind of function each is, and with them the
    spaces that those closed over; it finds out again what it has forgotten. It leans on names inside
    FastAPI: one that is not there any more keeps nothing.
    """
    for name in ("_is_gen_callable_cached", "_is_async_gen_callable_cached", "_is_coroutine_callable_cached"):  # fmt: skip
        kept = getattr(models, name, None)
        if kept is not None:
            kept.cache_clear()


def _answer_with_problems(app: FastAPI, new_id: Callable[[], str], fidelity: str) -> None:
    def render(request: Request, refusal: Refusal, status: int | None = None) -> Response:
        request.state.refusal = refusal
        return _response(problem(refusal, new_id(), fidelity=fidelity), status)

    @app.exception_handler(GatewayFault)
    async def on_fault(request: Request, fault: GatewayFault) -> Response:
        return render(request, fault.refusal)

    @app.exception_handler(HTTPException)
    async def on_status(request: Request, error: HTTPException) -> Response:
        if isinstance(
            error.__cause__, GatewayFault
        ):  # FastAPI dresses up what a body was refused for
            return render(request, error.__cause__.refusal)
        answer = render(request, _refusal_of_status(error.status_code), error.status_code)
        answer.headers.update(error.headers or {})
        if error.status_code == 405:  # noqa: PLR2004  method not allowed
            answer.headers["allow"] = ", ".join(sorted(_allowed(app, request, error)))
        return answer

    @app.exception_handler(RequestValidationError)
    async def on_invalid(request: Request, error: RequestValidationError) -> Response:
        return render(request, invalid_form(error))

    @app.exception_handler(Exception)
    async def on_surprise(request: Request, error: Exception) -> Response:
        ground = Ground(reason=Reason.INTERNAL, detail=type(error).__name__)
        return render(request, Refusal((ground,)))


def _allowed(app: FastAPI, request: Request, error: HTTPException) -> set[str]:
    """Every method of the path: of several routes with one path, the framework names the first's only."""
    path = request.scope["path"][len(request.scope.get("root_path", "")) :]
    told = (error.headers or {}).get("Allow", "")
    methods = {
        method.upper()
        for template, operations in app.openapi()["paths"].items()
        if re.fullmatch(_PLACE.sub("[^/]+", template), path)
        for method in operations
    }
    return methods | {method.strip() for method in told.split(",") if method.strip()}


def _refusal_of_status(status: int) -> Refusal:
    reason = _REASON_OF_STATUS.get(status, Reason.MESSAGE_INVALID)
    detail = "there is nothing at this path" if status == 404 else ""  # noqa: PLR2004  not found
    return Refusal((Ground(reason=reason, detail=detail, remedy="/docs lists every path"),))


def invalid_form(error: RequestValidationError) -> Refusal:
    """What FastAPI found wrong with the form of a message."""
    return Refusal(tuple(_ground(one) for one in error.errors()[:_MOST_TOLD]))


def _ground(error: Mapping[str, Any]) -> Ground:
    """What pydantic found, without the value it found."""
    place = ".".join(_step(step) for step in error["loc"][1:])
    return Ground(
        reason=Reason.MESSAGE_INVALID,
        element=place,
        part=str(error["loc"][0]) if error["loc"] else "body",
        detail=f"{place}: {error['msg']}" if place else str(error["msg"]),
        remedy="/docs shows the form of every call",
    )


def _step(step: str | int) -> str:
    """One step to a member: a place in a list, or a name, which may be the caller's own."""
    return told_back(step) if isinstance(step, str) else str(step)


def _response(reply: Reply, status: int | None) -> Response:
    headers = {"sim-protocol": PLATFORM, **{name.lower(): value for name, value in reply.headers}}
    return Response(
        body_of(reply, None),
        status_code=status or reply.status,
        media_type=reply.media_type,
        headers=headers,
    )

"""In front of everything: finds the space, then its hot endpoint, then its FastAPI application."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Protocol

from gateway.contracts.faults import Ground, Refusal
from gateway.contracts.reasons import Reason
from gateway.domain.services import PLATFORM
from gateway.flows.audited import STOPPED
from gateway.ports.operation import Unwatched, Watch
from gateway.web.hot import HotEndpoint
from gateway.web.receiving import BodyLimits, Receive, Scope, Send, WholeBody
from gateway.web.rest.problems import body_of, problem
from gateway.web.watched import Overheard, tell

AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]
SPACES = "/spaces/"
WELL_KNOWN = "/.well-known/oauth-authorization-server"
WELL_KNOWN_SPACES = WELL_KNOWN + SPACES
_OF_SPACES = (SPACES, WELL_KNOWN_SPACES)
FOR_OPERATORS = ("/metrics", "/log", "/docs", "/openapi.json")
"""What stands open on loopback only, unless a setting says otherwise (with all below each)."""
_NOWHERE = "/-"
"""A path at which there is nothing: what is closed is not there."""


class StepDoor(Protocol):
    """A door to paths with a question in them, found before FastAPI."""

    def endpoint(self, method: str, path: str) -> AsgiApp | None:
        """What answers behind a method and path, or `None` where the path is not of here."""
        ...


@dataclass(frozen=True, slots=True)
class SpaceApp:
    """One space's doors: hot endpoints by path, those that are read, and everything else."""

    hot: Mapping[str, HotEndpoint]
    rest: AsgiApp
    steps: Sequence[StepDoor] = ()
    limits: BodyLimits | None = None
    read: Mapping[str, HotEndpoint] = field(default_factory=dict)
    watch: Watch = field(default_factory=Unwatched)
    closed: Sequence[str] = ()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, and tell the watch."""
        began = perf_counter()
        try:
            await self._door(scope)(scope, receive, send)
        finally:
            tell(self.watch, scope, began)

    def _door(self, scope: Scope) -> AsgiApp:
        """The hot endpoint of the path and method, or FastAPI for all else."""
        path = scope["path"][len(scope.get("root_path", "")) :]
        endpoint: AsgiApp | None = self._of_method(scope["method"]).get(path)
        for door in self.steps if endpoint is None else ():
            endpoint = endpoint or door.endpoint(scope["method"], path)
        return endpoint or self._rest

    async def _rest(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Whoever is told to stop says so, if nothing was said yet."""
        path, limits = scope["path"][len(scope.get("root_path", "")) :], self.limits
        if self.closed and _is_below(path, self.closed):
            scope = {**scope, "path": scope.get("root_path", "") + _NOWHERE}
        whole = receive if limits is None else WholeBody(scope, receive, limits)
        overheard = Overheard(scope, send)
        try:
            await self.rest(scope, whole, overheard)
        except asyncio.CancelledError:
            await _send_problem(overheard, STOPPED)

    def _of_method(self, method: str) -> Mapping[str, HotEndpoint]:
        if method == "POST":
            return self.hot
        return self.read if method == "GET" else {}


@dataclass(slots=True)
class Dispatcher:
    """The one HTTP application: the default space at the root, others under `/spaces/<id>`."""

    default: AsgiApp
    spaces: dict[str, AsgiApp] = field(default_factory=dict)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Route a request; nothing else is spoken here."""
        if scope["type"] == "http":
            await self._space_of(scope)(scope, receive, send)

    def _space_of(self, scope: Scope) -> AsgiApp:
        path: str = scope["path"]
        if not path.startswith(_OF_SPACES):
            return self.default
        path = scope["path"] = _space_first(path)
        name = path[len(SPACES) :].partition("/")[0]
        space = self.spaces.get(name)
        if space is None:
            return nowhere
        scope["root_path"] = scope.get("root_path", "") + SPACES + name
        return space


def _is_below(path: str, closed: Sequence[str]) -> bool:
    return any(path == one or path.startswith(f"{one}/") for one in closed)


async def nowhere(_: Scope, __: Receive, send: Send) -> None:
    """Answer for a space that is not there; its name is not told back."""
    ground = Ground(
        reason=Reason.SERVICE_UNKNOWN,
        detail="there is no space under this address",
        remedy="`GET /_sim/spaces` at the root, with the control token, lists those that are there",
    )
    await _send_problem(send, Refusal((ground,)))


async def _send_problem(send: Send, refusal: Refusal) -> None:
    reply = problem(refusal, None)
    body = body_of(reply, None)
    headers = [
        (b"content-type", reply.media_type.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"sim-protocol", PLATFORM.encode()),
    ]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _space_first(path: str) -> str:
    """RFC 8414 (3.1) puts the well-known part before the space; everything else of a space stands behind it."""
    if not path.startswith(WELL_KNOWN_SPACES):
        return path
    return path.removeprefix(WELL_KNOWN) + WELL_KNOWN

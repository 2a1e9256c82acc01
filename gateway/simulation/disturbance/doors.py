"""In front of a space's HTTP doors: requests that are one too many, and answers that do not come as they are."""

from collections.abc import Awaitable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from gateway.contracts.clock import Clock
from gateway.contracts.faults import Ground, Refusal, RefusedFault
from gateway.contracts.reasons import Reason
from gateway.domain.request import Caller
from gateway.flows.consultation import ConsultationFlow
from gateway.flows.throttle import Limits, Throttle
from gateway.simulation.disturbance.answers import Answer
from gateway.simulation.disturbance.board import Board
from gateway.simulation.disturbance.kinds import Stage
from gateway.web.dispatcher import SpaceApp
from gateway.web.hot import HotEndpoint
from gateway.web.receiving import Receive, Scope, Send

_AGAIN_S = 1
_PLACES: Mapping[str, str] = {"/v1/": "door.rest", "/soap": "door.soap", "/oauth/": "door.oauth"}
"""By what a path begins with; at the others (the log, health, the control API) nothing goes wrong."""


class DisturbedDoors:
    """An ASGI application in front of a space's; without rules it passes everything on."""

    def __init__(self, app: SpaceApp, board: Board, line: ConsultationFlow) -> None:
        self._app, self._board = app, board
        self._crowded = _crowded(app, line)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Answer a request."""
        if self._board.is_still:
            return self._app(scope, receive, send)
        place = _place_of(scope)
        if place is None:
            return self._app(scope, receive, send)
        return self._answer(place, scope, receive, send)

    async def _answer(self, place: str, scope: Scope, receive: Receive, send: Send) -> None:
        is_too_many = self._board.draw(place, Stage.ADMIT) is not None
        app = self._crowded if is_too_many else self._app
        answer = Answer(place, self._board, scope, receive, send)
        await app(scope, receive, answer.send)
        await answer.end()


class SkewedClock:
    """Implements `gateway.contracts.clock.Clock` for what is told to clients; nothing is decided by it."""

    def __init__(self, clock: Clock, board: Board, place: str) -> None:
        self._clock, self._board, self._place = clock, board, place

    def now(self) -> datetime:
        """The present instant, or one that is off."""
        drawn = self._board.draw(self._place, Stage.TELL)
        return self._clock.now() + timedelta(seconds=drawn.seconds if drawn else 0)


class _Crowd(Throttle):
    """Refuses each."""

    def take(self, caller: Caller) -> None:  # noqa: ARG002  whoever it is
        """Refuse.

        Raises:
            RefusedFault: `too-many-requests`.
        """
        ground = Ground(
            reason=Reason.TOO_MANY_REQUESTS,
            detail="more requests than are taken at this moment",
            remedy=f"ask more slowly; again in {_AGAIN_S} s",
        )
        raise RefusedFault(Refusal((ground,), retry_after=_AGAIN_S))


def _crowded(app: SpaceApp, line: ConsultationFlow) -> SpaceApp:
    """The same doors, where each question of the line is one too many."""
    crowded = replace(line, throttle=_Crowd(Limits(), lambda: 0.0))

    def of(endpoints: Mapping[str, HotEndpoint]) -> Mapping[str, HotEndpoint]:
        return {
            path: replace(one, flow=crowded) if one.flow is line else one
            for path, one in endpoints.items()
        }

    return replace(app, hot=of(app.hot), read=of(app.read))


def _place_of(scope: Scope) -> str | None:
    path = scope["path"][len(scope.get("root_path", "")) :]
    return next((place for start, place in _PLACES.items() if path.startswith(start)), None)

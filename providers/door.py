"""The door to the authentic sources: real HTTP, open to the gateway of the space and nobody else.

LAW: 001 art. 6 and 004 art. 6 - the data are reached through the platform only.
"""

import hmac
import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from datetime import date, datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from gateway.contracts.clock import Clock
from gateway.contracts.faults import ASK_AGAIN_S, LogUnavailable, Refusal
from providers.sources import (
    care_allowance,
    dossier,
    integration,
    payments,
    statistics,
    transactions,
)
from providers.world import World

KEY_HEADER = b"sim-source-key"
_BRUSSELS = ZoneInfo("Europe/Brussels")
_MOST_BYTES = 4_096
_MOST_ANSWERS = 10_000
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Answer = Callable[[World, Mapping[str, Any], date], bytes]
SOURCES: Mapping[tuple[str, str], tuple[Answer, str]] = {
    ("opgroeien", "zorgtoeslag"): (care_allowance.answer, "004, art. 6"),
    ("wewis", "jobbonusplus-verrichtingen"): (transactions.answer, "001, art. 6"),
    ("wewis", "jobbonusplus-statistiek"): (statistics.answer, "001, art. 6"),
    ("vlabel", "jobbonus-dossier"): (dossier.answer, "000, art. 6"),
    ("agii", "inburgering-advies"): (integration.answer, "002, art. 6"),
    ("vutg", "zele-betaalbestand"): (payments.answer, "003, art. 6"),
}


class SourceDesk:
    """The sources of one world, asked in process or through the door.

    Facts of the world never change, so an answer about a day stays what it was and is kept ready.
    `slips` are members that the source of a flow gets wrong, whatever is true.
    """

    slips: Mapping[str, Mapping[str, Any]] = MappingProxyType({})

    def __init__(self, world: World, clock: Clock) -> None:
        self._world, self._clock = world, clock
        self._answers: dict[tuple[object, ...], bytes] = {}

    def forget(self) -> None:
        """Answer anew: somebody was changed."""
        self._answers.clear()

    def answer(self, party: str, service: str, query: Mapping[str, Any]) -> bytes:
        """The answer of one source to one question.

        Raises:
            KeyError: no such source.
        """
        respond, _ = SOURCES[party, service]
        today = _day_of(self._clock.now())
        key = (party, service, today, *query.values())
        answer = self._answers.get(key)
        if answer is None:
            if len(self._answers) >= _MOST_ANSWERS:
                self._answers.clear()
            answer = _slipped(respond(self._world, query, today), self.slips.get(service))
            self._answers[key] = answer
        return answer


class SourceDoor:
    """An ASGI application: `POST <prefix>/<party>/<service>`; no number ever stands in a path.

    GET on the same path says that the source is there, and nothing else.
    """

    def __init__(
        self, desk: SourceDesk, key: str, on_direct_call: Callable[[str, str], Awaitable[None]]
    ) -> None:
        self._desk, self._key, self._on_direct_call = desk, key.encode(), on_direct_call

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the gateway; refuse and report everybody else."""
        party, service = scope["path"].split("/")[-2:]
        if (party, service) not in SOURCES or scope["method"] not in ("GET", "POST"):
            await _send(send, 404, b'{"title":"no such source","status":404}')
        elif not hmac.compare_digest(_shown_key(scope), self._key):
            await self._turn_away(send, party, service)
        elif scope["method"] == "GET":
            await _send(send, 200, b'{"status":"UP"}')
        else:
            query = await _read_query(receive)
            if query is None:
                await _send(send, 400, b'{"title":"not a question","status":400}')
            else:
                await _send(send, 200, self._desk.answer(party, service, query))

    async def _turn_away(self, send: Send, party: str, service: str) -> None:
        try:
            await self._on_direct_call(party, service)
        except LogUnavailable as unavailable:
            await _send(send, 503, _not_now(unavailable.refusal))
        else:
            await _send(send, 403, _refusal(SOURCES[party, service][1]))


def _slipped(answer: bytes, wrong: Mapping[str, Any] | None) -> bytes:
    """An answer in which a source gets some members wrong, wherever they stand."""

    def read(members: dict[str, Any]) -> dict[str, Any]:
        return members | {name: value for name, value in (wrong or {}).items() if name in members}

    return json.dumps(json.loads(answer, object_hook=read)).encode() if wrong else answer


@lru_cache(maxsize=1_000)
def _day_of(at: datetime) -> date:
    return at.astimezone(_BRUSSELS).date()


def _shown_key(scope: Scope) -> bytes:
    return next((value for name, value in scope["headers"] if name == KEY_HEADER), b"")


def _refusal(article: str) -> bytes:
    problem = {
        "type": "urn:problem-type:belgif:missingPermission",
        "title": "This source answers the platform only",
        "status": 403,
        "detail": f"the protocol has the data asked through the platform ({article})",
        "remedy": "ask the gateway",
    }
    return json.dumps(problem).encode()


def _not_now(refusal: Refusal) -> bytes:
    ground = refusal.grounds[0]
    problem = {
        "type": "urn:problem-type:belgif:serviceUnavailable",
        "title": ground.detail,
        "status": 503,
        "reason": ground.reason.value,
        "remedy": ground.remedy,
    }
    return json.dumps(problem).encode()


async def _read_query(receive: Receive) -> Mapping[str, Any] | None:
    body = b""
    while len(body) <= _MOST_BYTES:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    try:
        query = json.loads(body[:_MOST_BYTES])
    except ValueError:
        return None
    return query if isinstance(query, dict) and "insz" in query else None


async def _send(send: Send, status: int, body: bytes) -> None:
    kind = b"application/json" if status == 200 else b"application/problem+json"  # noqa: PLR2004  OK
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    if status == 503:  # noqa: PLR2004  not now
        headers.append((b"retry-after", str(ASK_AGAIN_S).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})

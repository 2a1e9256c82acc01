"""HTTP with patience: what may safely be asked again is asked again, with the same reference; nothing else is."""

import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TypeVar

import httpx

from consumers.answers import Answer, Refused
from consumers.closing import Closing

T = TypeVar("T")
TEMPORARY = frozenset({429, 502, 503, 504})
"""The statuses of a gateway, or of what stands before it, that cannot answer just now."""
_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class WireFault(Exception):
    """The gateway could not be asked; unlike a refusal this says nothing about the question."""


class GatewayUnreachable(WireFault):
    """Nothing was sent."""


class NoAnswer(WireFault):
    """The question was sent and no answer came: it may have been answered and entered all the same."""


class AnswerGarbled(WireFault):
    """Something came back that is no answer of this gateway, or that belongs to another question."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How often to ask again and how long to wait: twice as long each time, or as `Retry-After` says.

    A gateway that wants to be left alone for more than `longest_s` is: the refusal goes to the caller.
    """

    attempts: int = 3
    first_s: float = 0.5
    longest_s: float = 30.0

    def pauses(self) -> Iterator[float | None]:
        """The pause after each attempt; `None` after the last."""
        for attempt in range(self.attempts - 1):
            yield min(self.first_s * 2**attempt, self.longest_s)
        yield None


@dataclass(frozen=True, slots=True)
class _Lost:
    """An attempt without an answer."""

    fault: WireFault


class HttpWire(Closing):
    """One unit's way to the gateway: a credential (`auth`), a certificate (`tls`), or both.

    `pause` waits for a number of seconds of machine time; `transport` goes another way than sockets.
    """

    def __init__(  # noqa: PLR0913  each but the first has a default
        self,
        base_url: str,
        auth: httpx.Auth | None = None,
        *,
        tls: ssl.SSLContext | None = None,
        patience: Patience | None = None,
        pause: Callable[[float], object] | None = None,
        timeout: httpx.Timeout | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._patience = patience or Patience()
        self._pause = pause or threading.Event().wait
        self._http = httpx.Client(
            base_url=base_url,
            auth=auth,
            verify=tls or True,
            timeout=timeout or httpx.Timeout(30.0, connect=15.0),
            transport=transport,
            trust_env=False,
        )

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def request(
        self, method: str, path: str, content: bytes | None, headers: dict[str, str]
    ) -> httpx.Request:
        """A request that can be sent more than once."""
        return self._http.build_request(method, path, content=content, headers=headers)

    def ask(
        self,
        request: httpx.Request,
        read: Callable[[httpx.Response], Answer[T]],
        *,
        may_repeat: bool,
    ) -> Answer[T]:
        """Send a question and read its answer, again where `may_repeat` and it is worth it.

        Raises:
            GatewayUnreachable: nothing was sent.
            NoAnswer: the connection was lost, or timed out, before an answer came.
            AnswerGarbled: what came is not readable.
        """
        outcome = self._attempt(request, read)
        for pause in self._patience.pauses():
            wait = _wait(outcome, pause, may_repeat=may_repeat)
            if wait is None or wait > self._patience.longest_s:
                break
            self._pause(wait)
            outcome = self._attempt(request, read)
        if isinstance(outcome, _Lost):
            raise outcome.fault
        return outcome

    def _attempt(
        self, request: httpx.Request, read: Callable[[httpx.Response], Answer[T]]
    ) -> Answer[T] | _Lost:
        try:
            return read(self._http.send(request))
        except _UNSENT as error:
            return _Lost(GatewayUnreachable(_words(error)))
        except httpx.TransportError as error:
            return _Lost(NoAnswer(_words(error)))
        except httpx.DecodingError as error:
            raise AnswerGarbled(_words(error)) from None


def _wait(outcome: Answer[T] | _Lost, pause: float | None, *, may_repeat: bool) -> float | None:
    """How long to wait before asking again, or `None` where that is not to be done."""
    if pause is None:
        return None
    if isinstance(outcome, _Lost):
        was_sent = isinstance(outcome.fault, NoAnswer)
        return pause if may_repeat or not was_sent else None
    if isinstance(outcome, Refused) and outcome.is_temporary and may_repeat:
        return max(pause, outcome.retry_after_s or 0.0)
    return None


def retry_after(response: httpx.Response) -> float | None:
    """The seconds that `Retry-After` asks for; a date is read against the answer's own `Date`."""
    asked = response.headers.get("retry-after")
    if asked is None:
        return None
    if asked.isascii() and asked.isdigit():
        return float(asked)
    try:
        until, now = parsedate_to_datetime(asked), parsedate_to_datetime(response.headers["date"])
        return max((until - now).total_seconds(), 0.0)
    except (KeyError, ValueError, TypeError):  # no date, or one without a zone
        return None


def _words(error: httpx.RequestError) -> str:
    return f"{type(error).__name__}: {error}"

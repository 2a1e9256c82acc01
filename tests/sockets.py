"""HTTP by hand: bytes sent just as they are, and everything that came back."""

import contextlib
import socket
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import msgspec

from gateway.web.connection import LimitedProtocol
from tests.people import KARIM
from tests.running import TRANSACTIONS, RunningSpace
from tests.tls import context_of

QUESTION = b'{"insz":"' + KARIM.encode() + b'"}'
WITHIN_S = 30.0
_LAST = b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
_UP = b'{"status":"UP"}'


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def problem(self) -> dict[str, Any]:
        """The problem document that it must be."""
        assert self.headers["content-type"] == "application/problem+json"
        found: dict[str, Any] = msgspec.json.decode(self.body)
        assert found["status"] == self.status
        return found


def bearer(space: RunningSpace, unit: str) -> bytes:
    """The header field of a unit's token."""
    return f"Authorization: Bearer {space.credential(unit)['token']}\r\n".encode()


def request(
    fields: bytes = b"",
    body: bytes = QUESTION,
    *,
    path: str = TRANSACTIONS,
    method: str = "POST",
    length: int | None = -1,
) -> bytes:
    """A message; `length` is what it says of itself, -1 the truth and `None` nothing."""
    stated = len(body) if length == -1 else length
    framing = b"" if stated is None else b"Content-Length: %d\r\n" % stated
    return f"{method} {path} HTTP/1.1\r\nHost: x\r\n".encode() + fields + framing + b"\r\n" + body


@contextlib.contextmanager
def line(
    space: RunningSpace, *, door: str = "http", buffer: int | None = None
) -> Iterator[socket.socket]:
    """A connection to the plain or the TLS door; `buffer` is how much the system takes for it unread."""
    parts = urlsplit(str(space.ready[door]))
    assert parts.hostname
    assert parts.port
    plain = socket.socket()
    if buffer is not None:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    plain.settimeout(WITHIN_S)
    plain.connect((parts.hostname, parts.port))
    with plain:
        if door == "http":
            yield plain
        else:
            with context_of(space, None).wrap_socket(
                plain, server_hostname=parts.hostname
            ) as secure:
                yield secure


def until_closed(connection: socket.socket) -> bytes:
    """All that comes until the other side closes, which it must do in time."""
    received = bytearray()
    with contextlib.suppress(ConnectionResetError):
        while chunk := connection.recv(65_536):
            received += chunk
    return bytes(received)


def next_answer(connection: socket.socket) -> Answer:
    """One whole answer, on a connection that may stay open."""
    received = bytearray()
    while True:
        piece = connection.recv(65_536)
        assert piece, "it was closed before the answer was whole"
        received += piece
        head, found, body = bytes(received).partition(b"\r\n\r\n")
        if found and len(body) >= int(head.lower().partition(b"content-length: ")[2].split()[0]):
            (answer,) = parse(bytes(received))
            return answer


def talk(space: RunningSpace, *parts: bytes, door: str = "http") -> Sequence[Answer]:
    """Send it all, and behind it a message that ends the connection; the answers to what was before it."""
    with line(space, door=door) as connection:
        with contextlib.suppress(ConnectionError):
            for part in (*parts, _LAST):
                connection.sendall(part)
        *before, last = parse(until_closed(connection))
    is_to_the_last = last.body == _UP and last.headers.get("connection") == "close"
    return before if is_to_the_last else [*before, last]


def parse(raw: bytes) -> list[Answer]:
    """The answers in a stream of bytes; those that only say to go on are among them."""
    found = []
    while raw:
        head, _, raw = raw.partition(b"\r\n\r\n")
        first, *fields = head.decode("latin-1").split("\r\n")
        assert first.startswith("HTTP/1.1 "), first
        headers = {k.lower(): v for k, _, v in (one.partition(": ") for one in fields)}
        assert "transfer-encoding" not in headers, "chunked: not read here"
        size = int(headers.get("content-length", 0))
        assert len(raw) >= size, "half an answer"
        found.append(Answer(int(first.split()[1]), headers, raw[:size]))
        raw = raw[size:]
    return found


def connections(space: RunningSpace) -> list[LimitedProtocol]:
    """The server's own view of who is connected."""
    every = list(space.host._http.server_state.connections)
    return [one for one in every if isinstance(one, LimitedProtocol)]

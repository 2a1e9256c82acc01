"""A real HTTP server on loopback that answers as it is told to, one answer a request."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Told:
    """One answer. `cut` closes the connection without one; `late` waits for the test to be over."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    late: bool = False


@dataclass
class Scripted:
    """What was asked so far (path, headers, body), and where to ask."""

    url: str
    asked: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    @property
    def references(self) -> list[str]:
        """The correlation id of each question."""
        return [headers["x-correlation-id"] for _, headers, _ in self.asked]


@contextmanager
def scripted(*answers: Told) -> Iterator[Scripted]:
    """A server that gives these answers in turn, and the last one for ever after."""
    over = threading.Event()
    told = Scripted("")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            answer = answers[min(len(told.asked), len(answers) - 1)]
            named = {name.lower(): value for name, value in self.headers.items()}
            told.asked.append((self.path, named, body))
            if answer.late:
                over.wait(20)
            if answer.cut or answer.late:
                # a reset instead of a friendly end
                self.connection.setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
                )
                self.close_connection = True
                return
            if "Date" in answer.headers:
                self.send_response_only(answer.status)
            else:
                self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        do_GET = do_POST  # noqa: N815  idem

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    told.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield told
    finally:
        over.set()
        server.shutdown()
        server.server_close()
        thread.join()

"""Before a space says it is ready: one real call with a client certificate, and does it arrive?

The class that hands certificates on leans on names inside uvicorn. Where an upgrade moves them, every
caller with a certificate would look like one without; so a process that cannot see them does not start.
"""

import socket
import ssl
from base64 import b64decode
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

from gateway.web.client_certificate import client_certificate
from gateway.web.dispatcher import SPACES, Dispatcher, SpaceApp
from gateway.web.receiving import Receive, Scope, Send

_TIMEOUT_S = 10.0
_AGAIN = 2
_LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  compared, not bound


class TlsSelfTestFailed(Exception):
    """Client certificates do not reach the application."""


def check_certificates_arrive(
    dispatcher: Dispatcher, door: socket.socket, root: str, certificate: Path, key: Path
) -> None:
    """Call the TLS door with a certificate and compare what the application saw of it.

    Raises:
        TlsSelfTestFailed: it saw nothing, or something else.
    """
    name = f"tls-self-test-{sha256(certificate.read_bytes()).hexdigest()[:16]}"
    dispatcher.spaces[name] = SpaceApp({}, _tell_certificate)
    call = partial(_call, door.getsockname(), f"{SPACES}{name}/", root, certificate, key)
    try:
        seen = _at_last(call)
    except OSError as error:
        raise TlsSelfTestFailed(f"the https door does not answer: {error}") from error
    finally:
        del dispatcher.spaces[name]
    if seen != _leaf_digest(certificate):
        raise TlsSelfTestFailed(
            f"uvicorn {version('uvicorn')} does not hand client certificates to the application; "
            "gateway/web/tls.py must be mended for it, or uvicorn held at a version that works"
        )


def _at_last(call: Callable[[], str]) -> str:
    """Call again where the door hung up: a machine that starts much at once is slow to shake hands."""
    for _ in range(_AGAIN):
        with suppress(OSError):
            return call()
    return call()


async def _tell_certificate(scope: Scope, _: Receive, send: Send) -> None:
    """An application that answers with the digest of the certificate it sees."""
    body = sha256(client_certificate(scope) or b"").hexdigest().encode()
    headers = [(b"content-length", str(len(body)).encode()), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _call(address: tuple[str, int], path: str, root: str, certificate: Path, key: Path) -> str:
    host = _LOOPBACK.get(address[0], address[0])
    context = ssl.create_default_context(cadata=root)
    context.check_hostname = (
        False  # the address bound may be one that the certificate has no name for
    )
    context.load_cert_chain(certificate, key)
    with (
        socket.create_connection((host, address[1]), timeout=_TIMEOUT_S) as plain,
        context.wrap_socket(plain) as secure,
    ):
        secure.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        answer = b""
        while chunk := secure.recv(4096):
            answer += chunk
    return answer.rpartition(b"\r\n\r\n")[2].decode("ascii", "replace")


def _leaf_digest(certificate: Path) -> str:
    text = certificate.read_text("ascii").partition("-----END")[0].partition("-----\n")[2]
    return sha256(b64decode(text)).hexdigest()

"""An HTTP client's way to an application in the same process: everything of HTTP but the socket."""

import asyncio
from collections.abc import MutableMapping
from typing import Any

import httpx

from gateway.web.client_certificate import TLS
from gateway.web.dispatcher import AsgiApp

CERTIFICATE = "client_cert_der"
"""The extension of a request that says which certificate (DER) its connection shows."""


class AsgiTransport(httpx.BaseTransport):
    """Has one request after the other answered, on a loop that belongs to nobody else."""

    def __init__(self, app: AsgiApp, loop: asyncio.AbstractEventLoop) -> None:
        self._app, self._loop = app, loop

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request.

        Raises:
            httpx.ReadError: the answer was lost on its way, or a part of it.
        """
        spoken = _Spoken(request.read())
        scope = _scope(request)
        try:
            self._loop.run_until_complete(self._app(scope, spoken.receive, spoken.send))
        except ConnectionResetError as cut:
            raise httpx.ReadError(str(cut), request=request) from None
        return spoken.response()


class _Spoken:
    """What was said both ways for one request."""

    def __init__(self, body: bytes) -> None:
        self._body: bytes | None = body
        self._start: MutableMapping[str, Any] = {}
        self._parts: list[bytes] = []

    async def receive(self) -> MutableMapping[str, Any]:
        """The body at once, and after it nothing."""
        if self._body is None:
            return {"type": "http.disconnect"}
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(self, message: MutableMapping[str, Any]) -> None:
        """Keep what is answered."""
        if message["type"] == "http.response.start":
            self._start = message
        else:
            self._parts.append(message.get("body", b""))

    def response(self) -> httpx.Response:
        """All that was answered."""
        headers = list(self._start["headers"])
        return httpx.Response(self._start["status"], headers=headers, content=b"".join(self._parts))


def _scope(request: httpx.Request) -> MutableMapping[str, Any]:
    url, certificate = request.url, request.extensions.get(CERTIFICATE)
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": url.scheme,
        "path": url.path,
        "raw_path": url.raw_path,
        "query_string": url.query,
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "client": ("127.0.0.1", 1),
        "server": (url.host, url.port or 80),
        "extensions": {TLS: {CERTIFICATE: certificate}} if certificate is not None else {},
    }

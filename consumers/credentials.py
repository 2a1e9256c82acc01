"""How a client proves who it is over HTTP: every way is an `httpx.Auth`, so that they can be swapped."""

from collections.abc import Generator

import httpx


class Bearer(httpx.Auth):
    """A token that was handed out beforehand."""

    def __init__(self, token: str) -> None:
        self._header = f"Bearer {token}"

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Put the token on the request."""
        request.headers["Authorization"] = self._header
        yield request

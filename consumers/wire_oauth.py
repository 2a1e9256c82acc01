"""How an agency gets access tokens: it signs an assertion, gets a token, and asks again before that ends.

For `HttpWire(base_url, TokenAuth(…))`, and for any `httpx.Client(auth=…)`. With a client certificate on
the same connection the token is bound to it.
"""

import secrets
import time
from collections.abc import Generator
from pathlib import Path

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_LIFETIME_S = 60
_MARGIN_S = 30
_UNAUTHORIZED = 401


class TokenRefused(Exception):
    """The token endpoint said no; `error` is its OAuth code."""

    def __init__(self, error: str, description: str) -> None:
        self.error = error
        super().__init__(f"{error}: {description}")


class Assertions:
    """Signs what says who a client is, with its private key: P-256 (ES256) or RSA (RS256)."""

    def __init__(self, client_id: str, private_key: str | Path) -> None:
        self.client_id = client_id
        self._key = _read(Path(private_key).read_bytes())
        self._algorithm = "ES256" if isinstance(self._key, ECKey) else "RS256"

    def sign(self, audience: str) -> str:
        """A fresh assertion for whoever goes by this address; good once."""
        now = int(time.time())
        claims = {
            "iss": self.client_id, "sub": self.client_id, "aud": audience,
            "iat": now, "exp": now + _LIFETIME_S, "jti": secrets.token_urlsafe(18),
        }  # fmt: skip
        return jwt.encode({"alg": self._algorithm}, claims, self._key)

    def form(self, audience: str, **fields: str) -> dict[str, str]:
        """A form that says who asks."""
        signed = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": self.sign(audience)}
        return fields | signed


class TokenAuth(httpx.Auth):
    """Puts a token on every request, and gets one when there is none that still counts."""

    requires_response_body = True

    def __init__(self, token_endpoint: str, assertions: Assertions) -> None:
        self._endpoint, self._assertions = token_endpoint, assertions
        self._token, self._until = "", 0.0

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """As httpx wants it. A token that was revoked meanwhile is replaced once."""
        had = self._token
        if time.time() >= self._until:
            self._take((yield self._ask()))
        request.headers["Authorization"] = f"Bearer {self._token}"
        response = yield request
        if response.status_code == _UNAUTHORIZED and self._token == had:
            self._take((yield self._ask()))
            request.headers["Authorization"] = f"Bearer {self._token}"
            yield request

    def _ask(self) -> httpx.Request:
        form = self._assertions.form(self._endpoint, grant_type="client_credentials")
        return httpx.Request("POST", self._endpoint, data=form)

    def _take(self, response: httpx.Response) -> None:
        told = response.json()
        if response.is_error:
            raise TokenRefused(told.get("error", "?"), told.get("error_description", ""))
        self._token = told["access_token"]
        self._until = time.time() + told["expires_in"] - _MARGIN_S


def _read(pem: bytes) -> ECKey | RSAKey:
    try:
        return ECKey.import_key(pem)
    except ValueError:
        return RSAKey.import_key(pem)

"""OAuth 2.0: tokens for clients, and what others must know to get and check them (`docs/oauth.md`)."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from gateway.contracts.faults import GatewayFault, Refusal
from gateway.contracts.reasons import WIRE, Reason
from gateway.domain.oauth import ALGORITHMS, CLIENT_CREDENTIALS, Method, OAuthError
from gateway.domain.request import Caller
from gateway.domain.services import PLATFORM
from gateway.flows.client_identity import Asked
from gateway.flows.throttle import Throttle
from gateway.flows.tokens import Take, TokenDesk, Told
from gateway.web.addresses import Addresses
from gateway.web.client_certificate import client_certificate
from gateway.web.forms import read_form
from gateway.web.oauth_described import token_end, token_question, token_request

TOKEN, INTROSPECT, REVOKE, KEYS = (
    "/oauth/token",
    "/oauth/introspect",
    "/oauth/revoke",
    "/oauth/jwks",
)
DISCOVERY = ("/.well-known/oauth-authorization-server", "/.well-known/openid-configuration")
_UNKEPT = {"cache-control": "no-store", "pragma": "no-cache"}
_ENDPOINTS = {
    "token_endpoint": TOKEN,
    "introspection_endpoint": INTROSPECT,
    "revocation_endpoint": REVOKE,
}
_OTHERS = ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"]
_UNAUTHORIZED, _NOT_ALLOWED = 401, 405


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuthDoor:
    """The collaborators. `keys` are the public keys that sign tokens."""

    desk: TokenDesk
    addresses: Addresses
    throttle: Throttle
    keys: Callable[[], Mapping[str, Any]]
    fidelity: str

    async def answer(
        self, request: Request, act: Callable[[Asked, Take], Told], *, has_body: bool = True
    ) -> Response:
        """Read, act on a worker thread, render."""
        asked = await self._asked(request)
        told = await asyncio.to_thread(act, asked, self._taker())
        if told.refusal is not None:
            return self._refusal(request, told, told.refusal)
        headers = _UNKEPT | _cited(told)
        if not has_body:
            return Response(status_code=200, headers=headers)
        return JSONResponse(told.content, headers=headers)

    def _taker(self) -> Take:
        """The throttle is asked in the event loop and nowhere else."""
        loop = asyncio.get_running_loop()

        async def take(caller: Caller) -> None:
            self.throttle.take(caller)

        return lambda caller: asyncio.run_coroutine_threadsafe(take(caller), loop).result()

    async def _asked(self, request: Request) -> Asked:
        scope, flaw, form = request.scope, None, {}
        try:
            form = dict(await read_form(request))
        except GatewayFault as fault:
            flaw = fault
        bases = self.addresses.bases(scope)
        own = scope["path"][len(scope.get("root_path", "")) :]
        audiences = {base + suffix for base in bases for suffix in ("", TOKEN, own)}
        return Asked(
            form=form, flaw=flaw, certificate=client_certificate(scope),
            has_authorization="authorization" in request.headers,
            issuer=self.addresses.base(scope), audiences=frozenset(audiences), bases=bases,
        )  # fmt: skip

    def _refusal(self, request: Request, told: Told, refusal: Refusal) -> Response:
        """RFC 6749, 5.2, and our own members beside it."""
        ground = refusal.grounds[0]
        error = told.error or OAuthError.INVALID_REQUEST
        is_answered = request.method == "POST" or ground.reason is Reason.LOG_UNAVAILABLE
        status = WIRE[ground.reason].status if is_answered else _NOT_ALLOWED
        content: dict[str, str | None] = {"error": error.value}
        if self.fidelity != "magda":
            content |= {
                "error_description": f"{ground.detail}; {ground.remedy}",
                "reason": ground.reason.value,
                "decision": told.decision,
            }
        headers = _UNKEPT | _cited(told)
        if status == _UNAUTHORIZED:
            headers["www-authenticate"] = _challenge(request, error)
        if status == _NOT_ALLOWED:
            headers["allow"] = "POST"
        if refusal.retry_after is not None:
            headers["retry-after"] = str(refusal.retry_after)
        return JSONResponse(content, status, headers)

    def described(self, request: Request) -> Mapping[str, Any]:
        """RFC 8414, and of RFC 8705 where the door for certificates is."""
        base, tls = self.addresses.base(request.scope), self.addresses.tls_base(request.scope)
        methods, algorithms = [method.value for method in Method], list(ALGORITHMS)
        stated: dict[str, Any] = {"issuer": base, "jwks_uri": base + KEYS}
        for name, path in _ENDPOINTS.items():
            stated[name] = base + path
            stated[f"{name}_auth_methods_supported"] = methods
            stated[f"{name}_auth_signing_alg_values_supported"] = algorithms
        return stated | {
            "grant_types_supported": [CLIENT_CREDENTIALS],
            "response_types_supported": [],
            "tls_client_certificate_bound_access_tokens": True,
            "mtls_endpoint_aliases": {name: tls + path for name, path in _ENDPOINTS.items()},
            "service_documentation": f"{base}/docs",
        }


def oauth_router(door: OAuthDoor) -> APIRouter:
    """The routes."""
    router = APIRouter(tags=["oauth"])
    _add_endpoints(router, door)

    @router.get(KEYS)
    async def keys() -> Mapping[str, Any]:
        """The public keys that sign access tokens (JWK set)."""
        return door.keys()

    async def discovery(request: Request) -> Mapping[str, Any]:
        """What a client must know of this authorization server (RFC 8414)."""
        return door.described(request)

    for path in DISCOVERY:
        router.add_api_route(path, discovery, methods=["GET"])
    return router


def _add_endpoints(router: APIRouter, door: OAuthDoor) -> None:
    @router.post(TOKEN, openapi_extra=token_request())
    async def issue(request: Request) -> Response:
        """An access token for client credentials; every attempt is entered in the log."""
        return await door.answer(request, door.desk.issue)

    @router.post(INTROSPECT, openapi_extra=token_question())
    async def introspect(request: Request) -> Response:
        """What a token of the client's own says (RFC 7662); any other is not active."""
        return await door.answer(request, door.desk.introspect)

    @router.post(REVOKE, openapi_extra=token_end())
    async def revoke(request: Request) -> Response:
        """End a token of the client's own (RFC 7009)."""
        return await door.answer(request, door.desk.revoke, has_body=False)

    for path, act in ((TOKEN, issue), (INTROSPECT, introspect), (REVOKE, revoke)):
        router.add_api_route(path, act, methods=_OTHERS, include_in_schema=False)


def _challenge(request: Request, error: OAuthError) -> str:
    """In the scheme that the client tried, if it tried one of those that we can name."""
    tried = request.headers.get("authorization", "").partition(" ")[0].lower()
    scheme = "Basic" if tried == "basic" else "Bearer"
    return f'{scheme} realm="magda-sim", error="{error.value}"'


def _cited(told: Told) -> dict[str, str]:
    cited = {"sim-protocol": PLATFORM}
    return cited if told.decision is None else cited | {"sim-decision": told.decision}

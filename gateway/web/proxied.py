"""What a reverse proxy saw, from configured proxies only: certificate (RFC 9440), scheme, address and host.

Whoever else sends `Client-Cert` or `Client-Cert-Chain` is not believed: the headers are taken out.
"""

import re
from base64 import b64decode
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from gateway.web.client_certificate import PROXIED, UNREADABLE
from gateway.web.dispatcher import AsgiApp
from gateway.web.receiving import Receive, Scope, Send

Networks = Sequence[IPv4Network | IPv6Network]
_LEAF, _CHAIN = b"client-cert", b"client-cert-chain"
_SEQUENCE = re.compile(rb":((?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?):")
_COMMA = re.compile(rb"[ \t]*,[ \t]*")
_HOST, _FORWARDED_HOST = b"host", b"x-forwarded-host"


class ProxiedCertificates:
    """Stands before the application and moves proven headers into the scope."""

    def __init__(self, app: AsgiApp, proxies: Networks) -> None:
        self._app, self._proxies = app, proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take the headers out; where a proxy sent them, put what they say into the scope."""
        if scope["type"] == "http":
            shown = [pair for pair in scope["headers"] if pair[0] in (_LEAF, _CHAIN)]
            if shown:
                scope["headers"] = [one for one in scope["headers"] if one not in shown]
                if self._is_proxy(scope):
                    found = scope.get("extensions") or {}
                    scope["extensions"] = {**found, PROXIED: read_headers(shown)}
        await self._app(scope, receive, send)

    def _is_proxy(self, scope: Scope) -> bool:
        return _is_from(scope, self._proxies)


class ForwardedHosts:
    """Stands before the application and puts the host that a proxy was called by where that of our own stood."""

    def __init__(self, app: AsgiApp, proxies: Networks) -> None:
        self._app, self._proxies = app, proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """NOTE: of several the last is what the proxy itself saw; those before it anybody may write."""
        if scope["type"] == "http":
            said = [value for name, value in scope["headers"] if name == _FORWARDED_HOST]
            if said and _is_from(scope, self._proxies):
                others = [pair for pair in scope["headers"] if pair[0] != _HOST]
                scope["headers"] = [(_HOST, _COMMA.split(said[-1].strip())[-1]), *others]
        await self._app(scope, receive, send)


def _is_from(scope: Scope, proxies: Networks) -> bool:
    client = scope.get("client")
    if not client:
        return False
    address = ip_address(client[0].partition("%")[0])
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return any(address in network for network in proxies)


def behind_proxies(app: AsgiApp, proxies: Networks) -> AsgiApp:
    """The application as it believes these proxies and nobody else, also for `X-Forwarded-*`."""
    if not proxies:
        return app
    known = [str(network) for network in proxies]
    forwarded = ProxyHeadersMiddleware(app, trusted_hosts=known)  # type: ignore[arg-type]  # the same protocol in other words
    certified = ProxiedCertificates(forwarded, proxies)  # type: ignore[arg-type]  # idem
    return ForwardedHosts(certified, proxies)


def parse_networks(text: str) -> Networks:
    """Addresses and networks from `10.0.0.5, 192.168.7.0/24`.

    Raises:
        ValueError: one of them is neither.
    """
    return [ip_network(part.strip()) for part in text.split(",") if part.strip()]


def read_headers(headers: Sequence[tuple[bytes, bytes]]) -> dict[str, bytes | list[bytes]]:
    """Leaf and chain (DER); a leaf `UNREADABLE` where the headers are not just as RFC 9440 has them."""
    leaves = [value for name, value in headers if name == _LEAF]
    chain = [one for name, value in headers if name == _CHAIN for one in _COMMA.split(value)]
    try:
        (leaf,) = leaves
        return {"leaf": _bytes(leaf), "chain": [_bytes(one) for one in chain]}
    except ValueError:
        return {"leaf": UNREADABLE, "chain": []}


def _bytes(item: bytes) -> bytes:
    """An RFC 8941 byte sequence without parameters."""
    match = _SEQUENCE.fullmatch(item)
    if match is None or not match[1]:
        raise ValueError("not a byte sequence")
    return b64decode(match[1], validate=True)

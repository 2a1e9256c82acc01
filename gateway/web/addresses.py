"""Under which addresses a space is reached: what its tokens call it, and what assertions may call it.

A `Host` header is believed only where it says one of our own names. Else anybody could show here an
assertion that was made for somebody else, by saying that we are that somebody.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from gateway.domain.public_address import bare_netloc

_LOCAL = ("localhost", "127.0.0.1", "[::1]")


@dataclass(frozen=True, slots=True)
class Addresses:
    """The doors as they opened (`doors`), further host names, and what proxies go by (`public`)."""

    doors: Callable[[], tuple[str, str]]
    names: tuple[str, ...] = ()
    public: tuple[str, ...] = ()

    def base(self, scope: Mapping[str, Any]) -> str:
        """The address that was called, or else that of the socket that was reached; no slash after it."""
        called = bare_netloc(scope["scheme"], _host_header(scope["headers"]))
        for base in self.public:
            if urlsplit(base).netloc == called:
                return base + _root(scope)
        found = f"{scope['scheme']}://{called}"
        if found in self._own(scope):
            return found + _root(scope)
        return f"{scope['scheme']}://{_reached(scope)}{_root(scope)}"

    def bases(self, scope: Mapping[str, Any]) -> frozenset[str]:
        """Every address that is ours."""
        found = self._own(scope) | set(self.public) | {f"{scope['scheme']}://{_reached(scope)}"}
        return frozenset(base + _root(scope) for base in found)

    def tls_base(self, scope: Mapping[str, Any]) -> str:
        """The address of the door that asks for certificates."""
        base = self.base(scope).removesuffix(_root(scope))
        if base in self.public:
            secure = [one for one in self.public if one.startswith("https:")]
            return (secure or [base])[0] + _root(scope)
        host, port = _bracketed(urlsplit(base).hostname or ""), urlsplit(self.doors()[1]).port
        return f"https://{bare_netloc('https', f'{host}:{port}')}{_root(scope)}"

    def _own(self, scope: Mapping[str, Any]) -> set[str]:
        doors = [urlsplit(door) for door in self.doors() if door]
        hosts = {_bracketed(str((scope.get("server") or ("",))[0])), *map(_bracketed, self.names)}
        hosts |= {_bracketed(door.hostname or "") for door in doors}
        if hosts.intersection(_LOCAL):
            hosts.update(_LOCAL)
        return {
            f"{door.scheme}://{bare_netloc(door.scheme, f'{host.lower()}:{door.port}')}"
            for door in doors
            for host in hosts
            if host
        }


def _host_header(headers: Iterable[tuple[bytes, bytes]]) -> str:
    found = [value for name, value in headers if name == b"host"]
    return found[0].decode("latin-1").lower() if len(found) == 1 else ""


def _reached(scope: Mapping[str, Any]) -> str:
    host, port = scope.get("server") or ("localhost", None)
    return bare_netloc(scope["scheme"], f"{_bracketed(str(host))}:{port}" if port else str(host))


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def _root(scope: Mapping[str, Any]) -> str:
    root: str = scope.get("root_path", "")
    return root

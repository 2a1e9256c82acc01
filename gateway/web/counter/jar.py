"""The counter's cookies: unreadable for scripts, never sent from elsewhere, gone with the browser."""

from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from urllib.parse import quote, unquote

PATH = "/loket"
TOKEN, AGENT, LOGIN = "loket-bewijs", "loket-wie", "loket-hoe"
LANGUAGE, TURN = "loket-taal", "loket-beurt"
Headers = tuple[tuple[str, str], ...]
_OF_VISIT = (TOKEN, AGENT, LOGIN)


@dataclass(frozen=True, slots=True)
class Jar:
    """Sets cookies for one space: unreadable for scripts, never sent from elsewhere, gone with the browser."""

    prefix: str = ""
    is_secure: bool = False

    def put(self, values: Mapping[str, str]) -> Headers:
        """The headers that keep these values."""
        return tuple(("Set-Cookie", self._cookie(name, quote(v))) for name, v in values.items())

    def clear(self) -> Headers:
        """The headers that end the visit."""
        return tuple(("Set-Cookie", f"{self._cookie(name, '')}; Max-Age=0") for name in _OF_VISIT)

    def _cookie(self, name: str, value: str) -> str:
        secure = "; Secure" if self.is_secure else ""
        return f"{name}={value}; Path={self.prefix}{PATH}; HttpOnly; SameSite=Strict{secure}"


def kept(headers: Mapping[str, str]) -> Mapping[str, str]:
    """The counter's cookies in a request."""
    jar: SimpleCookie = SimpleCookie()
    try:
        jar.load(headers.get("cookie", ""))
    except CookieError:
        return {}
    return {name: unquote(morsel.value) for name, morsel in jar.items()}

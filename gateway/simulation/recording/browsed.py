"""Forms, cookies and origins: what a browser or an OAuth client sends, without what opens a door."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from gateway.simulation.recording.addresses import Named
from gateway.simulation.recording.assertions import assertion_of, assertion_words
from gateway.simulation.recording.shown import NotPlayed, Shown
from gateway.simulation.space import Space
from gateway.web.citizen.pages import LANGUAGE as CITIZEN_LANGUAGE
from gateway.web.citizen.pages import TOKEN as CITIZEN_TOKEN
from gateway.web.counter.jar import AGENT, LANGUAGE, LOGIN, TOKEN, TURN, kept
from gateway.web.counter.visit import is_from_elsewhere
from gateway.web.receiving import Scope, headers_of

_ASSERTION = "client_assertion"
_FIELDS = ("token", "bewijs", "client_secret")
"""Fields of forms that open doors."""
_TOKENS = (TOKEN, CITIZEN_TOKEN)
_COOKIES = (*_TOKENS, AGENT, LOGIN, LANGUAGE, TURN, CITIZEN_LANGUAGE)
_ELSEWHERE = "http://elsewhere.invalid"
Pairs = Sequence[Sequence[Any]]
Words = dict[str, Any]


def cookie_words(shown: Shown, scope: Scope) -> Words:
    """The cookies that are ours, for a token whose it is; and whether another site's page sent this."""
    headers = headers_of(scope)
    jar = {name: value for name, value in kept(headers).items() if name in _COOKIES}
    for name in _TOKENS:
        if jar.get(name):
            jar[name] = shown.whose(jar[name])
    origin = None
    if "origin" in headers:
        origin = "elsewhere" if is_from_elsewhere(headers) else "own"
    return {"cookies": jar or None, "origin": origin}


def cookie_headers(shown: Shown, event: Mapping[str, Any], named: Named) -> dict[str, str]:
    """The same as headers."""
    jar = dict(event.get("cookies", {}))
    for name in _TOKENS:
        if jar.get(name):
            jar[name] = shown.text_of(jar[name])
    pairs = "; ".join(f"{name}={quote(value)}" for name, value in jar.items())
    origin = {"own": named.base, "elsewhere": _ELSEWHERE}.get(event.get("origin", ""))
    told = {"cookie": pairs, "origin": origin}
    return {name: value for name, value in told.items() if value}


def form_words(space: Space, shown: Shown, content: bytes, named: Named) -> Pairs:
    """The fields of a form.

    Raises:
        NotPlayed: it is none, or only its sender could make it again.
    """
    try:
        pairs = parse_qsl(content.decode("ascii"), keep_blank_values=True, strict_parsing=True)
    except ValueError:
        raise NotPlayed("its body is no form, and is not written down") from None
    return [[name, _value(space, shown, name, text, named)] for name, text in pairs]


def form_content(space: Space, shown: Shown, pairs: Pairs, named: Named) -> bytes:
    """The same form with what this life shows."""
    told = [(name, _text(space, shown, value, named)) for name, value in pairs]
    return urlencode(told).encode()


def _value(space: Space, shown: Shown, name: str, text: str, named: Named) -> Any:
    if name == _ASSERTION and text:
        return {"assertion": assertion_words(space, text, named)}
    if name in _FIELDS and text:
        return {"of": shown.whose(text)}
    return named.hidden(text)


def _text(space: Space, shown: Shown, value: Any, named: Named) -> str:
    if isinstance(value, str):
        return str(named.shown(value))
    if "assertion" in value:
        return assertion_of(space, value["assertion"], named)
    return shown.text_of(value["of"])

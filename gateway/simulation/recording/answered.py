"""What came of a request, in words that are the same in each life that goes the same way."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from gateway.simulation.recording.shown import Shown

CONTROL, OAUTH, PAGES = "/_sim", "/oauth", ("/loket", "/mijn")
CLOCK = f"{CONTROL}/clock"
_OF_ONE_LIFE = ("access_token", "iat", "exp", "jti", "iss", "aud", "error_description")
"""What OAuth says of machine time, chance and addresses."""


def answer_words(
    path: str, status: int, headers: Mapping[bytes, bytes], content: bytes, shown: Shown, root: str
) -> dict[str, Any]:
    """What came of a request. What the tester's desk tells of places and tokens is of one life only."""
    told: dict[str, Any] = {
        "status": status,
        "decision": headers.get(b"sim-decision", b"").decode() or None,
        "reason": None,
    }
    if headers.get(b"content-type", b"").startswith(b"application/problem+json"):
        told["reason"] = _members(content).get("reason")
    if is_below(path, (OAUTH,)):
        told |= _of_oauth(content, shown)
    elif is_below(path, PAGES):
        told |= _of_page(headers, content, root)
    elif not path.startswith(CONTROL) or path.startswith(CLOCK):
        told["sha256"] = sha256(content).hexdigest()
    return {name: value for name, value in told.items() if value is not None}


def is_below(path: str, places: tuple[str, ...]) -> bool:
    """Whether a path is one of these, or under one of them."""
    return any(path == one or path.startswith(f"{one}/") for one in places)


def _of_oauth(content: bytes, shown: Shown) -> dict[str, Any]:
    """A token is told by its number; the rest without what each life has anew."""
    members = _members(content)
    token = members.get("access_token")
    lasting = {name: value for name, value in members.items() if name not in _OF_ONE_LIFE}
    digest = sha256(json.dumps(lasting, sort_keys=True).encode()).hexdigest()
    gave = shown.given(token) if token else None
    return {"reason": members.get("reason"), "gave": gave, "sha256": digest}


def _members(content: bytes) -> Mapping[str, Any]:
    """None where a fault garbled it."""
    try:
        found = json.loads(content)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _of_page(headers: Mapping[bytes, bytes], content: bytes, root: str) -> dict[str, Any]:
    """A page, or where it leads, as of a space that stands at the root."""
    place = headers.get(b"location", b"").decode("latin-1").removeprefix(root)
    own = content.replace(f"{root}/".encode(), b"/") if root else content
    return {"to": place or None, "sha256": sha256(own).hexdigest()}

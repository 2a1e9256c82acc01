"""JSON bodies, read strictly: one meaning for every reader, and errors that say where without what."""

import json
from typing import Any, TypeVar

import msgspec

from gateway.contracts.told_back import told_back

T = TypeVar("T")


class BodyInvalid(ValueError):
    """The message has the wrong form. `element` is the member concerned, in a `part` of the request."""

    def __init__(self, detail: str, element: str = "", part: str = "body") -> None:
        self.element, self.part = element, part
        super().__init__(detail)


def decode(decoder: msgspec.json.Decoder[T], body: bytes) -> T:
    """A body as its strict type.

    Raises:
        BodyInvalid: not JSON, a member that is missing, unknown, doubled or of a wrong type.
    """
    try:
        decoded = decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _explained(error) from None
    if body.count(b":") != _members(_decode(body)):
        require_single_members(body)
    return decoded


def _explained(error: Exception) -> BodyInvalid:
    """Say what and where, without the value: msgspec names types and paths (`$.periode.begin`)."""
    if not isinstance(error, msgspec.ValidationError):
        return BodyInvalid(_UNREADABLE)
    what, found, where = str(error).rpartition(" - at `$")
    if not found:
        what, where = where, ""
    if what.startswith(_UNKNOWN):  # its name is the caller's
        what = f"{_UNKNOWN}{told_back(what[len(_UNKNOWN) : -1])}`"
    place = where.strip("`.")
    return BodyInvalid(what, told_back(place) if place else _named(what))


def _named(what: str) -> str:
    """The member that a message such as ``missing required field `insz` `` names."""
    return what.split("`")[1] if what.count("`") >= 2 else ""  # noqa: PLR2004  a pair of quotes


def _members(value: Any) -> int:
    """How many members the objects in a value have; a member costs a colon, so a doubled one shows."""
    if type(value) is dict:
        return len(value) + sum([_members(one) for one in value.values() if type(one) in _NESTED])
    return sum([_members(one) for one in value]) if type(value) is list else 0


def require_single_members(body: bytes) -> None:
    """Refuse doubled members: two readers might each believe another one.

    Raises:
        BodyInvalid: one is doubled, or it is no JSON in UTF-8 that everybody reads.
    """
    try:
        _PAIRS.decode(body.decode())
    except BodyInvalid:
        raise
    except (ValueError, RecursionError):
        raise BodyInvalid(_UNREADABLE) from None


def _single(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise BodyInvalid("a member stands twice in one object")
    return members


def _no_number(_: str) -> None:
    """NaN and the infinities, which Python reads and JSON does not have."""
    raise BodyInvalid(_UNREADABLE)


_NESTED = frozenset({dict, list})
_decode = msgspec.json.Decoder().decode
_UNKNOWN = "Object contains unknown field `"
_UNREADABLE = "the body is not readable JSON in UTF-8"
_PAIRS = json.JSONDecoder(object_pairs_hook=_single, parse_constant=_no_number)

"""The pieces that an answer's content is laid out of: an element, and the member of a record that it shows."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from gateway.domain.services import Branches, Path
from gateway.web.soap.xml import escape

Render = Callable[[str, Any], str]
"""Writes an element around a value that is there."""


def text(element: str, value: object) -> str:
    """An element around any value, escaped."""
    return f"<{element}>{escape(value) if type(value) is str else value}</{element}>"


def flag(element: str, value: object) -> str:
    """An element with `1` or `0`."""
    return f"<{element}>{int(bool(value))}</{element}>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One element of an answer's content.

    `key` is the member of the record that it shows, seen from the place around it; without one it shows
    members of the same record as that place does. A place without `parts` is a leaf.
    """

    element: str
    key: str | None = None
    parts: tuple["Place", ...] = ()
    is_list: bool = False
    render: Render = text


def leaf(element: str, key: str, render: Render = text) -> Place:
    """An element that holds a value."""
    return Place(element=element, key=key, render=render)


def group(element: str, *parts: Place, key: str | None = None) -> Place:
    """An element around others; with `key` they show a record inside the record."""
    return Place(element=element, key=key, parts=parts)


def each(element: str, key: str, *parts: Place) -> Place:
    """An element for each record of a list."""
    return Place(element=element, key=key, parts=parts, is_list=True)


def kept(places: tuple[Place, ...], branches: Branches | None) -> tuple[Place, ...]:
    """The places that can still be filled where only these branches of the record may leave.

    `None` stands for the whole record. What is left around nothing is gone too.
    """
    if branches is None:
        return places
    found = (_kept(place, branches) for place in places)
    return tuple(place for place in found if place is not None)


def _kept(place: Place, branches: Branches) -> Place | None:
    if place.key is not None and place.key not in branches:
        return None
    if not place.parts:
        return place
    parts = kept(place.parts, branches if place.key is None else branches[place.key])
    return replace(place, parts=parts) if parts else None


def element_path(places: tuple[Place, ...], path: Path) -> str | None:
    """Where a field of the record stands, as `Zorgtoeslag/INSZ`; `None` where it stands nowhere."""
    for place in places:
        rest = path[1:] if place.key == path[0] else path if place.key is None else None
        if rest == ():
            return place.element
        inside = element_path(place.parts, rest) if rest else None
        if inside is not None:
            return f"{place.element}/{inside}"
    return None

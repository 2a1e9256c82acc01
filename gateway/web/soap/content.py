"""Writes a filtered record as the content of an answer: what the record holds, laid out as the wire has it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from gateway.web.soap.layout import LAYOUTS
from gateway.web.soap.place import Place
from gateway.web.soap.platform_layout import BARE_STATUS

Record = Mapping[str, Any]
Write = Callable[[Record], str]


def writer(places: tuple[Place, ...]) -> Write:
    """Writes these places side by side; made once, so that nothing is looked up per answer."""
    writes = tuple(_writer(place) for place in places)
    if len(writes) == 1:
        return writes[0]
    return lambda data: "".join([write(data) for write in writes])


def _writer(place: Place) -> Write:
    if not place.parts:
        return _leaf(place)
    return _list(place) if place.is_list else _group(place)


def _leaf(place: Place) -> Write:
    element, key, render = place.element, place.key, place.render
    assert key is not None

    def write(data: Record) -> str:
        value = data.get(key)
        return "" if value is None else render(element, value)

    return write


def _group(place: Place) -> Write:
    """The element around its parts, or nothing around nothing."""
    key, inner = place.key, writer(place.parts)
    opening, closing = f"<{place.element}>", f"</{place.element}>"

    def write(data: Record) -> str:
        record = data if key is None else data.get(key)
        text = "" if record is None else inner(record)
        return opening + text + closing if text else ""

    return write


def _list(place: Place) -> Write:
    """The group again for each record of the list."""
    key, write = place.key, _group(replace(place, key=None))
    assert key is not None
    return lambda data: "".join([write(record) for record in data.get(key, ())])


CONTENT: Mapping[str, Write] = {name: writer(places) for name, places in LAYOUTS.items()}
BARE_CONTENT = {**CONTENT, "GeefWebserviceStatus": writer(BARE_STATUS)}
"""The same with `fidelity=magda`: nothing that the real platform would not say."""

"""Writes a filtered record as the content of an answer: what the record holds, laid out as the wire has it.

Each layout is compiled to one function that writes it from top to bottom: walking its places for every
answer cost several times as much as writing it.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import count
from typing import Any

from gateway.domain.services import Service
from gateway.web.soap.place import Place, kept, text
from gateway.web.soap.xml import escape

_MOST = 1_000
Record = Mapping[str, Any]
Write = Callable[[Record], str]


def writer(places: tuple[Place, ...]) -> Write:
    """Writes these places side by side."""
    writing = _Writing()
    lines = [line for place in places for line in writing.lines(place, "record", "    ")]
    told = writing.told(places)
    exec("\n".join(["def write(record):", *lines, f"    return {told}"]), writing.names)  # noqa: S102  from layouts of our own
    made: Write = writing.names["write"]
    return made


class _Writing:
    """Makes the lines that write a place: each leaves its text, or none, in a variable of its own."""

    def __init__(self) -> None:
        self.names: dict[str, Any] = {"escape": escape}
        self._texts: dict[int, str] = {}

    def told(self, places: tuple[Place, ...]) -> str:
        """The texts of places side by side, as one."""
        return "f'" + "".join(f"{{{self._texts[id(place)]}}}" for place in places) + "'"

    def lines(self, place: Place, record: str, margin: str) -> Iterator[str]:
        """The lines for a place of a record that is in a variable."""
        text = self._texts[id(place)] = self._new("text")
        if not place.parts:
            yield from self._leaf(place, record, margin)
        elif place.is_list:
            one, every = self._new("one"), self._new("every")
            yield f"{margin}{every} = ''"
            yield f"{margin}for {one} in {record}.get({place.key!r}, ()):"
            yield from self._group(place, one, f"{margin}    ")
            yield f"{margin}    {every} += {text}"
            self._texts[id(place)] = every
        elif place.key is None:
            yield from self._group(place, record, margin)
        else:
            inner = self._new("inner")
            yield f"{margin}{text}, {inner} = '', {record}.get({place.key!r})"
            yield f"{margin}if {inner} is not None:"
            yield from self._group(place, inner, f"{margin}    ")

    def _leaf(self, place: Place, record: str, margin: str) -> Iterator[str]:
        """The element around a value that is there."""
        element, told = place.element, self._texts[id(place)]
        if place.render is text:
            value = "{escape(value) if type(value) is str else value}"
            shown = f"f'<{element}>{value}</{element}>'"
        else:
            shown = f"{self._new('render', place.render)}({element!r}, value)"
        yield f"{margin}value = {record}.get({place.key!r})"
        yield f"{margin}{told} = '' if value is None else {shown}"

    def _group(self, place: Place, record: str, margin: str) -> Iterator[str]:
        """The element around its parts, or nothing around nothing."""
        told = self._texts[id(place)]
        for part in place.parts:
            yield from self.lines(part, record, margin)
        yield f"{margin}{told} = {self.told(place.parts)}"
        yield f"{margin}if {told}:"
        yield f"{margin}    {told} = f'<{place.element}>{{{told}}}</{place.element}>'"

    def _new(self, kind: str, value: object = None) -> str:
        """A name that nothing else has."""
        name = next(made for at in count() if (made := f"{kind}_{at}") not in self.names)
        self.names[name] = value
        return name


class Content:
    """Writers of these layouts: for each service and choice of fields one, of the places that those can fill."""

    def __init__(self, layouts: Mapping[str, tuple[Place, ...]]) -> None:
        self._layouts = layouts
        self._writers: dict[tuple[str, tuple[str, ...]], Write] = {}

    def writer(self, service: Service, fields: tuple[str, ...]) -> Write:
        """Writes records that hold these fields and no others."""
        key = (service.key, fields)
        found = self._writers.get(key)
        if found is None:
            if len(self._writers) >= _MOST:
                self._writers.clear()
            places = kept(self._layouts[service.name], service.paths.branches(fields))
            found = self._writers[key] = writer(places)
        return found

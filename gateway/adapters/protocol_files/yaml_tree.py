"""From YAML events to plain values with their lines. What could mean two things is a slip.

Only the core of YAML 1.2 counts: text, whole and broken numbers, `true`, `false`, `null`, and days.
Anchors, aliases, tags, directives and a second document are refused: a protocol needs none of them,
and each can make a short file mean something long, or something else.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

Place = tuple[str | int, ...]
DEEPEST = 24
_LONGEST_NUMBER = 15
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_FLAGS = {word: word.lower() == "true" for word in ("true", "True", "TRUE", "false", "False", "FALSE")}  # fmt: skip
_DECIMAL = re.compile(r"[-+]?[0-9]+")
_OTHER_BASE = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")  # fmt: skip
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


class Slip(Exception):
    """Something that is no plain YAML, and where."""

    def __init__(self, line: int, place: Place, what: str, mend: str) -> None:
        self.line, self.place, self.what, self.mend = line, place, what, mend
        super().__init__(what)


@dataclass(slots=True)
class Tree:
    """What was read so far: values, the line of every place, scalars as written, and slips."""

    content: Any = None
    lines: dict[Place, int] = field(default_factory=dict)
    written: dict[Place, str] = field(default_factory=dict)
    slips: list[Slip] = field(default_factory=list)
    place: Place = ()

    def slip(self, event: Event, what: str, mend: str) -> None:
        """Note a slip and go on."""
        self.slips.append(Slip(_line(event), self.place, what, mend))


def grow(text: str, tree: Tree) -> None:
    """Read the text into the tree; what it raises says where reading had to stop."""
    events = YAML(typ="safe", pure=True).parse(text)
    documents = 0
    for event in events:
        if isinstance(event, DocumentStartEvent):
            documents += 1
            if event.version or event.tags:
                tree.slip(event, "a directive", "remove the line above it that starts with %")
            if documents > 1:
                raise Slip(_line(event), (), "a second document", "give it a file of its own")
        elif isinstance(event, ScalarEvent | MappingStartEvent | SequenceStartEvent | AliasEvent):
            tree.content = _node(tree, event, events)


def _node(tree: Tree, event: Event, events: Iterator[Event]) -> Any:
    if len(tree.place) > DEEPEST:
        raise Slip(_line(event), tree.place, "nests too deep", "no document needs this")
    if isinstance(event, AliasEvent):
        tree.slip(event, "an alias", "write the value out here")
        return None
    _refuse_extras(tree, event)
    if isinstance(event, MappingStartEvent):
        return _mapping(tree, events)
    if isinstance(event, SequenceStartEvent):
        return _sequence(tree, events)
    return _scalar(tree, event)


def _refuse_extras(tree: Tree, event: Any) -> None:
    if event.anchor is not None:
        tree.slip(event, "an anchor", "remove it, and write the value out where it is used")
    if event.tag is not None:
        tree.slip(event, "a tag", "remove the word that starts with !")


def _mapping(tree: Tree, events: Iterator[Event]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    here = tree.place
    while not isinstance(event := next(events), MappingEndEvent):
        key = _key(tree, event, events)
        tree.place = (*here, key)
        if key in found:
            tree.slip(event, "a duplicate key", "keep one of both")
        tree.lines[tree.place] = _line(event)
        found[key] = _node(tree, next(events), events)
        tree.place = here
    return found


def _key(tree: Tree, event: Event, events: Iterator[Event]) -> str:
    if isinstance(event, ScalarEvent):
        _refuse_extras(tree, event)
        return _clean(tree, event)
    tree.slip(event, "a key that is no text", "a key is one word")
    _node(tree, event, events)
    return "?"


def _sequence(tree: Tree, events: Iterator[Event]) -> list[Any]:
    found: list[Any] = []
    here = tree.place
    while not isinstance(event := next(events), SequenceEndEvent):
        tree.place = (*here, len(found))
        tree.lines[tree.place] = _line(event)
        found.append(_node(tree, event, events))
        tree.place = here
    return found


def _scalar(tree: Tree, event: Any) -> Any:
    value = _clean(tree, event)
    if event.style:
        return value
    meant = _meant(tree, event, value)
    if not isinstance(meant, str):
        tree.written[tree.place] = value
    return meant


def _clean(tree: Tree, event: Any) -> str:
    text = str(event.value)
    if _CONTROL.search(text):
        tree.slip(event, "a control character", "remove it")
        return _CONTROL.sub("?", text)
    return text


def _meant(tree: Tree, event: Event, text: str) -> Any:
    """What a bare word stands for."""
    if text in _NULLS:
        return None
    if text in _FLAGS:
        return _FLAGS[text]
    for pattern, read in _READERS:
        if pattern.fullmatch(text):
            return _read(tree, event, text, read)
    return text


def _read(tree: Tree, event: Event, text: str, read: Callable[[str], Any]) -> Any:
    if read is not date.fromisoformat and len(text) > _LONGEST_NUMBER:
        tree.slip(event, "a number of this length", f'put it between quotes: "{text[:40]}"')
        return text
    try:
        return read(text)
    except ValueError:
        tree.slip(event, f"`{text}` is no day", "correct it; days are YYYY-MM-DD")
        return text


_READERS: tuple[tuple[re.Pattern[str], Callable[[str], Any]], ...] = (
    (_DECIMAL, int),
    (_OTHER_BASE, lambda text: int(text, 0)),
    (_FLOAT, lambda text: float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))),
    (_DAY, date.fromisoformat),
)  # fmt: skip


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1

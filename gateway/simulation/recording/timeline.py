"""A timeline: a file of one JSON object a line, whose first says what it is of; and where two begin to differ."""

import json
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import Any

NAME = "timeline.ndjson"
_LONGEST = 1 << 30
_CONTEXT = 3
Line = Mapping[str, Any]


class TimelineInvalid(ValueError):
    """The file is no timeline; the text says where, and never what stands there."""


@dataclass(frozen=True, slots=True)
class Difference:
    """The first event that is not the same: which, in what members, and what came before it in both."""

    number: int
    members: Sequence[str]
    before: Sequence[Line]
    a: Line | None
    b: Line | None

    def told(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "n": self.number, "members": list(self.members), "before": list(self.before),
            "a": self.a, "b": self.b,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Compared:
    """Two timelines beside each other: how their heads differ, how many events agree, and the first that does not."""

    heads: Mapping[str, tuple[Any, Any]]
    same: int
    first: Difference | None

    def told(self) -> dict[str, Any]:
        """As JSON."""
        heads = {name: list(pair) for name, pair in self.heads.items()}
        first = self.first.told() if self.first else None
        return {"equal": first is None, "heads": heads, "same": self.same, "first": first}


@dataclass(slots=True)
class Comparison:
    """Takes one pair of events after the other; the last that were the same are kept for context."""

    same: int = 0
    _before: deque[Line] = field(default_factory=lambda: deque(maxlen=_CONTEXT))

    def take(self, a: Line | None, b: Line | None) -> Difference | None:
        """Where they differ, if they do; a member that is absent is not the same as any."""
        if a is not None and a == b:
            self.same += 1
            self._before.append(a)
            return None
        members = differing(a or {}, b or {}) if a is not None and b is not None else ()
        return Difference(self.same + 1, members, tuple(self._before), a, b)


def compare(a: Iterator[Line], b: Iterator[Line]) -> Compared:
    """The first event of two timelines that is not the same; heads are told and do not count."""
    head_a, head_b = next(a, {}), next(b, {})
    heads = {name: (head_a.get(name), head_b.get(name)) for name in differing(head_a, head_b)}
    comparison = Comparison()
    for one, other in zip_longest(a, b):
        first = comparison.take(one, other)
        if first is not None:
            return Compared(heads, comparison.same, first)
    return Compared(heads, comparison.same, None)


def differing(a: Line, b: Line) -> Sequence[str]:
    """The names of members that are not the same, in order; of an object within, as `outer.inner`."""
    found: list[str] = []
    for name in dict.fromkeys([*a, *b]):
        one, other = a.get(name), b.get(name)
        if isinstance(one, dict) and isinstance(other, dict):
            found += [f"{name}.{inner}" for inner in differing(one, other)]
        elif one != other or (name in a) != (name in b):
            found.append(name)
    return found


def read_lines(path: Path) -> Iterator[Line]:
    """The lines of a timeline, or of the one in a folder.

    Raises:
        TimelineInvalid: it is not of this form.
        OSError: it cannot be read.
    """
    file = path / NAME if path.is_dir() else path
    with file.open("rb") as opened:
        number = 0
        while text := opened.readline(_LONGEST):
            number += 1
            yield _line(text, f"{file.name}:{number}")


def line_of(words: Line) -> bytes:
    """One line; what is `None` is left out."""
    told = {name: value for name, value in words.items() if value is not None}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _line(text: bytes, place: str) -> Line:
    try:
        line = json.loads(text)
    except (ValueError, RecursionError):
        raise TimelineInvalid(f"{place}: this is no JSON, or a line that was cut") from None
    if not isinstance(line, dict) or not text.endswith(b"\n"):
        raise TimelineInvalid(f"{place}: this is no whole line with an object")
    return line

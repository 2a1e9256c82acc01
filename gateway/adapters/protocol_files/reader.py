"""Reads a YAML 1.2 file and remembers on which line everything stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, order=True)
class Defect:
    """What is wrong, where, and how to mend it."""

    file: str
    line: int
    key: str
    what: str
    mend: str = ""

    def __str__(self) -> str:
        mend = f"; {self.mend}" if self.mend else ""
        return f"{self.file}:{self.line}: {self.key or 'document'}: {self.what}{mend}"


class ProtocolInvalid(ValueError):
    """One or more documents do not hold; `defects` lists everything that was found."""

    def __init__(self, defects: Sequence[Defect]) -> None:
        self.defects = tuple(sorted(defects))
        super().__init__("\n".join(str(defect) for defect in self.defects))


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file's content as plain values, and the line of every place in it."""

    file: str
    content: Any
    lines: Mapping[Place, int]

    def line_of(self, place: Place) -> int:
        """The line of a place, or of the nearest thing around it."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)

    def defect(self, place: Place, what: str, mend: str = "") -> Defect:
        """A defect at a place."""
        key = ".".join(str(step) for step in place)
        return Defect(self.file, self.line_of(place), key, what, mend)


def read_sheet(path: Path) -> Sheet:
    """Read one file.

    Raises:
        ProtocolInvalid: it is no YAML (a tab, a doubled key, a broken bracket, another encoding).
    """
    yaml = YAML(typ="rt", pure=True)
    try:
        loaded = yaml.load(path.read_text("utf-8"))
    except (YAMLError, UnicodeDecodeError) as error:
        raise ProtocolInvalid([_unreadable(path, error)]) from None
    lines: dict[Place, int] = {}
    return Sheet(path.name, _plain(loaded, (), lines), lines)


def _unreadable(path: Path, error: Exception) -> Defect:
    mark = error.problem_mark if isinstance(error, MarkedYAMLError) else None
    what = getattr(error, "problem", None) or "not readable as YAML in UTF-8"
    if "\\t" in what:
        return Defect(path.name, mark.line + 1 if mark else 1, "", "a tab", "indent with spaces")
    return Defect(path.name, mark.line + 1 if mark else 1, "", what, "see the YAML 1.2 rules")


def _plain(node: Any, place: Place, lines: dict[Place, int]) -> Any:
    if isinstance(node, Mapping):
        for key in node:
            lines[(*place, key)] = node.lc.key(key)[0] + 1  # type: ignore[attr-defined]  # ruamel's
        return {str(key): _plain(value, (*place, key), lines) for key, value in node.items()}
    if isinstance(node, list):
        for index in range(len(node)):
            lines[(*place, index)] = node.lc.item(index)[0] + 1  # type: ignore[attr-defined]  # idem
        return [_plain(value, (*place, index), lines) for index, value in enumerate(node)]
    if isinstance(node, str):
        return str(node)
    return date(node.year, node.month, node.day) if isinstance(node, date) else node

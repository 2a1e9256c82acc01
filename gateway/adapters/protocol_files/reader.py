"""Reads a YAML 1.2 file and remembers on which line everything stands."""

import re
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.reader import ReaderError

from gateway.adapters.protocol_files.yaml_tree import Place, Slip, Tree, grow

LARGEST = 262_144
"""Bytes in a file; the longest shipped document has a twentieth of it."""
_TAB = re.compile(r"^ *\t")
_SECTION = re.compile(r"^([A-Za-z_]+):")


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
        self.defects = tuple(sorted(set(defects)))
        super().__init__("\n".join(str(defect) for defect in self.defects))


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file's content as plain values, and the line of every place in it.

    `written` has the scalars that are no text as they stand in the file (`004` for the number 4).
    """

    file: str
    content: Any
    lines: Mapping[Place, int]
    written: Mapping[Place, str] = field(default_factory=dict)

    def line_of(self, place: Place) -> int:
        """The line of a place, or of the nearest thing around it."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)

    def defect(self, place: Place, what: str, mend: str = "") -> Defect:
        """A defect at a place."""
        return Defect(self.file, self.line_of(place), key_of(place), what, mend)


def key_of(place: Place) -> str:
    """A place as it is told: `flows.0.article`."""
    return ".".join(str(step) for step in place)


def shown_name(path: Path) -> str:
    """A file's name as it can be printed, logged and sent, whatever bytes it is made of."""
    readable = path.name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return "".join(one if one.isprintable() else "?" for one in readable)


def read_sheet(path: Path) -> Sheet:
    """Read one file.

    Raises:
        ProtocolInvalid: it cannot be read, or is no YAML that means one thing only.
    """
    return parse_sheet(shown_name(path), read_bytes(path))


def read_bytes(path: Path) -> bytes:
    """The bytes of a file of a sensible size.

    Raises:
        ProtocolInvalid: it is no file, cannot be opened, or is too large.
    """
    try:
        seen = path.stat()
        if not stat.S_ISREG(seen.st_mode):
            raise _unusable(shown_name(path), "is no file", "put a document here, or take it away")
        if seen.st_size > LARGEST:
            what = f"is larger than {LARGEST // 1024} KiB"
            raise _unusable(shown_name(path), what, "a document is a few pages; is this one?")
        return path.read_bytes()
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise _unusable(shown_name(path), f"cannot be read: {why.lower()}", "mend its path or rights") from None  # fmt: skip


def parse_sheet(name: str, raw: bytes) -> Sheet:
    """The content of a file that is a list of keys.

    Raises:
        ProtocolInvalid: it is no YAML that means one thing only: a tab, a doubled key, an alias, a
            tag, a broken bracket, another encoding, nothing at all.
    """
    return _sheet(name, raw, dict, "keys", "`magda-sim protocol schema` prints the form")


def parse_rows(name: str, raw: bytes) -> Sheet:
    """The content of a file that is a list of rows, each with a dash.

    Raises:
        ProtocolInvalid: as above.
    """
    return _sheet(name, raw, list, "rows", "begin each row with a dash; `[]` has none")


def _sheet(name: str, raw: bytes, form: type, of: str, remedy: str) -> Sheet:
    tree = _grown(name, raw)
    if not isinstance(tree.content, form):
        raise _unusable(
            name, f"is no list of {of}" if tree.content is not None else "is empty", remedy
        )
    return Sheet(name, tree.content, tree.lines, tree.written)


def _grown(name: str, raw: bytes) -> Tree:
    text = _text(name, raw)
    if tabs := list(_tabs(name, text)):
        raise ProtocolInvalid(tabs)
    tree = Tree()
    try:
        grow(text, tree)
    except Exception as error:  # noqa: BLE001  a scanner meets anything, and raises as much
        raise ProtocolInvalid([*_told(name, tree), _broken(name, text, tree, error)]) from None
    if tree.slips:
        raise ProtocolInvalid(list(_told(name, tree)))
    return tree


def _text(name: str, raw: bytes) -> str:
    """The characters; a mark of byte order at the start says nothing and is passed over."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ProtocolInvalid([Defect(name, line, "", "is not UTF-8", "save it as UTF-8")]) from None  # fmt: skip


def _tabs(name: str, text: str) -> Iterator[Defect]:
    """Tabs before the first character of a line: YAML reads over some and breaks on others."""
    key = ""
    for number, line in enumerate(text.splitlines(), start=1):
        started = _SECTION.match(line)
        key = started[1] if started else key
        if _TAB.match(line):
            yield Defect(name, number, key, "a tab", "indent with spaces")


def _told(name: str, tree: Tree) -> Iterator[Defect]:
    for slip in tree.slips:
        yield Defect(name, slip.line, key_of(slip.place), slip.what, slip.mend)


def _broken(name: str, text: str, tree: Tree, error: Exception) -> Defect:
    """Where reading stopped; nothing after it can be judged."""
    mend = "see the YAML 1.2 rules"
    if isinstance(error, Slip):
        return Defect(name, error.line, key_of(error.place), error.what, error.mend)
    if isinstance(error, ReaderError):
        line = text.count("\n", 0, error.position) + 1
        return Defect(name, line, "", "a character that YAML forbids", "remove it")
    mark = error.problem_mark if isinstance(error, MarkedYAMLError) else None
    what = (error.problem if isinstance(error, MarkedYAMLError) else None) or "is no YAML"
    line = mark.line + 1 if mark else max(tree.lines.values(), default=1)
    return Defect(name, line, key_of(tree.place), what.replace("\n", " "), mend)


def _unusable(name: str, what: str, mend: str) -> ProtocolInvalid:
    return ProtocolInvalid([Defect(name, 1, "", what, mend)])

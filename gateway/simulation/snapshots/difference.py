"""Holds two snapshots against each other, part by part: where each part begins to differ."""

import json
import shutil
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

from gateway.adapters.database import DATABASE
from gateway.adapters.log import LogReader
from gateway.adapters.operation.redaction import holds_number
from gateway.bootstrap.log import LOG
from gateway.contracts.insz import InszInvalid, InszKind, parse_insz
from gateway.simulation.people_desk import NAME as PEOPLE
from gateway.simulation.snapshots.form import Manifest, SnapshotInvalid
from gateway.simulation.snapshots.reading import read_manifest

_CHUNK = 500
_HIDDEN = "(a number)"
_REGISTRATIONS = (
    'SELECT uri, hoedanigheid, insz, begin, "end" FROM registration ORDER BY 1, 2, 3, 4, 5'
)
_OTHERS = """
SELECT m.name, (SELECT count(*) FROM pragma_table_info(m.name)) FROM sqlite_master AS m
WHERE m.type = 'table' AND m.name <> 'registration' ORDER BY m.name
"""
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Opened:
    """What an archive says of itself, and the two databases out of it that are looked into."""

    manifest: Manifest
    log: LogReader
    database: sqlite3.Connection
    people: list[str]


def difference(a: Path, b: Path) -> list[Row]:
    """A row for each part that is not the same, each with the first place where it differs; none, if all is.

    A row is `{"part","at","a","b"}`. No number of a person stands in it but test numbers of registrations.

    Raises:
        SnapshotInvalid: one of them is no snapshot.
    """
    with ExitStack() as stack:
        one, other = (_opened(path, stack) for path in (a, b))
        try:
            found = [*_world(one, other), *_people(one, other), *_held(one, other)]
            found += [*_law(one, other), *_log(one, other)]
            found += [*_registrations(one, other), *_tables(one, other)]
        except (sqlite3.Error, ValueError, AttributeError):
            raise SnapshotInvalid("its database, log or people are no space's") from None
        return [*found, *_files(one, other)]


def _opened(path: Path, stack: ExitStack) -> _Opened:
    manifest = read_manifest(path)
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="magda-sim-")))
    with zipfile.ZipFile(path) as archive:
        for name in (LOG, DATABASE):
            with archive.open(name) as inside, (folder / name).open("wb") as outside:
                shutil.copyfileobj(inside, outside)
        has_people = PEOPLE in archive.namelist()
        people = archive.read(PEOPLE).decode().splitlines()[1:] if has_people else []
    log = stack.enter_context(closing(LogReader(folder / LOG)))
    uri = f"file:{folder / DATABASE}?mode=ro"
    database = stack.enter_context(closing(sqlite3.connect(uri, uri=True)))
    return _Opened(manifest, log, database, people)


def _world(a: _Opened, b: _Opened) -> Iterator[Row]:
    for name in ("space", "seed", "people", "secrets"):
        one, other = getattr(a.manifest, name), getattr(b.manifest, name)
        if one != other:
            yield _row("world", name, one, other)
            return


def _people(a: _Opened, b: _Opened) -> Iterator[Row]:
    """The first whom testers made or changed in one of the two, by number."""
    for number, (one, other) in enumerate(zip_longest(a.people, b.people), 1):
        if one != other:
            yield _row("world", f"{PEOPLE}, person {number}", _whom(one), _whom(other))
            return


def _whom(line: str | None) -> str | None:
    return None if line is None else _number(str(json.loads(line).get("insz", "")))


def _held(a: _Opened, b: _Opened) -> Iterator[Row]:
    """The clock by itself, then the rest of what memory holds, by its first word that differs."""
    one, other = (side.manifest.memory.model_dump(mode="json") for side in (a, b))
    clocks = [f"{held.pop('clock')} ({held.pop('mode')})" for held in (one, other)]
    if clocks[0] != clocks[1]:
        yield _row("clock", "now", *clocks)
    for name in one:
        if one[name] != other[name]:
            yield _row("memory", name, _brief(one[name]), _brief(other[name]))
            return


def _law(a: _Opened, b: _Opened) -> Iterator[Row]:
    one, other = a.manifest.law, b.manifest.law
    if one != other:
        yield _row("law", "protocols", _only(one, other), _only(other, one))


def _log(a: _Opened, b: _Opened) -> Iterator[Row]:
    """The first entry that is not the same: what anybody may see of it."""
    if a.manifest.log == b.manifest.log:
        return
    if a.manifest.log.key != b.manifest.log.key:
        yield _row("log", "key", a.manifest.log.key, b.manifest.log.key)
    for number, (one, other) in enumerate(zip_longest(_leaves(a), _leaves(b)), 1):
        if one != other:
            yield _row("log", f"D-{number}", _leaf(one), _leaf(other))
            return


def _leaves(side: _Opened) -> Iterator[bytes]:
    for first in range(1, side.log.head().size + 1, _CHUNK):
        yield from side.log.leaves(first, first + _CHUNK - 1)


def _leaf(leaf: bytes | None) -> Any:
    return None if leaf is None else json.loads(leaf)


def _registrations(a: _Opened, b: _Opened) -> Iterator[Row]:
    rows = (side.database.execute(_REGISTRATIONS) for side in (a, b))
    for one, other in zip_longest(*rows):
        if one != other:
            yield _row("registrations", "first", _registration(one), _registration(other))
            return


def _registration(row: tuple[str, ...] | None) -> Row | None:
    if row is None:
        return None
    uri, hoedanigheid, insz, begin, end = row
    return {"uri": uri, "hoedanigheid": hoedanigheid, "insz": _number(insz), "begin": begin, "end": end}  # fmt: skip


def _number(insz: str) -> str:
    """Test numbers are what testers work with; any other is not told."""
    try:
        return insz if parse_insz(insz).kind is InszKind.TEST else _HIDDEN
    except InszInvalid:
        return _HIDDEN


def _tables(a: _Opened, b: _Opened) -> Iterator[Row]:
    """Which row and which columns; what stands there is not told."""
    if a.manifest.revision != b.manifest.revision:
        yield _row("database", "revision", a.manifest.revision, b.manifest.revision)
        return
    for name, width in a.database.execute(_OTHERS).fetchall():
        order = ", ".join(str(n + 1) for n in range(width))
        asked = f'SELECT * FROM "{name}" ORDER BY {order}'  # noqa: S608  a table of ours
        one, other = (side.database.execute(asked) for side in (a, b))
        columns = [column[0] for column in one.description]
        for number, (left, right) in enumerate(zip_longest(one, other), 1):
            if left != right:
                yield _row("database", f"{name}, row {number}", *_columns(columns, left, right))
                break


def _columns(columns: list[str], a: Any, b: Any) -> tuple[str | None, str | None]:
    if a is None or b is None:
        return ("a row" if a else None), ("a row" if b else None)
    differ = ", ".join(name for name, x, y in zip(columns, a, b, strict=True) if x != y)
    return differ, differ


def _files(a: _Opened, b: _Opened) -> Iterator[Row]:
    """The first path in the drop folders where there is another file, or one only."""
    one, other = (
        {file.path: file.sha256 for file in side.manifest.files if file.path.startswith("drop/")}
        for side in (a, b)
    )
    for path in sorted(one.keys() | other.keys()):
        if one.get(path) != other.get(path):
            at = "a file whose name holds a number" if holds_number(path) else path
            yield _row("files", at, one.get(path), other.get(path))
            return


def _only(one: list[str], other: list[str]) -> Any:
    return next((digest for digest in one if digest not in other), None)


def _brief(value: Any) -> Any:
    text = json.dumps(value)
    return value if not holds_number(text) else _HIDDEN


def _row(part: str, at: str, a: Any, b: Any) -> Row:
    return {"part": part, "at": at, "a": a, "b": b}

"""Looks into consumers' folders, over SFTP as the consumer would."""

import json
from collections.abc import Iterator
from typing import Any

from gateway.simulation.library.expected import File
from gateway.simulation.library.matching import differing
from gateway.simulation.library.stage import Scene

_MISSING = "there is no such file"


def judge_file(scene: Scene, wanted: File) -> Iterator[tuple[str, Any, Any]]:
    """How the last file of a flow (and day) differs from what is expected."""
    drop = scene.here.drop(wanted.unit)
    try:
        names = drop.files(wanted.flow)
    except FileNotFoundError:
        names = []
    mine = [name for name in names if wanted.day is None or wanted.day.isoformat() in name]
    if bool(mine) is not wanted.there:
        yield "there", wanted.there, mine or _MISSING
        return
    if not mine:
        return
    try:
        text = drop.fetch(wanted.flow, mine[-1]).decode()
    except OSError:
        if wanted.readable:
            yield "readable", True, "reading was refused"
        return
    if not wanted.readable:
        yield "readable", False, "it could be read"
    yield from _content(scene, wanted, text)


def _content(scene: Scene, wanted: File, text: str) -> Iterator[tuple[str, Any, Any]]:
    file = json.loads(text)
    rows = {row["kind"]["insz"]: row for row in file.get("records", []) if "kind" in row}
    yield from _who(scene, wanted, list(file.get("insz", rows)))
    for who, row in wanted.rows.items():
        for key, expected, came in differing(scene.numbered(row), rows.get(scene.number(who), {})):
            yield f"rows.{who}.{key}", expected, came
    for word in wanted.lacks:
        if word in text:
            yield "lacks", f"nothing of `{word}`", "it stands in the file"
    if wanted.members is not None and sorted(wanted.members) != sorted(file):
        yield "members", sorted(wanted.members), sorted(file)


def _who(scene: Scene, wanted: File, people: list[str]) -> Iterator[tuple[str, Any, Any]]:
    if wanted.count is not None and len(people) != wanted.count:
        yield "count", wanted.count, len(people)
    if wanted.people is not None and sorted(map(scene.number, wanted.people)) != sorted(people):
        yield "people", sorted(wanted.people), sorted(people)
    for who in wanted.with_:
        if scene.number(who) not in people:
            yield "with", who, "is not in the file"
    for who in wanted.without:
        if scene.number(who) in people:
            yield "without", f"not {who}", "stands in the file"

"""What differs between two protocol documents, clause by clause; layout, examples and version do not count.

A document is laid out as points: a path through it by ids (`flows.zorgtoeslag.fields.pijler1`), with
the value there and the article around it. Two layouts are then compared point by point.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from gateway.adapters.protocol_files.compile import plain
from gateway.adapters.protocol_files.difference_rules import Effect, category, effect_of
from gateway.adapters.protocol_files.schema import DocumentModel

How = Literal["added", "removed", "changed"]
_LEFT_OUT = frozenset({"schema", "id", "name", "version", "supersedes", "source", "examples"})
_KEYS = ("id", "code", "fact", "when", "kind", "party", "by", "to", "name", "ref", "if_stated")
_THERE = "there"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference. `effect` is `None` where nobody can tell from the text which way it works."""

    what: str
    where: str
    how: How
    old: Any
    new: Any
    articles: tuple[str, ...]
    effect: Effect | None


@dataclass(frozen=True, slots=True)
class _Point:
    value: Any
    article: str | None


_Points = Mapping[str, _Point]


def differences(old: DocumentModel, new: DocumentModel) -> Sequence[Change]:
    """Every change from one document to another, in the order of the document."""
    before, after = dict(_laid_out(old)), dict(_laid_out(new))
    places = dict.fromkeys([*before, *after])
    changed = [path for path in places if before.get(path) != after.get(path)]
    whole = {path for path in changed if path not in before or path not in after}
    return [
        _change(path, before, after)
        for path in changed
        if not _is_inside(path, whole) and _differs(path, before, after)
    ]


def _differs(path: str, before: _Points, after: _Points) -> bool:
    """Whether more than the article around it changed; of a clause that holds others, only that."""
    old, new = before.get(path), after.get(path)
    return old is None or new is None or old.value != new.value or path.endswith("/article")


def _is_inside(path: str, whole: set[str]) -> bool:
    """Whether it came or went with a clause around it."""
    steps = path.split("/")
    return any("/".join(steps[:n]) in whole for n in range(1, len(steps)))


def _change(path: str, before: _Points, after: _Points) -> Change:
    old, new = before.get(path), after.get(path)
    how: How = "added" if old is None else "removed" if new is None else "changed"
    cited = dict.fromkeys((_cited(path, before), _cited(path, after)))
    values = (old.value if old else None, new.value if new else None)
    access = before.get(f"{path}/access") or after.get(f"{path}/access")
    gives_nothing = access is not None and access.value == "refused"
    return Change(
        what=category(path),
        where=path.replace("/", "."),
        how=how,
        old=values[0],
        new=values[1],
        articles=tuple(article for article in cited if article is not None),
        effect=None if gives_nothing else effect_of(path, how, *values),
    )


def _cited(path: str, points: _Points) -> str | None:
    """The article around a point; a field in a flow has one of its own, in the list of fields."""
    _, is_field, name = path.partition("/fields/")
    point = (points.get(f"fields/{name}") if is_field else None) or points.get(path)
    return point.article if point is not None and path in points else None


def _laid_out(document: DocumentModel) -> Iterator[tuple[str, _Point]]:
    content = {key: value for key, value in plain(document).items() if key not in _LEFT_OUT}
    everybody = [party.id for party in document.parties if party.role == "consumer"]
    for flow in content["flows"]:
        flow["consumers"] = flow.get("consumers") or everybody
    yield from _points("", content, None)


def _points(path: str, node: Any, article: str | None) -> Iterator[tuple[str, _Point]]:
    if isinstance(node, dict):
        yield from _clause(path, node, node.get("article", article))
    elif isinstance(node, list):
        for key, item in _keyed(node):
            yield from _points(f"{path}/{key}", item, article)
    elif node is not None:
        yield path, _Point(node, article)


def _clause(
    path: str, node: Mapping[str, Any], article: str | None
) -> Iterator[tuple[str, _Point]]:
    if path:
        yield path, _Point(_THERE, article)
    for key, value in node.items():
        around = node.get("fields_article", article) if key == "fields" else article
        yield from _points(f"{path}/{key}" if path else key, value, around)


def _keyed(items: Sequence[Any]) -> Iterator[tuple[str, Any]]:
    """Items of a list with a name each: their own words, and a number where two have the same."""
    seen: dict[str, int] = {}
    for item in items:
        key = _key(item) if isinstance(item, dict) else str(item)
        seen[key] = seen.get(key, 0) + 1
        yield (key if seen[key] == 1 else f"{key}#{seen[key]}"), item


def _key(item: Mapping[str, Any]) -> str:
    if "id" in item:
        return str(item["id"])
    named = [str(item[key]) for key in _KEYS if item.get(key) is not None]
    return "+".join([*named, *item.get("purposes", [])])

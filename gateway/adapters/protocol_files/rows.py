"""Looking into a document that may have any form: what is not there, or is something else, is passed over."""

from collections.abc import Iterator, Mapping
from typing import Any

from gateway.adapters.protocol_files.yaml_tree import Place

Row = Mapping[str, Any]


def row(content: Any, key: str) -> Row:
    """The group of keys under a key, or an empty one."""
    found = content.get(key) if isinstance(content, dict) else None
    return found if isinstance(found, dict) else {}


def rows(content: Any, key: str) -> Iterator[tuple[Place, Row]]:
    """The groups of keys in a list, each with its place."""
    listed = content.get(key) if isinstance(content, dict) else None
    for index, one in enumerate(listed if isinstance(listed, list) else []):
        if isinstance(one, dict):
            yield (key, index), one


def words(content: Row, key: str) -> Iterator[tuple[Place, str]]:
    """The words under a key, alone or in a list, each with its place."""
    found = content.get(key)
    if isinstance(found, str):
        yield (key,), found
    for index, one in enumerate(found if isinstance(found, list) else []):
        if isinstance(one, str):
            yield (key, index), one


def ids(content: Any, listed: str, key: str = "id") -> list[str]:
    """The ids in a list, as they stand."""
    return [one[key] for _, one in rows(content, listed) if isinstance(one.get(key), str)]

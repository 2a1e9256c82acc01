"""Turning a choice round: a finding's switch sets other keys, and the version says that it was turned."""

import json
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from gateway.adapters.protocol_files.clauses import Finding
from gateway.adapters.protocol_files.compile import plain
from gateway.adapters.protocol_files.reader import Defect, ProtocolInvalid
from gateway.adapters.protocol_files.schema import DocumentModel

Switches = Mapping[str, tuple[str, ...]]
NO_SWITCHES: Switches = MappingProxyType({})


def parse_switches(text: str) -> Switches:
    """`003/O-32,004/O-60` as the codes to turn, by protocol."""
    found: dict[str, tuple[str, ...]] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        key, _, code = part.partition("/")
        found[key] = (*found.get(key, ()), code)
    return found


def turned_round(standing: Switches, text: str) -> Switches:
    """The switches with those of a text the other way than they stand."""
    asked = parse_switches(text)
    return {
        key: tuple(sorted({*standing.get(key, ())} ^ {*asked.get(key, ())}))
        for key in {*standing, *asked}
    }


def turned(document: DocumentModel, codes: Iterable[str]) -> DocumentModel:
    """The document with the choices of these findings turned round; a variant, never the published one.

    Raises:
        ProtocolInvalid: no such finding, or one without a switch.
    """
    content, done = plain(document), []
    for code in codes:
        for path, value in _finding(document, code).turn.items():
            _set(content, path.split("."), value)
        done.append(code.lower())
    if not done:
        return document
    content["version"] = f"{document.version}+{'.'.join(done)}"
    return DocumentModel.model_validate_json(json.dumps(content))


def _finding(document: DocumentModel, code: str) -> Finding:
    for finding in document.findings:
        if finding.code == code and finding.turn:
            return finding
    known = ", ".join(one.code for one in document.findings if one.turn) or "none"
    what = f"`{code}` is no finding with a switch"
    raise ProtocolInvalid(
        [Defect(f"{document.name}.yaml", 1, "findings", what, f"switches: {known}")]
    )


def _set(content: Any, steps: list[str], value: Any) -> None:
    """Set what a path leads to; in a list, a step is the `id` of an item."""
    node = content
    for step in steps[:-1]:
        node = _step(node, step)
    node[steps[-1]] = value


def _step(node: Any, step: str) -> Any:
    if isinstance(node, list):
        return next(item for item in node if item["id"] == step)
    return node.setdefault(step, {})

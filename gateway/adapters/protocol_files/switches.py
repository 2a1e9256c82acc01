"""Turning a choice round: a finding's switch sets other keys, and the version says that it was turned."""

import json
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from gateway.adapters.protocol_files.agreement import agreement_defects
from gateway.adapters.protocol_files.citations import citation_defects
from gateway.adapters.protocol_files.clauses import Finding
from gateway.adapters.protocol_files.compile import plain
from gateway.adapters.protocol_files.reader import Defect, ProtocolInvalid, Sheet, key_of
from gateway.adapters.protocol_files.references import name_defects
from gateway.adapters.protocol_files.schema import DocumentModel
from gateway.adapters.protocol_files.values import value_defects
from gateway.adapters.protocol_files.yaml_tree import Place

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


def path_defects(sheet: Sheet, document: DocumentModel) -> Iterator[Defect]:
    """Switches whose path leads nowhere."""
    for index, finding in enumerate(document.findings):
        content = plain(document)
        for path, value in finding.turn.items():
            try:
                _set(content, path.split("."), value)
            except (LookupError, StopIteration, TypeError, AttributeError):
                place: Place = ("findings", index, "turn", path)
                mend = "name keys from the top, and items of a list by their id: flows.x.fields"
                yield sheet.defect(place, "this path leads nowhere", mend)


def turn_defects(sheet: Sheet, document: DocumentModel) -> Iterator[Defect]:
    """Switches that would turn a document that holds into one that does not."""
    for index, finding in enumerate(document.findings):
        if finding.turn and (why := _why_not(sheet, document, finding)):
            what = f"turned round, the document does not hold: {why}"
            yield sheet.defect(("findings", index, "turn"), what, "correct the path or the value")


def _why_not(sheet: Sheet, document: DocumentModel, finding: Finding) -> str | None:
    """The first thing that is wrong with the document once this finding is turned round.

    Its examples are not looked at: they tell what follows from the choice that was made.
    """
    content = plain(document) | {"examples": []}
    for path, value in finding.turn.items():
        _set(content, path.split("."), value)
    try:
        other = DocumentModel.model_validate_json(json.dumps(content))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        told = "unknown key" if first["type"] == "extra_forbidden" else first["msg"]
        return f"{key_of(first['loc'])}: {told[:1].lower()}{told[1:]}"
    turned_sheet = Sheet(sheet.file, content, {})
    for check in (citation_defects, name_defects, value_defects):
        for defect in check(turned_sheet):
            return f"{defect.key}: {defect.what}"
    return next((f"{d.key}: {d.what}" for d in agreement_defects(turned_sheet, other)), None)


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

"""What the form says of a place in a document: the keys it knows there, and how to mend a slip."""

from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any

from pydantic import ValidationError

from gateway.adapters.protocol_files.reader import Defect, Sheet
from gateway.adapters.protocol_files.schema import DocumentModel, json_schema
from gateway.adapters.protocol_files.yaml_tree import Place

_SHORT = 60
_Told = tuple[str, str]


def check_form(sheet: Sheet) -> tuple[DocumentModel | None, list[Defect]]:
    """The document if it has the form, or everywhere that it has not."""
    try:
        return DocumentModel.model_validate(sheet.content), []
    except ValidationError as error:
        found: dict[Place, Defect] = {}
        for one in error.errors(include_url=False):
            place = _real_place(sheet.content, one["loc"], missing=one["type"] == "missing")
            found.setdefault(place, sheet.defect(place, *_told(sheet, place, dict(one))))
        return None, list(found.values())


def known_part(place: Iterable[str]) -> str:
    """A key as far as the form knows it: what follows was written by somebody, about anything."""
    node, known = _schema(), []
    for step in place:
        is_index = step.isdigit() and "items" in node
        node = _resolved(node["items"] if is_index else node.get("properties", {}).get(step))
        if not node:
            break
        known.append(step)
    return ".".join(known)


def closest(word: str, known: Iterable[str]) -> str | None:
    """The known word that somebody may have meant."""
    return next(iter(get_close_matches(word, sorted(known), n=1, cutoff=0.6)), None)


@cache
def _schema() -> Mapping[str, Any]:
    return json_schema()


def _at(place: Place) -> Mapping[str, Any]:
    node: Mapping[str, Any] = _schema()
    for step in place:
        inner = node.get("items") if isinstance(step, int) else node.get("properties", {}).get(step)
        node = _resolved(inner)
    return node


def _resolved(node: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """Behind a reference, and the side of a choice that is more than `null`."""
    while node is not None and ("$ref" in node or "anyOf" in node):
        if "$ref" in node:
            node = _schema()["$defs"][node["$ref"].rpartition("/")[2]]
        else:
            sides = [side for side in node["anyOf"] if side.get("type") != "null"]
            if len(sides) > 1:
                return _joined(sides)
            node = sides[0]
    return node or {}


def _joined(sides: list[Mapping[str, Any]]) -> Mapping[str, Any]:
    words = [word for side in sides for word in _words(side)]
    return {"enum": words} | {k: v for side in sides for k, v in side.items() if k == "description"}


def _words(node: Mapping[str, Any]) -> list[str]:
    return [node["const"]] if "const" in node else list(node.get("enum", []))


def _real_place(content: Any, loc: tuple[int | str, ...], *, missing: bool) -> Place:
    """Where a complaint is about: pydantic adds the names of alternatives, which no file has."""
    place: Place = ()
    for step in loc:
        there = _has(content, step)
        if not there and not (missing and step == loc[-1]):
            break
        place, content = (*place, step), content[step] if there else None
    return place


def _has(content: Any, step: int | str) -> bool:
    if isinstance(content, dict):
        return step in content
    return isinstance(content, list) and isinstance(step, int) and step < len(content)


def _told(sheet: Sheet, place: Place, error: dict[str, Any]) -> _Told:
    teller = _TELLERS.get(error["type"])
    if teller is not None:
        return teller(sheet, place, error)
    message = str(error["msg"])
    return message[0].lower() + message[1:], _hint(place) or "correct it"


def _unknown(_: Sheet, place: Place, __: dict[str, Any]) -> _Told:
    known = _at(place[:-1]).get("properties", {})
    meant = closest(str(place[-1]), known)
    mend = f"did you mean `{meant}`? else " if meant else ""
    return "unknown key", f"{mend}remove it, or correct its name"


def _missing(_: Sheet, place: Place, __: dict[str, Any]) -> _Told:
    return "is missing", f"add it{_prefixed(': ', _hint(place))}"


def _no_text(sheet: Sheet, place: Place, error: dict[str, Any]) -> _Told:
    if error["input"] is None:
        return "is empty", f"fill it in{_prefixed(': ', _hint(place))}"
    if place in sheet.written:
        return "is not text", f'put it between quotes: "{sheet.written[place]}"'
    return "is not text", "write one value here"


def _other_word(sheet: Sheet, place: Place, error: dict[str, Any]) -> _Told:
    if not isinstance(error["input"], str):
        return _no_text(sheet, place, error)
    if error["input"] == "":
        return "is empty", f"fill it in: {_hint(place)}"
    words = _words(_at(place))
    meant = closest(error["input"], words)
    did_you = f"did you mean `{meant}`? " if meant else ""
    return f"{_quoted(error['input'])} is not known here", f"{did_you}{_hint(place)}"


def _wrong_form(_: Sheet, place: Place, error: dict[str, Any]) -> _Told:
    if error["input"] == "":
        return "is empty", f"fill it in{_prefixed(': ', _hint(place))}"
    return f"{_quoted(str(error['input']))} has the wrong form", f"write {_hint(place)}"


def _saying(what: str, mend: str) -> Callable[[Sheet, Place, dict[str, Any]], _Told]:
    def told(sheet: Sheet, place: Place, error: dict[str, Any]) -> _Told:
        if error["input"] is None:
            return "is empty", mend
        del sheet, place
        return what, mend

    return told


_TELLERS: Mapping[str, Callable[[Sheet, Place, dict[str, Any]], _Told]] = {
    "extra_forbidden": _unknown,
    "missing": _missing,
    "string_type": _no_text,
    "literal_error": _other_word,
    "string_pattern_mismatch": _wrong_form,
    "string_too_short": _wrong_form,
    "list_type": _saying("is no list", "write `[a, b]`, or lines that start with -"),
    "too_short": _saying("holds too little", "add at least what the form asks"),
    "model_type": _saying("is no group of keys", "write its keys under it"),
    "dict_type": _saying("is no group of keys", "write its keys under it"),
    "bool_type": _saying("is neither true nor false", "write `true` or `false`"),
    "int_type": _saying("is no whole number", "write digits without quotes"),
    "date_type": _saying("is no date", "write it without quotes, as 2021-07-27"),
}


def _hint(place: Place) -> str:
    """How a value at this place looks."""
    node = _at(place)
    words = _words(node)
    hints = [node["description"]] if "description" in node and "properties" not in node else []
    return " or ".join([*hints, *(["one of: " + ", ".join(words)] if words else [])])


def _prefixed(prefix: str, text: str) -> str:
    return prefix + text if text else ""


def _quoted(text: str) -> str:
    return f"`{text[:_SHORT]}`"

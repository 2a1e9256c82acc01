"""What a form says of a place in a file: the keys it knows there, and how to mend a slip."""

from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from gateway.adapters.protocol_files.reader import Defect, Sheet
from gateway.adapters.protocol_files.schema import DocumentModel, json_schema
from gateway.adapters.protocol_files.yaml_tree import Place

Model = TypeVar("Model", bound=BaseModel)
_SHORT = 60
_Told = tuple[str, str]
_Teller = Callable[["Form[Any]", Sheet, Place, dict[str, Any]], _Told]


class Form(Generic[Model]):
    """A model that files are read into; `schema` is its JSON Schema, which says how to mend a slip."""

    def __init__(self, model: type[Model], schema: Mapping[str, Any]) -> None:
        self._model, self._schema = model, schema

    def check(self, sheet: Sheet) -> tuple[Model | None, list[Defect]]:
        """The content if it has the form, or everywhere that it has not."""
        try:
            return self._model.model_validate(sheet.content), []
        except ValidationError as error:
            found: dict[Place, Defect] = {}
            for one in error.errors(include_url=False):
                place = _real_place(sheet.content, one["loc"], missing=one["type"] == "missing")
                found.setdefault(place, sheet.defect(place, *_told(self, sheet, place, dict(one))))
            return None, list(found.values())

    def known_part(self, place: Iterable[str]) -> str:
        """A key as far as the form knows it: what follows was written by somebody, about anything."""
        node, known = self._schema, []
        for step in place:
            is_index = step.isdigit() and "items" in node
            node = self.resolved(
                node["items"] if is_index else node.get("properties", {}).get(step)
            )
            if not node:
                break
            known.append(step)
        return ".".join(known)

    def at(self, place: Place) -> Mapping[str, Any]:
        """What the form says of a place."""
        node: Mapping[str, Any] = self._schema
        for step in place:
            node = self.resolved(_inner(node, step))
        return node

    def hint(self, place: Place) -> str:
        """How a value at this place looks."""
        node = self.at(place)
        words = _words(node)
        hints = [node["description"]] if "description" in node and "properties" not in node else []
        return " or ".join([*hints, *(["one of: " + ", ".join(words)] if words else [])])

    def resolved(self, node: Mapping[str, Any] | None) -> Mapping[str, Any]:
        """Behind a reference, and the side of a choice that is more than `null`."""
        while node is not None and ("$ref" in node or "anyOf" in node):
            if "$ref" in node:
                node = self._schema["$defs"][node["$ref"].rpartition("/")[2]]
            else:
                sides = [side for side in node["anyOf"] if side.get("type") != "null"]
                if len(sides) > 1:
                    return _joined(sides)
                node = sides[0]
        return node or {}


@cache
def document_form() -> Form[DocumentModel]:
    """The form of a protocol document."""
    return Form(DocumentModel, json_schema())


def check_form(sheet: Sheet) -> tuple[DocumentModel | None, list[Defect]]:
    """The document if it has the form, or everywhere that it has not."""
    return document_form().check(sheet)


def known_part(place: Iterable[str]) -> str:
    """A key of a document as far as its form knows it."""
    return document_form().known_part(place)


def closest(word: str, known: Iterable[str]) -> str | None:
    """The known word that somebody may have meant."""
    return next(iter(get_close_matches(word, sorted(known), n=1, cutoff=0.6)), None)


def _inner(node: Mapping[str, Any], step: str | int) -> Any:
    if isinstance(step, int):
        return node.get("items")
    more = node.get("additionalProperties")
    return node.get("properties", {}).get(step) or (more if isinstance(more, dict) else None)


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


def _told(form: Form[Any], sheet: Sheet, place: Place, error: dict[str, Any]) -> _Told:
    teller = _TELLERS.get(error["type"])
    if teller is not None:
        return teller(form, sheet, place, error)
    message = str(error["msg"]).removeprefix("Value error, ")
    return message[0].lower() + message[1:], form.hint(place) or "correct it"


def _unknown(form: Form[Any], _: Sheet, place: Place, __: dict[str, Any]) -> _Told:
    known = form.at(place[:-1]).get("properties", {})
    meant = closest(str(place[-1]), known)
    mend = f"did you mean `{meant}`? else " if meant else ""
    return "unknown key", f"{mend}remove it, or correct its name"


def _missing(form: Form[Any], _: Sheet, place: Place, __: dict[str, Any]) -> _Told:
    return "is missing", f"add it{_prefixed(': ', form.hint(place))}"


def _no_text(form: Form[Any], sheet: Sheet, place: Place, error: dict[str, Any]) -> _Told:
    if error["input"] is None:
        return "is empty", f"fill it in{_prefixed(': ', form.hint(place))}"
    if place in sheet.written:
        return "is not text", f'put it between quotes: "{sheet.written[place]}"'
    return "is not text", "write one value here"


def _other_word(form: Form[Any], sheet: Sheet, place: Place, error: dict[str, Any]) -> _Told:
    if not isinstance(error["input"], str):
        return _no_text(form, sheet, place, error)
    if error["input"] == "":
        return "is empty", f"fill it in: {form.hint(place)}"
    words = _words(form.at(place))
    meant = closest(error["input"], words)
    did_you = f"did you mean `{meant}`? " if meant else ""
    return f"{_quoted(error['input'])} is not known here", f"{did_you}{form.hint(place)}"


def _wrong_form(form: Form[Any], _: Sheet, place: Place, error: dict[str, Any]) -> _Told:
    if error["input"] == "":
        return "is empty", f"fill it in{_prefixed(': ', form.hint(place))}"
    return f"{_quoted(str(error['input']))} has the wrong form", f"write {form.hint(place)}"


def _saying(what: str, mend: str) -> _Teller:
    def told(_: Form[Any], __: Sheet, ___: Place, error: dict[str, Any]) -> _Told:
        if error["input"] is None:
            return "is empty", mend
        return what, mend

    return told


_TELLERS: Mapping[str, _Teller] = {
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


def _prefixed(prefix: str, text: str) -> str:
    return prefix + text if text else ""


def _quoted(text: str) -> str:
    return f"`{text[:_SHORT]}`"

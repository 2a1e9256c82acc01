"""F20: a document is the same after every journey, and the published schema accepts what the form accepts."""

import json
from copy import deepcopy
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker
from pydantic import ValidationError
from ruamel.yaml import YAML

from gateway.adapters.protocol_files.checked import read_document
from gateway.adapters.protocol_files.compile import digest, plain
from gateway.adapters.protocol_files.schema import DocumentModel
from tests.builders import PROTOCOLS
from tests.texts import VARIANTS, Text, law, shipped

FILES = sorted(PROTOCOLS.glob("*.yaml"))
SCHEMA = json.loads((PROTOCOLS.parents[1] / "docs/protocol.schema.json").read_text("utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA, format_checker=FormatChecker(["date"]))
Path_ = tuple[str | int, ...]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_f20_yaml_to_model_to_yaml_keeps_the_digest(path: Path, tmp_path: Path) -> None:
    first = read_document(path)
    written = tmp_path / path.name
    yaml = YAML(typ="rt", pure=True)
    yaml.dump(first.model_dump(by_alias=True, exclude_unset=True), written)

    second = read_document(written)

    assert digest(second) == digest(first)
    assert second == first


@pytest.mark.parametrize("name", VARIANTS)
def test_f20_json_and_back_keeps_the_digest_of_every_variant(name: str) -> None:
    for text in law(name).texts.values():
        first = DocumentModel.model_validate_json(json.dumps(text))
        second = DocumentModel.model_validate_json(json.dumps(plain(first)))

        assert digest(second) == digest(first)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_f20_layout_and_comments_do_not_count(path: Path, tmp_path: Path) -> None:
    yaml = YAML(typ="rt", pure=True)
    loaded = yaml.load(path.read_text("utf-8"))
    loaded.yaml_set_start_comment("another comment")
    loaded.move_to_end("title")
    stream = StringIO()
    yaml.dump(loaded, stream)
    moved = tmp_path / path.name
    moved.write_text(stream.getvalue(), "utf-8")

    assert digest(read_document(moved)) == digest(read_document(path))


def places(node: Any, path: Path_ = ()) -> list[Path_]:
    """Every place in a document."""
    found = [path] if path else []
    if isinstance(node, dict):
        for key, value in node.items():
            found += places(value, (*path, key))
    elif isinstance(node, list):
        for place, value in enumerate(node):
            found += places(value, (*path, place))
    return found


SOMETHING = st.sampled_from([
    None, True, 0, 7, 13, -1, "", "x", "art. 3", "P3M", "P3", "2025-13-40", "2025-03-10", "registered",
    "granted", "4", "0316380841", "a b", [], ["x"], [1], {}, {"article": "art. 1"}, {"article": ""},
])  # fmt: skip


@st.composite
def documents(draw: st.DrawFn) -> Text:
    """A shipped document with one to three places dropped, doubled, renamed or replaced."""
    text = deepcopy(shipped()[draw(st.sampled_from(sorted(shipped())))])
    for _ in range(draw(st.integers(1, 3))):
        *steps, last = draw(st.sampled_from([p for p in places(text) if p[0] != "examples"]))
        node: Any = text
        for step in steps:
            node = node[step]
        match draw(st.sampled_from(("drop", "replace", "extra"))):
            case "drop":
                del node[last]
            case "replace":
                node[last] = draw(SOMETHING)
            case _ if isinstance(node, dict):
                node[draw(st.sampled_from(("onbekend", "article", "party", "period")))] = draw(
                    SOMETHING
                )
            case _:
                node.append(draw(SOMETHING))
    return text


def the_form_accepts(text: Text) -> bool:
    try:
        DocumentModel.model_validate_json(json.dumps(text))
    except ValidationError:
        return False
    return True


@given(documents())
def test_f20_the_published_schema_accepts_exactly_what_the_form_accepts(text: Text) -> None:
    accepted = the_form_accepts(text)

    assert VALIDATOR.is_valid(text) is accepted
    if accepted:
        model = DocumentModel.model_validate_json(json.dumps(text))
        again = DocumentModel.model_validate_json(json.dumps(plain(model)))
        assert digest(again) == digest(model)


def test_f20_both_say_yes_and_no() -> None:
    """So that the comparison above compares something."""
    good = shipped()["004"]
    assert VALIDATOR.is_valid(good)
    assert the_form_accepts(good)
    assert not VALIDATOR.is_valid(good | {"onbekend": 1})
    assert not the_form_accepts(good | {"onbekend": 1})

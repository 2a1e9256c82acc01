"""Every scenario that is a consultation or about files is named by a test, so that it can be found and run by its id."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML

TESTS = Path(__file__).parents[1]
LISTED = YAML(typ="safe", pure=True).load((TESTS / "corpus/scenarios.yaml").read_text("utf-8"))
IDS = {
    kind: [f"{source}-{number:02}" for source, numbers in listed.items() for number in numbers]
    for kind, listed in LISTED.items()
}
NAME = re.compile(r"test_(x|\d{3})_(\d\d(?:_and_\d\d)*)(?:_and_(\d{3})_(\d\d))?(?:_|$)")
CASE = re.compile(r"((?:X|\d{3})-\d\d)\b")


def named(path: Path) -> Iterator[str]:
    """The scenarios that tests of a file are named after, or cases that they are run with."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef):
            yield from of_name(node.name)
        elif isinstance(node, ast.keyword) and node.arg in ("ids", "id"):
            for inner in ast.walk(node.value):
                if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
                    yield from CASE.findall(inner.value)


def of_name(name: str) -> Iterator[str]:
    """`test_001_21_and_22_...` names two."""
    found = NAME.match(name)
    if found:
        source, numbers, other, number = found.groups()
        yield from (f"{source.upper()}-{one}" for one in numbers.split("_and_"))
        if other:
            yield f"{other}-{number}"


FOUND = {one for path in TESTS.rglob("test_*.py") for one in named(path)}


@pytest.mark.parametrize("scenario", IDS["consultations"])
def test_a_consultation_scenario_is_named_by_a_test(scenario: str) -> None:
    assert scenario in FOUND


@pytest.mark.parametrize("scenario", IDS["files"])
def test_a_file_scenario_is_named_by_a_test(scenario: str) -> None:
    assert scenario in FOUND


def test_names_are_read_as_they_are_written() -> None:
    assert list(of_name("test_001_21_and_22_a_right")) == ["001-21", "001-22"]
    assert list(of_name("test_003_37_and_004_18_terms")) == ["003-37", "004-18"]
    assert list(of_name("test_x_14_a_fault")) == ["X-14"]
    assert list(of_name("test_2_things")) == []
    for listed in IDS.values():
        assert len(listed) == len(set(listed)) > 40

"""The rules that no linter knows: capabilities, language, layers, sizes, and words that may not stand."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PRODUCT = sorted(
    path
    for folder in ("gateway", "providers", "consumers", "sftp_drop")
    for path in (ROOT / folder).rglob("*.py")
)
HOME = {
    "Permit": "gateway/domain/decision.py",
    "FilteredRecord": "gateway/domain/field_filter.py",
    "RefusedFault": None,
}
STANDS_ALONE = {"consumers/log_verifier.py": 1100}
"""A file that strangers copy and run alone is one file, however long (ADR 0043)."""
LOANWORDS = frozenset({"insz", "hoedanigheid", "kbo", "volgnummer", "wewis"})
WIRE_MODULES = ("gateway/web/rest/bodies.py", "gateway/adapters/sources/messages.py")
ROW = re.compile(r"^\| (?P<dutch>[\w-]+) \| [^|]+ \| no \|", re.MULTILINE)
TRANSLATED = sorted(
    match["dutch"].lower() for match in ROW.finditer((ROOT / "docs/glossary.md").read_text("utf-8"))
)


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.fixture(scope="module", autouse=True)
def _nodes_are_let_go() -> Iterator[None]:
    """They are a million objects, which the garbage collector would walk in every test after these."""
    yield
    nodes.cache_clear()


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """A module and everything in it."""
    return tuple(ast.walk(ast.parse(path.read_text("utf-8"))))


def calls(path: Path) -> Iterator[str]:
    for node in nodes(path):
        if isinstance(node, ast.Call):
            called = node.func
            if isinstance(called, ast.Name):
                yield called.id
            elif isinstance(called, ast.Attribute):
                yield called.attr


@pytest.mark.parametrize("capability", ["Permit", "FilteredRecord"])
def test_a_capability_is_made_at_home_only(capability: str) -> None:
    makers = {name(path) for path in PRODUCT if capability in calls(path)}

    assert makers == {HOME[capability]}


def identifiers(path: Path) -> set[str]:
    names = {path.stem}
    for node in nodes(path):
        match node:
            case ast.Name(id=found) | ast.arg(arg=found) | ast.Attribute(attr=found):
                names.add(found)
            case ast.FunctionDef(name=found) | ast.AsyncFunctionDef(name=found) | ast.ClassDef(name=found):  # fmt: skip
                names.add(found)
            case _:
                pass
    return {found.lower() for found in names}


def test_no_second_word_for_a_concept() -> None:
    words = {
        (name(path), found, dutch)
        for path in PRODUCT
        if name(path) not in WIRE_MODULES
        for found in identifiers(path)
        for dutch in TRANSLATED
        if dutch in found and found not in LOANWORDS
    }

    assert words == set()


def test_the_glossary_has_words_to_enforce() -> None:
    assert {"afnemer", "bevraging", "inschrijving"} <= set(TRANSLATED)


def test_every_import_contract_is_kept() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
        capture_output=True, text=True, cwd=ROOT, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout
    assert "10 kept, 0 broken" in done.stdout


def test_a_module_is_small_and_says_what_it_is() -> None:
    lengths = {name(path): len(path.read_text("utf-8").splitlines()) for path in PRODUCT}
    modules = {name(path): nodes(path)[0] for path in PRODUCT}

    assert {key: n for key, n in lengths.items() if n > STANDS_ALONE.get(key, 300)} == {}
    assert [k for k, m in modules.items() if not isinstance(m, ast.Module) or not ast.get_docstring(m)] == []  # fmt: skip
    assert len(modules) > 500


def test_no_function_is_long() -> None:
    long = [
        f"{name(path)}: {node.name}"
        for path in PRODUCT
        if "versions" not in path.parts
        for node in nodes(path)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name != "build_gateway"  # a list of parts, read top to bottom
        and (node.end_lineno or 0) - node.lineno > 45
    ]

    assert long == []


def tracked() -> Iterator[tuple[str, str]]:
    listed = subprocess.run(
        ["git", "ls-files"], capture_output=True, text=True, cwd=ROOT, check=True
    ).stdout.split()
    for file in listed:
        path = ROOT / file
        if path.is_file() and path.suffix != ".png":
            yield file, path.read_text("utf-8", errors="replace")


FORBIDDEN = [
    "(^|[^A-Za-z.])/(wo" + "rk|fa" + "rm|ro" + "ot)/",
    "py" + "pi[.]org|python" + "hosted|npm" + "js[.]com|deb" + "[.]debian",
    "TO" + "DO|FIX" + "ME|NotImplemented" + "Error",
]


@pytest.mark.parametrize("pattern", FORBIDDEN)
def test_words_that_may_not_stand_in_a_tracked_file(pattern: str) -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    found = [file for file, text in tracked() if re.search(pattern, text, re.MULTILINE)]

    assert found == []

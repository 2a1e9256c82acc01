"""One careless edit of a shipped document: told in words, or loaded for exactly what it says."""

import json
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from gateway.adapters.protocol_files.cache import DocumentCache
from gateway.adapters.protocol_files.checked import checked
from gateway.adapters.protocol_files.compile import compile_document, digest, plain
from gateway.adapters.protocol_files.reader import ProtocolInvalid, Sheet, parse_sheet
from gateway.adapters.protocol_files.schema import DocumentModel
from gateway.cli.main import app
from tests.builders import PROTOCOLS

TEXTS = {path.name: path.read_text("utf-8") for path in sorted(PROTOCOLS.glob("*.yaml"))}
ORIGINAL = {name: digest(checked(parse_sheet(name, text.encode()))) for name, text in TEXTS.items()}
PIECES = st.one_of(
    st.sampled_from([
        "", " ", "\t", "\n", ":", ": ", "- ", "#", " #", "{", "}", "[", "]", ",", '"', "'", "&a ",
        "*a", "!x ", "|", ">", "%", "---", "? ", "~", "null", "true", "0", "-1", "1.5", ".nan",
        "0x1f", "1e9", "2025-02-30", "P0D", "\\", '"\\ud800"', "\x00", "\u2028", "\ufeff", "é",
        "art. 99", "[[[[", "<<: {}", "turn: {a.b: 1}", "id: x", "article: art. 1", "<<<<<<<",
    ]),
    st.text(max_size=6),
)  # fmt: skip


@st.composite
def edits(draw: st.DrawFn) -> tuple[str, str]:
    """A document with one stretch of it replaced, or two lines swapped, or one doubled or gone."""
    name = draw(st.sampled_from(sorted(TEXTS)))
    text = TEXTS[name]
    if draw(st.booleans()):
        begin = draw(st.integers(0, len(text)))
        end = min(len(text), begin + draw(st.integers(0, 12)))
        return name, text[:begin] + draw(PIECES) + text[end:]
    lines = text.splitlines(keepends=True)
    first, second = (draw(st.integers(0, len(lines) - 1)) for _ in range(2))
    match draw(st.sampled_from(["swap", "double", "drop", "indent"])):
        case "swap":
            lines[first], lines[second] = lines[second], lines[first]
        case "double":
            lines.insert(second, lines[first])
        case "drop":
            del lines[first]
        case _:
            lines[first] = " " + lines[first]
    return name, "".join(lines)


def shown(value: Any) -> Any:
    """What stands in the file, as JSON has it."""
    return json.loads(json.dumps(value, default=date.isoformat))


def reading(name: str, raw: bytes) -> tuple[Sheet, DocumentModel] | ProtocolInvalid:
    try:
        sheet = parse_sheet(name, raw)
        return sheet, checked(sheet)
    except ProtocolInvalid as invalid:
        return invalid


@given(edits())
def test_an_edit_is_told_or_means_what_it_says(edit: tuple[str, str]) -> None:
    name, text = edit
    raw = text.encode("utf-8", "surrogatepass")
    read = reading(name, raw)
    if isinstance(read, ProtocolInvalid):
        assert read.defects
        assert all(one.file == name and one.line >= 1 and one.what for one in read.defects)
        assert all(one.mend for one in read.defects)
        return
    sheet, document = read
    assert shown(sheet.content) == plain(document)
    before = parse_sheet(name, TEXTS[name].encode())
    assert (digest(document) == ORIGINAL[name]) == (sheet.content == before.content)
    with TemporaryDirectory() as folder:
        cache, compiled = DocumentCache(Path(folder)), compile_document(document)
        cache.put(name, raw, compiled)
        assert cache.get(name, raw) == compiled


@given(edits())
def test_the_command_ends_in_order(edit: tuple[str, str]) -> None:
    name, text = edit
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        done = CliRunner().invoke(app, ["protocol", "check", str(path)])

    assert done.exit_code in (0, 3), done.exception
    assert isinstance(done.exception, SystemExit | None)
    assert "Traceback" not in done.output
    assert done.exit_code == 0 or f"{name}:" in done.stderr

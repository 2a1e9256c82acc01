"""Two timelines side by side: the first different event, what is not the same in it, and what came before."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from gateway.cli.main import app
from gateway.simulation.recording.timeline import compare, differing, line_of, read_lines

Line = dict[str, Any]
VALUES = st.none() | st.integers() | st.text(max_size=3)
LINES = st.lists(st.dictionaries(st.sampled_from("abc"), VALUES, max_size=3), max_size=6)


def a_run(folder: Path, *events: Line, **head: Any) -> Path:
    folder.mkdir()
    lines = [{"n": 0, "kind": "run", **head}, *({"n": n, **one} for n, one in enumerate(events, 1))]
    (folder / "timeline.ndjson").write_bytes(b"".join(map(line_of, lines)))
    return folder


def run(*words: Any) -> Any:
    return CliRunner().invoke(app, ["diff", *map(str, words)])


EVENTS = [{"kind": "call", "outcome": "answered", "decision": f"D-{n}"} for n in range(1, 9)]


def test_equal_runs_are_equal_wherever_they_lie(tmp_path: Path) -> None:
    a, b = a_run(tmp_path / "a", *EVENTS, seed=1), a_run(tmp_path / "b", *EVENTS, seed=1)

    told = run(a, b / "timeline.ndjson")

    assert (told.exit_code, told.stdout) == (0, "equal: 8 events\n")
    assert json.loads(run(a, b, "--json").stdout) == {"equal": True, "heads": {}, "same": 8, "first": None}  # fmt: skip


def test_the_first_different_event_is_told_with_what_came_before(tmp_path: Path) -> None:
    other = [*EVENTS]
    other[5] = EVENTS[5] | {"outcome": "refused", "reason": "source-busy"}
    other[7] = EVENTS[7] | {"outcome": "refused"}
    a, b = a_run(tmp_path / "a", *EVENTS, seed=1), a_run(tmp_path / "b", *other, seed=1, faults="storm")  # fmt: skip

    told, found = run(a, b), json.loads(run(a, b, "--json").stdout)

    assert (told.exit_code, found["equal"], found["same"]) == (1, False, 5)
    assert found["heads"] == {"faults": [None, "storm"]}
    assert found["first"]["n"] == 6
    assert found["first"]["members"] == ["outcome", "reason"]
    assert [line["n"] for line in found["first"]["before"]] == [3, 4, 5]
    assert (found["first"]["a"]["outcome"], found["first"]["b"]["reason"]) == ("answered", "source-busy")  # fmt: skip
    assert "begun with faults - | storm" in told.stdout
    assert "the first different event is number 6: outcome, reason" in told.stdout


def test_a_run_that_ends_early_differs_there(tmp_path: Path) -> None:
    a, b = a_run(tmp_path / "a", *EVENTS), a_run(tmp_path / "b", *EVENTS[:3])

    found = json.loads(run(a, b, "--json").stdout)["first"]

    assert (found["n"], found["b"]) == (4, None)
    assert "(no more)" in run(a, b).stdout


@pytest.mark.parametrize("content", [b"{", b"[]\n", b'{"n":0}\n{"n":1}', b"\xff\n", b"[" * 9999 + b"\n"])  # fmt: skip
def test_what_is_no_timeline_is_told_with_its_place(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.ndjson").write_bytes(content)
    a = a_run(tmp_path / "a", *EVENTS)

    told = run(a, tmp_path / "x.ndjson")

    assert told.exit_code == 3
    assert "x.ndjson:" in told.output
    assert run(a, tmp_path).exit_code == 3


@given(a=LINES, b=LINES)
def test_the_first_difference_is_the_first(a: list[Line], b: list[Line]) -> None:
    head: Line = {"n": 0}
    found = compare(iter([head, *a]), iter([head, *b]))

    same = 0
    while same < min(len(a), len(b)) and a[same] == b[same]:
        same += 1
    assert found.same == same
    assert (found.first is None) == (a == b)
    if found.first is not None:
        assert found.first.number == same + 1
        assert list(found.first.before) == a[max(0, same - 3) : same]


def test_members_within_members_are_named() -> None:
    assert differing({"a": {"x": 1, "y": 2}, "b": 1}, {"a": {"x": 1, "y": 3}}) == ["a.y", "b"]
    assert differing({"a": None}, {}) == ["a"]


def test_lines_are_read_as_they_were_written(tmp_path: Path) -> None:
    folder = a_run(tmp_path / "a", {"kind": "é", "gone": None})

    assert list(read_lines(folder))[1] == {"n": 1, "kind": "é"}

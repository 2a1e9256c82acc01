"""What a collector remembers comes back whole, whatever stopped the one who wrote it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumers.inbox import STATE, Inbox
from consumers.remembered import Kept, Line, Remembered, given_up_line, kept_line

LINES = st.lists(
    st.one_of(
        st.builds(lambda n, d: kept_line(n, Kept(f"f_{n}.json", d, d)), st.integers(1, 9), st.text("af", max_size=4)),
        st.builds(given_up_line, st.sets(st.integers(1, 9), min_size=1)),
    ),
    max_size=8,
)  # fmt: skip


def add(remembered: Remembered, path: Path, line: Line) -> None:
    with path.open("ab") as file:
        remembered.add(line, file)


@given(lines=LINES, cut=st.integers(0, 60))
def test_half_a_line_was_never_written(
    tmp_path_factory: pytest.TempPathFactory, lines: list[Line], cut: int
) -> None:
    path = tmp_path_factory.mktemp("inbox") / STATE
    first = Remembered(path)
    for line in lines:
        add(first, path, line)
        assert Remembered(path).state() == first.state()
    whole = path.read_bytes() if lines else b""
    left = whole[: max(len(whole) - cut, 0)]
    path.write_bytes(left)

    again = Remembered(path)
    count = left.count(b"\n")
    expected = Remembered(path.with_name("expected"))
    for line in lines[:count]:
        add(expected, path.with_name("expected"), line)
    assert again.state() == expected.state()

    add(again, path, kept_line(10, Kept("f_10.json", "ab")))
    assert Remembered(path).state() == again.state()
    assert path.read_bytes().count(b"\n") == count + 1


def test_what_somebody_else_wrote_meanwhile_is_read(tmp_path: Path) -> None:
    path = tmp_path / STATE
    here, there = Remembered(path), Remembered(path)
    add(here, path, kept_line(1, Kept("f_1.json", "ab")))
    assert there.state().files.keys() == {1}
    add(there, path, given_up_line([2, 3]))
    assert here.state().given_up == {2, 3}
    path.unlink()
    assert here.state().files == {}


def test_a_whole_line_that_is_none_of_ours_is_told(tmp_path: Path) -> None:
    (tmp_path / STATE).write_text('{"sequence":"one"}\n')
    with pytest.raises(ValueError, match="sequence"):
        Remembered(tmp_path / STATE).state()


def test_an_inbox_gives_up_for_good(tmp_path: Path) -> None:
    Inbox(tmp_path, "flow").give_up([1, 4])
    assert Inbox(tmp_path, "flow").state().given_up == {1, 4}

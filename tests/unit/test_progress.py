"""A bar for who waits at a terminal, and for nobody else."""

import io
import sys
from pathlib import Path

import pytest

from gateway.adapters.protocol_files.progress import in_silence, on_terminal


class Terminal(io.StringIO):
    """Says that somebody looks."""

    def isatty(self) -> bool:
        return True


def paths(count: int) -> list[Path]:
    return [Path(f"{number}.yaml") for number in range(count)]


@pytest.mark.parametrize(
    ("looks", "count", "told"), [(True, 150, True), (True, 99, False), (False, 150, False)]
)
def test_a_bar_is_shown_at_a_terminal_while_many_are_read(
    monkeypatch: pytest.MonkeyPatch, *, looks: bool, count: int, told: bool
) -> None:
    screen = Terminal() if looks else io.StringIO()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")

    assert list(on_terminal(paths(count))) == paths(count)

    assert ("protocols" in screen.getvalue()) is told


def test_silence_shows_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(in_silence(paths(150))) == paths(150)
    assert capsys.readouterr() == ("", "")

"""A space that goes with its run lies in memory where there is room, and elsewhere where there is not."""

import os
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from gateway.simulation import scratch
from gateway.simulation.scratch import scratch_folder


@pytest.fixture
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place that counts as memory."""
    monkeypatch.delenv("TMPDIR", raising=False)
    monkeypatch.setattr(scratch, "_MEMORY", tmp_path)
    return tmp_path


def free(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(f_bavail=count, f_frsize=1))


def test_with_room_it_lies_in_memory_and_goes(
    memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free(monkeypatch, 2 << 30)
    with scratch_folder() as folder:
        assert folder.parent == memory
        assert folder.stat().st_mode & 0o777 == 0o700
        (folder / "something").write_text("x")
    assert list(memory.iterdir()) == []


def test_without_room_it_lies_where_such_folders_do(
    memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free(monkeypatch, (2 << 30) - 1)
    with scratch_folder() as folder:
        assert folder.parent == Path(tempfile.gettempdir())
    assert list(memory.iterdir()) == []


def test_where_told_it_lies_there(memory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    free(monkeypatch, 2 << 30)
    monkeypatch.setenv("TMPDIR", tempfile.gettempdir())
    with scratch_folder() as folder:
        assert folder.parent != memory


def test_without_such_a_place_it_lies_elsewhere(
    memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scratch, "_MEMORY", memory / "not there")
    with scratch_folder() as folder:
        assert folder.is_dir()
        assert folder.parent != memory

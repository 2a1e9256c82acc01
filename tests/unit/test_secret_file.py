"""The secret of a space: of its seed, or of a file that must be there as long as its log is."""

from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.settings import Settings
from gateway.simulation.secret_file import SecretMissing, open_secrets

RANDOM = Settings(secrets="random")


def test_chance_fills_the_file_once_and_nobody_else_may_read_it(tmp_path: Path) -> None:
    first = open_secrets("demo", RANDOM, tmp_path)
    (tmp_path / "log.db").touch()
    again = open_secrets("demo", RANDOM, tmp_path)
    path = tmp_path / "keys/space.secret"

    assert first.derive("log") == again.derive("log")
    assert first.new_salt() != again.new_salt()
    assert path.stat().st_mode & 0o777 == 0o600
    assert open_secrets("demo", RANDOM, tmp_path / "other").derive("log") != first.derive("log")


@pytest.mark.parametrize("spoil", [Path.unlink, lambda path: path.write_bytes(b"short")])
def test_a_log_without_its_secret_is_not_gone_on_with(
    tmp_path: Path, spoil: Callable[[Path], object]
) -> None:
    open_secrets("demo", RANDOM, tmp_path)
    (tmp_path / "log.db").touch()
    spoil(tmp_path / "keys/space.secret")

    with pytest.raises(SecretMissing, match="put it back, or start with an empty folder"):
        open_secrets("demo", RANDOM, tmp_path)


def test_a_seed_needs_no_file(tmp_path: Path) -> None:
    (tmp_path / "log.db").touch()

    one, other = (open_secrets("demo", Settings(seed=seed), tmp_path) for seed in (1, 2))

    assert one.derive("log") != other.derive("log")
    assert not (tmp_path / "keys").exists()

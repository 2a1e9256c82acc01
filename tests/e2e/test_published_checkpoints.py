"""What is given away of a log: shown over HTTP, carried by manifests, the same twice, and held against the log."""

import base64
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.adapters.log.chain import Chain
from gateway.adapters.signing import verify_checkpoint
from gateway.cli.main import app
from gateway.domain.sealing import SealedEntry
from gateway.settings import DEMO_CLOCK, Settings
from gateway.simulation.host import Host
from tests.people import KARIM
from tests.running import FLOW, RunningSpace, a_batch

pytestmark = pytest.mark.timeout(180)


def a_day(folder: Path) -> tuple[RunningSpace, Host]:
    """A space in which a day was lived, until an hour after midnight."""
    options = Settings(data=folder, http_port=0, sftp_port=0, clock=DEMO_CLOCK, demo=True)
    host = Host(options)
    space = RunningSpace(host, host.start())
    space.register("infino", KARIM)
    answer = space.post("wewis", f"/v1/aanlevering/{FLOW}?dag=2025-03-10", a_batch(KARIM))
    assert answer.status_code == 202  # over SFTP the session's own end would come at any moment
    space.control("POST", "/clock/advance", {"seconds": 17 * 3600})
    return space, host


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict[str, object]]]:
    """The data folder of a space that was stopped again, and what it had published."""
    space, host = a_day(tmp_path_factory.mktemp("lived") / "space")
    listed = space.get("/log/checkpoints").json()["items"]
    for one in listed:
        note = space.get(f"/log/checkpoints/{one['size']}").text
        size, root = verify_checkpoint(note, space.ready["log_key"])
        assert (size, root.hex()) == (one["size"], one["root"])
    with space.sftp("infino") as consumer:
        (name, *_) = consumer.files(FLOW)
        manifest = consumer.fetch(FLOW, f"{name}.manifest.jws").decode()
    claims = manifest.split(".")[1]
    carried = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["checkpoint"]
    assert verify_checkpoint(carried, space.ready["log_key"])[0] in [one["size"] for one in listed]
    assert space.get("/log/checkpoint/cosigned").status_code == 404
    assert space.get("/log/checkpoints/1").status_code == 404
    assert space.get("/log/checkpoints/x").status_code == 404
    assert (
        space.get("/log/checkpoints?after=1&limit=1").json()["items"]
        == [one for one in listed if one["size"] > 1][:1]
    )
    host.stop()
    return Path(space.ready["data"]), listed


def test_a_day_is_published_on_its_occasions(
    lived: tuple[Path, list[dict[str, object]]],
) -> None:
    listed = lived[1]

    assert {"release", "midnight"} <= {one["occasion"] for one in listed}
    assert [one["size"] for one in listed] == sorted(one["size"] for one in listed)  # type: ignore[type-var]  # numbers
    assert [one["at"] for one in listed if one["occasion"] == "midnight"] == [
        "2025-03-11T00:00:00.000+01:00"
    ]


def test_promise_4_the_same_day_publishes_the_same(
    lived: tuple[Path, list[dict[str, object]]], tmp_path: Path
) -> None:
    again, host = a_day(tmp_path / "again")
    try:
        assert again.get("/log/checkpoints").json()["items"] == lived[1]
    finally:
        host.stop()


def verified(data: Path, *more: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["audit", "verify", "--data", str(data), *more])
    return done.exit_code, done.output


def copied(data: Path, folder: Path) -> Path:
    folder.mkdir()
    for name in ("log.db", "checkpoints.db"):
        (folder / name).write_bytes((data / name).read_bytes())
    return folder


def changed(path: Path, statement: str) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(statement)
    connection.close()


def test_a_log_that_is_as_it_was_published_is_whole(
    lived: tuple[Path, list[dict[str, object]]],
) -> None:
    data, listed = lived

    assert verified(data)[0] == 0
    assert f"{len(listed)} checkpoints" in verified(data)[1]
    told = json.loads(verified(data, "--json")[1])
    assert told.keys() == {"ok", "size", "root", "broken_at"}


def a_fork(data: Path) -> None:
    """The same number of entries, every hash and tile right, one entry another."""
    with sqlite3.connect(data / "log.db") as connection:
        rows = connection.execute("SELECT leaf FROM entry ORDER BY position").fetchall()
    connection.close()
    for path in data.glob("log.db*"):
        path.unlink()
    leaves = [leaf for (leaf,) in rows]
    leaves[2] = b'{"v":2}'
    chain = Chain(data / "log.db")
    chain.write([SealedEntry(leaf, bytes(32), None, None) for leaf in leaves])
    chain.close()


def a_truncation(data: Path) -> None:
    """The last entries are gone, and everything else is made to fit."""
    with sqlite3.connect(data / "log.db") as connection:
        rows = connection.execute("SELECT leaf FROM entry ORDER BY position").fetchall()
    connection.close()
    for path in data.glob("log.db*"):
        path.unlink()
    chain = Chain(data / "log.db")
    chain.write([SealedEntry(leaf, bytes(32), None, None) for (leaf,) in rows[:4]])
    chain.close()


def another_size(data: Path) -> None:
    """A published checkpoint says another size than was signed."""
    changed(
        data / "checkpoints.db",
        "UPDATE checkpoint SET note = replace(note, char(10) || size || char(10), char(10) || (size + 1) || char(10))",
    )


def another_signer(data: Path) -> None:
    """Nobody knows the key any more."""
    changed(data / "checkpoints.db", "DELETE FROM signer")


@pytest.mark.parametrize(
    ("spoil", "word"),
    [
        (a_fork, "are not those of the checkpoint"),
        (a_truncation, "was given away, there are 4"),
        (another_size, "is not signed"),
        (another_signer, "is not signed"),
    ],
)
def test_x_10_what_was_given_away_betrays_a_rewritten_log(
    lived: tuple[Path, list[dict[str, object]]],
    tmp_path: Path,
    spoil: Callable[[Path], None],
    word: str,
) -> None:
    data = copied(lived[0], tmp_path / "spoilt")
    spoil(data)

    status, output = verified(data)

    assert status == 4
    assert word in output
    broken = json.loads(verified(data, "--json")[1])["broken_at"]
    assert 1 <= broken <= int(str(lived[1][0]["size"])) + 1


def test_a_checkpoint_that_somebody_kept_is_held_against_the_log(
    lived: tuple[Path, list[dict[str, object]]], tmp_path: Path
) -> None:
    """Who rewrites log and records both is betrayed by what others hold."""
    data = copied(lived[0], tmp_path / "copied")
    with sqlite3.connect(data / "checkpoints.db") as connection:
        (note,) = connection.execute("SELECT note FROM checkpoint ORDER BY size DESC").fetchone()
        (key,) = connection.execute("SELECT verifier FROM signer").fetchone()
    connection.close()
    kept = tmp_path / "kept.txt"
    kept.write_text(note, "utf-8")
    assert verified(data, "--checkpoint", str(kept), "--key", key)[0] == 0

    a_fork(data)
    (data / "checkpoints.db").unlink()
    assert verified(data)[0] == 0  # nothing here tells
    status, output = verified(data, "--checkpoint", str(kept), "--key", key)

    assert status == 4
    assert "are not those of the checkpoint" in output
    kept.write_text(note.replace("— ", "- "), "utf-8")
    assert verified(data, "--checkpoint", str(kept), "--key", key)[0] == 3
    assert verified(data, "--checkpoint", str(tmp_path / "none"))[0] == 3

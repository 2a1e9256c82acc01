"""Disks of the log, the database and the drop folders that are full, read-only or closed to us, over a whole distribution.

Nothing is lost, doubled or unlogged meanwhile, and all goes on by itself once the cause is gone.
"""

import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from gateway.cli.main import app
from gateway.domain.acts import Act
from gateway.domain.lifecycle import EventKind
from tests.elsewhere import run
from tests.exchange import Exchange, template
from tests.file_evidence import CONSUMERS, Evidence, collect, judged
from tests.people import ELIF, KARIM
from tests.running import FLOW, START, a_batch
from tests.small_disks import FILES, Disk, disk_of, may_mount, obey_modes
from tests.waiting import eventually

REGISTERED = {"infino": frozenset({KARIM, ELIF}), "kidslife": frozenset({KARIM})}
ACCEPTED = {(START, 1): [KARIM], (START, 2): [ELIF]}
FIRST, SECOND = f"{FLOW}_{START}.json", f"{FLOW}_{START}_2.json"
OWN = f"{FLOW}_{START}_000001.json"
SPOIL = {"full": Disk.fill, "read-only": Disk.make_read_only, "denied": Disk.lock}
pytestmark = pytest.mark.timeout(300)  # others may be at work on the machine
NO_MOUNT = "this machine lets nobody mount"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return template(tmp_path_factory.mktemp("disks") / "model", REGISTERED)


TROUBLES = [(what, "full") for what in ("log", "database", "drop", "all")]
TROUBLES += [("drop", "read-only"), ("drop", "denied")]
CASES = [(*one, one == ("all", "full")) for one in TROUBLES]
REST = [(*one, one != ("all", "full")) for one in TROUBLES]


@pytest.mark.parametrize(
    ("what", "how", "restart"),
    [*CASES, *(pytest.param(*one, marks=pytest.mark.slow) for one in REST)],
)
def test_what_a_running_space_cannot_write_it_writes_later(
    model: Path,
    tmp_path: Path,
    what: str,
    how: str,
    restart: bool,  # noqa: FBT001  a case
) -> None:
    skip_without_mounts(how)
    run(in_trouble, copied(model, tmp_path), tmp_path, what, how, restart)


@pytest.mark.parametrize("how", ["read-only", "denied"])
@pytest.mark.parametrize("what", ["log", "database"])
def test_a_space_that_cannot_write_its_entries_does_not_start(
    model: Path, tmp_path: Path, what: str, how: str
) -> None:
    skip_without_mounts(how)
    run(refuses_to_start, copied(model, tmp_path), tmp_path, what, how)


def copied(model: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(model, tmp_path / "one"))


def skip_without_mounts(how: str) -> None:
    if how == "read-only" and not run(may_mount):
        pytest.skip(NO_MOUNT)


# in a process of its own


def in_trouble(folder: Path, home: Path, what: str, how: str, restart: bool) -> None:  # noqa: FBT001
    exchange, disk = opened(folder, what, how)
    deliver_first(exchange, home)
    arrives(exchange)
    SPOIL[how](disk)

    own_disk = disk.is_mounted  # else a consumer could write no more than we
    was_read = use_everything(exchange, home if own_disk else None)

    evidence = Evidence(exchange.data, REGISTERED)
    evidence.require_safe()
    assert not receipt_of(exchange).exists()
    if restart:
        exchange = started_anew(exchange, disk)
    else:
        disk.mend()
    eventually(lambda: receipt_of(exchange).exists(), within_s=50)
    exchange.settle()
    all_is_well(exchange, home)
    if not restart:
        assert was_read or exchange.collect("kidslife", OWN, home / "inbox" / "kidslife")
        collected = [one["credential"] for one in evidence.leaves() if one["e"] == "file.collected"]
        assert collected == ["infino", "kidslife"]
    exchange.close()


def refuses_to_start(folder: Path, home: Path, what: str, how: str) -> None:
    exchange, disk = opened(folder, what, how)
    deliver_first(exchange, home)
    arrives(exchange)
    exchange.close()
    before = contents(exchange.data)
    SPOIL[how](disk)

    assert not starts(exchange.folder)
    assert contents(exchange.data) == before
    asked = ["up", "--data", str(exchange.data), "--http-port", "0", "--sftp-port", "0"]
    told = CliRunner().invoke(app, [*asked, "--https-port", "0"])

    assert told.exit_code == 1
    assert f"the {what} {exchange.data / FILES[what]} cannot be" in told.stderr
    disk.mend()
    again = Exchange(folder)
    again.settle()
    all_is_well(again, home)
    again.close()


def opened(folder: Path, what: str, how: str) -> tuple[Exchange, Disk]:
    may_mount()
    disk = disk_of(folder / "space", what)
    if how == "denied":
        obey_modes()
    return Exchange(folder), disk


def deliver_first(exchange: Exchange, home: Path) -> None:
    assert exchange.upload(FIRST, a_batch(KARIM)) is not None
    assert exchange.collect("infino", OWN, home / "inbox" / "infino")
    exchange.acknowledge("infino", OWN)


def arrives(exchange: Exchange) -> None:
    """A second upload lies there whole; nobody told the worker yet."""
    path = exchange.data / "drop" / "wewis" / "in" / FLOW / SECOND
    path.write_bytes(a_batch(ELIF, number=2))


def use_everything(exchange: Exchange, home: Path | None) -> bool:
    """A distribution, a collection, an act and a redelivery, as far as they go; whether the file was read."""
    space = exchange.space
    exchange.do(space.unfinished.resume)
    was_read = home is not None and exchange.collect("kidslife", OWN, home / "inbox" / "kidslife")
    act = Act(kind=EventKind.SUSPENSION, by="wewis", party="parentia", flow=FLOW)
    exchange.do(lambda: space.gateway.acts.perform("001", act))
    caller = space.callers["infino"]
    exchange.call(lambda: space.gateway.files.redelivery.again(caller, OWN))
    return was_read


def started_anew(exchange: Exchange, disk: Disk) -> Exchange:
    """The process ends while the trouble lasts; one that starts meanwhile harms nothing."""
    exchange.close()
    starts(exchange.folder)
    disk.mend()
    return Exchange(exchange.folder)


def starts(folder: Path) -> bool:
    """Whether a space starts at all; if it does, it is closed again."""
    try:
        meanwhile = Exchange(folder)
    except Exception:  # noqa: BLE001  whatever the disk makes of it
        return False
    meanwhile.close()
    return True


def all_is_well(exchange: Exchange, home: Path) -> None:
    lift = Act(kind=EventKind.LIFTING, by="wewis", party="parentia", flow=FLOW)
    exchange.do(lambda: exchange.space.gateway.acts.perform("001", lift))
    Evidence(exchange.data, REGISTERED).require_whole(ACCEPTED)
    for consumer in CONSUMERS:
        inbox = home / "collected" / consumer
        collect(exchange.data, consumer, inbox)
        series = judged(inbox, exchange.space.gateway.notary.verifier)
        assert series.ok, series
        assert len(series.held) == len(ACCEPTED)


def receipt_of(exchange: Exchange) -> Path:
    folder = exchange.data / "drop" / "wewis" / "ontvangstbewijzen"
    return folder / f"{SECOND}.ontvangstbewijs.json"


def contents(data: Path) -> dict[str, Any]:
    """Every file that counts; what SQLite keeps beside an open file does not."""
    return {
        str(path): path.read_bytes()
        for path in data.rglob("*")
        if path.is_file() and not path.name.endswith(("-wal", "-shm"))
    }

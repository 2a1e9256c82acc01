"""A protocol may set a term for its files: then each goes by itself, and its going is entered."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.adapters.protocol_files.built_in import BUILT_IN_PROTOCOLS
from gateway.settings import DEMO_CLOCK, Settings
from gateway.simulation.host import Host
from tests.people import KARIM
from tests.running import FLOW, RunningSpace, a_batch

CHANNEL = "channel: {kind: file-drop, transport: ftps, route: magda, article: art. 6}"
WITH_TERM = CHANNEL[:-1] + ", drop_term: {period: P1M, article: art. 6}}"
NAME = f"{FLOW}_2025-03-10.json"
PARCEL = f"{FLOW}_2025-03-10_000001.json"


@pytest.fixture
def space(tmp_path: Path) -> Iterator[RunningSpace]:
    """A space whose protocol 001 lets files stay for a month."""
    folder = tmp_path / "protocols"
    folder.mkdir()
    for document in BUILT_IN_PROTOCOLS.glob("*.yaml"):
        text = document.read_text("utf-8")
        (folder / document.name).write_text(text.replace(CHANNEL, WITH_TERM), "utf-8")
    options = Settings(
        data=tmp_path / "space", http_port=0, sftp_port=0, clock=DEMO_CLOCK, demo=True,
        protocols=folder,
    )  # fmt: skip
    host = Host(options)
    try:
        yield RunningSpace(host, host.start())
    finally:
        host.stop()


def until_gone(space: RunningSpace) -> list[tuple[str, str, str]]:
    """Move the clock to the end of the term; the expiries that were run."""
    space.control("PUT", "/providers/wewis", {"automatic": False})
    moved = space.control("POST", "/clock/advance", {"days": 31}).json()
    return [
        (job["at"], job["party"], job["outcome"])
        for job in moved["jobs"]
        if job["job"] == "file.expire"
    ]


def test_a_file_is_gone_at_the_end_of_its_term_and_the_manifest_said_so(
    space: RunningSpace,
) -> None:
    space.upload(NAME, a_batch(KARIM))
    with space.sftp("infino") as consumer:
        payload = consumer.manifest(FLOW, PARCEL).split(".")[1]
        manifest = json.loads(urlsafe_b64decode(payload + "=="))

    gone = until_gone(space)

    assert manifest["vervalt"] == "2025-04-10T08:00:00+02:00"
    assert ("2025-04-10T08:00:00+02:00", "infino", "expired") in gone
    assert len(gone) == 6
    with space.sftp("infino") as consumer:
        assert consumer.files(FLOW) == []
    expired = [leaf for leaf in space.leaves() if leaf["e"] == "file.expired"]
    assert {leaf["credential"] for leaf in expired} >= {"infino", "vutg-rechten"}
    assert space.verify().ok


def test_what_was_acknowledged_goes_too(space: RunningSpace) -> None:
    space.upload(NAME, a_batch(KARIM))
    with space.sftp("infino") as consumer:
        consumer.acknowledge(FLOW, PARCEL)
    space.host.space.settle()

    gone = until_gone(space)

    assert ("2025-04-10T08:00:00+02:00", "infino", "expired") in gone
    drop = Path(space.ready["data"]) / "drop" / "infino"
    assert [path for path in drop.rglob("*") if path.is_file()] == []


def test_an_open_download_fails_at_its_next_read(space: RunningSpace) -> None:
    space.upload(NAME, a_batch(KARIM))
    path = f"/uit/{FLOW}/{PARCEL}"
    with space.sftp("infino") as consumer, consumer._sftp.open(path) as handle:
        assert handle.read(5) == b'{"sch'
        until_gone(space)
        with pytest.raises(OSError, match="no such file"):
            handle.read(5)


def test_what_fails_between_entry_and_ledger_is_entered_once(space: RunningSpace) -> None:
    space.upload(NAME, a_batch(KARIM))
    closing = space.host.space.gateway.files.closing

    def crash(*_: object) -> bool:
        raise RuntimeError("the process dies here")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(closing.ledger, "move", crash)
        with pytest.raises(RuntimeError):
            closing.expire("infino", PARCEL)
    closing.expire("infino", PARCEL)
    closing.expire("infino", PARCEL)

    entries = [leaf for leaf in space.leaves() if leaf["e"] == "file.expired"]
    assert [leaf["file"] for leaf in entries] == [PARCEL]

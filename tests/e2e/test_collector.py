"""Collecting files exactly once: stopped at every step, cut off in the middle, tampered with, suspended."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from consumers.collector import Collection, Collector, Wrong
from consumers.gaps import Mended, mend
from consumers.inbox import Inbox, InboxBusy
from consumers.manifests import ManifestInvalid, ManifestKeys
from consumers.wire_sftp import SftpClient
from gateway.settings import DEMO_CLOCK, Settings
from gateway.simulation.host import Host
from tests.people import ELIF, KARIM, LUKAS, NOOR
from tests.running import FLOW, RunningSpace, a_batch
from tests.waiting import eventually

UNIT = "infino"
DAYS = ("2025-03-08", "2025-03-09", "2025-03-10")
CONTENTS = [[KARIM], [], [ELIF, KARIM]]


def name_of(number: int) -> str:
    return f"{FLOW}_{DAYS[number - 1]}_{number:06d}.json"


@dataclass(frozen=True)
class Folders:
    """A payer's folder on the server as it was first, and a way back to that."""

    space: RunningSpace
    drop: Path
    first: Path

    def restore(self) -> None:
        for folder in (f"uit/{FLOW}", "archief"):
            shutil.rmtree(self.drop / folder)
            shutil.copytree(self.first / folder, self.drop / folder)

    @property
    def out(self) -> Path:
        return self.drop / "uit" / FLOW

    @property
    def archive(self) -> Path:
        return self.drop / "archief"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Folders]:
    """Three files wait for a payer: one person, nobody, two persons."""
    data = tmp_path_factory.mktemp("space")
    host = Host(Settings(data=data, http_port=0, sftp_port=0, clock=DEMO_CLOCK, demo=True))
    try:
        space = RunningSpace(host, host.start())
        space.register(UNIT, KARIM, ELIF)
        for day, persons in zip(DAYS, ([KARIM, NOOR], [NOOR], [KARIM, ELIF, LUKAS]), strict=True):
            space.upload(f"{FLOW}_{day}.json", a_batch(*persons, day=day))
        drop, first = data / "drop" / UNIT, tmp_path_factory.mktemp("first") / UNIT
        shutil.copytree(drop, first)
        yield Folders(space, drop, first)
    finally:
        host.stop()


@pytest.fixture
def folders(prepared: Folders) -> Folders:
    prepared.restore()
    return prepared


@pytest.fixture(scope="module")
def client(prepared: Folders) -> Iterator[SftpClient]:
    with prepared.space.sftp(UNIT) as logged_in:
        yield logged_in


@pytest.fixture
def keys(prepared: Folders) -> ManifestKeys:
    return ManifestKeys.published(prepared.space.get("/log/keys").content)


@pytest.fixture
def collector(client: SftpClient, keys: ManifestKeys, tmp_path: Path) -> Collector:
    return Collector(client, Inbox(tmp_path / "inbox", FLOW), keys, UNIT)


def persons(inbox: Inbox) -> list[list[str]]:
    return [list(inbox.read(name).insz) for name in inbox.waiting()]


def wrong(collection: Collection) -> list[tuple[str, Wrong]]:
    return [(one.name, one.wrong) for one in collection.troubles]


def test_001_files_are_verified_kept_and_acknowledged_in_order(
    collector: Collector, folders: Folders
) -> None:
    collection = collector.collect()
    again = collector.collect()

    assert collection == Collection(tuple(name_of(n) for n in (1, 2, 3)), (), ())
    assert again == Collection((), (), ())
    assert persons(collector.inbox) == CONTENTS
    assert sorted(path.name for path in folders.archive.iterdir()) == list(collection.kept)
    assert [path.suffix for path in folders.out.iterdir()] == [".jws"] * 3
    eventually(
        lambda: len([one for one in folders.space.leaves() if one["e"] == "file.acknowledged"]) >= 3
    )


def test_what_the_agency_is_done_with_goes_and_is_not_fetched_again(
    collector: Collector, folders: Folders, tmp_path: Path
) -> None:
    collector.collect()
    for name in collector.inbox.waiting():
        collector.inbox.done(name)
    folders.restore()

    assert collector.collect() == Collection((), (), ())
    assert collector.inbox.waiting() == []
    left = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not any(KARIM.encode() in path.read_bytes() for path in left)


class Crash(BaseException):
    """The process is gone: nothing catches this."""


class Brittle:
    """Passes every call on, and crashes before, within or after one of them."""

    def __init__(self, inner: Any, plan: "Plan") -> None:
        self._inner, self._plan = inner, plan

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name == "chunks":
            return lambda *args: self._plan.pieces(found(*args))
        return self._plan.wrap(found) if callable(found) and name != "alone" else found


class Plan:
    """Counts calls and crashes at one of them."""

    def __init__(self, crash_at: int, crash: Callable[[], None]) -> None:
        self.crash_at, self.calls, self.crash = crash_at, 0, crash

    def tick(self) -> None:
        self.calls += 1
        if self.calls == self.crash_at:
            self.crash()

    def wrap(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any) -> Any:
            self.tick()
            done = call(*args)
            self.tick()
            return done

        return run

    def pieces(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """Small ones, so that a crash falls within a file."""
        for chunk in chunks:
            for at in range(0, len(chunk), 100):
                self.tick()
                yield chunk[at : at + 100]


def die() -> None:
    raise Crash


def run_brittle(collector: Collector, crash_at: int, crash: Callable[[], None] = die) -> Plan:
    plan = Plan(crash_at, crash)
    drop: Any = Brittle(collector.drop, plan)
    inbox: Any = Brittle(collector.inbox, plan)
    with contextlib.suppress(Crash):
        replace(collector, drop=drop, inbox=inbox).collect()
    return plan


def test_stopped_at_every_step_nothing_is_lost_and_nothing_is_had_twice(
    client: SftpClient, keys: ManifestKeys, folders: Folders, tmp_path: Path
) -> None:
    def fresh(step: int) -> Collector:
        folders.restore()
        (folders.out / name_of(3)).unlink()
        return Collector(client, Inbox(tmp_path / str(step), FLOW), keys, UNIT)

    steps = run_brittle(fresh(0), 0).calls
    assert steps > 40
    for step in range(1, steps + 1):
        collector = fresh(step)
        run_brittle(collector, step)
        kept = {name_of(n) for n in collector.inbox.state().files}
        acknowledged = {path.name for path in folders.archive.iterdir()}
        after = collector.collect()

        assert acknowledged <= kept, step
        assert persons(collector.inbox) == CONTENTS[:2], step
        assert kept.isdisjoint(after.kept), step
        assert (after.troubles, after.missing) == ((), ()), step
        assert len(list(folders.archive.iterdir())) == 2, step
        assert not list((tmp_path / str(step)).rglob("*.part")), step


@pytest.mark.parametrize("step", [21, pytest.param(47, marks=pytest.mark.slow)])
def test_a_process_that_is_killed_leaves_what_another_goes_on_from(
    collector: Collector, folders: Folders, tmp_path: Path, step: int
) -> None:
    ready = tmp_path / "ready.json"
    ready.write_text(json.dumps(folders.space.ready))
    done = subprocess.run(
        [sys.executable, "-m", "tests.e2e.test_collector", str(ready), str(tmp_path), str(step)],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip

    assert done.returncode == 9, done.stderr
    collector.collect()
    assert persons(collector.inbox) == CONTENTS


def test_a_broken_download_is_gone_on_with_and_not_begun_again(
    collector: Collector, folders: Folders
) -> None:
    name, whole = name_of(3), (folders.out / name_of(3)).read_bytes()
    collector.inbox.go_on(name, [whole[:70]])
    asked: list[tuple[str, int]] = []

    class Watched:
        def __getattr__(self, name: str) -> Any:
            return getattr(collector.drop, name)

        def chunks(self, path: str, offset: int = 0) -> Iterator[bytes]:
            asked.append((path, offset))
            return collector.drop.chunks(path, offset)

    watched: Any = Watched()
    replace(collector, drop=watched).collect()

    assert (f"/uit/{FLOW}/{name}", 70) in asked
    assert persons(collector.inbox) == CONTENTS


def test_a_part_of_something_else_is_thrown_away_and_begun_again(
    collector: Collector, folders: Folders
) -> None:
    collector.inbox.go_on(name_of(1), [b"x" * 5_000])

    assert collector.collect().troubles == ()
    assert persons(collector.inbox) == CONTENTS


def test_a_file_that_is_not_the_signed_one_is_left_and_the_gap_is_told(
    collector: Collector, folders: Folders
) -> None:
    path = folders.out / name_of(2)
    path.write_bytes(path.read_bytes().replace(b'"insz":[]', f'"insz":["{NOOR}"]'.encode()))
    collection = collector.collect()

    assert wrong(collection) == [(name_of(2), Wrong.DIGEST)]
    assert collection.missing == (2,)
    assert persons(collector.inbox) == [CONTENTS[0], CONTENTS[2]]
    assert path.exists()
    shutil.copy(folders.first / "uit" / FLOW / name_of(2), path)
    mended = collector.collect()
    assert (mended.kept, mended.missing, mended.troubles) == ((name_of(2),), (), ())


def test_a_gap_is_told_until_it_is_filled_from_the_archive_or_given_up(
    collector: Collector, folders: Folders, client: SftpClient
) -> None:
    lost = folders.out / name_of(2)
    hidden = lost.rename(folders.drop / "elsewhere")
    first = collector.collect()
    hidden.rename(folders.archive / name_of(2))
    second = collector.collect()

    assert (first.kept, first.missing) == ((name_of(1), name_of(3)), (2,))
    assert (second.kept, second.missing, second.troubles) == ((name_of(2),), (), ())


def test_who_lost_its_state_has_the_archive(
    client: SftpClient, keys: ManifestKeys, folders: Folders, tmp_path: Path
) -> None:
    Collector(client, Inbox(tmp_path / "lost", FLOW), keys, UNIT).collect()
    (folders.archive / name_of(3)).rename(folders.out / name_of(3))
    inbox = Inbox(tmp_path / "new", FLOW)
    collection = Collector(client, inbox, keys, UNIT).collect()

    assert collection.kept == tuple(name_of(n) for n in (1, 2, 3))
    assert persons(inbox) == CONTENTS


def test_what_will_never_come_can_be_given_up(collector: Collector, folders: Folders) -> None:
    (folders.out / name_of(1)).unlink()
    assert collector.collect().missing == (1,)
    collector.inbox.give_up([1])

    assert collector.collect() == Collection((), (), ())


def forged(folders: Folders, number: int, key: Ed25519PrivateKey | None, **changes: Any) -> None:
    """Put another manifest beside a file, signed by a stranger's key or by the gateway's own."""
    path = folders.out / f"{name_of(number)}.manifest.jws"
    head, payload, _ = path.read_text().split(".")
    told = json.loads(_decoded(payload)) | changes
    notary = folders.space.host.space.gateway.notary
    if key is None:
        path.write_text(notary.sign(told))
        return
    signed = f"{head}.{_encoded(json.dumps(told).encode())}"
    path.write_text(f"{signed}.{_encoded(key.sign(signed.encode()))}")


def _encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def _decoded(text: str) -> bytes:
    from base64 import urlsafe_b64decode

    return urlsafe_b64decode(text + "==")


@pytest.mark.parametrize(
    ("number", "stranger", "changes", "expected"),
    [
        (1, True, {}, Wrong.MANIFEST),
        (1, True, {"sha256": "0" * 64}, Wrong.MANIFEST),
        (1, False, {"afnemer": "kidslife"}, Wrong.NOT_OURS),
        (1, False, {"stroom": "inburgering-jaarlijst"}, Wrong.NOT_OURS),
        (1, False, {"bestand": name_of(2)}, Wrong.NOT_OURS),
        (1, False, {"volgorde": 2}, Wrong.NOT_OURS),
        (1, False, {"sha256": "0" * 64}, Wrong.DIGEST),
        (1, False, {"vorige": "0" * 64}, Wrong.CHAIN),
        (2, False, {"vorige": "0" * 64}, Wrong.CHAIN),
        (2, False, {"vorige": None}, Wrong.CHAIN),
        (1, False, {"aantal": 2}, Wrong.CONTENT),
        (1, False, {"dag": "2025-03-07"}, Wrong.CONTENT),
    ],
)
def test_a_manifest_that_is_not_for_this_file_and_us_keeps_the_file_out(
    collector: Collector,
    folders: Folders,
    number: int,
    stranger: bool,  # noqa: FBT001  it is the case
    changes: dict[str, Any],
    expected: Wrong,
) -> None:
    forged(folders, number, Ed25519PrivateKey.generate() if stranger else None, **changes)
    collection = collector.collect()

    assert (name_of(number), expected) in wrong(collection)
    assert number not in collector.inbox.state().files
    assert (folders.out / name_of(number)).exists()


def test_a_sequence_that_was_kept_never_becomes_another_file(
    collector: Collector, folders: Folders
) -> None:
    collector.collect()
    folders.restore()
    path = folders.out / name_of(1)
    path.write_bytes(path.read_bytes().replace(KARIM.encode(), NOOR.encode()))
    forged(folders, 1, None, sha256=sha256(path.read_bytes()).hexdigest())

    assert wrong(collector.collect()) == [(name_of(1), Wrong.CHANGED)]
    assert persons(collector.inbox)[0] == [KARIM]


def test_a_file_without_manifest_and_one_with_a_strange_name_are_left(
    collector: Collector, folders: Folders
) -> None:
    (folders.out / f"{name_of(3)}.manifest.jws").unlink()
    (folders.out / "x.json").write_text("{}")
    collection = collector.collect()

    assert wrong(collection) == [("x.json", Wrong.NAME), (name_of(3), Wrong.GONE)]
    assert len(collection.kept) == 2


def act(space: RunningSpace, kind: str) -> None:
    body = {"soort": kind, "partij": "infino", "stroom": FLOW}
    path = "/v1/protocollen/001/gebeurtenissen"
    told = space.post("wewis", path, body, content_type="application/json")
    assert told.status_code == 201, told.text


def test_001_28_while_suspended_files_are_left_and_said_why(
    collector: Collector, folders: Folders
) -> None:
    act(folders.space, "schorsing")
    suspended = collector.collect()
    act(folders.space, "opheffing")
    lifted = collector.collect()

    assert [one.wrong for one in suspended.troubles] == [Wrong.REFUSED] * 3
    assert "art. 8" in suspended.troubles[0].detail
    assert suspended.kept == ()
    assert len(lifted.kept) == 3


def test_what_was_missed_while_suspended_comes_as_one_file_in_the_chain(
    space: RunningSpace, tmp_path: Path
) -> None:
    keys = ManifestKeys.pinned(space.ready["log_key"])
    inbox = Inbox(tmp_path / "inbox", FLOW)
    space.register(UNIT, KARIM, ELIF)
    space.upload(f"{FLOW}_{DAYS[0]}.json", a_batch(KARIM, day=DAYS[0]))
    with space.sftp(UNIT) as client:
        collector = Collector(client, inbox, keys, UNIT)
        first = collector.collect()
        act(space, "schorsing")
        for day in DAYS[1:]:
            space.upload(f"{FLOW}_{day}.json", a_batch(ELIF, day=day))
        during = collector.collect()
        act(space, "opheffing")
        space.host.space.settle()
        after = collector.collect()

    assert [len(one.kept) for one in (first, during, after)] == [1, 0, 1]
    assert [one.troubles + one.missing for one in (first, during, after)] == [()] * 3
    assert persons(inbox) == [[KARIM], [ELIF]]


def test_what_is_missing_is_put_back_and_what_is_over_is_given_up(
    space: RunningSpace, tmp_path: Path
) -> None:
    space.register(UNIT, KARIM)
    for day in DAYS:
        space.upload(f"{FLOW}_{day}.json", a_batch(KARIM, day=day))
    drop = Path(space.ready["data"]) / "drop" / UNIT / "uit" / FLOW
    for number in (1, 2):
        (drop / name_of(number)).unlink()
    closing = space.host.space.gateway.files.closing
    closing.expire(UNIT, name_of(1))
    inbox = Inbox(tmp_path / "inbox", FLOW)
    keys = ManifestKeys.pinned(space.ready["log_key"])
    with space.sftp(UNIT) as client, space.rest_client(UNIT) as rest:
        collector = Collector(client, inbox, keys, UNIT)
        first = collector.collect()
        mended = mend(rest, inbox, first.missing)
        both = first.and_then(collector.collect())
        nothing = mend(rest, inbox, ())

    assert first.missing == (1, 2)
    assert mended == Mended((name_of(2),), (1,))
    assert both == Collection((name_of(3), name_of(2)), (), ())
    assert nothing == Mended((), ())
    assert persons(inbox) == [[KARIM], [KARIM]]


def test_two_collectors_keep_out_of_each_others_way(collector: Collector) -> None:
    with collector.inbox.alone(), pytest.raises(InboxBusy):
        collector.collect()


def test_the_key_handed_over_beforehand_is_the_published_one(prepared: Folders) -> None:
    pinned = ManifestKeys.pinned(prepared.space.ready["log_key"])
    signed = (prepared.first / "uit" / FLOW / f"{name_of(1)}.manifest.jws").read_text()

    told = pinned.read(signed)

    assert (told.name, told.consumer, told.sequence, told.count) == (name_of(1), UNIT, 1, 1)
    assert told.article == "art. 5"


@pytest.mark.parametrize(
    "change",
    [
        lambda head, payload, signature: f"{head}.{payload}",
        lambda head, payload, signature: f"{head}.{payload}.",
        lambda head, payload, signature: f"{_encoded(b'{}')}.{payload}.{signature}",
        lambda head, payload, signature: ".".join(
            (_encoded(json.dumps({**json.loads(_decoded(head)), "alg": "none"}).encode()),
             payload, signature)
        ),
        lambda head, payload, signature: f"{head}.{payload[:-4]}AAAA.{signature}",
        lambda head, payload, signature: "",
    ],
    ids=["two parts", "no signature", "no key", "alg none", "another payload", "nothing"],
)  # fmt: skip
def test_a_jws_that_does_not_hold_is_never_read(
    prepared: Folders, keys: ManifestKeys, change: Callable[[str, str, str], str]
) -> None:
    signed = (prepared.first / "uit" / FLOW / f"{name_of(1)}.manifest.jws").read_text()

    with pytest.raises(ManifestInvalid):
        keys.read(change(*signed.split(".")))


def test_another_host_key_ends_it_before_the_log_in(prepared: Folders) -> None:
    import paramiko

    door = prepared.space.ready["sftp"]
    own = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    other = "ssh-ed25519 " + _encoded(own)
    key = Path(prepared.space.credential(UNIT)["sftp_key"]).read_text()
    with pytest.raises(paramiko.SSHException, match="host key"):
        SftpClient(door["host"], door["port"], other, UNIT, key)


def main(ready_path: str, folder: str, step: str) -> None:
    """Collect in a process of its own, and be killed at a step."""
    ready = json.loads(Path(ready_path).read_text())
    door, key = ready["sftp"], Path(ready["credentials"][UNIT]["sftp_key"]).read_text()
    keys = ManifestKeys.published(httpx.get(f"{ready['http']}/log/keys", trust_env=False).content)
    with SftpClient(door["host"], door["port"], door["host_key"], UNIT, key) as client:
        collector = Collector(client, Inbox(Path(folder) / "inbox", FLOW), keys, UNIT)
        run_brittle(collector, int(step), lambda: os._exit(9))


if __name__ == "__main__":
    arguments: Sequence[str] = sys.argv[1:]
    main(*arguments)

"""Hostile requests of SFTP itself (hostile tests 17 to 23): names, links, races, handles, bytes, sizes."""

import contextlib
import ctypes
import errno
import os
import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.adapters.ids import SeededSecrets
from gateway.simulation.keyring import Keyring
from sftp_drop.core import SftpCore
from sftp_drop.handles import OpenFiles
from sftp_drop.limits import Limits
from sftp_drop.session import DropSession
from sftp_drop.wire import Code, Kind, ProtocolBroken, packet, string
from tests.drop import FLOW, USER, Drop, RecordingDesk, transport_of
from tests.hostile_paths import NAMES, PATHS, everything, plant
from tests.raw_sftp import (
    APPEND,
    CREATE,
    EXCLUSIVE,
    INIT,
    READ,
    TRUNCATE,
    WRITE,
    RawSftp,
    text_of,
    u32,
    u64,
)
from tests.waiting import eventually

IN, OUT = f"/in/{FLOW}", f"/uit/{FLOW}"
UPLOAD = WRITE | CREATE | TRUNCATE
LIMIT = 4_000_000


@pytest.fixture
def drop(tmp_path: Path) -> Iterator[Drop]:
    running = Drop(tmp_path, Limits(upload_bytes=LIMIT))
    yield running
    running.stop()


@pytest.fixture
def raw(drop: Drop) -> Iterator[RawSftp]:
    session = drop.raw()
    yield session
    session.transport.close()


def is_refused(raw: RawSftp, path: bytes, flags: int) -> bool:
    try:
        raw.open(path, flags)
    except OSError:
        return True
    return False


def test_h17_no_other_name_and_no_other_path_reaches_the_file_system(
    drop: Drop, raw: RawSftp
) -> None:
    before = everything(drop.folder)

    for name in NAMES:
        for folder in (IN, OUT, "/archief"):
            path = f"{folder}/".encode() + name
            assert is_refused(raw, path, UPLOAD), path
            assert is_refused(raw, path, READ), path
    for path in PATHS:
        assert is_refused(raw, path, READ), path
        assert is_refused(raw, path, UPLOAD), path
        for kind in (Kind.REMOVE, Kind.MKDIR, Kind.RMDIR, Kind.SETSTAT):
            if path not in (b"", b"/in"):  # the top and a folder may be looked at
                assert raw.code(kind, string(path), u32(0)) is not Code.OK, (kind, path)

    assert everything(drop.folder) == before
    assert raw.code(Kind.STAT, string(b"/")) is Code.OK


def test_h17_dots_never_climb_above_the_top(raw: RawSftp) -> None:
    for path in (b"..", b"/../..", b"/in/../..", b"../../uit/.."):
        said, body = raw.ask(Kind.REALPATH, string(path))
        size = int.from_bytes(body[4:8], "big")
        assert (said, body[8 : 8 + size]) == (Kind.NAME, b"/")


def test_h17_names_that_differ_in_case_are_two_files(drop: Drop, raw: RawSftp) -> None:
    raw.put(f"{IN}/a.json", b"1")
    raw.put(f"{IN}/A.json", b"2")

    assert (drop.root / IN[1:] / "a.json").read_bytes() == b"1"
    assert (drop.root / IN[1:] / "A.json").read_bytes() == b"2"


def test_h18_what_is_no_plain_file_is_not_there(drop: Drop, raw: RawSftp) -> None:
    planted = plant(drop.root / OUT[1:], drop.folder)
    assert len(planted) >= 5

    for name in planted:
        path = string(f"{OUT}/{name}".encode())
        assert is_refused(raw, f"{OUT}/{name}".encode(), READ), name
        assert raw.code(Kind.STAT, path) is Code.NO_SUCH_FILE, name
        assert raw.code(Kind.LSTAT, path) is Code.NO_SUCH_FILE, name
        assert raw.code(Kind.RENAME, path, string(f"/archief/{name}".encode())) is not Code.OK, name
    handle = raw.ask(Kind.OPENDIR, string(OUT.encode()))[1][4:]
    assert raw.code(Kind.READDIR, string(handle)) is Code.EOF
    assert everything(drop.root / "archief") == set()


def test_h18_nor_is_it_in_a_folder_for_uploads(drop: Drop, raw: RawSftp) -> None:
    outside = drop.folder / "outside"
    inbox = drop.root / IN[1:]
    (inbox / "soft.json.part").symlink_to(outside)
    os.mkfifo(inbox / "pipe.json.part")

    for name in ("soft.json.part", "pipe.json.part"):
        path = f"{IN}/{name}".encode()
        assert is_refused(raw, path, WRITE | APPEND), name
        assert raw.code(Kind.RENAME, string(path), string(f"{IN}/x.json".encode())) is not Code.OK
    raw.put(
        f"{IN}/soft.json.part", b"mine"
    )  # a new file takes the name; the link is gone, not followed

    assert not outside.exists()
    assert (inbox / "soft.json.part").read_bytes() == b"mine"


@pytest.mark.parametrize("kind", [19, 20, 21])
def test_h18_links_can_be_neither_made_nor_read(raw: RawSftp, kind: int) -> None:
    raw.number += 1
    body = u32(raw.number) + string(b"/etc/passwd") + string(f"{IN}/l.json".encode())
    raw.send(u32(1 + len(body)) + bytes([kind]) + body)

    said, answer = raw.reply()

    assert (said, int.from_bytes(answer[4:8], "big")) == (Kind.STATUS, Code.UNSUPPORTED)


SWAP = """
import ctypes, sys
libc = ctypes.CDLL(None)
one, other = sys.argv[1].encode(), sys.argv[2].encode()
while True:
    libc.renameat2(-100, one, -100, other, 2)
"""


def race(drop: Drop, sessions: int) -> set[str]:
    """Every verb on a folder that is swapped for a link all the time; what lies outside."""
    outside = drop.folder / "outside"
    outside.mkdir()
    (outside / "f_1.json").write_text("SECRET")
    (outside / "x.json.part").write_text("SECRET")
    for folder in (OUT, IN):
        (drop.root / f"{folder[1:]}-link").symlink_to(outside)
    drop.place("f_1.json", b"PUBLIC")
    command = [sys.executable, "-c", SWAP]
    places = [drop.root / folder[1:] for folder in (OUT, IN)]
    swapping = [subprocess.Popen([*command, str(place), f"{place}-link"]) for place in places]
    try:
        for place in places:
            eventually(place.is_symlink)
        for _ in range(sessions):
            every_verb(drop)
        assert [one.poll() for one in swapping] == [None, None]
    finally:
        for one in swapping:
            one.kill()
            one.wait()
    assert (outside / "f_1.json").read_text() == (outside / "x.json.part").read_text() == "SECRET"
    return everything(outside)


def every_verb(drop: Drop) -> None:
    """A session of its own, so that folders are resolved anew."""
    raw = drop.raw()
    for n in range(8):
        try:
            handle = raw.open(f"{OUT}/f_1.json")
            assert raw.ask(Kind.READ, string(handle), u64(0), u32(10))[1][4:] == b"PUBLIC"
        except OSError:
            pass
        with contextlib.suppress(OSError, AssertionError):
            raw.put(f"{IN}/{n}.json.part", b"mine")
        for kind, *parts in (
            (Kind.STAT, string(f"{OUT}/f_1.json".encode())),
            (Kind.REMOVE, string(f"{IN}/x.json.part".encode())),
            (Kind.MKDIR, string(f"{IN}/new".encode()), u32(0)),
            (Kind.RENAME, string(f"{IN}/x.json.part".encode()), string(f"{IN}/y.json".encode())),
            (Kind.OPENDIR, string(OUT.encode())),
        ):
            raw.ask(kind, *parts)
    raw.transport.close()


def test_h19_a_folder_swapped_for_a_link_all_the_time_leads_nowhere(drop: Drop) -> None:
    assert race(drop, 5) == {"f_1.json", "x.json.part"}


@pytest.mark.slow
def test_h19_at_full_length(drop: Drop) -> None:
    assert race(drop, 40) == {"f_1.json", "x.json.part"}


def test_h20_ten_thousand_opens_leave_sixty_four(drop: Drop, raw: RawSftp) -> None:
    path = drop.place("f_1.json", b"x")
    opened = 0
    for n in range(1, 10_001):
        raw.send(packet(Kind.OPEN, u32(n), string(path.encode()), u32(READ), u32(0)))
        if n % 500 == 0:
            opened += [raw.reply()[0] for _ in range(500)].count(Kind.HANDLE)

    assert opened == 64
    assert drop.client().listdir("/") == ["archief", "in", "uit"]
    raw.transport.close()
    eventually(lambda: drop.server._house.files.count == 0)


def test_h20_all_sessions_together_have_a_limit(tmp_path: Path) -> None:
    drop = Drop(tmp_path, Limits(open_files=20))
    try:
        path = drop.place("f_1.json", b"x").encode()
        sessions = [drop.raw() for _ in range(3)]
        opened = [not is_refused(one, path, READ) for one in sessions for _ in range(10)]
        assert opened.count(True) == 20
        sessions[0].transport.close()
        eventually(lambda: not is_refused(sessions[2], path, READ))
        for one in sessions[1:]:
            one.transport.close()
    finally:
        drop.stop()


def test_h20_handles_are_a_sessions_own_and_good_until_they_are_closed(
    drop: Drop, raw: RawSftp
) -> None:
    path = drop.place("f_1.json", b"secret")
    handle = raw.open(path)
    other = drop.raw()

    for guess in (handle, handle + b"\x00", b"", b"\x00" * 4, b"\xff" * 300, *(u32(n) for n in range(20))):  # fmt: skip
        assert other.code(Kind.READ, string(guess), u64(0), u32(10)) is Code.FAILURE
        assert other.code(Kind.CLOSE, string(guess)) is Code.FAILURE
        assert other.code(Kind.WRITE, string(guess), u64(0), string(b"x")) is Code.FAILURE
    assert raw.code(Kind.CLOSE, string(handle)) is Code.OK
    for kind, *more in ((Kind.READ, u64(0), u32(9)), (Kind.CLOSE,), (Kind.FSTAT,), (Kind.READDIR,)):
        assert raw.code(kind, string(handle), *more) is Code.FAILURE
    other.transport.close()


def test_h20_a_handle_does_only_what_it_was_opened_for(drop: Drop, raw: RawSftp) -> None:
    down, up = raw.open(drop.place("f_1.json", b"x")), raw.open(f"{IN}/a.json", UPLOAD)
    folder = raw.ask(Kind.OPENDIR, string(b"/"))[1][4:]

    for handle, kind, *more in (
        (down, Kind.WRITE, u64(0), string(b"y")),
        (down, Kind.READDIR),
        (down, Kind.FSETSTAT, u32(1), u64(0)),
        (up, Kind.READ, u64(0), u32(1)),
        (up, Kind.READDIR),
        (folder, Kind.READ, u64(0), u32(1)),
        (folder, Kind.WRITE, u64(0), string(b"y")),
    ):
        assert raw.code(kind, string(handle), *more) is Code.FAILURE


@pytest.mark.parametrize("offset", [2**63 - 1, 2**64 - 1, 2**62 + 1, LIMIT])
def test_h21_offsets_beyond_everything_are_answered(drop: Drop, raw: RawSftp, offset: int) -> None:
    down, up = raw.open(drop.place("f_1.json", b"x" * 100)), raw.open(f"{IN}/a.json", UPLOAD)

    assert raw.code(Kind.READ, string(down), u64(offset), u32(10)) in (Code.EOF, Code.FAILURE)
    assert raw.code(Kind.WRITE, string(up), u64(offset), string(b"x")) is Code.FAILURE
    said, body = raw.ask(Kind.READ, string(down), u64(0), u32(0xFFFFFFFF))
    assert (said, len(body)) == (Kind.DATA, 104)


@pytest.mark.parametrize(
    "request_bytes",
    [
        u32(0),
        u32(0xFFFFFFFF),
        u32(400_000),
        u32(1) + b"\x03",
        u32(9) + b"\x03" + u32(1) + u32(0xFFFFFFFF),
        u32(13) + b"\x05" + u32(1) + u32(4) + b"\x00\x00\x00\x01",
        u32(17) + b"\x06" + u32(1) + u32(4) + b"\x00\x00\x00\x01" + u32(0),
    ],
    ids=["empty", "endless", "oversized", "no number", "long string", "cut read", "cut write"],
)
def test_h21_a_request_that_is_none_ends_its_session_only(
    drop: Drop, raw: RawSftp, request_bytes: bytes
) -> None:
    raw.send(request_bytes)

    with pytest.raises(EOFError):
        raw.reply()
    again = RawSftp(raw.transport)
    assert again.code(Kind.STAT, string(b"/")) is Code.OK


def test_h21_unknown_requests_are_answered_and_a_second_greeting_is(raw: RawSftp) -> None:
    for kind in (0, 2, 21, 99, 101, 199, 201, 255):
        raw.number += 1
        raw.send(u32(5) + bytes([kind]) + u32(raw.number))
        said, body = raw.reply()
        assert (said, int.from_bytes(body[4:8], "big")) == (Kind.STATUS, Code.UNSUPPORTED)
    raw.send(INIT)
    assert raw.reply()[0] is Kind.VERSION_REPLY
    assert raw.code(Kind.EXTENDED, string(b"copy-data")) is Code.UNSUPPORTED


def test_h21_before_the_greeting_nothing_is_served(tmp_path: Path) -> None:
    core = a_core(a_desk(tmp_path))

    core.take_in(packet(Kind.STAT, u32(1), string(b"/")))

    with pytest.raises(ProtocolBroken):
        core.work()
    core.end()


def a_desk(folder: Path) -> RecordingDesk:
    desk = RecordingDesk(folder, Keyring(SeededSecrets(b"k" * 32)))
    desk.store.place(USER, OUT, "f_1.json", b"x" * 1_000)
    return desk


def a_core(desk: RecordingDesk, key: str = "1-0") -> SftpCore:
    return SftpCore(DropSession(desk.accounts[USER], desk, key, 10_000, OpenFiles()))


REQUESTS = (
    packet(Kind.OPEN, u32(1), string(f"{OUT}/f_1.json".encode()), u32(READ), u32(0)),
    packet(Kind.OPEN, u32(2), string(f"{IN}/a.json.part".encode()), u32(UPLOAD), u32(0)),
    packet(Kind.READ, u32(3), string(u32(1)), u64(0), u32(2_000)),
    packet(Kind.WRITE, u32(4), string(u32(2)), u64(0), string(b"y" * 50)),
    packet(Kind.FSETSTAT, u32(5), string(u32(2)), u32(1), u64(20)),
    packet(Kind.STAT, u32(6), string(f"{OUT}/f_1.json".encode())),
    packet(Kind.OPENDIR, u32(7), string(b"/")),
    packet(Kind.READDIR, u32(8), string(u32(3))),
    packet(Kind.RENAME, u32(9), string(f"{IN}/a.json.part".encode()), string(f"{IN}/b.json".encode())),
    packet(Kind.EXTENDED, u32(10), string(b"statvfs@openssh.com"), string(b"/")),
    packet(Kind.CLOSE, u32(11), string(u32(1))),
    packet(Kind.REALPATH, u32(12), string(b"/in/../uit")),
)  # fmt: skip


def mutate(dice: random.Random, request: bytes) -> bytes:
    """A request with some of its bytes changed, taken out or doubled; its length mostly kept right."""
    body = bytearray(request[4:])
    for _ in range(dice.randrange(4)):
        at = dice.randrange(len(body))
        body[at : at + dice.randrange(3)] = dice.randbytes(dice.randrange(4))
        body = body or bytearray(b"\x00")
    size = len(body) if dice.random() < 0.98 else dice.randrange(2**32)
    return u32(size) + bytes(body)


def storm(folder: Path, packets: int, seed: int) -> None:
    """So many changed requests; anything but an answer or a broken protocol is a failure."""
    dice, desk = random.Random(seed), a_desk(folder)
    core = a_core(desk)
    core.take_in(INIT)
    for n in range(packets):
        try:
            core.take_in(mutate(dice, dice.choice(REQUESTS)))
            core.work()
            if core.waiting:
                core.give_out(core.waiting)
        except ProtocolBroken:
            core.end()
            core = a_core(desk, f"{n}-0")
            core.take_in(INIT)
    core.end()


def test_h21_changed_requests_are_answered_or_break_the_protocol(tmp_path: Path) -> None:
    storm(tmp_path, 15_000, 1)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_h21_at_full_length(tmp_path: Path) -> None:
    for seed in range(10):
        storm(tmp_path / str(seed), 100_000, seed)


@given(st.lists(st.binary(max_size=60), max_size=12))
def test_h21_any_bytes_at_all(
    tmp_path_factory: pytest.TempPathFactory, chunks: list[bytes]
) -> None:
    core = a_core(a_desk(tmp_path_factory.getbasetemp() / "fuzz"))
    try:
        for chunk in (INIT, *(u32(len(c)) + c for c in chunks)):
            core.take_in(chunk)
            core.work()
    except ProtocolBroken:
        pass
    finally:
        core.end()


def test_h22_attributes_are_taken_politely_and_never_destroy_bytes(
    drop: Drop, raw: RawSftp
) -> None:
    path = drop.place("f_1.json", b"content")
    down, up = raw.open(path), raw.open(f"{IN}/a.json.part", UPLOAD)
    raw.code(Kind.WRITE, string(up), u64(0), string(b"0123456789"))
    named = string(path.encode())
    before = (drop.root / path[1:]).stat()

    for attributes in (u32(4) + u32(0o777), u32(2) + u32(0) + u32(0), u32(8) + u32(1) + u32(1)):
        assert raw.code(Kind.SETSTAT, named, attributes) is Code.OK
        assert raw.code(Kind.FSETSTAT, string(up), attributes) is Code.OK
        assert raw.code(Kind.FSETSTAT, string(down), attributes) is Code.OK
        lsetstat = string(b"lsetstat@openssh.com")
        assert raw.code(Kind.EXTENDED, lsetstat, named, attributes) is Code.OK
    assert raw.code(Kind.SETSTAT, named, u32(1), u64(0)) is Code.PERMISSION_DENIED
    assert (
        raw.code(Kind.FSETSTAT, string(up), u32(1), u64(10)) is Code.OK
    )  # as scp sets it at the end

    after = (drop.root / path[1:]).stat()
    assert (after.st_mode, after.st_mtime, after.st_size) == (before.st_mode, before.st_mtime, 7)
    raw.code(Kind.CLOSE, string(up))
    assert (drop.root / IN[1:] / "a.json.part").read_bytes() == b"0123456789"


def test_h23_a_sparse_bomb_is_refused_before_it_is_written(drop: Drop, raw: RawSftp) -> None:
    handle = raw.open(f"{IN}/bomb.json", UPLOAD)

    said, body = raw.ask(Kind.WRITE, string(handle), u64(1 << 40), string(b"x"))

    assert said is Kind.STATUS
    assert text_of(body) == f"a file has at most {LIMIT} bytes"
    assert raw.code(Kind.FSETSTAT, string(handle), u32(1), u64(1 << 40)) is Code.FAILURE
    assert raw.code(Kind.CLOSE, string(handle)) is Code.FAILURE
    assert everything(drop.root / IN[1:]) == {"verwerkt"}
    assert everything(drop.root / ".staging") == set()


def test_h23_a_disk_that_fills_up_spoils_this_upload_and_no_other(
    drop: Drop, raw: RawSftp, monkeypatch: pytest.MonkeyPatch
) -> None:
    full, fine = raw.open(f"{IN}/full.json", UPLOAD), raw.open(f"{IN}/fine.json", UPLOAD)
    write = os.pwrite
    raw.code(Kind.WRITE, string(full), u64(0), string(b"x" * 1_000))

    def fill(descriptor: int, content: bytes, offset: int) -> int:
        if offset + len(content) > 1_500:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(descriptor, content, offset)

    monkeypatch.setattr(os, "pwrite", fill)
    said, body = raw.ask(Kind.WRITE, string(full), u64(1_000), string(b"x" * 1_000))

    assert (said, text_of(body)) == (Kind.STATUS, "cannot be written: No space left on device")
    assert raw.code(Kind.WRITE, string(fine), u64(0), string(b"{}")) is Code.OK
    assert raw.code(Kind.CLOSE, string(full)) is Code.FAILURE
    assert raw.code(Kind.CLOSE, string(fine)) is Code.OK
    assert drop.desk.uploads == ["fine.json"]
    assert everything(drop.root / ".staging") == set()
    assert [one.outcome.value for one in drop.desk.transfers] == ["refusal", "complete"]


@pytest.mark.slow
def test_h23_on_a_disk_that_is_really_full(tmp_path: Path) -> None:
    """A file system of one mebibyte; only root can mount one."""
    if os.getuid() != 0:
        pytest.skip("only root can mount a small file system")
    libc = ctypes.CDLL(None, use_errno=True)
    place = tmp_path / "small"
    place.mkdir()
    if libc.mount(b"none", os.fsencode(place), b"tmpfs", 0, b"size=1m") != 0:
        pytest.skip("this machine lets nobody mount a small file system")
    try:
        drop = Drop(place, Limits())
        raw = drop.raw()
        handle = raw.open(f"{IN}/full.json", UPLOAD)
        codes = [
            raw.code(Kind.WRITE, string(handle), u64(n * 200_000), string(b"x" * 200_000))
            for n in range(8)
        ]
        assert codes[0] is Code.OK
        assert codes[-1] is Code.FAILURE
        assert raw.code(Kind.CLOSE, string(handle)) is Code.FAILURE
        raw.put(f"{IN}/fine.json", b"{}")
        assert drop.desk.uploads == ["fine.json"]
        raw.transport.close()
        drop.stop()
    finally:
        libc.umount(os.fsencode(place))


def test_h26_two_sessions_with_one_name_finish_it_once(drop: Drop) -> None:
    sessions = [drop.raw() for _ in range(8)]
    handles = [one.open(f"{IN}/a.json", UPLOAD) for one in sessions]
    for n, (one, handle) in enumerate(zip(sessions, handles, strict=True)):
        one.code(Kind.WRITE, string(handle), u64(0), string(b"%d" % n * 50_000))
    codes: list[Code] = []
    gate = threading.Barrier(8)

    def finish(one: RawSftp, handle: bytes) -> None:
        gate.wait()
        codes.append(one.code(Kind.CLOSE, string(handle)))

    threads = [threading.Thread(target=finish, args=pair) for pair in zip(sessions, handles, strict=True)]  # fmt: skip
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(codes) == [Code.OK] + [Code.FAILURE] * 7
    assert drop.desk.uploads == ["a.json"]
    content = (drop.root / IN[1:] / "a.json").read_bytes()
    assert len(set(content)) == 1
    assert everything(drop.root / ".staging") == set()
    for one in sessions:
        one.transport.close()


def test_h26_a_name_that_is_there_is_neither_overwritten_nor_renamed_over(
    drop: Drop, raw: RawSftp
) -> None:
    raw.put(f"{IN}/a.json", b"first")
    raw.put(f"{IN}/b.json.part", b"second")
    here, there = string(f"{IN}/b.json.part".encode()), string(f"{IN}/a.json".encode())

    assert is_refused(raw, f"{IN}/a.json".encode(), UPLOAD)
    assert raw.code(Kind.RENAME, here, there) is Code.FAILURE
    assert raw.code(Kind.EXTENDED, string(b"posix-rename@openssh.com"), here, there) is Code.FAILURE
    assert raw.code(Kind.REMOVE, there) is Code.PERMISSION_DENIED
    assert is_refused(raw, f"{IN}/b.json.part".encode(), UPLOAD | EXCLUSIVE)

    assert (drop.root / IN[1:] / "a.json").read_bytes() == b"first"
    assert drop.desk.uploads == ["a.json"]


def test_h26_a_file_that_goes_while_it_is_read_is_gone_at_the_next_read(
    drop: Drop, raw: RawSftp
) -> None:
    handle = raw.open(drop.place("f_1.json", b"x" * 1_000))
    assert raw.ask(Kind.READ, string(handle), u64(0), u32(10))[0] is Kind.DATA

    assert drop.store.withdraw(USER, OUT, "f_1.json")

    assert raw.code(Kind.READ, string(handle), u64(10), u32(10)) is Code.NO_SUCH_FILE
    assert raw.code(Kind.CLOSE, string(handle)) is Code.OK
    assert [one.outcome.value for one in drop.desk.transfers] == ["broken"]


def test_h29_nobody_writes_where_they_only_read(drop: Drop, raw: RawSftp) -> None:
    """A folder of one's own that is not to be written says so; what others have is not there."""
    drop.desk.account("infino")
    (drop.folder / "drop/infino/uit" / FLOW / "theirs.json").write_text("theirs")
    path = drop.place("f_1.json", b"x")

    for folder, code in ((OUT, Code.PERMISSION_DENIED), (f"{IN}/verwerkt", Code.PERMISSION_DENIED),
                         ("/ontvangstbewijzen", Code.NO_SUCH_FILE), (f"/infino{OUT}", Code.NO_SUCH_FILE),
                         (f"/../infino{OUT}", Code.NO_SUCH_FILE)):  # fmt: skip
        with pytest.raises(OSError) as told:  # noqa: PT011  the code is looked at
            raw.open(f"{folder}/theirs.json", UPLOAD)
        assert told.value.errno == code, folder
        target = string(f"{folder}/x.json".encode())
        assert raw.code(Kind.RENAME, string(path.encode()), target) is not Code.OK
    assert is_refused(raw, f"/../infino{OUT}/theirs.json".encode(), READ)


def test_h31_what_is_told_of_a_transfer_is_a_name_that_may_be(drop: Drop, raw: RawSftp) -> None:
    for name in NAMES:
        is_refused(raw, f"{IN}/".encode() + name, UPLOAD)
    raw.put(f"{IN}/fine.json", b"{}")

    assert [one.path for one in drop.desk.transfers] == [f"{IN}/fine.json"]
    transport_of(drop.client()).close()

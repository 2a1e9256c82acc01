"""What stock clients do in normal use (hostile test 24): OpenSSH, lftp, rclone, paramiko, asyncssh, WinSCP's habits."""

import asyncio
import io
import os
import subprocess
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import asyncssh
import pytest

from sftp_drop.limits import Limits
from sftp_drop.wire import Code, Kind, string
from tests.drop import FLOW, USER, Drop, transport_of
from tests.raw_sftp import CREATE, TRUNCATE, WRITE, RawSftp, text_of, u32, u64

IN, OUT = f"/in/{FLOW}", f"/uit/{FLOW}"
CONTENT = bytes(range(256)) * 2_000
UPLOAD = b'{"schema":"x"}'


@pytest.fixture
def drop(tmp_path: Path) -> Iterator[Drop]:
    """A server whose owner takes finished uploads away at once, as the gateway does."""
    running = Drop(tmp_path, Limits())
    running.desk.takes_away = True
    running.place("f_1.json", CONTENT)
    yield running
    running.stop()


def run(
    drop: Drop, *command: str | Path | int, text: str = ""
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [str(one) for one in command], input=text, capture_output=True, text=True, timeout=50,
        check=False, cwd=drop.folder, env=os.environ | {"HOME": str(drop.folder), "LC_ALL": "C"},
    )  # fmt: skip


def handled(drop: Drop, name: str) -> bytes:
    """An upload that its owner took away."""
    return (drop.root / IN[1:] / "verwerkt" / name).read_bytes()


@pytest.mark.needs("sftp")
def test_sftp_of_openssh(drop: Drop) -> None:
    local = drop.local(UPLOAD)
    half, whole = drop.folder / "half", drop.folder / "whole"
    half.write_bytes(CONTENT[:100_000])
    (drop.root / IN[1:] / "r.json.part").write_bytes(CONTENT[:200_000])
    whole.write_bytes(CONTENT)

    done = drop.sftp(
        "ls -la /", f"ls -1 {OUT}", "cd uit", "pwd", "df /", "df -hi /in",
        f"reget {OUT}/f_1.json {half}",
        f"reput {whole} {IN}/r.json.part", f"rename {IN}/r.json.part {IN}/r.json",
        f"put -p {local} {IN}/a.json", f"put -f {local} {IN}/f.json",
        f"chmod 600 {OUT}/f_1.json", f"chown 0 {OUT}/f_1.json", f"chgrp 0 {OUT}/f_1.json",
        f"rename {OUT}/f_1.json /archief/f_1.json", "ls -l /archief",
        f"put {local} {IN}/gone.json.part", f"rm {IN}/gone.json.part",
        "-mkdir /in/new", f"-rmdir {IN}", "-ln -s /in /uit/x", "-rm /archief/f_1.json",
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert "Remote working directory: /uit" in done.stdout
    assert "%Capacity" in done.stdout
    assert half.read_bytes() == CONTENT
    assert handled(drop, "r.json") == CONTENT
    assert drop.desk.uploads == ["r.json", "a.json", "f.json"]
    assert drop.desk.archived == ["f_1.json"]
    assert drop.desk.read == [f"{OUT}/f_1.json"]
    assert done.stderr.count("Permission denied") == 3
    resumed = next(one for one in drop.desk.transfers if one.path.endswith("r.json.part"))
    assert resumed.sha256 == sha256(CONTENT).hexdigest()


@pytest.mark.needs("scp")
def test_scp_of_openssh(drop: Drop) -> None:
    """It sets the size when it is done, and trusts the exit status."""
    host = f"{USER}@127.0.0.1"
    local = drop.local(UPLOAD)

    up = run(drop, "scp", "-p", *drop.options(), "-P", drop.port, local, f"{host}:{IN}/a.json")
    down = run(drop, "scp", "-rp", *drop.options(), "-P", drop.port, f"{host}:/uit", "got")

    assert (up.returncode, down.returncode) == (0, 0), up.stderr + down.stderr
    assert handled(drop, "a.json") == UPLOAD
    assert (drop.folder / "got" / FLOW / "f_1.json").read_bytes() == CONTENT


def lftp(drop: Drop, *lines: str) -> "subprocess.CompletedProcess[str]":
    connect = " ".join(["ssh", "-a", "-x", *drop.options()])
    script = [
        "set cmd:fail-exit yes", "set net:max-retries 1", "set net:timeout 20",
        f'set sftp:connect-program "{connect}"', f"open -u {USER}, sftp://127.0.0.1:{drop.port}", *lines,
    ]  # fmt: skip
    return run(drop, "lftp", "--norc", "-c", "; ".join(script))


@pytest.mark.needs("lftp")
def test_lftp_lists_mirrors_and_goes_on(drop: Drop) -> None:
    (drop.folder / "f_1.json").write_bytes(CONTENT[:100_000])

    done = lftp(
        drop, "cls -l /", f"cls -1 {OUT}", "find /", "du /", f"get -c {OUT}/f_1.json",
        "mirror --verbose /uit got", f"mv {OUT}/f_1.json /archief/f_1.json", "mirror /archief kept",
        "mirror --only-newer /archief kept",
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert f"{OUT}/f_1.json" in done.stdout
    for path in ("f_1.json", f"got/{FLOW}/f_1.json", "kept/f_1.json"):
        assert (drop.folder / path).read_bytes() == CONTENT, path
    assert drop.desk.archived == ["f_1.json"]


@pytest.mark.needs("lftp")
def test_lftp_uploads_directly_by_another_name_and_as_a_mirror(drop: Drop) -> None:
    tree = drop.folder / "tree"
    tree.mkdir()
    for n in range(3):
        (tree / f"m{n}.json").write_bytes(UPLOAD)
    (drop.folder / "x.json").write_bytes(UPLOAD)

    done = lftp(
        drop, f"put x.json -o {IN}/a.json", f"put -c x.json -o {IN}/b.json.part",
        f"mv {IN}/b.json.part {IN}/b.json", "set xfer:use-temp-file yes", "set xfer:temp-file-name .lftp-*",
        f"put x.json -o {IN}/c.json", "set xfer:use-temp-file no", f"mirror -R tree {IN}",
    )  # fmt: skip
    refused = lftp(drop, "mkdir /in/new")

    assert done.returncode == 0, done.stderr
    assert sorted(drop.desk.uploads) == ["a.json", "b.json", "c.json", "m0.json", "m1.json", "m2.json"]  # fmt: skip
    assert all(handled(drop, name) == UPLOAD for name in drop.desk.uploads)
    assert refused.returncode == 1
    assert "folders are the server's own" in refused.stderr


@pytest.mark.needs("rclone")
def test_rclone_copies_both_ways(drop: Drop) -> None:
    config = drop.folder / "rclone.conf"
    config.write_text(
        f"[d]\ntype = sftp\nhost = 127.0.0.1\nport = {drop.port}\nuser = {USER}\nkey_file = {drop.key}\nshell_type = none\n"
    )
    (drop.folder / "up").mkdir()
    (drop.folder / "up/a.json").write_bytes(UPLOAD)
    rclone = ["rclone", "--config", str(config), "--retries", "1", "--low-level-retries", "1"]

    down = run(drop, *rclone, "copy", "d:/uit", "got")
    checked = run(drop, *rclone, "check", "--size-only", "d:/uit", "got")
    up = run(drop, *rclone, "copy", "up", f"d:{IN}")
    about = run(drop, *rclone, "about", "d:")

    for done in (down, checked, up, about):
        assert done.returncode == 0, done.stderr
    assert (drop.folder / "got" / FLOW / "f_1.json").read_bytes() == CONTENT
    assert handled(drop, "a.json") == UPLOAD


def test_paramiko_looks_at_what_it_uploaded(drop: Drop) -> None:
    """`put` compares the size afterwards; by then the file was taken away."""
    client = drop.client()

    told = client.putfo(io.BytesIO(UPLOAD), f"{IN}/a.json")
    client.putfo(io.BytesIO(UPLOAD), f"{IN}/b.json.part")
    client.posix_rename(f"{IN}/b.json.part", f"{IN}/b.json")
    client.utime(f"{IN}/b.json", (1, 1))
    client.chmod(f"{IN}/a.json", 0o600)
    buffer = io.BytesIO()
    client.getfo(f"{OUT}/f_1.json", buffer)
    with client.open(f"{OUT}/f_1.json") as opened:
        opened.seek(500_000)
        tail = opened.read()

    assert told.st_size == len(UPLOAD)
    assert client.stat(f"{IN}/b.json").st_size == len(UPLOAD)
    assert drop.desk.uploads == ["a.json", "b.json"]
    assert (buffer.getvalue(), tail) == (CONTENT, CONTENT[500_000:])
    assert [one.filename for one in client.listdir_attr(OUT)] == ["f_1.json"]
    with pytest.raises(PermissionError, match="folders are the server's own"):
        client.mkdir("/in/new")
    other = drop.client()
    with pytest.raises(FileNotFoundError):  # another session sees that it was taken away
        other.stat(f"{IN}/a.json")
    for one in (client, other):
        transport_of(one).close()


def test_asyncssh_does_what_it_can(drop: Drop) -> None:
    key = asyncssh.import_private_key(drop.keys.ssh_private(USER))
    local = drop.local(CONTENT)

    async def use() -> list[object]:
        async with (
            asyncssh.connect(
                "127.0.0.1", drop.port, username=USER, client_keys=[key], known_hosts=None, config=None,
                agent_path=None,
            ) as connection,
            connection.start_sftp_client() as client,
        ):  # fmt: skip
            await client.put(str(local), f"{IN}/a.json", preserve=True)
            await client.get("/uit", str(drop.folder / "got"), recurse=True)
            async with client.open(f"{IN}/b.json.part", "wb") as begun:
                await begun.write(b"one ")
                await begun.fsync()
            async with client.open(f"{IN}/b.json.part", "ab") as going_on:
                await going_on.write(b"two")
            await client.posix_rename(f"{IN}/b.json.part", f"{IN}/b.json")
            found = await client.glob("/uit/*/*.json")
            room = await client.statvfs("/")
            return [found, room.bsize > 0, await client.realpath("/in/../uit"), await client.isdir("/in")]  # fmt: skip

    told = asyncio.run(use())

    assert told == [[f"{OUT}/f_1.json"], True, "/uit", True]
    assert handled(drop, "a.json") == CONTENT
    assert handled(drop, "b.json") == b"one two"
    assert (drop.folder / "got" / FLOW / "f_1.json").read_bytes() == CONTENT


def winscp(raw: RawSftp, name: str, content: bytes, begin: int = 0) -> None:
    """As it uploads: looks first, writes under `.filepart`, renames, and sets the times at last."""
    final, part = f"{IN}/{name}".encode(), f"{IN}/{name}.filepart".encode()
    assert raw.ask(Kind.REALPATH, string(b"."))[0] is Kind.NAME
    assert raw.code(Kind.LSTAT, string(final)) is Code.NO_SUCH_FILE
    found = raw.code(Kind.LSTAT, string(part))
    assert found is (Code.OK if begin else Code.NO_SUCH_FILE)
    handle = raw.open(part, WRITE | CREATE | (0 if begin else TRUNCATE))
    for at in range(begin, len(content), 30_000):
        piece = content[at : at + 30_000]
        assert raw.code(Kind.WRITE, string(handle), u64(at), string(piece)) is Code.OK
    assert raw.code(Kind.CLOSE, string(handle)) is Code.OK
    assert raw.code(Kind.RENAME, string(part), string(final)) is Code.OK
    assert raw.code(Kind.SETSTAT, string(final), u32(8) + u32(1) + u32(1)) is Code.OK
    assert raw.code(Kind.SETSTAT, string(final), u32(4) + u32(0o644)) is Code.OK


def test_winscp_uploads_goes_on_and_probes(drop: Drop) -> None:
    raw = drop.raw()
    (drop.root / IN[1:] / "b.json.filepart").write_bytes(CONTENT[:90_000])

    winscp(raw, "a.json", CONTENT)
    winscp(raw, "b.json", CONTENT, 90_000)
    probes = [
        raw.code(Kind.EXTENDED, string(name), string(b"/"))
        for name in (b"check-file-name", b"space-available", b"copy-file", b"vendor-id", b"hardlink@openssh.com")
    ]  # fmt: skip
    said, body = raw.ask(Kind.MKDIR, string(b"/in/Nieuwe map"), u32(0))

    assert drop.desk.uploads == ["a.json", "b.json"]
    assert handled(drop, "a.json") == handled(drop, "b.json") == CONTENT
    assert probes == [Code.UNSUPPORTED] * 5
    assert said is Kind.STATUS
    assert text_of(body).startswith("folders are the server's own")
    raw.transport.close()


def test_what_the_server_says_it_can(drop: Drop) -> None:
    raw = drop.raw()
    kind, body = raw.greeting
    said, limits = raw.ask(Kind.EXTENDED, string(b"limits@openssh.com"))

    assert kind is Kind.VERSION_REPLY
    for name in (
        "posix-rename",
        "limits",
        "fsync",
        "statvfs",
        "fstatvfs",
        "lsetstat",
        "expand-path",
    ):
        assert f"{name}@openssh.com".encode() in body
    assert said is Kind.EXTENDED_REPLY
    assert [int.from_bytes(limits[at : at + 8], "big") for at in range(0, 32, 8)] == [263_168, 261_120, 261_120, 64]  # fmt: skip
    assert raw.ask(Kind.EXTENDED, string(b"expand-path@openssh.com"), string(b"~/uit"))[1][8:12] == b"/uit"  # fmt: skip
    raw.transport.close()

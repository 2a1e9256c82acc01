"""The drop server against the stock OpenSSH client, other clients, and clients that mean harm."""

import base64
import io
import socket
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import paramiko
import pytest

from gateway.contracts.drop import Outcome
from sftp_drop.limits import Limits
from tests.drop import FLOW, Drop, transport_of
from tests.waiting import eventually


@pytest.fixture
def drop(tmp_path: Path) -> Iterator[Drop]:
    running = Drop(tmp_path, Limits(login_s=2.0, upload_bytes=1_000_000, connections=300))
    yield running
    running.stop()


@pytest.mark.needs("sftp")
def test_a_stock_client_uploads_by_final_name_and_by_rename(drop: Drop) -> None:
    local = drop.local(b'{"a": 1}')

    done = drop.sftp(
        f"put {local} /in/{FLOW}/a.json",
        f"put {local} /in/{FLOW}/b.json.part",
        f"rename /in/{FLOW}/b.json.part /in/{FLOW}/b.json",
        f"put {local} /in/{FLOW}/.c.json",
        f"rename /in/{FLOW}/.c.json /in/{FLOW}/c.json",
    )

    assert done.returncode == 0, done.stderr
    assert drop.desk.uploads == ["a.json", "b.json", "c.json"]
    assert (drop.root / f"in/{FLOW}/b.json").read_bytes() == b'{"a": 1}'
    assert not list((drop.root / ".staging").iterdir())


@pytest.mark.needs("sftp")
def test_a_stock_client_lists_collects_and_acknowledges(drop: Drop) -> None:
    drop.store.place("wewis", f"/uit/{FLOW}", "f_1.json", b"hello")

    done = drop.sftp(
        "ls -l /",
        f"get /uit/{FLOW}/f_1.json {drop.folder}/got",
        f"rename /uit/{FLOW}/f_1.json /archief/f_1.json",
        "chmod 600 /archief/f_1.json",
        "ls /archief",
    )

    assert done.returncode == 0, done.stderr
    assert (drop.folder / "got").read_bytes() == b"hello"
    assert drop.desk.read == [f"/uit/{FLOW}/f_1.json"]
    assert drop.desk.archived == ["f_1.json"]
    assert "/archief/f_1.json" in done.stdout


@pytest.mark.needs("sftp")
@pytest.mark.parametrize(
    "line",
    [
        "mkdir /in/new",
        f"rmdir /in/{FLOW}",
        f"put LOCAL /in/{FLOW}/x.txt",
        f"put LOCAL /in/{FLOW}/verwerkt/x.json",
        f"put LOCAL /uit/{FLOW}/x.json",
        "put LOCAL /x.json",
        f"put LOCAL /in/{FLOW}/a*b.json",
        f"rename /uit/{FLOW}/f_1.json /archief/other.json",
        f"rm /uit/{FLOW}/f_1.json",
        "get /../../etc/passwd LOCAL.got",
        "get /.staging/x LOCAL.got",
        f"ln -s /etc/passwd /in/{FLOW}/l.json",
        f"ln /uit/{FLOW}/f_1.json /archief/f_1.json",
    ],
)
def test_what_is_not_offered_is_refused(drop: Drop, line: str) -> None:
    drop.store.place("wewis", f"/uit/{FLOW}", "f_1.json", b"hello")
    local = drop.local(b"{}")

    done = drop.sftp(line.replace("LOCAL", str(local)))

    assert done.returncode == 1
    assert drop.desk.uploads == []
    assert drop.desk.archived == []


def test_a_name_with_dots_never_climbs_out(drop: Drop) -> None:
    client = drop.client()

    for path in (f"/in/{FLOW}/../../../../x.json", "/../x.json", f"/in/{FLOW}/..", "//etc/passwd"):
        with pytest.raises(OSError):  # noqa: PT011  which one depends on the path
            client.open(path, "w")
    client.close()

    assert not (drop.folder / "x.json").exists()
    assert drop.desk.uploads == []


def test_a_finished_name_is_taken_until_the_file_is_handled(drop: Drop) -> None:
    client = drop.client()
    client.putfo(io.BytesIO(b"{}"), f"/in/{FLOW}/a.json", confirm=False)

    with pytest.raises(PermissionError):
        client.putfo(io.BytesIO(b"[]"), f"/in/{FLOW}/a.json", confirm=False)

    assert (drop.root / f"in/{FLOW}/a.json").read_bytes() == b"{}"
    transport_of(client).close()


def test_a_connection_lost_in_the_middle_finishes_nothing_and_can_be_resumed(drop: Drop) -> None:
    client = drop.client()
    handle = client.open(f"/in/{FLOW}/half.json", "w")
    handle.write(b"{" * 50_000)
    handle.flush()
    transport_of(client).sock.shutdown(socket.SHUT_RDWR)
    eventually(lambda: [one.outcome for one in drop.desk.transfers] == [Outcome.BROKEN])

    other = drop.client()
    assert other.listdir(f"/in/{FLOW}") == ["verwerkt"]
    assert other.stat(f"/in/{FLOW}/half.json").st_size == 50_000
    assert drop.desk.uploads == []
    with other.open(f"/in/{FLOW}/half.json", "a") as rest:
        rest.write(b"}" * 50_000)

    eventually(lambda: drop.desk.uploads == ["half.json"])
    whole = b"{" * 50_000 + b"}" * 50_000
    assert (drop.root / f"in/{FLOW}/half.json").read_bytes() == whole
    assert drop.desk.transfers[-1].sha256 == sha256(whole).hexdigest()
    assert not list((drop.root / ".staging").iterdir())
    transport_of(other).close()


def test_an_upload_over_the_limit_is_refused_and_removed(drop: Drop) -> None:
    client = drop.client()
    handle = client.open(f"/in/{FLOW}/big.json", "w")
    handle.write(b"x" * 900_000)

    with pytest.raises(OSError, match="at most 1000000 bytes"):
        handle.write(b"x" * 200_000)
    with pytest.raises(OSError, match="not finished"):
        client._request(paramiko.sftp.CMD_CLOSE, handle.handle)  # type: ignore[attr-defined]  # no public way

    assert drop.desk.uploads == []
    assert not list((drop.root / ".staging").iterdir())
    assert not (drop.root / f"in/{FLOW}/big.json").exists()


@pytest.mark.needs("sftp")
def test_a_client_that_pipelines_cannot_finish_a_cut_upload(drop: Drop) -> None:
    local = drop.local(b"x" * 1_100_000)

    drop.sftp(f"put {local} /in/{FLOW}/big.json")

    assert drop.desk.uploads == []
    assert not (drop.root / f"in/{FLOW}/big.json").exists()


def test_a_suspension_cuts_an_open_download_at_its_next_read(drop: Drop) -> None:
    drop.store.place("wewis", f"/uit/{FLOW}", "f_1.json", b"x" * 500_000)
    client = drop.client()
    handle = client.open(f"/uit/{FLOW}/f_1.json")
    assert handle.read(10) == b"x" * 10

    drop.desk.why_not = "suspended (art. 8)"
    for _ in range(3):
        with pytest.raises(PermissionError, match="suspended"):
            handle.read(400_000)
    drop.desk.why_not = None
    with pytest.raises(PermissionError):
        handle.read(400_000)

    handle.close()
    transport_of(client).close()
    eventually(lambda: [one.outcome for one in drop.desk.transfers] == [Outcome.BROKEN])
    assert drop.desk.read == []


@pytest.mark.needs("sftp")
def test_a_wrong_key_and_a_wrong_user_are_refused_alike(drop: Drop) -> None:
    other = drop.keys.write_ssh_key("other", drop.folder / "keys")

    key, user = drop.sftp("ls", key=other), drop.sftp("ls", user="nobody")

    assert key.returncode == user.returncode == 255
    assert key.stderr.replace("wewis", "U") == user.stderr.replace("nobody", "U")
    assert set(drop.desk.refused) == {"wewis", "nobody"}


def test_the_host_key_is_the_spaces_own(drop: Drop) -> None:
    transport = drop.transport()

    shown = transport.get_remote_server_key().asbytes()

    assert shown == base64.b64decode(drop.keys.ssh_public("host").split()[1])
    transport.close()

"""The FTPS door: the same tree, rights and rules as over SFTP, for clients with certificate and password."""

import ftplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from gateway.contracts.drop import FTPS, Factor, Outcome
from sftp_drop.ftps.control import Guest
from sftp_drop.guard import Lockout
from sftp_drop.limits import Limits
from sftp_drop.server import DropServer
from tests.drop import TYPIST, USER
from tests.ftps import IN, OUT, WITHIN_S, FtpsDrop, get, put
from tests.waiting import eventually

CONTENT = bytes(range(256)) * 2_000


@pytest.fixture
def drop(tmp_path: Path) -> Iterator[FtpsDrop]:
    running = FtpsDrop(tmp_path, Limits(upload_bytes=1_000_000))
    yield running
    running.stop()


def refused(client: ftplib.FTP, command: str) -> str:
    """What a command is refused with."""
    with pytest.raises(ftplib.error_perm) as answer:
        client.voidcmd(command)
    return str(answer.value)


def test_a_file_is_finished_by_its_final_name_or_by_rename(drop: FtpsDrop) -> None:
    client = drop.client()

    put(client, f"{IN}/a.json", b'{"a": 1}')
    for hidden in ("b.json.part", ".b.json", "b.tmp"):
        put(client, f"{IN}/{hidden}", b"[]")
    before = list(drop.desk.uploads)
    client.rename(f"{IN}/b.json.part", f"{IN}/b.json")

    assert before == ["a.json"]
    assert drop.desk.uploads == ["a.json", "b.json"]
    assert (drop.root / IN[1:] / "a.json").read_bytes() == b'{"a": 1}'
    assert not list((drop.root / ".staging").iterdir())
    done = [(one.path, one.outcome, one.size) for one in drop.desk.transfers]
    assert done[0] == (f"{IN}/a.json", Outcome.COMPLETE, 8)


def test_it_lists_collects_and_acknowledges(drop: FtpsDrop) -> None:
    path = drop.place("f_1.json", CONTENT)
    client = drop.client()

    listed = dict(client.mlsd(OUT))
    got = get(client, path)
    client.rename(path, "/archief/f_1.json")

    assert got == CONTENT
    assert set(client.nlst("/")) == {"archief", "in", "uit"}
    assert (listed["f_1.json"]["size"], listed["f_1.json"]["type"]) == (f"{len(CONTENT)}", "file")
    assert set(listed["f_1.json"]) == {"size", "type", "modify"}
    assert drop.desk.read == [path]
    assert drop.desk.archived == ["f_1.json"]
    assert client.nlst("/archief") == ["f_1.json"]


def test_a_listing_tells_nothing_of_this_machine(drop: FtpsDrop) -> None:
    drop.place("f_1.json", b"hello")
    client = drop.client()

    rows: list[str] = []
    client.dir(OUT, rows.append)
    (row,) = rows

    assert row.split()[2:5] == [USER, "drop", "5"]
    assert "unique" not in client.voidcmd(f"MLST {OUT}/f_1.json")


@pytest.mark.parametrize("kind", ["A", "I"])
def test_no_type_changes_a_byte(drop: FtpsDrop, kind: str) -> None:
    content = b"a\nb\r\nc\r\n\n"
    path = drop.place("f_1.json", content)
    client = drop.client()
    client.voidcmd(f"TYPE {kind}")

    with client.transfercmd(f"STOR {IN}/a.json") as up:
        up.sendall(content)
        assert isinstance(up, ssl.SSLSocket)
        up.unwrap()
    client.voidresp()
    with client.transfercmd(f"RETR {path}") as down:
        got = down.recv(100)
    client.voidresp()

    assert (drop.root / IN[1:] / "a.json").read_bytes() == content
    assert got == content
    assert client.size(path) == len(content)


def test_a_download_goes_on_where_it_was(drop: FtpsDrop) -> None:
    path = drop.place("f_1.json", CONTENT)

    assert get(drop.client(), path, rest=400_000) == CONTENT[400_000:]
    assert drop.desk.read == [path]


def test_what_may_not_be_is_refused_and_says_why(drop: FtpsDrop) -> None:
    path = drop.place("f_1.json", b"hello")
    client = drop.client()

    assert "folders are the server's own" in refused(client, "MKD /in/x")
    assert "folders are the server's own" in refused(client, f"RMD {IN}")
    assert "No such file" in refused(client, "RNFR /in/nothing/x.json")
    assert "no such folder" in refused(client, "CWD /elsewhere")
    assert "not one to" in refused(client, f"DELE {path}")
    assert "not offered" in refused(client, "STOU")
    assert "not offered" in refused(client, "REIN")
    assert "somebody's already" in refused(client, f"USER {TYPIST}")
    with pytest.raises(ftplib.error_perm, match=r"ends in \.json"):
        put(client, f"{IN}/a.txt", b"x")
    with pytest.raises(ftplib.error_perm, match="not one to upload"):
        put(client, f"{OUT}/a.json", b"x")
    client.sendcmd(f"RNFR {path}")
    assert "under its own name" in refused(client, "RNTO /archief/other.json")
    assert drop.desk.uploads == drop.desk.archived == []


def test_modes_and_times_are_taken_and_left_alone(drop: FtpsDrop) -> None:
    path = drop.place("f_1.json", b"hello")
    before = (drop.root / path[1:]).stat()
    client = drop.client()

    client.voidcmd(f"SITE CHMOD 777 {path}")
    client.voidcmd(f"MFMT 19990101000000 {path}")

    after = (drop.root / path[1:]).stat()
    assert (after.st_mode, after.st_mtime) == (before.st_mode, before.st_mtime)


def test_an_upload_that_is_cut_off_is_no_file_and_can_be_gone_on_with(drop: FtpsDrop) -> None:
    """LAW: contract 7 - finished is what a living session closed; TLS says so, and a lost line does not."""
    client = drop.client()
    with client.transfercmd(f"STOR {IN}/a.json") as up:
        up.sendall(CONTENT[:300_000])
        up.shutdown(socket.SHUT_WR)  # the end of the line, without the end of TLS
        with pytest.raises(ftplib.error_temp, match="lost before its end"):
            client.voidresp()

    assert drop.desk.uploads == []
    assert client.nlst(IN) == ["verwerkt"]
    size = client.size(f"{IN}/a.json")
    assert size == 300_000
    put(client, f"{IN}/a.json", CONTENT[size:], rest=size)

    assert drop.desk.uploads == ["a.json"]
    assert (drop.root / IN[1:] / "a.json").read_bytes() == CONTENT
    assert [one.outcome for one in drop.desk.transfers] == [Outcome.BROKEN, Outcome.COMPLETE]


def test_an_upload_whose_session_dies_is_no_file(drop: FtpsDrop) -> None:
    client = drop.client()
    up = client.transfercmd(f"STOR {IN}/a.json.part")
    up.sendall(CONTENT[:300_000])
    eventually(lambda: any(drop.root.glob(".staging/*a.json.part")), WITHIN_S)
    client.close()
    eventually(lambda: drop.desk.transfers != [], WITHIN_S)
    up.close()

    assert [one.outcome for one in drop.desk.transfers] == [Outcome.BROKEN]
    assert drop.desk.uploads == []
    eventually((drop.root / IN[1:] / "a.json.part").exists, WITHIN_S)
    drop.client().voidcmd(f"DELE {IN}/a.json.part")


def test_appending_goes_on_with_an_upload(drop: FtpsDrop) -> None:
    client = drop.client()
    put(client, f"{IN}/a.json.part", CONTENT[:100])

    with client.transfercmd(f"APPE {IN}/a.json.part") as up:
        up.sendall(CONTENT[100:200])
        assert isinstance(up, ssl.SSLSocket)
        up.unwrap()
    client.voidresp()
    client.rename(f"{IN}/a.json.part", f"{IN}/a.json")

    assert (drop.root / IN[1:] / "a.json").read_bytes() == CONTENT[:200]


def test_a_file_over_the_limit_is_refused_and_leaves_nothing(drop: FtpsDrop) -> None:
    client = drop.client()

    with pytest.raises((ftplib.error_perm, OSError)) as answer:
        put(client, f"{IN}/a.json", bytes(1_500_000))
    if isinstance(answer.value, OSError):
        with pytest.raises(ftplib.error_perm, match="at most"):
            client.voidresp()

    eventually(lambda: not list((drop.root / ".staging").iterdir()), WITHIN_S)
    assert drop.desk.uploads == []
    put(client, f"{IN}/b.json", b"[]")
    assert drop.desk.uploads == ["b.json"]


def test_reading_is_refused_by_the_law_of_the_instant(drop: FtpsDrop) -> None:
    path = drop.place("f_1.json", b"hello")
    client = drop.client()
    drop.desk.why_not = "protocol 001 is suspended (art. 8)"

    with pytest.raises(ftplib.error_perm, match="550 protocol 001 is suspended"):
        get(client, path)

    assert client.nlst(OUT) == ["f_1.json"]
    assert drop.desk.transfers == []


def test_an_open_download_fails_at_its_next_read(drop: FtpsDrop) -> None:
    path = drop.place("f_1.json", CONTENT * 40)
    client = drop.client()
    down = client.transfercmd(f"RETR {path}")
    assert down.recv(1_000)
    drop.desk.why_not = "protocol 001 is suspended (art. 8)"

    read = 1_000
    with suppress(OSError):
        while more := down.recv(65_536):
            read += len(more)
    down.close()
    with pytest.raises(ftplib.error_perm, match="550 protocol 001 is suspended"):
        client.voidresp()

    assert read < len(CONTENT) * 40
    assert drop.desk.read == []
    assert [one.outcome for one in drop.desk.transfers] == [Outcome.BROKEN]


def test_a_download_that_the_client_gives_up_was_not_collected(drop: FtpsDrop) -> None:
    path = drop.place("f_1.json", CONTENT * 40)
    client = drop.client()
    down = client.transfercmd(f"RETR {path}")
    assert down.recv(1_000)
    down.close()
    with pytest.raises(ftplib.Error):
        client.voidresp()

    assert [one.outcome for one in drop.desk.transfers] == [Outcome.BROKEN]
    assert client.nlst(OUT) == ["f_1.json"]


@pytest.mark.parametrize(
    ("holder", "user", "password"),
    [(TYPIST, USER, USER), (USER, USER, TYPIST), (USER, TYPIST, TYPIST), (USER, "nobody", USER)],
)
def test_certificate_and_password_are_both_the_accounts_own(
    drop: FtpsDrop, holder: str, user: str, password: str
) -> None:
    client = drop.stranger(holder)

    with pytest.raises(ftplib.error_perm, match="530 certificate and password do not open"):
        client.login(user, drop.password(password))

    assert drop.desk.visits == []
    factor = Factor.CERTIFICATE if user == password else Factor.PASSWORD
    assert drop.desk.factors == [(user, factor, False)]
    assert "530" in refused(client, f"LIST {OUT}")


def test_without_a_certificate_no_password_is_looked_at(drop: FtpsDrop) -> None:
    client = drop.stranger(None)

    with pytest.raises(ftplib.error_perm, match="530 show the unit's certificate"):
        client.login(USER, drop.password())

    assert drop.desk.factors == [(USER, Factor.CERTIFICATE, False)]


def test_there_is_no_entrance_without_an_entry(drop: FtpsDrop) -> None:
    drop.desk.is_log_there = False

    with pytest.raises(ftplib.error_temp, match="421 the log cannot be written"):
        drop.client()

    assert drop.desk.visits == []


def test_six_wrong_tries_end_the_connection(drop: FtpsDrop) -> None:
    client = drop.stranger()
    for _ in range(5):
        with pytest.raises(ftplib.error_perm, match="530"):
            client.login(USER, "wrong")
    with pytest.raises((EOFError, ftplib.Error, OSError)):
        client.login(USER, "wrong")
    eventually(lambda: drop.server._visitors() == [], WITHIN_S)

    assert len(drop.desk.factors) == 6


def test_guesses_are_counted_with_those_at_the_other_door(tmp_path: Path) -> None:
    drop = FtpsDrop(tmp_path, Limits(lockout=Lockout(per_account=3)))
    try:
        other = DropServer(drop.desk, drop.house, drop.keys.ssh_private("host"))
        client = drop.stranger()
        with pytest.raises(ftplib.error_perm):
            client.login(USER, "wrong")
        for _ in range(2):
            other._house.guard.wrong("127.0.0.9", USER)

        with pytest.raises(ftplib.error_perm, match="530"):
            client.login(USER, drop.password())

        assert drop.desk.factors[-1] == (USER, Factor.PASSWORD, True)
        assert drop.desk.visits == []
    finally:
        drop.stop()


def test_an_account_has_so_many_sessions_over_all_doors(tmp_path: Path) -> None:
    drop = FtpsDrop(tmp_path, Limits(sessions_per_account=1))
    try:
        first = drop.client()
        with pytest.raises(ftplib.error_perm, match="530"):
            drop.client()
        first.quit()
        eventually(lambda: drop.server._visits() == [], WITHIN_S)
        drop.client()
    finally:
        drop.stop()


def test_a_revoked_session_is_cut_in_the_middle_of_a_download(drop: FtpsDrop) -> None:
    path = drop.place("f_1.json", CONTENT * 40)
    client = drop.client()
    down = client.transfercmd(f"RETR {path}")
    assert down.recv(1_000)

    drop.desk.revoked.add(USER)

    with pytest.raises((EOFError, ftplib.Error, OSError)) as answer:
        client.voidresp()
    assert "421" in str(answer.value)
    down.close()
    eventually(lambda: drop.server._visits() == [], WITHIN_S)
    assert [one.outcome for one in drop.desk.transfers] == [Outcome.BROKEN]


def test_who_asks_nothing_for_too_long_is_let_go(tmp_path: Path) -> None:
    drop = FtpsDrop(tmp_path, Limits(idle_s=2.0))
    try:
        client = drop.client()
        with pytest.raises((EOFError, ftplib.Error)) as answer:
            client.getresp()
        assert "421 nothing was asked" in str(answer.value)
    finally:
        drop.stop()


def test_a_client_that_takes_nothing_is_let_go(tmp_path: Path) -> None:
    drop = FtpsDrop(tmp_path, Limits(keepalive_s=0.7, keepalives=3))
    try:
        path = drop.place("f_1.json", CONTENT * 40)
        client = drop.client()
        with client.transfercmd(f"RETR {path}"):
            eventually(lambda: drop.server._visits() == [], WITHIN_S)
        assert [one.outcome for one in drop.desk.transfers] == [Outcome.BROKEN]
    finally:
        drop.stop()


def test_where_no_thread_is_left_one_is_cut_and_others_come_in_later(
    drop: FtpsDrop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr("sftp_drop.ftps.server._Visitor.start", fail)
        with pytest.raises((EOFError, OSError)):
            drop.client()

    assert drop.client().nlst("/") != []


def test_the_end_of_the_server_is_said(drop: FtpsDrop) -> None:
    client = drop.client()
    ending = threading.Thread(target=drop.server.stop)
    ending.start()

    with pytest.raises(ftplib.error_temp, match="421 the server stops"):
        client.getresp()

    ending.join(WITHIN_S)
    assert not any(thread.name.startswith("ftps-visitor") for thread in threading.enumerate())


def test_a_session_is_over_with_its_connection(drop: FtpsDrop) -> None:
    client = drop.client()
    (visitor,) = drop.server._visitors()
    guest: Guest = visitor.guest
    client.close()

    eventually(lambda: not visitor.is_alive(), WITHIN_S)

    assert guest.visit is not None
    assert guest.visit.account.door == FTPS
    assert drop.house.files.count == 0

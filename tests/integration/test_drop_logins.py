"""Logging in at the drop server: by key, by password, by key and one-time code; and guessing."""

import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import paramiko
import pytest
from paramiko.auth_handler import AuthHandler
from paramiko.common import cMSG_USERAUTH_REQUEST

from gateway.contracts.drop import Factor
from sftp_drop.guard import Lockout
from sftp_drop.limits import Limits
from tests.drop import STAFF, TYPIST, USER, Drop, answering
from tests.waiting import eventually

FACTORS = {USER: "key", TYPIST: "password", STAFF: "key and code"}


@pytest.fixture
def drop(tmp_path: Path) -> Iterator[Drop]:
    running = Drop(tmp_path, Limits(sessions_per_account=3, lockout=Lockout(locked_s=600)))
    yield running
    running.stop()


def password_of(drop: Drop) -> str:
    return drop.keys.password(TYPIST)


def lists(transport: paramiko.Transport) -> list[str]:
    client = paramiko.SFTPClient.from_transport(transport)
    assert client is not None
    return client.listdir("/")


def test_by_password(drop: Drop) -> None:
    transport = drop.transport()

    assert transport.auth_password(TYPIST, password_of(drop)) == []
    assert lists(transport) == ["archief", "in", "uit"]
    transport.close()


def test_by_key_and_one_time_code(drop: Drop) -> None:
    transport = drop.transport()

    assert transport.auth_publickey(STAFF, drop.private(STAFF)) == ["keyboard-interactive"]
    assert not transport.is_authenticated()
    assert transport.auth_interactive(STAFF, answering(drop.code())) == []
    assert lists(transport) == ["archief", "in", "uit"]
    assert [visit.account.user for visit in drop.desk.visits] == [STAFF]
    transport.close()


def test_a_code_lets_in_once(drop: Drop) -> None:
    first, second = drop.transport(), drop.transport()
    for transport in (first, second):
        transport.auth_publickey(STAFF, drop.private(STAFF))
    first.auth_interactive(STAFF, answering(drop.code()))

    with pytest.raises(paramiko.AuthenticationException):
        second.auth_interactive(STAFF, answering(drop.code()))
    drop.desk.now += 30
    assert second.auth_interactive(STAFF, answering(drop.code())) == []
    first.close()
    second.close()


def test_nothing_but_its_own_factors_lets_an_account_in(drop: Drop) -> None:
    def refused(user: str, how: str) -> bool:
        transport = drop.transport()
        try:
            if how == "key":
                return transport.auth_publickey(user, drop.private(user)) != []
            if how == "password":
                transport.auth_password(user, drop.keys.password(user))
            else:
                transport.auth_interactive(user, answering(drop.code()))
        except paramiko.AuthenticationException:
            return True
        finally:
            transport.close()
        return False

    let_in = {(user, how) for user in FACTORS for how in ("key", "password", "code") if not refused(user, how)}  # fmt: skip

    assert let_in == {(USER, "key"), (TYPIST, "password")}


class Deaf(AuthHandler):
    """A client that is told nothing of keys that would do, and so goes on."""

    def _parse_userauth_info_request(self, message: paramiko.Message) -> None:
        pass


class Counting(AuthHandler):
    """A client that counts its refusals."""

    refusals = 0

    def _parse_userauth_failure(self, message: paramiko.Message) -> None:
        self.refusals += 1
        super()._parse_userauth_failure(message)  # type: ignore[misc]  # not in the stubs


def request(user: str, method: str) -> paramiko.Message:
    message = paramiko.Message()
    message.add_byte(cMSG_USERAUTH_REQUEST)
    for text in (user, "ssh-connection", method):
        message.add_string(text)
    return message


def naming(user: str, algorithm: str, blob: bytes) -> paramiko.Message:
    """Would this key do? Without a signature."""
    message = request(user, "publickey")
    message.add(False, algorithm, blob)  # noqa: FBT003  paramiko's form
    return message


def at_the_door(drop: Drop, user: str) -> paramiko.Transport:
    """A client that asked for the service and failed once."""
    transport = drop.transport()
    with pytest.raises(paramiko.AuthenticationException):
        transport.auth_password(user, "x")
    return transport


def test_a_key_that_was_only_named_opens_nothing(drop: Drop) -> None:
    """Public keys are public: without its signature a key is no first factor."""
    transport = at_the_door(drop, STAFF)
    assert transport.auth_handler is not None
    transport.auth_handler.__class__ = Deaf
    asking = request(STAFF, "keyboard-interactive")
    asking.add("", "")

    transport._send_message(naming(STAFF, "ssh-ed25519", drop.keys.ssh_public_blob(STAFF)))  # type: ignore[attr-defined]  # no public way
    transport._send_message(asking)  # type: ignore[attr-defined]  # no public way

    eventually(lambda: len(drop.desk.factors) == 2)
    assert drop.desk.factors[-1] == (STAFF, Factor.CODE, False)
    assert drop.desk.visits == []
    transport.close()


def test_a_key_and_a_code_of_two_accounts_are_not_added_up(drop: Drop) -> None:
    transport = drop.transport()
    transport.auth_publickey(STAFF, drop.private(STAFF))

    with pytest.raises((paramiko.SSHException, EOFError)):
        transport.auth_interactive(USER, answering(drop.code()))

    eventually(lambda: not transport.is_active())
    assert drop.desk.visits == []


def test_what_is_offered_does_not_tell_which_accounts_there_are(drop: Drop) -> None:
    offered = set()
    for user in (USER, TYPIST, STAFF, "nobody"):
        transport = drop.transport()
        with pytest.raises(paramiko.BadAuthenticationType) as told:
            transport.auth_none(user)
        offered.add(tuple(told.value.allowed_types))
        transport.close()

    assert offered == {("publickey", "password")}
    assert drop.desk.refused == []


def test_six_wrong_tries_end_the_connection(drop: Drop) -> None:
    transport = drop.transport()
    for n in range(5):
        with pytest.raises(paramiko.AuthenticationException):
            transport.auth_password(TYPIST, f"wrong-{n}")
    assert transport.is_active()

    with pytest.raises((paramiko.SSHException, EOFError)):
        transport.auth_password(TYPIST, "wrong-6")

    eventually(lambda: not transport.is_active())
    assert drop.desk.factors == [(TYPIST, Factor.PASSWORD, False)] * 6


def guess(drop: Drop, source: str, user: str, times: int) -> None:
    while times:
        transport = drop.transport(source)
        for _ in range(min(times, 5)):
            with pytest.raises(paramiko.AuthenticationException):
                transport.auth_password(user, "wrong")
            times -= 1
        transport.close()


def test_ten_wrong_passwords_lock_the_account_and_leave_keys_alone(drop: Drop) -> None:
    guess(drop, "127.0.0.2", TYPIST, 10)

    transport = drop.transport("127.0.0.3")
    with pytest.raises(paramiko.AuthenticationException):
        transport.auth_password(TYPIST, password_of(drop))
    transport.close()
    assert drop.desk.factors[-1] == (TYPIST, Factor.PASSWORD, True)
    other = drop.transport("127.0.0.2")
    assert other.auth_publickey(USER, drop.private(USER)) == []
    other.close()


def test_twenty_wrong_from_one_address_lock_it_for_every_account(drop: Drop) -> None:
    for user in ("a", "b", "c", "d"):
        guess(drop, "127.0.0.4", user, 5)

    there, elsewhere = drop.transport("127.0.0.4"), drop.transport("127.0.0.5")
    with pytest.raises(paramiko.AuthenticationException):
        there.auth_password(TYPIST, password_of(drop))
    assert elsewhere.auth_password(TYPIST, password_of(drop)) == []
    there.close()
    elsewhere.close()


def test_wrong_codes_lock_too_and_a_right_one_then_is_refused(drop: Drop) -> None:
    for _ in range(2):
        transport = drop.transport()
        transport.auth_publickey(STAFF, drop.private(STAFF))
        for _ in range(5):
            with pytest.raises(paramiko.AuthenticationException):
                transport.auth_interactive(STAFF, answering("000000"))
        transport.close()

    last = drop.transport()
    last.auth_publickey(STAFF, drop.private(STAFF))
    with pytest.raises(paramiko.AuthenticationException):
        last.auth_interactive(STAFF, answering(drop.code()))
    assert drop.desk.factors[-1] == (STAFF, Factor.CODE, True)
    last.close()


def test_a_log_in_that_cannot_be_written_down_is_none(drop: Drop) -> None:
    drop.desk.is_log_there = False
    transport = drop.transport()

    with pytest.raises(paramiko.AuthenticationException):
        transport.auth_publickey(USER, drop.private(USER))
    assert not transport.is_authenticated()
    transport.close()


def test_an_account_has_a_number_of_sessions(drop: Drop) -> None:
    clients = [drop.client() for _ in range(3)]
    transport = drop.transport()

    with pytest.raises(paramiko.AuthenticationException):
        transport.auth_publickey(USER, drop.private(USER))
    other = drop.transport()
    assert other.auth_password(TYPIST, password_of(drop)) == []
    for one in (transport, other, *(c.get_channel().get_transport() for c in clients)):  # type: ignore[union-attr]  # they have both
        one.close()


def test_a_key_of_an_unknown_kind_is_only_a_wrong_key(drop: Drop) -> None:
    transport = at_the_door(drop, USER)

    handler = transport.auth_handler
    assert handler is not None
    handler.__class__ = Counting
    message = naming(USER, "sk-ssh-ed25519@openssh.com", b"\x00\x00\x00\x04what")
    transport._send_message(message)  # type: ignore[attr-defined]  # no public way
    eventually(lambda: handler.refusals == 1)  # type: ignore[attr-defined]  # of the class that it has now

    assert drop.desk.factors[-1] == (USER, Factor.KEY, False)
    assert transport.auth_publickey(USER, drop.private(USER)) == []
    transport.close()


def test_ten_at_once_get_in_by_password(drop: Drop, tmp_path: Path) -> None:
    wide = Drop(tmp_path / "wide", Limits())
    done: list[bool] = []

    def visit() -> None:
        transport = wide.transport()
        done.append(transport.auth_password(TYPIST, wide.keys.password(TYPIST)) == [])
        transport.close()

    threads = [threading.Thread(target=visit) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    wide.stop()
    assert done == [True] * 10


@pytest.mark.needs("sftp")
def test_openssh_types_a_password_and_a_code(drop: Drop) -> None:
    ask = drop.folder / "ask"
    ask.write_text(
        '#!/bin/sh\ncase "$1" in *code*) echo "$CODE";; *) echo "$PASSWORD";; esac\n', "utf-8"
    )
    ask.chmod(0o700)
    key = drop.keys.write_ssh_key(STAFF, drop.folder / "keys")
    typed = {"PASSWORD": password_of(drop), "CODE": drop.code()}
    told = {"SSH_ASKPASS": str(ask), "SSH_ASKPASS_REQUIRE": "force", **typed}

    def run(user: str, *options: str) -> "subprocess.CompletedProcess[str]":
        plain = [one.replace("BatchMode=yes", "BatchMode=no") for one in drop.options(key)]
        command = ["sftp", "-P", str(drop.port), *plain, *options, f"{user}@127.0.0.1"]
        return subprocess.run(
            command, input="ls /\n", text=True, capture_output=True, timeout=40, check=False,
            env={"PATH": "/usr/bin:/bin", **told},
        )  # fmt: skip

    typist = run(TYPIST, "-o", "PubkeyAuthentication=no")
    staff = run(STAFF)

    assert (typist.returncode, staff.returncode) == (0, 0), typist.stderr + staff.stderr
    assert "/archief" in typist.stdout
    assert "/archief" in staff.stdout
    assert [visit.account.user for visit in drop.desk.visits] == [TYPIST, STAFF]

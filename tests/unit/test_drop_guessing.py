"""One-time codes against RFC 6238, passwords as digests, and the counts that lock guessers out."""

import json
import time
from pathlib import Path

import pytest

from gateway.adapters import drop_secrets
from gateway.adapters.drop_secrets import OneTimeCodes, PasswordBook, code_at, shown
from sftp_drop.guard import Guard, Lockout
from tests.passwords import REAL

RFC = b"12345678901234567890"


@pytest.mark.parametrize(
    ("second", "code"),
    [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ],
)
def test_codes_are_those_of_rfc_6238(second: int, code: str) -> None:
    assert code_at(RFC, second // 30) == code


def test_the_secret_is_shown_as_authenticator_programs_take_it() -> None:
    assert shown(RFC) == "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


def test_a_code_counts_once_and_one_step_early_or_late(tmp_path: Path) -> None:
    now = 300.0
    codes = OneTimeCodes({"vutg": RFC}, tmp_path / "used.json", lambda: now)

    assert not codes.take("vutg", code_at(RFC, 8))
    assert codes.take("vutg", code_at(RFC, 9))
    assert not codes.take("vutg", code_at(RFC, 9))
    assert codes.take("vutg", code_at(RFC, 11))
    assert not codes.take("vutg", code_at(RFC, 10))
    assert not codes.take("vutg", code_at(RFC, 12))
    assert not codes.take("other", code_at(RFC, 12))
    assert not codes.take("vutg", "é" * 6)


def test_a_used_code_stays_used_over_a_restart(tmp_path: Path) -> None:
    used = tmp_path / "used.json"
    assert OneTimeCodes({"vutg": RFC}, used, lambda: 300.0).take("vutg", code_at(RFC, 10))

    again = OneTimeCodes({"vutg": RFC}, used, lambda: 300.0)

    assert json.loads(used.read_text()) == {"vutg": 10}
    assert not again.take("vutg", code_at(RFC, 10))


def book() -> PasswordBook:
    return PasswordBook({"zele": lambda: "open-sesam"}, lambda user: user.encode().rjust(16))


def test_a_password_is_right_for_its_user_only_and_stands_nowhere() -> None:
    passwords = book()

    assert passwords.is_right("zele", "open-sesam")
    assert not passwords.is_right("zele", "open-sesame")
    assert not passwords.is_right("other", "open-sesam")
    assert not passwords.is_right("", "")
    assert "open-sesam" not in repr(passwords._digests)


def test_an_unknown_name_costs_the_time_of_a_wrong_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert REAL == 2**14
    monkeypatch.setattr(drop_secrets, "COST", REAL)
    passwords = book()

    def cost(user: str) -> float:
        began = time.thread_time()
        passwords.is_right(user, "wrong")
        return time.thread_time() - began

    cost("zele"), cost("nobody")
    pairs = [(cost("zele"), cost("nobody")) for _ in range(9)]
    known, unknown = min(one for one, _ in pairs), min(one for _, one in pairs)

    assert 0.8 < known / unknown < 1.25


class Time:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_ten_wrong_lock_an_account_from_everywhere_for_a_while() -> None:
    clock = Time()
    guard = Guard(Lockout(), clock)
    for n in range(10):
        assert not guard.is_locked("10.0.0.1", "zele")
        guard.wrong(f"10.0.1.{n}", "zele")

    assert guard.is_locked("10.0.0.1", "zele")
    assert not guard.is_locked("10.0.0.1", "other")
    clock.now = 300.0
    assert not guard.is_locked("10.0.0.1", "zele")


def test_twenty_wrong_lock_an_address_whatever_the_names() -> None:
    guard = Guard(Lockout(), Time())
    for n in range(20):
        assert not guard.is_locked("10.0.0.1", "zele")
        guard.wrong("10.0.0.1", f"user-{n}")

    assert guard.is_locked("10.0.0.1", "zele")
    assert not guard.is_locked("10.0.0.2", "zele")


def test_wrong_ones_are_forgotten_after_the_window_or_a_right_one() -> None:
    clock = Time()
    guard = Guard(Lockout(per_account=3), clock)
    guard.wrong("a", "zele")
    guard.wrong("a", "zele")
    clock.now = 601.0
    guard.wrong("a", "zele")
    guard.wrong("a", "zele")
    assert not guard.is_locked("b", "zele")

    guard.right("zele")
    guard.wrong("a", "zele")
    guard.wrong("a", "zele")

    assert not guard.is_locked("b", "zele")


def test_a_flood_of_names_does_not_fill_memory() -> None:
    guard = Guard(Lockout(per_address=10**9), Time())
    for n in range(30_000):
        guard.wrong("10.0.0.1", f"user-{n}")

    assert len(guard._tallies) <= 10_000

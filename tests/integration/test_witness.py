"""A witness cosigns a log that only grew, remembers it, and nothing moves it to cosign another."""

import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.adapters import witnesses as witnesses_module
from gateway.adapters.clock import SpaceClock
from gateway.adapters.log import LogReader
from gateway.adapters.log.chain import Chain
from gateway.adapters.signing import (
    LogNotary,
    cosigned_at,
    public_bytes,
    signed_checkpoint,
    verify_checkpoint,
)
from gateway.adapters.witness import Witness
from gateway.adapters.witness_records import WitnessRecords
from gateway.adapters.witnesses import Witnesses
from gateway.domain.checkpoint import COSIGNATURE, VerifierKey, read_note
from gateway.domain.log_check import Head
from gateway.domain.sealing import SealedEntry
from gateway.domain.tile_names import consistency_text
from gateway.domain.tiles import TileNodes
from gateway.domain.tree_proofs import consistency_proof, root_at
from gateway.domain.witnessing import parse_witnesses
from tests.waiting import eventually

ORIGIN = "log.example/one"
KEY, OTHER, OWN = (Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in (1, 2, 3))
NOW = datetime(2026, 11, 26, tzinfo=UTC)
VERIFIER = VerifierKey("witness.example/w1", public_bytes(OWN), COSIGNATURE)


class Grown:
    """A log that says what it is at any size."""

    def __init__(self, path: Path, word: bytes, key: Ed25519PrivateKey = KEY) -> None:
        chain = Chain(path)
        chain.write([SealedEntry(b"%b %d" % (word, n), bytes(32), None, None) for n in range(600)])
        chain.close()
        self.reader = LogReader(path)
        self.notary = LogNotary(key, ORIGIN, self.reader.head)

    def note(self, size: int) -> str:
        return self.notary.note(Head(size, root_at(size, TileNodes(self.reader.tile, size))))

    def submission(self, old: int, new: int) -> str:
        proof = consistency_proof(old, new, TileNodes(self.reader.tile, new))
        return consistency_text(old, proof, self.note(new))


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Grown]:
    made = Grown(tmp_path / "log.db", b"entry")
    yield made
    made.reader.close()


@pytest.fixture
def fork(tmp_path: Path) -> Iterator[Grown]:
    """Another log of the same name and key."""
    made = Grown(tmp_path / "fork.db", b"other")
    yield made
    made.reader.close()


@pytest.fixture
def witness(log: Grown, tmp_path: Path) -> Iterator[Witness]:
    opened = a_witness(log, tmp_path)
    yield opened
    opened.records.close()


def a_witness(log: Grown, folder: Path) -> Witness:
    logs = {ORIGIN: [log.notary.verifier]}
    records = WitnessRecords(folder / "witness.db")
    return Witness(OWN, VERIFIER, logs, records, SpaceClock(NOW))


def test_a_log_that_only_grew_is_cosigned_each_time(log: Grown, witness: Witness) -> None:
    old = 0
    for new in (1, 1, 255, 256, 257, 600, 600):
        answer = witness.add(log.submission(old, new))

        assert (answer.status, answer.media_type) == (200, "text/plain")
        text = log.note(new) + answer.text
        assert cosigned_at(text, str(VERIFIER)) == int(NOW.timestamp())
        assert verify_checkpoint(text, log.notary.verifier)[0] == new
        assert witness.last(ORIGIN) == text
        old = new


def test_what_is_cosigned_is_the_form_of_the_specification(log: Grown, witness: Witness) -> None:
    line = witness.add(log.submission(0, 5)).text
    ((name, signed),) = read_note(f"x\n\n{line}").signatures

    assert (name, signed[:4]) == ("witness.example/w1", VERIFIER.id)
    assert int.from_bytes(signed[4:12], "big") == int(NOW.timestamp())
    assert len(signed) == 4 + 8 + 64
    body = read_note(log.note(5)).body
    OWN.public_key().verify(signed[12:], f"cosignature/v1\ntime {int(NOW.timestamp())}\n{body}".encode())  # fmt: skip
    assert VerifierKey.parse(str(VERIFIER)) == VERIFIER


REFUSED: dict[str, tuple[Callable[[Grown, Grown], str], int, str]] = {
    "no form at all": (lambda log, _: "hello", 400, ""),
    "no old size": (lambda log, _: log.submission(300, 400).replace("old 300", "300"), 400, ""),
    "a size with a zero before it": (lambda log, _: log.submission(300, 400).replace("old 300", "old 0300"), 400, ""),
    "too many hashes": (lambda log, _: f"old 300\n{'A' * 43 + '='}\n".replace("\n", "\n" + f"{'A' * 43}=\n" * 63, 1) + f"\n{log.note(400)}", 400, ""),
    "a hash that is none": (lambda log, _: f"old 300\nAAAA\n\n{log.note(400)}", 400, ""),
    "no signature": (lambda log, _: log.submission(300, 400).partition("\n—")[0] + "\n", 400, ""),
    "another origin": (lambda log, _: log.submission(300, 400).replace("log.example/one\n", "log.example/two\n"), 404, ""),
    "a flipped signature": (lambda log, _: flipped(log.submission(300, 400)), 403, ""),
    "a size that goes back": (lambda log, _: f"old 300\n\n{log.note(200)}", 400, ""),
    "a rollback": (lambda log, _: log.submission(100, 200), 409, "300\n"),
    "another old size": (lambda log, _: log.submission(0, 400), 409, "300\n"),
    "a fork of the same size": (lambda _, fork: f"old 300\n\n{fork.note(300)}", 409, "300\n"),
    "a fork that went on": (lambda _, fork: fork.submission(300, 400), 422, ""),
    "no proof": (lambda log, _: f"old 300\n\n{log.note(400)}", 422, ""),
    "a proof of something else": (lambda log, _: log.submission(299, 400).replace("old 299", "old 300"), 422, ""),
}  # fmt: skip


def flipped(text: str) -> str:
    head, _, last = text.rstrip("\n").rpartition(" ")
    middle = len(last) // 2
    other = "A" if last[middle] != "A" else "B"
    return f"{head} {last[:middle]}{other}{last[middle + 1 :]}\n"


@pytest.mark.parametrize("name", REFUSED)
def test_nothing_else_is_cosigned_or_remembered(
    log: Grown, fork: Grown, witness: Witness, name: str
) -> None:
    make, status, told = REFUSED[name]
    assert witness.add(log.submission(0, 300)).status == 200
    before = witness.last(ORIGIN)

    answer = witness.add(make(log, fork))

    assert answer.status == status
    assert (answer.media_type, answer.text) == ("text/x.tlog.size", told) if told else answer.text
    assert witness.last(ORIGIN) == before
    assert witness.add(log.submission(300, 301)).status == 200


def test_another_key_of_the_same_name_is_not_the_log(
    log: Grown, witness: Witness, tmp_path: Path
) -> None:
    stranger = Grown(tmp_path / "stranger.db", b"entry", OTHER)

    assert witness.add(stranger.submission(0, 5)).status == 403
    stranger.reader.close()


def test_it_remembers_through_a_restart(log: Grown, fork: Grown, tmp_path: Path) -> None:
    first = a_witness(log, tmp_path)
    assert first.add(log.submission(0, 400)).status == 200
    first.records.close()

    again = a_witness(log, tmp_path)

    assert again.add(fork.submission(0, 500)).status == 409
    assert again.add(log.submission(0, 300)).text == "400\n"
    assert again.add(log.submission(400, 500)).status == 200
    again.records.close()


def test_a_note_with_more_signatures_is_read_and_one_that_lies_is_not(
    log: Grown, witness: Witness
) -> None:
    line = witness.add(log.submission(0, 7)).text
    text = log.note(7) + line

    assert signed_checkpoint(text, log.notary.verifier).size == 7
    for other in (text.replace("\n7\n", "\n8\n"), flipped(log.note(7)) + line):
        with pytest.raises(ValueError, match="does not hold"):
            signed_checkpoint(other, log.notary.verifier)
    with pytest.raises(ValueError, match="not cosigned"):
        cosigned_at(text.replace("\n7\n", "\n8\n"), str(VERIFIER))
    with pytest.raises(ValueError, match="not cosigned"):
        cosigned_at(log.note(7), str(VERIFIER))
    with pytest.raises(ValueError, match="not signed by this key"):
        signed_checkpoint(line.join(["x\n\n", ""]), log.notary.verifier)


def test_addresses_of_witnesses_are_read() -> None:
    text = f"http://127.0.0.1:1#{VERIFIER}, https://w.example/x/#{VERIFIER}"

    assert [(one.url, one.key) for one in parse_witnesses(text)] == [
        ("http://127.0.0.1:1", VERIFIER), ("https://w.example/x", VERIFIER),
    ]  # fmt: skip
    assert parse_witnesses("") == []
    for wrong in (
        "http://127.0.0.1:1",
        f"ftp://x#{VERIFIER}",
        "http://x#a+b+c",
        f"http://x#{VERIFIER}A",
    ):
        with pytest.raises(ValueError, match=r"witness is|verifier key|base64"):
            parse_witnesses(wrong)


class Reluctant:
    """A store whose file cannot be read at first."""

    def __init__(self) -> None:
        self.asked = 0

    def last(self) -> None:
        self.asked += 1
        if self.asked == 1:
            raise sqlite3.OperationalError("database is locked")


def test_a_store_that_cannot_be_read_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever brings checkpoints to witnesses lives on; else nothing would be cosigned any more."""
    monkeypatch.setattr(witnesses_module, "_AGAIN_S", 0.01)
    store: Any = Reluctant()
    witnesses = Witnesses(parse_witnesses(f"http://127.0.0.1:1#{VERIFIER}"), store, lambda *_: "")
    try:
        witnesses.tell()
        eventually(lambda: store.asked == 2)
    finally:
        witnesses.stop()

"""SSH packets: however they are cut on their way they come out as they went in, and changed ones do not."""

import contextlib
import hashlib
import random
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st
from paramiko.ssh_exception import SSHException

from sftp_drop.packets import Packets

KEY, NONCE = b"k" * 16, b"n" * 12
KINDS = ("plain", "gcm", "ctr")


class Wire:
    """A socket whose bytes are given and taken by hand. `asked` counts how it was read."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces, self.sent = list(pieces), b""
        self.asked = {"at once": 0, "asleep": 0}

    def recv_into(self, room: memoryview, count: int = 0, flags: int = 0) -> int:
        self.asked["at once" if flags else "asleep"] += 1
        if not self.pieces:
            raise BlockingIOError
        piece = self.pieces.pop(0)
        taken = piece[: len(room)]
        room[: len(taken)] = taken
        if len(piece) > len(taken):
            self.pieces.insert(0, piece[len(taken) :])
        return len(taken)

    def send(self, content: memoryview) -> int:
        self.sent += bytes(content)
        return len(content)

    def setsockopt(self, *_: int) -> None:
        pass


def packets(kind: str, wire: Any, *, sends: bool) -> Packets:
    """Packets under keys of this kind, for one direction."""
    made = Packets(wire)
    made._initial_kex_done = True
    cipher = Cipher(algorithms.AES(KEY), modes.CTR(b"i" * 16))
    keys: dict[str, dict[str, Any]] = {
        "gcm": {"block_engine": AESGCM(KEY), "iv_in": NONCE, "iv_out": NONCE},
        "ctr": {
            "block_engine": cipher.encryptor() if sends else cipher.decryptor(),
            "mac_engine": hashlib.sha256, "mac_size": 32, "mac_key": b"m" * 32, "etm": True,
        },
    }  # fmt: skip
    if kind != "plain" and sends:
        made.set_outbound_cipher(**keys[kind])
    elif kind != "plain":
        made.set_inbound_cipher(**keys[kind])
    return made


def sealed(kind: str, payloads: Sequence[bytes]) -> bytes:
    wire = Wire()
    sender = packets(kind, wire, sends=True)
    for payload in payloads:
        sender.send_payload(payload)
    sender.flush()
    return wire.sent


def opened(kind: str, pieces: Sequence[bytes]) -> list[bytes]:
    reader = packets(kind, Wire(*pieces), sends=False)
    found = []
    while True:
        while (payload := reader.next()) is not None:
            found.append(bytes(payload))
        if not reader.fill():
            return found


PAYLOADS = st.lists(st.binary(min_size=1, max_size=400), min_size=1, max_size=8)


@pytest.mark.parametrize("kind", KINDS)
@given(payloads=PAYLOADS, cuts=st.lists(st.integers(1, 300), max_size=30))
def test_however_they_are_cut_they_come_out_as_they_went_in(
    kind: str, payloads: list[bytes], cuts: list[int]
) -> None:
    whole, pieces = sealed(kind, payloads), []
    for cut in cuts:
        pieces.append(whole[:cut])
        whole = whole[cut:]
    pieces = [piece for piece in (*pieces, whole) if piece]

    assert opened(kind, pieces) == payloads


@pytest.mark.parametrize("kind", ["gcm", "ctr"])
@given(payloads=PAYLOADS, at=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_a_changed_bit_is_noticed_and_nothing_of_its_packet_comes_out(
    kind: str, payloads: list[bytes], at: int, bit: int
) -> None:
    whole = bytearray(sealed(kind, payloads))
    whole[at % len(whole)] ^= 1 << bit
    found: list[bytes] = []
    reader = packets(kind, Wire(bytes(whole)), sends=False)
    reader.fill()
    with contextlib.suppress(SSHException):
        while (payload := reader.next()) is not None:
            found.append(bytes(payload))

    assert len(found) < len(payloads)
    assert found == payloads[: len(found)]


@pytest.mark.parametrize("kind", KINDS)
@given(st.lists(st.binary(max_size=3_000), min_size=1, max_size=12), st.integers(20, 5_000))
def test_data_is_cut_to_what_the_client_takes(kind: str, pieces: list[bytes], most: int) -> None:
    wire, total = Wire(), b"".join(pieces)
    sender = packets(kind, wire, sends=True)
    sender.widen()
    if total:
        sender.send_data(7, pieces, most)
    sender.flush()

    bodies = opened(kind, [wire.sent] if wire.sent else [])

    assert all(body[:5] == b"\x5e\x00\x00\x00\x07" for body in bodies)
    assert all(int.from_bytes(body[5:9], "big") == len(body) - 9 <= most for body in bodies)
    assert b"".join(body[9:] for body in bodies) == total


def test_large_packets_pass_once_somebody_is_in() -> None:
    dice = random.Random(3)
    payloads = [dice.randbytes(65_000) for _ in range(20)]
    whole = sealed_wide(payloads)
    reader = packets("gcm", Wire(*(whole[at : at + 9_999] for at in range(0, len(whole), 9_999))), sends=False)  # fmt: skip
    reader.fill()
    with pytest.raises(SSHException, match="impossible length"):
        reader.next()
    reader = packets("gcm", Wire(whole), sends=False)
    reader.widen()
    found: list[bytes] = []
    while len(found) < 20:
        payload = reader.next()
        if payload is None:
            assert reader.fill()
        else:
            found.append(bytes(payload))

    assert found == payloads


def sealed_wide(payloads: Sequence[bytes]) -> bytes:
    wire = Wire()
    sender = packets("gcm", wire, sends=True)
    sender.widen()
    for payload in payloads:
        sender.send_payload(payload)
    sender.flush()
    return wire.sent


def awake(reader: Packets) -> int:
    """How often one asked before falling asleep, in one wait for something that does not come."""
    wire: Any = reader._socket
    before = wire.asked["at once"]
    assert not reader.fill()
    return int(wire.asked["at once"] - before)


def a_session(*pieces: bytes) -> Packets:
    reader = packets("plain", Wire(*pieces), sends=False)
    reader.hurries, reader.alert_s = False, 0.02
    return reader


def test_nobody_stays_awake_where_that_was_not_asked() -> None:
    reader = a_session()
    reader.alert_s = 0.0

    assert awake(reader) == 0


def test_the_more_often_it_was_in_vain_the_rarer_one_stays_awake() -> None:
    reader = a_session()

    tried = [n for n in range(3_000) if awake(reader)]

    gaps = [later - earlier for earlier, later in pairwise(tried)]
    assert gaps[:4] == [5, 13, 29, 61]
    assert gaps[-1] == 513


def test_what_came_while_one_was_awake_makes_it_likelier_again() -> None:
    reader = a_session()
    for _ in range(200):
        awake(reader)
    wire: Any = reader._socket
    reader._naps = 0
    wire.pieces = [b"x"]

    assert reader.fill()

    assert wire.asked["asleep"] == 200
    assert reader._in_vain < 124


def test_the_rest_of_a_packet_is_waited_for_asleep() -> None:
    reader = a_session(b"\x00\x00\x00\x0c")
    assert reader.fill()
    assert reader.next() is None

    assert awake(reader) == 0

"""A small bundle with its key, made by the gateway's own parts without a gateway; and ways to spoil it."""

import json
import random
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from consumers.log_verifier import Key, Trust, packed, unpacked
from gateway.adapters.checkpoint_records import CheckpointRecords
from gateway.adapters.log import SqliteLog
from gateway.adapters.signing import LogNotary, cosign
from gateway.domain.canonical_json import canonical
from gateway.domain.checkpoint import COSIGNATURE, VerifierKey
from gateway.domain.evidence import Wanted
from gateway.domain.log_check import Head
from gateway.domain.log_entry import Entry, timestamp
from gateway.domain.published import Occasion, Published
from gateway.flows.evidence_bundle import Evidence
from tests.builders import NOON, the_documents
from tests.stranger_log import a_key

TEXT = b'{"id":"003"}'
FLOW, WITNESS = "zele-betaalbestand", "witness.example"
DOC = f"sha256:{sha256(TEXT).hexdigest()}"
Spoil = Callable[[bytes, random.Random], bytes]


@dataclass(frozen=True)
class Made:
    """A bundle, another of the same log earlier, and whom to trust."""

    bundle: bytes
    earlier: bytes
    trust: Trust


def a_made_bundle(entries: int = 40, *, whole: bool = False) -> Made:
    """Every other entry concerns 003; the bundle shows growth from a checkpoint that was kept, from one of
    midnight, and from one that a witness signed.
    """
    with TemporaryDirectory() as folder:
        published = CheckpointRecords(Path(folder) / "checkpoints.db")
        log = SqliteLog(Path(folder) / "log.db", new_salt=lambda: b"s" * 32)
        notary = LogNotary(_log_key(), "log.example/made", log.reader.head)
        made = Evidence(log.reader, notary, the_documents, lambda _: TEXT, published)
        every = list(_entries(entries))
        log.append_all(every[: entries // 2])
        old = notary.checkpoint()
        early = made.bundle(_wanted(whole=whole))
        for last in (-3, -1):
            log.append_all(every[log.size : last])
            _publish(published, log, notary, cosigned=last == -1)
        log.append_all(every[-1:])
        late = made.bundle(_wanted(old, whole=whole))
        log.close()
        published.close()
    keys = [Key.parse(notary.verifier), a_key(WITNESS, b"w", kind=4)[1]]
    return Made(late, early, Trust(keys, 1))


def _publish(
    published: CheckpointRecords, log: SqliteLog, notary: LogNotary, *, cosigned: bool
) -> None:
    """A checkpoint of the log as it stands: of midnight, or one that a witness signed."""
    head, occasion = log.reader.head(), Occasion.RELEASE if cosigned else Occasion.MIDNIGHT
    note = notary.note(head)
    published.keep(Published(head.size, timestamp(NOON), occasion, note))
    if cosigned:
        private, _ = a_key(WITNESS, b"w", kind=4)
        verifier = VerifierKey(WITNESS, private.public_key().public_bytes_raw(), COSIGNATURE)
        body = note.partition("\n\n")[0] + "\n"
        published.add_cosignatures(head.size, [cosign(private, verifier, body, 1_741_590_000)])


def _wanted(*old: str, whole: bool) -> Wanted:
    return Wanted("003", NOON, NOON.replace(year=2026), whole=whole, old=old)


def _entries(count: int) -> Iterator[Entry]:
    for number in range(count):
        words = {"v": 2, "e": "decision", "at": NOON.isoformat(), "flow": "other", "n": number}
        mine = {"doc": DOC, "flow": FLOW, "protocol": "003@1.0.0", "outcome": "permit"}
        yield Entry(words | (mine if number % 2 else {}), {"insz": ["12631400209"], "case": None})


def a_flipped_bit(raw: bytes, chance: random.Random) -> bytes:
    """One bit, anywhere."""
    at = chance.randrange(len(raw))
    return raw[:at] + bytes([raw[at] ^ 1 << chance.randrange(8)]) + raw[at + 1 :]


def another_byte(raw: bytes, chance: random.Random) -> bytes:
    """One byte put where another stood."""
    at = chance.randrange(len(raw))
    return raw[:at] + bytes([(raw[at] + chance.randrange(1, 256)) % 256]) + raw[at + 1 :]


def something_missing(raw: bytes, chance: random.Random) -> bytes:
    """A piece taken out."""
    at = chance.randrange(len(raw))
    return raw[:at] + raw[at + chance.randrange(1, 200) :]


def something_more(raw: bytes, chance: random.Random) -> bytes:
    """A piece put in."""
    at = chance.randrange(len(raw) + 1)
    return raw[:at] + chance.randbytes(chance.randrange(1, 50)) + raw[at:]


def a_piece_twice(raw: bytes, chance: random.Random) -> bytes:
    """A piece that stands twice."""
    at, size = chance.randrange(len(raw)), chance.randrange(1, 300)
    return raw[: at + size] + raw[at:]


def cut_off(raw: bytes, chance: random.Random) -> bytes:
    """The end is missing."""
    return raw[: chance.randrange(len(raw))]


def a_line_gone(raw: bytes, chance: random.Random) -> bytes:
    """An entry left out, in a zip file that is in order otherwise."""
    return _with_lines(raw, lambda lines: lines.pop(chance.randrange(len(lines))))


def a_line_twice(raw: bytes, chance: random.Random) -> bytes:
    """An entry replayed."""
    return _with_lines(raw, lambda lines: lines.insert(chance.randrange(len(lines)), chance.choice(lines)))  # fmt: skip


def lines_in_another_order(raw: bytes, chance: random.Random) -> bytes:
    """Two entries in each other's place."""

    def swap(lines: list[bytes]) -> None:
        one, other = chance.sample(range(len(lines)), 2)
        lines[one], lines[other] = lines[other], lines[one]

    return _with_lines(raw, swap)


def another_word(raw: bytes, chance: random.Random) -> bytes:
    """A refusal told as a permit, or a permit as a refusal."""

    def tell(lines: list[bytes]) -> None:
        at = chance.randrange(len(lines))
        lines[at] = lines[at].replace(b'"permit"', b'"refusal"')

    return _with_lines(raw, tell)


def a_member_changed(raw: bytes, chance: random.Random) -> bytes:
    """A bit of one member, in a zip file that is in order otherwise."""
    members = unpacked(raw, "zip")
    at = chance.randrange(len(members))
    name, content = members[at]
    members[at] = (name, a_flipped_bit(content, chance))
    return packed(members)


def a_member_gone(raw: bytes, chance: random.Random) -> bytes:
    """A member left out."""
    members = unpacked(raw, "zip")
    del members[chance.randrange(len(members))]
    return packed(members)


def members_in_another_order(raw: bytes, chance: random.Random) -> bytes:
    """All members, otherwise."""
    members = unpacked(raw, "zip")
    one, other = chance.sample(range(len(members)), 2)
    members[one] = (members[one][0], members[other][1])
    return packed(members)


def a_member_more(raw: bytes, chance: random.Random) -> bytes:
    """A member that nobody signed."""
    members = unpacked(raw, "zip")
    name = chance.choice(["bijlage.txt", "old/9", "text/other.json", "contents"])
    members.insert(chance.randrange(len(members) + 1), (name, b64encode(chance.randbytes(9))))
    return packed(members)


def members_elsewhere(raw: bytes, chance: random.Random) -> bytes:
    """Every member as it was, and another order of them."""
    members = unpacked(raw, "zip")
    chance.shuffle(members)
    return packed(members)


def a_member_twice(raw: bytes, chance: random.Random) -> bytes:
    """A member that stands twice, or a second one of its name."""
    members = unpacked(raw, "zip")
    name, content = chance.choice(members)
    more = (name, chance.choice([content, b"", a_flipped_bit(content, chance)]))
    members.insert(chance.randrange(len(members) + 1), more)
    return packed(members)


def signed_anew(members: dict[str, bytes], **told: object) -> bytes:
    """What a log that lies could make of a bundle: other members, or another claim, signed as they should be."""
    text, _, _ = members["contents"].decode().partition("\n\n")
    form, origin, old = text.split("\n")
    files = {name: sha256(one).hexdigest() for name, one in members.items() if name != "contents"}
    contents = canonical(json.loads(old) | {"files": files} | told).decode()
    notary = LogNotary(_log_key(), origin, Head.empty)
    note = notary.signed(f"{form}\n{origin}\n{contents}\n").encode()
    rest = {name: one for name, one in members.items() if name != "contents"}
    return packed([("contents", note), *sorted(rest.items())])


def _log_key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(b"n" * 32)


def _with_lines(raw: bytes, change: Callable[[list[bytes]], object]) -> bytes:
    members = unpacked(raw, "zip")
    at = [name for name, _ in members].index("entries.ndjson")
    lines = members[at][1].splitlines(keepends=True)
    change(lines)
    members[at] = ("entries.ndjson", b"".join(lines))
    return packed(members)


WAYS: tuple[Spoil, ...] = (
    a_flipped_bit, another_byte, something_missing, something_more, a_piece_twice, cut_off, a_line_gone,
    a_line_twice, lines_in_another_order, another_word, a_member_changed, a_member_gone,
    members_in_another_order, a_member_more, members_elsewhere, a_member_twice,
)  # fmt: skip

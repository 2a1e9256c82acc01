"""What waits in a collector's folder, told by one that remembers what it saw before."""

from base64 import b64encode, urlsafe_b64encode
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from consumers.inbox import Inbox
from consumers.manifests import Manifest, ManifestInvalid, ManifestKeys

FLOW = "jobbonusplus-mutaties"


def collect(inbox: Inbox, sequence: int) -> str:
    """A small file comes in and is kept; its name."""
    name = f"{FLOW}_2025-03-10_{sequence:06}.json"
    inbox.go_on(name, [b"{}"])
    digest = sha256(b"{}").hexdigest()
    inbox.keep(Manifest(name, "infino", FLOW, date(2025, 3, 10), sequence, digest, 0), "a.b.c")
    return name


def test_what_was_taken_in_waits_no_longer_and_what_came_since_does(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path, FLOW, is_lasting=False)
    second, first = collect(inbox, 2), collect(inbox, 1)
    assert inbox.waiting() == [first, second]
    inbox.done(first)
    assert inbox.waiting() == [second]
    inbox.done(second)
    assert inbox.waiting() == []
    third = collect(inbox, 3)
    assert inbox.waiting() == inbox.waiting() == [third]


def test_what_another_process_keeps_or_takes_in_is_seen(tmp_path: Path) -> None:
    inbox, other = (Inbox(tmp_path, FLOW, is_lasting=False) for _ in range(2))
    inbox.done(collect(inbox, 1))
    assert inbox.waiting() == []
    second, third = collect(other, 2), collect(other, 3)
    assert inbox.waiting() == [second, third]
    other.done(second)
    assert inbox.waiting() == [third]


def test_a_folder_that_begins_anew_is_looked_through_anew(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path, FLOW, is_lasting=False)
    inbox.done(collect(inbox, 1))
    assert inbox.waiting() == []
    (tmp_path / FLOW / "state.ndjson").unlink()
    assert inbox.waiting() == []
    again = collect(inbox, 1)
    assert inbox.waiting() == [again]


def test_a_manifest_that_was_read_before_counts_for_its_own_bytes_only() -> None:
    def coded(raw: bytes) -> str:
        return urlsafe_b64encode(raw).decode().rstrip("=")

    key = Ed25519PrivateKey.generate()
    public = b64encode(b"\1" + key.public_key().public_bytes_raw()).decode()
    head = coded(b'{"alg":"EdDSA","kid":"0a"}')
    payload = b'{"bestand":"x.json","afnemer":"infino","stroom":"f","dag":"2025-03-10","volgorde":%d,"sha256":"","aantal":0}'
    signature = coded(key.sign(f"{head}.{coded(payload % 1)}".encode()))
    keys, strange = ManifestKeys.pinned(f"demo+0a+{public}"), ManifestKeys({})
    told = f"{head}.{coded(payload % 1)}.{signature}"
    assert keys.read(told) == keys.read(told)
    assert keys.read(told).sequence == 1
    for reader, text in ((keys, f"{head}.{coded(payload % 2)}.{signature}"), (strange, told)):
        with pytest.raises(ManifestInvalid):
            reader.read(text)

"""Hostile deliveries through the real door (hostile tests 27, 28, 30 and 31): replays, poison, clocks, names."""

import json
from datetime import datetime

import pytest

from gateway.domain.legal_day import BRUSSELS, in_brussels, period_later
from tests.people import ELIF, KARIM
from tests.running import FLOW, START, RunningSpace, a_batch
from tests.waiting import eventually

NAME = f"{FLOW}_{START}.json"


def test_h27_the_same_after_a_month_changes_nothing_and_other_bytes_are_refused(
    space: RunningSpace,
) -> None:
    first = space.upload(NAME, a_batch(KARIM))
    gap = space.upload(f"{FLOW}_{START}_3.json", a_batch(KARIM, number=3))
    space.control("PUT", "/providers/wewis", {"automatic": False})
    space.control("POST", "/clock/advance", {"days": 31})

    replayed = space.upload(NAME, a_batch(KARIM))
    changed = space.upload(NAME, a_batch(ELIF))
    back = space.control("PUT", "/clock", {"at": "2025-03-10T07:00:00+01:00"})

    assert (replayed["status"], replayed["batch"]) == ("ongewijzigd", first["batch"])
    assert (gap["status"], changed["status"]) == ("geweigerd", "geweigerd")
    assert "volgnummer` 2" in gap["remedy"]
    assert back.status_code == 409
    with space.sftp("infino") as consumer:
        assert len(consumer.files(FLOW)) == 1


DEEP = b"[" * 100_000 + b"]" * 100_000


@pytest.mark.parametrize(
    ("day", "old", "new"),
    [
        ("2025-03-01", b'"aantal": 1', b'"aantal": ' + b"9" * 10_000),
        ("2025-03-02", b'"schema": "', b'"schema": "\\ud800'),
        ("2025-03-03", b'"aantal": 1', b'"aantal": ' + DEEP),
        ("2025-03-04", FLOW.encode(), b"zele-betaalbestand"),
        ("2025-03-05", b'"aantal": 1', b'"aantal": -Infinity'),
        ("2025-03-06", b'"aantal": 1', b'"aantal": 1e400'),
        ("2025-03-07", b"{", b"\x00" * 5_000),
    ],
    ids=["digits", "surrogate", "deep", "envelope", "infinity", "float", "zeros"],
)
def test_h28_poison_goes_to_quarantine_and_the_next_file_is_handled(
    shared_space: RunningSpace, day: str, old: bytes, new: bytes
) -> None:
    content, name = a_batch(KARIM, day=day), f"{FLOW}_{day}.json"
    assert old in content

    poisoned = shared_space.upload(name, content.replace(old, new))
    fine = shared_space.upload(name, content)

    assert poisoned["status"] == "quarantaine"
    assert poisoned["reden"]
    assert KARIM not in json.dumps(poisoned)
    assert fine["status"] == "verdeeld"


@pytest.mark.parametrize(
    ("placed", "gone"),
    [
        ("2025-01-31T08:00", "2025-02-28T08:00+01:00"),
        ("2024-01-31T08:00", "2024-02-29T08:00+01:00"),
        ("2025-02-28T08:00", "2025-03-28T08:00+01:00"),
        ("2025-03-30T01:30", "2025-04-30T01:30+02:00"),
        ("2025-02-28T02:30", "2025-03-28T02:30+01:00"),
        ("2025-03-01T23:59", "2025-04-01T23:59+02:00"),
        ("2025-09-26T02:30", "2025-10-26T02:30+02:00"),
        ("2024-12-31T00:00", "2025-01-31T00:00+01:00"),
    ],
)
def test_h30_a_month_on_the_server_ends_on_the_day_that_the_text_means(
    placed: str, gone: str
) -> None:
    at = datetime.fromisoformat(placed).replace(tzinfo=BRUSSELS)

    assert in_brussels(period_later(at, "P1M")).isoformat(timespec="minutes") == gone


def test_h31_names_cannot_break_or_fill_the_log(space: RunningSpace) -> None:
    """Lines, escapes and quotes are refused at the door; what is well formed and not agreed is `unknown`."""
    with space.sftp("wewis") as wewis:
        for name in ("a\nb.json", "\x1b[2J.json", "'a'.json", '"a".json', "{}.json"):
            with pytest.raises(OSError, match="a name has letters"):
                wewis._sftp.open(f"/in/{FLOW}/{name}", "w")
        wewis._sftp.open(f"/in/{FLOW}/{KARIM}.json", "w").close()
    eventually(lambda: any(leaf["e"] == "batch.received" for leaf in space.leaves()))
    space.host.space.settle()

    received = [leaf for leaf in space.leaves() if leaf["e"] == "drop.received"]
    assert [one["file"] for one in received] == ["unknown"]
    assert KARIM not in json.dumps(space.leaves())
    assert space.verify().ok

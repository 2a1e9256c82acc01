"""What the log keeps of persons goes on its term or by decision; the tree stays, and the bytes are gone."""

import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from gateway.adapters.log.reader import LogReader
from gateway.adapters.log.schema import connect_reader
from gateway.adapters.log.subject_index import positions_about
from gateway.cli.main import app
from gateway.domain.sealing import unpack_subjects
from gateway.domain.subject_tags import tag_of
from gateway.settings import DEMO_CLOCK, Settings
from gateway.simulation.host import Host
from tests.outages import held
from tests.people import ELIF, KARIM, NOOR
from tests.running import CARE, FLOW, TRANSACTIONS, RunningSpace, a_batch

UNIT, PAYER = "ahovoks-studietoelagen", "infino"
ASK = {"insz": NOOR, "referentiedatum": "2024-12-31"}
DIGEST = "sha256:" + "ab" * 32


def erase(space: RunningSpace, insz: str, ground: str = "unlawful", **more: Any) -> dict[str, Any]:
    body = {"insz": insz, "ground": ground, "by": "opgroeien", "document": DIGEST} | more
    answer = space.control("POST", "/erasures", body)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def asked(space: RunningSpace) -> None:
    """Noor and Karim are registered and asked about, and Karim and Elif stand in a file."""
    space.register(UNIT, NOOR)
    space.register(PAYER, KARIM, ELIF)
    assert space.post(UNIT, CARE, ASK, x_correlation_id="mijn-eigen-referte").status_code == 200
    assert space.post(PAYER, TRANSACTIONS, {"insz": KARIM}).status_code == 200
    space.upload(f"{FLOW}_2025-03-10.json", a_batch(KARIM, ELIF))


def bytes_of(space: RunningSpace, name: str = "log.db") -> bytes:
    folder = Path(space.ready["data"])
    return b"".join(path.read_bytes() for path in sorted(folder.glob(f"{name}*")))


def rows(space: RunningSpace) -> dict[int, Any]:
    """The private rows that are left."""
    reader = LogReader(Path(space.ready["data"]) / "log.db")
    try:
        kept = [one for one in reader.entries(1, reader.head().size) if one.salt is not None]
        return {one.position: one for one in kept}
    finally:
        reader.close()


def test_a_number_may_be_written_with_dots(space: RunningSpace) -> None:
    asked(space)

    told = erase(space, f"{NOOR[:2]}.{NOOR[2:4]}.{NOOR[4:6]}-{NOOR[6:9]}.{NOOR[9:]}")

    assert (told["outcome"], told["count"]) == ("erased", 2)
    assert NOOR.encode() not in bytes_of(space)


def test_what_lies_beside_and_may_hold_the_rows_is_named(space: RunningSpace) -> None:
    asked(space)
    for call in ("/recording", "/snapshots"):
        assert space.control("POST", call, {"name": "before"}).status_code == 201
    space.control("DELETE", "/recording")
    lying = ["recordings/before.ndjson", "recordings/before.zip", "snapshots/before.zip"]
    by_request = erase(space, NOOR, "request", document=None)
    words = ("--ground", "unlawful", "--by", "opgroeien", "--document", str(Path(__file__)))

    told = CliRunner().invoke(app, ["erase", "person", NOOR, *words, "--data", space.ready["data"]])

    assert (by_request["outcome"], by_request["copies"]) == ("kept", [])
    assert told.stdout.strip().endswith(f"as they were: {', '.join(lying)}")
    assert erase(space, KARIM, by="wewis")["copies"] == lying
    assert NOOR.encode() not in bytes_of(space)
    assert NOOR.encode() in bytes_of(space, "snapshots/before.zip")


def test_of_whom_is_erased_no_byte_stays_and_the_tree_does(space: RunningSpace) -> None:
    asked(space)
    before = rows(space)
    mine = [at for at, one in before.items() if NOOR.encode() in (one.words or b"")]
    salts = [before[at].salt for at in mine]
    root_before = space.leaves()

    told = erase(space, NOOR)

    found = bytes_of(space)
    assert (told["outcome"], told["count"]) == ("erased", len(mine))
    assert told["articles"] == ["AVG art. 17, lid 1, d)"]
    assert len(mine) == 2
    assert NOOR.encode() not in found
    assert b"mijn-eigen-referte" not in found
    assert not [salt for salt in salts if salt in found]
    assert sorted(rows(space)) == sorted(before.keys() - set(mine))
    assert space.leaves()[: len(root_before)] == root_before
    assert space.verify().ok


def test_of_a_file_only_the_one_person_goes_and_each_other_can_be_shown(
    space: RunningSpace,
) -> None:
    asked(space)
    number, other = int(KARIM).to_bytes(8, "big"), int(ELIF).to_bytes(8, "big")
    (at,) = (at for at, one in rows(space).items() if one.subjects)
    file_salt = rows(space)[at].salt

    told = erase(space, KARIM)
    left = rows(space)[at]
    erase(space, ELIF)

    assert told["count"] == 3  # registration, consultation, file
    assert list(unpack_subjects(left.subjects)) == [int(ELIF), 0]
    assert at not in rows(space)
    assert not [
        secret for secret in (number, other, file_salt, left.salt[:32]) if secret in bytes_of(space)
    ]
    assert space.verify().ok


def test_what_the_law_keeps_is_kept_and_both_answers_are_entered(space: RunningSpace) -> None:
    asked(space)
    before = sorted(rows(space))

    told = erase(space, NOOR, "request", document=None)
    leaf = space.leaves()[-1]

    assert (told["outcome"], told["count"]) == ("kept", 2)
    assert told["articles"][0] == "AVG art. 17, lid 3, b)"
    assert "004 art. 2" in told["articles"]
    assert sorted(rows(space)) == before
    assert (leaf["e"], leaf["ground"], leaf["count"], leaf["by"]) == (
        "private.kept",
        "request",
        2,
        "opgroeien",
    )
    assert leaf["articles"] == told["articles"]
    assert NOOR not in json.dumps(leaf)


@pytest.fixture
def brief(tmp_path: Path) -> Iterator[RunningSpace]:
    """A space whose log keeps persons of 001 and of the platform for a month, of 004 as long as its text."""
    options = Settings(
        data=tmp_path / "space", http_port=0, sftp_port=0, clock=DEMO_CLOCK, demo=True,
        log_term="P30D", log_terms="001=P30D",
    )  # fmt: skip
    host = Host(options)
    yield RunningSpace(host, host.start())
    host.stop()


def test_what_is_over_goes_by_itself_and_what_a_text_keeps_longer_stays(
    brief: RunningSpace,
) -> None:
    asked(brief)
    brief.control("PUT", "/providers/wewis", {"automatic": False})
    before = rows(brief)
    (noors,) = (at for at in before if is_care(brief, at))

    april = moved(brief, 29)
    still = sorted(rows(brief))
    may = moved(brief, 23)
    again = brief.control("POST", "/erasures/due").json()

    assert april == ["nothing to erase"]
    assert still == sorted(before)
    assert may == [f"{len(before) - 1} erased"]
    assert again == {"count": 0}
    (leaf,) = (leaf for leaf in brief.leaves() if leaf["e"] == "private.erased")
    assert (leaf["ground"], leaf["what"], leaf["count"], leaf["by"]) == (
        "term",
        "log",
        len(before) - 1,
        "gateway",
    )
    assert list(rows(brief)) == [noors]
    assert not [number for number in (KARIM, ELIF) if number.encode() in bytes_of(brief)]
    assert brief.verify().ok


def is_care(space: RunningSpace, at: int) -> bool:
    return str(space.leaves()[at - 1]["protocol"]).startswith("004")


def moved(space: RunningSpace, days: int) -> list[str]:
    """What became of the erasure jobs in so many days."""
    jobs = space.control("POST", "/clock/advance", {"days": days}).json()["jobs"]
    return [job["outcome"] for job in jobs if job["job"] == "log.erase"]


def test_the_wish_is_granted_where_no_text_binds(space: RunningSpace) -> None:
    """Nothing is kept of somebody whom nobody asked about."""
    told = erase(space, NOOR, "request", document=None)

    assert (told["outcome"], told["count"], told["articles"]) == (
        "erased",
        0,
        ["AVG art. 17, lid 1, a)"],
    )


@pytest.mark.parametrize(
    ("change", "element"),
    [
        ({"insz": "12631400208"}, "insz"),
        ({"insz": "85010100133"}, "insz"),
        ({"by": "Jan Verzonnen"}, "by"),
        ({"document": None}, "document"),
        ({"document": "sha256:xyz"}, "document"),
        ({"ground": "term"}, "ground"),
    ],
)
def test_a_question_that_is_not_formed_as_agreed_erases_nothing(
    shared_space: RunningSpace, change: dict[str, Any], element: str
) -> None:
    body = {"insz": NOOR, "ground": "unlawful", "by": "opgroeien", "document": DIGEST} | change

    answer = shared_space.control("POST", "/erasures", body)

    assert answer.status_code == 400
    assert answer.json()["issues"][0]["name"] == element
    assert not any(str(value) in answer.text for value in change.values() if value)
    assert not [leaf for leaf in shared_space.leaves() if leaf["e"].startswith("private.")]


def test_the_command_says_what_became_of_it(space: RunningSpace, tmp_path: Path) -> None:
    asked(space)
    decision = tmp_path / "vonnis.pdf"
    decision.write_bytes(b"verzonnen")
    data = space.ready["data"]

    def run(*arguments: str, text: str | None = None) -> Result:
        return CliRunner().invoke(app, ["erase", *arguments, "--data", data], input=text)

    kept = run("person", KARIM, "--ground", "request", "--by", "infino")
    gone = run("person", "-", "--ground", "order", "--by", "infino", "--document", str(decision), "--json", text=KARIM)  # fmt: skip
    due = run("due")

    assert (kept.exit_code, gone.exit_code, due.exit_code) == (2, 0, 0)
    assert kept.stdout.startswith("3 rows not erased (AVG art. 17, lid 3, b); ")
    assert json.loads(gone.stdout)["outcome"] == "erased"
    assert due.stdout == "0 rows erased, their term was over\n"
    assert space.leaves()[-1]["document"] == f"sha256:{sha256(b'verzonnen').hexdigest()}"


def test_nothing_goes_while_the_log_cannot_be_written(space: RunningSpace) -> None:
    asked(space)
    before = sorted(rows(space))
    with held(Path(space.ready["data"]) / "log.db"):
        refused = space.control("POST", "/erasures", {"insz": NOOR, "ground": "unlawful", "by": "opgroeien", "document": DIGEST})  # fmt: skip

    assert refused.status_code == 503
    assert sorted(rows(space)) == before
    assert erase(space, NOOR)["count"] == 2


@pytest.mark.parametrize("clock", ["2025-07-10T08:00:00+02:00"])
def test_that_a_child_had_its_file_is_forgotten_once_nobody_can_ask_for_its_year(
    space: RunningSpace,
) -> None:
    """LAW: 003 art. 3, gegeven 1; art. 5 - the year is asked for in July, and in January for the last time."""
    file = "/v1/gezin/betaalbestand/aanvragen"
    assert space.post("zele-financien", file, {}).status_code == 201
    clock = space.host.space.clock

    def kept() -> bool:
        return NOOR.encode() in bytes_of(space, "space.db")

    was_kept = kept()
    clock.move_to(datetime.fromisoformat("2026-01-31T23:59:00+01:00"))
    in_january = (space.control("POST", "/erasures/due").json(), kept())
    clock.move_to(datetime.fromisoformat("2026-02-01T06:30:00+01:00"))
    told = space.control("POST", "/erasures/due").json()

    assert was_kept
    assert in_january == ({"count": 0}, True)
    assert told["count"] > 0
    assert not kept()
    leaf = space.leaves()[-1]
    assert (leaf["e"], leaf["what"], leaf["count"]) == (
        "private.erased",
        "once-a-year",
        told["count"],
    )
    assert leaf["articles"][-1] == "003 art. 3, gegeven 1"
    assert space.control("POST", "/erasures/due").json() == {"count": 0}


def test_the_index_forgets_with_the_rows_and_at_last_its_key(brief: RunningSpace) -> None:
    asked(brief)
    years = brief.host.space.gateway.erasure.years
    keys = dict(years.all())
    before = pointed_at(brief, keys, KARIM), pointed_at(brief, keys, ELIF)

    erase(brief, KARIM)
    after = pointed_at(brief, keys, KARIM), pointed_at(brief, keys, ELIF)
    brief.host.space.clock.move_to(datetime.fromisoformat("2036-01-02T08:00:00+01:00"))
    told = brief.control("POST", "/erasures/due").json()

    assert (len(before[0]), after[0]) == (3, [])
    assert after[1] == before[1] != []
    assert told["count"] > 0
    assert list(years.all()) == []
    assert pointed_at(brief, keys, ELIF) == []
    gone = [leaf["what"] for leaf in brief.leaves() if leaf["e"] == "private.erased"]
    assert gone == ["log", "log", "index-key"]
    assert not [key for key in keys.values() if key in bytes_of(brief, "space.db")]
    assert brief.verify().ok


def pointed_at(space: RunningSpace, keys: Mapping[str, bytes], number: str) -> list[int]:
    """Which entries the index of persons names, for somebody who kept its keys."""
    tags = [tag_of(int(number), key) for key in keys.values()]
    with closing(connect_reader(Path(space.ready["data"]) / "log.db")) as connection:
        return list(positions_about(connection, tags))

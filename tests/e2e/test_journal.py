"""The tester's journal: what happened, counted, and what never did, also when nobody can tell any more."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import paramiko
import pytest
from typer.testing import CliRunner

from consumers.wire_sftp import SftpClient
from gateway.adapters.journal import ALL, NAME
from gateway.cli.main import app
from gateway.contracts.faults import LogUnavailable
from gateway.settings import DEMO_CLOCK, Settings
from gateway.simulation.disturbance.rules import Fault
from gateway.simulation.host import Host
from gateway.simulation.journal import JournalDesk, shown
from tests.people import ELIF, JORIS, KARIM, NOOR, OSCAR, SOFIE
from tests.running import CARE, FLOW, TRANSACTIONS, RunningSpace, a_batch
from tests.waiting import eventually

UNIT, PAYER = "ahovoks-studietoelagen", "infino"
ASK = {"insz": NOOR, "referentiedatum": "2024-12-31"}
MEMBERS = {"n", "at", "kind", "credential", "flow", "outcome", "reason", "decision"}
DIGEST = "sha256:" + "ab" * 32


@pytest.fixture
def space(shared_space: RunningSpace, clock: str) -> Iterator[RunningSpace]:
    """A space of its own beside the others of one process."""
    made = shared_space.control("POST", "/spaces", {"id": "journal", "clock": clock})
    assert made.status_code == 201, made.text
    yield RunningSpace(shared_space.host, made.json())
    assert shared_space.control("DELETE", "/spaces/journal").status_code == 204


def told(answer: httpx.Response) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json()


def journal(space: RunningSpace, query: str = "") -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = told(space.control("GET", f"/journal{query}"))["items"]
    return items


def never(space: RunningSpace, insz: str, to: str) -> Any:
    return told(space.control("POST", "/journal/never", {"insz": insz, "to": to}))


def erase(space: RunningSpace, insz: str, by: str = "opgroeien") -> None:
    body = {"insz": insz, "ground": "unlawful", "by": by, "document": DIGEST}
    assert told(space.control("POST", "/erasures", body))["outcome"] == "erased"


def command(space: RunningSpace, *words: str) -> tuple[int, Any]:
    done = CliRunner().invoke(app, ["journal", *words, "--json", "--data", space.ready["data"]])
    return done.exit_code, json.loads(done.stdout)


def asked(space: RunningSpace) -> Sequence[str]:
    """Refused, registered, answered, then a file; the decisions of the calls."""
    calls = [space.post(UNIT, CARE, ASK)]
    space.register(UNIT, NOOR)
    calls.append(space.post(UNIT, CARE, ASK))
    space.register(PAYER, KARIM, ELIF)
    space.upload(f"{FLOW}_2025-03-10.json", a_batch(KARIM, ELIF))
    space.space.settle()
    return [call.headers["sim-decision"] for call in calls]


def test_every_request_and_file_event_stands_there_with_its_decision(space: RunningSpace) -> None:
    refused, answered = asked(space)

    page = told(space.control("GET", "/journal"))
    items = page["items"]

    assert page.keys() == {"items", "dropped"}
    assert page["dropped"] == 0
    assert all(item.keys() == MEMBERS for item in items)
    assert [item["n"] for item in items] == list(range(1, len(items) + 1))
    calls = {item["decision"]: item for item in items if item["kind"] == "decision"}
    assert calls[refused] | {"n": 0} == {
        "n": 0, "at": "2025-03-10T08:00:00.000+01:00", "kind": "decision", "credential": UNIT,
        "flow": "zorgtoeslag", "outcome": "refusal", "reason": "not-registered", "decision": refused,
    }  # fmt: skip
    assert (calls[answered]["outcome"], calls[answered]["reason"]) == ("permit", None)
    kinds = {item["kind"] for item in items}
    assert {"drop.login", "drop.received", "batch.received", "file.delivered"} <= kinds
    leaves = [leaf for leaf in space.leaves() if leaf["e"] != "checkpoint.published"]
    assert len(items) == len(leaves)


def test_of_several_reasons_the_first_is_told(space: RunningSpace) -> None:
    space.post(UNIT, CARE, {"insz": "12", "referentiedatum": "2999-12-31"})

    reasons = space.leaves()[-1]["reasons"]

    assert len(reasons) == 2
    assert [item["reason"] for item in journal(space)] == reasons[:1]


def test_a_page_goes_on_behind_a_number_and_filters_narrow_it(space: RunningSpace) -> None:
    asked(space)
    everything = journal(space)

    pages, after = [], 0
    while page := journal(space, f"?after={after}&limit=3"):
        pages += page
        after = page[-1]["n"]
    assert pages == everything
    assert journal(space, "?last=2") == everything[-2:]
    refusals = journal(space, f"?credential={UNIT}&outcome=refusal")
    assert [item["reason"] for item in refusals] == ["not-registered"]
    assert journal(space, "?kind=file.delivered&party=infino&flow=jobbonusplus-mutaties") == [
        item for item in everything if item["kind"] == "file.delivered" and item["credential"] == PAYER
    ]  # fmt: skip
    assert journal(space, "?since=2025-03-10T07:00:00.001Z") == []
    assert journal(space, "?until=2025-03-10T07:00:00Z") == everything
    assert journal(space, "?since=2025-03-10T07:00:00Z") == everything
    assert space.control("GET", "/journal?colour=red").status_code == 400
    assert space.control("GET", "/journal?limit=0").status_code == 400


def test_who_was_not_let_in_at_the_drop_server_is_told(space: RunningSpace) -> None:
    door, user = space.ready["sftp"], space.credential(PAYER)["sftp_user"]
    wrong = Path(space.credential("kidslife")["sftp_key"]).read_text("utf-8")

    with pytest.raises(paramiko.AuthenticationException):
        SftpClient(door["host"], door["port"], door["host_key"], user, wrong)

    (item,) = journal(space, "?kind=drop.login-refused")
    assert (item["credential"], item["outcome"]) == (PAYER, "refusal")


def test_what_is_about_a_person_is_found_by_persona_or_number(space: RunningSpace) -> None:
    refused, answered = asked(space)

    mine = journal(space, "?persona=noor&kind=decision&service=GeefZorgtoeslag-02.00")
    found = told(
        space.control("POST", "/journal/search", {"insz": KARIM, "kind": "file.delivered"})
    )

    assert [item["decision"] for item in mine] == [refused, answered]
    assert PAYER in {item["credential"] for item in found["items"]}
    assert found["unknown"] == 0
    assert journal(space, "?persona=lukas") == []
    assert space.control("GET", "/journal?persona=nobody").status_code == 400
    assert (
        space.control("POST", "/journal/search", {"insz": "12"}).json()["reason"] == "insz-invalid"
    )


def test_items_are_counted_by_what_they_have_in_common(space: RunningSpace) -> None:
    asked(space)

    counts = told(
        space.control(
            "GET", f"/journal/counts?by=outcome,reason&credential={UNIT}&flow=zorgtoeslag"
        )
    )
    nothing = told(space.control("GET", "/journal/counts?credential=parentia&kind=decision"))

    assert counts == {
        "total": 2, "dropped": 0,
        "counts": [{"outcome": "permit", "reason": None, "count": 1},
                   {"outcome": "refusal", "reason": "not-registered", "count": 1}],
    }  # fmt: skip
    assert nothing == {"total": 0, "counts": [], "dropped": 0}
    assert space.control("GET", "/journal/counts?by=colour").status_code == 400


def test_nothing_about_a_person_is_in_the_journals_file(space: RunningSpace) -> None:
    asked(space)
    journal(space)

    folder = Path(space.ready["data"])
    held = b"".join(path.read_bytes() for path in folder.glob("journal.db*"))

    assert UNIT.encode() in held
    for number in (NOOR, KARIM, ELIF):
        assert number.encode() not in held
        assert int(number).to_bytes(8) not in held


def test_never_is_said_of_calls_and_files_and_by_any_name_of_the_receiver(
    space: RunningSpace,
) -> None:
    _, answered = asked(space)

    seen = never(space, NOOR, UNIT)
    filed = never(space, KARIM, "infino")

    assert seen["verdict"] == "seen"
    assert [one["decision"] for one in seen["seen"]] == [answered]
    assert "pijler1" in seen["seen"][0]["fields"]
    assert [one["kind"] for one in filed["seen"]] == ["file.delivered"]
    assert never(space, NOOR, "ahovoks")["verdict"] == "seen"
    assert never(space, NOOR, PAYER) == {"verdict": "never", "seen": [], "unknown": []}
    assert never(space, KARIM, "parentia")["verdict"] == "never"  # refused, or in another's file
    assert never(space, JORIS, UNIT)["verdict"] == "never"
    assert (
        space.control("POST", "/journal/never", {"insz": NOOR, "to": "nobody"}).status_code == 400
    )


def test_an_answer_that_broke_off_on_its_way_proves_nothing(space: RunningSpace) -> None:
    """It was decided and entered; whether the client has it nobody can tell."""
    space.register(UNIT, NOOR)
    space.disturb(Fault(where="door.rest", kind="reset"))
    with pytest.raises(httpx.TransportError):
        space.post(UNIT, CARE, ASK)
    space.disturb()

    lost = never(space, NOOR, UNIT)

    assert (lost["verdict"], lost["seen"]) == ("unknown", [])
    assert [one["cause"] for one in lost["unknown"]] == ["not-delivered"]
    assert never(space, JORIS, UNIT)["verdict"] == "never"
    space.post(UNIT, CARE, ASK)
    assert never(space, NOOR, UNIT)["verdict"] == "seen"


def test_a_replaced_number_is_the_same_person(space: RunningSpace) -> None:
    now = "75700100788"
    space.register(PAYER, now)
    assert space.post(PAYER, TRANSACTIONS, {"insz": now}).status_code in (200, 404)
    space.upload(f"{FLOW}_2025-03-10.json", a_batch(now))

    assert never(space, OSCAR, PAYER) == never(space, now, PAYER)
    assert never(space, OSCAR, PAYER)["verdict"] == "seen"


def test_once_rows_are_erased_nobody_can_tell_of_anybody(space: RunningSpace) -> None:
    """Not of who was erased, nor of others, of whom the erased row might have been."""
    asked(space)
    erase(space, NOOR)
    erase(space, ELIF)

    for person in (NOOR, SOFIE):
        lost = never(space, person, UNIT)
        assert lost["verdict"] == "unknown"
        assert [one["cause"] for one in lost["unknown"]] == ["erased"]
    assert never(space, KARIM, PAYER)["verdict"] == "seen"  # still stands in the file beside Elif
    assert never(space, ELIF, PAYER)["verdict"] == "unknown"
    calls = "kind=decision&flow=zorgtoeslag"
    mine = told(space.control("GET", f"/journal?persona=noor&{calls}"))
    others = told(space.control("GET", f"/journal/counts?persona=lukas&{calls}"))
    assert mine == {"items": [], "dropped": 0, "unknown": 2}
    assert others == {"total": 0, "counts": [], "dropped": 0, "unknown": 2}
    filed = told(
        space.control("GET", f"/journal/counts?persona=karim&kind=file.delivered&party={PAYER}")
    )
    assert (filed["total"], filed["unknown"]) == (1, 0)
    assert never(space, NOOR, "parentia")["verdict"] == "never"  # its file was empty


@pytest.mark.parametrize("clock", ["2025-07-01T09:00:00+02:00"])
def test_a_reader_of_a_shared_folder_was_told_what_it_fetched(space: RunningSpace) -> None:
    """Zele's units share one folder: who asks, and who reads, may be two."""
    made = space.post("zele-financien", "/v1/gezin/betaalbestand/aanvragen", {})
    assert made.status_code == 201, made.text
    assert never(space, SOFIE, "zele-financien")["verdict"] == "seen"
    assert never(space, SOFIE, "zele-leven-welzijn")["verdict"] == "never"

    space.disturb(Fault(where="drop.out", kind="disconnect"))
    with (
        pytest.raises((EOFError, OSError, paramiko.SSHException)),
        space.sftp("zele-leven-welzijn") as reader,
    ):
        reader.fetch("zele-betaalbestand", made.json()["bestand"])
    space.disturb()
    eventually(lambda: space.leaves()[-1]["e"] == "drop.sent")

    assert "file.collected" not in {leaf["e"] for leaf in space.leaves()}
    assert never(space, SOFIE, "zele-leven-welzijn")["verdict"] == "seen"  # half of it was read


def test_the_journal_begins_anew_when_told_and_the_log_does_not(space: RunningSpace) -> None:
    asked(space)
    last, size = journal(space)[-1]["n"], len(space.leaves())

    assert space.control("DELETE", "/journal").status_code == 204
    assert told(space.control("GET", "/journal")) == {"items": [], "dropped": 0}
    assert len(space.leaves()) == size
    space.post(UNIT, CARE, ASK)
    assert [item["n"] for item in journal(space)] == [last + 1]
    assert space.control("GET", f"/journal/items/{last}").json()["reason"] == "service-unknown"
    one = told(space.control("GET", f"/journal/items/{last + 1}"))
    assert (one["unit"], one["channel"], one["protocol"]) == (UNIT, "rest", "004@1.0.0")


def test_commands_tell_the_same(space: RunningSpace) -> None:
    asked(space)
    page = told(space.control("GET", "/journal"))

    assert command(space, "list") == (0, page)
    assert command(space, "never", NOOR, PAYER)[0] == 0
    assert command(space, "never", NOOR, UNIT) == (1, never(space, NOOR, UNIT))
    items = command(space, "list", "--only", f"credential={UNIT}", "--last", "1")[1]["items"]
    assert items == [one for one in page["items"] if one["credential"] == UNIT][-1:]
    counts = command(space, "count", "--by", "kind")[1]
    assert counts["total"] == sum(one["count"] for one in counts["counts"])
    assert {"kind": "drop.login", "count": 1} in counts["counts"]


@pytest.mark.parametrize(
    "words",
    [
        ("list", "--only", "colour=red"),
        ("count", "--by", "colour"),
        ("list", "--from", "2025-03-10"),
    ],
)
def test_a_command_that_cannot_be_understood_says_so(space: RunningSpace, words: list[str]) -> None:
    done = CliRunner().invoke(app, ["journal", *words, "--data", space.ready["data"]])

    assert done.exit_code == 3
    assert done.stderr


def test_it_is_bounded_and_says_how_much_it_dropped_also_after_a_restart(tmp_path: Path) -> None:
    options = Settings(
        data=tmp_path, http_port=0, sftp_port=0, clock=DEMO_CLOCK, demo=True, journal=4
    )
    host = Host(options)
    space = RunningSpace(host, host.start())
    try:
        for _ in range(7):
            space.post(UNIT, CARE, ASK)
        before = told(space.control("GET", "/journal"))
    finally:
        host.stop()
    stopped = command(space, "list")
    again = Host(options)
    try:
        after = told(RunningSpace(again, again.start()).control("GET", "/journal"))
    finally:
        again.stop()

    assert [len(before["items"]), before["dropped"]] == [4, 3]
    assert [item["n"] for item in before["items"]] == [4, 5, 6, 7]
    assert stopped == (0, before)
    assert after == before


def test_one_that_is_damaged_is_made_again_from_the_log(
    shared_space: RunningSpace, tmp_path: Path
) -> None:
    shared_space.post(UNIT, CARE, ASK)
    (tmp_path / NAME).write_bytes(b"no database " * 1_000)
    desk = JournalDesk(tmp_path, shared_space.space.gateway.log.reader, 1_000)

    found = [shown(item) for item in desk.journal.page(ALL, 0, 1_000)]
    desk.close()

    assert found
    assert found == journal(shared_space)


def test_one_that_is_ahead_of_the_log_is_of_another_one(
    shared_space: RunningSpace, space: RunningSpace, tmp_path: Path
) -> None:
    """A log that was put back to an earlier state, say, without the journal beside it."""
    for _ in range(3):
        shared_space.post(UNIT, CARE, ASK)
    longer = JournalDesk(tmp_path, shared_space.space.gateway.log.reader, 1_000)
    assert longer.journal.last(ALL, 1)
    longer.close()
    space.post(PAYER, TRANSACTIONS, {"insz": KARIM})

    desk = JournalDesk(tmp_path, space.space.gateway.log.reader, 1_000)

    assert [shown(item) for item in desk.journal.page(ALL, 0, 1_000)] == journal(space)
    desk.close()


def test_one_that_cannot_be_written_closes_and_goes_on_another_time(
    shared_space: RunningSpace, tmp_path: Path
) -> None:
    records = shared_space.space.gateway.log.reader
    desk = JournalDesk(tmp_path, records, 1_000)
    kept = desk.journal
    kept._connection.execute("PRAGMA query_only = 1")
    shared_space.post(UNIT, CARE, ASK)

    with pytest.raises(LogUnavailable):
        kept.page(ALL, 0, 1)
    desk.close()

    again = JournalDesk(tmp_path, records, 1_000)
    assert [shown(item) for item in again.journal.page(ALL, 0, 1_000)] == journal(shared_space)
    again.close()


def test_only_the_control_token_opens_it(space: RunningSpace) -> None:
    for path in ("/_sim/journal", "/_sim/journal/counts", "/_sim/journal/items/1"):
        assert space.get(path).status_code == 401

"""A refusal and the one change that would have let it pass, for every reason; each told change is then really made."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from typer.testing import CliRunner

from gateway.cli.main import app
from gateway.domain.near_miss import near_misses
from tests.people import NOOR
from tests.reasons import ROWS, Desk, _person, wires
from tests.running import CARE, FLOW, TRANSACTIONS, RunningSpace, a_batch

UNIT = "ahovoks-studietoelagen"
AFTER = "the law said yes; what came after did not"
BEFORE = "refused before the law was asked: what it would have said cannot be told"
UNDECIDED = "no decision of the law; mend what the reasons name"
NOTES = {
    **dict.fromkeys(("credential-missing", "credential-invalid", "too-large", "message-invalid",
                     "too-many-requests", "sender-mismatch"), BEFORE),
    **dict.fromkeys(("no-data", "insz-cancelled", "insz-unknown", "source-silent", "source-garbled",
                     "source-busy", "internal"), AFTER),
    **dict.fromkeys(("onward-not-notified", "onward-not-consented", "onward-forbidden",
                     "no-such-clause"), UNDECIDED),
}  # fmt: skip
CHANGES = {
    "no-protocol": ("credential", UNIT),
    "protocol-not-in-force": ("date", "2025-03-11T00:00:00.000+01:00"),
    "protocol-ended": ("act", None),
    "protocol-suspended": ("act", "opheffing"),
    "flow-not-open": ("day", "2022-01-01"),
    "instrument-not-active": ("act", "bewijs"),
    "unit-not-listed": ("unit", UNIT),
    "unit-refused": ("credential", "infino"),
    "purpose-not-agreed": ("purpose", "geschillen"),
    "purpose-required": ("purpose", "bemiddeling"),
    "case-required": ("case", "any"),
    "authentication-too-weak": ("authentication", "eid"),
    "training-missing": ("training", "zorg"),
    "duties-not-separated": ("duties", None),
    "nothing-permitted": ("fields", "insz, periode.begin, periode.einde, pijler1"),
    "field-not-listed": ("fields", "insz, periode.begin, periode.einde, pijler1"),
    "outside-window": ("date", "2025-07-01T00:00:00.000+02:00"),
    "quota-spent": ("date", "2026-01-01T00:00:00.000+01:00"),
    "not-a-member": ("option", None),
    "right-ended": ("fact", "right-open"),
    "no-open-question": ("fact", "question-open"),
    "not-identified": ("fact", "identified"),
    "session-over": ("fact", "in-session"),
    "not-registered": ("fact", "registered"),
}
CONTENT = (
    "date-invalid", "insz-invalid", "not-a-test-number", "period-invalid", "date-in-future",
    "language-unknown", "no-group-asked", "too-many-subjects", "subject-kind-refused",
)  # fmt: skip
WITHOUT_ENTRY = frozenset(
    {"service-unknown", "read-only", "log-unavailable", "clock-backward", "day-already-delivered"}
)
WARNINGS = frozenset({"insz-replaced", "already-registered"})
LACKING = {"registered": "not-registered", "right-open": "right-ended", "member": "not-a-member"}
ASKED_AGAIN = frozenset(
    {"purpose", "case", "fields", "authentication", "option", "unit", "credential"}
)


@pytest.fixture(scope="module")
def desk(shared_space: RunningSpace) -> Iterator[Desk]:
    found = Desk(shared_space)
    yield found
    found.close()


def newest(space: RunningSpace) -> dict[str, Any]:
    item: dict[str, Any] = space.control("GET", "/journal?last=1").json()["items"][0]
    return item


def near(space: RunningSpace, item: Mapping[str, Any]) -> Any:
    return space.control("GET", f"/journal/items/{item['n']}/near-miss").json()


def test_every_reason_is_looked_at() -> None:
    assert {*NOTES, *CHANGES, *CONTENT, *WITHOUT_ENTRY, *WARNINGS} == set(ROWS)


@pytest.mark.parametrize("reason", [*CHANGES, *CONTENT])
def test_one_change_is_found_and_when_made_it_passes(desk: Desk, reason: str) -> None:
    row, space = ROWS[reason], desk.space
    with desk._standing(row):
        desk._ask(row, wires(row)[0])
        item, leaf = newest(space), space.leaves()[-1]
        told = near(space, item)
        again = [(one, _again(space, leaf, row, one)) for one in told["near"]]

    assert (item["reason"], told["decision"], told["note"]) == (reason, item["decision"], None)
    assert told["reasons"][0]["remedy"]
    change, to = CHANGES.get(reason, ("content", reason))
    assert change in {one["change"] for one in told["near"] if to is None or one["to"] == to}
    kinds = {one["change"] for one in told["near"]}
    assert "credential" not in kinds or kinds == {"credential"}, "others are the last resort"
    own = [one for one in told["near"] if one["change"] not in ("unit", "credential")]
    assert leaf.get("lacking") not in {fact for one in own for fact in one["depends"]}
    for one, outcome in again:
        if outcome is not None:
            said = outcome["outcome"], outcome.get("reason")
            assert said in {
                ("permit", None),
                *(("refusal", LACKING[fact]) for fact in one["depends"]),
            }


def _again(
    space: RunningSpace, leaf: Mapping[str, Any], row: Mapping[str, Any], one: Mapping[str, Any]
) -> Any:
    """What the dry run says of the question with the change made, where it can be put to it."""
    if one["change"] not in ASKED_AGAIN:
        return None
    body = {
        "credential": leaf["credential"], "flow": leaf["flow"], "insz": _person(row["ask"]["insz"]),
        "fields": leaf["asked"], "purpose": leaf["stated-purpose"],
        "case": "Z-1" if leaf["has-case"] else None, "authentication": leaf["authentication"],
        "zorgkas": row["ask"].get("fund"),
    }  # fmt: skip
    change, to = one["change"], one["to"]
    changes: dict[str, dict[str, Any]] = {
        "purpose": {"purpose": to}, "case": {"case": "Z-1"}, "authentication": {"authentication": to},
        "fields": {"fields": (to or "").split(", ")}, "option": {"zorgkas": None},
        "unit": {"credential": to}, "credential": {"credential": to},
    }  # fmt: skip
    answer = space.control("POST", "/check", body | changes[change])
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("reason", NOTES)
def test_where_the_law_did_not_refuse_that_is_said(desk: Desk, reason: str) -> None:
    row, space = ROWS[reason], desk.space
    with desk._standing(row):
        desk._ask(row, wires(row)[0])
        told = near(space, newest(space))

    assert told["note"] == NOTES[reason]
    assert (told["near"], told["almost"]) == ([], [])
    assert [one["reason"] for one in told["reasons"]] == [reason]


def test_a_permit_has_no_near_miss(desk: Desk) -> None:
    space = desk.space
    with desk._standing({"world": [{"register": UNIT, "insz": "NOOR"}]}):
        space.post(UNIT, CARE, {"insz": NOOR, "referentiedatum": "2024-12-31"})
        told = near(space, newest(space))

    assert (told["outcome"], told["near"], told["note"]) == ("permit", [], "nothing was refused")


def test_a_refused_file_has_one_too(space: RunningSpace) -> None:
    body = {"soort": "schorsing", "partij": "parentia", "door": "wewis"}
    token = f"Bearer {space.ready['control_token']}"
    shown = {"Authorization": token, "Content_Type": "application/json"}
    acted = space.post(None, "/v1/protocollen/001/gebeurtenissen", body, **shown)
    assert acted.status_code == 201, acted.text
    space.upload(f"{FLOW}_2025-03-10.json", a_batch())

    (item,) = space.control("GET", "/journal?kind=file.refused").json()["items"]
    told = near(space, item)
    code = CliRunner().invoke(
        app, ["journal", "near-miss", str(item["n"]), "--data", space.ready["data"]]
    )

    assert (item["credential"], item["reason"]) == ("parentia", "protocol-suspended")
    assert ("act", "opheffing") in {(one["change"], one["to"]) for one in told["near"]}
    assert code.exit_code == 0
    assert "near miss: do the act `opheffing` on protocol 001" in code.stdout


def test_what_takes_two_changes_is_told_as_almost(desk: Desk) -> None:
    """An unknown purpose and a login that is too weak: each alone still refuses."""
    space = desk.space
    space.post(
        UNIT, CARE, {"insz": NOOR, "referentiedatum": "2024-12-31"}, Sim_Purpose="toezicht",
        Sim_Authentication="password",
    )  # fmt: skip

    told = near(space, newest(space))
    done = CliRunner().invoke(
        app, ["journal", "near-miss", "--json", "--data", space.ready["data"]]
    )

    assert told["near"] == []
    assert {
        "change": "purpose",
        "to": "studietoelage",
        "then": ["authentication-too-weak"],
    }.items() <= (told["almost"][0].items())
    assert [one for one in told["almost"] if "purpose-not-agreed" in one["then"]] == []
    assert (done.exit_code, json.loads(done.stdout)) == (1, told)


def test_nothing_worked_out_for_a_changed_question_stays_with_the_law(desk: Desk) -> None:
    space = desk.space
    space.post(UNIT, CARE, {"insz": NOOR, "referentiedatum": "2024-12-31"}, Sim_Purpose="toezicht")
    bundle = space.space.gateway.protocols.bundle()
    before, spells = dict(bundle.outcomes), dict(bundle.spells)
    kept = {share: dict(spell.outcomes) for share, spell in spells.items()}

    found = near_misses(space.leaves()[-1], bundle, [*space.space.callers.values()])

    assert "studietoelage" in [one.variation.to for one in found.near]
    assert bundle.outcomes == before
    assert bundle.spells == spells
    assert {share: spell.outcomes for share, spell in spells.items()} == kept


def test_what_was_refused_is_decided_again_under_the_law_of_then(space: RunningSpace) -> None:
    """Not under that of now, in which another act stands in the way as well."""
    space.post("infino", TRANSACTIONS, {"insz": NOOR}, Sim_Purpose="toezicht")
    item = newest(space)
    then = near(space, item)
    body = {"soort": "schorsing", "partij": "infino", "door": "wewis"}
    shown = {"Authorization": f"Bearer {space.ready['control_token']}"}
    acted = space.post(
        None, "/v1/protocollen/001/gebeurtenissen", body, Content_Type="application/json", **shown
    )
    assert acted.status_code == 201, acted.text

    again = near(space, item)

    assert "rechtentoekenning-privaat" in [one["to"] for one in then["near"]]
    assert (again["near"], again["note"]) == (then["near"], None)


def test_under_a_law_that_is_no_longer_loaded_nobody_can_tell(desk: Desk) -> None:
    space = desk.space
    space.post(UNIT, CARE, {"insz": NOOR, "referentiedatum": "2024-12-31"}, Sim_Purpose="toezicht")
    leaf = space.leaves()[-1]

    assert near_misses(leaf, None, ()).note == "nobody can tell: the law of then is not loaded"

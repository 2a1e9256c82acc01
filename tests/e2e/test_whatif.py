"""What-if over sessions that were really lived: identity, and exactly the difference that a draft makes."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import pytest

from gateway.adapters.protocol_files import load_protocols
from gateway.cli.whatif import Asked, _instant, replayed
from gateway.domain.replay_effect import Fate
from gateway.domain.replay_report import Report
from gateway.settings import DEMO_CLOCK, Settings
from gateway.simulation.host import Host
from tests.builders import PROTOCOLS
from tests.command import command
from tests.people import KARIM, NOOR
from tests.running import CARE, TRANSACTIONS, RunningSpace, a_batch
from tests.session import Session
from tests.unit.test_switches import SWITCHES

Leaf = dict[str, Any]
NAMES = {path.read_text("utf-8").split('id: "')[1][:3]: path for path in PROTOCOLS.glob("*.yaml")}


def opened(data: Path, protocols: Path | None = None) -> Host:
    settings = Settings(data=data, http_port=0, sftp_port=0, clock=DEMO_CLOCK, demo=True)
    return Host(settings.model_copy(update={"protocols": protocols} if protocols else {}))


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSpace]:
    """A space that still runs, with a session behind it that met every stage."""
    host = opened(tmp_path_factory.mktemp("lived"))
    try:
        space = RunningSpace(host, host.start())
        session = Session(space, Random(17))
        session.live(180)
        session.live_beside(25)
        for kind, more in (("opheffing", {}), ("schorsing", {"partij": "parentia"})):
            session.perform("wewis", "001", kind, **more)
        session.pass_time()
        space.post("parentia", TRANSACTIONS, {"insz": KARIM})
        yield space
    finally:
        host.stop()


def of(space: RunningSpace, **changes: Any) -> Report:
    return replayed(Asked(data=Path(space.ready["data"]), **changes))


def decisions(space: RunningSpace) -> dict[str, Leaf]:
    """The leaves that hold a decision, by its number."""
    kinds = ("decision", "file.delivered", "file.refused")
    return {f"D-{n}": one for n, one in enumerate(space.leaves(), 1) if one["e"] in kinds}


def count(space: RunningSpace, wanted: Callable[[Leaf], bool]) -> int:
    return sum(1 for leaf in decisions(space).values() if wanted(leaf))


def is_care(leaf: Leaf) -> bool:
    """A question to 004 on which the law spoke, by the unit that it names."""
    return bool(
        leaf.get("flow") == "zorgtoeslag"
        and leaf["unit"] == "ahovoks-studietoelagen"
        and leaf.get("decided")
    )


def fates(report: Report) -> Counter[Fate]:
    """The fates that are no matter of course."""
    found = Counter({fate: report.total(fate) for fate in Fate if report.total(fate)})
    del found[Fate.SAME], found[Fate.NOT_DECIDED]
    return found


def a_draft(folder: Path, key: str, *edits: tuple[str, str]) -> Path:
    """A copy of a published protocol with some of its text changed."""
    text = NAMES[key].read_text("utf-8")
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new)
    path = folder / "draft.yaml"
    path.write_text(text, "utf-8")
    return path


def test_the_session_met_every_stage(lived: RunningSpace) -> None:
    leaves = decisions(lived).values()

    assert {reason for leaf in leaves for reason in leaf["reasons"]} >= {
        "credential-missing", "message-invalid", "sender-mismatch", "no-protocol", "unit-not-listed",
        "purpose-not-agreed", "case-required", "protocol-suspended", "authentication-too-weak",
        "insz-invalid", "date-invalid", "date-in-future", "language-unknown", "no-group-asked",
        "nothing-permitted", "not-registered", "no-data", "source-silent", "flow-not-open",
        "not-a-member", "not-identified", "no-open-question", "training-missing",
    }  # fmt: skip
    assert {leaf.get("step") for leaf in leaves} == {None, "question", "identification"}
    assert {leaf["e"] for leaf in leaves} == {"decision", "file.delivered", "file.refused"}
    assert len({leaf["bundle"] for leaf in leaves}) > 5
    assert {leaf["channel"] for leaf in leaves} == {"rest", "soap", "sftp"}


def test_f19_a_replay_with_nothing_changed_brings_forth_every_decision(lived: RunningSpace) -> None:
    report = of(lived)

    assert report.reproduced
    assert fates(report) == Counter()
    assert report.replayed == len(decisions(lived))
    undecided = count(lived, lambda leaf: leaf["e"] == "decision" and not leaf.get("decided"))
    assert 0 < report.total(Fate.NOT_DECIDED) == undecided < report.replayed / 3


@pytest.mark.parametrize("seed", [1, 2])
def test_f19_holds_for_other_sessions_also_after_a_restart(tmp_path: Path, seed: int) -> None:
    for part in range(2):
        host = opened(tmp_path)
        try:
            session = Session(RunningSpace(host, host.start()), Random(seed * 10 + part))
            session.live(35)
            session.live_beside(5)
        finally:
            host.stop()

    report = replayed(Asked(data=tmp_path))

    assert (report.reproduced, fates(report)) == (True, Counter())
    assert report.replayed > 80


def test_acts_between_decisions_of_one_instant_count_from_their_place_in_the_log(
    space: RunningSpace,
) -> None:
    session = Session(space, Random(17))
    space.register("parentia", KARIM)
    for kind in (None, "schorsing", "opheffing"):
        if kind:
            assert session.perform("wewis", "001", kind, partij="parentia") == 201
        space.post("parentia", TRANSACTIONS, {"insz": KARIM})

    asked = [leaf for leaf in space.leaves() if leaf.get("flow") == "jobbonusplus-verrichtingen"]

    assert [leaf["outcome"] for leaf in asked] == ["permit", "refusal", "permit"]
    assert len({leaf["at"] for leaf in asked}) == 1
    assert of(space).reproduced


def a_folder_with_a_second_version(folder: Path) -> str:
    """The published protocols and a later version of 001 with a field less; that version's digest."""
    shutil.copytree(PROTOCOLS, folder, ignore=shutil.ignore_patterns("LOCK"))
    fields = "fields: [insz, maatregel, fiscaalJaar, bedragtype, verrichtingbedrag, effectieveVerrichtingsdatum]"
    later = a_draft(
        folder.parent,
        "001",
        ('version: "1.0.0"', 'version: "1.1.0"\nsupersedes: "1.0.0"'),
        (fields, fields.replace("bedragtype, ", "")),
        (
            "gives: [insz, maatregel, fiscaalJaar, bedragtype,",
            "gives: [insz, maatregel, fiscaalJaar,",
        ),
        ("name: wewis-groeipakket-jobbonusplus", "name: wewis-tweede-versie"),
    )
    later.rename(folder / "wewis-tweede-versie.yaml")
    (new,) = (d for d in load_protocols(folder) if d.version == "1.1.0")
    return new.digest


def a_life_until_the_end(session: Session, stuk: str) -> None:
    """An addendum, a notice and its term, the end of another protocol, and people asking all the while."""
    space = session.space
    session.live(25)
    for kind in ("opheffing", "addendum"):
        session.perform("wewis", "001", kind, stuk=stuk)
        space.post("vutg-rechten", TRANSACTIONS, {"insz": KARIM})
    session.perform("kidslife", "001", "opzegging", stuk=stuk)
    session.perform("opgroeien", "004", "beeindiging")
    session.live(25)
    space.control("PUT", "/providers/wewis", {"automatic": False})
    space.control("PUT", "/clock", {"at": "2025-07-01T00:00:00+02:00"})
    session.live(25)


def test_notice_addendum_and_end_are_known_again(tmp_path: Path) -> None:
    folder, data = tmp_path / "protocols", tmp_path / "space"
    stuk = a_folder_with_a_second_version(folder)
    host = opened(data, folder)
    try:
        space = RunningSpace(host, host.start())
        a_life_until_the_end(Session(space, Random(17)), stuk)
        leaves = decisions(space).values()
    finally:
        host.stop()

    report = replayed(Asked(data=data, protocols=folder))

    assert {"001@1.0.0", "001@1.1.0"} <= {leaf["protocol"] for leaf in leaves}
    assert "protocol-ended" in {reason for leaf in leaves for reason in leaf["reasons"]}
    assert (report.reproduced, fates(report)) == (True, Counter())
    assert replayed(Asked(data=data)).total(Fate.LAW_UNKNOWN) > 80


def test_a_field_struck_is_lost_for_exactly_the_permits_that_had_it(
    lived: RunningSpace, tmp_path: Path
) -> None:
    draft = a_draft(
        tmp_path, "004",
        ("    fields: [insz, pijler1, periode.begin, periode.einde]", "    fields: [insz, periode.begin, periode.einde]"),
    )  # fmt: skip
    had = [
        name for name, leaf in decisions(lived).items()
        if is_care(leaf) and "pijler1" in leaf.get("fields", ())
    ]  # fmt: skip

    report = of(lived, draft=draft)

    assert len(had) > 5
    assert fates(report) == {Fate.FIELDS: len(had)}
    row = report.rows["004", "zorgtoeslag", "ahovoks-studietoelagen"]
    assert (row.lost, row.gained) == ({("pijler1", "art. 3, gegeven 2"): len(had)}, {})
    assert row.examples[Fate.FIELDS] == had[:3]


def test_a_field_added_is_gained_and_where_nothing_was_found_nobody_can_tell(
    lived: RunningSpace, tmp_path: Path
) -> None:
    draft = a_draft(
        tmp_path, "004",
        ("    fields: [insz, pijler1,", "    fields: [insz, pijler2, pijler1,"),
        ("  - {id: periode.begin,", '  - {id: pijler2, subject: kind, category: disability-score, article: "art. 3, gegeven 1"}\n  - {id: periode.begin,'),
    )  # fmt: skip
    answered = count(lived, lambda leaf: is_care(leaf) and bool(leaf.get("fields")))
    empty = count(lived, lambda leaf: is_care(leaf) and leaf["reasons"] == ["no-data"])

    report = of(lived, draft=draft)

    assert empty > 0
    assert fates(report) == {Fate.FIELDS: answered, Fate.CANNOT_TELL: empty}
    row = report.rows["004", "zorgtoeslag", "ahovoks-studietoelagen"]
    assert row.gained == {("pijler2", "art. 3, gegeven 1"): answered}
    assert row.missing == {"answer": empty}


def test_a_unit_refused_is_refused_with_its_article_and_nobody_else(
    lived: RunningSpace, tmp_path: Path
) -> None:
    draft = a_draft(
        tmp_path, "004",
        ("party: ahovoks, access: granted, purposes: [studietoelage], article: art. 4",
         "party: ahovoks, access: refused, purposes: [studietoelage], article: art. 8"),
    )  # fmt: skip
    unit = "ahovoks-studietoelagen"
    asked = count(lived, lambda leaf: is_care(leaf) and leaf["decided"] == "permit")
    registered = count(
        lived,
        lambda leaf: leaf["flow"] == "repertorium" and leaf["unit"] == unit and leaf["outcome"] == "permit",
    )  # fmt: skip

    report = of(lived, draft=draft)

    refused = {key: row.refused for key, row in report.rows.items() if row.refused}
    ground = ("unit-refused", "art. 8")
    assert refused == {
        ("004", "zorgtoeslag", unit): {ground: asked},
        ("platform", "repertorium", unit): {ground: registered},
    }
    assert fates(report).keys() <= {Fate.REFUSED, Fate.OTHERWISE}
    assert min(asked, registered) > 3


def test_a_looser_text_allows_only_what_is_known_to_pass(
    lived: RunningSpace, tmp_path: Path
) -> None:
    login = ("authentication: {at_least: eid, article: art. 6}",
             "authentication: {at_least: password, article: art. 6}")  # fmt: skip
    register = ("      - {fact: registered, article: art. 3}\n", "      []\n")
    weak = [
        leaf for leaf in decisions(lived).values()
        if is_care(leaf) and leaf["reasons"] == ["authentication-too-weak"]
    ]  # fmt: skip
    sound = sum(1 for leaf in weak if not leaf["problems"] and leaf["asked"] != ["insz", "statusAanvraag"])  # fmt: skip
    strangers = count(lived, lambda leaf: is_care(leaf) and leaf["reasons"] == ["not-registered"])

    unsure = of(lived, draft=a_draft(tmp_path, "004", login))
    both = of(lived, draft=a_draft(tmp_path, "004", login, register))

    assert unsure.total(Fate.ALLOWED) == 0
    assert unsure.total(Fate.CANNOT_TELL) == sound > 0
    assert unsure.rows["004", "zorgtoeslag", "ahovoks-studietoelagen"].missing == {"registered": sound}  # fmt: skip
    assert both.total(Fate.CANNOT_TELL) == 0
    assert both.total(Fate.ALLOWED) == sound + strangers > sound


def test_a_fact_that_nobody_looked_up_cannot_be_told(lived: RunningSpace, tmp_path: Path) -> None:
    fact = "      - {fact: registered, article: art. 3}\n"
    draft = a_draft(tmp_path, "004", (fact, fact + "      - {fact: right-open, article: art. 3}\n"))
    permits = count(lived, lambda leaf: is_care(leaf) and leaf["decided"] == "permit")

    report = of(lived, draft=draft)

    assert fates(report) == {Fate.CANNOT_TELL: permits}
    assert report.rows["004", "zorgtoeslag", "ahovoks-studietoelagen"].missing == {"right-open": permits}  # fmt: skip


def test_a_case_no_longer_asked_for_changes_what_hung_on_it(
    lived: RunningSpace, tmp_path: Path
) -> None:
    """001 art. 2 in a copy: audit without a file. What was refused for that alone may now pass."""
    draft = a_draft(
        tmp_path, "001", ("refs: [decreet 7 juli 2017], case_required: true", "refs: [decreet 7 juli 2017]"),
    )  # fmt: skip
    hung = {"vutg-audit", "vutg-toezicht"}

    def hangs(leaf: Leaf) -> bool:
        return leaf["flow"] == "jobbonusplus-verrichtingen" and "case-required" in leaf["reasons"] and leaf["unit"] in hung  # fmt: skip

    report = of(lived, draft=draft)

    touched = {key[2] for key, row in report.rows.items() if row.replayed > row.fates[Fate.SAME] + row.fates[Fate.NOT_DECIDED]}  # fmt: skip
    assert touched == hung
    assert report.replayed - report.total(Fate.SAME) - report.total(Fate.NOT_DECIDED) == count(lived, hangs) > 0  # fmt: skip


EFFECTS: dict[str, tuple[Fate, Callable[[Leaf], bool]]] = {
    "004/O-46": (Fate.FIELDS, lambda leaf: is_care(leaf) and "pijler1" in leaf.get("fields", ())),
    "004/O-60": (Fate.ALLOWED, lambda leaf: is_care(leaf) and leaf["reasons"] == ["not-registered"]),
    "004/O-66": (
        Fate.REFUSED,
        lambda leaf: leaf.get("decided") == "permit"
        and (is_care(leaf) or (leaf["flow"], leaf["party"]) == ("repertorium", "ahovoks")),
    ),
    "001/O-20": (
        Fate.REFUSED, lambda leaf: leaf["e"] == "file.delivered" and leaf["party"] != "opgroeien"
    ),
    "001/O-22": (
        Fate.CANNOT_TELL,
        lambda leaf: leaf.get("unit") == "opgroeien-beleid"
        and leaf["flow"] == "jobbonusplus-verrichtingen"
        and leaf["reasons"] == ["purpose-not-agreed"]
        and leaf["stated-purpose"] is None
        and not leaf["problems"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("key", "code"), SWITCHES)
def test_a_switch_touches_its_own_protocol_only_and_there_what_hangs_on_it(
    lived: RunningSpace, key: str, code: str
) -> None:
    report = of(lived, switches=f"{key}/{code}")

    assert report.total(Fate.NOT_REPRODUCED) == report.total(Fate.LAW_UNKNOWN) == 0
    quiet = {Fate.SAME, Fate.NOT_DECIDED}
    assert {row[0] for row, found in report.rows.items() if found.fates.keys() - quiet} <= {
        key, "platform"
    }  # fmt: skip
    fate, hangs = EFFECTS.get(f"{key}/{code}", (Fate.FIELDS, lambda _: False))
    assert report.total(fate) == count(lived, hangs)
    assert report.total(fate) > 0 or f"{key}/{code}" not in EFFECTS


def test_a_draft_with_a_new_id_stands_beside_the_others(
    lived: RunningSpace, tmp_path: Path
) -> None:
    """Two protocols that open one flow to one party: none may decide alone."""
    draft = a_draft(tmp_path, "004", ('id: "004"', 'id: "005"'))
    permits = count(lived, lambda leaf: is_care(leaf) and leaf["decided"] == "permit")

    report = of(lived, draft=draft)

    row = report.rows["004", "zorgtoeslag", "ahovoks-studietoelagen"]
    assert sum(row.refused.values()) == permits
    assert {reason for reason, _ in row.refused} == {"no-protocol"}


def test_a_draft_that_only_counts_itself_anew_changes_nothing(
    lived: RunningSpace, tmp_path: Path
) -> None:
    draft = a_draft(tmp_path, "004", ('version: "1.0.0"', 'version: "1.1.0"\nsupersedes: "1.0.0"'))

    assert fates(of(lived, draft=draft)) == Counter()


def test_a_switch_that_the_space_has_turned_is_turned_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAGDA_SIM_SWITCHES", "004/O-60")
    host = opened(tmp_path)
    try:
        space = RunningSpace(host, host.start())
        space.post("ahovoks-studietoelagen", CARE, {"insz": NOOR, "referentiedatum": "2024-12-31"})
        assert space.leaves()[-1]["outcome"] == "permit"
        back = of(space, switches="004/O-60")
        assert of(space).reproduced
        monkeypatch.delenv("MAGDA_SIM_SWITCHES")
        elsewhere = of(space)
    finally:
        host.stop()

    assert fates(back) == {Fate.CANNOT_TELL: 1}
    assert fates(elsewhere) == {Fate.LAW_UNKNOWN: 1}
    assert not elsewhere.reproduced


def test_instants_bound_what_is_replayed(lived: RunningSpace) -> None:
    at = [leaf["at"] for leaf in decisions(lived).values()]
    last = max(at)

    assert of(lived, first=_instant(last)).replayed == at.count(last)
    assert of(lived, last=_instant(last)).replayed == len(at)
    assert of(lived, last=_instant("2025-03-10T07:59:59+01:00")).replayed == 0


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """The command as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "gateway", "whatif", *arguments], capture_output=True, text=True,
        timeout=60, env=os.environ | {"PYTHONWARNINGS": "ignore"}, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a space that was closed."""
    data = tmp_path_factory.mktemp("closed")
    host = opened(data)
    try:
        space = RunningSpace(host, host.start())
        space.register("ahovoks-studietoelagen", NOOR)
        for purpose in ("studietoelage", "toezicht"):
            body = {"insz": NOOR, "referentiedatum": "2024-12-31"}
            space.post("ahovoks-studietoelagen", CARE, body, Sim_Purpose=purpose)
        space.upload("jobbonusplus-mutaties_2025-03-10.json", a_batch(KARIM))
    finally:
        host.stop()
    return data


def test_x_16_nothing_of_a_closed_space_changes(closed: Path) -> None:
    before = digests(closed)

    done = run("--data", str(closed), "--switch", "004/O-46", "--json")

    assert (done.returncode, json.loads(done.stdout)["other-fields"]) == (0, 1)
    assert digests(closed) == before
    assert "log.db" in before


def test_x_16_nothing_of_a_running_space_changes(lived: RunningSpace) -> None:
    """But for SQLite's own index into what is still to be merged, in which every reader stands."""
    data = Path(lived.ready["data"])

    def state() -> dict[str, str]:
        return {name: d for name, d in digests(data).items() if not name.endswith("-shm")}

    lived.space.journal.catch_up()  # else the ticker does it meanwhile
    before = state()
    done = command("whatif", "--data", str(data), "--unchanged")

    assert (done.returncode, done.stderr) == (0, "")
    assert "every one comes out as it was" in done.stdout
    assert state() == before
    assert lived.verify().ok


def test_the_private_rows_are_not_needed(closed: Path, tmp_path: Path) -> None:
    data = tmp_path / "space"
    shutil.copytree(closed, data)
    with sqlite3.connect(data / "log.db") as log:
        log.execute("DROP TABLE private")
    log.close()

    assert replayed(Asked(data=data)).reproduced


def test_a_record_that_the_law_does_not_bring_forth_is_shown(closed: Path, tmp_path: Path) -> None:
    data = tmp_path / "space"
    shutil.copytree(closed, data)
    with sqlite3.connect(data / "log.db") as log:
        change = "CAST(replace(leaf, 'purpose-not-agreed', 'case-required') AS BLOB)"
        log.execute(f"UPDATE entry SET leaf = {change}")
    log.close()

    done = command("whatif", "--data", str(data))

    assert done.returncode == 1
    assert "reasons: recorded ['case-required'], replayed ['purpose-not-agreed']" in done.stdout
    assert command("whatif", "--data", str(data), "--switch", "004/O-46").returncode == 1


def test_a_table_says_what_changed_and_why(closed: Path, tmp_path: Path) -> None:
    draft = a_draft(
        tmp_path, "001", ("{id: infino, party: infino, access: granted", "{id: infino, party: infino, access: refused"),
    )  # fmt: skip

    done = command("whatif", str(draft), "--data", str(closed))

    assert done.returncode == 0
    line = next(one for one in done.stdout.splitlines() if one.startswith("001 "))
    assert "jobbonusplus-mutaties infino  1 newly refused: unit-refused (art. 4): 1  (first: D-" in line  # fmt: skip


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--switch", "004/O-99"], "O-60"),
        (["--switch", "999/O-1"], "no protocol with this id"),
        (["--from", "gisteren"], "no instant"),
        (["--from", "2025-03-10T08:00:00"], "no offset"),
        (["--switch", "004/O-46", "--unchanged"], "give one of"),
    ],
)
def test_bad_input_is_told(closed: Path, options: list[str], says: str) -> None:
    done = command("whatif", "--data", str(closed), *options)

    assert (done.returncode, done.stdout) == (3, "")
    assert says in done.stderr


def test_a_bad_draft_has_the_defects_that_check_finds(closed: Path, tmp_path: Path) -> None:
    draft = a_draft(tmp_path, "004", ("purposes: [studietoelage]", "purposes: [spelen]"))
    draft = draft.rename(tmp_path / NAMES["004"].name)

    done = command("whatif", str(draft), "--data", str(closed))
    checked = command("protocol", "check", str(draft))

    assert (done.returncode, checked.returncode) == (3, 3)
    assert done.stderr == checked.stderr
    assert "`spelen` is no purpose" in done.stderr


def test_a_folder_without_a_space_is_told(tmp_path: Path) -> None:
    done = command("whatif", "--data", str(tmp_path))

    assert (done.returncode, done.stderr) == (1, f"there is no space in {tmp_path}\n")

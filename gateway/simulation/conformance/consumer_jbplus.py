"""The kit for a consumer of the jobbonus plus (001): a payer that is told who had a transaction, asks, and reckons."""

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from gateway.contracts.drop import ARCHIVE
from gateway.domain.log_entry import EventKind
from gateway.simulation.conformance.patience import expect_patience, make_busy
from gateway.simulation.conformance.stage import Family, Stage
from gateway.simulation.conformance.sut import SutFailed, Told
from gateway.simulation.conformance.verdict import Case, Kit
from providers.mutations import FLOW, as_batch

UNIT = "infino"
ASKED = "jobbonusplus-verrichtingen"
KARIM, ELIF, STRANGER = "90712301137", "88660602073", "61673000371"
KARIMS: Family = {"key": "G-1", "members": [KARIM], "fiscal_year": 2024, "declared": "24000.00"}
ELIFS: Family = {"key": "G-2", "members": [ELIF], "fiscal_year": 2023, "declared": "18500.00"}
FAMILIES: Sequence[Family] = (KARIMS, ELIFS)
_COUNTED = {"G-1": "23400.00", "G-2": "18500.00"}


def _integrates_first(stage: Stage) -> None:
    _meet(stage)
    _deliver(stage, KARIM, ELIF)
    stage.work(families=FAMILIES)
    known, asked = stage.happened.registered(), stage.asked(ASKED)
    stage.expect({one.insz for one in asked} == {KARIM, ELIF}, "both persons are asked about",
                 f"{len(asked)} questions")  # fmt: skip
    early = [one for one in asked if known.get(one.insz or "", one.position) >= one.position]
    stage.expect_none(early, "nobody is asked about before they were registered")
    refused = [one for one in asked if "not-registered" in one.reasons]
    stage.expect_none(refused, "no question is refused because nobody was registered")


def _asks_about_its_own(stage: Stage) -> None:
    with stage.desk(UNIT).rest() as before:
        before.register(STRANGER, date.fromisoformat(stage.today))
    begun = stage.happened.position()
    _meet(stage)
    _deliver(stage, KARIM, STRANGER)
    stage.work(families=FAMILIES)
    asked = stage.asked(ASKED, begun)
    stage.expect(any(one.insz == KARIM for one in asked), "its own people are asked about")
    strange = [one for one in stage.happened.questions(since=begun) if one.insz == STRANGER]
    stage.expect_none(strange, "nothing is done about somebody who is in no family of its own")


def _recovery_subtracts(stage: Stage) -> None:
    _meet(stage)
    _deliver(stage, KARIM, ELIF)
    _expect_counted(stage, stage.work(families=FAMILIES))


def _empty_day(stage: Stage) -> None:
    _meet(stage)
    _deliver(stage)
    begun = stage.happened.position()
    stage.work(families=FAMILIES)
    _expect_acknowledged(stage, 1)
    stage.expect_none(stage.asked(ASKED, begun), "nobody is asked about whom no file announced")


def _acknowledges(stage: Stage) -> None:
    _meet(stage)
    _deliver(stage, KARIM)
    _deliver(stage, ELIF)
    stage.work(families=FAMILIES)
    collected = {one["file"] for one in stage.happened.events(EventKind.FILE_COLLECTED)}
    stage.expect(len(collected) == 2, "both files are read to their end", sorted(collected))  # noqa: PLR2004
    _expect_acknowledged(stage, 2)


def _once_each(stage: Stage) -> None:
    _meet(stage)
    _deliver(stage, KARIM)
    _deliver(stage, KARIM)
    begun = stage.happened.position()
    told = stage.work(families=FAMILIES)
    asked = stage.asked(ASKED, begun)
    stage.expect(len(asked) == 1, "a person in two files is asked about once", _all(asked))
    begun = stage.happened.position()
    again = stage.work(families=FAMILIES)
    stage.expect_none(stage.asked(ASKED, begun), "and not again on the next run")
    for one in (told, again):
        stage.expect(_counted(one).get("G-1") == _COUNTED["G-1"],
                     f"the bonus is taken out once: {_COUNTED['G-1']}", _counted(one))  # fmt: skip


def _busy_source(stage: Stage) -> None:
    _meet(stage)
    _deliver(stage, KARIM)
    begun = stage.happened.position()
    make_busy(stage, ASKED, times=2)
    told = stage.work(families=FAMILIES)
    expect_patience(stage, stage.asked(ASKED, begun), times=2)
    stage.expect(_counted(told).get("G-1") == _COUNTED["G-1"],
                 "with the answer the income is reckoned", _counted(told))  # fmt: skip


def _half_written(stage: Stage) -> None:
    _spoilt(stage, lambda content: content[: len(content) // 2])


def _changed_file(stage: Stage) -> None:
    _spoilt(stage, lambda content: content.replace(KARIM.encode(), STRANGER.encode()))


def _suspended(stage: Stage) -> None:
    _meet(stage)
    _deliver(stage, KARIM)
    begun = stage.happened.position()
    _act(stage, "schorsing")
    told = _tried(stage)
    asked = [one for one in stage.asked(ASKED, begun) if one.insz == KARIM]
    stage.expect(
        len(asked) <= 1, "a refusal by law is not asked again in the same run", _all(asked)
    )
    stage.expect(_counted(told).get("G-1") is None, "no figure is told while it is not known",
                 _counted(told))  # fmt: skip
    _act(stage, "opheffing")
    _expect_counted(stage, stage.work(families=[KARIMS]), "G-1")


def _spoilt(stage: Stage, spoil: Callable[[bytes], bytes]) -> None:
    """A file that is not what its manifest says must be left, and taken once it is."""
    _meet(stage)
    _deliver(stage, KARIM)
    path = _only_file(stage)
    whole = path.read_bytes()
    path.write_bytes(spoil(whole))
    begun = stage.happened.position()
    _tried(stage)
    stage.expect(path.exists(), "a file that is not what its manifest tells is not acknowledged")
    stage.expect_none(stage.asked(ASKED, begun), "nothing is done with what it holds")
    if path.exists():
        path.write_bytes(whole)
    told = stage.work(families=FAMILIES)
    _expect_acknowledged(stage, 1)
    asked = stage.asked(ASKED, begun)
    stage.expect([one.insz for one in asked] == [KARIM], "once it is, its person is asked about",
                 _all(asked))  # fmt: skip
    stage.expect(_counted(told).get("G-1") == _COUNTED["G-1"], "and the income is reckoned",
                 _counted(told))  # fmt: skip


def _meet(stage: Stage) -> None:
    """The first day: the client learns of its families, before anything was paid."""
    stage.work(families=FAMILIES)


def _deliver(stage: Stage, *persons: str) -> None:
    """WEWIS uploads the day's batch, and the day passes."""
    day = date.fromisoformat(stage.today)
    name = f"{FLOW}_{day.isoformat()}.json"
    with stage.desk("wewis").sftp() as wewis:
        wewis.upload(FLOW, name, as_batch(FLOW, day, persons))
    stage.space.settle()
    stage.next_day()


def _tried(stage: Stage) -> Told:
    """A run in which the client may fail; what matters is what it leaves."""
    try:
        return stage.work(families=FAMILIES)
    except SutFailed:
        return {}


def _act(stage: Stage, kind: str) -> None:
    """WEWIS suspends what the client may ask, or lifts that."""
    stage.act("wewis", "001", kind, partij=UNIT, stroom=ASKED)


def _only_file(stage: Stage) -> Path:
    (path,) = stage.folder_on_disk(f"/uit/{FLOW}").glob("*.json")
    return path


def _expect_acknowledged(stage: Stage, count: int) -> None:
    said = {one["file"] for one in stage.happened.events(EventKind.FILE_ACKNOWLEDGED)}
    stage.expect(
        len(said) == count, f"{count} file(s) renamed into {ARCHIVE}", sorted(said) or "none"
    )
    left = [path.name for path in stage.folder_on_disk(f"/uit/{FLOW}").glob("*.json")]
    stage.expect_none(left, "nothing is left in the folder")


def _expect_counted(stage: Stage, told: Told, *keys: str) -> None:
    counted = _counted(told)
    for key in keys or _COUNTED:
        stage.expect(counted.get(key) == _COUNTED[key], f"the income of {key} counts for {_COUNTED[key]}",
                     counted.get(key, "not told"))  # fmt: skip


def _counted(told: Told) -> dict[str, str | None]:
    """What the client tells of each family."""
    rows = told.get("families")
    return {str(one.get("key")): one.get("counted") for one in rows or () if isinstance(one, dict)}


def _all(questions: Sequence[object]) -> str:
    return "; ".join(map(str, questions)) or "none"


CASES: Sequence[Case] = (
    Case(
        key="integrates-first", title="does not ask before integrating", article="001 art. 6",
        rule="everybody who is asked about was registered in the reference repertory first",
        play=_integrates_first,
    ),
    Case(
        key="asks-about-its-own", title="asks about its own people only", article="001 art. 2 b",
        rule="data are for the files that one handles; a name in a file is no reason to know",
        play=_asks_about_its_own,
    ),
    Case(
        key="recovery-subtracts", title="a recovery subtracts", article="001 art. 3",
        rule="the amount is what was paid or recovered; the net leaves the income of its fiscal year",
        play=_recovery_subtracts,
    ),
    Case(
        key="empty-day", title="handles an empty day", article="001 art. 5",
        rule="a file comes every day; one without persons is a day without payments",
        play=_empty_day,
    ),
    Case(
        key="acknowledges", title="takes every file over", article="001 art. 6",
        rule="files that were taken over are acknowledged, so that none lies on the drop server",
        play=_acknowledges,
    ),
    Case(
        key="once-each", title="the same INSZ twice is processed once", article="001 C2",
        rule="a file announces persons; being announced twice is one reason to ask, not two",
        play=_once_each,
    ),
    Case(
        key="busy-source", title="retries on 99996 with back-off, same Referte", article="001 art. 5",
        rule="one may ask at any time, and a source that is busy answers later",
        play=_busy_source,
    ),
    Case(
        key="half-written-file", title="resumes after a half-written file", article="001 art. 6",
        rule="a file counts when it is whole: as its signed manifest tells",
        play=_half_written,
    ),
    Case(
        key="changed-file", title="takes no file that was changed", article="001 art. 6",
        rule="a file counts when it is the one that its manifest was signed for",
        play=_changed_file,
    ),
    Case(
        key="suspended", title="bears a suspension", article="001 art. 8",
        rule="the source may suspend the flow; what is refused is not asked on, nor guessed",
        play=_suspended,
    ),
)  # fmt: skip
KIT = Kit("consumer-jbplus", "A consumer of the jobbonus plus (protocol 001)", UNIT, CASES)

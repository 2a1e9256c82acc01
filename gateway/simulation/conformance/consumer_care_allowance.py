"""The kit for a consumer of the care allowance (004): study grants, where a child with a disability counts double."""

from collections.abc import Sequence

from gateway.simulation.conformance.happened import Question
from gateway.simulation.conformance.patience import expect_patience, make_busy
from gateway.simulation.conformance.stage import GrantFile, Stage
from gateway.simulation.conformance.sut import Told
from gateway.simulation.conformance.verdict import Case, Kit

UNIT, ASKED = "ahovoks-studietoelagen", "zorgtoeslag"
NOOR, LUKAS, INES, NOBODY = "12631400209", "15690200187", "04631000654", "90712399919"
_YEAR, _BEFORE = 2024, 2021
_STATUTORY = ("-12-31", "-01-01")
"""Art. 3 says 31 December, recital C the day after."""
_STATUS = "statusAanvraag"


def _integrates_first(stage: Stage) -> None:
    stage.work(files=[_file("S-1", NOOR, LUKAS)])
    known, asked = stage.happened.registered(), stage.asked(ASKED)
    stage.expect({one.insz for one in asked} == {NOOR, LUKAS}, "both children are asked about",
                 _all(asked))  # fmt: skip
    early = [one for one in asked if known.get(one.insz or "", one.position) >= one.position]
    stage.expect_none(early, "nobody is asked about before they were registered")


def _counts_double(stage: Stage) -> None:
    told = stage.work(files=[_file("S-1", NOOR, LUKAS)])
    _expect_points(stage, told, "S-1", 3)


def _day_that_counts(stage: Stage) -> None:
    told = stage.work(files=[_file("S-1", INES), _file("S-2", INES, year=_BEFORE)])
    _expect_points(stage, told, "S-1", 2)
    _expect_points(stage, told, "S-2", 1)
    other = [one for one in stage.asked(ASKED) if one.day and not one.day.endswith(_STATUTORY)]
    stage.expect_none(
        other, "nothing is asked about another day than that on which a household counts"
    )


def _asks_what_is_listed(stage: Stage) -> None:
    stage.work(files=[_file("S-1", NOOR)])
    asked = stage.asked(ASKED)
    stage.expect(bool(asked), "the child is asked about", "no question")
    stage.expect_none((one for one in asked if _STATUS in one.asked),
                      "the application, which art. 3 does not list, is not asked for")  # fmt: skip


def _once(stage: Stage) -> None:
    files = [_file("S-1", NOOR, LUKAS)]
    stage.work(files=files)
    begun = stage.happened.position()
    told = stage.work(files=files)
    stage.expect_none(stage.asked(ASKED, begun), "who is known in a file is not asked about again")
    _expect_points(stage, told, "S-1", 3)


def _busy_source(stage: Stage) -> None:
    make_busy(stage, ASKED, times=2)
    told = stage.work(files=[_file("S-1", NOOR)])
    expect_patience(stage, stage.asked(ASKED), times=2)
    _expect_points(stage, told, "S-1", 2)


def _unknown_number(stage: Stage) -> None:
    told = stage.work(files=[_file("S-1", NOOR, NOBODY)])
    asked = [one for one in stage.asked(ASKED) if one.insz == NOBODY]
    stage.expect(len(asked) == 1, "a number that nobody has is asked about once", _all(asked))
    _expect_points(stage, told, "S-1", None)


def _lets_go(stage: Stage) -> None:
    stage.work(files=[_file("S-1", NOOR, LUKAS), _file("S-2", LUKAS)])
    begun = stage.happened.position()
    stage.work(files=[_file("S-2", LUKAS)], closed=["S-1"])
    ended = [one for one in stage.happened.questions(since=begun) if one.deregisters]
    stage.expect([one.insz for one in ended] == [NOOR],
                 "who was in the closed file, and is in no other, is registered no longer", _all(ended))  # fmt: skip


def _file(key: str, *dependents: str, year: int = _YEAR) -> GrantFile:
    return {"key": key, "study_year": year, "dependents": list(dependents)}


def _expect_points(stage: Stage, told: Told, key: str, points: int | None) -> None:
    rows = {one.get("key"): one.get("points") for one in told.get("files") or () if isinstance(one, dict)}  # fmt: skip
    what = f"{points} points" if points else "no figure, since somebody is not known"
    found = rows.get(key, "not told")
    stage.expect(key in rows and rows[key] == points, f"{key} counts for {what}", found)


def _all(questions: Sequence[Question]) -> str:
    return "; ".join(map(str, questions)) or "none"


CASES: Sequence[Case] = (
    Case(
        key="integrates-first", title="does not ask before integrating", article="004 art. 3",
        rule="who is asked about is in a grant file, and the registration is what says so",
        play=_integrates_first,
    ),
    Case(
        key="counts-double", title="a child with a disability counts for two", article="004 art. 2",
        rule="the points in pillar 1 are given to count the household by; who was never recognised counts for one",
        play=_counts_double,
    ),
    Case(
        key="day-that-counts", title="looks at 31 December of the study year", article="004 art. 3",
        rule="begin and end of the recognition are given to know the household on that day",
        play=_day_that_counts,
    ),
    Case(
        key="asks-what-is-listed", title="asks for what is listed, and no more", article="004 art. 3",
        rule="number, points in pillar 1, begin and end; no application, no decision",
        play=_asks_what_is_listed,
    ),
    Case(
        key="once", title="asks about a child once for a file", article="004 art. 3",
        rule="what was given is kept as long as the file is, so that there is no ground to ask again",
        play=_once,
    ),
    Case(
        key="busy-source", title="retries on 99996 with back-off, same Referte", article="004 art. 5",
        rule="one may ask at any time, and a source that is busy answers later",
        play=_busy_source,
    ),
    Case(
        key="unknown-number", title="guesses nothing about an unknown number", article="004 art. 7",
        rule="a refusal is no answer: no figure is told for a household of which one is not known",
        play=_unknown_number,
    ),
    Case(
        key="lets-go", title="lets go of who is in no file any more", article="004 art. 3",
        rule="data stay as long as the file does; then the registration that rests on it ends as well",
        play=_lets_go,
    ),
)  # fmt: skip
KIT = Kit("consumer-zorgtoeslag", "A consumer of the care allowance (protocol 004)", UNIT, CASES)

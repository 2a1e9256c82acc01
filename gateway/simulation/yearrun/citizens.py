"""Citizens of a run who look at who saw them: told must be all that the log has of them, and nothing else."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from gateway.domain.services import REGISTRATION_FLOW
from gateway.simulation.yearrun import truth
from gateway.simulation.yearrun.forms import ANSWERED, AS_WORLD
from gateway.simulation.yearrun.stage import Stage
from gateway.simulation.yearrun.steps import WhoSawMe

NOBODY = "nobody"
"""What comes of a look of somebody whom nobody saw."""
_LOOKS = "/mijn/raadplegingen"
_GIVEN, _REFUSED, _LOST = "verstrekt", "geweigerd", "niet afgeleverd"
_ASKED, _CALLED = "bevraging", "000"
_COMPARED = ("beslissing", "wanneer", "afnemer", "uitkomst")
_SOURCE, _PLATFORM = "source.consulted", "magda"
_FILED, _AGAIN, _MISSED = "file.delivered", "file.redelivered", "not-delivered"
_AGAIN_MARK, _MISSED_MARK = (f'"e":"{kind}"'.encode() for kind in (_AGAIN, _MISSED))
_WHOLE = "all of it, and nothing else"
Items = Sequence[Mapping[str, Any]]


def who_saw_me(stage: Stage, step: WhoSawMe) -> None:
    """Log in as a persona, look, and hold what is told against the log and the run's own book."""
    about = step.about or step.who
    token = _logged_in(stage, step.who)
    answer = stage.exchange.get(f"{_LOOKS}?voor={about}", token)
    items = list(_items(stage, answer, token))
    outcome = _outcome(answer, items)
    if step.expect != AS_WORLD:
        stage.chronicle.expect("citizen", step.expect, outcome, step.who)
    if answer.is_success:
        _compare(stage, about, items)
    _tell(stage, step, outcome, answer.headers.get("sim-decision"), items)


def _logged_in(stage: Stage, key: str) -> str:
    """A citizen's token; whom they may look at are they themselves and their minor children."""
    control = stage.exchange.space.control_token
    told = stage.exchange.post(f"/_sim/personas/{key}/login", {}, control).json()
    may_see = [key, *truth.minors(stage.world, key, stage.today)]
    stage.chronicle.expect("whom a citizen may look at", " ".join(may_see), " ".join(told["sees"]))
    return str(told["token"])


def _items(stage: Stage, answer: httpx.Response, token: str) -> Iterator[Mapping[str, Any]]:
    """What is told, over all pages."""
    while answer.is_success:
        yield from answer.json()["items"]
        if (more := answer.links.get("next")) is None:
            return
        answer = stage.exchange.get(more["url"], token)


def _outcome(answer: httpx.Response, items: Items) -> str:
    if not answer.is_success:
        return str(answer.json()["reason"])
    return ANSWERED if items else NOBODY


def _compare(stage: Stage, about: str, items: Items) -> None:
    (insz,) = stage.cast.numbers([about])
    numbers = stage.world.numbers_of(insz)
    told = {" ".join(str(one[name]) for name in _COMPARED) for one in items}
    has = set(_of_log(stage, numbers))
    stage.chronicle.expect("what the log has of a citizen", _WHOLE, _found(has, told), about)
    _compare_asked(stage, numbers, items)


def _compare_asked(stage: Stage, numbers: Sequence[str], items: Items) -> None:
    """Every question of this run is there as it was answered; where answers were lost there are more."""
    asked = {
        f"{decision} {_GIVEN if is_told else _REFUSED}"
        for insz in numbers
        for decision, is_told in stage.asked.get(insz, {}).items()
    }
    told = {
        f"{one['beslissing']} {one['uitkomst']}"
        for one in items
        if one["soort"] == _ASKED and not str(one["protocol"]).startswith(_CALLED)
    }
    beyond = told & asked if stage.is_disturbed else told
    stage.chronicle.expect("what was asked about a citizen", _WHOLE, _found(asked, beyond))


def _found(expected: set[str], told: set[str]) -> str:
    if expected == told:
        return _WHOLE
    return f"not told: {sorted(expected - told)}; told beyond: {sorted(told - expected)}"


@dataclass(frozen=True, slots=True)
class _Later:
    """What the log says later of an entry: that its answer was lost, that its file was handed out again."""

    lost: frozenset[str]
    again: Sequence[tuple[str, Mapping[str, Any]]]


def _of_log(stage: Stage, numbers: Sequence[str]) -> Iterator[str]:
    """What the log has of a person, found in the rows behind the entries themselves and not by their index."""
    gateway = stage.exchange.space.gateway
    reader, rows = gateway.log.reader, gateway.erasure.rows
    later = _read_later(reader.leaves(1, reader.head().size))
    for position in sorted({row.position for insz in numbers for row in rows.about(insz)}):
        entry, decision = json.loads(reader.leaves(position, position)[0]), f"D-{position}"
        if _is_seen(entry):
            yield _row(decision, entry, later.lost)
        if entry["e"] == _FILED:
            yield from (_row(at, one, later.lost) for at, one in later.again if one["decision"] == decision)  # fmt: skip


def _read_later(leaves: Sequence[bytes]) -> _Later:
    found = [
        (f"D-{position}", json.loads(leaf))
        for position, leaf in enumerate(leaves, 1)
        if _AGAIN_MARK in leaf or _MISSED_MARK in leaf
    ]
    lost = frozenset(entry["decision"] for _, entry in found if entry["e"] == _MISSED)
    return _Later(lost, [one for one in found if one[1]["e"] == _AGAIN])


def _is_seen(entry: Mapping[str, Any]) -> bool:
    """Whether somebody saw a person, or was refused it. No text of the five keeps that from a citizen."""
    if entry["e"] != "decision":
        return entry["e"] in (_FILED, _SOURCE)
    return entry["flow"] != REGISTRATION_FLOW and bool(_is_refused(entry) or entry["fields"])


def _is_refused(entry: Mapping[str, Any]) -> bool:
    return entry.get("outcome") == "refusal" or entry.get("identified") is False


def _row(decision: str, entry: Mapping[str, Any], lost: frozenset[str]) -> str:
    outcome = _REFUSED if _is_refused(entry) else _LOST if decision in lost else _GIVEN
    by = _PLATFORM if entry["e"] == _SOURCE else entry["credential"]
    return f"{decision} {entry['at']} {by} {outcome}"


def _tell(stage: Stage, step: WhoSawMe, outcome: str, decision: str | None, items: Items) -> None:
    about = step.about or step.who
    stage.chronicle.tell(
        "citizen", by=step.who, what="who-saw-me", about=about, outcome=outcome,
        count=len(items), decision=decision,
    )  # fmt: skip
    if stage.chronicle.is_told and outcome in (ANSWERED, NOBODY):
        found = [one["uitkomst"] for one in items]
        stage.chronicle.looks.append({
            "who": step.who, "about": about, "on": stage.today.isoformat(),
            "given": found.count(_GIVEN), "refused": found.count(_REFUSED), "lost": found.count(_LOST),
            "by": sorted({one["afnemer"] for one in items}),
        })  # fmt: skip

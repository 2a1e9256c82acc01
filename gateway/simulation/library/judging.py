"""Looks whether what a scenario expects is so; every difference says what was expected and what came."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from gateway.domain.legal_day import in_brussels
from gateway.simulation.library.expected import (
    Answer,
    Duty,
    Entries,
    Expectation,
    Finding,
    Job,
    Log,
    Receipt,
    Repeated,
    Standing,
)
from gateway.simulation.library.files import judge_file
from gateway.simulation.library.matching import differing, plain
from gateway.simulation.library.probing import fingerprint
from gateway.simulation.library.said import Said, Story
from gateway.simulation.library.stage import Room, Scene

Found = Iterator[tuple[str, Any, Any]]
"""Key, what was expected, what came."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A line of `then` that does not hold. `place` leads to it in the file."""

    place: tuple[str | int, ...]
    expected: Any
    came: Any
    decision: str | None = None


class Judging:
    """The eyes of a scenario."""

    def __init__(self, scene: Scene, story: Story, again: Callable[[], str]) -> None:
        self._scene, self._story, self._again = scene, story, again
        self._verbs: Mapping[str, Callable[[Any], Found]] = {
            "answer": self._answer, "receipt": self._receipt, "duty": self._duty,
            "file": partial(judge_file, scene), "entries": self._entries, "job": self._job,
            "finding": self._finding, "standing": self._standing, "log": self._log,
            "repeated": self._repeated,
        }  # fmt: skip

    def differences(self, index: int, one: Expectation) -> list[Difference]:
        """What is not as expected; also that it could not be looked at, and why."""
        decision = self._story.of(getattr(one.part, "of", None)).decision
        place = ("then", index, one.verb)
        try:
            found = list(self._verbs[one.verb](one.part))
        except Exception as error:  # noqa: BLE001  whatever stops a look is told at its line
            found = [(one.verb, "it can be looked at", f"{type(error).__name__}: {error}")]
        return [Difference((*place, *key.split(".")), expected, came, decision)
                for key, expected, came in found]  # fmt: skip

    @property
    def _here(self) -> Room:
        return self._scene.here

    def _answer(self, wanted: Answer) -> Found:
        said = self._story.of(wanted.of)
        if said.apart:
            yield "of", "the same over REST and SOAP", said.apart
        for key in ("outcome", "status", "reason", "code", "protocol", "article", "retention"):
            value = getattr(wanted, key)
            if value is not None and value != getattr(said, key):
                yield key, value, getattr(said, key)
        yield from self._fields(wanted, said)
        yield from self._content(wanted, said)

    def _fields(self, wanted: Answer, said: Said) -> Found:
        """What left, as the entry of the decision says it; what was withheld, also as the answer does."""
        leaf = self._entry_of(said) if wanted.released is not None else {}
        if wanted.released is not None and sorted(wanted.released) != sorted(leaf.get("fields", [])):  # fmt: skip
            yield "released", sorted(wanted.released), sorted(leaf.get("fields", []))
        if wanted.withheld is not None and set(wanted.withheld) != (said.withheld or set()):
            yield "withheld", sorted(wanted.withheld), sorted(said.withheld or ())

    def _content(self, wanted: Answer, said: Said) -> Found:
        body = said.body if isinstance(said.body, dict) else {}
        for key, expected, came in differing(self._scene.numbered(wanted.holds or {}), body):
            yield f"holds.{key}", expected, came
        for word in wanted.lacks:
            if self._scene.number(word) in said.text:
                yield "lacks", f"nothing of `{word}`", "it stands in the answer"
        if wanted.warning is not None and wanted.warning not in said.warnings:
            yield "warning", wanted.warning, list(said.warnings)
        if wanted.same_as is not None and said.ground != self._story.of(wanted.same_as).ground:
            yield "same_as", self._story.of(wanted.same_as).ground, said.ground
        for key, member in (("takes_effect", "van_kracht"), ("due", "termijn")):
            instant = getattr(wanted, key)
            if instant is not None and plain(instant) != body.get(member):
                yield key, instant, body.get(member)

    def _entry_of(self, said: Said) -> dict[str, Any]:
        position = int((said.decision or "D-0").removeprefix("D-"))
        leaves = self._here.leaves()
        return leaves[position - 1] if 0 < position <= len(leaves) else {}

    def _receipt(self, wanted: Receipt) -> Found:
        told = self._story.of(wanted.of).body or {}
        if wanted.status is not None and told.get("status") != wanted.status:
            yield "status", wanted.status, told.get("status")
        yield from _named("records", wanted.records, told.get("records", {}))
        lines = {str(one["regel"]): one["reden"] for one in told.get("regels", [])}
        yield from _named("lines", wanted.lines, lines)
        consumers = {one["afnemer"]: one["status"] for one in told.get("afnemers", [])}
        yield from _named("consumers", wanted.consumers, consumers)

    def _duty(self, wanted: Duty) -> Found:
        at = in_brussels(wanted.at).isoformat().replace("+", "%2B") if wanted.at else None
        query = f"?op={at}" if at else ""
        view = self._here.send(None, "GET", f"/v1/protocollen/{wanted.protocol}/taken{query}").json()  # fmt: skip
        duties = {one["taak"]: one for one in view["taken"]}
        found = duties.get(wanted.duty)
        if found is None:
            yield "duty", wanted.duty, "there is no such duty; there are " + ", ".join(duties)
            return
        pairs = {"state": "toestand", "owes": "wie", "to": "aan", "article": "artikel",
                 "due": "termijn", "where": "waar"}  # fmt: skip
        for key, member in pairs.items():
            value = getattr(wanted, key)
            if value is not None and plain(value) != found[member]:
                yield key, value, found[member]
        if wanted.has_term is not None and wanted.has_term is (found["termijn"] is None):
            yield "has_term", wanted.has_term, found["termijn"]

    def _entries(self, wanted: Entries) -> Found:
        found = [leaf for leaf in self._here.leaves() if leaf["e"] == wanted.kind]
        if wanted.count is not None and len(found) != wanted.count:
            yield "count", wanted.count, len(found)
        for key, expected, came in differing(wanted.says, found[-1] if found else {}):
            yield f"says.{key}", expected, came

    def _job(self, wanted: Job) -> Found:
        told = self._story.of(wanted.of).body
        jobs = told.get("jobs", []) if isinstance(told, dict) else []
        mine = [one for one in jobs if one["job"] == wanted.job]
        of_party = [one for one in mine if wanted.party in (None, one["party"])]
        outcomes = [one["outcome"] for one in of_party]
        if wanted.outcome not in outcomes:
            yield "outcome", wanted.outcome, outcomes or "no such job ran"

    def _finding(self, wanted: Finding) -> Found:
        told = self._here.send(None, "GET", f"/v1/protocollen/{wanted.protocol}").json()
        found = {one["code"]: one["artikel"] for one in told.get("bevindingen", [])}
        if wanted.code not in found:
            yield "code", wanted.code, sorted(found)
        elif wanted.article is not None and found[wanted.code] != wanted.article:
            yield "article", wanted.article, found[wanted.code]

    def _standing(self, wanted: Standing) -> Found:
        path = f"/v1/protocollen/{wanted.protocol}"
        told = self._here.send(None, "GET", path).json()
        if wanted.state is not None and told["state"] != wanted.state:
            yield "state", wanted.state, told["state"]
        if wanted.stage is not None:
            at = in_brussels(wanted.at).isoformat().replace("+", "%2B") if wanted.at else None
            view = self._here.send(None, "GET", f"{path}/taken" + (f"?op={at}" if at else "")).json()  # fmt: skip
            if view["fase"] != wanted.stage:
                yield "stage", wanted.stage, view["fase"]
        for key, expected, came in differing(wanted.holds or {}, told):
            yield f"holds.{key}", expected, came

    def _repeated(self, _: Repeated) -> Found:
        first, second = fingerprint(self._scene), self._again()
        if first != second:
            yield "same", first, second

    def _log(self, wanted: Log) -> Found:
        verdict = self._here.verified()
        if verdict.ok is not wanted.verifies:
            yield "verifies", wanted.verifies, verdict.ok
        if wanted.broken_at is not None and verdict.broken_at != wanted.broken_at:
            yield "broken_at", wanted.broken_at, verdict.broken_at
        text = str(self._here.leaves())
        for who in wanted.lacks:
            if self._scene.number(who) in text:
                yield "lacks", f"nothing of {who}", "the number stands in a public entry"


def _named(key: str, expected: Mapping[Any, Any], came: Mapping[Any, Any]) -> Found:
    for name, value in expected.items():
        if came.get(name) != value:
            yield f"{key}.{name}", value, came.get(name)

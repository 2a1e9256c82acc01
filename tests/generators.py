"""Permit-first: a question that must be answered, a history of acts at boundary distances, one thing wrong.

Wide random questions are refused nine times in ten and find little. So each scene starts from a cell
that a document opens and an instant at which it is open, places acts that must not matter around that
instant (or one that must), asks the clean question first, and then others with one thing changed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from random import Random
from typing import Any, Protocol, TypeVar

from hypothesis import strategies as st

from gateway.contracts.faults import Ground, Refusal
from gateway.contracts.reasons import Reason
from gateway.domain.acts import Act, judge_act
from gateway.domain.bundle import Bundle
from gateway.domain.decision import Permit, candidate, decide
from gateway.domain.decision_terms import Ask
from gateway.domain.legal_day import legal_day, local_instant, months_later, start_of_day
from gateway.domain.lifecycle import EventKind, LifecycleEvent
from gateway.domain.protocol_document import Authentication, Fact
from gateway.domain.services import GIVEN, REGISTRATION_FLOW
from tests.texts import (
    FILES,
    STRENGTH,
    VARIANTS,
    Cell,
    Law,
    Text,
    consumers,
    day,
    first_instant,
    flow_of,
    item,
    law,
    provider,
    ref,
    signatories,
)

T = TypeVar("T")
K = EventKind
TICK = timedelta(milliseconds=1)
DISTANCES = (TICK, timedelta(hours=5), timedelta(days=1), timedelta(days=3),
             timedelta(days=40), timedelta(days=95))  # fmt: skip
SHIFTS = (timedelta(0), *DISTANCES, *(-d for d in DISTANCES))
FAR = timedelta(days=3650)
ENDS = {
    "joint-decision": K.JOINT_END,
    "legal-ground-lost": K.GROUND_LOST,
    "machtiging-inadequate": K.AUTHORISATION_LOST,
    "agreement-ended": K.AGREEMENT_ENDED,
}
TURNS = (
    start_of_day(date(2025, 1, 1)), start_of_day(date(2025, 3, 1)), start_of_day(date(2024, 2, 29)),
    start_of_day(date(2025, 2, 28)), start_of_day(date(2025, 3, 10)), start_of_day(date(2025, 7, 1)),
    start_of_day(date(2025, 8, 1)), start_of_day(date(2025, 2, 1)), start_of_day(date(2026, 10, 31)),
    datetime(2025, 3, 30, 1, tzinfo=UTC), datetime(2025, 10, 26, 1, tzinfo=UTC),
    datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2024, 10, 27, 1, tzinfo=UTC),
    start_of_day(date(2025, 3, 30)), start_of_day(date(2025, 10, 26)),
)  # fmt: skip
"""Month ends, leap days, new years, the edges of windows and both clock changes."""


class Chance(Protocol):
    """What decides where a scene could go several ways: Hypothesis, which shrinks, or dice, which are fair."""

    def pick(self, choices: Sequence[T]) -> T:
        """One of these."""
        ...

    def some(self, choices: Sequence[T], most: int) -> set[T]:
        """Up to so many of these."""
        ...

    def number(self, last: int) -> int:
        """A number from 0 to this."""
        ...


@dataclass(frozen=True)
class Drawn:
    """Hypothesis decides."""

    draw: Callable[[st.SearchStrategy[Any]], Any]

    def pick(self, choices: Sequence[T]) -> T:
        found: T = self.draw(st.sampled_from(choices))
        return found

    def some(self, choices: Sequence[T], most: int) -> set[T]:
        found: set[T] = self.draw(st.sets(st.sampled_from(choices), max_size=most))
        return found

    def number(self, last: int) -> int:
        found: int = self.draw(st.integers(0, last))
        return found


@dataclass(frozen=True)
class Dice:
    """Dice decide, the same for the same seed. Hypothesis varies what it drew before; dice do not."""

    dice: Random

    def pick(self, choices: Sequence[T]) -> T:
        return choices[self.dice.randrange(len(choices))]

    def some(self, choices: Sequence[T], most: int) -> set[T]:
        return set(self.dice.sample(choices, self.dice.randint(0, min(most, len(choices)))))

    def number(self, last: int) -> int:
        return self.dice.randint(0, last)


@dataclass(frozen=True, slots=True)
class Recorded:
    """An act on a protocol, and when it was told."""

    protocol: str
    act: Act
    now: datetime

    def __str__(self) -> str:
        done = self.act
        reach = (
            f" for {done.party or 'all'}/{done.flow or 'all'}" if done.party or done.flow else ""
        )
        told = "" if self.now == done.at else f", told {self.now.isoformat()}"
        at = done.at.isoformat() if done.at else "then"
        return f"{self.protocol} {done.kind.value} by {done.by}{reach} at {at}{told}"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, when it is asked, and the facts that hold. `changed` says what was done to it."""

    ask: Ask
    at: datetime
    facts: frozenset[Fact]
    changed: str = "nothing"


@dataclass(frozen=True, slots=True)
class Scene:
    """Documents, what was done to them, and questions; `biting` names the act that must stop them."""

    law: Law
    cell: Cell
    history: tuple[Recorded, ...]
    asked: tuple[Asked, ...]
    biting: str = "none"

    def _repr_pretty_(self, printer: Any, cycle: object) -> None:
        """Hypothesis shows this of a failure."""
        printer.text(self.story())

    def story(self) -> str:
        """What was done to the protocol of the cell, and what was asked, a line each."""
        acts = [str(one) for one in self.history if one.protocol == self.cell.document[:3]]
        asked = [
            f"{one.changed} at {one.at.isoformat()}: {one.ask}, {sorted(one.facts)}"
            for one in self.asked
        ]
        lines = [f"law {self.law.name}, {self.cell}", *acts, *asked]
        return "\n    ".join(lines)


def events_of(law: Law, history: tuple[Recorded, ...]) -> tuple[LifecycleEvent, ...]:
    """The events that the acts make, as the engine judges them; every one of these is allowed."""
    events: list[LifecycleEvent] = []
    first = {d.id: d for d in reversed(law.compiled)}
    for one in sorted(history, key=lambda done: done.now):
        known = [e for e in events if e.protocol == one.protocol]
        event = judge_act(first[one.protocol], known, one.act, one.now)
        assert not isinstance(event, Refusal), (one, event)
        events.append(event)
    return tuple(events)


def bundle_of(law: Law, history: tuple[Recorded, ...]) -> Bundle:
    """What the engine decides with."""
    return Bundle.of("sha256:scene", law.compiled, events_of(law, history))


def outcome(bundle: Bundle, asked: Asked) -> Permit | Refusal:
    """What the gateway says, both steps."""
    chosen = candidate(bundle, asked.ask, asked.at)
    if isinstance(chosen, Refusal):
        return chosen
    return decide(chosen, {fact: f"E-{fact}" for fact in asked.facts})


def act(text: Text, kind: EventKind, by: str, at: datetime, **more: object) -> Recorded:
    """An act, told when it happens unless `now` says otherwise, in writing."""
    now = more.pop("now", at)
    words = {"kind": kind, "by": by, "at": at, "document": "sha256:paper", "reason": "x"} | more
    assert isinstance(now, datetime)
    return Recorded(text["id"], Act(**words), now)  # type: ignore[arg-type]  # by name


def signed(law: Law) -> tuple[Recorded, ...]:
    """Every party of every protocol signs on the day that its text gives."""
    oldest = {text["id"]: text for text in reversed(list(law.texts.values()))}
    return tuple(
        act(text, K.SIGNATURE, party, start_of_day(day(text["lifecycle"]["signed_on"])))
        for text in oldest.values()
        for party in signatories(text)
    )


def is_in_window(flow: Text, at: datetime) -> bool:
    """Whether the flow's months hold this instant."""
    windows = flow.get("windows")
    return windows is None or legal_day(at).month in windows["months"]


def life(name: str, cell: Cell) -> tuple[datetime, datetime]:
    """From when, and until when at most, a cell of a law is open if everything was signed in time."""
    text = law(name).texts[cell.document]
    opening = flow_of(text, cell.flow).get("open_from")
    first = max(first_instant(text), start_of_day(day(opening)) if opening else TURNS[2] - FAR)
    last = datetime(2027, 1, 1, tzinfo=UTC)
    if name == "replaced" and text["id"] == "900":
        last = first_instant(law(name).texts["000@1.0.0"])
    if name == "twins" and text["id"] == "004":
        last = first_instant(law(name).texts["904@1.0.0"])
    return first, last


@cache
def good_instants(name: str, cell: Cell) -> tuple[datetime, ...]:
    """The boundary instants at which a cell of a law is open, if everything was signed in time."""
    flow = flow_of(law(name).texts[cell.document], cell.flow)
    first, last = life(name, cell)
    found = {turn + shift for turn in (*TURNS, first, last) for shift in SHIFTS}
    return tuple(sorted(at for at in found if first <= at < last and is_in_window(flow, at)))


@cache
def edges(name: str, cell: Cell) -> tuple[datetime, ...]:
    """Those of them beside which it is closed: the first, and where a window opens or shuts."""
    flow = flow_of(law(name).texts[cell.document], cell.flow)
    first, last = life(name, cell)
    return tuple(
        at
        for at in good_instants(name, cell)
        if any(not first <= t < last or not is_in_window(flow, t) for t in (at - TICK, at + TICK))
    )


def needed(law: Law, cell: Cell, at: datetime) -> tuple[Recorded, ...]:
    """The acts without which the cell would not be open: addendum, assessment, end of a twin."""
    text = law.texts[cell.document]
    if text.get("supersedes"):
        versions = law.versions(text["id"])
        earlier = versions[1 : versions.index(text) + 1]
        return tuple(
            act(
                text,
                K.ADDENDUM,
                provider(text),
                at - back * TICK,
                document=law.document(ref(one)).digest,
            )
            for back, one in enumerate(reversed(earlier))
        )
    if (text.get("dpia") or {}).get("gate"):
        return (act(text, K.EVIDENCE, consumers(text, text["flows"][0])[0], at),)
    if text["id"] == "904":
        return (act(law.texts["004@1.0.0"], K.END, "opgroeien", at),)
    return ()


Choice = Callable[[], list[Recorded]]


@dataclass(frozen=True)
class Stage:
    """Where acts are placed: one cell of one document, around one instant."""

    chance: Chance
    law: Law
    cell: Cell
    at: datetime

    @property
    def text(self) -> Text:
        return self.law.texts[self.cell.document]

    def before(self) -> datetime:
        return self.at - self.chance.pick((timedelta(0), *DISTANCES))

    def after(self) -> datetime:
        return self.at + self.chance.pick(DISTANCES)

    def scope(self) -> dict[str, str | None]:
        """A reach of a suspension that takes in the cell."""
        party = self.chance.pick((None, self.cell.party))
        return {"party": party, "flow": self.chance.pick((None, self.cell.flow))}

    def other_scopes(self) -> list[dict[str, str | None]]:
        """Reaches that leave the cell out."""
        text, cell = self.text, self.cell
        parties = [p for p in signatories(text) if p not in (cell.party, provider(text))]
        flows = [f["id"] for f in text["flows"] if f["id"] != cell.flow]
        return [
            *({"party": p, "flow": f} for p in parties for f in (None, cell.flow)),
            *({"party": p, "flow": f} for f in flows for p in (None, cell.party)),
        ]

    def done(self, kind: EventKind, at: datetime, **more: object) -> list[Recorded]:
        return [act(self.text, kind, provider(self.text), at, **more)]

    def ends(self) -> list[EventKind]:
        """The acts of this text that end it, or take away what it leans on, at once."""
        sanctions = [one for one in self.text["sanctions"] if one["kind"] == "terminate"]
        when = [one["when"] for one in self.text["lifecycle"].get("ends_when", [])]
        found = [ENDS[one] for one in when if one != "joint-decision"]
        return found + [K.END] * bool(sanctions)

    def has_joint_end(self) -> bool:
        when = [one["when"] for one in self.text["lifecycle"].get("ends_when", [])]
        return "joint-decision" in when

    def notice(self, by: str, *, over: bool) -> list[Recorded]:
        """A notice that is over at the instant, or not yet; by a day, or by more."""
        term = self.text["lifecycle"]["termination"].get("notice")
        months = -int(term.strip("PM"))
        away = self.chance.pick((0, 0, 1, 40))
        end = legal_day(self.at) + timedelta(days=-away if over else 1 + away)
        clock = self.chance.pick((time(0), time(0, 30), time(12), time(23, 59, 59, 999000)))
        given = months_later(end, months)
        while (start_of_day(months_later(given, -months)) <= self.at) is not over:
            given += timedelta(days=-1 if over else 1)
        return [act(self.text, K.NOTICE, by, local_instant(given, clock))]

    def lifted(self) -> list[Recorded]:
        """A suspension, and its lifting of the same reach or a wider one."""
        began = self.before() - TICK
        over = self.chance.pick((self.at, began + TICK))
        scope = self.scope()
        wider = {key: self.chance.pick((None, value)) for key, value in scope.items()}
        return [*self.done(K.SUSPENSION, began, **scope), *self.done(K.LIFTING, over, **wider)]

    def harmless(self) -> dict[str, list[Choice]]:
        """Acts that must not matter to the cell at the instant, by sort; each sort as likely."""
        found: dict[str, list[Choice]] = {
            "report": [lambda: self.done(K.PUBLICATION, self.before())],
            "end": [self._later(kind) for kind in self.ends()],
            "untold": [self._untold(kind) for kind in self.ends()],
        }
        if self.has_joint_end():
            found["joint"] = [lambda: self.done(K.JOINT_END, self.before())]
        if self.text["lifecycle"].get("suspension"):
            found["lifted"] = [self.lifted]
            found["suspension"] = [self._later(K.SUSPENSION), self._untold(K.SUSPENSION)]
            if others := self.other_scopes():
                found["elsewhere"] = [
                    lambda: self.done(K.SUSPENSION, self.before(), **self.chance.pick(others))
                ]
        if self.text["lifecycle"]["termination"].get("notice"):
            found["notice"] = [
                lambda: self.notice(self.chance.pick(signatories(self.text)), over=False)
            ]
            apart = self._others()
            if self.text["lifecycle"]["termination"]["mode"] == "per-party" and apart:
                found["leaver"] = [lambda: self.notice(self.chance.pick(apart), over=True)]
        return found

    def _others(self) -> list[str]:
        """The parties that sign beside provider and the cell's own."""
        return [
            p for p in signatories(self.text) if p not in (self.cell.party, provider(self.text))
        ]

    def _later(self, kind: EventKind) -> Choice:
        return lambda: self.done(kind, self.after(), **self._reach(kind))

    def _untold(self, kind: EventKind) -> Choice:
        return lambda: self.done(kind, self.before(), now=self.after(), **self._reach(kind))

    def _reach(self, kind: EventKind) -> dict[str, str | None]:
        return self.scope() if kind is K.SUSPENSION else {}

    def biting(self) -> dict[str, Choice]:
        """Acts each of which must close the cell at the instant."""
        found: dict[str, Choice] = {
            kind.value: lambda kind=kind: self.done(kind, self.before())  # type: ignore[misc]  # bound now
            for kind in self.ends()
        }
        if self.has_joint_end():
            found["joint"] = lambda: [
                act(self.text, K.JOINT_END, party, self.before())
                for party in signatories(self.text)
            ]
        if self.text["lifecycle"].get("suspension"):
            found["suspension"] = lambda: self.done(K.SUSPENSION, self.before(), **self.scope())
            found["lifted-too-little"] = self._lifted_for_another
        if self.text["lifecycle"]["termination"].get("notice"):
            found["notice"] = lambda: self.notice(self._leaver(), over=True)
        return found

    def _leaver(self) -> str:
        """Who may end it for this cell: itself, the provider, or anybody where it ends for all."""
        alone = self.text["lifecycle"]["termination"]["mode"] == "per-party"
        if alone:
            return self.chance.pick([self.cell.party, provider(self.text)])
        others = [p for p in signatories(self.text) if p != self.cell.party]
        return self.chance.pick(others * 2 + signatories(self.text))

    def _lifted_for_another(self) -> list[Recorded]:
        """A suspension of everything stays when one of a part of it is lifted, be it the cell's own."""
        own, flow = self.cell.party, self.cell.flow
        narrower = [(own, None), (None, flow), (own, flow)]
        parts = [*narrower, *narrower, *((p, None) for p in self._others())]
        party, part = self.chance.pick(parts)
        began = self.before() - 2 * TICK
        return [
            *self.done(K.SUSPENSION, began, party=None, flow=None),
            *self.done(K.SUSPENSION, began + TICK, party=party, flow=part),
            *self.done(K.LIFTING, began + 2 * TICK, party=party, flow=part),
        ]


def listed(text: Text, cell: Cell) -> list[str]:
    """The fields that the flow of the cell lists."""
    return list(flow_of(text, cell.flow)["fields"])


def clean(chance: Chance, law: Law, cell: Cell, at: datetime) -> Asked:
    """A question that the cell answers."""
    text = law.texts[cell.document]
    flow = flow_of(text, cell.flow)
    telling = [f for f in listed(text, cell) if flow["kind"] in FILES or f != "insz"]
    extra = [*sorted(GIVEN[flow["service"]] - {*listed(text, cell)}), "onbekend"]
    fields = {chance.pick(telling), *chance.some(listed(text, cell), 9)}
    if not flow.get("refuses_unlisted"):
        fields |= chance.some(extra, 2)
    strong = STRENGTH.index((flow.get("authentication") or {}).get("at_least", "password"))
    subject = (flow.get("training") or {}).get("subject")
    stated = chance.pick((frozenset[str](), frozenset({"zorgkas"})))
    ask = Ask(
        party=cell.party,
        unit=cell.unit,
        flow=cell.flow,
        fields=frozenset(fields),
        purpose=chance.pick((None, cell.purpose)) if cell.is_sole else cell.purpose,
        case="G-1" if item(text["purposes"], cell.purpose).get("case_required") else chance.pick((None, "G-1")),
        authentication=Authentication(chance.pick(STRENGTH[strong:])),
        has_enduser=bool(flow.get("enduser")) or chance.pick((False, True)),
        training=frozenset({subject} if subject else ()) | chance.pick((frozenset(), frozenset({"x"}))),
        duties_separated=bool(flow.get("duties_separated")) or chance.pick((False, True)),
        stated=stated,
        used=chance.number((flow.get("quota") or {"max": 1})["max"] - 1),
    )  # fmt: skip
    facts = {
        Fact(one["fact"])
        for one in flow.get("requires", [])
        if (not one.get("purposes") or cell.purpose in one["purposes"])
        and one.get("if_stated") in (None, *stated)
    }
    more = chance.some(tuple(Fact), 2)
    return Asked(ask, at, frozenset(facts | more))


def telling_changes(text: Text, cell: Cell) -> list[str]:
    """The changes that a clause of the flow, or of the cell's purpose, is about."""
    flow = flow_of(text, cell.flow)
    about = {
        "no-enduser": "enduser", "untrained": "training", "own-guard": "duties_separated",
        "spent": "quota", "authentication": "authentication", "also-unlisted": "refuses_unlisted",
        "fact": "requires", "no-facts": "requires",
    }  # fmt: skip
    found = [change for change, key in about.items() if flow.get(key)]
    if any(one.get("if_stated") for one in flow.get("requires", [])):
        found.append("stated")
    if item(text["purposes"], cell.purpose).get("case_required"):
        found.append("no-case")
    if any(unit["access"] == "refused" for unit in text["units"]):
        found.append("refused-unit")
    return found + ["purpose", "no-purpose", "no-purpose"] * (not cell.is_sole)


def _by(asked: Asked, unit: Text) -> Asked:
    """The same question of another unit, in its own party's name."""
    return replace(asked, ask=replace(asked.ask, party=unit["party"], unit=unit["id"]))


def changes(chance: Chance, law: Law, cell: Cell, asked: Asked) -> dict[str, Callable[[], Asked]]:
    """Every one thing that can be made wrong about a question (some of them change nothing)."""
    text, ask = law.texts[cell.document], asked.ask
    flow = flow_of(text, cell.flow)

    def told(**changed: object) -> Asked:
        return replace(asked, ask=replace(ask, **changed))  # type: ignore[arg-type]  # by name

    parties = sorted({p["id"] for t in law.texts.values() for p in t["parties"]})
    units = sorted({u["id"] for t in law.texts.values() for u in t["units"]} | {"elders"})
    purposes = sorted({p["id"] for t in law.texts.values() for p in t["purposes"]} | {"elders"})
    flows = sorted({f["id"] for t in law.texts.values() for f in t["flows"]})
    unlisted = [*sorted(GIVEN[flow["service"]] - set(listed(text, cell))), "onbekend"]

    def pick(choices: Sequence[T]) -> T:
        return chance.pick(choices)

    found = {
        "party": lambda: told(party=pick(parties)),
        "unit": lambda: told(unit=pick(units)),
        "unit-of-party": lambda: told(unit=pick([u["id"] for u in text["units"]])),
        "purpose": lambda: told(purpose=pick(purposes)),
        "no-purpose": lambda: told(purpose=None),
        "flow": lambda: told(flow=pick(flows)),
        "no-case": lambda: told(case=None),
        "authentication": lambda: told(authentication=pick((None, *Authentication))),
        "no-enduser": lambda: told(has_enduser=False),
        "untrained": lambda: told(training=frozenset()),
        "own-guard": lambda: told(duties_separated=False),
        "only-number": lambda: told(fields=frozenset({"insz"})),
        "only-unlisted": lambda: told(fields=frozenset({pick(unlisted)})),
        "also-unlisted": lambda: told(fields=ask.fields | {pick(unlisted)}),
        "spent": lambda: told(used=ask.used + pick((1, 2, 3))),
        "content": lambda: told(problems=(Ground(reason=Reason.INSZ_INVALID),)),
        "stated": lambda: replace(told(stated=frozenset({"zorgkas"})), facts=asked.facts - {Fact.MEMBER}),
        "no-facts": lambda: replace(asked, facts=frozenset()),
        "moved": lambda: replace(asked, at=asked.at + pick(SHIFTS)),
        "registration": lambda: told(flow=REGISTRATION_FLOW, fields=frozenset({"resultaat"})),
    }  # fmt: skip
    refused = [u for u in text["units"] if u["access"] == "refused"]
    if refused:
        found["refused-unit"] = lambda: _by(asked, pick(refused))
    if asked.facts:
        found["fact"] = lambda: replace(asked, facts=asked.facts - {pick(sorted(asked.facts))})
    return found


@st.composite
def scenes(draw: st.DrawFn, laws: tuple[str, ...] = VARIANTS, size: int = 6) -> Scene:
    """Scenes as Hypothesis draws them."""
    return a_scene(Drawn(draw), draw(st.sampled_from(laws)), size)


def a_scene(chance: Chance, name: str, size: int = 6) -> Scene:
    """A clean question, sometimes stopped by one act, and `size - 1` others with one thing changed."""
    the_law = law(name)
    found = the_law.own_cells() if chance.number(3) else the_law.cells()
    flow = chance.pick(sorted({cell.flow for cell in found}))
    cell = chance.pick([cell for cell in found if cell.flow == flow])
    at_edge = chance.number(2) == 0
    at = chance.pick(edges(name, cell) if at_edge else good_instants(name, cell))
    stage = Stage(chance, the_law, cell, at)
    history = [*signed(the_law), *needed(the_law, cell, at)]
    for _ in range(chance.number(3)):
        sorts = [choices for choices in stage.harmless().values() if choices]
        history += chance.pick(chance.pick(sorts))()
    biting, bites = "none", stage.biting()
    if chance.number(2) == 0:
        others = [d for d in the_law.compiled if d.supersedes and d.ref != cell.document]
        brings = ["addendum"] if any(d.id == stage.text["id"] for d in others) else []
        biting = chance.pick(sorted({*bites, "unsigned", *brings}))
        if biting == "unsigned":
            history = _unsigned(stage, history)
        elif biting == "addendum":
            digest = chance.pick([d.digest for d in others])
            history += stage.done(K.ADDENDUM, stage.before(), document=digest)
        else:
            history += bites[biting]()
    asked = [clean(chance, the_law, cell, at)]
    for _ in range(size - 1):
        possible = changes(chance, the_law, cell, asked[0])
        likely = telling_changes(stage.text, cell) + ["moved"] * (1 + at_edge)
        names = likely if chance.pick((False, True)) else [*sorted(possible), *["moved"] * 3]
        changed = chance.pick([one for one in names if one in possible])
        asked.append(replace(possible[changed](), changed=changed))
    return Scene(the_law, cell, tuple(history), tuple(asked), biting)


def _unsigned(stage: Stage, history: list[Recorded]) -> list[Recorded]:
    """Without one signature, or with one that came too late; bites where the last one counts."""
    party = stage.chance.pick(signatories(stage.text))
    rest = [
        one
        for one in history
        if (one.protocol, one.act.kind, one.act.by) != (stage.text["id"], K.SIGNATURE, party)
    ]
    late = stage.chance.pick((None, *DISTANCES))
    if late is None:
        return rest
    return [*rest, act(stage.text, K.SIGNATURE, party, stage.at + late)]

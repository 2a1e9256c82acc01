"""Permit-first: a question that must be answered, a history of acts at boundary distances, one thing wrong.

Wide random questions are refused nine times in ten and find little. So each scene starts from a cell
that a document opens and an instant at which it is open, places acts that must not matter around that
instant (or one that must), asks the clean question first, and then others with one thing changed.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any, TypeVar

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
    signatories,
)

T = TypeVar("T")
K = EventKind
TICK = timedelta(milliseconds=1)
DISTANCES = (TICK, timedelta(hours=5), timedelta(days=1), timedelta(days=3),
             timedelta(days=40), timedelta(days=95))  # fmt: skip
SHIFTS = (timedelta(0), *DISTANCES, *(-d for d in DISTANCES))
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
        """A scene as a story; Hypothesis shows this of a failure."""
        acts = [str(one) for one in self.history if one.protocol == self.cell.document[:3]]
        asked = [
            f"{one.changed} at {one.at.isoformat()}: {one.ask}, {sorted(one.facts)}"
            for one in self.asked
        ]
        lines = [f"law {self.law.name}, {self.cell}", *acts, *asked]
        printer.text("\n    ".join(lines))


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


@cache
def good_instants(name: str, cell: Cell) -> tuple[datetime, ...]:
    """The boundary instants at which a cell of a law is open, if everything was signed in time."""
    text = law(name).texts[cell.document]
    flow = flow_of(text, cell.flow)
    first = first_instant(text)
    if flow.get("open_from"):
        first = max(first, start_of_day(day(flow["open_from"])))
    last = datetime(2027, 1, 1, tzinfo=UTC)
    if name == "replaced" and text["id"] == "900":
        last = first_instant(law(name).texts["000@1.0.0"])
    if name == "twins" and text["id"] == "004":
        last = first_instant(law(name).texts["904@1.0.0"])
    found = {turn + shift for turn in (*TURNS, first, last) for shift in SHIFTS}
    return tuple(sorted(at for at in found if first <= at < last and is_in_window(flow, at)))


def needed(law: Law, cell: Cell, at: datetime) -> tuple[Recorded, ...]:
    """The acts without which the cell would not be open: addendum, assessment, end of a twin."""
    text = law.texts[cell.document]
    if text.get("supersedes"):
        digest = law.document(cell.document).digest
        return (act(text, K.ADDENDUM, provider(text), at, document=digest),)
    if (text.get("dpia") or {}).get("gate"):
        return (act(text, K.EVIDENCE, consumers(text, text["flows"][0])[0], at),)
    if text["id"] == "904":
        return (act(law.texts["004@1.0.0"], K.END, "opgroeien", at),)
    return ()


Choice = Callable[[], list[Recorded]]


@dataclass(frozen=True)
class Stage:
    """Where acts are placed: one cell of one document, around one instant."""

    draw: st.DrawFn
    law: Law
    cell: Cell
    at: datetime

    @property
    def text(self) -> Text:
        return self.law.texts[self.cell.document]

    def before(self) -> datetime:
        return self.at - self.draw(st.sampled_from((timedelta(0), *DISTANCES)))

    def after(self) -> datetime:
        return self.at + self.draw(st.sampled_from(DISTANCES))

    def scope(self) -> dict[str, str | None]:
        """A reach of a suspension that takes in the cell."""
        party = self.draw(st.sampled_from((None, self.cell.party)))
        return {"party": party, "flow": self.draw(st.sampled_from((None, self.cell.flow)))}

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
        away = self.draw(st.sampled_from((0, 1, 2, 40)))
        end = legal_day(self.at) + timedelta(days=-away if over else 1 + away)
        clock = self.draw(
            st.sampled_from((time(0), time(0, 30), time(12), time(23, 59, 59, 999000)))
        )
        given = months_later(end, months)
        while (start_of_day(months_later(given, -months)) <= self.at) is not over:
            given += timedelta(days=-1 if over else 1)
        return [act(self.text, K.NOTICE, by, local_instant(given, clock))]

    def lifted(self) -> list[Recorded]:
        """A suspension, and its lifting of the same reach or a wider one."""
        began = self.before() - TICK
        over = self.draw(st.sampled_from((self.at, began + TICK)))
        scope = self.scope()
        wider = {key: self.draw(st.sampled_from((None, value))) for key, value in scope.items()}
        return [*self.done(K.SUSPENSION, began, **scope), *self.done(K.LIFTING, over, **wider)]

    def harmless(self) -> Iterator[Choice]:
        """Acts that must not matter to the cell at the instant."""
        yield lambda: self.done(K.PUBLICATION, self.before())
        for kind in self.ends():
            yield lambda kind=kind: self.done(kind, self.after())  # type: ignore[misc]  # bound now
            yield lambda kind=kind: self.done(kind, self.before(), now=self.after())  # type: ignore[misc]  # idem
        if self.has_joint_end():
            yield lambda: self.done(K.JOINT_END, self.before())
        if self.text["lifecycle"].get("suspension"):
            yield self.lifted
            yield lambda: self.done(K.SUSPENSION, self.after(), **self.scope())
            yield lambda: self.done(K.SUSPENSION, self.before(), now=self.after(), **self.scope())
            if others := self.other_scopes():
                yield lambda: self.done(
                    K.SUSPENSION, self.before(), **self.draw(st.sampled_from(others))
                )
        if self.text["lifecycle"]["termination"].get("notice"):
            yield lambda: self.notice(
                self.draw(st.sampled_from(signatories(self.text))), over=False
            )
            apart = [
                p for p in signatories(self.text) if p not in (self.cell.party, provider(self.text))
            ]
            if self.text["lifecycle"]["termination"]["mode"] == "per-party" and apart:
                yield lambda: self.notice(self.draw(st.sampled_from(apart)), over=True)

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
        able = [self.cell.party, provider(self.text)] if alone else signatories(self.text)
        return self.draw(st.sampled_from([p for p in able if p in signatories(self.text)]))

    def _lifted_for_another(self) -> list[Recorded]:
        """A suspension of everything stays when another party's suspension is lifted."""
        others = [s for s in self.other_scopes() if s["party"] != self.cell.party and s["party"]]
        other = self.draw(st.sampled_from(others))
        began = self.before() - 2 * TICK
        return [
            *self.done(K.SUSPENSION, began, party=None, flow=None),
            *self.done(K.SUSPENSION, began + TICK, **other),
            *self.done(K.LIFTING, began + 2 * TICK, **other),
        ]


def listed(text: Text, cell: Cell) -> list[str]:
    """The fields that the flow of the cell lists."""
    return list(flow_of(text, cell.flow)["fields"])


def clean(draw: st.DrawFn, law: Law, cell: Cell, at: datetime) -> Asked:
    """A question that the cell answers."""
    text = law.texts[cell.document]
    flow = flow_of(text, cell.flow)
    telling = [f for f in listed(text, cell) if flow["kind"] in FILES or f != "insz"]
    extra = [*sorted(GIVEN[flow["service"]] - {*listed(text, cell)}), "onbekend"]
    fields = {draw(st.sampled_from(telling)), *draw(st.sets(st.sampled_from(listed(text, cell))))}
    if not flow.get("refuses_unlisted"):
        fields |= draw(st.sets(st.sampled_from(extra), max_size=2))
    strong = STRENGTH.index((flow.get("authentication") or {}).get("at_least", "password"))
    subject = (flow.get("training") or {}).get("subject")
    stated = draw(st.sampled_from((frozenset[str](), frozenset({"zorgkas"}))))
    ask = Ask(
        party=cell.party,
        unit=cell.unit,
        flow=cell.flow,
        fields=frozenset(fields),
        purpose=draw(st.sampled_from((None, cell.purpose))) if cell.is_sole else cell.purpose,
        case="G-1" if item(text["purposes"], cell.purpose).get("case_required") else draw(
            st.sampled_from((None, "G-1"))
        ),
        authentication=Authentication(draw(st.sampled_from(STRENGTH[strong:]))),
        has_enduser=bool(flow.get("enduser")) or draw(st.booleans()),
        training=frozenset({subject} if subject else ()) | draw(st.sampled_from((frozenset(), frozenset({"x"})))),
        duties_separated=bool(flow.get("duties_separated")) or draw(st.booleans()),
        stated=stated,
        used=draw(st.integers(0, (flow.get("quota") or {"max": 1})["max"] - 1)),
    )  # fmt: skip
    facts = {Fact(r["fact"]) for r in flow.get("requires", [])} | draw(
        st.sets(st.sampled_from(tuple(Fact)), max_size=2)
    )
    return Asked(ask, at, frozenset(facts))


def changes(draw: st.DrawFn, law: Law, cell: Cell, asked: Asked) -> dict[str, Callable[[], Asked]]:
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
        return draw(st.sampled_from(choices))

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
        "moved": lambda: replace(asked, at=asked.at + pick(SHIFTS)),
        "registration": lambda: told(flow=REGISTRATION_FLOW, fields=frozenset({"resultaat"})),
    }  # fmt: skip
    if asked.facts:
        found["fact"] = lambda: replace(asked, facts=asked.facts - {pick(sorted(asked.facts))})
    return found


@st.composite
def scenes(draw: st.DrawFn, laws: tuple[str, ...] = VARIANTS, size: int = 6) -> Scene:
    """A clean question, sometimes stopped by one act, and `size - 1` others with one thing changed."""
    name = draw(st.sampled_from(laws))
    the_law = law(name)
    found = the_law.own_cells() if draw(st.integers(0, 3)) else the_law.cells()
    flow = draw(st.sampled_from(sorted({cell.flow for cell in found})))
    cell = draw(st.sampled_from([cell for cell in found if cell.flow == flow]))
    at = draw(st.sampled_from(good_instants(name, cell)))
    stage = Stage(draw, the_law, cell, at)
    history = [*signed(the_law), *needed(the_law, cell, at)]
    for _ in range(draw(st.integers(0, 3))):
        history += draw(st.sampled_from(list(stage.harmless())))()
    biting, bites = "none", stage.biting()
    if draw(st.integers(0, 3)) == 0:
        others = [d for d in the_law.compiled if d.supersedes and d.ref != cell.document]
        brings = ["addendum"] if any(d.id == stage.text["id"] for d in others) else []
        biting = draw(st.sampled_from(sorted({*bites, "unsigned", *brings})))
        if biting == "unsigned":
            history = _unsigned(stage, history)
        elif biting == "addendum":
            digest = draw(st.sampled_from([d.digest for d in others]))
            history += stage.done(K.ADDENDUM, stage.before(), document=digest)
        else:
            history += bites[biting]()
    asked = [clean(draw, the_law, cell, at)]
    for _ in range(size - 1):
        possible = changes(draw, the_law, cell, asked[0])
        changed = draw(
            st.sampled_from(sorted({*possible, "moved", "registration"}) + ["moved"] * 3)
        )
        asked.append(replace(possible[changed](), changed=changed))
    return Scene(the_law, cell, tuple(history), tuple(asked), biting)


def _unsigned(stage: Stage, history: list[Recorded]) -> list[Recorded]:
    """Without one signature, or with one that came too late; bites where the last one counts."""
    party = stage.draw(st.sampled_from(signatories(stage.text)))
    rest = [
        one
        for one in history
        if (one.protocol, one.act.kind, one.act.by) != (stage.text["id"], K.SIGNATURE, party)
    ]
    late = stage.draw(st.sampled_from((None, *DISTANCES)))
    if late is None:
        return rest
    return [*rest, act(stage.text, K.SIGNATURE, party, stage.at + late)]

"""The decision as laws (F3 to F8, F12, F13): what must hold whatever the protocol, history or question."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from gateway.contracts.faults import Refusal
from gateway.contracts.reasons import WIRE, Reason
from gateway.domain.bundle import Bundle
from gateway.domain.decision import Permit, candidate
from gateway.domain.decision_terms import DECREE, Candidate
from gateway.domain.lifecycle import ENDINGS, EventKind, LifecycleEvent
from gateway.domain.protocol_document import (
    Access,
    Authentication,
    Fact,
    Flow,
    ProtocolDocument,
    RequiredFact,
)
from gateway.domain.services import GIVEN
from tests.builders import NOON, an_ask, the_documents
from tests.generators import (
    DISTANCES,
    TICK,
    Asked,
    Drawn,
    Scene,
    bundle_of,
    changes,
    events_of,
    outcome,
    scenes,
    signed,
)
from tests.texts import law, provider, signatories

K = EventKind
ALONE = ("shipped", "quotas", "strict", "manners", "calendar", "facts", "purposes", "versions")
"""Laws in which no second protocol could take over what a first one gives up."""
BY_MENDING = tuple(name for name in ALONE if name != "versions")
"""Laws in which nothing but the question itself can leave a party without a protocol."""
Documents = tuple[ProtocolDocument, ...]


def told(outcome: Permit | Refusal) -> tuple[Any, ...]:
    """An outcome, to compare."""
    if isinstance(outcome, Permit):
        return ("permit", outcome.candidate)
    return tuple((g.reason, g.article) for g in outcome.grounds)


def gives_no_more(before: Permit | Refusal, after: Permit | Refusal) -> bool:
    """Whether the second is no yes where the first was no, and names no further field."""
    if isinstance(after, Refusal):
        return True
    return isinstance(before, Permit) and set(after.fields) <= set(before.fields)


# --- F3 and F4: a poorer or stricter text never gives more -------------------------------------


def _flows(document: ProtocolDocument, change: Callable[[Flow], Flow]) -> ProtocolDocument:
    return replace(document, flows={key: change(flow) for key, flow in document.flows.items()})


def _of_flow(
    key: str, change: Callable[[Flow], Flow]
) -> Callable[[ProtocolDocument], ProtocolDocument]:
    return lambda document: _flows(document, lambda f: change(f) if f.key == key else f)


def _requiring(fact: Fact) -> Callable[[Flow], Flow]:
    return lambda flow: replace(
        flow, requires=(*flow.requires, RequiredFact(fact=fact, article="x"))
    )


def restrictions(scene: Scene) -> Mapping[str, Callable[[ProtocolDocument], ProtocolDocument]]:
    """Everything that can be made stricter in the text of the cell."""
    cell = scene.cell
    document = scene.law.document(cell.document)

    def caution(**more: Any) -> Callable[[Flow], Flow]:
        return lambda flow: replace(flow, caution=replace(flow.caution, **more))

    def rhythm(**more: Any) -> Callable[[Flow], Flow]:
        return lambda flow: replace(flow, rhythm=replace(flow.rhythm, **more))

    def fewer_months(flow: Flow) -> Flow:
        kept = frozenset(sorted(flow.rhythm.months or range(1, 13))[1:])
        return replace(flow, rhythm=replace(flow.rhythm, months=kept))

    in_flow: dict[str, Callable[[Flow], Flow]] = {
        **{f"fact-{fact}": _requiring(fact) for fact in Fact},
        **{
            f"field-{f.name}": lambda flow, f=f: replace(  # type: ignore[misc]  # bound now
                flow, fields=tuple(one for one in flow.fields if one != f)
            )
            for f in document.flows[cell.flow].fields
        },
        "authentication": caution(authentication=Authentication.EID, authentication_article="x"),
        "training": caution(training="nooit", training_article="x"),
        "duties": caution(duties_article="x"),
        "enduser": caution(enduser_article="x"),
        "quota": rhythm(quota=1, quota_article="x"),
        "months": fewer_months,
        "later-opening": rhythm(open_from=date(2025, 3, 30)),
        "refuses-unlisted": lambda flow: replace(flow, refuses_unlisted=True),
        "fewer-purposes": lambda flow: replace(flow, purposes=flow.purposes[1:]),
        "fewer-consumers": lambda flow: replace(flow, consumers=frozenset({"zele"})),
    }  # fmt: skip
    found = {name: _of_flow(cell.flow, change) for name, change in in_flow.items()}
    found["unit-refused"] = lambda d: replace(
        d,
        units={
            k: replace(u, access=Access.REFUSED) if k == cell.unit else u
            for k, u in d.units.items()
        },
    )
    found["unit-without-purpose"] = lambda d: replace(
        d,
        units={
            k: replace(u, purposes=frozenset()) if k == cell.unit else u for k, u in d.units.items()
        },
    )
    found["case"] = lambda d: replace(
        d, purposes={k: replace(p, case_required=True) for k, p in d.purposes.items()}
    )
    found["later-start"] = lambda d: (
        replace(
            d,
            lifecycle=replace(
                d.lifecycle, in_force_rule="on-date", in_force_from=date(2025, 10, 26)
            ),
        )
        if d.lifecycle.in_force_rule == "on-date"
        else d
    )
    found["gate"] = lambda d: replace(d, lifecycle=replace(d.lifecycle, gate_article="x"))
    return found


def stricter(scene: Scene, change: Callable[[ProtocolDocument], ProtocolDocument]) -> Documents:
    key = scene.cell.document.partition("@")[0]
    return tuple(change(d) if d.id == key else d for d in scene.law.compiled)


@given(scenes(ALONE), st.data())
def test_f3_and_f4_a_stricter_text_never_gives_more(scene: Scene, data: st.DataObject) -> None:
    events = events_of(scene.law, scene.history)
    possible = restrictions(scene)
    names = data.draw(st.lists(st.sampled_from(sorted(possible)), min_size=1, max_size=2))
    before = after = scene.law.compiled
    for name in names:
        after = stricter(replace(scene, law=replace(scene.law, compiled=after)), possible[name])
    if names.count("fewer-purposes"):  # several purposes: one less may leave the only one
        before = tuple(d for d in before if not _has_units_with_several_purposes(d))
        assume(len(before) == len(after))

    for asked in scene.asked:
        first = outcome(Bundle.of("sha256:a", before, events), asked)
        second = outcome(Bundle.of("sha256:b", after, events), asked)
        assert gives_no_more(first, second), (names, asked)


def _has_units_with_several_purposes(document: ProtocolDocument) -> bool:
    return any(len(unit.purposes) > 1 for unit in document.units.values())


@given(scenes(ALONE), st.data())
def test_f4_a_further_act_against_a_protocol_never_gives_more(
    scene: Scene, data: st.DataObject
) -> None:
    events = events_of(scene.law, scene.history)
    shift = data.draw(st.sampled_from((timedelta(0), *DISTANCES, *(-d for d in DISTANCES))))
    act = LifecycleEvent(
        protocol=scene.cell.document.partition("@")[0],
        kind=data.draw(st.sampled_from((K.SUSPENSION, K.NOTICE, K.END, K.GROUND_LOST,
                                        K.AGREEMENT_ENDED, K.AUTHORISATION_LOST))),
        effective_at=scene.asked[0].at + shift,
        recorded_at=scene.asked[0].at + shift,
        party=data.draw(st.sampled_from((None, scene.cell.party))),
        flow=data.draw(st.sampled_from((None, scene.cell.flow))),
    )  # fmt: skip
    last = max(events, key=lambda e: e.effective_at).effective_at
    assume(
        act.kind is not K.SUSPENSION or act.effective_at >= last
    )  # a later lifting would take it away

    for asked in scene.asked:
        first = outcome(Bundle.of("sha256:a", scene.law.compiled, events), asked)
        second = outcome(Bundle.of("sha256:b", scene.law.compiled, [*events, act]), asked)
        assert gives_no_more(first, second)


# --- F5: nothing outside [start, end) ----------------------------------------------------------


@given(scenes(("shipped", "calendar", "manners"), size=1), st.sampled_from((K.END, K.NOTICE, K.GROUND_LOST)))  # fmt: skip
def test_f5_an_end_bites_at_its_millisecond_and_for_ever(scene: Scene, kind: EventKind) -> None:
    """Boundary instants: day edges, both clock changes, month ends, leap days."""
    (asked,) = scene.asked
    end = LifecycleEvent(
        protocol=scene.cell.document.partition("@")[0], kind=kind, effective_at=asked.at,
        recorded_at=asked.at - TICK,
    )  # fmt: skip
    events = events_of(scene.law, scene.history)
    free = Bundle.of("sha256:a", scene.law.compiled, events)
    bound = Bundle.of("sha256:b", scene.law.compiled, [*events, end])

    just_before = replace(asked, at=asked.at - TICK)
    assert told(outcome(bound, just_before)) == told(outcome(free, just_before))
    for later in (timedelta(0), *DISTANCES):
        assert isinstance(outcome(bound, replace(asked, at=asked.at + later)), Refusal)


@given(scenes(("shipped", "calendar"), size=1))
def test_f5_nothing_before_the_start(scene: Scene) -> None:
    (asked,) = scene.asked
    document = scene.law.document(scene.cell.document)
    signed = datetime.combine(document.lifecycle.signed_on, datetime.min.time(), UTC)
    early = signed - timedelta(days=1, hours=2)

    for before in (timedelta(0), *DISTANCES):
        assert isinstance(
            outcome(bundle_of(scene.law, scene.history), replace(asked, at=early - before)), Refusal
        )


# --- F6: one party's acts are its own ----------------------------------------------------------


@given(scenes(("shipped", "facts", "calendar")), st.data())
def test_f6_what_is_done_about_one_party_changes_no_other_partys_decisions(
    scene: Scene, data: st.DataObject
) -> None:
    assume(scene.cell.document.startswith("001"))
    text = scene.law.texts[scene.cell.document]
    others = [p for p in signatories(text) if p not in (scene.cell.party, provider(text))]
    other = data.draw(st.sampled_from(others))
    acts = [
        LifecycleEvent(
            protocol="001", kind=kind, party=other, by=other,
            effective_at=scene.asked[0].at + shift, recorded_at=scene.asked[0].at + shift,
        )
        for kind in (K.NOTICE, K.SUSPENSION, K.LIFTING)
        for shift in data.draw(st.lists(st.sampled_from(DISTANCES + tuple(-d for d in DISTANCES))))
    ]  # fmt: skip
    events = events_of(scene.law, scene.history)

    for asked in scene.asked:
        if asked.ask.party != other:
            without = outcome(Bundle.of("sha256:a", scene.law.compiled, events), asked)
            having = outcome(Bundle.of("sha256:b", scene.law.compiled, [*events, *acts]), asked)
            assert told(having) == told(without)


# --- F7: fields of two protocols, or of two purposes, are never united -------------------------

CARE = next(d for d in the_documents() if d.id == "004")
FIELDS = CARE.flows["zorgtoeslag"].fields
LIVES = st.tuples(st.integers(-3, 3), st.none() | st.integers(-3, 3))


def overlapping(key: str, names: frozenset[str], start: int) -> ProtocolDocument:
    flow = CARE.flows["zorgtoeslag"]
    kept = tuple(f for f in FIELDS if f.name in names)
    day = (NOON + timedelta(days=start)).date()
    return replace(
        CARE, id=key, digest=f"sha256:{key}", flows={flow.key: replace(flow, fields=kept, requires=())},
        lifecycle=replace(CARE.lifecycle, in_force_from=day),
    )  # fmt: skip


@given(st.lists(st.tuples(st.frozensets(st.sampled_from([f.name for f in FIELDS])), LIVES), min_size=2, max_size=3))  # fmt: skip
def test_f7_overlapping_protocols_never_unite_their_fields(
    texts: list[tuple[frozenset[str], tuple[int, int | None]]],
) -> None:
    documents = [overlapping(f"90{n}", names, life[0]) for n, (names, life) in enumerate(texts)]
    ends = [
        LifecycleEvent(protocol=f"90{n}", kind=K.END, effective_at=NOON + timedelta(days=life[1]),
                       recorded_at=NOON - timedelta(days=9))
        for n, (_, life) in enumerate(texts) if life[1] is not None
    ]  # fmt: skip
    live = [
        names
        for names, (start, end) in texts
        if (NOON + timedelta(days=start)).date() <= NOON.date() and (end is None or end > 0)
    ]

    said = outcome(
        Bundle.of("sha256:x", documents, ends), Asked(an_ask(), NOON, frozenset({Fact.REGISTERED}))
    )

    if isinstance(said, Permit):
        assert len(live) == 1
        assert set(said.fields) == live[0]
    elif len(live) > 1:
        assert said.reason is Reason.NO_PROTOCOL
    elif live:
        assert said.reason is Reason.NOTHING_PERMITTED


def test_f7_a_unit_with_several_purposes_must_choose_one_and_gets_that_ones_conditions() -> None:
    the_law = law("purposes")
    several = [cell for cell in the_law.cells() if not cell.is_sole]
    bundle = bundle_of(the_law, signed(the_law))
    assert {cell.purpose for cell in several} == {"audit", "rechtentoekenning", "toezicht"}

    for cell in several:
        ask = an_ask(party=cell.party, unit=cell.unit, flow=cell.flow, case="G-1",
                     fields=GIVEN[the_law.document(cell.document).flows[cell.flow].service])  # fmt: skip
        silent = candidate(bundle, ask, NOON)
        chosen = candidate(bundle, replace(ask, purpose=cell.purpose), NOON)

        assert isinstance(silent, Refusal)
        assert silent.reason is Reason.PURPOSE_REQUIRED
        assert isinstance(chosen, Candidate)
        facts = [required.fact for required in chosen.requires]
        assert (Fact.RIGHT_OPEN in facts) is (cell.purpose == "toezicht")


# --- F8: the same facts, the same answer, in whatever order they came in -----------------------


@given(scenes(), st.randoms(use_true_random=False))
def test_f8_the_order_in_which_acts_are_loaded_changes_nothing(scene: Scene, chance: Any) -> None:
    events = list(events_of(scene.law, scene.history))
    ordered = (
        K.SUSPENSION,
        K.LIFTING,
        *ENDINGS,
    )  # of two at once, the first that was told is cited
    turns = [(e.effective_at, e.recorded_at) for e in events if e.kind in ordered]
    assume(len(turns) == len(set(turns)))
    mixed = list(events)
    chance.shuffle(mixed)
    one, other = (Bundle.of("sha256:x", scene.law.compiled, e) for e in (events, mixed))

    for asked in scene.asked:
        first = told(outcome(one, asked))
        assert first == told(outcome(other, asked)) == told(outcome(one, asked))


# --- F12: every refusal has a reason of the table and an article of the document ---------------


def articles(node: Any) -> Iterator[str]:
    if isinstance(node, Mapping):
        for key, value in node.items():
            if key.endswith("article"):
                yield value
            yield from articles(value)
    elif isinstance(node, list):
        for value in node:
            yield from articles(value)


def stands_in(article: str, text: Mapping[str, Any]) -> bool:
    """Whether a document has the article, or a part of it (`art. 2` where it has `art. 2.2`)."""
    parts = tuple(f"{article}{mark}" for mark in (" ", ".", ","))
    return any(one == article or one.startswith(parts) for one in articles(text))


@given(scenes())
def test_f12_every_refusal_cites_a_reason_of_the_table_and_an_article_of_the_document(
    scene: Scene,
) -> None:
    bundle = bundle_of(scene.law, scene.history)
    for asked in scene.asked:
        said = outcome(bundle, asked)
        if isinstance(said, Refusal):
            for ground in said.grounds:
                assert ground.reason in WIRE
                if ground.reason is Reason.INSZ_INVALID:
                    continue
                assert ground.remedy
                assert ground.article is not None
                assert ground.article == DECREE or stands_in(
                    ground.article, scene.law.texts[said.protocol or ""]
                )


# --- F13: what is mended is not told again -----------------------------------------------------

_FACTS = {
    Reason.NOT_REGISTERED: Fact.REGISTERED, Reason.NO_OPEN_QUESTION: Fact.QUESTION_OPEN,
    Reason.NOT_IDENTIFIED: Fact.IDENTIFIED, Reason.SESSION_OVER: Fact.IN_SESSION,
    Reason.NOT_A_MEMBER: Fact.MEMBER, Reason.RIGHT_ENDED: Fact.RIGHT_OPEN,
}  # fmt: skip
_MENDS: Mapping[Reason, tuple[str, ...]] = {
    Reason.NO_PROTOCOL: ("party", "flow", "fields"),
    Reason.UNIT_NOT_LISTED: ("unit", "party"), Reason.UNIT_REFUSED: ("unit", "party"),
    Reason.PURPOSE_NOT_AGREED: ("purpose", "unit", "party", "flow", "fields"), Reason.PURPOSE_REQUIRED: ("purpose", "unit", "party", "flow", "fields"),
    Reason.CASE_REQUIRED: ("case",),
    Reason.AUTHENTICATION_TOO_WEAK: ("authentication", "has_enduser"),
    Reason.TRAINING_MISSING: ("training",), Reason.DUTIES_NOT_SEPARATED: ("duties_separated",),
    Reason.INSZ_INVALID: ("problems",),
    Reason.NOTHING_PERMITTED: ("flow", "fields"), Reason.FIELD_NOT_LISTED: ("flow", "fields"),
    Reason.QUOTA_SPENT: ("used",),
}  # fmt: skip
_TIME = (Reason.PROTOCOL_NOT_IN_FORCE, Reason.FLOW_NOT_OPEN, Reason.OUTSIDE_WINDOW,
         Reason.PROTOCOL_ENDED, Reason.PROTOCOL_SUSPENDED, Reason.INSTRUMENT_NOT_ACTIVE)  # fmt: skip


def beyond_reproach(asked: Asked) -> Asked:
    """The question of somebody who would do for any flow: so a mend is good for another flow too."""
    return replace(asked, ask=replace(
        asked.ask, authentication=Authentication.EID, has_enduser=True, duties_separated=True,
        case="G-1", training=frozenset({"jobbonus", "zorg", "kring"}), used=0,
    ))  # fmt: skip


def mended(asked: Asked, clean: Asked, reason: Reason) -> Asked:
    """The question with what this reason complains of as it was in the clean one."""
    if reason in _FACTS:
        return replace(asked, facts=asked.facts | {_FACTS[reason]})
    if reason in _TIME:  # a state is one party's, of one flow
        asked = replace(asked, at=clean.at)
    names = _MENDS.get(reason, ("party", "unit", "flow", "fields"))
    return replace(asked, ask=replace(asked.ask, **{n: getattr(clean.ask, n) for n in names}))


@given(scenes(BY_MENDING, size=1), st.data())
def test_f13_mending_the_first_reason_leads_on_and_at_last_to_a_permit(
    scene: Scene, data: st.DataObject
) -> None:
    assume(scene.biting == "none")
    bundle, clean = bundle_of(scene.law, scene.history), beyond_reproach(scene.asked[0])
    asked, mends = clean, 0
    for _ in range(4):
        possible = changes(Drawn(data.draw), scene.law, scene.cell, asked)
        del possible["registration"]
        asked = possible[data.draw(st.sampled_from(sorted(possible)))]()

    said = outcome(bundle, asked)
    while isinstance(said, Refusal):
        was, mends = said.reason, mends + 1
        asked = mended(asked, clean, was)
        said = outcome(bundle, asked)
        assert not isinstance(said, Refusal) or said.reason is not was
        assert mends < 20

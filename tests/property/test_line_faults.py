"""F9 and F10: nothing leaves with a duty undone, and nothing leaves without its entry, whatever breaks."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.adapters.usage import Uncounted
from gateway.contracts.faults import (
    Ground,
    LogUnavailable,
    Refusal,
    RefusedFault,
    SourceFault,
    refuse,
)
from gateway.contracts.reasons import Reason
from gateway.domain.bundle import Bundle
from gateway.domain.channel import DropTerm
from gateway.domain.decision_terms import (
    ObligationKind,
    UndischargedObligation,
    require_dischargeable,
)
from gateway.domain.field_filter import DISCHARGED_BY_ANSWER, SourceRecord
from gateway.domain.log_entry import Entry, EventKind
from gateway.domain.protocol_document import Derived, Fact, Flow
from gateway.domain.request import Message, Proof, ProofKind
from gateway.domain.services import CARE_ALLOWANCE
from gateway.domain.share import DISCHARGED_BY_FILE
from gateway.flows.attempts import AttemptGate
from gateway.flows.audited import Exchange
from gateway.flows.consultation import ConsultationFlow
from gateway.flows.throttle import Limits, Throttle
from gateway.ports import Fetched
from gateway.web.rest.codec import RestCodec
from tests.builders import NOON, a_bundle, a_caller, the_documents

CANARY = "mark-4711"
RECORD = {"insz": "12631400209", "erkenningen": [{"pijler1": CANARY, "periode": {"begin": CANARY}}]}
STEPS = ("identify", "read", "bundle", "about", "take", "fetch", "answer", "append", "effect")
BREAKS: dict[str, Callable[[], Exception]] = {
    "a bug": lambda: RuntimeError("broken"),
    "a refusal": lambda: refuse(Reason.CREDENTIAL_INVALID, "no"),
    "a silent source": lambda: SourceFault(Refusal((Ground(reason=Reason.SOURCE_SILENT),))),
    "no log": LogUnavailable,
    "no memory": MemoryError,
}


@dataclass
class World:
    """Every collaborator of the line; `broken` steps raise when they are reached for the n-th time."""

    bundle_of: Bundle = field(default_factory=a_bundle)
    broken: dict[tuple[str, int], Exception] = field(default_factory=dict)
    reached: list[str] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    done: list[str] = field(default_factory=list)

    def step(self, name: str) -> None:
        self.reached.append(name)
        if error := self.broken.get((name, self.reached.count(name))):
            raise error

    def now(self) -> datetime:
        return NOON

    def identify(self, proof: Proof | None) -> Any:
        self.step("identify")
        return a_caller()

    def bundle(self) -> Bundle:
        self.step("bundle")
        return self.bundle_of

    def about(self, *_: object) -> dict[Fact, str]:
        self.step("about")
        return {Fact.REGISTERED: "R-1"}

    def used(self, *_: object) -> int:
        return 0

    def take(self, *_: object) -> Uncounted:
        self.step("take")
        return Uncounted()

    async def fetch(self, *_: object) -> Fetched:
        await asyncio.sleep(0)
        self.step("fetch")
        return Fetched(SourceRecord(RECORD, CARE_ALLOWANCE.paths), self.effect)

    def effect(self) -> None:
        self.step("effect")
        self.done.append("effect")

    async def append(self, entry: Entry) -> int:
        await asyncio.sleep(0)
        self.step("append")
        self.entries.append(entry)
        return len(self.entries)

    def append_all(self, entries: Sequence[Entry]) -> Sequence[int]:
        self.entries += entries
        return range(1, len(entries) + 1)


class BreakingCodec(RestCodec):
    """The REST codec, as breakable as the rest."""

    def __init__(self, world: World) -> None:
        super().__init__(lambda: "id-1", 10_000)
        self._world = world

    def read(self, message: Message) -> Any:
        self._world.step("read")
        return super().read(message)

    def answer(self, request: Any, record: Any) -> Any:
        self._world.step("answer")
        return super().answer(request, record)


def consulted(world: World) -> Exchange:
    flow = ConsultationFlow(
        space="demo", credentials=world, protocols=world, facts=world, usage=world, sources=world,  # type: ignore[arg-type]  # stands for all
        log=world, attempts=AttemptGate(world, world, "demo", lambda: 0.0),
        throttle=Throttle(Limits(), lambda: 0.0), clock=world,
    )  # fmt: skip
    body = b'{"insz":"12631400209","referentiedatum":"2025-01-01"}'
    message = Message(
        body=body, headers={}, proof=Proof(ProofKind.TOKEN, b"t"), service=CARE_ALLOWANCE
    )
    return asyncio.run(flow.consult(message, BreakingCodec(world)))


def bytes_out(exchange: Exchange) -> bytes:
    assert exchange.reply is not None
    return b"".join(exchange.reply.parts)


def committed(world: World) -> set[str]:
    """The digests of the answers that the entries commit to."""
    return {str(value) for e in world.entries for value in (e.private or {}).values()}


def test_unbroken_the_answer_leaves_and_its_entry_commits_to_it() -> None:
    world = World()

    out = bytes_out(consulted(world))

    assert CANARY.encode() in out
    assert world.reached == list(STEPS)
    assert any(sha256(out).hexdigest() in digest for digest in committed(world))


@given(
    st.dictionaries(
        st.tuples(st.sampled_from(STEPS), st.integers(1, 2)),
        st.sampled_from(sorted(BREAKS)),
        min_size=1,
        max_size=3,
    )
)
def test_f10_whatever_breaks_nothing_leaves_without_its_entry(
    breaks: dict[tuple[str, int], str],
) -> None:
    world = World(bundle_of=BUNDLE, broken={at: BREAKS[kind]() for at, kind in breaks.items()})

    exchange = None
    try:
        exchange = consulted(world)
    except (RuntimeError, MemoryError, RefusedFault, SourceFault):
        assert {at for at in breaks if at[0] == "append"}, "only the log may break through"
    if exchange is None:
        return

    out = bytes_out(exchange)
    if exchange.decision is None:
        assert not world.entries
        assert exchange.reply is not None
        assert exchange.reply.status == 503
    else:
        assert world.entries
    if CANARY.encode() in out:
        assert any(sha256(out).hexdigest() in digest for digest in committed(world))
        assert world.done == ["effect"]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("kind", BREAKS)
def test_f10_each_step_that_breaks_keeps_the_data_in(step: str, kind: str) -> None:
    world = World(bundle_of=BUNDLE, broken={(step, 1): BREAKS[kind]()})
    if step == "append" and kind != "no log":  # a log that lies about its faults ends the exchange
        with pytest.raises(type(BREAKS[kind]())):
            consulted(world)
        return

    exchange = consulted(world)

    assert CANARY.encode() not in bytes_out(exchange)
    assert len(world.entries) == (0 if step == "append" else 1 + (step == "effect"))
    if step == "effect":
        assert world.entries[-1].leaf["e"] == EventKind.NOT_DELIVERED.value


BUNDLE = a_bundle()
_CARE = next(d for d in the_documents() if d.id == "004")


def with_flow(change: Callable[[Flow], Flow]) -> Bundle:
    flow = _CARE.flows["zorgtoeslag"]
    return a_bundle([replace(_CARE, flows={flow.key: change(flow)})])


UNDISCHARGEABLE: dict[ObligationKind, Callable[[Flow], Flow]] = {
    ObligationKind.SESSION_LIMIT: lambda f: replace(f, rhythm=replace(f.rhythm, session="PT15M")),
    ObligationKind.DROP_TERM: lambda f: replace(
        f, drop_term=DropTerm(period="P1M", article="art. 6")
    ),
}


def _derived_by_no_rule(flow: Flow) -> Flow:
    return replace(flow, derived=(Derived(field="pijler1", rule="x", article="art. 3"),))


@pytest.mark.parametrize(
    "change",
    [*UNDISCHARGEABLE.values(), _derived_by_no_rule],
    ids=[*UNDISCHARGEABLE, "derive"],
)
def test_f9_a_duty_that_the_line_cannot_fulfil_stops_the_answer_and_is_entered(
    change: Callable[[Flow], Flow],
) -> None:
    world = World(bundle_of=with_flow(change))

    exchange = consulted(world)

    assert CANARY.encode() not in bytes_out(exchange)
    assert exchange.draft.refusal is not None
    assert exchange.draft.refusal.reason is Reason.INTERNAL
    decisions = [e for e in world.entries if e.leaf["e"] == EventKind.DECISION.value]
    assert len(decisions) == 1
    assert world.done == []


def test_f9_no_kind_of_duty_is_forgotten() -> None:
    """Each is fulfilled by the answer's way out, or stops it; and the same for a file's."""
    assert set(UNDISCHARGEABLE) | DISCHARGED_BY_ANSWER == set(ObligationKind)
    assert not set(UNDISCHARGEABLE) & DISCHARGED_BY_ANSWER


@pytest.mark.parametrize("able", [DISCHARGED_BY_ANSWER, DISCHARGED_BY_FILE], ids=["answer", "file"])
@given(st.lists(st.sampled_from([*ObligationKind, "burn-after-reading"]), max_size=6))
def test_f9_one_unknown_duty_among_many_is_enough(
    able: frozenset[ObligationKind], kinds: list[Any]
) -> None:
    from gateway.domain.decision_terms import Obligation

    duties = [Obligation(kind, "art. 6") for kind in kinds]
    if set(kinds) <= able:
        require_dischargeable(duties, able)
        return
    with pytest.raises(UndischargedObligation):
        require_dischargeable(duties, able)


def test_f9_what_leaves_is_cut_labelled_and_forbidden_to_keep_where_the_text_says_so() -> None:
    kept = replace(_CARE.flows["zorgtoeslag"].retention, is_none=True, label="geen x")
    world = World(bundle_of=with_flow(lambda f: replace(f, retention=kept)))

    exchange = consulted(world)

    assert exchange.reply is not None
    headers = dict(exchange.reply.labels)
    assert headers["Cache-Control"] == "no-store"
    assert headers["Sim-Retention"] == "geen x (art. 3)"

"""Turn a clause on the life of a protocol off: exactly the acts that rest on it are known no more."""

from collections.abc import Callable, Iterator

import pytest

from gateway.adapters.protocol_files import initial_events
from gateway.contracts.faults import Refusal
from gateway.contracts.reasons import Reason
from gateway.domain.acts import Act, judge_act
from gateway.domain.lifecycle import EventKind
from tests.builders import NOON
from tests.generators import ENDS
from tests.texts import Text, law, law_of, shipped

K = EventKind
Off = Callable[[Text], None]


def _without(listed: str, place: int) -> Off:
    def off(text: Text) -> None:
        node = text if listed in text else text["lifecycle"]
        del node[listed][place]

    return off


def _no_notice(text: Text) -> None:
    text["lifecycle"]["termination"] |= {"mode": "none", "notice": None}


def _clauses(text: Text) -> Iterator[tuple[str, Off, set[EventKind]]]:
    life = text["lifecycle"]
    if life.get("suspension"):
        yield "suspension", lambda t: t["lifecycle"].pop("suspension"), {K.SUSPENSION, K.LIFTING}
    if life.get("amendment"):
        yield "amendment", lambda t: t["lifecycle"].pop("amendment"), {K.ADDENDUM}
    if life["termination"].get("notice"):
        yield "notice", _no_notice, {K.NOTICE}
    for place, one in enumerate(life.get("ends_when", [])):
        yield one["when"], _without("ends_when", place), {ENDS[one["when"]]}
    for place, one in enumerate(text["sanctions"]):
        ends = {K.END} if one["kind"] == "terminate" else set()
        yield f"sanction-{one['kind']}", _without("sanctions", place), ends


CLAUSES = [(key, *clause) for key, text in shipped().items() for clause in _clauses(text)]


@pytest.mark.parametrize(("protocol", "name", "off", "kinds"), CLAUSES, ids=lambda p: str(p) if isinstance(p, str) else "")  # fmt: skip
def test_turning_it_off_leaves_every_other_act_as_it_was(
    protocol: str, name: str, off: Off, kinds: set[EventKind]
) -> None:
    before = law("shipped").document(f"{protocol}@1.0.0")
    after = law_of(name, lambda texts: off(texts[protocol])).document(f"{protocol}@1.0.0")

    known, left = before.lifecycle.acts, after.lifecycle.acts
    assert {K(kind) for kind in known.keys() - left.keys()} == kinds
    assert all(left[kind] == known[kind] for kind in left)
    for kind in kinds:
        act = Act(kind=kind, by=min(known[kind.value].by), document="sha256:x")
        judged = judge_act(after, initial_events(after), act, NOON)
        assert isinstance(judged, Refusal)
        assert judged.reason is Reason.NO_SUCH_CLAUSE
        assert judged.grounds[0].article in {None, *(rule.article for rule in left.values())}


def test_every_text_has_clauses_to_turn_off() -> None:
    assert {protocol for protocol, *_ in CLAUSES} == set(shipped())

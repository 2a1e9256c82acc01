"""Every act of contract section 9 by every party, over all five texts, beside the reviewed table.

`tests/corpus/acts/table.txt` was checked cell by cell against the articles. After a deliberate change
make it anew with `python -m tests.unit.test_acts_table > tests/corpus/acts/table.txt` and review it again.
"""

import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from gateway.adapters.protocol_files import initial_events
from gateway.contracts.faults import Refusal
from gateway.contracts.reasons import Reason
from gateway.domain.acts import NAMING, Act, judge_act
from gateway.domain.legal_day import in_brussels
from gateway.domain.lifecycle import EventKind, LifecycleEvent
from gateway.domain.protocol_document import ProtocolDocument
from tests.builders import NOON, the_documents

TABLE = Path(__file__).parents[1] / "corpus/acts/table.txt"
DOCUMENTS = the_documents()
STRANGER = "niemand"
K = EventKind


def outcome(document: ProtocolDocument, kind: EventKind, by: str) -> LifecycleEvent | Refusal:
    """The act in a form that nothing but the text can refuse."""
    signed = [] if kind is K.SIGNATURE else list(initial_events(document))
    suspended = LifecycleEvent(
        protocol=document.id, kind=K.SUSPENSION, effective_at=NOON, recorded_at=NOON, by=by
    )
    act = Act(
        kind=kind,
        by=by,
        party="adviesbureau" if kind in NAMING else None,
        document="sha256:" + "a" * 64,
    )
    return judge_act(document, [*signed, suspended], act, NOON)


def cells(document: ProtocolDocument, kind: EventKind) -> Iterator[str]:
    for party in (*document.parties, STRANGER):
        told = outcome(document, kind, party)
        if isinstance(told, LifecycleEvent):
            yield f"{party}={told.article}{_within(told)}".replace(" ", "")
        else:
            assert [g.reason for g in told.grounds] == [Reason.NO_SUCH_CLAUSE], told
            yield f"{party}=-"


def _within(event: LifecycleEvent) -> str:
    until: datetime | None = event.effective_at if event.kind is K.NOTICE else event.term
    return f"/{in_brussels(until):%Y-%m-%dT%H:%M}" if until else ""


def rows() -> Iterator[str]:
    for document in DOCUMENTS:
        for kind in EventKind:
            yield " ".join((document.id, kind.value, *cells(document, kind)))


def test_each_party_may_do_to_each_protocol_what_its_text_knows() -> None:
    assert list(rows()) == TABLE.read_text("utf-8").splitlines()


def test_the_table_has_every_cell() -> None:
    found = [line.split() for line in TABLE.read_text("utf-8").splitlines()]

    assert len(found) == 5 * 20
    assert sum(len(cell) - 2 for cell in found) == 20 * (3 + 9 + 10 + 3 + 4)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.id)
def test_a_refusal_says_what_the_text_does_know(document: ProtocolDocument) -> None:
    for kind in EventKind:
        for party in (*document.parties, STRANGER):
            told = outcome(document, kind, party)
            if isinstance(told, Refusal):
                for known, rule in document.lifecycle.acts.items():
                    assert f"{known} ({rule.article})" in told.grounds[0].remedy


if __name__ == "__main__":
    sys.stdout.write("\n".join(rows()) + "\n")

"""F1, F2 and F14 on the bytes of both wires: what leaves is listed and asked, to the last character.

Every field of a record holds a mark of its own, and so does all that a source may send beside it. So
the marks in the bytes are the fields that left, wherever and under whatever name they stand.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from gateway.adapters.sources.messages import SourceReader
from gateway.contracts.faults import Ground, Refusal, SourceFault
from gateway.contracts.reasons import Reason
from gateway.domain.decision import Permit, candidate, decide
from gateway.domain.decision_terms import Candidate
from gateway.domain.field_filter import FilteredRecord, SourceRecord, keep_permitted
from gateway.domain.protocol_document import Fact
from gateway.domain.questions import CareAllowanceQuestion, Question, TransactionQuestion
from gateway.domain.request import Message, Request
from gateway.domain.services import CARE_ALLOWANCE, TRANSACTIONS, Service
from gateway.web.rest.codec import RestCodec
from gateway.web.soap.codec import SoapCodec
from gateway.web.soap.envelope import CLOSING, OPENING
from gateway.web.soap.names import ENVELOPE_NS
from tests.builders import NOON, a_bundle, an_ask

BUNDLE = a_bundle()
MARK = re.compile(r"mark-([a-zA-Z0-9.]+)-end")
ASKERS = {
    CARE_ALLOWANCE.key: {"party": "ahovoks", "unit": "ahovoks-studietoelagen"},
    TRANSACTIONS.key: {"party": "vutg", "unit": "vutg-rechten"},
}
QUESTIONS: Mapping[str, Question] = {
    CARE_ALLOWANCE.key: CareAllowanceQuestion(insz="12631400209", reference_date="2025-01-01"),
    TRANSACTIONS.key: TransactionQuestion(insz="90712301137"),
}


class Standing:
    """A clock that stands still."""

    def now(self) -> datetime:
        return NOON


REST = RestCodec(lambda: "id-1", 1_000_000)
SOAP = SoapCodec(Standing(), lambda: "id-1", 1_000_000)


def marked(name: str) -> Any:
    """A value that tells whose it is; a group holds its mark where the wire looks for it."""
    mark = f"mark-{name}-end"
    groups: dict[str, Any] = {
        "statusAanvraag": {"datumAanvraag": mark},
        "wetgeving": {"code": mark},
        "subpijlers2": {"1": mark},
        "subpijlers3": {"1": mark},
    }
    return groups.get(name, mark)


def a_record(service: Service, items: int, noise: Mapping[str, Any]) -> dict[str, Any]:
    """Everything the source knows, marked, with noise beside it at every depth."""
    root: dict[str, Any] = {}
    lists: dict[str, list[dict[str, Any]]] = {}
    for name, path in service.paths.items():
        if len(path) == 1:
            root[path[0]] = marked(name)
            continue
        for item in lists.setdefault(path[0], [dict(noise) for _ in range(items)]):
            node = item
            for step in path[1:-1]:
                node = node.setdefault(step, dict(noise))
            node[path[-1]] = marked(name)
    return {**noise, **root, **lists}


def answered(
    service: Service, asked: frozenset[str], record: dict[str, Any]
) -> FilteredRecord | None:
    ask = an_ask(flow=service.flow, fields=asked, **ASKERS[service.key])
    chosen = candidate(BUNDLE, ask, NOON)
    if not isinstance(chosen, Candidate):
        return None
    permit = decide(chosen, {Fact.REGISTERED: "R-1"})
    assert isinstance(permit, Permit)
    return keep_permitted(SourceRecord(record, service.paths), permit)


def rendered(service: Service, kept: FilteredRecord) -> dict[str, bytes]:
    request = Request(service=service, question=QUESTIONS[service.key], reference="r", question_reference="q")  # fmt: skip
    codecs: Sequence[RestCodec | SoapCodec] = (REST, SOAP)
    return {c.channel: c.answer(request, kept).body("D-1") for c in codecs}


def marks(body: bytes) -> set[str]:
    return set(MARK.findall(body.decode()))


def is_canonical(answer: bytes) -> bool:
    """Whether the content of the Body is written as a signature sees it."""
    body = etree.fromstring(answer)[1]
    written = answer[len(OPENING.encode()) : -len(CLOSING.encode())]
    opening = f'<soapenv:Body xmlns:soapenv="{ENVELOPE_NS}">'.encode()
    seen = etree.tostring(body, method="c14n", exclusive=True)
    return seen == opening + written + b"</soapenv:Body>"


noise = st.dictionaries(
    st.sampled_from(["geheim", "x", "pijler9", "naam", "loon"]),
    st.sampled_from(["mark-noise-end", {"diep": ["mark-noise-end"]}, [{"x": "mark-noise-end"}]]),
    max_size=3,
)


@pytest.mark.parametrize("service", [CARE_ALLOWANCE, TRANSACTIONS], ids=lambda s: s.name)
@given(data=st.data(), items=st.integers(1, 10), extra=noise)
def test_f1_the_bytes_hold_what_is_listed_and_asked_and_nothing_else(
    service: Service, data: st.DataObject, items: int, extra: dict[str, Any]
) -> None:
    asked = data.draw(st.frozensets(st.sampled_from(sorted(service.paths))))
    document = next(d for d in BUNDLE.documents if service.flow in d.flows)
    listed = {field.name for field in document.flows[service.flow or ""].fields}

    kept = answered(service, asked, a_record(service, items, extra))

    may = listed & asked
    if kept is None:
        assert may <= {"insz"}
        return
    bodies = rendered(service, kept)
    assert marks(bodies["rest"]) == may
    assert marks(bodies["soap"]) == may
    json.loads(bodies["rest"])
    assert is_canonical(bodies["soap"])


@pytest.mark.parametrize("service", [CARE_ALLOWANCE, TRANSACTIONS], ids=lambda s: s.name)
@given(extra=noise)
def test_f2_whatever_else_a_source_sends_changes_no_byte(
    service: Service, extra: dict[str, Any]
) -> None:
    plain = answered(service, frozenset(service.paths), a_record(service, 2, {}))
    noisy = answered(service, frozenset(service.paths), a_record(service, 2, extra))

    assert plain is not None
    assert noisy is not None
    assert rendered(service, plain) == rendered(service, noisy)


def test_both_wires_say_how_long_an_answer_may_be_kept() -> None:
    """F9: a duty to label is discharged on SOAP as on REST."""
    kept = answered(
        CARE_ALLOWANCE, frozenset(CARE_ALLOWANCE.paths), a_record(CARE_ALLOWANCE, 1, {})
    )
    assert kept is not None
    request = Request(service=CARE_ALLOWANCE, question=QUESTIONS[CARE_ALLOWANCE.key],
                      reference="r", question_reference="q")  # fmt: skip

    said = [dict(codec.answer(request, kept).labels) for codec in (REST, SOAP)]

    assert [headers["Sim-Retention"] for headers in said] == ["P10Y dossier (art. 3)"] * 2


@pytest.mark.parametrize("reason", Reason)
@pytest.mark.parametrize("fidelity", ["sim", "magda"])
def test_every_refusal_is_written_as_a_signature_sees_it(reason: Reason, fidelity: str) -> None:
    codec = SoapCodec(Standing(), lambda: "id-1", 1_000_000, fidelity)
    hostile = "<a>&amp;\r\n\t]]>\u00e9"
    ground = Ground(reason=reason, detail=hostile, remedy=hostile)
    refusal = Refusal((ground, ground)).under("004@1.0.0", "art. 3")
    request = Request(service=CARE_ALLOWANCE, question=QUESTIONS[CARE_ALLOWANCE.key],
                      reference=hostile, question_reference=hostile)  # fmt: skip
    message = Message(body=b"", headers={}, proof=None)

    answers = [codec.refuse(message, read, refusal).body("D-1") for read in (None, request)]

    assert [is_canonical(answer) for answer in answers] == [True, True]


LINE = {
    "maatregel": "Jobbonus plus", "fiscaalJaar": 2024, "bedragtype": 1,
    "verrichtingbedrag": "600.00", "effectieveVerrichtingsdatum": "2025-03-10",
}  # fmt: skip


def read(line: Mapping[str, Any]) -> SourceRecord:
    request = Request(service=TRANSACTIONS, question=QUESTIONS[TRANSACTIONS.key],
                      reference="r", question_reference="q")  # fmt: skip
    envelope = {"status": "found", "record": {"insz": "90712301137", "verrichtingen": [line]}}
    return SourceReader().read(request, json.dumps(envelope).encode())


@given(st.text(max_size=20) | st.none() | st.integers() | st.sampled_from(["Jobbonus", "jobbonusplus", "jobbonus plus", "Jobbonus plus "]))  # fmt: skip
def test_f14_001_09_the_measure_has_its_one_value_or_the_source_is_garbled(value: Any) -> None:
    if value == "Jobbonus plus":
        return
    with pytest.raises(SourceFault):
        read(LINE | {"maatregel": value})


@given(st.integers(-5, 99) | st.none() | st.text(max_size=3))
def test_f14_001_10_a_tranche_is_the_first_or_the_second(value: Any) -> None:
    if value in (1, 2):
        assert read(LINE | {"bedragtype": value}).data["verrichtingen"][0]["bedragtype"] == value
        return
    with pytest.raises(SourceFault):
        read(LINE | {"bedragtype": value})

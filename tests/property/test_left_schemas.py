"""Whatever may leave fits the schema that its caller is given, for any fields and any record."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from gateway.adapters.clock import SpaceClock
from gateway.contracts.faults import Ground, Refusal
from gateway.contracts.reasons import WIRE, Level, Reason
from gateway.domain.decision import decide
from gateway.domain.decision_terms import Candidate, Obligation, ObligationKind
from gateway.domain.disclosure import CONSULTED, FILED
from gateway.domain.field_filter import Notice, SourceRecord, keep_permitted
from gateway.domain.log_entry import timestamp
from gateway.domain.protocol_document import Fact
from gateway.domain.questions import TransactionQuestion
from gateway.domain.request import Message, Request
from gateway.domain.rights import best_candidate, left_by
from gateway.domain.services import SERVICES, Service
from gateway.simulation.accounts import callers
from gateway.web.soap.codec import SoapCodec
from gateway.web.soap.layout import LAYOUTS
from gateway.web.soap.names import SOAP_NAMES
from gateway.web.soap.place import Place
from gateway.web.soap.schemas import schema_text
from tests.builders import NOON, a_bundle
from tests.left_schemas import BODY, compiled

BUNDLE = a_bundle()
UNITS = callers()
FACTS = dict.fromkeys(Fact, "bewijs")
CODEC = SoapCodec(SpaceClock(NOON), lambda: "11111111-1111-4111-8111-111111111111", 10_000)
XS = "{http://www.w3.org/2001/XMLSchema}"
LAID_OUT = [name.service for name in SOAP_NAMES if name.service.name in LAYOUTS]

days = st.dates(date(1950, 1, 1), date(2099, 12, 31)).map(str)
words = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn")), min_size=1, max_size=40)  # fmt: skip
legislation = st.fixed_dictionaries(
    {"code": st.integers(1, 20)},
    optional={
        "omschrijving": st.none()
        | st.fixed_dictionaries({"tekst": words, "taal": st.sampled_from(["nl", "fr", "de", "en"])})
    },
)
sums = st.integers(-9_999_999_00, 9_999_999_00).map(lambda n: f"{n / 100:.2f}")


def points(count: int) -> st.SearchStrategy[Mapping[str, int]]:
    return st.dictionaries(st.sampled_from([str(n) for n in range(1, count + 1)]), st.integers(0, 6))  # fmt: skip


recognitions = st.fixed_dictionaries(
    {
        "pijler1": st.integers(0, 6), "datumBeslissing": days, "wetgeving": legislation,
        "periode": st.fixed_dictionaries({"begin": days, "einde": st.none() | days}),
        "statusBeslissing": words,
    },
    optional={
        "pijler2": st.integers(0, 12), "pijler3": st.integers(0, 18), "totaal": st.integers(0, 36),
        "subpijlers2": points(4), "subpijlers3": points(3),
    },
)  # fmt: skip
applications = st.fixed_dictionaries(
    {"wetgeving": legislation, "erkenningLopende": st.booleans(), "inBeroep": st.booleans()},
    optional={"datumAanvraag": days, "datumDossierVolledig": st.none() | days},
)
transactions = st.fixed_dictionaries({
    "maatregel": words, "fiscaalJaar": st.integers(1950, 2099), "bedragtype": st.integers(1, 2),
    "verrichtingbedrag": sums, "effectieveVerrichtingsdatum": days,
})  # fmt: skip
PERSON = st.just("12631400209")
moments = st.integers(0, 4_000_000_000_000).map(lambda n: timestamp(NOON + timedelta(milliseconds=n)))  # fmt: skip
authorisations = st.fixed_dictionaries(
    {"code": st.just("004")},
    optional={"omschrijving": words, "url": st.just("/v1/protocollen/004")},
)
NAMES = ("partij", "organisatie", "titel", "bron", "bronnaam")
disclosed = st.fixed_dictionaries(
    {
        "insz": PERSON,
        "wanneer": moments,
        "soort": st.sampled_from([CONSULTED, FILED]),
        "afnemer": words,
        "hoedanigheid": st.just("dossierbeheer"),
        "dienst": st.just("GeefPersoon"),
        "versie": st.just("02.02"),
        "doel": words,
        "protocol": st.just("004"),
        "referte": words,
        "beslissing": st.just("D-18"),
    },
    optional={"names": st.tuples(words, words, words, words, words)},
).map(lambda one: one | dict(zip(NAMES, one.pop("names", ()), strict=False)))
counted = st.fixed_dictionaries(
    {"start": moments, "doorlooptijd": st.integers(0, 9999)}
    | {f"aantal{what}": st.integers(0, 9999) for what in ("Vragen", "Antwoorden", "Fouten")},
    optional={f"recentste{what}": st.none() | moments for what in ("Vraag", "Antwoord", "Fout")},
)
service_states = st.fixed_dictionaries(
    {"dienst": st.just("GeefPersoon"), "versie": words, "beschikbaar": st.booleans()},
    optional={
        "bron": st.fixed_dictionaries(
            {"partij": words, "beschikbaar": st.booleans()}, optional={"reden": words}
        )
    },
)
RECORDS: Mapping[str, st.SearchStrategy[dict[str, Any]]] = {
    "GeefZorgtoeslag": st.fixed_dictionaries(
        {"insz": PERSON, "erkenningen": st.lists(recognitions, min_size=1, max_size=10)},
        optional={"statusAanvraag": applications},
    ),
    "GeefJobbonusPlusVerrichtingen": st.fixed_dictionaries(
        {"insz": PERSON, "verrichtingen": st.lists(transactions, min_size=1, max_size=3)}
    ),
    "GeefInburgeringsadvies": st.fixed_dictionaries(
        {"insz": PERSON, "openingsdatum": days, "advies": st.sampled_from(["OK", "NOK"]), "reden": words}
    ),
    "RegistreerInschrijving": st.fixed_dictionaries({"resultaat": st.integers(0, 1)}),
    "RegistreerUitschrijving": st.fixed_dictionaries({"resultaat": st.integers(0, 1)}),
    "GeefMachtigingen": st.fixed_dictionaries({"machtigingen": st.lists(authorisations, min_size=1)}),
    "GeefAuditLogging": st.fixed_dictionaries({"auditloggings": st.lists(disclosed, min_size=1)}),
    "IsBeschikbaar": st.fixed_dictionaries({"vraagTijd": words, "antwoordTijd": moments}),
    "GeefWebserviceStatus": st.fixed_dictionaries({
        "vraagTijd": words, "antwoordTijd": moments, "webserviceStatus": counted,
        "diensten": st.lists(service_states, min_size=1),
    }),
}  # fmt: skip


def a_request(service: Service) -> Request:
    question = TransactionQuestion(insz="12631400209")
    return Request(service=service, question=question, reference="r", question_reference="q")


def answered(chosen: Candidate, service: Service, record: dict[str, Any]) -> bytes | None:
    """The whole SOAP answer, with a warning beside it; `None` where filtering leaves nothing."""
    permit = decide(chosen, FACTS)
    assert not isinstance(permit, Refusal)
    notices = (Notice(Reason.INSZ_REPLACED, (("Oud INSZ", "1"), ("Nieuw INSZ", "2"))),)
    kept = keep_permitted(SourceRecord(record, service.paths, notices), permit)
    if kept is None:
        return None
    return CODEC.answer(a_request(service), kept).body("D-1")


def fits(service: Service, chosen: Candidate | Refusal, envelope: bytes) -> None:
    body = etree.fromstring(envelope).find(BODY)
    assert body is not None
    schema = compiled(service.key, left_by(chosen))
    assert schema.validate(body[0]), (schema.error_log, envelope.decode())


def plain(chosen: Candidate) -> Candidate:
    """Without what only a record of the source's own kind can fulfil."""
    kinds = (ObligationKind.FILTER, ObligationKind.LOG, ObligationKind.RETENTION)
    return replace(chosen, obligations=tuple(o for o in chosen.obligations if o.kind in kinds))


@pytest.mark.parametrize("service", LAID_OUT, ids=lambda one: one.key)
@given(data=st.data())
def test_any_answer_to_any_unit_fits_what_its_protocol_leaves(
    service: Service, data: st.DataObject
) -> None:
    unit = data.draw(st.sampled_from(sorted(UNITS)))
    chosen = best_candidate(BUNDLE, UNITS[unit], service, NOON, lambda *_: 0)
    if isinstance(chosen, Refusal):
        return
    envelope = answered(plain(chosen), service, data.draw(RECORDS[service.name]))

    assert envelope is not None
    fits(service, plain(chosen), envelope)


@pytest.mark.parametrize("service", LAID_OUT, ids=lambda one: one.key)
@given(data=st.data())
def test_any_choice_of_fields_and_any_condition_leaves_a_schema_that_answers_fit(
    service: Service, data: st.DataObject
) -> None:
    """Also under protocols that nobody has written yet."""
    known = sorted(service.paths)
    fields = tuple(sorted(data.draw(st.sets(st.sampled_from(known), min_size=1))))
    some = [best_candidate(BUNDLE, one, service, NOON, lambda *_: 0) for one in UNITS.values()]
    chosen = next(one for one in some if isinstance(one, Candidate))
    tops = [name for name in fields if len(service.paths[name]) == 1]
    limited = data.draw(st.sets(st.sampled_from(tops))) if tops else ()
    conditions = tuple(
        Obligation(ObligationKind.CONDITIONAL, "art. 3", f"{name}:{tops[0]}=nooit")
        for name in sorted(limited)
    )
    changed = replace(plain(chosen), fields=fields, obligations=conditions)

    envelope = answered(changed, service, data.draw(RECORDS[service.name]))

    if envelope is not None:
        fits(service, changed, envelope)


def test_what_lost_all_that_it_must_hold_may_be_absent() -> None:
    """Of a period only its end is listed here, and it has none."""
    service = SERVICES["GeefZorgtoeslag-02.00"]
    whole = best_candidate(BUNDLE, UNITS["ahovoks-studietoelagen"], service, NOON, lambda *_: 0)
    assert isinstance(whole, Candidate)
    chosen = replace(plain(whole), fields=("insz", "pijler1", "periode.einde"))
    period = {"begin": "2023-09-01", "einde": None}
    record = {"insz": "12631400209", "erkenningen": [{"pijler1": 4, "periode": period}]}

    envelope = answered(chosen, service, record)

    assert envelope is not None
    assert b"StatusErkenning" not in envelope
    fits(service, chosen, envelope)


@pytest.mark.parametrize("service", LAID_OUT, ids=lambda one: one.key)
def test_every_refusal_fits_the_schema_of_whoever_is_refused(service: Service) -> None:
    refused = [
        best_candidate(BUNDLE, UNITS[unit], service, NOON, lambda *_: 0)
        for unit in ("ahovoks-studietoelagen", "vutg-rechten", "zele-financien")
    ]
    for reason in (reason for reason, wire in WIRE.items() if wire.level is not None):
        ground = Ground(reason=reason, article="art. 3", detail="<&>", remedy="vraag minder")
        refusal = Refusal((ground,) * 2, "004@1.0.0")

        reply = CODEC.refuse(Message(body=b"", headers={}, proof=None), a_request(service), refusal)

        if WIRE[reason].level is not Level.FAULT:
            for chosen in refused:
                fits(service, chosen, reply.body("D-1"))


@pytest.mark.parametrize("service", LAID_OUT, ids=lambda one: one.key)
def test_layout_and_schema_name_the_same_elements_in_the_same_order(service: Service) -> None:
    root = etree.fromstring(schema_text(service.key))
    response = next(e for e in root if e.get("name") == f"{service.name}Response")
    content = next(e for e in response.iter(f"{XS}element") if e.get("name") == "Inhoud")

    assert _laid_out(LAYOUTS[service.name]) == _declared(content)


def _laid_out(places: tuple[Place, ...]) -> list[Any]:
    return [(place.element, _laid_out(place.parts)) for place in places]


def _declared(element: etree._Element) -> list[Any]:
    children = element.findall(f"{XS}complexType/{XS}sequence/{XS}element")
    return [(child.get("name"), _declared(child)) for child in children]


def test_every_service_on_the_soap_wire_is_in_the_catalogue() -> None:
    assert {name.service.key for name in SOAP_NAMES} <= SERVICES.keys()
    assert len(LAID_OUT) >= 7

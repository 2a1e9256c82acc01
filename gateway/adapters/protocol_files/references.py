"""What a form cannot tell: names that lead nowhere, doubled ids, numbers that fail their check."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from gateway.adapters.protocol_files.flow_clauses import FlowModel
from gateway.adapters.protocol_files.reader import Defect, Place, Sheet
from gateway.adapters.protocol_files.schema import DocumentModel
from gateway.domain.services import GIVEN

_KBO_MODULUS = 97
_LISTS_WITH_IDS = ("parties", "purposes", "fields", "flows", "units")


def defects_of(sheet: Sheet, document: DocumentModel) -> Iterator[Defect]:
    """Everything in a well-formed document that does not hold together."""
    yield from _doubled_ids(sheet, document)
    yield from _wrong_numbers(sheet, document)
    yield from _unknown_names(sheet, document)
    yield from _unknown_fields(sheet, document)
    yield from _lifecycle(sheet, document)
    yield from _advice(sheet, document)
    yield from _enforced_nowhere(sheet, document)


def misnamed(sheet: Sheet, document: DocumentModel) -> Iterator[Defect]:
    """A document that stands in a folder is named as its file."""
    if sheet.file != f"{document.name}.yaml":
        yield sheet.defect(
            ("name",), "differs from the file's name", f"call it {document.name}.yaml"
        )


def _doubled_ids(sheet: Sheet, document: DocumentModel) -> Iterator[Defect]:
    for listed in _LISTS_WITH_IDS:
        ids = [item.id for item in getattr(document, listed)]
        for key, count in Counter(ids).items():
            if count > 1:
                place: Place = (listed, len(ids) - 1 - ids[::-1].index(key), "id")
                yield sheet.defect(place, f"`{key}` stands here twice", "give each its own id")


def _wrong_numbers(sheet: Sheet, document: DocumentModel) -> Iterator[Defect]:
    for index, party in enumerate(document.parties):
        numbers = {"kbo": None if party.kbo_as_printed else party.kbo, "vestiging": party.vestiging}
        for key, number in numbers.items():
            if number is not None and not is_enterprise_number(number):
                yield sheet.defect(
                    ("parties", index, key),
                    "fails modulo 97",
                    "correct it, or set `kbo_as_printed: true` and add a finding",
                )


def is_enterprise_number(text: str) -> bool:
    """Whether a number of ten digits passes modulo 97."""
    return _KBO_MODULUS - int(text[:8]) % _KBO_MODULUS == int(text[8:])


def _unknown_names(sheet: Sheet, document: DocumentModel) -> Iterator[Defect]:
    parties = {party.id for party in document.parties}
    owners = parties | {party.group for party in document.parties if party.group}
    purposes = {purpose.id for purpose in document.purposes}
    fields = {field.id for field in document.fields}
    for place, name, known in _references(document):
        if name not in {"party": owners, "purpose": purposes, "field": fields}[known]:
            yield sheet.defect(place, f"`{name}` is no {known} of this document", _list(known))


def _list(kind: str) -> str:
    return f"add it to the document's {kind} list, or correct the name"


def _references(document: DocumentModel) -> Iterator[tuple[Place, str, str]]:
    yield from _party_references(document)
    for i, flow in enumerate(document.flows):
        yield ("flows", i, "source"), flow.source, "party"
        yield from _each(("flows", i, "purposes"), flow.purposes, "purpose")
        yield from _each(("flows", i, "fields"), flow.fields, "field")
    for i, unit in enumerate(document.units):
        yield ("units", i, "party"), unit.party, "party"
        yield from _each(("units", i, "purposes"), unit.purposes, "purpose")


def _party_references(document: DocumentModel) -> Iterator[tuple[Place, str, str]]:
    clauses: Mapping[str, Iterable[object]] = {
        "purposes": document.purposes,
        "dpo_advice": document.dpo_advice,
        "processors": document.processors,
        "publication": document.publication,
        "processor_register": document.processor_register,
        "evidence": document.evidence,
        "law_changes": document.law_changes,
        "information": document.information,
    }
    for listed, items in clauses.items():
        for i, item in enumerate(items):
            yield (listed, i, "party"), item.party, "party"  # type: ignore[attr-defined]  # each has one
            if (to := getattr(item, "to", None)) is not None:
                yield (listed, i, "to"), to, "party"
    if document.dpia is not None:
        yield ("dpia", "by"), document.dpia.by, "party"
    for i, measure in enumerate(document.measures):
        yield ("measures", i, "by"), measure.by, "party"
    for i, sanction in enumerate(document.sanctions):
        yield ("sanctions", i, "by"), sanction.by, "party"
    yield ("onward", "to"), document.onward.to, "party"


def _each(place: Place, names: Iterable[str], known: str) -> Iterator[tuple[Place, str, str]]:
    for index, name in enumerate(names):
        yield (*place, index), name, known


def _unknown_fields(sheet: Sheet, document: DocumentModel) -> Iterator[Defect]:
    """A flow can list only what its service or file can give."""
    for i, flow in enumerate(document.flows):
        given = GIVEN.get(flow.service)
        if given is None:
            yield sheet.defect(("flows", i, "service"), "no such service", "see the catalogue")
        else:
            yield from _not_given(sheet, i, flow, given)


def _not_given(sheet: Sheet, i: int, flow: FlowModel, given: Iterable[str]) -> Iterator[Defect]:
    for j, name in enumerate(flow.fields):
        if name not in given:
            yield sheet.defect(
                ("flows", i, "fields", j),
                f"`{flow.service}` has no field `{name}`",
                "choose from: " + ", ".join(sorted(given)),
            )


def _lifecycle(sheet: Sheet, document: DocumentModel) -> Iterator[Defect]:
    in_force = document.lifecycle.in_force
    place: Place = ("lifecycle", "in_force")
    if (in_force.rule == "on-date") != (in_force.date is not None):
        yield sheet.defect(place, "`on-date` and a date go together", "give both or neither")
    if in_force.date is not None and in_force.date < document.lifecycle.signed_on:
        yield sheet.defect(place, "starts before it was signed", "correct one of both dates")
    if sum(party.role == "provider" for party in document.parties) != 1:
        yield sheet.defect(("parties",), "exactly one party provides", "correct the roles")


def _advice(sheet: Sheet, document: DocumentModel) -> Iterator[Defect]:
    """X-05: advice comes before the signature; a date that the text lacks is a finding, never a guess."""
    noted = {finding.article for finding in document.findings}
    for index, advice in enumerate(document.dpo_advice):
        place: Place = ("dpo_advice", index, "date")
        if advice.date is not None and advice.date > document.lifecycle.signed_on:
            yield sheet.defect(place, "lies after the signature", "correct one of both dates")
        if advice.date is None and advice.article not in noted:
            mend = f"add the date, or a finding on `{advice.article}`"
            yield sheet.defect(place, "the advice has no date", mend)


def _enforced_nowhere(sheet: Sheet, document: DocumentModel) -> Iterator[Defect]:
    """A measure is enforced by the gateway only where a flow asks it of the gateway."""
    asked = {
        "gateway.requires": any(flow.requires for flow in document.flows),
        "gateway.authentication": any(flow.authentication for flow in document.flows),
        "gateway.training": any(flow.training for flow in document.flows),
        "gateway.duties": any(flow.duties_separated for flow in document.flows),
        "gateway.drop-term": any(flow.channel.drop_term for flow in document.flows),
    }
    for index, measure in enumerate(document.measures):
        if not asked.get(measure.enforced_by, True):
            what = f"no flow asks what `{measure.enforced_by}` enforces"
            yield sheet.defect(
                ("measures", index, "enforced_by"), what, "say so in a flow, or use `attest`"
            )

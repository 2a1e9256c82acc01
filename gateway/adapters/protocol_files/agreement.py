"""What the clauses of a well-formed document must agree on, so that each can do its work."""

from collections.abc import Iterator

from gateway.adapters.protocol_files.clauses import Example, PurposeModel, UnitModel
from gateway.adapters.protocol_files.flow_clauses import FlowModel
from gateway.adapters.protocol_files.reader import Defect, Sheet
from gateway.adapters.protocol_files.schema import DocumentModel
from gateway.adapters.protocol_files.yaml_tree import Place
from gateway.contracts.reasons import Reason
from gateway.domain.derivations import RULES
from gateway.domain.services import GIVEN

_NO_UNIT = frozenset({Reason.NO_PROTOCOL.value, Reason.UNIT_NOT_LISTED.value})
_NO_FLOW = frozenset({Reason.NO_PROTOCOL.value})


def misnamed(sheet: Sheet, document: DocumentModel) -> Iterator[Defect]:
    """A document that stands in a folder is named as its file."""
    if sheet.file not in (f"{document.name}.yaml", f"{document.name}@{document.version}.yaml"):
        mend = f"call it {document.name}.yaml, or {document.name}@{document.version}.yaml"
        yield sheet.defect(("name",), "differs from the file's name", mend)


def agreement_defects(sheet: Sheet, document: DocumentModel) -> Iterator[Defect]:
    """Clauses that contradict or need each other."""
    if sum(party.role == "provider" for party in document.parties) != 1:
        yield sheet.defect(("parties",), "exactly one party provides", "correct the roles")
        return
    yield from _purposes(sheet, document)
    yield from _units(sheet, document)
    yield from _advice(sheet, document)
    yield from _enforced_nowhere(sheet, document)
    for index, flow in enumerate(document.flows):
        yield from _flow(sheet, document, index, flow)
    for index, field in enumerate(document.fields):
        if field.derived is not None and field.derived not in RULES:
            mend = "choose from: " + ", ".join(sorted(RULES))
            yield sheet.defect(("fields", index, "derived"), "no such rule", mend)


def unused_flows(sheet: Sheet, document: DocumentModel) -> Iterator[Defect]:
    """Flows that nobody may use: a slip, but a question that a draft may well ask."""
    for index, flow in enumerate(document.flows):
        if not any(_may_use(document, unit, flow) for unit in document.units):
            what = "no unit that is granted access shares a purpose with this flow"
            yield sheet.defect(("flows", index), what, "add a unit, or correct its purposes")


def example_defects(sheet: Sheet, document: DocumentModel) -> Iterator[Defect]:
    """Examples about what is not here."""
    for index, example in enumerate(document.examples):
        yield from _example(sheet, document, ("examples", index), example)


def _purposes(sheet: Sheet, document: DocumentModel) -> Iterator[Defect]:
    """The provider's purpose is the original one, everybody else's a further one."""
    provider = next(party.id for party in document.parties if party.role == "provider")
    for index, purpose in enumerate(document.purposes):
        if (purpose.kind == "original") != (purpose.party == provider):
            what = "an original purpose is the provider's, a further one is not"
            mend = "correct `kind` or `party`"
            yield sheet.defect(("purposes", index, "kind"), what, mend)


def _originals(document: DocumentModel) -> frozenset[str]:
    return frozenset(p.id for p in document.purposes if p.kind == "original")


def _is_its_own(document: DocumentModel, unit: UnitModel, purpose: PurposeModel) -> bool:
    group = next(party.group for party in document.parties if party.id == unit.party)
    return purpose.party in (unit.party, group)


def _units(sheet: Sheet, document: DocumentModel) -> Iterator[Defect]:
    purposes = {purpose.id: purpose for purpose in document.purposes}
    for index, unit in enumerate(document.units):
        if unit.access == "granted" and not unit.purposes:
            what = "has access, and for no purpose"
            yield sheet.defect(("units", index), what, "add `purposes: [...]`")
        for inner, name in enumerate(unit.purposes):
            place: Place = ("units", index, "purposes", inner)
            if purposes[name].kind == "original":
                yield _original(sheet, place, name)
            elif not _is_its_own(document, unit, purposes[name]):
                what = f"`{name}` is a purpose of `{purposes[name].party}`, not of `{unit.party}`"
                yield sheet.defect(place, what, "give the unit a purpose of its own party")


def _original(sheet: Sheet, place: Place, name: str) -> Defect:
    what = f"`{name}` is the provider's original purpose; who receives has another"
    return sheet.defect(place, what, "name a purpose of `kind: further`")


def _flow(sheet: Sheet, document: DocumentModel, index: int, flow: FlowModel) -> Iterator[Defect]:
    originals = _originals(document)
    for inner, name in enumerate(flow.purposes):
        if name in originals:
            yield _original(sheet, ("flows", index, "purposes", inner), name)
    if not any("*" in rule.applies or flow.id in rule.applies for rule in document.retention):
        mend = f'add `{flow.id}` or "*" to `applies` of a rule'
        yield sheet.defect(("retention",), f"no rule covers the flow `{flow.id}`", mend)
    listed = set(flow.fields)
    for place, field in enumerate(document.fields):
        if field.id in listed and field.only_if and field.only_if.field not in listed:
            what = f"`{field.only_if.field}` is not in flow `{flow.id}`, where `{field.id}` is"
            yield sheet.defect(("fields", place, "only_if", "field"), what, "list both, or neither")


def _may_use(document: DocumentModel, unit: UnitModel, flow: FlowModel) -> bool:
    party = next(party for party in document.parties if party.id == unit.party)
    addressed = flow.consumers or [p.id for p in document.parties if p.role == "consumer"]
    return (
        unit.access == "granted"
        and not {party.id, party.group}.isdisjoint(addressed)
        and not set(unit.purposes).isdisjoint(flow.purposes)
    )


def _example(
    sheet: Sheet, document: DocumentModel, place: Place, example: Example
) -> Iterator[Defect]:
    """An example asks about what is here, or expects to be told that it is not."""
    flow = next((flow for flow in document.flows if flow.id == example.flow), None)
    if example.expect not in _NO_UNIT and example.unit not in {u.id for u in document.units}:
        mend = "correct the name, or expect unit-not-listed or no-protocol"
        yield sheet.defect((*place, "unit"), f"`{example.unit}` is no unit here", mend)
    if flow is None:
        if example.expect not in _NO_FLOW:
            mend = "correct the name, or expect no-protocol"
            yield sheet.defect((*place, "flow"), f"`{example.flow}` is no flow here", mend)
        return
    for key, known in (("fields", GIVEN[flow.service]), ("gives", frozenset(flow.fields))):
        for index, name in enumerate(getattr(example, key)):
            if name not in known:
                mend = "choose from: " + ", ".join(sorted(known))
                yield sheet.defect((*place, key, index), f"`{name}` is no field of it", mend)


def _advice(sheet: Sheet, document: DocumentModel) -> Iterator[Defect]:
    """X-05: a date that the text lacks is a finding, never a guess."""
    noted = {finding.article for finding in document.findings}
    for index, advice in enumerate(document.dpo_advice):
        place: Place = ("dpo_advice", index, "date")
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

"""What a document asks of its parties beside the data, with its groups spelled out as parties."""

from collections.abc import Iterable, Mapping

from gateway.adapters.protocol_files.clauses import Duty, Publication
from gateway.adapters.protocol_files.schema import DocumentModel
from gateway.domain.workflow_clauses import (
    DPIA,
    INFORMATION,
    Advice,
    LeakClause,
    NamedProcessor,
    Owed,
    PartyMeasure,
    Workflows,
)

_NO_TERM = "undue-delay"


def workflows_of(document: DocumentModel) -> Workflows:
    """The clauses that make workflows."""
    within = document.quality.provider_within
    return Workflows(
        advice=tuple(
            Advice(party=one.party, on=one.date, outcome=one.outcome, article=one.article)
            for one in document.dpo_advice
        ),
        publication=tuple(_published(document)),
        information=_owed(document, document.information),
        register=_owed(document, document.processor_register),
        processors=tuple(
            NamedProcessor(name=one.name, party=party, article=one.article)
            for one in document.processors
            for party in members(document, [one.party])
        ),
        evidence=_owed(document, document.evidence),
        law_changes=_owed(document, document.law_changes),
        measures=tuple(_measures(document)),
        leaks=tuple(_leaks(document)),
        assessment=_assessment(document),
        quality_within=within if within.startswith("P") else None,
        by_party=provable(document),
    )


def provable(document: DocumentModel) -> Mapping[str, frozenset[str]]:
    """What each party can show: measures that only people see to, an assessment, information given."""
    found: dict[str, set[str]] = {}
    for measure in _measures(document):
        if measure.is_by_people:
            found.setdefault(measure.party, set()).add(measure.key)
    for duty in _owed(document, document.information):
        found.setdefault(duty.party, set()).add(INFORMATION)
    if document.dpia is not None:
        found.setdefault(document.dpia.by, set()).add(DPIA)
    return {party: frozenset(names) for party, names in found.items()}


def signatories(document: DocumentModel) -> tuple[str, ...]:
    """Who signs: the provider and the consumers."""
    return tuple(p.id for p in document.parties if p.role in ("provider", "consumer"))


def members(document: DocumentModel, owners: Iterable[str]) -> tuple[str, ...]:
    """The parties that are named, or whose group is, in the order of the document."""
    named = set(owners)
    return tuple(p.id for p in document.parties if p.id in named or p.group in named)


def _owed(document: DocumentModel, duties: Iterable[Duty]) -> tuple[Owed, ...]:
    return tuple(
        Owed(
            party=party,
            to=(duty.to,) if duty.to else _others(document, party),
            article=duty.article,
            on_request=duty.on_request,
        )
        for duty in duties
        for party in members(document, [duty.party])
    )


def _published(document: DocumentModel) -> Iterable[Owed]:
    duties: Iterable[Publication] = document.publication
    for duty in duties:
        for party in members(document, [duty.party]):
            yield Owed(party=party, to=(), article=duty.article, at=duty.at)


def _measures(document: DocumentModel) -> Iterable[PartyMeasure]:
    for measure in document.measures:
        for party in members(document, [measure.by]):
            yield PartyMeasure(key=measure.id, party=party, place=measure.enforced_by,
                               article=measure.article, review=measure.review)  # fmt: skip


def _leaks(document: DocumentModel) -> Iterable[LeakClause]:
    for clause in document.incidents:
        owner = frozenset({clause.by}) if clause.by else frozenset(signatories(document))
        within = None if clause.within == _NO_TERM else clause.within
        yield LeakClause(by=owner, within=within, article=clause.article)


def _assessment(document: DocumentModel) -> Owed | None:
    if document.dpia is None or not document.dpia.required:
        return None
    return Owed(party=document.dpia.by, to=(), article=document.dpia.article)


def _others(document: DocumentModel, party: str) -> tuple[str, ...]:
    return tuple(other for other in signatories(document) if other != party)

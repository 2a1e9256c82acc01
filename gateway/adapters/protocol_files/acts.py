"""Which acts a document knows, who may do them, and within what: read from its clauses."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from gateway.adapters.protocol_files.clauses import Duty, Publication
from gateway.adapters.protocol_files.schema import DocumentModel
from gateway.adapters.protocol_files.workflows import members, provable, signatories
from gateway.domain.lifecycle import EventKind
from gateway.domain.protocol_document import ActRule

_ENDS = {
    "joint-decision": EventKind.JOINT_END,
    "legal-ground-lost": EventKind.GROUND_LOST,
    "machtiging-inadequate": EventKind.AUTHORISATION_LOST,
    "agreement-ended": EventKind.AGREEMENT_ENDED,
}
_ONWARD = {
    "prior-notice": EventKind.ONWARD_NOTICE,
    "prior-consent": EventKind.ONWARD_CONSENT,
}
_Row = tuple[EventKind, ActRule]


def act_rules(document: DocumentModel) -> Mapping[str, ActRule]:
    """The acts by kind; what is not here, the text does not know."""
    rows = (*_life(document), *_ends(document), *_work(document))
    return {kind.value: rule for kind, rule in rows}


def _life(document: DocumentModel) -> Iterator[_Row]:
    lifecycle, everybody = document.lifecycle, _signatories(document)
    provider = _with_role(document, "provider")
    yield EventKind.SIGNATURE, ActRule(article=lifecycle.in_force.article, by=everybody)
    if lifecycle.suspension is not None:
        rule = ActRule(article=lifecycle.suspension.article, by=provider)
        yield EventKind.SUSPENSION, rule
        yield EventKind.LIFTING, rule
    if lifecycle.amendment is not None:
        yield EventKind.ADDENDUM, ActRule(article=lifecycle.amendment.article, by=everybody)


def _ends(document: DocumentModel) -> Iterator[_Row]:
    everybody = _signatories(document)
    termination = document.lifecycle.termination
    if termination.notice is not None:
        yield (
            EventKind.NOTICE,
            ActRule(article=termination.article, by=everybody, within=termination.notice),
        )
    for sanction in document.sanctions:
        if sanction.kind == "terminate":
            yield EventKind.END, ActRule(article=sanction.article, by=frozenset({sanction.by}))
    for end in document.lifecycle.ends_when:
        yield _ENDS[end.when], ActRule(article=end.article, by=everybody)


def _work(document: DocumentModel) -> Iterator[_Row]:
    provider, consumers = _with_role(document, "provider"), _with_role(document, "consumer")
    quality, via = document.quality, document.quality.report_via
    within = quality.provider_within if quality.provider_within.startswith("P") else None
    reporters = frozenset({via}) if via else consumers
    yield (
        EventKind.QUALITY_REPORT,
        ActRule(article=quality.article, by=reporters, within=within),
    )
    yield EventKind.QUALITY_ANSWER, ActRule(article=quality.article, by=provider)
    yield EventKind.INCIDENT, _incident(document)
    yield from _evidence(document, provider)
    if document.onward.rule in _ONWARD:
        asked = document.onward.rule == "prior-consent"
        by = provider if asked else consumers
        yield _ONWARD[document.onward.rule], ActRule(article=document.onward.article, by=by)
    yield from _duties(document)


def _evidence(document: DocumentModel, provider: frozenset[str]) -> Iterator[_Row]:
    """Asked of who owes it; given by these, and by whoever has something that only people can show."""
    asked = _members(document, (duty.party for duty in document.evidence))
    articles = [duty.article for duty in document.evidence]
    if articles:
        rule = ActRule(article=articles[0], by=provider, towards=asked)
        yield EventKind.EVIDENCE_REQUEST, rule
    articles += [one.article for one in document.measures if one.enforced_by == "attest"]
    if articles:
        yield EventKind.EVIDENCE, ActRule(article=articles[0], by=asked | provable(document).keys())


def _duties(document: DocumentModel) -> Iterator[_Row]:
    lists: Mapping[EventKind, Sequence[Duty | Publication]] = {
        EventKind.PROCESSOR: document.processor_register,
        EventKind.LAW_CHANGE: document.law_changes,
        EventKind.PUBLICATION: document.publication,
    }
    for kind, duties in lists.items():
        if duties:
            by = _members(document, (duty.party for duty in duties))
            yield kind, ActRule(article=duties[0].article, by=by)


def _incident(document: DocumentModel) -> ActRule:
    """The strictest clause counts for whom it binds; the others have no term, and their own article."""
    strict = [one for one in document.incidents if one.within != "undue-delay"]
    general = [one for one in document.incidents if one.within == "undue-delay"]
    chosen = (strict or general)[0]
    return ActRule(
        article=chosen.article,
        by=_signatories(document),
        within=strict[0].within if strict else None,
        bound=frozenset(one.by for one in strict if one.by is not None),
        article_unbound=general[0].article if general else None,
    )


def _signatories(document: DocumentModel) -> frozenset[str]:
    return frozenset(signatories(document))


def _with_role(document: DocumentModel, role: str) -> frozenset[str]:
    return frozenset(party.id for party in document.parties if party.role == role)


def _members(document: DocumentModel, owners: Iterable[str]) -> frozenset[str]:
    return frozenset(members(document, owners))

"""From a checked document to what the decision works with."""

from hashlib import sha256
from typing import Any

from gateway.adapters.protocol_files.schema import DocumentModel, FlowModel, LifecycleModel
from gateway.domain.canonical_json import canonical
from gateway.domain.protocol_document import (
    Access,
    Authentication,
    DropTerm,
    Fact,
    Flow,
    FlowKind,
    Lifecycle,
    Listed,
    Party,
    ProtocolDocument,
    Purpose,
    RequiredFact,
    Retention,
    Unit,
)


def plain(document: DocumentModel) -> dict[str, Any]:
    """The document as JSON values, under the names of the file; what it leaves out stays out.

    So a digest depends on the document alone, and a later key of the form changes no published one.
    """
    return document.model_dump(mode="json", by_alias=True, exclude_unset=True)


def digest(document: DocumentModel) -> str:
    """`sha256:<hex>` over the document's canonical JSON; comments and layout do not count."""
    return f"sha256:{sha256(canonical(plain(document))).hexdigest()}"


def compile_document(document: DocumentModel) -> ProtocolDocument:
    """The domain's view of a document."""
    return ProtocolDocument(
        id=document.id,
        name=document.name,
        version=document.version,
        title=document.title,
        digest=digest(document),
        provider=next(party.id for party in document.parties if party.role == "provider"),
        parties={
            p.id: Party(key=p.id, role=p.role, name=p.name, group=p.group) for p in document.parties
        },
        purposes={
            p.id: Purpose(key=p.id, party=p.party, article=p.article, case_required=p.case_required)
            for p in document.purposes
            if p.kind == "further"
        },
        units={
            u.id: Unit(
                key=u.id,
                party=u.party,
                access=Access(u.access),
                article=u.article,
                purposes=frozenset(u.purposes),
            )
            for u in document.units
        },
        flows={flow.id: _flow(document, flow) for flow in document.flows},
        retention=_retention(document),
        lifecycle=_lifecycle(document, document.lifecycle),
    )


def _flow(document: DocumentModel, flow: FlowModel) -> Flow:
    articles = {field.id: field.article for field in document.fields}
    wanted = flow.authentication
    return Flow(
        key=flow.id,
        kind=FlowKind(flow.kind),
        article=flow.article,
        purposes=tuple(flow.purposes),
        fields=tuple(Listed(name=name, article=articles[name]) for name in flow.fields),
        fields_article=flow.fields_article,
        requires=tuple(
            RequiredFact(fact=Fact(required.fact), article=required.article)
            for required in flow.requires
        ),
        open_from=flow.open_from,
        authentication=Authentication(wanted.at_least) if wanted else None,
        authentication_article=wanted.article if wanted else None,
        refuses_unlisted=flow.refuses_unlisted,
        drop_term=_drop_term(flow),
    )


def _drop_term(flow: FlowModel) -> DropTerm | None:
    term = flow.channel.drop_term
    return DropTerm(period=term.period, article=term.article) if term else None


def _retention(document: DocumentModel) -> Retention:
    rule = document.retention[0]
    return Retention(label=f"{rule.period} {rule.id}", article=rule.article)


def _lifecycle(document: DocumentModel, lifecycle: LifecycleModel) -> Lifecycle:
    signatories = [p.id for p in document.parties if p.role in ("provider", "consumer")]
    return Lifecycle(
        signed_on=lifecycle.signed_on,
        in_force_rule=lifecycle.in_force.rule,
        in_force_from=lifecycle.in_force.date,
        in_force_article=lifecycle.in_force.article,
        signatories=tuple(signatories),
        suspension_article=lifecycle.suspension.article if lifecycle.suspension else None,
        termination_article=lifecycle.termination.article,
        notice_article=lifecycle.termination.article if lifecycle.termination.notice else None,
    )

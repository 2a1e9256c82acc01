"""From a checked document to what the decision works with."""

from hashlib import sha256
from typing import Any

from gateway.adapters.protocol_files.acts import act_rules
from gateway.adapters.protocol_files.clauses import RetentionModel
from gateway.adapters.protocol_files.flow_clauses import Deferred, FlowModel
from gateway.adapters.protocol_files.schema import DocumentModel
from gateway.adapters.protocol_files.workflows import signatories, workflows_of
from gateway.domain.canonical_json import canonical
from gateway.domain.channel import DropTerm, Transport
from gateway.domain.protocol_document import (
    Access,
    Authentication,
    Caution,
    Condition,
    Derived,
    Fact,
    Flow,
    FlowKind,
    Lifecycle,
    Listed,
    Onward,
    Party,
    ProtocolDocument,
    Purpose,
    RequiredFact,
    Retention,
    Rhythm,
    Unit,
)
from gateway.domain.selection import Selection, SelectionRule


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
            p.id: Purpose(
                key=p.id,
                party=p.party,
                article=p.article,
                case_required=p.case_required,
                anonymous=p.anonymous,
                ground=p.ground,
            )
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
        onward=Onward(
            rule=document.onward.rule,
            to=document.onward.to,
            allowed=frozenset(document.onward.allowed),
            article=document.onward.article,
        ),
        lifecycle=_lifecycle(document),
        workflows=workflows_of(document),
        supersedes=document.supersedes,
    )


def _flow(document: DocumentModel, flow: FlowModel) -> Flow:
    fields = {field.id: field for field in document.fields if field.id in flow.fields}
    term = flow.channel.drop_term
    return Flow(
        key=flow.id,
        kind=FlowKind(flow.kind),
        service=flow.service,
        source=flow.source,
        article=flow.article,
        purposes=tuple(flow.purposes),
        fields=tuple(Listed(name=name, article=fields[name].article) for name in flow.fields),
        fields_article=flow.fields_article,
        retention=_retention(document, flow),
        consumers=frozenset(flow.consumers),
        requires=_requires(flow),
        caution=_caution(flow),
        rhythm=_rhythm(flow),
        conditions=tuple(
            Condition(field=name, other=f.only_if.field, equals=f.only_if.equals, article=f.article)
            for name, f in fields.items()
            if f.only_if is not None
        ),
        derived=tuple(
            Derived(field=name, rule=f.derived, article=f.article)
            for name, f in fields.items()
            if f.derived is not None
        ),
        refuses_unlisted=flow.refuses_unlisted,
        drop_term=DropTerm(period=term.period, article=term.article) if term else None,
        transport=_transport(flow),
        selection=_selection(flow),
        disclosure=_disclosure(flow),
    )


def _disclosure(flow: FlowModel) -> str:
    """As entries have it; a ground stands in the text that they cite."""
    rule = flow.disclosure
    if rule is None:
        return "open"
    return f"deferred:{rule.period}" if isinstance(rule, Deferred) else "withheld"


def _transport(flow: FlowModel) -> Transport | None:
    name = flow.channel.transport
    return Transport(name=name, article=flow.channel.article) if name else None


def _selection(flow: FlowModel) -> Selection | None:
    rule = flow.selection
    if rule is None:
        return None
    return Selection(
        rule=SelectionRule(rule.rule),
        article=rule.article,
        reference_date=rule.reference_date,
        municipality=rule.municipality,
        age_below=rule.age_below,
        months_at_least=rule.months_at_least or 1,
        once_a_year=rule.once_per is not None,
    )


def _requires(flow: FlowModel) -> tuple[RequiredFact, ...]:
    return tuple(
        RequiredFact(
            fact=Fact(required.fact),
            article=required.article,
            purposes=frozenset(required.purposes),
            if_stated=required.if_stated,
            route=required.route,
        )
        for required in flow.requires
    )


def _caution(flow: FlowModel) -> Caution:
    login, enduser, training, duties = (
        flow.authentication, flow.enduser, flow.training, flow.duties_separated
    )  # fmt: skip
    return Caution(
        authentication=Authentication(login.at_least) if login else None,
        authentication_article=login.article if login else None,
        enduser_article=enduser.article if enduser else None,
        training=training.subject if training else None,
        training_article=training.article if training else None,
        duties_article=duties.article if duties else None,
    )


def _rhythm(flow: FlowModel) -> Rhythm:
    windows, quota, session = flow.windows, flow.quota, flow.session
    return Rhythm(
        open_from=flow.open_from,
        open_from_article=flow.open_from_article,
        months=frozenset(windows.months) if windows else frozenset(),
        months_article=windows.article if windows else None,
        quota=quota.max if quota else None,
        quota_article=quota.article if quota else None,
        session=session.max if session else None,
        session_article=session.article if session else None,
    )


def _retention(document: DocumentModel, flow: FlowModel) -> Retention:
    """The rule that names the flow, or else the one for everything."""
    named = [rule for rule in document.retention if flow.id in rule.applies]
    general = [rule for rule in document.retention if "*" in rule.applies]
    rule: RetentionModel = [*named, *general, *document.retention][0]
    term = {"duration": rule.period, "until-event": f"tot {rule.from_event}", "none": "geen"}
    return Retention(
        label=f"{term[rule.rule]} {rule.id}",
        article=rule.article,
        is_none=rule.rule == "none",
        period=rule.period,
    )


def _lifecycle(document: DocumentModel) -> Lifecycle:
    lifecycle, dpia = document.lifecycle, document.dpia
    replaces = lifecycle.replaces_prior
    return Lifecycle(
        signed_on=lifecycle.signed_on,
        in_force_rule=lifecycle.in_force.rule,
        in_force_from=lifecycle.in_force.date,
        in_force_article=lifecycle.in_force.article,
        signatories=signatories(document),
        acts=act_rules(document),
        ends_for_all=lifecycle.termination.mode != "per-party",
        replaces_article=replaces.article if replaces else None,
        gate_article=dpia.article if dpia and dpia.gate else None,
        advised_against=any(one.outcome == "negative" for one in document.dpo_advice),
    )

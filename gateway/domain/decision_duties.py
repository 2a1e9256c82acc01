"""What comes with a yes, and what is told when a fact about the person is missing."""

from collections.abc import Mapping

from gateway.contracts.faults import Ground
from gateway.contracts.reasons import Reason
from gateway.domain.decision_terms import DECREE, Obligation, ObligationKind
from gateway.domain.protocol_document import Fact, Flow, Purpose, RequiredFact

_MISSING: Mapping[Fact, tuple[Reason, str, str]] = {
    Fact.REGISTERED: (
        Reason.NOT_REGISTERED,
        "no registration of this person by this sender in this hoedanigheid is in force",
        "register the person first: POST /v1/repertorium/inschrijvingen, or RegistreerInschrijving",
    ),
    Fact.QUESTION_OPEN: (
        Reason.NO_OPEN_QUESTION,
        "no question of this person is open",
        "record the question first: POST /v1/inkomen/jobbonus-dossier/vragen",
    ),
    Fact.IDENTIFIED: (
        Reason.NOT_IDENTIFIED,
        "the person who asks was not identified against the file",
        "identify them first: POST /v1/inkomen/jobbonus-dossier/vragen/{id}/identificatie",
    ),
    Fact.IN_SESSION: (
        Reason.SESSION_OVER,
        "the look that the question gave is over",
        "identify the person again",
    ),
    Fact.MEMBER: (
        Reason.NOT_A_MEMBER,
        "the person is not a member of the fund that was named, at this instant",
        "name the fund of which the person is a member",
    ),
    Fact.RIGHT_OPEN: (
        Reason.RIGHT_ENDED,
        "this way is open for a running or suspended right only",
        "take the way that the text names",
    ),
}


def missing_fact(required: RequiredFact) -> Ground:
    """The ground that a required fact does not hold."""
    reason, detail, remedy = _MISSING[required.fact]
    return Ground(
        reason=reason, article=required.article, detail=detail, remedy=required.route or remedy
    )


def quota_spent(limit: Obligation) -> Ground:
    """The ground that nothing is left of a yearly number; `limit` is the obligation to count."""
    return Ground(
        reason=Reason.QUOTA_SPENT,
        article=limit.article,
        detail=f"{limit.value} a calendar year, and that was had",
        remedy="ask again next calendar year",
    )


def obligations_of(flow: Flow, purpose: Purpose) -> tuple[Obligation, ...]:
    """Everything that must be discharged before anything leaves by this flow for this purpose."""
    retention = flow.retention
    return (
        Obligation(ObligationKind.FILTER, flow.fields_article),
        *(
            Obligation(ObligationKind.DERIVE, one.article, f"{one.field}={one.rule}")
            for one in flow.derived
        ),
        *(
            Obligation(
                ObligationKind.CONDITIONAL, one.article, f"{one.field}:{one.other}={one.equals}"
            )
            for one in flow.conditions
        ),
        *([Obligation(ObligationKind.ANONYMISE, purpose.article)] if purpose.anonymous else []),
        Obligation(ObligationKind.RETENTION, retention.article, retention.label),
        *([Obligation(ObligationKind.NO_STORE, retention.article)] if retention.is_none else []),
        *_rhythm(flow),
        Obligation(ObligationKind.LOG, DECREE),
    )


def quota_of(flow: Flow) -> Obligation | None:
    """The duty to count, where the flow has a yearly number."""
    rhythm = flow.rhythm
    if rhythm.quota is None:
        return None
    article = rhythm.quota_article or flow.article
    return Obligation(ObligationKind.QUOTA, article, str(rhythm.quota))


def _rhythm(flow: Flow) -> list[Obligation]:
    rhythm, found = flow.rhythm, []
    limit = quota_of(flow)
    if limit is not None:
        found.append(limit)
    if rhythm.session is not None:
        article = rhythm.session_article or flow.article
        found.append(Obligation(ObligationKind.SESSION_LIMIT, article, rhythm.session))
    if flow.drop_term is not None:
        term = flow.drop_term
        found.append(Obligation(ObligationKind.DROP_TERM, term.article, term.period))
    return found

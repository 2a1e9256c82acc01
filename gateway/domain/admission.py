"""Before the law is asked: is the service open to anybody, and is the sender who the credential says."""

from gateway.contracts.faults import Ground, Refusal, RefusedFault, refuse
from gateway.contracts.reasons import Reason
from gateway.domain.claim import Claim
from gateway.domain.content_checks import Today
from gateway.domain.decision_terms import DECREE, Ask
from gateway.domain.request import ANYBODY, Caller, Request


def admit(request: Request, caller: Caller) -> Request:
    """Let the request through to the decision, as the caller's own.

    Raises:
        RefusedFault: `no-protocol` where no protocol opens the service to anybody, whoever asks;
            `credential-missing` where it is not open to strangers;
            `sender-mismatch` where message or content name another sender than the credential.
    """
    if request.service.flow is None:
        raise refuse(
            Reason.NO_PROTOCOL,
            f"no protocol opens `{request.service.key}` to anybody",
            article=DECREE,
            remedy="/v1/protocollen lists what is open",
        )
    if caller is ANYBODY:
        return _of_anybody(request)
    grounds = (
        *_mismatch(request.uri, caller.uri, "Identificatie in the message"),
        *_mismatch(request.hoedanigheid, caller.hoedanigheid, "Hoedanigheid in the message"),
    )
    for claim in request.question.claims():
        grounds += _claimed(claim, caller)
    if grounds:
        raise RefusedFault(Refusal(grounds))
    return request.sent_by(caller)


def _of_anybody(request: Request) -> Request:
    if not request.service.is_open:
        raise refuse(
            Reason.CREDENTIAL_MISSING,
            f"`{request.service.key}` is not open to everybody",
            remedy="show a credential",
        )
    return request


def asking(request: Request, caller: Caller, today: Today, used: int = 0) -> Ask:
    """The request as the decision sees it: without the person. `used` was had this year already."""
    assert request.service.flow is not None
    return Ask(
        party=caller.party,
        unit=caller.unit,
        flow=request.service.flow,
        fields=request.question.asked(),
        purpose=request.purpose,
        case=request.case,
        authentication=request.authentication or caller.authentication,
        has_enduser=request.enduser is not None,
        training=caller.training,
        duties_separated=caller.separates_duties(request.enduser),
        used=used,
        stated=request.question.stated(),
        day=request.question.day(),
        problems=request.question.problems(today),
    )


def _claimed(claim: Claim, caller: Caller) -> tuple[Ground, ...]:
    """The content may name the caller; where the whole party is meant, any of its units."""
    if claim.is_party_wide:
        known = [h for uri, h in caller.colleagues if uri == claim.uri]
        if claim.hoedanigheid in known or (known and claim.hoedanigheid is None):
            return ()
    return (
        *_mismatch(claim.uri, caller.uri, "Identificatie in the content"),
        *_mismatch(claim.hoedanigheid, caller.hoedanigheid, "Hoedanigheid in the content"),
    )


def _mismatch(stated: str | None, own: str, what: str) -> tuple[Ground, ...]:
    if stated is None or stated == own:
        return ()
    return (
        Ground(
            reason=Reason.SENDER_MISMATCH,
            detail=f"{what} is not the credential's",
            remedy=f"state `{own}`",
        ),
    )

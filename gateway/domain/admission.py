"""Before the law is asked: is the service open to anybody, and is the sender who the credential says."""

from gateway.contracts.faults import Ground, Refusal, RefusedFault, refuse
from gateway.contracts.reasons import Reason
from gateway.domain.content_checks import Today
from gateway.domain.decision_terms import DECREE, Ask
from gateway.domain.request import Caller, Request


def admit(request: Request, caller: Caller) -> None:
    """Let the request through to the decision.

    Raises:
        RefusedFault: `no-protocol` where no protocol opens the service to anybody, whoever asks;
            `sender-mismatch` where message or content name another sender than the credential.
    """
    if request.service.flow is None:
        raise refuse(
            Reason.NO_PROTOCOL,
            f"no protocol opens `{request.service.key}` to anybody",
            article=DECREE,
            remedy="/v1/protocollen lists what is open",
        )
    grounds = (
        *_mismatch(request.uri, caller.uri, "Identificatie in the message"),
        *_mismatch(request.hoedanigheid, caller.hoedanigheid, "Hoedanigheid in the message"),
        *_claims(request, caller),
    )
    if grounds:
        raise RefusedFault(Refusal(grounds))


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
        used=used,
        stated=request.question.stated(),
        day=request.question.day(),
        problems=request.question.problems(today),
    )


def _claims(request: Request, caller: Caller) -> tuple[Ground, ...]:
    uri, hoedanigheid = request.question.claims()
    return (
        *_mismatch(uri, caller.uri, "Identificatie in the content"),
        *_mismatch(hoedanigheid, caller.hoedanigheid, "Hoedanigheid in the content"),
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

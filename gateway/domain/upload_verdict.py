"""What is to become of an upload, from what it holds and what came before it."""

from dataclasses import dataclass
from datetime import date, datetime

from gateway.contracts.reasons import Reason
from gateway.domain.bundle import Bundle
from gateway.domain.mutation import BatchReading
from gateway.domain.protocol_document import Flow, ProtocolDocument
from gateway.domain.receipt import UploadStatus


@dataclass(frozen=True, slots=True)
class Earlier:
    """What is known of the same day: the digest under the same number, and the last number."""

    sha256: str | None
    last_number: int
    is_closed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A status, and where it is not `verdeeld` why and how to mend it."""

    status: UploadStatus
    reason: Reason | None = None
    detail: str | None = None
    remedy: str | None = None
    article: str | None = None


def publishing_protocol(
    bundle: Bundle, party: str, flow: str, at: datetime
) -> ProtocolDocument | None:
    """The protocol under which a party provides a flow, or `None`."""
    return next((d for d in bundle.opening(flow, at) if d.provider == party), None)


def judge(
    flow: Flow | None, reading: BatchReading, earlier: Earlier, today: date, used: int
) -> Verdict:
    """The verdict: may this party publish, can the file be used, is it new, and is it its time.

    `flow` is what the party provides; `used` how many files of this year its consumers have had.
    """
    if flow is None:
        return Verdict(
            status=UploadStatus.REFUSED,
            reason=Reason.NO_PROTOCOL,
            detail="this account provides the flow under no protocol",
            remedy="upload to a flow that a protocol has you provide",
        )
    if reading.hopeless is not None:
        return Verdict(
            status=UploadStatus.QUARANTINED,
            reason=Reason.MESSAGE_INVALID,
            detail=reading.hopeless,
            remedy="correct the file and upload it again; `magda-sim batch lint` checks it offline",
        )
    if earlier.sha256 == reading.sha256:
        return Verdict(
            status=UploadStatus.UNCHANGED if earlier.is_closed else UploadStatus.DISTRIBUTED
        )
    return _untimely(flow, reading, today, used) or _new_or_conflicting(reading, earlier)


def _untimely(flow: Flow, reading: BatchReading, today: date, used: int) -> Verdict | None:
    """Why a flow with a day, months or a yearly number takes no such file now."""
    rhythm, selection = flow.rhythm, flow.selection
    assert reading.day is not None
    reference = selection.reference_date if selection else None
    if selection is not None and reference not in (None, reading.day.isoformat()[5:]):
        return Verdict(
            status=UploadStatus.QUARANTINED,
            reason=Reason.MESSAGE_INVALID,
            article=selection.article,
            detail=f"the list is about {reference} of a year ({selection.article})",
            remedy=f"name the file after the list's own day, with the form {flow.key}_<yyyy>-{reference}.json",
        )
    if rhythm.months and not rhythm.months >= {today.month, reading.day.month}:
        return _refused(
            Reason.OUTSIDE_WINDOW, rhythm.months_article, "send it in the months agreed"
        )
    if rhythm.quota is not None and used >= rhythm.quota:
        return _refused(Reason.QUOTA_SPENT, rhythm.quota_article, "the next one is for next year")
    return None


def _refused(reason: Reason, article: str | None, remedy: str) -> Verdict:
    detail = f"{reason.value} ({article})"
    return Verdict(
        status=UploadStatus.REFUSED, reason=reason, article=article, detail=detail, remedy=remedy
    )


def _new_or_conflicting(reading: BatchReading, earlier: Earlier) -> Verdict:
    following = earlier.last_number + 1
    if earlier.sha256 is None and reading.volgnummer == following:
        return Verdict(status=UploadStatus.DISTRIBUTED)
    assert reading.day is not None
    suffix = "" if following == 1 else f"_{following}"
    return Verdict(
        status=UploadStatus.REFUSED,
        reason=Reason.DAY_ALREADY_DELIVERED,
        detail="another file was accepted for this day and number"
        if earlier.sha256 is not None
        else "the numbers of a day follow one another",
        remedy=f"send it as `volgnummer` {following}: …_{reading.day.isoformat()}{suffix}.json",
    )

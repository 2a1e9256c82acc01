"""One consumer's share of a batch: may it have a file today, and what goes into it."""

from dataclasses import dataclass
from datetime import datetime

from gateway.contracts.faults import Refusal
from gateway.contracts.reasons import Reason
from gateway.domain.bundle import Bundle
from gateway.domain.decision import candidate
from gateway.domain.decision_terms import Ask, Candidate, ObligationKind
from gateway.domain.legal_day import period_later
from gateway.domain.protocol_document import Authentication
from gateway.domain.receipt import ShareStatus
from gateway.domain.request import Caller
from gateway.domain.services import GIVEN

FILE_FIELDS = frozenset({"insz"})
DISCHARGED_BY_FILE = frozenset(
    {
        ObligationKind.FILTER,
        ObligationKind.RETENTION,
        ObligationKind.LOG,
        ObligationKind.DROP_TERM,
        ObligationKind.QUOTA,
    }
)
"""What a file's way out fulfils: selection, the label in its entry, the entry, its expiry, the count."""


ENDED = frozenset(
    {Reason.PROTOCOL_ENDED, Reason.NO_PROTOCOL, Reason.UNIT_REFUSED, Reason.UNIT_NOT_LISTED}
)
"""Reasons for which a consumer may not have the files of a flow any more, also those it was given."""


@dataclass(frozen=True, slots=True)
class Share:
    """A consumer and what was decided for it: `outcome` names the protocol, or why not."""

    consumer: Caller
    outcome: Candidate | Refusal
    fields: frozenset[str] = FILE_FIELDS
    used: int = 0

    @property
    def status(self) -> ShareStatus:
        """What the receipt says of it."""
        if isinstance(self.outcome, Candidate):
            return ShareStatus.DELIVERED
        suspended = self.outcome.reason is Reason.PROTOCOL_SUSPENDED
        return ShareStatus.SUSPENDED if suspended else ShareStatus.ENDED

    @property
    def article(self) -> str | None:
        """The article that stands in the way."""
        return self.outcome.grounds[0].article if isinstance(self.outcome, Refusal) else None


def expiry(chosen: Candidate, at: datetime) -> datetime | None:
    """When a file that is released now must be gone, by the term the protocol sets (or never)."""
    for obligation in chosen.obligations:
        if obligation.kind is ObligationKind.DROP_TERM:
            return period_later(at, obligation.value)
    return None


def share_of(bundle: Bundle, consumer: Caller, flow: str, at: datetime, *, used: int = 0) -> Share:
    """The decision for one consumer, by the same rules as a consultation's.

    LAW: 001 art. 6 asks that each person is registered; for a file that is a matter of selection.
    `used` counts the files that the consumer had of a yearly number. Asked is all that a file of the
    flow can hold.
    """
    fields = _fields(bundle, flow)
    ask = file_ask(consumer.party, consumer.unit, flow, fields, used)
    return Share(consumer, candidate(bundle, ask, at), fields, used)


def file_ask(party: str, unit: str, flow: str, fields: frozenset[str], used: int) -> Ask:
    """A file as the decision sees it: whoever fetches it has logged in with a password at least."""
    return Ask(
        party=party, unit=unit, flow=flow, fields=fields, used=used,
        authentication=Authentication.PASSWORD,
    )  # fmt: skip


def _fields(bundle: Bundle, flow: str) -> frozenset[str]:
    documents = bundle.by_flow.get(flow, ())
    return GIVEN[documents[0].flows[flow].service] if documents else FILE_FIELDS

"""What a consumer's file holds of a list of persons, by the rule that its protocol sets."""

from array import array
from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime

from gateway.domain.decision import Permit, decide
from gateway.domain.decision_terms import Candidate
from gateway.domain.legal_day import legal_day
from gateway.domain.mutation import BatchReading
from gateway.domain.parcel_content import NumberList, ParcelContent, entitled
from gateway.domain.payment_file import payment_year
from gateway.domain.payment_rows import PaymentRows, ready_rows
from gateway.domain.selection import SelectionRule
from gateway.domain.share import Share
from gateway.ports import Ledger, Members, Repertory


@dataclass(frozen=True, slots=True)
class Contents:
    """The collaborators, wired once at start-up."""

    repertory: Repertory
    members: Members
    ledger: Ledger

    def of(self, reading: BatchReading, share: Share, at: datetime) -> ParcelContent | None:
        """The consumer's part of an upload, or nothing where it was refused."""
        chosen = share.outcome
        if not isinstance(chosen, Candidate):
            return None
        if chosen.selection and chosen.selection.rule is SelectionRule.PAID_AND_DOMICILED:
            return self._of_rows(reading, chosen)
        return self.of_numbers(reading.subjects, share, at)

    def of_numbers(self, subjects: "array[int]", share: Share, at: datetime) -> NumberList | None:
        """The consumer's part of a list of numbers, or nothing where it was refused.

        LAW: 001 art. 6 (registered for the consumer), 002 art. 3 (the whole list) and art. 4 (a
        care fund's own members), each at this instant.
        """
        if not isinstance(share.outcome, Candidate):
            return None
        selection = share.outcome.selection
        assert selection is not None, "a file flow says whom its files hold"
        if selection.rule is SelectionRule.WHOLE_LIST:
            return NumberList(subjects)
        return NumberList(entitled(subjects, self._allowed(selection.rule, share, at)))

    def _of_rows(self, reading: BatchReading, chosen: Candidate) -> PaymentRows:
        """The rows of a ready payment file.

        LAW: 003 art. 5 - a child stands in one file a calendar year (O-49).
        """
        permit = decide(chosen, {})
        assert isinstance(permit, Permit)
        assert reading.day is not None
        about = payment_year(reading.day)
        had = self.ledger.delivered_once(chosen.flow, *about.days)
        return ready_rows(about.year, reading.rows, permit, had)

    def _allowed(
        self, rule: SelectionRule, share: Share, at: datetime
    ) -> "array[int] | Container[int]":
        consumer, day = share.consumer, legal_day(at)
        if rule is SelectionRule.OWN_MEMBERS:
            return self.members.of(consumer.party, day)
        assert rule is SelectionRule.REGISTERED, "a payment file is no list of numbers"
        return self.repertory.registered(consumer.uri, consumer.hoedanigheid, day)

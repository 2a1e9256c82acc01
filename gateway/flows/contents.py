"""What a consumer's file holds of a list of persons, by the rule that its protocol sets."""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.domain.decision_terms import Candidate
from gateway.domain.legal_day import legal_day
from gateway.domain.parcel_content import NumberList, entitled
from gateway.domain.selection import SelectionRule
from gateway.domain.share import Share
from gateway.ports import Members, Repertory


@dataclass(frozen=True, slots=True)
class Contents:
    """The collaborators, wired once at start-up."""

    repertory: Repertory
    members: Members

    def of_numbers(self, subjects: Sequence[int], share: Share, at: datetime) -> NumberList | None:
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

    def _allowed(self, rule: SelectionRule, share: Share, at: datetime) -> Container[int]:
        consumer, day = share.consumer, legal_day(at)
        if rule is SelectionRule.OWN_MEMBERS:
            return self.members.of(consumer.party, day)
        assert rule is SelectionRule.REGISTERED, "a payment file is no list of numbers"
        return self.repertory.registered(consumer.uri, consumer.hoedanigheid, day)

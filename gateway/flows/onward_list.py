"""The yearly list of 002 passed on: each care fund finds its own members at this instant, and nobody else."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from gateway.contracts.faults import refuse
from gateway.contracts.reasons import Reason
from gateway.domain.batch import Batch, BatchKey, BatchKind, Delivery
from gateway.domain.decision import decide
from gateway.domain.decision_terms import Candidate
from gateway.domain.file_questions import OnwardListQuestion
from gateway.domain.log_entry import Draft
from gateway.domain.passing_on import passing_on
from gateway.domain.receipt import ShareStatus
from gateway.domain.request import Message, Reply, Request
from gateway.domain.selection import SelectionRule
from gateway.domain.share import share_of
from gateway.flows.audited import Exchange
from gateway.flows.batch_entries import BatchEntries
from gateway.flows.consultation import require
from gateway.flows.contents import Contents
from gateway.flows.parcels import Part
from gateway.flows.requested_files import Asked, RequestedFiles, Tell
from gateway.ports import HandledUploads, MessageCodec, Subscribers


@dataclass(frozen=True, slots=True, kw_only=True)
class OnwardListFlow:
    """The line, with its collaborators."""

    files: RequestedFiles
    subscribers: Subscribers
    contents: Contents
    handled: HandledUploads

    async def ask(self, message: Message, codec: MessageCodec, tell: Tell) -> Exchange:
        """Split the list of a year over the care funds (002 art. 4); once, then told again."""
        files = self.files
        async with files.exchange(message, codec) as exchange:
            draft = exchange.draft
            asked = files.read(draft, message, codec)
            may = self._may(draft, asked)
            source = self._list_of(draft, may, asked)
            key = BatchKey(BatchKind.ONWARD, may.flow, source.day, may.unit)
            await files.hand_out(
                exchange,
                key,
                lambda law: self._parts(law, may.flow, source),
                lambda batch, deliveries, status: _told(
                    tell, asked.request, batch, deliveries, status
                ),
            )
        return exchange

    def _may(self, draft: Draft, asked: Asked) -> Candidate:
        may = draft.candidate = require(passing_on(asked.bundle, asked.ask, draft.at))
        draft.permit = require(decide(may, {}))
        return may

    def _list_of(self, draft: Draft, may: Candidate, asked: Asked) -> Batch:
        """The list of 1 January of a year, as it was uploaded."""
        assert isinstance(asked.request.question, OnwardListQuestion)
        year = asked.request.question.year
        flow = next(
            flow.key
            for document in asked.bundle.opening(may.flow, draft.at)
            for flow in document.flows.values()
            if flow.selection is not None and flow.selection.rule is SelectionRule.WHOLE_LIST
        )
        found = self.files.ledger.find(flow, date(year, 1, 1), 1)
        if found is None or found.position is None:
            raise refuse(
                Reason.NO_DATA,
                f"there is no list of 1 January {year}",
                remedy="wait for the list, or name another year",
            )
        return found

    def _parts(self, law: BatchEntries, flow: str, source: Batch) -> Sequence[Part]:
        numbers = self.handled.numbers(source)
        shares = [share_of(law.bundle, fund, flow, law.at) for fund in self.subscribers.of(flow)]
        owner = self.files.folders.of
        return [
            Part(one, owner(one.consumer.key), self.contents.of_numbers(numbers, one, law.at))
            for one in shares
        ]


def _told(
    tell: Tell, request: Request, batch: Batch, deliveries: Sequence[Delivery], status: int
) -> Reply:
    delivered = sum(one.status is ShareStatus.DELIVERED for one in deliveries)
    return tell(request, {"doorgifte": batch.label, "zorgkassen": delivered}, status)

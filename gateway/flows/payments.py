"""The payment file of 003: asked in its window, made of what the source knows, handed out once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gateway.domain.batch import Batch, BatchKey, BatchKind, Delivery
from gateway.domain.decision import Permit, candidate, decide
from gateway.domain.file_questions import PaymentFileQuestion
from gateway.domain.legal_day import in_brussels, legal_day
from gateway.domain.log_entry import Draft
from gateway.domain.payment_file import PaidChild, PaymentYear, chosen, payment_year
from gateway.domain.payment_rows import payment_rows
from gateway.domain.request import Message, Reply, Request
from gateway.domain.selection import Selection
from gateway.domain.share import Share
from gateway.flows.audited import Exchange
from gateway.flows.consultation import require
from gateway.flows.parcels import Part
from gateway.flows.requested_files import Asked, RequestedFiles, Tell
from gateway.ports import MessageCodec

_NOBODY: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class PaymentsFlow:
    """The line, with its collaborators."""

    files: RequestedFiles

    async def ask(self, message: Message, codec: MessageCodec, tell: Tell) -> Exchange:
        """Hand out the file of this window; asked again within it, the same file (003 art. 5)."""
        files = self.files
        async with files.exchange(message, codec) as exchange:
            draft = exchange.draft
            asked = files.read(draft, message, codec)
            permit = self._permit(draft, asked)
            about = payment_year(legal_day(draft.at))
            key = self._key(permit, about)
            is_known = files.is_known(key)
            children = () if is_known else await self._children(draft, asked, permit, about)
            await files.hand_out(
                exchange,
                key,
                lambda _: [self._part(asked, permit, children, about)],
                lambda batch, deliveries, status: _told(
                    tell, asked.request, batch, deliveries, status
                ),
            )
        return exchange

    def _permit(self, draft: Draft, asked: Asked) -> Permit:
        draft.ask = asked.ask
        may = draft.candidate = require(candidate(asked.bundle, asked.ask, draft.at))
        draft.permit = require(decide(may, {}))
        return draft.permit

    def _key(self, permit: Permit, about: PaymentYear) -> BatchKey:
        may = permit.candidate
        owner = self.files.folders.of(may.unit)
        return BatchKey(BatchKind.REQUEST, may.flow, about.window, owner)

    async def _children(
        self, draft: Draft, asked: Asked, permit: Permit, about: PaymentYear
    ) -> Sequence[PaidChild]:
        """All that the source knows of the year, from which the law will choose."""
        assert isinstance(asked.request.question, PaymentFileQuestion)
        place = _rule(permit).municipality or ""
        question = replace(asked.request.question, year=about.year, municipality=place)
        request = replace(asked.request, question=question)
        fetched = await self.files.line.sources.fetch(permit, request)
        draft.is_fetched = True
        children: Sequence[PaidChild] = fetched.record.data["kinderen"]
        return children

    def _part(
        self, asked: Asked, permit: Permit, children: Sequence[PaidChild], about: PaymentYear
    ) -> Part:
        may, rule = permit.candidate, _rule(permit)
        had = self.files.ledger.delivered_once(may.flow, *about.days)
        records = chosen(children, rule, about, had if rule.once_a_year else _NOBODY)
        content = payment_rows(about.year, records, permit)
        share = Share(asked.caller, may, asked.ask.fields)
        return Part(share, self.files.folders.of(may.unit), content)


def _rule(permit: Permit) -> Selection:
    rule = permit.candidate.selection
    assert rule is not None, "a payment file's text says whom it holds"
    return rule


def _told(
    tell: Tell, request: Request, batch: Batch, deliveries: Sequence[Delivery], status: int
) -> Reply:
    (one,) = deliveries
    until = in_brussels(one.expires_at).isoformat() if one.expires_at else None
    members = {"aanvraag": batch.label, "bestand": one.name, "sha256": one.sha256, "vervalt": until}
    return tell(request, members, status)

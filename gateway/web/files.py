"""The doors to files on request, as endpoints of their own."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from gateway.domain.request import Message
from gateway.domain.services import MEMBERS_LIST, PAYMENT_FILE
from gateway.flows.audited import Exchange
from gateway.flows.onward_list import OnwardListFlow
from gateway.flows.payments import PaymentsFlow
from gateway.flows.requested_files import Tell
from gateway.ports import DecisionLog, MessageCodec
from gateway.web.hot import HotEndpoint
from gateway.web.receiving import BodyLimits
from gateway.web.rest.codec import RestCodec
from gateway.web.rest.files import PATHS, FileCodec

Ask = Callable[[Message, MessageCodec, Tell], Awaitable[Exchange]]


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of files, as an endpoint calls it."""

    log: DecisionLog
    ask: Ask
    own: FileCodec

    async def consult(self, message: Message, codec: MessageCodec) -> Exchange:
        """Ask for the file."""
        return await self.ask(message, codec, self.own.told)


def file_endpoints(
    payments: PaymentsFlow, onward: OnwardListFlow, rest: RestCodec, limits: BodyLimits
) -> Mapping[str, HotEndpoint]:
    """The endpoints by path."""
    codec, log = FileCodec(rest), payments.files.line.log
    asks: Mapping[str, Ask] = {PAYMENT_FILE.key: payments.ask, MEMBERS_LIST.key: onward.ask}
    return {
        path: HotEndpoint(_Line(log, asks[service.key], codec), codec, limits, service)
        for path, service in PATHS.items()
    }

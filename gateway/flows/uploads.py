"""Uploads that do not come over the drop server: who may send what, and then the distribution line."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from gateway.contracts.drop import Arrival, Arrivals, DropAccount, Factor, Verb
from gateway.contracts.faults import Refusal, refuse
from gateway.contracts.reasons import Reason
from gateway.domain.log_entry import UNKNOWN, Event, EventKind
from gateway.domain.receipt import Receipt
from gateway.domain.request import Caller
from gateway.domain.services import PLATFORM
from gateway.domain.transport import named_elsewhere
from gateway.domain.upload_name import UploadNameInvalid, parse_upload_name
from gateway.domain.upload_verdict import publishing_protocol
from gateway.flows.distribution import DistributionFlow
from gateway.ports import OrderedDecisionLog

CHANNEL = "rest"


@dataclass(frozen=True, slots=True)
class HandedOver:
    """What became of an upload, and the protocol that it was judged by."""

    receipt: Receipt
    protocol: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadFlow:
    """The collaborators, wired once at start-up. `accounts` tells who uploads what, as on the drop server."""

    distribution: DistributionFlow
    log: OrderedDecisionLog
    arrivals: Arrivals
    accounts: Mapping[str, DropAccount]
    strict: bool = False

    def admit(self, caller: Caller, flow: str) -> None:
        """Whether a credential may send this flow at this door.

        LAW: 003 art. 6 - staff place a ready file with two factors; HTTP has no one-time code.

        Raises:
            RefusedFault: `service-unknown`, `unit-not-listed`, `authentication-too-weak`, or `flow-not-open`
                where the text names another way and that is taken strictly.
        """
        if not self._is_known(flow):
            raise refuse(Reason.SERVICE_UNKNOWN, "no protocol knows this flow",
                         remedy="GET /v1/protocollen names the flows")  # fmt: skip
        account = self.accounts.get(caller.key)
        if account is None or not _uploads(account, flow):
            raise refuse(Reason.UNIT_NOT_LISTED, "this credential uploads no such files",
                         remedy="send it with the provider's credential")  # fmt: skip
        if Factor.CODE in account.factors:
            raise refuse(Reason.AUTHENTICATION_TOO_WEAK, "this account needs a one-time code as well",
                         remedy="upload over SFTP, with key and code")  # fmt: skip
        self._require_way(flow)

    def _require_way(self, flow: str) -> None:
        line = self.distribution
        bundle, at = line.protocols.bundle(), line.clock.now()
        named = named_elsewhere(bundle, flow, CHANNEL, at) if self.strict else None
        if named is not None:
            way, protocol, article = named
            raise refuse(Reason.FLOW_NOT_OPEN, f"protocol {protocol} names {way} for this flow",
                         remedy=f"upload over {way.upper()}", article=article)  # fmt: skip

    def name(self, flow: str, day: str, number: str) -> str:
        """The file's name; the same rules as on the drop server.

        Raises:
            RefusedFault: `message-invalid`; no such day or number.
        """
        name = f"{flow}_{day}.json" if number == "1" else f"{flow}_{day}_{number}.json"
        try:
            parse_upload_name(name, flow)
        except UploadNameInvalid:
            raise refuse(
                Reason.MESSAGE_INVALID, "`dag` or `volgnummer` cannot be read", element="dag",
                remedy="?dag=<yyyy-mm-dd>, and for a correction &volgnummer=<n>",
            ) from None  # fmt: skip
        return name

    def begin(self, caller: Caller) -> Arrival:
        """Begin to take an upload in.

        Raises:
            LogUnavailable: it could not be entered, so it need not be sent.
        """
        self.log.require()
        return self.arrivals.begin(caller.key)

    def hand_over(self, caller: Caller, arrival: Arrival, flow: str, name: str) -> HandedOver:
        """Distribute a whole upload. What lies under its name already goes first.

        Raises:
            LogUnavailable: nothing could be entered; sent again, it goes on where it was.
        """
        while (upload := arrival.place(flow, name)) is None:
            self.distribution.distribute(self.arrivals.waiting(caller.key, flow, name))
        receipt = self.distribution.distribute(replace(upload, channel=CHANNEL))
        return HandedOver(receipt, self._protocol(caller, flow))

    def turned_away(
        self, caller: Caller | None, flow: str, refusal: Refusal, *, outcome: str, size: int
    ) -> str:
        """Enter that nothing was taken in; the number of the entry.

        Raises:
            LogUnavailable: nothing could be entered.
        """
        words: dict[str, Any] = {
            "channel": CHANNEL,
            "credential": caller.key if caller else None,
            "party": caller.party if caller else None,
            "unit": caller.unit if caller else None,
            "protocol": PLATFORM,
            "flow": flow if self._is_known(flow) else UNKNOWN,
            "file": UNKNOWN,
            "bytes": size,
            "outcome": outcome,
            "reasons": [ground.reason.value for ground in refusal.grounds],
            "articles": [ground.cited for ground in refusal.grounds if ground.cited is not None],
        }
        line = self.distribution
        event = Event(EventKind.RECEIVED, line.clock.now(), line.space, words)
        (position,) = line.log.append_all([event.entry()])
        return f"D-{position}"

    def _is_known(self, flow: str) -> bool:
        return flow in self.distribution.protocols.bundle().by_flow

    def _protocol(self, caller: Caller, flow: str) -> str:
        line = self.distribution
        found = publishing_protocol(line.protocols.bundle(), caller.party, flow, line.clock.now())
        return found.ref if found else PLATFORM


def _uploads(account: DropAccount, flow: str) -> bool:
    return any(one.path == f"/in/{flow}" and Verb.UPLOAD in one.verbs for one in account.folders)

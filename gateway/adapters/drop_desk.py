"""What the drop server asks and tells while somebody is in: reading under the law, files up and down."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from gateway.contracts.clock import Clock
from gateway.contracts.drop import (
    ARCHIVE,
    MANIFEST,
    RECEIPT,
    CompletedUpload,
    DropAccount,
    Outcome,
    Transfer,
)
from gateway.domain.bundle import Bundle
from gateway.domain.lifecycle import Status
from gateway.domain.log_entry import UNKNOWN, Entry, Event, EventKind
from gateway.domain.request import Caller
from gateway.domain.transport import named_elsewhere
from gateway.domain.upload_name import flow_of_parcel, is_told
from gateway.ports import OrderedDecisionLog, ProtocolLibrary

_OUT = "/uit/"
_IN_A_FLOW = 3
"""Parts of a path at least: the top, the side, the flow, the name."""
_DISTRIBUTED = (_OUT, f"{ARCHIVE}/")


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayDesk:
    """Implements `gateway.contracts.drop.DropDesk` for one space.

    `is_known(owner, file)` tells the files of the ledger (other names may hold anything and are not
    written down, nor read); the other callables hand over what happened. Where it is `strict`, a flow
    goes only by the way that its text names.
    """

    space: str
    callers: Mapping[str, Caller]
    protocols: ProtocolLibrary
    log: OrderedDecisionLog
    clock: Clock
    is_known: Callable[[str, str], bool]
    on_upload: Callable[[CompletedUpload], None]
    on_collected: Callable[[DropAccount, Transfer], None]
    on_acknowledged: Callable[[DropAccount, str], None]
    strict: bool = False
    _verdicts: "dict[tuple[str, str], tuple[Bundle, datetime, str | None]]" = field(
        default_factory=dict
    )
    _released: set[tuple[str, str]] = field(default_factory=set)

    def require_log(self, _: DropAccount, /) -> None:
        """Pass where an entry could be made."""
        self.log.require()

    def refuse_door(self, account: DropAccount, path: str, /) -> str | None:
        """Why a flow's files do not go by this door, by its text; that is entered.

        LAW: 001 art. 6 - the files go over FTPS.
        """
        if not self.strict:
            return None
        where, name = path.split("/"), path.rpartition("/")[2]
        flow = where[2] if len(where) > _IN_A_FLOW else flow_of_parcel(name)
        named = named_elsewhere(self.protocols.bundle(), flow, account.door, self.clock.now())
        if named is None:
            return None
        way, protocol, article = named
        words = {"protocol": protocol, "articles": [article], "named": way}
        self._enter(EventKind.DOOR_REFUSED, self._refused(account, name, flow) | words)
        return f"protocol {protocol} names {way} for this flow ({article}); use that door"

    def refuse_reading(self, account: DropAccount, path: str, /) -> str | None:
        """Why a distributed file may not be read now, also once it is archived; that is entered."""
        self.log.require()
        if not path.startswith(_DISTRIBUTED):
            return None
        name = path.rpartition("/")[2]
        flow = flow_of_parcel(name)
        why = self._refusal(self.callers[account.user].party, flow)
        why = why or self._never_released(account.owner, name.removesuffix(MANIFEST))
        if why is not None:
            self._enter_refusal(account, name, flow)
        return why

    def _never_released(self, owner: str, file: str) -> str | None:
        """Why a file is not read that lies in a folder and has no entry; those that were released stay known."""
        if (owner, file) not in self._released:
            if not self.is_known(owner, file):
                return "no file of this name was released to this account"
            self._released.add((owner, file))
        return None

    def _enter_refusal(self, account: DropAccount, name: str, flow: str) -> None:
        self._enter(EventKind.READ_REFUSED, self._refused(account, name, flow))

    def _refused(self, account: DropAccount, name: str, flow: str) -> dict[str, object]:
        return {
            "credential": account.user,
            "channel": account.door,
            "file": self._told(account, name),
            "flow": flow if flow in self.protocols.bundle().by_flow else UNKNOWN,
            "outcome": "refusal",
        }

    def _told(self, account: DropAccount, name: str) -> str:
        """The name as it may stand in the log: a known file's, or one formed as agreed for a known flow."""
        upload = name.removesuffix(f"{RECEIPT}.json").removesuffix(f"{RECEIPT}.csv")
        file = name.removesuffix(MANIFEST)
        flow = flow_of_parcel(upload.removeprefix("."))
        if flow in self.protocols.bundle().by_flow and is_told(upload, flow):
            return name
        return name if self.is_known(account.owner, file) else UNKNOWN

    def _refusal(self, party: str, flow: str) -> str | None:
        """The law of this instant; a file is read in many pieces, and most of them at one instant."""
        bundle, at = self.protocols.bundle(), self.clock.now()
        known = self._verdicts.get((party, flow))
        if known is not None and known[0] is bundle and known[1] == at:
            return known[2]
        why = _refusal(bundle, party, flow, at)
        self._verdicts[party, flow] = bundle, at, why
        return why

    def transferred(self, account: DropAccount, transfer: Transfer, /) -> None:
        """Enter a file that went up or down; one that was distributed and read whole was collected."""
        if _is_collected(transfer):
            self.on_collected(account, transfer)
        else:
            self.note(account, transfer)

    def note(self, account: DropAccount, transfer: Transfer) -> None:
        """Enter it soon: nobody waits for it, and many small files come one after the other."""
        self.log.append_soon(self._entry_of(account, transfer, self.clock.now()))

    def _entry_of(self, account: DropAccount, transfer: Transfer, at: datetime) -> Entry:
        words = {
            "credential": account.user,
            "channel": account.door,
            "file": self._told(account, transfer.path.rpartition("/")[2]),
            "bytes": transfer.size,
            "outcome": transfer.outcome.value,
        }
        digest = {"sha256": transfer.sha256} if transfer.sha256 else {}
        kind = EventKind.RECEIVED if transfer.is_upload else EventKind.SENT
        return Event(kind, at, self.space, words | digest).entry()

    def uploaded(self, upload: CompletedUpload, /) -> None:
        """Hand the upload to the worker; returns at once."""
        self.on_upload(upload)

    def acknowledged(self, account: DropAccount, name: str, /) -> None:
        """Note that a file was renamed into the archive."""
        self.on_acknowledged(account, name)

    def _enter(self, kind: EventKind, words: Mapping[str, object]) -> None:
        self.log.append_all([Event(kind, self.clock.now(), self.space, words).entry()])


def _refusal(bundle: Bundle, party: str, flow: str, at: datetime) -> str | None:
    for document in bundle.open_to(party, flow, at):
        state = bundle.state(document, at, party, flow)
        if state.status is Status.IN_FORCE:
            return None
        return f"protocol {document.ref} is {state.status.value} ({state.article})"
    return f"no protocol gives this account the flow `{flow}`"


def _is_collected(transfer: Transfer) -> bool:
    if transfer.is_upload or transfer.outcome is not Outcome.COMPLETE:
        return False
    return transfer.path.startswith(_DISTRIBUTED) and not transfer.path.endswith(MANIFEST)

"""What the drop server is told and asks: accounts by key, reading under the law, uploads to the worker."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gateway.contracts.clock import Clock
from gateway.contracts.drop import ARCHIVE, MANIFEST, CompletedUpload, DropAccount
from gateway.domain.lifecycle import Status
from gateway.domain.log_entry import UNKNOWN, Event, EventKind
from gateway.domain.request import Caller, Proof, ProofKind
from gateway.domain.upload_name import flow_of_parcel
from gateway.flows.attempts import AttemptGate
from gateway.ports import Credentials, DecisionLog, ProtocolLibrary

_OUT = "/uit/"
_DISTRIBUTED = (_OUT, f"{ARCHIVE}/")


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayDesk:
    """Implements `gateway.contracts.drop.DropDesk` for one space.

    `accounts` are the drop accounts by user; `is_known(owner, file)` tells the files of the ledger (other
    names may hold anything and are not written down); the other callables hand over what happened.
    """

    space: str
    credentials: Credentials
    accounts: Mapping[str, DropAccount]
    callers: Mapping[str, Caller]
    protocols: ProtocolLibrary
    log: DecisionLog
    attempts: AttemptGate
    clock: Clock
    is_known: Callable[[str, str], bool]
    on_upload: Callable[[CompletedUpload], None]
    on_collected: Callable[[DropAccount, str], None]
    on_acknowledged: Callable[[DropAccount, str], None]

    def account_for_key(self, user: str, key: bytes, /) -> DropAccount | None:
        """The account, if this key is registered for this very user."""
        caller = self.credentials.find(Proof(ProofKind.SSH_KEY, key))
        if caller is None or caller.key != user:
            return None
        return self.accounts.get(user)

    def refuse_reading(self, account: DropAccount, path: str, /) -> str | None:
        """Why a distributed file may not be read now, also once it is archived; that is entered."""
        if not path.startswith(_DISTRIBUTED):
            return None
        name = path.rpartition("/")[2]
        flow = flow_of_parcel(name)
        why = self._refusal(self.callers[account.user].party, flow)
        if why is not None:
            self._enter_refusal(account, name, flow)
        return why

    def _enter_refusal(self, account: DropAccount, name: str, flow: str) -> None:
        file = name.removesuffix(MANIFEST)
        words = {
            "credential": account.user,
            "file": name if self.is_known(account.owner, file) else UNKNOWN,
            "flow": flow if flow in self.protocols.bundle().by_flow else UNKNOWN,
            "outcome": "refusal",
        }
        event = Event(EventKind.READ_REFUSED, self.clock.now(), self.space, words)
        self.log.append_all([event.entry()])

    def _refusal(self, party: str, flow: str) -> str | None:
        bundle, at = self.protocols.bundle(), self.clock.now()
        for document in bundle.open_to(party, flow, at):
            state = bundle.state(document, at, party, flow)
            if state.status is Status.IN_FORCE:
                return None
            return f"protocol {document.ref} is {state.status.value} ({state.article})"
        return f"no protocol gives this account the flow `{flow}`"

    def login_refused(self, user: str, /) -> None:
        """Enter the attempt; a flood shares one entry. The name is kept only if it is an account's."""
        if self.attempts.is_flooded("sftp"):
            return
        words = {"user": user if user in self.accounts else None, "outcome": "refusal"}
        event = Event(EventKind.LOGIN_REFUSED, self.clock.now(), self.space, words)
        self.log.append_all([event.entry()])

    def uploaded(self, upload: CompletedUpload, /) -> None:
        """Hand the upload to the worker; returns at once."""
        self.on_upload(upload)

    def collected(self, account: DropAccount, path: str, /) -> None:
        """Note that a distributed file was read to its end."""
        if path.startswith(_DISTRIBUTED):
            self.on_collected(account, path.rpartition("/")[2])

    def acknowledged(self, account: DropAccount, name: str, /) -> None:
        """Note that a file was renamed into the archive."""
        self.on_acknowledged(account, name)

"""The drop server's gate and desk of a space: what each account shows to come in, and what it tells."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from gateway.adapters.clock import WallClock
from gateway.adapters.drop_desk import GatewayDesk
from gateway.adapters.drop_gate import GatewayGate, of_password
from gateway.adapters.drop_secrets import OneTimeCodes, PasswordBook
from gateway.bootstrap import Gateway
from gateway.contracts.clock import Clock
from gateway.contracts.drop import FTPS, SFTP, DropAccount, Factor, Transfer
from gateway.domain.request import Proof, ProofKind
from gateway.settings import Settings
from gateway.simulation.accounts import callers, drop_accounts, over_ftps
from gateway.simulation.keyring import Keyring
from gateway.simulation.unfinished import Unfinished
from sftp_drop.drop_store import DropStore

USED_CODES = "used-codes.json"


def open_gates(
    space: str, clock: Clock, data: Path, keyring: Keyring, store: DropStore, gateway: Gateway
) -> Mapping[str, GatewayGate]:
    """The gate of each door; passwords and codes run on machine time, so that stock clients work on any date.

    An account has one password, whatever the door.
    """
    accounts = drop_accounts(store)
    coded = [user for user, one in accounts.items() if Factor.CODE in one.factors]
    wall = WallClock()
    gate = GatewayGate(
        space=space,
        credentials=gateway.credentials,
        accounts=accounts,
        passwords=PasswordBook(
            {user: partial(keyring.password, user) for user in accounts}, keyring.salt
        ),
        codes=OneTimeCodes(
            {user: keyring.totp_secret(user) for user in coded},
            data / "keys" / USED_CODES,
            lambda: wall.now().timestamp(),
        ),
        log=gateway.log,
        attempts=gateway.attempts,
        clock=clock,
    )
    return {SFTP: gate, FTPS: replace(gate, accounts=over_ftps(accounts))}


def open_desk(
    settings: Settings, space: str, clock: Clock, gateway: Gateway, unfinished: Unfinished
) -> GatewayDesk:
    """The desk. What becomes of a file is noted on the worker, after what the worker has in hand."""
    closing, ledger, soon = gateway.files.closing, gateway.ledger, unfinished.note

    def collected(account: DropAccount, transfer: Transfer) -> None:
        if not closing.collected(account, transfer.path.rpartition("/")[2]):
            desk.note(account, transfer)

    desk = GatewayDesk(
        space=space,
        callers=callers(),
        protocols=gateway.protocols,
        log=gateway.log,
        clock=clock,
        is_known=lambda owner, name: ledger.state_of(owner, name) is not None,
        on_upload=unfinished.take,
        on_collected=lambda *read: soon(lambda: collected(*read)),
        on_acknowledged=lambda account, name: soon(lambda: closing.acknowledged(account, name)),
        strict=settings.strict_transport,
    )
    return desk


def register_proofs(
    keyring: Keyring, gateway: Gateway, gates: Mapping[str, GatewayGate], *, with_tokens: bool
) -> None:
    """What each credential shows from the start: at the drop server, and a token in a demo."""
    known = callers()
    for key, caller in known.items() if with_tokens else ():
        token = keyring.token(key).encode()
        gateway.credentials.register(Proof(ProofKind.TOKEN, token), caller)
    for gate in gates.values():
        for key, account in gate.accounts.items():
            for proof in _drop_proofs(account, keyring):
                gateway.credentials.register(proof, known[key])


def _drop_proofs(account: DropAccount, keyring: Keyring) -> Sequence[Proof]:
    """What is registered for an account at the start."""
    proofs = []
    if Factor.KEY in account.factors:
        proofs.append(Proof(ProofKind.SSH_KEY, keyring.ssh_public_blob(account.user)))
    if Factor.PASSWORD in account.factors:
        proofs.append(of_password(account.user))
    return proofs

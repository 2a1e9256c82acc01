"""Who may come in at the drop server: keys, passwords, one-time codes, and the entries of log-ins."""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.adapters.drop_secrets import OneTimeCodes, PasswordBook
from gateway.contracts.clock import Clock
from gateway.contracts.drop import DropAccount, Factor, Visit
from gateway.domain.log_entry import Event, EventKind
from gateway.domain.request import Proof, ProofKind
from gateway.flows.attempts import AttemptGate
from gateway.ports import Credentials, DecisionLog

_LONGEST = 1_024


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayGate:
    """Implements `gateway.contracts.drop.DropGate` for one door of a space. `accounts` are by user."""

    space: str
    credentials: Credentials
    accounts: Mapping[str, DropAccount]
    passwords: PasswordBook
    codes: OneTimeCodes
    log: DecisionLog
    attempts: AttemptGate
    clock: Clock

    def account_for_key(self, user: str, key: bytes, /) -> DropAccount | None:
        """The account, if it logs in by key and this key is registered for this very user."""
        account = self.accounts.get(user)
        if account is None or Factor.KEY not in account.factors:
            return None
        return account if self._stands(user, Proof(ProofKind.SSH_KEY, key)) else None

    def account_for_certificate(self, user: str, certificate: bytes, /) -> DropAccount | None:
        """The account, if it shows a certificate and this one counts for it on the space's clock."""
        account = self.accounts.get(user)
        if account is None or Factor.CERTIFICATE not in account.factors:
            return None
        return account if self._stands(user, Proof(ProofKind.CERTIFICATE, certificate)) else None

    def account_for_password(self, user: str, password: str, /) -> DropAccount | None:
        """The account, if it logs in by password and this is it; every name costs the same time."""
        is_right = len(password) <= _LONGEST and self.passwords.is_right(user, password)
        account = self.accounts.get(user)
        if not is_right or account is None or Factor.PASSWORD not in account.factors:
            return None
        return account if self._stands(user, of_password(user)) else None

    def take_code(self, account: DropAccount, code: str, /) -> bool:
        """Whether the code counts now; it is used up by that."""
        return self.codes.take(account.user, code)

    def logged_in(self, visit: Visit, door: str, /) -> None:
        """Enter the log-in; no entry, no entrance."""
        account = visit.account
        factors = [factor.value for factor in account.factors]
        words = {"credential": account.user, "channel": door, "factors": factors}
        self._enter(EventKind.LOGGED_IN, words)

    def still_stands(self, visit: Visit, /) -> bool:
        """Whether nothing of what was shown was revoked meanwhile, or ran out."""
        return all(self._stands(visit.account.user, proof) for proof in _shown(visit))

    def login_refused(self, user: str, factor: Factor, door: str, /, *, locked: bool) -> None:
        """Enter the attempt; a flood shares one entry. The name is kept only if it is an account's."""
        if self.attempts.is_flooded(door):
            return
        words = {
            "user": user if user in self.accounts else None, "channel": door,
            "factor": factor.value, "locked": locked, "outcome": "refusal",
        }  # fmt: skip
        self._enter(EventKind.LOGIN_REFUSED, words)

    def _stands(self, user: str, proof: Proof) -> bool:
        caller = self.credentials.find(proof)
        return caller is not None and caller.key == user

    def _enter(self, kind: EventKind, words: Mapping[str, object]) -> None:
        self.log.append_all([Event(kind, self.clock.now(), self.space, words).entry()])


def _shown(visit: Visit) -> list[Proof]:
    """Everything that was shown, but for a code: that counted once."""
    proofs = []
    if visit.key is not None:
        proofs.append(Proof(ProofKind.SSH_KEY, visit.key))
    if visit.certificate is not None:
        proofs.append(Proof(ProofKind.CERTIFICATE, visit.certificate))
    if Factor.PASSWORD in visit.account.factors:
        proofs.append(of_password(visit.account.user))
    return proofs


def of_password(user: str) -> Proof:
    """Registered for as long as the user's password counts; what it is stands in the password book."""
    return Proof(ProofKind.PASSWORD, user.encode())

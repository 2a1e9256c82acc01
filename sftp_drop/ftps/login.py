"""Logging in over FTPS: the certificate of the TLS connection and the account's password, both of them."""

from dataclasses import dataclass

from gateway.contracts.drop import FTPS, DropGate, Factor, Visit
from sftp_drop.house import House


@dataclass(frozen=True, slots=True)
class Login:
    """Decides who comes in from an address. Guesses are counted with those at the other doors."""

    gate: DropGate
    house: House
    address: str

    def visit(self, user: str, certificate: bytes, password: str) -> Visit | None:
        """The visit, entered; `None` for whoever is not let in, and that is entered.

        Raises:
            LogUnavailable: nothing can be entered, so nobody comes in.
        """
        if self.house.guard.is_locked(self.address, user):
            self.refuse(user, Factor.PASSWORD, locked=True)
            return None
        account = self.gate.account_for_password(user, password)
        holder = self.gate.account_for_certificate(user, certificate)
        if account is None or holder is None:
            self.house.guard.wrong(self.address, user)
            self.refuse(user, Factor.CERTIFICATE if account else Factor.PASSWORD)
            return None
        return self._enter(Visit(account, certificate=certificate))

    def refuse(self, user: str, factor: Factor, *, locked: bool = False) -> None:
        """Enter that somebody was not let in."""
        self.gate.login_refused(user, factor, FTPS, locked=locked)

    def _enter(self, visit: Visit) -> Visit | None:
        """No entry, no entrance; and none where the account has too many sessions."""
        user = visit.account.user
        if not self.house.has_room(visit.account):
            self.refuse(user, Factor.PASSWORD, locked=True)
            return None
        self.gate.logged_in(visit, FTPS)
        self.house.guard.right(user)
        return visit

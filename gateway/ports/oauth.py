"""What issuing tokens needs from outside: keys, signatures, and the memory of what was shown and issued."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from gateway.domain.oauth import AccessToken, ClientKey
from gateway.domain.request import Caller, Proof


class Signed(Protocol):
    """A signed message that was read and not yet believed."""

    @property
    def header(self) -> Mapping[str, object]:
        """Its protected header."""
        ...

    @property
    def claims(self) -> Mapping[str, object]:
        """What it says."""
        ...

    def signer(self, keys: Sequence[ClientKey]) -> ClientKey | None:
        """The one of these keys that signed it, by the algorithm that is the key's own."""
        ...


class AssertionReader(Protocol):
    """Reads client assertions."""

    def read(self, text: str) -> Signed:
        """Read one.

        Raises:
            RefusedFault: `credential-invalid`; this is no signed JWT.
        """
        ...


class ClientKeys(Protocol):
    """The public keys that count at this moment."""

    def of(self, credential: str) -> Sequence[ClientKey]:
        """Those of one credential."""
        ...


class ShownAssertions(Protocol):
    """Which assertions were shown; it outlives the process."""

    def take(self, client: str, jti: str, until: int, now: int) -> bool:
        """Remember one until it can no longer be shown; false where it was shown before."""
        ...


class TokenMint(Protocol):
    """Makes tokens."""

    def mint(self, claims: Mapping[str, object]) -> tuple[str, Mapping[str, object]]:
        """A signed token with these claims and a name of its own, which nobody can guess; what it says."""
        ...


class TokenRegister(Protocol):
    """The tokens that count, beside every other credential."""

    def identify(self, proof: Proof | None) -> Caller:
        """The caller behind a proof.

        Raises:
            RefusedFault: `credential-missing` or `credential-invalid`.
        """
        ...

    def find(self, proof: Proof) -> Caller | None:
        """The caller behind a proof, or `None`."""
        ...

    def issue(self, text: str, caller: Caller, token: AccessToken) -> None:
        """Let a token count from now on."""
        ...

    def token(self, proof: Proof) -> AccessToken | None:
        """What is known of a token that was issued here and counts."""
        ...

    def withdraw(self, proof: Proof) -> None:
        """Forget a proof; bites on the next request."""
        ...


class MachineClock(Protocol):
    """The machine's own clock, whatever the space's shows."""

    def now(self) -> datetime:
        """The present instant."""
        ...

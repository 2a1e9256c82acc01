"""Whose is what a request shows: named in a recording, and shown again by a player with what is its own."""

import hmac
from hashlib import sha256

from gateway.domain.request import Proof, ProofKind
from gateway.simulation.space import Space
from gateway.web.client_certificate import client_certificate
from gateway.web.receiving import Scope

CITIZEN, STRANGER, CONTROLLER = "citizen:", "stranger", "control"
_NUMBERED = "#"


class NotPlayed(Exception):
    """This cannot be played with what a player has; the text says why."""


class Shown:
    """What opens doors of one space, by whose it is; a token over OAuth also by the how-manieth it was.

    Texts of tokens stay in memory.
    """

    def __init__(self, space: Space) -> None:
        self._space = space
        self._names: dict[bytes, str] = {}
        self._tokens: dict[str, str] = {}

    def given(self, token: str) -> str:
        """Note a token that was given out just now; what it is called."""
        caller = self._space.gateway.credentials.find(_proof(token))
        name = f"{caller.key if caller else STRANGER}{_NUMBERED}{len(self._names) + 1}"
        self._names[_digest(token)] = name
        self._tokens[name] = token
        return name

    def whose(self, token: str) -> str:
        """The credential, the how-manieth token of one, the tester, a citizen, or nobody known."""
        if hmac.compare_digest(token.encode(), self._space.control_token.encode()):
            return CONTROLLER
        if (name := self._names.get(_digest(token))) is not None:
            return name
        caller = self._space.gateway.credentials.find(_proof(token))
        if caller is not None:
            return caller.key
        citizen = self._space.gateway.logins.who(token)
        return f"{CITIZEN}{citizen}" if citizen else STRANGER

    def text_of(self, whose: str) -> str:
        """What whoever is meant shows in this life."""
        if whose == CONTROLLER:
            return self._space.control_token
        if whose.startswith(CITIZEN):
            return self._space.gateway.logins.open(whose.removeprefix(CITIZEN))
        if whose == STRANGER or _NUMBERED in whose:
            return self._tokens.get(whose, STRANGER)
        return self._space.keyring.token(whose)

    def certificate(self, scope: Scope) -> dict[str, str] | None:
        """Whose certificate the connection shows, and which."""
        der = client_certificate(scope)
        if der is None:
            return None
        caller = self._space.gateway.credentials.find(Proof(ProofKind.CERTIFICATE, der))
        return {"of": caller.key if caller else STRANGER, "sha256": sha256(der).hexdigest()}

    def certificate_of(self, words: dict[str, str] | None) -> bytes | None:
        """The same certificate.

        Raises:
            NotPlayed: this space has none like it.
        """
        if words is None:
            return None
        for record in self._space.certificates.listed():
            if sha256(record.der).hexdigest() == words["sha256"]:
                return record.der
        raise NotPlayed("it came with a certificate that the playing space does not have")


def _proof(token: str) -> Proof:
    return Proof(ProofKind.TOKEN, token.encode("latin-1", "replace"))


def _digest(token: str) -> bytes:
    return sha256(token.encode("utf-8", "surrogateescape")).digest()

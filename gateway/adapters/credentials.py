"""Who may come in: registered tokens, certificates, signers and SSH keys, by digest, revoked at once."""

from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from threading import Lock

from gateway.contracts.clock import Clock
from gateway.contracts.faults import RefusedFault, refuse
from gateway.contracts.reasons import Reason
from gateway.domain.legal_day import in_brussels
from gateway.domain.oauth import AccessToken
from gateway.domain.request import Caller, Proof, ProofKind

_REGISTERED = "use a credential of this space; the ready file lists them"
_REMEDIES = {
    ProofKind.SIGNATURE: "sign the Body, and the Timestamp if there is one, as `docs/signatures.md` "
    "shows, with a key of this space; the ready file lists them",
    ProofKind.SHA1_SIGNATURE: "sign with SHA-256, or let this certificate use SHA-1: "
    "`magda-sim keys sha1 <serial> allow`",
}
MOST_TOKENS = 1000
"""How many tokens of one credential are remembered; one more, and the oldest is forgotten."""


@dataclass(frozen=True, slots=True)
class Period:
    """When a proof counts, on the space's clock: both ends included, as X.509 has it."""

    begin: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Registered:
    """Whom a proof stands for; `period` limits it on the space's clock, `token` in machine time."""

    caller: Caller
    period: Period | None = None
    token: AccessToken | None = None


_Key = tuple[ProofKind, bytes]


class CredentialDirectory:
    """Proofs to callers. Secrets are kept as digests only.

    A proof registered with a period counts within it. One with a defect never counts. A token that was
    issued here counts because it stands here, not because of its signature: looking it up is all that a
    request costs.
    """

    def __init__(self, clock: Clock, machine: Clock) -> None:
        self._clock, self._machine = clock, machine
        self._known: dict[_Key, Registered] = {}
        self._issued: defaultdict[str, deque[_Key]] = defaultdict(deque)
        self._lock = Lock()  # for whoever changes both; looking up needs none

    def register(self, proof: Proof, caller: Caller, period: Period | None = None) -> None:
        """Accept this proof for this caller from now on."""
        with self._lock:
            self._known[_digest(proof)] = Registered(caller, period)

    def issue(self, text: str, caller: Caller, token: AccessToken) -> None:
        """Accept a token that was issued here until it expires."""
        digest = _digest(Proof(ProofKind.TOKEN, text.encode()))
        with self._lock:
            self._forget_old(caller.key)
            self._known[digest] = Registered(caller, token=token)
            self._issued[caller.key].append(digest)

    def withdraw(self, proof: Proof) -> None:
        """Forget one proof; bites on the next request, also on a connection that is kept open."""
        with self._lock:
            self._known.pop(_digest(proof), None)

    def withdraw_tokens(self, is_meant: Callable[[AccessToken], bool]) -> None:
        """Forget issued tokens; bites on the next request."""
        with self._lock:
            for digest, one in list(self._known.items()):
                if one.token is not None and is_meant(one.token):
                    del self._known[digest]

    def revoke(self, key: str) -> None:
        """Forget every proof of the credential with this key; bites on the next request."""
        with self._lock:
            for digest in [d for d, one in self._known.items() if one.caller.key == key]:
                del self._known[digest]

    def identify(self, proof: Proof | None) -> Caller:
        """The caller behind a proof, and behind the one beside it.

        Raises:
            RefusedFault: `credential-missing`, or `credential-invalid`.
        """
        if proof is None:
            raise refuse(
                Reason.CREDENTIAL_MISSING,
                "the message carries no credential",
                remedy="send `Authorization: Bearer <token>`, show a client certificate over https, or "
                "over SOAP sign the Body; the ready file lists token and certificate",
            )
        caller = self._identify(proof)
        if proof.beside is not None and self.identify(proof.beside).key != caller.key:
            raise _invalid(
                f"{proof.kind.value} and {proof.beside.kind.value} name two credentials",
                "show one of the two, or both of the same credential",
            )
        return caller

    def find(self, proof: Proof) -> Caller | None:
        """The caller behind a proof that counts now, or `None`."""
        one = self._known.get(_digest(proof))
        return one.caller if one is not None and self._counts(one) else None

    def token(self, proof: Proof) -> AccessToken | None:
        """What is known of a token that was issued here and counts now, shown as it must be."""
        one = self._known.get(_digest(proof))
        return one.token if one is not None and self._counts(one) else None

    def _identify(self, proof: Proof) -> Caller:
        one = self._known.get(_digest(proof))
        if one is None:
            raise _invalid(_why_unknown(proof), _REMEDIES.get(proof.kind, _REGISTERED))
        if one.token is not None:
            self._require_token(one.token, proof.beside)
        untimely = self._untimely(one.period)
        if untimely is not None:
            raise _invalid(
                f"this {proof.kind.value} {untimely} on the clock of this space",
                "issue another with `magda-sim keys issue`, or move the clock",
            )
        if proof.defect:
            raise _invalid(proof.defect, _REMEDIES.get(proof.kind, _REGISTERED))
        return one.caller

    def _require_token(self, token: AccessToken, beside: Proof | None) -> None:
        if self._machine.now() >= token.expires:
            raise _invalid(
                "this token has expired, in machine time", "get another at `/oauth/token`"
            )
        if token.certificate is None:
            return
        if beside is None or _digest(beside) != (ProofKind.CERTIFICATE, token.certificate):
            raise _invalid(
                "this token is bound to a certificate that the connection does not show",
                "show over https the certificate that it was got with",
            )

    def _counts(self, one: Registered) -> bool:
        """Whether a proof would let in; a bound token, with its certificate."""
        token = one.token
        if token is None:
            return self._untimely(one.period) is None
        if self._machine.now() >= token.expires:
            return False
        if token.certificate is None:
            return True
        holder = self._known.get((ProofKind.CERTIFICATE, token.certificate))
        return holder is not None and self._counts(holder)

    def _untimely(self, period: Period | None) -> str | None:
        if period is None:
            return None
        now = self._clock.now()
        if now < period.begin:
            return f"is not valid before {_shown(period.begin)}"
        return f"expired at {_shown(period.end)}" if now > period.end else None

    def _forget_old(self, key: str) -> None:
        """Tokens of one credential stand in the order of their end, as all live equally long."""
        issued = self._issued[key]
        while issued and (len(issued) >= MOST_TOKENS or self._is_over(issued[0])):
            self._known.pop(issued.popleft(), None)

    def _is_over(self, digest: _Key) -> bool:
        one = self._known.get(digest)
        return one is None or one.token is None or self._machine.now() >= one.token.expires


def _why_unknown(proof: Proof) -> str:
    if not proof.value:
        return proof.defect or f"this {proof.kind.value} cannot be read"
    return f"this {proof.kind.value} is not registered, or was revoked"


def _invalid(detail: str, remedy: str) -> RefusedFault:
    return refuse(Reason.CREDENTIAL_INVALID, detail, remedy=remedy)


def _digest(proof: Proof) -> _Key:
    return proof.kind, sha256(proof.value).digest()


def _shown(at: datetime) -> str:
    return in_brussels(at).isoformat(timespec="seconds")

"""Who may come in: registered tokens, certificates, signers and SSH keys, by digest, revoked at once."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from gateway.contracts.clock import Clock
from gateway.contracts.faults import RefusedFault, refuse
from gateway.contracts.reasons import Reason
from gateway.domain.legal_day import in_brussels
from gateway.domain.request import Caller, Proof, ProofKind

_REGISTERED = "use a credential of this space; the ready file lists them"
_REMEDIES = {
    ProofKind.SIGNATURE: "sign the Body, and the Timestamp if there is one, as `docs/signatures.md` "
    "shows, with a key of this space; the ready file lists them",
    ProofKind.SHA1_SIGNATURE: "sign with SHA-256, or let this certificate use SHA-1: "
    "`magda-sim keys sha1 <serial> allow`",
}


@dataclass(frozen=True, slots=True)
class Period:
    """When a proof counts, on the space's clock: both ends included, as X.509 has it."""

    begin: datetime
    end: datetime


class CredentialDirectory:
    """Proofs to callers. Secrets are kept as digests only.

    A proof registered with a period counts within it. One with a defect never counts.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._callers: dict[tuple[ProofKind, bytes], Caller] = {}
        self._periods: dict[tuple[ProofKind, bytes], Period] = {}

    def register(self, proof: Proof, caller: Caller, period: Period | None = None) -> None:
        """Accept this proof for this caller from now on."""
        digest = _digest(proof)
        self._periods.pop(digest, None)
        if period is not None:
            self._periods[digest] = period
        self._callers[digest] = caller

    def withdraw(self, proof: Proof) -> None:
        """Forget one proof; bites on the next request, also on a connection that is kept open."""
        self._callers.pop(_digest(proof), None)

    def revoke(self, key: str) -> None:
        """Forget every proof of the credential with this key; bites on the next request."""
        for digest in [d for d, caller in self._callers.items() if caller.key == key]:
            del self._callers[digest]

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
        digest = _digest(proof)
        caller = self._callers.get(digest)
        return None if self._untimely(digest) else caller

    def _identify(self, proof: Proof) -> Caller:
        digest = _digest(proof)
        caller = self._callers.get(digest)
        if caller is None:
            raise _invalid(_why_unknown(proof), _REMEDIES.get(proof.kind, _REGISTERED))
        untimely = self._untimely(digest)
        if untimely is not None:
            raise _invalid(
                f"this {proof.kind.value} {untimely} on the clock of this space",
                "issue another with `magda-sim keys issue`, or move the clock",
            )
        if proof.defect:
            raise _invalid(proof.defect, _REMEDIES.get(proof.kind, _REGISTERED))
        return caller

    def _untimely(self, digest: tuple[ProofKind, bytes]) -> str | None:
        period = self._periods.get(digest)
        if period is None:
            return None
        now = self._clock.now()
        if now < period.begin:
            return f"is not valid before {_shown(period.begin)}"
        return f"expired at {_shown(period.end)}" if now > period.end else None


def _why_unknown(proof: Proof) -> str:
    if not proof.value:
        return proof.defect or f"this {proof.kind.value} cannot be read"
    return f"this {proof.kind.value} is not registered, or was revoked"


def _invalid(detail: str, remedy: str) -> RefusedFault:
    return refuse(Reason.CREDENTIAL_INVALID, detail, remedy=remedy)


def _digest(proof: Proof) -> tuple[ProofKind, bytes]:
    return proof.kind, sha256(proof.value).digest()


def _shown(at: datetime) -> str:
    return in_brussels(at).isoformat(timespec="seconds")

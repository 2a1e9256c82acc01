"""Who may come in: registered tokens and SSH keys, looked up by digest, revoked at once."""

from hashlib import sha256

from gateway.contracts.faults import refuse
from gateway.contracts.reasons import Reason
from gateway.domain.request import Caller, Proof, ProofKind


class CredentialDirectory:
    """Proofs to callers. Secrets are kept as digests only.

    A proof kind without registrations (certificates, signatures) lets nobody in.
    """

    def __init__(self) -> None:
        self._callers: dict[tuple[ProofKind, bytes], Caller] = {}

    def register(self, proof: Proof, caller: Caller) -> None:
        """Accept this proof for this caller from now on."""
        self._callers[_digest(proof)] = caller

    def revoke(self, key: str) -> None:
        """Forget every proof of the credential with this key; bites on the next request."""
        for digest in [d for d, caller in self._callers.items() if caller.key == key]:
            del self._callers[digest]

    def identify(self, proof: Proof | None) -> Caller:
        """The caller behind a proof.

        Raises:
            RefusedFault: `credential-missing`, or `credential-invalid`.
        """
        if proof is None:
            raise refuse(
                Reason.CREDENTIAL_MISSING,
                "the message carries no credential",
                remedy="send `Authorization: Bearer <token>`; the ready file lists tokens",
            )
        caller = self._callers.get(_digest(proof))
        if caller is None:
            raise refuse(
                Reason.CREDENTIAL_INVALID,
                f"this {proof.kind.value} is not registered, or was revoked",
                remedy="use a credential of this space; the ready file lists them",
            )
        return caller

    def find(self, proof: Proof) -> Caller | None:
        """The caller behind a proof, or `None`."""
        return self._callers.get(_digest(proof))


def _digest(proof: Proof) -> tuple[ProofKind, bytes]:
    return proof.kind, sha256(proof.value).digest()

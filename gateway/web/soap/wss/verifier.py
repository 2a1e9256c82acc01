"""Who signed a message, and whether the signature holds: structure, key, algorithms, digests, age."""

from dataclasses import dataclass, replace
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from lxml import etree

from gateway.domain.request import Proof, ProofKind
from gateway.ports import Credentials
from gateway.web.soap.wss.flaw import SignatureFlaw
from gateway.web.soap.wss.freshness import Freshness
from gateway.web.soap.wss.key_info import KeyInfoReader
from gateway.web.soap.wss.layout import Layout, layout_of
from gateway.web.soap.wss.opened import AnswerStyle
from gateway.web.soap.wss.signed_info import SignedInfo, bytes_of, check_digests, read_signed_info
from gateway.web.soap.wss.tokens import Signer

_NOT_LOOKED_INTO = "nobody is registered with the key of this signature now"


@dataclass(frozen=True, slots=True)
class Verified:
    """The proof in a signature, with its defect if it has one; how to answer if it has none."""

    proof: Proof
    style: AnswerStyle | None


class SignatureVerifier:
    """Verifies under a strict profile (`docs/signatures.md`). `credentials` says whose keys are known."""

    def __init__(self, credentials: Credentials, freshness: Freshness) -> None:
        self._credentials, self._freshness = credentials, freshness
        self._keys = KeyInfoReader()

    def verify(self, envelope: etree._Element) -> Verified | None:
        """What the signature proves; `None` where there is none.

        INVARIANT: a proof without defect was checked whole. Whom nobody knows is not worth the check.

        Raises:
            SignatureFlaw: it is not of the profile.
        """
        layout = layout_of(envelope)
        if layout is None:
            return None
        info, signer = read_signed_info(layout), self._keys.signer(layout)
        kind = ProofKind.SHA1_SIGNATURE if info.is_weak else ProofKind.SIGNATURE
        proof = Proof(kind, signer.value)
        if self._credentials.find(proof) is None:
            return Verified(replace(proof, defect=_NOT_LOOKED_INTO), None)
        try:
            self._check(layout, info, signer)
        except SignatureFlaw as flaw:
            return Verified(replace(proof, defect=str(flaw)), None)
        return Verified(proof, _style(layout, signer))

    def _check(self, layout: Layout, info: SignedInfo, signer: Signer) -> None:
        check_digests(info)
        signed = info.canonical.bytes_of(layout.signed_info)
        info.method.verify(signer.key, bytes_of(layout.value), signed)
        if layout.timestamp is not None:
            self._freshness.take(layout.timestamp, sha256(signed + signer.value).digest())


def _style(layout: Layout, signer: Signer) -> AnswerStyle:
    return AnswerStyle(
        is_rsa=isinstance(signer.key, RSAPublicKey),
        is_path=signer.is_path,
        is_timed=layout.timestamp is not None,
    )

"""A certificate as a row, and what its owner may show with it."""

from collections.abc import Sequence

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.adapters.certificates import CertificateRecord
from gateway.contracts.faults import RefusedFault, refuse
from gateway.contracts.reasons import Reason
from gateway.domain.request import Proof, ProofKind


def record_of(
    credential: str, label: str, issuer: str | None, made: x509.Certificate
) -> CertificateRecord:
    """The row of a certificate; `issuer` is `None` for one from elsewhere."""
    return CertificateRecord(
        credential=credential,
        label=label,
        serial=f"{made.serial_number:x}",
        issuer=issuer,
        der=made.public_bytes(Encoding.DER),
        begin=made.not_valid_before_utc,
        end=made.not_valid_after_utc,
    )


def proofs_of(record: CertificateRecord) -> Sequence[Proof]:
    """The certificate itself, and signatures that come with it or with its bare key."""
    signed = [Proof(ProofKind.SIGNATURE, value) for value in (record.der, record.spki)]
    weakly = sha1_proofs_of(record) if record.sha1 else []
    return [Proof(ProofKind.CERTIFICATE, record.der), *signed, *weakly]


def sha1_proofs_of(record: CertificateRecord) -> Sequence[Proof]:
    """Signatures with SHA-1, by those who may."""
    return [Proof(ProofKind.SHA1_SIGNATURE, value) for value in (record.der, record.spki)]


def read_pem(pem: str) -> x509.Certificate:
    """The certificate in a text.

    Raises:
        RefusedFault: `message-invalid`; there is none.
    """
    try:
        made = x509.load_pem_x509_certificate(pem.encode())
        made.public_key()
    except (ValueError, UnsupportedAlgorithm):
        raise invalid("certificate", "this is no certificate in PEM with a key that is known",
                      "send the text from BEGIN to END CERTIFICATE") from None  # fmt: skip
    return made


def invalid(element: str, detail: str, remedy: str) -> RefusedFault:
    """What to tell whoever gave a bad order."""
    return refuse(Reason.MESSAGE_INVALID, f"{element}: {detail}", element=element, remedy=remedy)

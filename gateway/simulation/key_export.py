"""A certificate on file, for people and for stock clients: what it says, and PKCS #12 with its key."""

from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    KeySerializationEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.hazmat.primitives.serialization.pkcs12 import (
    PBES,
    serialize_key_and_certificates,
)

from gateway.adapters.certificates import CertificateRecord
from gateway.simulation.keyring import write_secret
from gateway.simulation.shown_keys import shown

_LEGACY_ROUNDS = 2048


def facts(record: CertificateRecord, folder: Path) -> dict[str, Any]:
    """What a certificate says, and its files in the keys folder."""
    made = x509.load_der_x509_certificate(record.der)
    key = folder / f"{record.label}.pem"
    return shown(record) | {
        "subject": made.subject.rfc4514_string(),
        "issuer": made.issuer.rfc4514_string(),
        "certificate": str(folder / f"{record.label}.crt.pem"),
        "private_key": str(key) if record.issuer is not None and key.exists() else None,
    }


def write_pkcs12(
    record: CertificateRecord, folder: Path, out: Path, password: str, *, legacy: bool
) -> Path:
    """Key, certificate and chain in one file; its absolute path. `legacy` is 3DES and SHA-1."""
    key = load_pem_private_key((folder / f"{record.label}.pem").read_bytes(), None)
    chain = x509.load_pem_x509_certificates((folder / f"{record.label}.crt.pem").read_bytes())
    assert isinstance(key, EllipticCurvePrivateKey | RSAPrivateKey)
    text = serialize_key_and_certificates(
        record.label.encode(), key, chain[0], chain[1:], _encryption(password.encode(), legacy)
    )
    return write_secret(out, text)


def _encryption(password: bytes, legacy: bool) -> KeySerializationEncryption:  # noqa: FBT001  private
    if not legacy:
        return BestAvailableEncryption(password)
    builder = PrivateFormat.PKCS12.encryption_builder().kdf_rounds(_LEGACY_ROUNDS)
    algorithm = PBES.PBESv1SHA1And3KeyTripleDESCBC
    return builder.key_cert_algorithm(algorithm).hmac_hash(SHA1()).build(password)  # noqa: S303  what old clients read

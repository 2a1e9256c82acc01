"""Calls over the TLS door, and certificates that nobody should believe."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from consumers.wire_tls import with_certificate
from tests.people import KARIM
from tests.running import TRANSACTIONS, RunningSpace

LONG_AGO, FAR = datetime(2001, 1, 1, tzinfo=UTC), datetime(2049, 1, 1, tzinfo=UTC)


def door(space: RunningSpace) -> tuple[str, int]:
    """Host and port of the TLS door."""
    parts = urlsplit(str(space.ready["https"]))
    assert parts.hostname
    assert parts.port
    return parts.hostname, parts.port


def context_of(space: RunningSpace, unit: str | None) -> ssl.SSLContext:
    """The context of a unit's client, or of one without a certificate."""
    if unit is None:
        return with_certificate(space.ready["ca"])
    one = space.credential(unit)
    return with_certificate(space.ready["ca"], one["certificate"], one["private_key"])


def client(space: RunningSpace, unit: str | None, **options: Any) -> httpx.Client:
    """A stock client that shows the unit's certificate and nothing else."""
    return client_with(space, context_of(space, unit), **options)


def client_with(space: RunningSpace, context: ssl.SSLContext, **options: Any) -> httpx.Client:
    """A stock client with this context."""
    return httpx.Client(
        base_url=space.ready["https"], verify=context, timeout=20, trust_env=False, **options
    )


def ask(connection: httpx.Client, **headers: str) -> httpx.Response:
    """One question about Karim."""
    return connection.post(TRANSACTIONS, json={"insz": KARIM}, headers=headers)


@dataclass(frozen=True, slots=True)
class Forged:
    """A certificate that the space's authority never signed, with its key, on file."""

    certificate: Path
    key: Path
    made: x509.Certificate
    private: EllipticCurvePrivateKey


def forge(
    folder: Path,
    name: str,
    issuer: Forged | None = None,
    *,
    ca: bool = False,
    padding: int = 0,
    begin: datetime = LONG_AGO,
    end: datetime = FAR,
    private: EllipticCurvePrivateKey | None = None,
) -> Forged:
    """Sign one oneself, or have another forged certificate sign it."""
    key = private or generate_private_key(SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.made.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end + timedelta(0))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )
    if padding:
        names = [x509.DNSName(f"{n}.invalid") for n in range(padding)]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    made = builder.sign(issuer.private if issuer else key, SHA256())
    certificate, secret = folder / f"{name}.crt.pem", folder / f"{name}.pem"
    certificate.write_bytes(made.public_bytes(Encoding.PEM))
    secret.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return Forged(certificate, secret, made, key)

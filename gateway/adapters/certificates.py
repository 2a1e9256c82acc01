"""Client certificates as rows: issued here or enrolled from elsewhere, each revoked once at most."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import load_der_x509_certificate
from sqlalchemy import Engine, Row, bindparam, delete, insert, select, update

from gateway.adapters.database.direct import direct
from gateway.adapters.database.tables import CERTIFICATE

_READ_KEPT = 256
_ALL, _ADD = select(CERTIFICATE), insert(CERTIFICATE)
_OF_OTHERS = delete(CERTIFICATE).where(CERTIFICATE.c.issuer != bindparam("own"))


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateRecord:
    """One certificate of a credential. `label` names its files in the keys folder.

    `issuer` is the key identifier of the issuing authority, `None` for one from elsewhere. `sha1` says
    whether its owner may sign messages with SHA-1.
    """

    credential: str
    label: str
    serial: str
    issuer: str | None
    der: bytes
    begin: datetime
    end: datetime
    revoked_at: datetime | None = None
    reason: str | None = None
    sha1: bool = False

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, in hexadecimals."""
        return sha256(self.der).hexdigest()

    @property
    def spki(self) -> bytes:
        """Its public key (DER)."""
        return _public_part(self.der)[0]

    @property
    def is_rsa(self) -> bool:
        """Whether that is an RSA key."""
        return _public_part(self.der)[1]


@lru_cache(_READ_KEPT)
def _public_part(der: bytes) -> tuple[bytes, bool]:
    """A certificate's public key (DER), and whether that is an RSA key."""
    key = load_der_x509_certificate(der).public_key()
    is_rsa = isinstance(key, RSAPublicKey)
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo), is_rsa


class SqlCertificates:
    """The register of certificates."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def all(self) -> Sequence[CertificateRecord]:
        """Every certificate, in the order of the rows."""
        return [_record(row) for row in direct(self._engine).execute(_ALL).all()]

    def add(self, record: CertificateRecord) -> None:
        """Keep a certificate."""
        with self._engine.begin() as connection:
            connection.execute(_ADD, [_values(record)])

    def begin_with(
        self, first: Sequence[CertificateRecord], issuer: str
    ) -> Sequence[CertificateRecord]:
        """Keep what a space starts with, where it is not kept; every certificate, older ones first.

        What an authority with other keys issued is dropped: nobody can prove it any more.
        """
        with direct(self._engine).begin() as connection:
            connection.execute(_OF_OTHERS, {"own": issuer})
            known = [_record(row) for row in connection.execute(_ALL).all()]
            held = {record.der for record in known}
            fresh = [record for record in first if record.der not in held]
            if fresh:
                connection.execute(_ADD, [_values(record) for record in fresh])
        return [*known, *fresh]

    def revoke(self, fingerprint: str, at: datetime, reason: str) -> None:
        """Note that a certificate no longer counts."""
        changed = update(CERTIFICATE).where(
            CERTIFICATE.c.fingerprint == fingerprint, CERTIFICATE.c.revoked_at.is_(None)
        )
        with self._engine.begin() as connection:
            connection.execute(changed.values(revoked_at=_text(at), reason=reason))

    def allow_sha1(self, fingerprint: str, *, allowed: bool) -> None:
        """Note whether the owner of a certificate may sign with SHA-1."""
        changed = update(CERTIFICATE).where(CERTIFICATE.c.fingerprint == fingerprint)
        with self._engine.begin() as connection:
            connection.execute(changed.values(sha1=allowed))


def _values(record: CertificateRecord) -> dict[str, str | bytes | bool | None]:
    return {
        "fingerprint": record.fingerprint,
        "serial": record.serial,
        "credential": record.credential,
        "label": record.label,
        "issuer": record.issuer,
        "der": record.der,
        "begin": _text(record.begin),
        "end": _text(record.end),
        "revoked_at": None,
        "reason": None,
        "sha1": record.sha1,
    }


def _record(row: Row[tuple[object, ...]]) -> CertificateRecord:
    return CertificateRecord(
        credential=row.credential,
        label=row.label,
        serial=row.serial,
        issuer=row.issuer,
        der=row.der,
        begin=datetime.fromisoformat(row.begin),
        end=datetime.fromisoformat(row.end),
        revoked_at=datetime.fromisoformat(row.revoked_at) if row.revoked_at else None,
        reason=row.reason,
        sha1=row.sha1,
    )


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()

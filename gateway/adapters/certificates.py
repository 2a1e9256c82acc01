"""Client certificates as rows: issued here or enrolled from elsewhere, each revoked once at most."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import load_der_x509_certificate
from sqlalchemy import Engine, Row, delete, insert, select, update

from gateway.adapters.database.tables import CERTIFICATE


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
        key = load_der_x509_certificate(self.der).public_key()
        return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    @property
    def is_rsa(self) -> bool:
        """Whether that is an RSA key."""
        return isinstance(load_der_x509_certificate(self.der).public_key(), RSAPublicKey)


class SqlCertificates:
    """The register of certificates."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def all(self) -> Sequence[CertificateRecord]:
        """Every certificate, in the order of the rows."""
        with self._engine.begin() as connection:
            return [_record(row) for row in connection.execute(select(CERTIFICATE))]

    def add(self, records: Sequence[CertificateRecord]) -> None:
        """Keep certificates."""
        if records:
            with self._engine.begin() as connection:
                connection.execute(insert(CERTIFICATE), [_values(record) for record in records])

    def forget_others(self, issuer: str) -> None:
        """Drop what an authority with other keys issued: nobody can prove it any more."""
        others = delete(CERTIFICATE).where(CERTIFICATE.c.issuer != issuer)
        with self._engine.begin() as connection:
            connection.execute(others)

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

"""Certificates and keys as the control API and the commands show them; commands load this and no server."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from gateway.adapters.certificates import CertificateRecord
from gateway.adapters.client_keys import RegisteredKey
from gateway.adapters.public_keys import key_of_certificate
from gateway.domain.legal_day import in_brussels
from gateway.domain.oauth import ClientKey, client_id


def shown(record: CertificateRecord) -> dict[str, Any]:
    """A certificate as the control API and the command show it."""
    return {
        "serial": record.serial,
        "credential": record.credential,
        "from": _instant(record.begin),
        "until": _instant(record.end),
        "revoked": _instant(record.revoked_at) if record.revoked_at else None,
        "reason": record.reason,
        "fingerprint": record.fingerprint,
        "enrolled": record.issuer is None,
        "sha1": record.sha1,
        "label": record.label,
    }


def shown_keys(
    certificates: Sequence[CertificateRecord], registered: Sequence[RegisteredKey]
) -> list[dict[str, Any]]:
    """Both kinds, as the control API and the command list them."""
    listed = [(record, key_of_certificate(record.der)) for record in certificates]
    of_certificates = [_certified(record, key) for record, key in listed if key is not None]
    return of_certificates + [shown_key(record) for record in registered]


def shown_key(record: RegisteredKey) -> dict[str, Any]:
    """A key that was registered."""
    told = _instant(record.revoked_at) if record.revoked_at else None
    return _told(record.credential, record.key) | {"certificate": None, "revoked": told}


def _certified(record: CertificateRecord, key: ClientKey) -> dict[str, Any]:
    told = _instant(record.revoked_at) if record.revoked_at else None
    return _told(record.credential, key) | {"certificate": record.serial, "revoked": told}


def _told(credential: str, key: ClientKey) -> dict[str, Any]:
    return {
        "kid": key.kid,
        "credential": credential,
        "client_id": client_id(credential),
        "algorithm": key.algorithm,
    }


def _instant(at: datetime) -> str:
    return in_brussels(at).isoformat(timespec="seconds")

"""The keys that sign clients' assertions: those of their certificates, and those registered beside them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from threading import Lock

from sqlalchemy import Engine, Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from gateway.adapters.database.direct import direct
from gateway.adapters.database.tables import CLIENT_KEY, SHOWN_ASSERTION
from gateway.domain.oauth import ClientKey

_ALL = select(CLIENT_KEY)


class ClientKeyRing:
    """Implements `gateway.ports.oauth.ClientKeys`, in memory.

    A key counts for a credential as long as anything vouches for it: a certificate, by its
    fingerprint, or a registration, by the key's own thumbprint.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._held: dict[tuple[str, str], ClientKey] = {}

    def of(self, credential: str) -> Sequence[ClientKey]:
        """The keys that count, each once."""
        with self._lock:
            found = {key.kid: key for (whose, _), key in self._held.items() if whose == credential}
        return list(found.values())

    def trust(self, credential: str, voucher: str, key: ClientKey) -> None:
        """Let a key count from now on."""
        with self._lock:
            self._held[credential, voucher] = key

    def distrust(self, credential: str, voucher: str) -> str | None:
        """Take one voucher away; the thumbprint of its key, if nothing else vouches for it."""
        with self._lock:
            gone = self._held.pop((credential, voucher), None)
        if gone is None or gone.kid in {key.kid for key in self.of(credential)}:
            return None
        return gone.kid


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredKey:
    """A public key that was registered for a credential."""

    credential: str
    key: ClientKey
    revoked_at: datetime | None = None


class SqlClientKeys:
    """The register of public keys."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def all(self) -> Sequence[RegisteredKey]:
        """Every key, oldest first."""
        return [_record(row) for row in direct(self._engine).execute(_ALL).all()]

    def add(self, records: Sequence[RegisteredKey]) -> None:
        """Keep keys."""
        with self._engine.begin() as connection:
            connection.execute(insert(CLIENT_KEY), [_values(record) for record in records])

    def revoke(self, kid: str, at: datetime) -> None:
        """Note that a key no longer counts."""
        changed = update(CLIENT_KEY).where(CLIENT_KEY.c.kid == kid, CLIENT_KEY.c.revoked_at.is_(None))  # fmt: skip
        with self._engine.begin() as connection:
            connection.execute(changed.values(revoked_at=at.astimezone(UTC).isoformat()))


class SqlShownAssertions:
    """Implements `gateway.ports.oauth.ShownAssertions`; a restart makes none of them new."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def take(self, client: str, jti: str, until: int, now: int) -> bool:
        """Remember an assertion, and forget those that can no longer be shown."""
        old = delete(SHOWN_ASSERTION).where(SHOWN_ASSERTION.c.until < now)
        digest = sha256(f"{client}\0{jti}".encode(errors="surrogatepass")).digest()
        new = insert(SHOWN_ASSERTION).values(digest=digest, until=until)
        try:
            with self._engine.begin() as connection:
                connection.execute(old)
                connection.execute(new)
        except IntegrityError:
            return False
        return True


def _values(record: RegisteredKey) -> dict[str, str | None]:
    key = record.key
    return {
        "kid": key.kid,
        "credential": record.credential,
        "algorithm": key.algorithm,
        "jwk": json.dumps(dict(key.jwk)),
        "revoked_at": None,
    }


def _record(row: Row[tuple[object, ...]]) -> RegisteredKey:
    return RegisteredKey(
        credential=row.credential,
        key=ClientKey(kid=row.kid, algorithm=row.algorithm, jwk=json.loads(row.jwk)),
        revoked_at=datetime.fromisoformat(row.revoked_at) if row.revoked_at else None,
    )

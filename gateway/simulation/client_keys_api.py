"""`/_sim/keys/signing`: the public keys that may sign the assertions of a space's clients."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from gateway.adapters.certificates import CertificateRecord
from gateway.adapters.client_keys import RegisteredKey
from gateway.adapters.public_keys import key_of_certificate
from gateway.domain.legal_day import in_brussels
from gateway.domain.oauth import ClientKey, client_id
from gateway.simulation.space import Space


class Register(BaseModel):
    """A public key: PEM (also of a certificate), a JWK or a JWK set, as text."""

    model_config = ConfigDict(extra="forbid", strict=True)

    credential: str
    key: Annotated[str, Field(max_length=100_000)]


def add_client_keys(router: APIRouter, space: Callable[[], Space]) -> None:
    """Add the routes that want the control token."""

    @router.get("/keys/signing")
    async def signing() -> list[dict[str, Any]]:
        """Every key that signs or signed assertions, and what vouches for it."""
        here = space()
        return shown_keys(here.certificates.listed(), here.client_keys.listed())

    @router.post("/keys/signing", status_code=201)
    async def register(body: Register) -> list[dict[str, Any]]:
        """Let a key sign for a credential from now on."""
        desk = space().client_keys
        made = await asyncio.to_thread(desk.register, body.credential, body.key)
        return [shown_key(record) for record in made]


def shown_keys(
    certificates: Sequence[CertificateRecord], registered: Sequence[RegisteredKey]
) -> list[dict[str, Any]]:
    """Both kinds, as the control API and the command list them."""
    listed = [(record, key_of_certificate(record.der)) for record in certificates]
    of_certificates = [_certified(record, key) for record, key in listed if key is not None]
    return of_certificates + [shown_key(record) for record in registered]


def shown_key(record: RegisteredKey) -> dict[str, Any]:
    """A key that was registered."""
    revoked = record.revoked_at
    told = in_brussels(revoked).isoformat(timespec="seconds") if revoked else None
    return _told(record.credential, record.key) | {"certificate": None, "revoked": told}


def _certified(record: CertificateRecord, key: ClientKey) -> dict[str, Any]:
    revoked = record.revoked_at
    told = in_brussels(revoked).isoformat(timespec="seconds") if revoked else None
    return _told(record.credential, key) | {"certificate": record.serial, "revoked": told}


def _told(credential: str, key: ClientKey) -> dict[str, Any]:
    return {
        "kid": key.kid,
        "credential": credential,
        "client_id": client_id(credential),
        "algorithm": key.algorithm,
    }

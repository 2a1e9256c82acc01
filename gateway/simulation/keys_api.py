"""`/_sim/keys`: test certificates of a space, and `/pki`: what everybody may have of its authority."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Any, Literal

from cryptography.hazmat.primitives.serialization import Encoding
from fastapi import APIRouter
from fastapi.responses import PlainTextResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from gateway.contracts.faults import refuse
from gateway.contracts.reasons import Reason
from gateway.simulation.certificate_desk import FIRST_END
from gateway.simulation.client_keys_api import add_client_keys
from gateway.simulation.shown_keys import shown, shown_key
from gateway.simulation.space import Space
from gateway.web.instants import Instant

_DER: dict[int | str, dict[str, Any]] = {200: {"content": {"application/pkix-crl": {}}}}
_REASONS = Literal[
    "unspecified", "keyCompromise", "cACompromise", "affiliationChanged", "superseded",
    "cessationOfOperation", "privilegeWithdrawn",
]  # fmt: skip


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, populate_by_name=True)


class Issue(_Body):
    """Another certificate; `null` is now, and the end of those that a space starts with.

    `key` is `rsa` for clients that know no curves; `sha1` lets it sign messages with SHA-1.
    """

    credential: str
    begin: Annotated[Instant | None, Field(strict=False, alias="from")] = None
    end: Annotated[Instant | None, Field(strict=False, alias="until")] = None
    key: Literal["ec", "rsa"] = "ec"
    sha1: bool = False


class Enrol(_Body):
    """A certificate from elsewhere, as PEM."""

    credential: str
    certificate: Annotated[str, Field(max_length=100_000)]
    sha1: bool = False


class Sha1(_Body):
    """Which certificate (its serial number), or all of which credential, may sign with SHA-1."""

    reference: str
    allowed: bool


class Revocation(_Body):
    """Which certificate (its serial number) or key (its `kid`), or all of which credential.

    The reason is one of RFC 5280.
    """

    reference: str
    reason: _REASONS = "unspecified"


def add_keys(router: APIRouter, space: Callable[[], Space]) -> None:
    """Add the routes that want the control token."""

    @router.get("/keys")
    async def keys() -> list[dict[str, Any]]:
        """Every certificate on record."""
        return [shown(record) for record in space().certificates.listed()]

    @router.post("/keys", status_code=201)
    async def issue(body: Issue) -> dict[str, Any]:
        """Issue a certificate with a key of its own; the answer names both files."""
        here = space()
        begin, end = body.begin or here.clock.now(), body.end or FIRST_END
        desk = here.certificates
        record = await asyncio.to_thread(
            desk.issue, body.credential, begin, end, rsa=body.key == "rsa", sha1=body.sha1
        )
        key = desk.folder / f"{record.label}.pem"
        files = {"certificate": str(desk.file_of(record.label)), "private_key": str(key)}
        return shown(record) | files

    @router.post("/keys/enrolments", status_code=201)
    async def enrol(body: Enrol) -> dict[str, Any]:
        """Let a certificate from elsewhere stand for a credential."""
        desk = space().certificates
        made = (body.credential, body.certificate)
        return shown(await asyncio.to_thread(desk.enrol, *made, sha1=body.sha1))

    @router.post("/keys/revocations", status_code=201)
    async def revoke(body: Revocation) -> list[dict[str, Any]]:
        """Revoke; counts from the next request on."""
        return await asyncio.to_thread(_revoke, space(), body)

    @router.post("/keys/sha1", status_code=201)
    async def sha1(body: Sha1) -> list[dict[str, Any]]:
        """Let a client sign with SHA-1, or no longer; counts from the next request on."""
        desk = space().certificates
        changed = await asyncio.to_thread(desk.allow_sha1, body.reference, allowed=body.allowed)
        return [shown(record) for record in changed]

    add_client_keys(router, space)


def _revoke(space: Space, body: Revocation) -> list[dict[str, Any]]:
    certificates = space.certificates.revoke(body.reference, body.reason)
    keys = space.client_keys.revoke(body.reference)
    if not certificates and not keys:
        raise refuse(Reason.MESSAGE_INVALID, "reference: there is no such certificate or key that still counts",
                     element="reference", remedy="`magda-sim keys list` and `signing` show them")  # fmt: skip
    return [shown(one) for one in certificates] + [shown_key(one) for one in keys]


def pki_router(space: Callable[[], Space]) -> APIRouter:
    """The routes that need no credential."""
    router = APIRouter(prefix="/pki", tags=["platform"])

    @router.get("/ca.pem", response_class=PlainTextResponse)
    async def root() -> str:
        """The root of the test authority."""
        return space().certificates.authority.root_pem

    @router.get("/answers.pem", response_class=PlainTextResponse)
    async def answers() -> str:
        """The certificates that signed answers are signed with, and what leads to the root."""
        return space().certificates.answers.pem()

    @router.get("/crl", response_class=Response, responses=_DER)
    async def revoked() -> Response:
        """The revocation list (DER), dated on the space's clock."""
        listed = space().certificates.revocation_list().public_bytes(Encoding.DER)
        return Response(listed, media_type="application/pkix-crl")

    return router

"""`/_sim/keys/signing`: the public keys that may sign the assertions of a space's clients."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from gateway.simulation.shown_keys import shown_key, shown_keys
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

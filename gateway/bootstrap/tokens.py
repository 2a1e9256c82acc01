"""What hands out tokens, wired."""

from dataclasses import dataclass

from sqlalchemy import Engine

from gateway.adapters.client_keys import ClientKeyRing, SqlShownAssertions
from gateway.adapters.clock import WallClock
from gateway.adapters.credentials import CredentialDirectory
from gateway.adapters.jose import JwtMint, JwtReader
from gateway.bootstrap.outside import Outside
from gateway.flows.attempts import AttemptGate
from gateway.flows.client_identity import ClientIdentity
from gateway.flows.tokens import TokenDesk
from gateway.ports import DecisionLog
from gateway.settings import Settings


@dataclass(frozen=True, slots=True)
class TokenParts:
    """The desk, the clients' keys that it looks at, and the mint."""

    desk: TokenDesk
    keys: ClientKeyRing
    mint: JwtMint


def build_tokens(
    settings: Settings,
    outside: Outside,
    engine: Engine,
    credentials: CredentialDirectory,
    log: DecisionLog,
    attempts: AttemptGate,
) -> TokenParts:
    """The parts, in machine time."""
    keys, mint, machine = ClientKeyRing(), JwtMint(outside.token_key), WallClock()
    identity = ClientIdentity(
        callers=outside.callers,
        credentials=credentials,
        reader=JwtReader(),
        keys=keys,
        shown=SqlShownAssertions(engine),
        machine=machine,
    )
    desk = TokenDesk(
        space=outside.space,
        identity=identity,
        credentials=credentials,
        mint=mint,
        log=log,
        attempts=attempts,
        clock=outside.clock,
        machine=machine,
        lifetime=settings.token_lifetime,
    )
    return TokenParts(desk, keys, mint)

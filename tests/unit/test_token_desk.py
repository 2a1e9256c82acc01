"""Issuing against revoking and a log that fails, step by step: nothing counts that should not."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.adapters.client_keys import ClientKeyRing
from gateway.adapters.clock import SpaceClock
from gateway.adapters.credentials import CredentialDirectory
from gateway.adapters.jose import JwtMint, JwtReader
from gateway.contracts.faults import LogUnavailable
from gateway.contracts.reasons import Reason
from gateway.domain.log_entry import Entry
from gateway.domain.oauth import AccessToken, OAuthError
from gateway.domain.request import Caller, Proof, ProofKind
from gateway.flows.attempts import AttemptGate
from gateway.flows.client_identity import Asked, ClientIdentity
from gateway.flows.tokens import TokenDesk
from tests.property.test_client_assertion import GOOD, NOW, Memory, asked, desk

CERTIFICATE = b"a certificate"
DIGEST = sha256(CERTIFICATE).digest()
_TAKEN: list[Caller] = []
SHARE: Callable[[Caller], object] = _TAKEN.append


@dataclass
class ListLog:
    """Implements `gateway.ports.DecisionLog` in memory; `broken` it takes nothing."""

    leaves: list[dict[str, Any]] = field(default_factory=list)
    broken: bool = False

    async def append(self, entry: Entry) -> int:
        return self.append_all([entry])[0]

    def append_all(self, entries: Sequence[Entry]) -> Sequence[int]:
        if self.broken:
            raise LogUnavailable
        self.leaves += [entry.leaf for entry in entries]
        return range(len(self.leaves) - len(entries) + 1, len(self.leaves) + 1)


class Interrupted(CredentialDirectory):
    """Something happens at the worst instant: just before a token is registered."""

    def __init__(self, clock: SpaceClock) -> None:
        super().__init__(clock, clock)
        self.first: Callable[[], object] = lambda: None

    def issue(self, text: str, caller: Caller, token: AccessToken) -> None:
        """Let it happen, then register."""
        self.first()
        super().issue(text, caller, token)


@dataclass
class Bench:
    desk: TokenDesk
    directory: Interrupted
    ring: ClientKeyRing
    log: ListLog

    def tokens(self) -> int:
        return sum(one.token is not None for one in self.directory._known.values())


@pytest.fixture
def bench() -> Bench:
    clock, log = SpaceClock(NOW), ListLog()
    model = desk()
    directory = Interrupted(clock)
    directory.register(Proof(ProofKind.CERTIFICATE, CERTIFICATE), model.callers["a"])
    assert isinstance(model.keys, ClientKeyRing)
    identity = ClientIdentity(
        callers=model.callers, credentials=directory, reader=JwtReader(), keys=model.keys, shown=Memory(),
        machine=clock,
    )  # fmt: skip
    made = TokenDesk(
        space="t", identity=identity, credentials=directory, mint=JwtMint(Ed25519PrivateKey.generate()),
        log=log, attempts=AttemptGate(log, clock, "t", lambda: 0.0), clock=clock, machine=clock, lifetime=60,
    )  # fmt: skip
    return Bench(made, directory, model.keys, log)


def posted(certificate: bytes | None = None, **fields: str) -> Asked:
    one = asked({"alg": "ES256"}, GOOD)
    form = {**one.form, "grant_type": "client_credentials", **fields}
    return Asked(
        form=form, flaw=None, certificate=certificate, has_authorization=False, issuer=one.issuer,
        audiences=one.audiences, bases=one.bases,
    )  # fmt: skip


def test_a_key_that_is_revoked_while_its_token_is_made_gets_none(bench: Bench) -> None:
    def revoke() -> None:
        bench.ring.distrust("a", "x")
        bench.directory.withdraw_tokens(lambda _: True)

    bench.directory.first = revoke

    told = bench.desk.issue(posted(), SHARE)

    assert (told.content, told.error) == (None, OAuthError.INVALID_CLIENT)
    assert bench.tokens() == 0
    assert [one["outcome"] for one in bench.log.leaves] == ["refusal"]


def test_a_certificate_that_is_revoked_while_its_token_is_made_gets_none(bench: Bench) -> None:
    def revoke() -> None:
        bench.directory.withdraw(Proof(ProofKind.CERTIFICATE, CERTIFICATE))
        bench.directory.withdraw_tokens(lambda token: token.certificate == DIGEST)

    bench.directory.first = revoke

    told = bench.desk.issue(posted(CERTIFICATE), SHARE)

    assert told.error is OAuthError.INVALID_CLIENT
    assert bench.tokens() == 0


def test_a_token_that_cannot_be_entered_is_forgotten(bench: Bench) -> None:
    bench.log.broken = True

    told = bench.desk.issue(posted(), SHARE)

    assert (told.content, told.error, told.decision) == (
        None,
        OAuthError.TEMPORARILY_UNAVAILABLE,
        None,
    )
    assert told.refusal is not None
    assert told.refusal.reason is Reason.LOG_UNAVAILABLE
    assert bench.tokens() == 0


def test_a_token_is_given_up_only_once_that_is_entered(bench: Bench) -> None:
    issued = bench.desk.issue(posted(), SHARE)
    assert issued.content is not None
    token = issued.content["access_token"]
    bench.log.broken = True
    again = GOOD | {"jti": "k"}
    one = asked({"alg": "ES256"}, again)
    form = {**one.form, "token": token}
    asking = Asked(form=form, flaw=None, certificate=None, has_authorization=False, issuer="",
                   audiences=one.audiences, bases=frozenset())  # fmt: skip

    told = bench.desk.revoke(asking, SHARE)

    assert told.error is OAuthError.TEMPORARILY_UNAVAILABLE
    assert bench.tokens() == 1


def test_what_nobody_foresaw_is_entered_and_told_as_our_own_fault(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise RuntimeError("secret")

    bench.directory.first = fail

    told = bench.desk.issue(posted(), SHARE)

    assert (told.error, told.decision) == (OAuthError.SERVER_ERROR, "D-1")
    assert bench.log.leaves[0]["reasons"] == ["internal"]
    assert "secret" not in caplog.text


def test_a_token_says_when_it_ends_by_the_machine(bench: Bench) -> None:
    told = bench.desk.issue(posted(), SHARE)

    assert told.content is not None
    proof = Proof(ProofKind.TOKEN, told.content["access_token"].encode())
    kept = bench.directory.token(proof)
    assert kept is not None
    assert kept.expires == datetime.fromtimestamp(int(NOW.timestamp()) + 60, UTC)
    assert kept.claims["exp"] == int(NOW.timestamp()) + 60

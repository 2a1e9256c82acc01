"""Tokens come and go in any order: who is let in agrees at every step with a register that checks everything."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from gateway.adapters.clock import SpaceClock
from gateway.adapters.credentials import MOST_TOKENS, CredentialDirectory, Period
from gateway.contracts.faults import RefusedFault
from gateway.domain.oauth import AccessToken
from gateway.domain.request import Caller, Proof, ProofKind

START = datetime(2026, 1, 1, tzinfo=UTC)
CALLERS = {key: Caller(key=key, party=key, unit=key, uri=key, hoedanigheid=key) for key in "ab"}
CERTIFICATES = {"a": b"certificate of a", "b": b"certificate of b"}
LIFETIME = timedelta(minutes=10)


def certificate(of: str) -> Proof:
    return Proof(ProofKind.CERTIFICATE, CERTIFICATES[of])


@dataclass
class Model:
    """One token as a careful reader of the rules would keep it."""

    of: str
    key: str
    bound: bool
    expires: datetime
    is_dead: bool = False


class Tokens(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.clock, self.machine = SpaceClock(START), SpaceClock(START)
        self.directory = CredentialDirectory(self.clock, self.machine)
        self.names = count()
        self.tokens: dict[str, Model] = {}
        self.ends = dict.fromkeys("ab", START + timedelta(hours=2))
        self.revoked: set[str] = set()
        for one in "ab":
            period = Period(START, self.ends[one])
            self.directory.register(certificate(one), CALLERS[one], period)

    @rule(of=st.sampled_from("ab"), key=st.sampled_from("xy"), bound=st.booleans())
    def issue(self, of: str, key: str, bound: bool) -> None:  # noqa: FBT001
        text = f"token-{next(self.names)}"
        expires = self.machine.now() + LIFETIME
        token = AccessToken(
            credential=of, claims={}, expires=expires, key=key,
            certificate=sha256(CERTIFICATES[of]).digest() if bound else None,
        )  # fmt: skip
        self.directory.issue(text, CALLERS[of], token)
        self.tokens[text] = Model(of, key, bound, expires)

    @rule(seconds=st.sampled_from([1, 59, 300, 599, 600, 601, 4000]), which=st.booleans())
    def pass_time(self, seconds: int, which: bool) -> None:  # noqa: FBT001
        clock = self.clock if which else self.machine
        clock.move_to(clock.now() + timedelta(seconds=seconds))

    @rule(data=st.data())
    def give_up(self, data: st.DataObject) -> None:
        if self.tokens:
            text = data.draw(st.sampled_from(sorted(self.tokens)))
            self.directory.withdraw(Proof(ProofKind.TOKEN, text.encode()))
            self.tokens[text].is_dead = True

    @rule(of=st.sampled_from("ab"), key=st.sampled_from("xy"))
    def revoke_key(self, of: str, key: str) -> None:
        self.directory.withdraw_tokens(lambda token: token.was_got_with(of, key))
        for one in self.tokens.values():
            one.is_dead = one.is_dead or (one.of, one.key) == (of, key)

    @rule(of=st.sampled_from("ab"))
    def revoke_certificate(self, of: str) -> None:
        self.directory.withdraw(certificate(of))
        self.revoked.add(of)

    def is_certificate_in(self, of: str) -> bool:
        return of not in self.revoked and self.clock.now() <= self.ends[of]

    def lets_in(self, proof: Proof) -> str | None:
        try:
            return self.directory.identify(proof).key
        except RefusedFault:
            return None

    @invariant()
    def agrees(self) -> None:
        for text, one in self.tokens.items():
            alive = not one.is_dead and self.machine.now() < one.expires
            token = Proof(ProofKind.TOKEN, text.encode())
            alone = alive and not one.bound
            assert self.lets_in(token) == (one.of if alone else None)
            assert (self.directory.find(token) is not None) == (
                alive and (not one.bound or self.is_certificate_in(one.of))
            )
            assert (self.directory.token(token) is None) == (self.directory.find(token) is None)
            for shown in "ab":
                both = Proof(ProofKind.TOKEN, text.encode(), certificate(shown))
                fits = alive and shown == one.of and self.is_certificate_in(shown)
                assert self.lets_in(both) == (one.of if fits else None)


TestTokens = Tokens.TestCase
TestTokens.settings = settings(max_examples=30, stateful_step_count=15, deadline=None)


def test_of_too_many_tokens_the_oldest_goes_and_of_the_expired_none_stays() -> None:
    clock = SpaceClock(START)
    directory = CredentialDirectory(clock, clock)

    def issue(name: str, of: str = "a") -> Proof:
        token = AccessToken(credential=of, claims={}, expires=clock.now() + LIFETIME, key=None, certificate=None)  # fmt: skip
        directory.issue(name, CALLERS[of], token)
        return Proof(ProofKind.TOKEN, name.encode())

    other = issue("other", "b")
    proofs = [issue(f"t{n}") for n in range(MOST_TOKENS + 5)]

    assert [directory.find(one) is None for one in proofs[:6]] == [True] * 5 + [False]
    assert directory.find(other) is not None
    assert len(directory._known) == MOST_TOKENS + 1
    clock.move_to(START + LIFETIME)
    last = issue("last")
    assert [directory.find(one) is None for one in (proofs[-1], other, last)] == [True, True, False]
    assert len(directory._known) == 2
    with pytest.raises(RefusedFault, match="credential-invalid"):
        directory.identify(proofs[-1])


def test_a_token_ends_at_its_instant_and_not_a_moment_before() -> None:
    clock = SpaceClock(START)
    directory = CredentialDirectory(SpaceClock(START), clock)
    token = AccessToken(credential="a", claims={}, expires=START + LIFETIME, key=None, certificate=None)  # fmt: skip
    directory.issue("t", CALLERS["a"], token)
    proof = Proof(ProofKind.TOKEN, b"t")

    clock.move_to(START + LIFETIME - timedelta(milliseconds=1))
    before = directory.identify(proof).key, directory.find(proof), directory.token(proof)
    clock.move_to(START + LIFETIME)

    assert before == ("a", CALLERS["a"], token)
    assert (directory.find(proof), directory.token(proof)) == (None, None)
    with pytest.raises(RefusedFault, match="credential-invalid"):
        directory.identify(proof)


def test_a_bound_token_needs_its_certificate_behind_a_signature_too() -> None:
    clock = SpaceClock(START)
    directory = CredentialDirectory(clock, clock)
    for one in "ab":
        directory.register(certificate(one), CALLERS[one])
        directory.register(Proof(ProofKind.SIGNATURE, CERTIFICATES[one]), CALLERS[one])
    bound = sha256(CERTIFICATES["a"]).digest()
    token = AccessToken(credential="a", claims={}, expires=START + LIFETIME, key=None, certificate=bound)  # fmt: skip
    directory.issue("t", CALLERS["a"], token)

    def signed(beside: Proof | None, by: str = "a") -> Proof:
        shown = Proof(ProofKind.TOKEN, b"t", beside)
        return Proof(ProofKind.SIGNATURE, CERTIFICATES[by], shown)

    assert directory.identify(signed(certificate("a"))) is CALLERS["a"]
    for wrong in (signed(None), signed(certificate("b")), signed(certificate("a"), by="b")):
        with pytest.raises(RefusedFault, match="credential-invalid"):
            directory.identify(wrong)

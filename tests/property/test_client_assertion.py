"""Any number of things wrong with an assertion at once: let in exactly if there is none, and told in order."""

import json
import math
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key
from hypothesis import given
from hypothesis import strategies as st

from gateway.adapters.client_keys import ClientKeyRing
from gateway.adapters.clock import SpaceClock
from gateway.adapters.credentials import CredentialDirectory
from gateway.adapters.jose import JwtReader
from gateway.adapters.public_keys import keys_of_text
from gateway.contracts.faults import RefusedFault
from gateway.domain.client_assertion import require_claims
from gateway.domain.oauth import ASSERTION_TYPE
from gateway.domain.request import Caller
from gateway.flows.client_identity import Asked, ClientIdentity
from tests.assertions import base64url, public_pem, signature

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
S = int(NOW.timestamp())
OWN, OTHER = derive_private_key(7, SECP256R1()), derive_private_key(8, SECP256R1())
AUDIENCE = "http://127.0.0.1:8480/oauth/token"
GOOD = {
    "iss": "magda-sim-a",
    "sub": "magda-sim-a",
    "aud": AUDIENCE,
    "exp": S + 60,
    "iat": S,
    "jti": "j",
}
STAGES = (
    "alg: ",
    "typ: ",
    "crit: ",
    "iss and sub: ",
    "signature: ",
    "aud: ",
    "exp: ",
    "nbf: ",
    "iat: ",
    "jti: ",
)
"""The order in which an assertion is looked at."""


@dataclass
class Memory:
    """Implements `gateway.ports.oauth.ShownAssertions`."""

    seen: set[tuple[str, str]] = field(default_factory=set)

    def take(self, client: str, jti: str, until: int, now: int) -> bool:
        """Once."""
        assert until > now
        is_new = (client, jti) not in self.seen
        self.seen.add((client, jti))
        return is_new


def desk() -> ClientIdentity:
    callers = {key: Caller(key=key, party=key, unit=key, uri=key, hoedanigheid=key) for key in "ab"}
    ring, clock = ClientKeyRing(), SpaceClock(NOW)
    for credential, key in (("a", OWN), ("b", OTHER)):
        (found,) = keys_of_text(public_pem(key).decode())
        ring.trust(credential, "x", found)
    return ClientIdentity(
        callers=callers, credentials=CredentialDirectory(clock, clock), reader=JwtReader(), keys=ring,
        shown=Memory(), machine=clock,
    )  # fmt: skip


def asked(header: dict[str, Any], claims: dict[str, Any], key: Any = OWN) -> Asked:
    text = ".".join(base64url(json.dumps(part).encode()) for part in (header, claims))
    signed = f"{text}.{base64url(signature(key, text.encode(), 'ES256'))}"
    form = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": signed}
    return Asked(
        form=form, flaw=None, certificate=None, has_authorization=False, issuer="http://127.0.0.1:8480",
        audiences=frozenset({AUDIENCE}), bases=frozenset(),
    )  # fmt: skip


def verdict(identity: ClientIdentity, one: Asked) -> str | None:
    """What it is refused for, or `None`."""
    try:
        identity.identify(one)
    except RefusedFault as fault:
        detail = fault.refusal.grounds[0].detail.removeprefix("client_assertion, ")
        return next(stage for stage in STAGES if detail.startswith(stage))
    return None


WRONG: dict[str, list[dict[str, Any]]] = {
    "alg: ": [{"alg": "none"}, {"alg": "HS256"}, {"alg": 5}],
    "typ: ": [{"typ": "at+jwt"}, {"typ": []}],
    "crit: ": [{"crit": ["exp"]}],
    "iss and sub: ": [{"iss": "magda-sim-c"}, {"sub": None}],
    "signature: ": [{"iss": "magda-sim-b", "sub": "magda-sim-b"}, {"iss": "x", "sub": "x"}],
    "aud: ": [{"aud": "http://127.0.0.1:8480/oauth/tokens"}, {"aud": [AUDIENCE, "x"]}, {"aud": None}],
    "exp: ": [{"exp": S - 31}, {"exp": S + 3631}, {"exp": None}, {"exp": "1"}],
    "nbf: ": [{"nbf": S + 31}],
    "iat: ": [{"iat": S + 31}],
    "jti: ": [{"jti": ""}, {"jti": None}, {"jti": "x" * 201}],
}  # fmt: skip
HEADER = ("alg", "typ", "crit")


@st.composite
def deviations(draw: st.DrawFn) -> dict[str, dict[str, Any]]:
    stages = draw(st.sets(st.sampled_from(STAGES), max_size=4))
    return {stage: draw(st.sampled_from(WRONG[stage])) for stage in stages}


@given(chosen=deviations())
def test_it_is_let_in_exactly_if_nothing_is_wrong_and_else_told_the_first_thing(
    chosen: dict[str, dict[str, Any]],
) -> None:
    header: dict[str, Any] = {"alg": "ES256"}
    claims: dict[str, Any] = dict(GOOD)
    for stage in sorted(chosen, key=STAGES.index, reverse=True):
        for name, value in chosen[stage].items():
            (header if name in HEADER else claims)[name] = value
    identity = desk()

    told = verdict(identity, asked(header, claims))

    expected = min(chosen, key=STAGES.index, default=None)
    assert told == expected
    assert isinstance(identity.shown, Memory)
    assert len(identity.shown.seen) == (expected is None)


@pytest.mark.parametrize(
    ("stage", "change"), [(stage, change) for stage, ones in WRONG.items() for change in ones]
)
def test_each_thing_that_may_be_wrong_is_enough(stage: str, change: dict[str, Any]) -> None:
    """Each by itself, whatever is drawn above."""
    is_in_header = bool(change.keys() & set(HEADER))
    header = {"alg": "ES256"} | (change if is_in_header else {})
    claims = GOOD | ({} if is_in_header else change)

    assert verdict(desk(), asked(header, claims)) == stage


@given(chosen=deviations())
def test_a_refused_assertion_uses_nothing_up(chosen: dict[str, dict[str, Any]]) -> None:
    identity = desk()
    header, claims = {"alg": "ES256"}, dict(GOOD)
    for change in chosen.values():
        for name, value in change.items():
            (header if name in HEADER else claims)[name] = value
    first = verdict(identity, asked(header, claims))

    second = verdict(identity, asked({"alg": "ES256"}, dict(GOOD)))

    assert second == ("jti: " if first is None else None)


@pytest.mark.parametrize("name", ["exp", "nbf", "iat"])
def test_a_number_beyond_all_numbers_is_none(name: str) -> None:
    """JSON can say 1e999."""
    with pytest.raises(RefusedFault) as refused:
        require_claims(GOOD | {name: math.inf}, {AUDIENCE}, S)

    assert f"{name}: it is no number" in refused.value.refusal.grounds[0].detail


TIMES = st.one_of(
    st.integers(S - 4000, S + 4000),
    st.floats(S - 4000, S + 4000),
    st.sampled_from([S - 30, S - 29, S + 30, S + 31, S + 3630, S + 3631, 0, -1, 2**63, 10**30]),
)


@given(exp=TIMES, nbf=st.none() | TIMES, iat=st.none() | TIMES)
def test_instants_count_within_half_a_minute_and_an_hour(
    exp: float, nbf: float | None, iat: float | None
) -> None:
    stated = {"exp": exp, "nbf": nbf, "iat": iat}
    claims = GOOD | {name: at for name, at in stated.items() if at is not None}
    if iat is None:
        del claims["iat"]

    told = verdict(desk(), asked({"alg": "ES256"}, claims))

    is_in_time = S - 30 < exp <= S + 3630
    is_begun = all(at is None or at <= S + 30 for at in (nbf, iat))
    assert (told is None) == (is_in_time and is_begun)
    assert told in (None, "exp: ", "nbf: ", "iat: ")


@given(text=st.text(max_size=200) | st.from_regex(r"[\w-]{0,60}\.[\w-]{0,60}\.[\w-]{0,60}", fullmatch=True))  # fmt: skip
def test_whatever_is_sent_is_refused_and_nothing_breaks(text: str) -> None:
    one = asked({"alg": "ES256"}, GOOD)
    form = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": text}

    with pytest.raises(RefusedFault, match="credential-invalid"):
        desk().identify(replace(one, form=form))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


@given(
    where=st.sampled_from(["alg", "typ", "crit", "iss", "sub", "aud", "exp", "nbf", "iat", "jti"]),
    value=JSON,
)
def test_any_value_in_any_place_is_judged_and_nothing_breaks(where: str, value: Any) -> None:
    header: dict[str, Any] = {"alg": "ES256"}
    claims: dict[str, Any] = dict(GOOD)
    (header if where in HEADER else claims)[where] = value

    told = verdict(desk(), asked(header, claims))

    if told is None:
        assert where in ("typ", "exp", "nbf", "iat", "jti", "aud") or value == GOOD.get(where)

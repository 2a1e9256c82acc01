"""What a client assertion must say (RFC 7523), once its signature is known to hold. Pure rules.

Everything here is machine time, whatever the space's clock shows: a stock client signs by its own clock.
"""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from gateway.contracts.faults import RefusedFault, refuse
from gateway.contracts.reasons import Reason
from gateway.domain.oauth import ALGORITHMS

LONGEST_S = 3600
"""How far ahead an assertion may expire: what the most generous stock client takes."""
LEEWAY_S = 30
"""How far the clocks of client and gateway may be apart."""
LONGEST_NAME = 200
TYPES = ("jwt", "client-authentication+jwt")
_MACHINE_TIME = "assertions live in machine time, not on the clock of the space"
Claims = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Assertion:
    """An assertion whose claims hold: its name, and until when it could be shown again."""

    jti: str
    until: int


def require_header(header: Claims) -> str:
    """The algorithm of a protected header that asks for nothing out of the ordinary.

    Keys that it brings along (`jwk`, `jku`, `x5c`, `x5u`) are never looked at.

    Raises:
        RefusedFault: `credential-invalid`.
    """
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise invalid("alg: this algorithm is not accepted", f"sign with {_listed(ALGORITHMS)}")
    kind = header.get("typ", TYPES[0])
    if not isinstance(kind, str) or kind.lower().removeprefix("application/") not in TYPES:
        raise invalid("typ: this is no client assertion", "leave `typ` out, or send `JWT`")
    for name in ("crit", "b64"):
        if name in header:
            raise invalid(f"{name}: extensions are not understood here", f"leave `{name}` out")
    return algorithm


def named_client(claims: Claims) -> str:
    """Whom the assertion speaks for, as it says itself.

    Raises:
        RefusedFault: `credential-invalid`.
    """
    issuer, subject = claims.get("iss"), claims.get("sub")
    if not isinstance(issuer, str) or issuer != subject:
        raise invalid("iss and sub: they are not one and the same client",
                      "both are the `client_id` of the ready file")  # fmt: skip
    return issuer


def require_claims(claims: Claims, audiences: Collection[str], now: float) -> Assertion:
    """The assertion, if it is meant for us, counts now and has a name.

    Raises:
        RefusedFault: `credential-invalid`.
    """
    _require_audience(claims.get("aud"), audiences)
    expires = _instant(claims, "exp")
    if expires is None:
        raise invalid("exp: it is missing", f"let it expire within {LONGEST_S} seconds")
    _require_time(expires, _instant(claims, "nbf"), _instant(claims, "iat"), now)
    name = claims.get("jti")
    if not isinstance(name, str) or not 0 < len(name) <= LONGEST_NAME:
        raise invalid("jti: it is missing, or no text of a sensible length",
                      f"give each assertion a name of its own, up to {LONGEST_NAME} characters")  # fmt: skip
    return Assertion(name, math.ceil(expires) + LEEWAY_S)


def replayed() -> RefusedFault:
    """The refusal of an assertion that was shown before."""
    return invalid("jti: this assertion was shown before", "sign a new one for every request")


def invalid(detail: str, remedy: str) -> RefusedFault:
    """A refusal of the assertion; `detail` says where."""
    return refuse(
        Reason.CREDENTIAL_INVALID,
        f"client_assertion, {detail}",
        remedy=remedy,
        element="client_assertion",
    )


def _require_audience(stated: object, audiences: Collection[str]) -> None:
    """Somebody else who is named as well could show the assertion here, so nobody else may be."""
    named = stated if isinstance(stated, list) else [stated]
    if not named or not all(isinstance(one, str) and one in audiences for one in named):
        raise invalid("aud: it does not name this authorization server alone",
                      f"name one of {_listed(sorted(audiences))}")  # fmt: skip


def _require_time(expires: float, begins: float | None, issued: float | None, now: float) -> None:
    if expires <= now - LEEWAY_S:
        raise invalid("exp: it has expired", f"sign a new one; {_MACHINE_TIME}")
    if expires > now + LONGEST_S + LEEWAY_S:
        raise invalid("exp: it lives too long",
                      f"let it expire within {LONGEST_S} seconds; {_MACHINE_TIME}")  # fmt: skip
    for name, instant in (("nbf", begins), ("iat", issued)):
        if instant is not None and instant > now + LEEWAY_S:
            raise invalid(f"{name}: it lies in the future", f"set the clock; {_MACHINE_TIME}")


def _instant(claims: Claims, name: str) -> float | None:
    value = claims.get(name)
    if value is None and name not in claims:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not _is_finite(value):
        raise invalid(
            f"{name}: it is no number of seconds", "write seconds since 1970, as a number"
        )
    return value


def _is_finite(value: float) -> bool:
    return isinstance(value, int) or math.isfinite(value)


def _listed(words: Collection[str]) -> str:
    *others, last = words
    return f"{', '.join(others)} or {last}" if others else last

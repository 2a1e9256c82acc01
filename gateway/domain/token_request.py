"""What a client may ask of the token endpoint, once it is known who asks. Pure rules.

A scope opens nothing and closes nothing: the protocol in force decides at every question. It is
repeated as it was asked, so that a client made for another place finds what it expects.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from gateway.domain.oauth import CLIENT_CREDENTIALS, OAuthError, OAuthFault

_SCOPE = re.compile(r"[!#-\[\]-~]+(?: [!#-\[\]-~]+)*")
_LONGEST_SCOPE = 1000
_TARGETS = ("resource", "audience")


@dataclass(frozen=True, slots=True)
class Grant:
    """A request for a token that is in order. `audience` is whom the token is for, if it says so."""

    scope: str | None
    audience: str | None


def require_grant(form: Mapping[str, str], bases: Collection[str]) -> Grant:
    """What is asked for; `bases` are the addresses of this gateway.

    Raises:
        OAuthFault: another grant, a scope of the wrong form, or a token for somebody else.
    """
    _require_type(form.get("grant_type"))
    scope = form.get("scope")
    if scope is not None and (len(scope) > _LONGEST_SCOPE or not _SCOPE.fullmatch(scope)):
        raise OAuthFault(OAuthError.INVALID_SCOPE, "scope", "it is no list of words",
                         "separate words with one space, or leave `scope` out")  # fmt: skip
    targets = [_target(name, form[name], bases) for name in _TARGETS if name in form]
    return Grant(scope, targets[0] if targets else None)


def _require_type(stated: str | None) -> None:
    remedy = f"send grant_type={CLIENT_CREDENTIALS}"
    if stated is None:
        raise OAuthFault(OAuthError.INVALID_REQUEST, "grant_type", "it is missing", remedy)
    if stated != CLIENT_CREDENTIALS:
        raise OAuthFault(
            OAuthError.UNSUPPORTED_GRANT_TYPE, "grant_type", "there is no other", remedy
        )


def _target(name: str, stated: str, bases: Collection[str]) -> str:
    if any(stated == base or stated.startswith(f"{base}/") for base in bases):
        return stated
    raise OAuthFault(OAuthError.INVALID_TARGET, name, "tokens are for this gateway only",
                     "name its address or one of its paths, or leave it out")  # fmt: skip

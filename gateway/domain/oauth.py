"""The words of OAuth 2.0 as this gateway speaks it: client credentials, nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.contracts.faults import GatewayFault, Ground, Refusal, RefusedFault
from gateway.contracts.reasons import Reason

CLIENT_CREDENTIALS = "client_credentials"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ALGORITHMS = ("ES256", "RS256", "EdDSA")
"""What a client may sign with: P-256, RSA from 2048 bits, Ed25519."""
CLIENT_PREFIX = "magda-sim-"


class OAuthError(StrEnum):
    """The error codes of RFC 6749 (5.2), RFC 8707 and, for what is our own trouble, 4.1.2.1."""

    INVALID_REQUEST = "invalid_request"
    INVALID_CLIENT = "invalid_client"
    UNSUPPORTED_GRANT_TYPE = "unsupported_grant_type"
    INVALID_SCOPE = "invalid_scope"
    INVALID_TARGET = "invalid_target"
    SERVER_ERROR = "server_error"
    TEMPORARILY_UNAVAILABLE = "temporarily_unavailable"


class Method(StrEnum):
    """The ways a client shows at these doors who it is, by their registered names."""

    PRIVATE_KEY_JWT = "private_key_jwt"
    TLS_CLIENT_AUTH = "tls_client_auth"


class OAuthFault(RefusedFault):
    """What is wrong with a request to these doors beside the client's identity."""

    def __init__(self, error: OAuthError, element: str, detail: str, remedy: str) -> None:
        self.error = error
        ground = Ground(
            reason=Reason.MESSAGE_INVALID, detail=f"{element}: {detail}", element=element, remedy=remedy
        )  # fmt: skip
        super().__init__(Refusal((ground,)))


_ERROR_OF = {
    Reason.CREDENTIAL_MISSING: OAuthError.INVALID_CLIENT,
    Reason.CREDENTIAL_INVALID: OAuthError.INVALID_CLIENT,
    Reason.TOO_MANY_REQUESTS: OAuthError.TEMPORARILY_UNAVAILABLE,
    Reason.LOG_UNAVAILABLE: OAuthError.TEMPORARILY_UNAVAILABLE,
    Reason.INTERNAL: OAuthError.SERVER_ERROR,
}


def error_of(fault: GatewayFault) -> OAuthError:
    """What OAuth calls a fault."""
    if isinstance(fault, OAuthFault):
        return fault.error
    return _ERROR_OF.get(fault.refusal.reason, OAuthError.INVALID_REQUEST)


def client_id(credential: str) -> str:
    """The name that a credential goes by as a client."""
    return CLIENT_PREFIX + credential


def credential_of(client: str) -> str | None:
    """The key of the credential that a client id would be, `None` where it is of no such form."""
    return client.removeprefix(CLIENT_PREFIX) if client.startswith(CLIENT_PREFIX) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientKey:
    """A public key that signs a client's assertions. `kid` is its thumbprint (RFC 7638)."""

    kid: str
    algorithm: str
    jwk: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """What is known of a token that was issued. It lives in machine time.

    `key` is the thumbprint of the key that got it, `None` where a certificate did; `certificate` the
    SHA-256 of the certificate that it is bound to (RFC 8705), if it is.
    """

    credential: str
    claims: Mapping[str, object]
    expires: datetime
    key: str | None
    certificate: bytes | None

    def was_got_with(self, credential: str, kid: str | None) -> bool:
        """Whether this key of this credential got it."""
        return kid is not None and (self.credential, self.key) == (credential, kid)

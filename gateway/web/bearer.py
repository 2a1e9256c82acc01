"""The bearer token of a request that FastAPI reads."""

from fastapi import Request

from gateway.domain.request import Proof
from gateway.web import proofs


def bearer(request: Request) -> str:
    """The token after `Bearer`, or nothing; of two nobody could say which counts."""
    shown = request.headers.getlist("authorization")
    scheme, _, token = shown[0].partition(" ") if len(shown) == 1 else ("", "", "")
    return token.strip() if scheme.lower() == "bearer" else ""


def proof_of(request: Request) -> Proof | None:
    """What the caller showed, if anything: token, certificate or both, as at the hot endpoints."""
    return proofs.proof_of(request.scope)

"""What a hot endpoint takes from the head of a message; found again where a connection sends the same head."""

from gateway.domain.request import Proof
from gateway.web.again import KEPT
from gateway.web.proofs import proof_of
from gateway.web.receiving import BodyLimits, Scope, headers_of, require_plain


class Head:
    """The fields by name, and what the caller shows; who that is, is asked anew for each message."""

    __slots__ = ("_plain", "headers", "proof")

    def __init__(self, headers: dict[str, str], proof: Proof | None) -> None:
        self.headers, self.proof = headers, proof
        self._plain: BodyLimits | None = None

    def require_plain(self, limits: BodyLimits) -> None:
        """Refuse what the head tells already, before anything is read.

        Raises:
            BodyCut: encoded, or declared too large.
        """
        if self._plain is not limits:
            require_plain(self.headers, limits)
            self._plain = limits


def head_of(scope: Scope) -> Head:
    """The head of a message."""
    kept = scope.get(KEPT)
    if kept is None:
        return Head(headers_of(scope), proof_of(scope))
    found: Head | None = kept.get(head_of)
    if found is None:
        found = kept[head_of] = Head(headers_of(scope), proof_of(scope))
    return found

"""Who asks what, in the words of the domain: made by a codec, read by the line."""

from dataclasses import dataclass
from enum import StrEnum

from gateway.contracts.quickly_made import quickly_made
from gateway.domain.protocol_document import Authentication
from gateway.domain.questions import Question
from gateway.domain.services import Service


class ProofKind(StrEnum):
    """The ways to show who you are."""

    TOKEN = "token"  # noqa: S105  a kind, not a secret
    CERTIFICATE = "certificate"
    SIGNATURE = "signature"
    SHA1_SIGNATURE = "SHA-1 signature"
    SSH_KEY = "ssh-key"
    PASSWORD = "password"  # noqa: S105  a kind, not a secret


@quickly_made
@dataclass(frozen=True)
class Proof:
    """What a caller showed: a token, a certificate (DER), a signer's certificate or key, an SSH key.

    `beside` is what it showed as well; both must name the same credential. `defect` says why a
    proof does not hold, or was not looked into because nobody is registered with it.
    """

    kind: ProofKind
    value: bytes
    beside: "Proof | None" = None
    defect: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A credential that checked out. It decides who somebody is; messages only repeat it.

    `training` is what its people were trained in, `managers` are those of them who say who has access;
    `colleagues` are URI and hoedanigheid of every credential of the same party.
    """

    key: str
    party: str
    unit: str
    uri: str
    hoedanigheid: str
    authentication: Authentication = Authentication.EID
    training: frozenset[str] = frozenset()
    managers: frozenset[str] = frozenset()
    colleagues: frozenset[tuple[str, str]] = frozenset()

    def separates_duties(self, enduser: str | None) -> bool:
        """Whether the person behind a call does not also manage who has access."""
        return enduser not in self.managers


ANYBODY = Caller(key="", party="", unit="", uri="", hoedanigheid="")
"""Who shows no credential, at a service that is open to everybody."""


@quickly_made
@dataclass(frozen=True, kw_only=True)
class Message:
    """What came in over HTTP: raw body, header values by lower-case name, and the proof shown.

    `service` is set where the path tells it (REST), `None` where the body does (SOAP). `opened` is
    what the wire made of the body while it looked for a proof, for its own codec to go on with.
    """

    body: bytes
    headers: dict[str, str]
    proof: Proof | None
    service: Service | None = None
    opened: object | None = None


@quickly_made
@dataclass(frozen=True, kw_only=True)
class Request:
    """A message that was read. Without `uri` or `hoedanigheid` the credential's are meant.

    `called` is what the message calls the service, where it does; `sender` whose message it is, once
    it was admitted.
    """

    service: Service
    question: Question
    reference: str
    question_reference: str
    uri: str | None = None
    hoedanigheid: str | None = None
    enduser: str | None = None
    purpose: str | None = None
    case: str | None = None
    authentication: Authentication | None = None
    called: str | None = None
    sender: Caller = ANYBODY

    def sent_by(self, sender: Caller) -> "Request":
        """The same, as this caller's. NOTE: `replace` costs several times as much."""
        sent = Request.__new__(Request)
        vars(sent).update(vars(self), sender=sender)
        return sent


@quickly_made
@dataclass(frozen=True)
class Reply:
    """An answer ready to leave but for the number of its decision.

    `parts` are the body's bytes with a hole between each two; the decision's number fills every
    hole once the log has given it. The log commits to the digest of the parts joined by nothing.
    `labels` are header fields that every answer of the same permit has, `headers` those of its own.
    """

    status: int
    media_type: str
    parts: tuple[bytes, ...]
    headers: tuple[tuple[str, str], ...] = ()
    labels: tuple[tuple[str, str], ...] = ()

    def body(self, decision: str) -> bytes:
        """The body with the decision's number (`D-18`) in its holes."""
        return decision.encode().join(self.parts)

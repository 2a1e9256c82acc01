"""Which client asks at the OAuth doors: by a signed assertion, by its certificate, or by both."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from gateway.contracts.faults import GatewayFault, RefusedFault, refuse
from gateway.contracts.reasons import Reason
from gateway.domain.client_assertion import (
    invalid,
    named_client,
    replayed,
    require_claims,
    require_header,
)
from gateway.domain.oauth import ASSERTION_TYPE, ClientKey, Method, client_id, credential_of
from gateway.domain.request import Caller, Proof, ProofKind
from gateway.ports.oauth import (
    AssertionReader,
    ClientKeys,
    MachineClock,
    ShownAssertions,
    Signed,
    TokenRegister,
)

_OTHER_METHODS = ("client_secret",)
_REMEDY = "send `client_assertion`, a JWT signed with the `private_key` of the ready file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request at one of these doors, as it came in.

    `flaw` is what kept the form from being read; `certificate` what the connection showed (DER);
    `audiences` are the names under which an assertion may mean us, `bases` our addresses.
    """

    form: Mapping[str, str]
    flaw: GatewayFault | None
    certificate: bytes | None
    has_authorization: bool
    issuer: str
    audiences: frozenset[str]
    bases: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A client that showed who it is. `certificate` is the SHA-256 of the one it showed, if any."""

    caller: Caller
    method: Method
    key: str | None
    certificate: bytes | None

    @property
    def client_id(self) -> str:
        """The name it goes by."""
        return client_id(self.caller.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientIdentity:
    """The collaborators, wired once at start-up."""

    callers: Mapping[str, Caller]
    credentials: TokenRegister
    reader: AssertionReader
    keys: ClientKeys
    shown: ShownAssertions
    machine: MachineClock

    def identify(self, asked: Asked) -> Client:
        """Who asks. An assertion is used up by this, whatever becomes of the request.

        Raises:
            RefusedFault: the form cannot be read, `credential-missing` or `credential-invalid`.
        """
        if asked.flaw is not None:
            raise asked.flaw
        _require_one_method(asked)
        holder = self._holder(asked.certificate)
        text = asked.form.get("client_assertion")
        if text is None:
            return _by_certificate(asked, holder)
        caller, key = self._signer(text, asked)
        if holder is not None and holder.key != caller.key:
            raise _refused("assertion and certificate name two credentials",
                           "show one of the two, or both of the same credential")  # fmt: skip
        return Client(caller=caller, method=Method.PRIVATE_KEY_JWT, key=key.kid,
                      certificate=_digest(asked.certificate))  # fmt: skip

    def still_counts(self, client: Client) -> bool:
        """Whether what the client showed was not revoked in the meantime."""
        keys = {key.kid for key in self.keys.of(client.caller.key)}
        return client.key is None or client.key in keys

    def _holder(self, certificate: bytes | None) -> Caller | None:
        if certificate is None:
            return None
        return self.credentials.identify(Proof(ProofKind.CERTIFICATE, certificate))

    def _signer(self, text: str, asked: Asked) -> tuple[Caller, ClientKey]:
        if asked.form.get("client_assertion_type") != ASSERTION_TYPE:
            raise _refused("client_assertion_type: it is missing or another one",
                           f"send {ASSERTION_TYPE}")  # fmt: skip
        signed = self.reader.read(text)
        algorithm = require_header(signed.header)
        client = named_client(signed.claims)
        if asked.form.get("client_id", client) != client:
            raise _refused("client_id: it is not the client of the assertion", "leave it out")
        caller, key = self._known(client, signed, algorithm)
        now = self.machine.now().timestamp()
        assertion = require_claims(signed.claims, asked.audiences, now)
        if not self.shown.take(client, assertion.jti, assertion.until, int(now)):
            raise replayed()
        return caller, key

    def _known(self, client: str, signed: Signed, algorithm: str) -> tuple[Caller, ClientKey]:
        """Whose key signed it. Only now is anything believed that the assertion says."""
        caller = self.callers.get(credential_of(client) or "")
        fitting = [key for key in self.keys.of(caller.key) if key.algorithm == algorithm] if caller else []  # fmt: skip
        key = signed.signer(fitting) if fitting else None
        if caller is None or key is None:
            raise invalid("signature: no key of the client that it names made it",
                          "sign with the `private_key` of that client in the ready file, or register "
                          "your own public key with `magda-sim keys register`")  # fmt: skip
        return caller, key


def _require_one_method(asked: Asked) -> None:
    if asked.has_authorization or any(name in asked.form for name in _OTHER_METHODS):
        raise _refused("clients have no secret and no token of their own here", _REMEDY)


def _by_certificate(asked: Asked, holder: Caller | None) -> Client:
    if holder is None:
        raise refuse(Reason.CREDENTIAL_MISSING, "the request does not say which client asks",
                     remedy=f"{_REMEDY}, or show its certificate")  # fmt: skip
    if asked.form.get("client_id") != client_id(holder.key):
        raise _refused("client_id: it is not the client whose certificate is shown",
                       "send the `client_id` of that credential")  # fmt: skip
    return Client(caller=holder, method=Method.TLS_CLIENT_AUTH, key=None,
                  certificate=_digest(asked.certificate))  # fmt: skip


def _digest(certificate: bytes | None) -> bytes | None:
    return sha256(certificate).digest() if certificate is not None else None


def _refused(detail: str, remedy: str) -> RefusedFault:
    return refuse(Reason.CREDENTIAL_INVALID, detail, remedy=remedy)

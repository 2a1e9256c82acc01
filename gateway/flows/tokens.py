"""Tokens: issued to clients, looked at by them, given up. Every attempt has its entry first."""

from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from gateway.contracts.faults import GatewayFault, LogUnavailable, Refusal, RefusedFault
from gateway.domain.client_assertion import invalid
from gateway.domain.log_entry import Event, EventKind
from gateway.domain.oauth import AccessToken, OAuthError, OAuthFault, client_id, error_of
from gateway.domain.request import Caller, Proof, ProofKind
from gateway.domain.services import PLATFORM
from gateway.domain.token_request import require_grant
from gateway.flows.attempts import AttemptGate
from gateway.flows.audited import refusal_of
from gateway.flows.client_identity import Asked, Client, ClientIdentity
from gateway.ports import Clock, DecisionLog
from gateway.ports.oauth import MachineClock, TokenMint, TokenRegister

LISTENER = "oauth"
Content = Mapping[str, Any]
Take = Callable[[Caller], object]


@dataclass(frozen=True, slots=True)
class Told:
    """What a client is told: content, or a refusal with its OAuth name; and the entry's number."""

    content: Content | None
    decision: str | None
    refusal: Refusal | None = None
    error: OAuthError | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """What was done for a client: `undo` if it cannot be entered, `effect` once it is.

    `words` stand in the entry.
    """

    content: Content
    words: Content
    undo: Callable[[], None] | None = None
    effect: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenDesk:
    """The collaborators, wired once at start-up. `lifetime` is in seconds of machine time.

    Each act is told how to take one from a caller's share of requests (`take`).
    """

    space: str
    identity: ClientIdentity
    credentials: TokenRegister
    mint: TokenMint
    log: DecisionLog
    attempts: AttemptGate
    clock: Clock
    machine: MachineClock
    lifetime: int

    def issue(self, asked: Asked, take: Take) -> Told:
        """A token for the client that asks, bound to the certificate that it shows, if it shows one."""
        return self._answer(EventKind.TOKEN_ISSUED, asked, take, self._issue)

    def introspect(self, asked: Asked, take: Take) -> Told:
        """What a token of the client's own says; of any other only that it is not active."""
        return self._answer(EventKind.TOKEN_INTROSPECTED, asked, take, self._introspect)

    def revoke(self, asked: Asked, take: Take) -> Told:
        """End a token of the client's own; of any other it is not told whether there is one."""
        return self._answer(EventKind.TOKEN_REVOKED, asked, take, self._revoke)

    def _issue(self, asked: Asked, client: Client) -> Done:
        grant = require_grant(asked.form, asked.bases)
        now = self.machine.now()
        expires = now + timedelta(seconds=self.lifetime)
        text, claims = self.mint.mint(
            {
                "iss": asked.issuer, "sub": client.client_id, "client_id": client.client_id,
                "aud": grant.audience or asked.issuer,
                "iat": int(now.timestamp()), "exp": int(expires.timestamp()),
                **({"scope": grant.scope} if grant.scope else {}), **_bound(client),
            }
        )  # fmt: skip
        token = AccessToken(credential=client.caller.key, claims=claims, expires=expires,
                            key=client.key, certificate=client.certificate)  # fmt: skip
        self.credentials.issue(text, client.caller, token)
        undo = _withdrawal(self.credentials, text)
        counts = self.credentials.token(Proof(ProofKind.TOKEN, text.encode())) is not None
        if not counts or not self.identity.still_counts(client):
            undo()
            raise invalid("signature: its key was revoked just now", "use another key")
        content = {"access_token": text, "token_type": "Bearer", "expires_in": self.lifetime}
        scope = {"scope": grant.scope} if grant.scope else {}
        return Done(content | scope, {"bound": client.certificate is not None}, undo=undo)

    def _introspect(self, asked: Asked, client: Client) -> Done:
        proof = Proof(ProofKind.TOKEN, _token(asked).encode())
        holder = self.credentials.find(proof)
        if holder is None or holder.key != client.caller.key:
            return Done({"active": False}, {"active": False})
        token = self.credentials.token(proof)
        claims = token.claims if token else {"client_id": client_id(holder.key)}
        return Done({"active": True, "token_type": "Bearer", **claims}, {"active": True})

    def _revoke(self, asked: Asked, client: Client) -> Done:
        text = _token(asked)
        token = self.credentials.token(Proof(ProofKind.TOKEN, text.encode()))
        if token is None or token.credential != client.caller.key:
            return Done({}, {"ended": False})
        return Done({}, {"ended": True}, effect=_withdrawal(self.credentials, text))

    def _answer(
        self,
        kind: EventKind,
        asked: Asked,
        take: Take,
        act: Callable[[Asked, Client], Done],
    ) -> Told:
        client = None
        try:
            client = self.identity.identify(asked)
            take(client.caller)
            done = act(asked, client)
        except Exception as error:  # noqa: BLE001  whatever it is, the attempt is entered
            return self._refused(kind, client, error)
        try:
            decision = self._enter(kind, client, done.words, None)
        except LogUnavailable as unavailable:
            if done.undo is not None:
                done.undo()
            return Told(None, None, unavailable.refusal, error_of(unavailable))
        if done.effect is not None:
            done.effect()
        return Told(done.content, decision)

    def _refused(self, kind: EventKind, client: Client | None, error: Exception) -> Told:
        refusal = refusal_of(error)
        name = error_of(error if isinstance(error, GatewayFault) else RefusedFault(refusal))
        if client is None and self.attempts.is_flooded(LISTENER):
            return Told(None, None, refusal, name)
        try:
            return Told(
                None, self._enter(kind, client, {"error": name.value}, refusal), refusal, name
            )
        except LogUnavailable as unavailable:
            return Told(None, None, unavailable.refusal, error_of(unavailable))

    def _enter(
        self, kind: EventKind, client: Client | None, more: Content, refusal: Refusal | None
    ) -> str:
        grounds = refusal.grounds if refusal else ()
        words = {
            "credential": client.caller.key if client else None,
            "party": client.caller.party if client else None,
            "unit": client.caller.unit if client else None,
            "method": client.method.value if client else None,
            "key": client.key if client else None,
            "outcome": "refusal" if refusal else "permit",
            "reasons": [ground.reason.value for ground in grounds],
            "articles": [ground.cited for ground in grounds if ground.cited is not None],
            "protocol": PLATFORM,
        }  # fmt: skip
        event = Event(kind, self.clock.now(), self.space, words | dict(more))
        (position,) = self.log.append_all([event.entry()])
        return f"D-{position}"


def _bound(client: Client) -> Content:
    """RFC 8705, 3.1."""
    if client.certificate is None:
        return {}
    thumbprint = urlsafe_b64encode(client.certificate).decode().rstrip("=")
    return {"cnf": {"x5t#S256": thumbprint}}


def _token(asked: Asked) -> str:
    text = asked.form.get("token")
    if not text:
        raise OAuthFault(OAuthError.INVALID_REQUEST, "token", "it is missing", "send the token")
    return text


def _withdrawal(credentials: TokenRegister, text: str) -> Callable[[], None]:
    return lambda: credentials.withdraw(Proof(ProofKind.TOKEN, text.encode()))

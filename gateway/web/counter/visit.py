"""Who visits: what the log-in form leaves in cookies, and how later requests show it."""

from collections.abc import Mapping
from dataclasses import replace

from gateway.domain.request import Message, Proof, ProofKind
from gateway.web.counter.forms import fields
from gateway.web.counter.jar import AGENT, LANGUAGE, LOGIN, TOKEN, kept
from gateway.web.counter.words import Language, spoken
from gateway.web.rest.decoding import BodyInvalid


def language_of(headers: Mapping[str, str]) -> Language:
    """The language that the visitor chose, or Dutch."""
    return spoken(kept(headers).get(LANGUAGE))


def is_from_elsewhere(headers: Mapping[str, str]) -> bool:
    """Whether another site's page sent this; a browser says so in `Origin`."""
    origin = headers.get("origin")
    return origin is not None and origin.partition("://")[2] != headers.get("host")


class Visitor:
    """Implements `gateway.web.hot.MessageSecurity`: what the cookies hold takes the place of headers."""

    def open(self, message: Message) -> Message:
        """The message as a client that knows no cookies would send it."""
        return _as_sent(
            {} if is_from_elsewhere(message.headers) else kept(message.headers), message
        )

    def seal(self, message: Message, answer: bytes) -> bytes:  # noqa: ARG002  pages are not signed
        """As it is."""
        return answer


class Newcomer(Visitor):
    """Of somebody who signs in, the form says what cookies will say later."""

    def open(self, message: Message) -> Message:
        """The message with the form's token as its proof."""
        return _as_sent(signing_in(message), message)


def signing_in(message: Message) -> Mapping[str, str]:
    """What a log-in form says, under the names of the cookies; nothing if another site sent it."""
    if is_from_elsewhere(message.headers):
        return {}
    try:
        sent = fields(message.body)
    except BodyInvalid:
        return {}
    names = {"bewijs": TOKEN, "gebruiker": AGENT, "aanmelding": LOGIN}
    return {names[name]: value for name, value in sent.items() if name in names}


def _as_sent(words: Mapping[str, str], message: Message) -> Message:
    """NOTE: of the browser's own headers nothing counts but the cookies and what the connection shows."""
    names = {"x-magda-enduser-id": AGENT, "sim-authentication": LOGIN}
    headers = {header: words[name] for header, name in names.items() if words.get(name)}
    told = {name: message.headers[name] for name in ("cookie", "host") if name in message.headers}
    return replace(message, headers=told | headers, proof=_proof(words.get(TOKEN), message.proof))


def _proof(token: str | None, shown: Proof | None) -> Proof | None:
    """The token, beside a certificate if the connection shows one; an `Authorization` header does not count."""
    certificate = shown.beside if shown is not None and shown.beside is not None else shown
    if certificate is not None and certificate.kind is not ProofKind.CERTIFICATE:
        certificate = None
    if not token:
        return certificate
    return Proof(ProofKind.TOKEN, token.encode(), beside=certificate)

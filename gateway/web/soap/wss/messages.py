"""Opens SOAP messages: parses each once, finds out who signed it, and seals the answer likewise."""

import logging
import traceback
from dataclasses import replace

from lxml import etree

from gateway.domain.request import Message, Proof, ProofKind
from gateway.web.soap.wss.flaw import SignatureFlaw
from gateway.web.soap.wss.opened import Opened
from gateway.web.soap.wss.seal import Seal
from gateway.web.soap.wss.verifier import SignatureVerifier, Verified
from gateway.web.soap.xml import SafeXml, XmlInvalid

_MACHINE_LOG = logging.getLogger(__name__)
_UNSIGNED = "No signature in message!"
_UNREAD = "the signature could not be looked into"
_TOO_LARGE = "the message is too large to be looked into for a signature"


class SignedMessages:
    """Implements `gateway.web.hot.MessageSecurity`. `limit` is in bytes.

    `required` refuses what is not signed, whatever else is shown.
    """

    def __init__(
        self, verifier: SignatureVerifier, seal: Seal, limit: int, *, required: bool = False
    ) -> None:
        self._verifier, self._seal, self._limit, self._required = verifier, seal, limit, required
        self._xml = SafeXml()

    def open(self, message: Message) -> Message:
        """The message with its signature as proof, beside what was shown on the connection.

        What is no XML stays as it is: the codec says so, once the caller is known.
        """
        if len(message.body) > self._limit:
            return message if message.proof else replace(message, proof=_flawed(_TOO_LARGE))
        try:
            envelope = self._xml.parse(message.body)
        except XmlInvalid:
            return message
        found = self._found(envelope)
        if found is None:
            return _opened(message, message.proof, Opened(envelope, None))
        shown = found.proof
        proof = Proof(shown.kind, shown.value, message.proof, shown.defect)
        return _opened(message, proof, Opened(envelope, found.style))

    def seal(self, message: Message, answer: bytes) -> bytes:
        """The answer, signed if the message was signed well."""
        opened = message.opened
        if not isinstance(opened, Opened) or opened.style is None:
            return answer
        return self._seal.sealed(answer, opened.style)

    def _found(self, envelope: etree._Element) -> Verified | None:
        try:
            found = self._verifier.verify(envelope)
        except SignatureFlaw as flaw:
            return Verified(_flawed(str(flaw)), None)
        except Exception as error:  # noqa: BLE001  whatever it is, the attempt must be entered
            frame = traceback.extract_tb(error.__traceback__)[-1]
            _MACHINE_LOG.error("%s at %s:%s", type(error).__name__, frame.filename, frame.lineno)
            return Verified(_flawed(_UNREAD), None)
        if found is None and self._required:
            return Verified(_flawed(_UNSIGNED), None)
        return found


def _opened(message: Message, proof: Proof | None, opened: Opened) -> Message:
    return Message(
        body=message.body,
        headers=message.headers,
        proof=proof,
        service=message.service,
        opened=opened,
    )


def _flawed(why: str) -> Proof:
    return Proof(ProofKind.SIGNATURE, b"", defect=why)

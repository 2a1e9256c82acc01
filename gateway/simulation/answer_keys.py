"""The keys that sign answers: one on a curve, and an RSA key once a client with such a key is known."""

from collections.abc import Callable
from threading import Lock

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.simulation.authority import TestAuthority
from gateway.web.soap.wss.names import ECDSA_SHA256, RSA_SHA256
from gateway.web.soap.wss.seal import AnswerSigner, answer_signer

_HALF = 32


class AnswerKeys:
    """Keys by kind; the RSA one is worked out when it is asked for first, or ahead (`prepare_rsa`)."""

    def __init__(self, authority: TestAuthority) -> None:
        self._authority = authority
        self._lock = Lock()
        key = authority.keyring.tls_key("answers")
        certificate = authority.answers("ec", key.public_key())
        self._curve = self._signer(ECDSA_SHA256, certificate, _ecdsa(key))
        self._rsa: AnswerSigner | None = None
        self._certificates = [certificate]

    def signer(self, is_rsa: bool) -> AnswerSigner:  # noqa: FBT001  one of two
        """The signer for clients of this kind."""
        return self.prepare_rsa() if is_rsa else self._curve

    def prepare_rsa(self) -> AnswerSigner:
        """Have the RSA key at hand; takes a third of a second the first time."""
        with self._lock:
            if self._rsa is None:
                key = self._authority.keyring.rsa_key("answers")
                certificate = self._authority.answers("rsa", key.public_key())
                self._certificates.append(certificate)
                self._rsa = self._signer(RSA_SHA256, certificate, _pkcs1(key))
            return self._rsa

    def pem(self) -> str:
        """The certificates that answers are signed with so far, and what leads from them to the root."""
        own = [one.public_bytes(Encoding.PEM).decode() for one in self._certificates]
        return "".join((*own, self._authority.issuing_pem))

    def _signer(
        self, algorithm: str, certificate: x509.Certificate, sign: Callable[[bytes], bytes]
    ) -> AnswerSigner:
        above = (self._authority.root, self._authority.issuing)
        path = pki_path((*above, certificate))
        return answer_signer(algorithm, certificate.public_bytes(Encoding.DER), path, sign)


def pki_path(chain: tuple[x509.Certificate, ...]) -> bytes:
    """The certificates, root first, as a PKIPath: a DER sequence of them."""
    content = b"".join(one.public_bytes(Encoding.DER) for one in chain)
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([0x30, 0x80 | len(length)]) + length + content


def _ecdsa(key: EllipticCurvePrivateKey) -> Callable[[bytes], bytes]:
    """NOTE(wire): XML Signature writes the two numbers side by side, not as ASN.1."""
    algorithm = ECDSA(SHA256(), deterministic_signing=True)

    def sign(signed: bytes) -> bytes:
        numbers = decode_dss_signature(key.sign(signed, algorithm))
        return b"".join(number.to_bytes(_HALF, "big") for number in numbers)

    return sign


def _pkcs1(key: RSAPrivateKey) -> Callable[[bytes], bytes]:
    padding, kind = PKCS1v15(), SHA256()
    return lambda signed: key.sign(signed, padding, kind)

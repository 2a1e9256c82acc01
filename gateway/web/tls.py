"""TLS at the listener: the context, and a uvicorn protocol that hands the peer's certificate on.

No released ASGI server fills the TLS extension, so this class does (`docs/certificates.md`). It leans
on names inside uvicorn: `gateway.simulation.tls_self_test` refuses to start where they moved.
"""

import asyncio
import ssl
from pathlib import Path

from cryptography import x509

from gateway.web.again import KeptHeads
from gateway.web.client_certificate import TLS

NO_CHECK_TIME = 0x200000
"""OpenSSL's `X509_V_FLAG_NO_CHECK_TIME`: dates of client certificates are judged on the space's clock."""
_CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"
_VERSIONS = {"TLSv1.2": 0x0303, "TLSv1.3": 0x0304}


class PeerCertificateProtocol(KeptHeads):
    """uvicorn's HTTP protocol with limits, and the ASGI TLS extension in every scope of a TLS connection."""

    _extension: dict[object, object] | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Read once what the handshake learned."""
        super().connection_made(transport)
        connection = transport.get_extra_info("ssl_object")
        if connection is not None:
            self._extension = tls_extension(connection)

    def on_message_begin(self) -> None:
        """Tell it to every request of the connection."""
        super().on_message_begin()
        if self._extension is not None:
            self.scope["extensions"] = {TLS: self._extension}


def tls_extension(connection: ssl.SSLObject) -> dict[object, object]:
    """The members of the ASGI TLS extension, and the leaf as DER beside them.

    A resumed session remembers the leaf only, so the chain may be shorter than the peer's own.
    """
    leaf = connection.getpeercert(binary_form=True)
    cipher = connection.cipher()
    numbers = {one["name"]: one["id"] & 0xFFFF for one in connection.context.get_ciphers()}
    return {
        "server_cert": None,
        "client_cert_chain": _chain(connection) if leaf is not None else [],
        "client_cert_name": _name(leaf) if leaf is not None else None,
        "client_cert_error": None,
        "tls_version": _VERSIONS.get(connection.version() or ""),
        "cipher_suite": numbers.get(cipher[0]) if cipher else None,
        "client_cert_der": leaf,
    }


def server_context() -> ssl.SSLContext:
    """TLS 1.2 and 1.3 with forward secrecy; a client certificate is asked for and may be absent.

    One that is shown must lead to a trusted root, whatever its dates: those are the space's matter.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(_CIPHERS)
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    # A line that is cut is no end of what was said: older Pythons tell OpenSSL to take it for one.
    context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF
    context.set_alpn_protocols(["http/1.1"])
    context.verify_mode = ssl.CERT_OPTIONAL
    context.verify_flags |= NO_CHECK_TIME
    return context


def furnish(
    context: ssl.SSLContext, chain: Path, key: Path, roots: str, trusted: Path | None
) -> None:
    """Give the context its own certificate, and the roots (PEM) that clients may lead to."""
    context.load_cert_chain(chain, key)
    context.load_verify_locations(cadata=roots)
    if trusted is not None:
        context.load_verify_locations(trusted)


def _chain(connection: ssl.SSLObject) -> list[str]:
    """Leaf first, as PEM. Python has a public name for this from 3.13 on."""
    inner = getattr(connection, "_sslobj", None)
    found = inner.get_unverified_chain() if inner is not None else None
    return [one.public_bytes() for one in found or ()]


def _name(leaf: bytes) -> str | None:
    try:
        return x509.load_der_x509_certificate(leaf).subject.rfc4514_string()
    except ValueError:  # stricter than OpenSSL; it is registered for nobody either way
        return None

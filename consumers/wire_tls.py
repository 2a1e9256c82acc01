"""How an agency shows its certificate: one context for every client that speaks TLS."""

import ssl
from pathlib import Path


def with_certificate(
    ca: str | Path, certificate: str | Path | None = None, key: str | Path | None = None
) -> ssl.SSLContext:
    """Trust this CA and nobody else; show this certificate (with what leads to its root), if any."""
    context = ssl.create_default_context(cafile=ca)
    if certificate is not None:
        context.load_cert_chain(certificate, key)
    return context

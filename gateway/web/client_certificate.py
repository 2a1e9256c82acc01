"""The certificate that a caller showed, wherever it came from: its own TLS connection, or a trusted proxy.

Nothing else in the web layer looks for a certificate. What is shown here is not judged yet: who is
meant, and whether it is valid and not revoked, is for `CredentialDirectory`, on the space's clock.
"""

from collections.abc import Mapping
from typing import Any

TLS = "tls"
"""The ASGI TLS extension, filled by `gateway.web.tls`; `client_cert_der` is our own member of it."""
PROXIED = "client-cert"
"""Our extension for RFC 9440 headers, filled by `gateway.web.proxied` and by nobody else."""
UNREADABLE = b""
"""Stands for a certificate that cannot be read or told from another: nobody is registered with it."""


def client_certificate(scope: Mapping[str, Any]) -> bytes | None:
    """The caller's certificate (DER), `None` without one, `UNREADABLE` where it is not clear which.

    INVARIANT: a certificate in a header counts only if it stands where `gateway.web.proxied` put it.
    """
    extensions = scope.get("extensions")
    if not extensions:
        return None
    own: bytes | None = extensions.get(TLS, {}).get("client_cert_der")
    proxied: bytes | None = extensions.get(PROXIED, {}).get("leaf")
    if own is not None and proxied is not None:
        return UNREADABLE
    return proxied if own is None else own

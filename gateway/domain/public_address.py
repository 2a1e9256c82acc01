"""Addresses that a space is reached by when something stands before it."""

from urllib.parse import urlsplit

DEFAULT_PORTS = {"http": 80, "https": 443}
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what listens there."""
    return host in _LOOPBACK


def parse_bases(text: str) -> tuple[str, ...]:
    """Addresses from `https://sim.example, http://other:8080`, each without what goes without saying.

    Raises:
        ValueError: one of them is no address of a server.
    """
    return tuple(_base(part.strip()) for part in text.split(",") if part.strip())


def _base(text: str) -> str:
    parts = urlsplit(text.rstrip("/").lower())
    try:
        is_plain = parts.scheme in DEFAULT_PORTS and parts.hostname and parts.port != 0
    except ValueError:  # a port that is no number
        is_plain = False
    if not is_plain or parts.path or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError(f"`{text}` is not of the form `https://name:port`")
    return f"{parts.scheme}://{bare_netloc(parts.scheme, parts.netloc)}"


def bare_netloc(scheme: str, netloc: str) -> str:
    """Host and port, without the port that goes without saying."""
    return netloc.removesuffix(f":{DEFAULT_PORTS.get(scheme)}")

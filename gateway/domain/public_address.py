"""Addresses that a space is reached by when something stands before it."""

from urllib.parse import urlsplit

_SCHEMES = ("http", "https")


def parse_bases(text: str) -> tuple[str, ...]:
    """Addresses from `https://sim.example, http://other:8080`.

    Raises:
        ValueError: one of them is no address of a server.
    """
    bases = [part.strip().rstrip("/") for part in text.split(",") if part.strip()]
    for base in bases:
        parts = urlsplit(base)
        if parts.scheme not in _SCHEMES or not parts.netloc or parts.path or parts.query:
            raise ValueError(f"`{base}` is not of the form `https://name:port`")
    return tuple(base.lower() for base in bases)

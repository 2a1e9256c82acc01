"""The frame of a page, the headers that it goes with, and the templates that are set in it."""

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

HTML = "text/html; charset=utf-8"
HEADERS: tuple[tuple[str, str], ...] = (
    ("Cache-Control", "no-store"),
    (
        "Content-Security-Policy",
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Referrer-Policy", "same-origin"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
)
"""No script at all, no frames, nothing from elsewhere, and nothing kept on the way."""


def templates(package: str) -> Environment:
    """A package's templates; each may extend `frame.html`."""
    folders = [PackageLoader(one, "templates") for one in (package, "gateway.web.frame")]
    return Environment(
        loader=ChoiceLoader(folders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

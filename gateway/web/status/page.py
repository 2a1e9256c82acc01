"""Renders the status page: escaped, without script, in Dutch or English, and never kept by anybody."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from gateway.ports.operation import Part
from gateway.web.frame.pages import templates

SECONDS = 5
_STYLE = (
    "body{font-family:sans-serif;margin:2rem;max-width:70rem}"
    "table{border-collapse:collapse;margin-bottom:2rem}"
    "th,td{border:1px solid #767676;padding:.3rem .6rem;text-align:left}"
    ".count{text-align:right}.bad{background:#fde7e7}"
)
_DIGEST = b64encode(sha256(_STYLE.encode()).digest()).decode()
HEADERS: dict[str, str] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_DIGEST}'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
TEXTS: Mapping[str, Mapping[str, str]] = {
    "nl": {
        "works": "Alles werkt", "works_not": "Er werkt iets niet", "space": "Ruimte",
        "clock": "De klok staat op", "again": "Deze pagina ververst zichzelf.", "parts": "Onderdelen",
        "part": "Onderdeel", "state": "Werkt", "found": "Bevinding", "yes": "ja", "no": "nee",
        "decisions": "Beslissingen", "files": "Bestanden van afnemers", "batches": "Aanleveringen",
        "logins": "Aanmeldingen op de bestandsserver", "entries": "Andere logregels",
        "count": "aantal", "nothing": "Nog niets.",
    },
    "en": {
        "works": "Everything works", "works_not": "Something does not work", "space": "Space",
        "clock": "The clock stands at", "again": "This page refreshes itself.", "parts": "Parts",
        "part": "Part", "state": "Works", "found": "Finding", "yes": "yes", "no": "no",
        "decisions": "Decisions", "files": "Consumers' files", "batches": "Uploads",
        "logins": "Log-ins on the drop server", "entries": "Other entries in the log",
        "count": "count", "nothing": "Nothing yet.",
    },
}  # fmt: skip
_PAGES = templates("gateway.web.status")


@dataclass(frozen=True, slots=True)
class Row:
    """Words of a count's labels, and the count."""

    words: Sequence[str]
    count: int


@dataclass(frozen=True, slots=True)
class Table:
    """Counts under a heading; `name` is one of the texts."""

    name: str
    labels: Sequence[str]
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Status:
    """What the page tells."""

    space: str
    clock: str
    parts: Sequence[Part]
    tables: Sequence[Table]


def render(status: Status, language: str) -> str:
    """The page."""
    return _PAGES.get_template("status.html").render(
        t=TEXTS[language],
        language=language,
        seconds=SECONDS,
        style=_STYLE,
        works=all(part.works for part in status.parts),
        space=status.space,
        clock=status.clock,
        parts=status.parts,
        tables=status.tables,
    )


def language_of(accepted: str) -> str:
    """English for a browser that would rather have it than Dutch, else Dutch."""
    wanted = [part.partition(";")[0].strip()[:2].lower() for part in accepted.split(",")]
    return next((one for one in wanted if one in TEXTS), "nl")

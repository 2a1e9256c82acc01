"""How a flow's files travel, and how long they lie where they are fetched."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DropTerm:
    """How long a file stays in its folder: an ISO 8601 period (`P1M`), and the article that says so."""

    period: str
    article: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Transport:
    """By what way a flow's files go (`sftp`, `ftps`), and the article that says so."""

    name: str
    article: str

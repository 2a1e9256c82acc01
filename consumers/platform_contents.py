"""What the platform tells a unit of itself: what it may do, and what it was told of somebody."""

from datetime import date, datetime

import msgspec
from msgspec import field

from consumers.contents import Personal


class Obstacle(msgspec.Struct, frozen=True):
    """Why a unit may not, and how to mend that."""

    reason: str = field(name="reden")
    code: str | None = None
    article: str | None = field(name="artikel", default=None)
    remedy: str | None = field(name="remedie", default=None)


class ListedField(msgspec.Struct, frozen=True):
    """A field that the protocol gives this unit."""

    name: str = field(name="veld")
    article: str | None = field(name="artikel", default=None)


class Right(msgspec.Struct, frozen=True):
    """One flow of one protocol: whether it may be used now, what it gives, until when."""

    protocol: str
    flow: str = field(name="stroom")
    service: str = field(name="dienst")
    is_open: bool = field(name="mag")
    fields: tuple[ListedField, ...] = field(name="gegevens", default=())
    since: date | None = field(name="van", default=None)
    until: datetime | None = field(name="tot", default=None)
    obstacles: tuple[Obstacle, ...] = field(name="weigeringen", default=())


class Rights(msgspec.Struct, frozen=True):
    """What a unit may do at an instant."""

    party: str = field(name="partij")
    unit: str = field(name="eenheid")
    at: datetime = field(name="op")
    rights: tuple[Right, ...] = field(name="rechten", default=())


class Disclosure(Personal, frozen=True):
    """Something that this unit was told of a person: `decision` is its entry in the log."""

    at: datetime = field(name="wanneer")
    kind: str = field(name="soort")
    service: str | None = field(name="dienst", default=None)
    purpose: str | None = field(name="doel", default=None)
    fields: tuple[str, ...] = field(name="velden", default=())
    protocol: str | None = None
    reference: str | None = field(name="referte", default=None)
    decision: str | None = field(name="beslissing", default=None)


class Disclosures(Personal, frozen=True):
    """All that this unit was told of a person."""

    disclosures: tuple[Disclosure, ...] = field(name="auditloggings", default=())

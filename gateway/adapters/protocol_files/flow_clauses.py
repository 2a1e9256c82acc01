"""A flow in a protocol document: what is asked of who uses it, when, how often and by what way."""

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field

from gateway.adapters.protocol_files.clauses import Cite, Clause, Duration, FactName, Slug, Text

Month = Annotated[int, Field(ge=1, le=12)]


class Periodicity(Clause):
    """How often."""

    kind: Literal["permanent", "daily", "yearly", "windows"]


class Windows(Clause):
    """The calendar months in which a flow is open."""

    months: Annotated[list[Month], Field(min_length=1)]


class Quota(Clause):
    """How often in a calendar year, for one consumer."""

    max: Annotated[int, Field(ge=1)]
    per: Literal["calendar-year"]


class SessionModel(Clause):
    """How long an interactive look may last."""

    max: Duration


class Training(Clause):
    """What the person behind the call must have been trained in."""

    subject: Slug


class DropTerm(Clause):
    """How long a file stays in the consumer's folder."""

    period: Duration


class Channel(Clause):
    """By what way."""

    kind: Literal["soap-or-rest", "rest", "file-drop"]
    route: Literal["magda"]
    transport: Literal["sftp", "ftps"] | None = None
    access: Literal["read-only"] | None = None
    drop_term: DropTerm | None = None


class AuthenticationModel(Clause):
    """How strongly the person behind a call must have logged in."""

    at_least: Literal["password", "digital-key", "eid"]


class Requirement(Clause):
    """A fact that must hold about the person, always or only in part of the cases.

    `purposes` limits it to questions for those, `if_stated` to questions that name something (the
    `zorgkas`). `route` says where to turn instead, when the text does.
    """

    fact: FactName
    purposes: list[Slug] = []
    if_stated: Slug | None = None
    route: Text | None = None


class Selection(Clause):
    """Which persons a file holds."""

    rule: Literal["registered", "own-members", "whole-list", "paid-and-domiciled"]
    reference_date: (
        Annotated[str, Field(pattern="^[0-9]{2}-[0-9]{2}$", description='month and day: "01-31"')]
        | None
    ) = None
    municipality: (
        Annotated[str, Field(pattern="^[0-9]{5}$", description="five digits between quotes")] | None
    ) = None
    age_below: Annotated[int, Field(ge=1)] | None = None
    months_at_least: Annotated[int, Field(ge=1, le=12)] | None = None
    once_per: Literal["calendar-year"] | None = None


class Deferred(Clause):
    """Whom the data are about sees who saw them only after a period."""

    kind: Literal["deferred"]
    period: Duration


class WithheldModel(Clause):
    """Whom the data are about does not see who saw them, on this ground."""

    kind: Literal["withheld"]
    ground: Text


class FlowModel(Clause):
    """One service or file. Without `consumers` every consumer of the document is one."""

    id: Slug
    kind: Literal[
        "consultation", "statistics", "interactive", "mutation-file", "list-file", "payment-file"
    ]
    service: Text
    source: Slug
    consumers: list[Slug] = []
    purposes: Annotated[list[Slug], Field(min_length=1)]
    fields: Annotated[list[Slug], Field(min_length=1)]
    fields_article: Cite
    periodicity: Periodicity
    channel: Channel
    authentication: AuthenticationModel | None = None
    training: Training | None = None
    duties_separated: Clause | None = None
    enduser: Clause | None = None
    requires: list[Requirement] = []
    selection: Selection | None = None
    windows: Windows | None = None
    quota: Quota | None = None
    session: SessionModel | None = None
    open_from: dt.date | None = None
    open_from_article: Text | None = None
    refuses_unlisted: bool = False
    disclosure: Annotated[Deferred | WithheldModel, Field(discriminator="kind")] | None = None

"""The clauses of a protocol document as strict models: unknown keys are refused, articles are not optional."""

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Text = Annotated[str, Field(min_length=1)]
Slug = Annotated[
    str,
    Field(
        pattern=r"^[a-zA-Z0-9]+([.-][a-zA-Z0-9]+)*$",
        description="letters and digits, with `-` or `.` between them",
    ),
]
Kbo = Annotated[str, Field(pattern=r"^[0-9]{10}$", description="ten digits between quotes")]
Duration = Annotated[
    str,
    Field(
        pattern=r"^P([1-9][0-9]{0,2}[YMWD]|T[1-9][0-9]{0,2}[HM])$",
        description="a period longer than nothing, such as P10Y, P3M, P2W, P14D, PT24H or PT15M",
    ),
]
Instant = Annotated[
    str,
    Field(
        pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[+-][0-9]{2}:[0-9]{2}$",
        description='an instant with its offset, such as "2025-03-10T12:00:00+01:00"',
    ),
]
_NUMBER = r"[1-9][0-9]?(\.[0-9])?( §[0-9]+)?( [a-z])?( [0-9]+°)?(, gegeven [0-9]+)?"
ArticleNumber = Annotated[
    str,
    Field(pattern=f"^{_NUMBER}$", description='such as "3", "2 b 2°", "2.1" or "3, gegeven 1"'),
]
Recital = Annotated[str, Field(pattern="^[A-Z][0-9]?$", description="such as C or C2")]
Section = Annotated[
    str, Field(pattern=r"^(inleiding|[0-9]\.[0-9])$", description='`inleiding`, or such as "1.1"')
]
Cite = Annotated[
    str,
    Field(
        pattern=rf"^(titel|partijen|inleiding|[0-9]\.[0-9]|overw\. [A-Z][0-9]?|art\. {_NUMBER})$",
        description='such as `art. 3`, "art. 3, gegeven 1", `art. 2 b 2°`, `overw. C2`, "1.1", '
        "`inleiding`, `titel` or `partijen`",
    ),
]
FactName = Literal[
    "registered", "member", "right-open", "question-open", "identified", "in-session"
]


class Model(BaseModel):
    """Whatever stands in a document."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Clause(Model):
    """Whatever cites an article."""

    article: Cite


class Source(Model):
    """The text that the document was made from, and every place in it that can be cited.

    `titel` and `partijen` can always be.
    """

    file: Text
    completeness: Literal["full", "truncated"]
    articles: Annotated[list[ArticleNumber], Field(min_length=1)]
    recitals: list[Recital] = []
    sections: list[Section] = []


class Related(Clause):
    """Another legal instrument that this one leans on; `must_hold` where it falls with it."""

    kind: Literal["machtiging", "beraadslaging", "vtc-goedkeuring", "samenwerkingsovereenkomst"]
    ref: Text
    must_hold: bool = False


class LegalFrame(Model):
    """What kind of instrument it is, and on what ground."""

    instrument: Literal["protocol"]
    basis: Text
    related: list[Related]


class PartyModel(Model):
    """An organisation. The enterprise number is an attribute, never the key (oddity O-02)."""

    id: Slug
    role: Literal["provider", "consumer", "integrator", "onward-recipient"]
    name: Text
    kbo: Kbo | None = None
    kbo_as_printed: bool = False
    vestiging: Kbo | None = None
    group: Slug | None = None


class DpoAdvice(Clause):
    """An advice that preceded the signature; `date` is absent where the text gives no year."""

    party: Slug
    date: dt.date | None = None
    outcome: Literal["given", "positive", "negative"]


class PurposeModel(Clause):
    """Why data are processed; `original` is the provider's own."""

    id: Slug
    kind: Literal["original", "further"]
    party: Slug
    ground: Literal["6.1.a", "6.1.b", "6.1.c", "6.1.d", "6.1.e"]
    refs: Annotated[list[Text], Field(min_length=1)]
    case_required: bool = False
    anonymous: bool = False


class OnlyIf(Model):
    """The value that another field of the same answer must have."""

    field: Slug
    equals: Text


class FieldModel(Clause):
    """A field that may be disclosed."""

    id: Slug
    subject: Text
    category: Literal[
        "national-number", "disability-score", "date", "benefit", "financial", "identification",
        "address", "bank-account", "obligation",
    ]  # fmt: skip
    constant: Text | None = None
    values: list[Text | int] = []
    derived: Text | None = None
    only_if: OnlyIf | None = None


class UnitModel(Clause):
    """A team that article 4 grants or refuses access."""

    id: Slug
    party: Slug
    access: Literal["granted", "refused"]
    purposes: list[Slug] = []


class Onward(Clause):
    """Whether the receiver may pass data on; `allowed` are third parties that the text names."""

    rule: Literal["forbidden", "prior-notice", "prior-consent"]
    to: Slug
    allowed: list[Text] = []


class Processor(Clause):
    """Who processes for a party."""

    name: Text
    party: Slug
    tasks: list[Text]


class RetentionModel(Clause):
    """How long the receiver may keep it."""

    id: Slug
    applies: Annotated[list[Text], Field(min_length=1)]
    rule: Literal["duration", "until-event", "none"] = "duration"
    period: Duration | None = None
    from_event: Annotated[Text | None, Field(alias="from")] = None


class Measure(Clause):
    """A safeguard, and where it is enforced; `attest` where only people can."""

    id: Slug
    by: Slug
    enforced_by: Literal[
        "gateway.requires", "gateway.route", "gateway.transport", "gateway.authentication",
        "gateway.filter", "gateway.read-only", "gateway.drop-term", "gateway.training",
        "gateway.duties", "attest",
    ]  # fmt: skip
    review: Duration | None = None


class Quality(Clause):
    """What happens when data prove wrong; `report_via` is the party that all reports go through."""

    report: Literal["immediately", "as-soon-as-possible"]
    report_via: Slug | None = None
    provider_within: Duration | Literal["reasonable", "as-soon-as-possible"]


class Incident(Clause):
    """What happens after a leak; `by` where the duty is one party's only."""

    within: Duration | Literal["undue-delay"]
    via: Text
    by: Slug | None = None


class Sanction(Clause):
    """What the provider may do against misuse."""

    kind: Literal["terminate", "suspend"]
    by: Slug
    scope: Literal["protocol", "party-or-flow"]


class Publication(Clause):
    """Where a party publishes the protocol."""

    party: Slug
    at: Text | None = None


class Duty(Clause):
    """Something that a party owes: evidence, a register of processors, information, a notice.

    Without `to` it is owed to every other party; `on_request` where only who is asked owes it.
    """

    party: Slug
    to: Slug | None = None
    on_request: bool = False


class Dpia(Clause):
    """Whether an impact assessment is required, of whom, and whether nothing moves without it."""

    required: bool
    by: Slug
    gate: bool = False


class TermModel(Clause):
    """For how long data are disclosed."""

    kind: Literal["indefinite", "while-agreement"]


class Finding(Clause):
    """A slip in the text, kept visible, with the choice that was made.

    `turn` is the switch: the keys to set for the other choice, each a path through the document by
    ids (`flows.zorgtoeslag.requires`); empty where the slip changes no decision.
    """

    code: Annotated[
        str, Field(pattern="^[OX]-[0-9]{2}$", description="such as O-41; X-01 and on are your own")
    ]
    note: Text
    choice: Text
    turn: dict[str, Any] = {}


class Example(Model):
    """A question that the document answers by itself: `expect` is `permit` or a reason."""

    id: Slug
    unit: Slug
    party: Slug | None = None
    flow: Slug
    at: Instant
    fields: list[Slug] = []
    facts: list[FactName] = []
    purpose: Slug | None = None
    case: bool = False
    authentication: Literal["password", "digital-key", "eid"] | None = "eid"
    trained: bool = True
    stated: list[Slug] = []
    duties_separated: bool = True
    enduser: bool = True
    used: Annotated[int, Field(ge=0)] = 0
    expect: Text
    article: Cite | None = None
    gives: list[Slug] = []

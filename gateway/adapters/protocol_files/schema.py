"""The form of a protocol document (`magda-sim.protocol/1`) as strict models: unknown keys are refused."""

import datetime as dt
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Text = Annotated[str, Field(min_length=1)]
Slug = Annotated[str, Field(pattern=r"^[a-zA-Z0-9]+([.-][a-zA-Z0-9]+)*$")]
Kbo = Annotated[str, Field(pattern=r"^\d{10}$")]
Duration = Annotated[str, Field(pattern=r"^P\d+[YMD]$")]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Clause(_Model):
    """Whatever cites an article."""

    article: Text


class Source(_Model):
    """The text that the document was made from."""

    file: Text
    completeness: Literal["full", "truncated"]


class Related(Clause):
    """Another legal instrument that this one leans on."""

    kind: Literal["machtiging", "beraadslaging", "vtc-goedkeuring", "samenwerkingsovereenkomst"]
    ref: Text


class LegalFrame(_Model):
    """What kind of instrument it is, and on what ground."""

    instrument: Literal["protocol"]
    basis: Text
    related: list[Related]


class PartyModel(_Model):
    """An organisation. The enterprise number is an attribute, never the key (oddity O-02)."""

    id: Slug
    role: Literal["provider", "consumer", "integrator"]
    name: Text
    kbo: Kbo | None = None
    kbo_as_printed: bool = False
    vestiging: Kbo | None = None
    group: Slug | None = None


class DpoAdvice(Clause):
    """An advice that preceded the signature."""

    party: Slug
    date: dt.date
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


class FieldModel(Clause):
    """A field that may be disclosed."""

    id: Slug
    subject: Text
    category: Literal[
        "national-number", "disability-score", "date", "benefit", "financial", "identification",
        "address", "bank-account", "obligation",
    ]  # fmt: skip
    constant: Text | None = None


class Periodicity(Clause):
    """How often."""

    kind: Literal["permanent", "daily"]


class DropTerm(Clause):
    """How long a file stays in the consumer's folder."""

    period: Duration


class Channel(Clause):
    """By what way."""

    kind: Literal["soap-or-rest", "rest", "file-drop"]
    route: Literal["magda"]
    transport: Literal["sftp", "ftps"] | None = None
    drop_term: DropTerm | None = None


class AuthenticationModel(Clause):
    """How strongly the person behind a call must have logged in."""

    at_least: Literal["password", "digital-key", "eid"]


class Requirement(Clause):
    """A fact that must hold about the person."""

    fact: Literal["registered"]


class FlowModel(Clause):
    """One service or file."""

    id: Slug
    kind: Literal["consultation", "statistics", "mutation-file"]
    service: Text
    source: Slug
    purposes: Annotated[list[Slug], Field(min_length=1)]
    fields: Annotated[list[Slug], Field(min_length=1)]
    fields_article: Text
    periodicity: Periodicity
    channel: Channel
    authentication: AuthenticationModel | None = None
    requires: list[Requirement] = []
    open_from: dt.date | None = None
    refuses_unlisted: bool = False


class UnitModel(Clause):
    """A team that article 4 grants or refuses access."""

    id: Slug
    party: Slug
    access: Literal["granted", "refused"]
    purposes: list[Slug] = []


class Onward(Clause):
    """Whether the receiver may pass data on."""

    rule: Literal["forbidden", "prior-notice", "prior-consent"]
    to: Slug


class Processor(Clause):
    """Who processes for a party."""

    name: Text
    party: Slug
    tasks: list[Text]


class RetentionModel(Clause):
    """How long the receiver may keep it."""

    id: Slug
    applies: Annotated[list[Text], Field(min_length=1)]
    period: Duration
    from_event: Annotated[Text, Field(alias="from")]


class Measure(Clause):
    """A safeguard, and where it is enforced; `attest` where only people can."""

    id: Slug
    by: Slug
    enforced_by: Literal[
        "gateway.requires", "gateway.route", "gateway.transport", "gateway.authentication",
        "gateway.filter", "attest",
    ]  # fmt: skip


class Quality(Clause):
    """What happens when data prove wrong."""

    report: Literal["immediately", "as-soon-as-possible"]
    report_via: Slug | None = None
    provider_within: Text


class Incident(Clause):
    """What happens after a leak."""

    within: Text
    via: Text


class Sanction(Clause):
    """What the provider may do against misuse."""

    kind: Literal["terminate", "suspend"]
    by: Slug
    scope: Literal["protocol", "party-or-flow"]


class Publication(Clause):
    """Where a party publishes the protocol."""

    party: Slug
    at: Text | None = None


class Dpia(Clause):
    """Whether an impact assessment is required."""

    required: bool


class TermModel(Clause):
    """For how long data are disclosed."""

    kind: Literal["indefinite"]


class InForce(Clause):
    """When the protocol starts."""

    rule: Literal["on-date", "on-last-signature"]
    date: dt.date | None = None
    assumed: bool = False


class Termination(Clause):
    """How it ends; `unknown` where the text at hand does not say."""

    mode: Literal["per-party", "joint", "unknown"]
    notice: Duration | None = None


class LifecycleModel(_Model):
    """From signature to end."""

    signed_on: dt.date
    in_force: InForce
    termination: Termination
    suspension: Clause | None = None


class Finding(Clause):
    """A slip in the text, kept visible, with the choice that was made."""

    code: Annotated[str, Field(pattern=r"^O-\d{2}$")]
    note: Text
    choice: Text


class DocumentModel(_Model):
    """A whole document."""

    schema_name: Annotated[Literal["magda-sim.protocol/1"], Field(alias="schema")]
    id: Annotated[str, Field(pattern=r"^\d{3}$")]
    name: Slug
    version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")]
    title: Text
    source: Source
    legal_frame: LegalFrame
    parties: Annotated[list[PartyModel], Field(min_length=2)]
    dpo_advice: list[DpoAdvice]
    purposes: Annotated[list[PurposeModel], Field(min_length=1)]
    fields: Annotated[list[FieldModel], Field(min_length=1)]
    flows: Annotated[list[FlowModel], Field(min_length=1)]
    units: Annotated[list[UnitModel], Field(min_length=1)]
    onward: Onward
    processors: list[Processor]
    retention: Annotated[list[RetentionModel], Field(min_length=1)]
    measures: list[Measure]
    quality: Quality
    incident: Incident
    sanctions: list[Sanction]
    publication: list[Publication]
    dpia: Dpia
    duration: TermModel
    lifecycle: LifecycleModel
    findings: list[Finding]

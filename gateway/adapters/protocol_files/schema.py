"""The form of a protocol document (`magda-sim.protocol/1`): its clauses put together, strictly."""

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import Field

from gateway.adapters.protocol_files.clauses import (
    Clause,
    Dpia,
    DpoAdvice,
    Duration,
    Duty,
    Example,
    FieldModel,
    Finding,
    Incident,
    LegalFrame,
    Measure,
    Model,
    Onward,
    PartyModel,
    Processor,
    Publication,
    PurposeModel,
    Quality,
    RetentionModel,
    Sanction,
    Slug,
    Source,
    TermModel,
    Text,
    UnitModel,
)
from gateway.adapters.protocol_files.flow_clauses import FlowModel

_VERSION = r"[0-9]{1,4}\.[0-9]{1,4}\.[0-9]{1,4}"


class InForce(Clause):
    """When the protocol starts."""

    rule: Literal["on-date", "on-last-signature"]
    date: dt.date | None = None
    assumed: bool = False


class Termination(Clause):
    """How notice is given; `unknown` where the text at hand does not say, `none` where it has none."""

    mode: Literal["per-party", "whole", "none", "unknown"]
    notice: Duration | None = None


class EndsWhen(Clause):
    """What ends the protocol by law."""

    when: Literal["joint-decision", "legal-ground-lost", "machtiging-inadequate", "agreement-ended"]


class LifecycleModel(Model):
    """From signature to end."""

    signed_on: dt.date
    in_force: InForce
    termination: Termination
    suspension: Clause | None = None
    ends_when: list[EndsWhen] = []
    amendment: Clause | None = None
    replaces_prior: Clause | None = None


class DocumentModel(Model):
    """A whole document."""

    schema_name: Annotated[Literal["magda-sim.protocol/1"], Field(alias="schema")]
    id: Annotated[
        str, Field(pattern="^[0-9]{3,6}$", description='three to six digits between quotes: "004"')
    ]
    name: Slug
    version: Annotated[
        str,
        Field(
            pattern=rf"^{_VERSION}(\+[a-z0-9.-]+)?$",
            description='three numbers between quotes: "1.0.0"',
        ),
    ]
    supersedes: (
        Annotated[str, Field(pattern=f"^{_VERSION}$", description='a version, such as "1.0.0"')]
        | None
    ) = None
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
    processor_register: list[Duty]
    retention: Annotated[list[RetentionModel], Field(min_length=1)]
    measures: list[Measure]
    evidence: list[Duty] = []
    quality: Quality
    incidents: Annotated[list[Incident], Field(min_length=1)]
    law_changes: list[Duty] = []
    sanctions: list[Sanction]
    publication: list[Publication]
    information: list[Duty] = []
    dpia: Dpia | None = None
    duration: TermModel
    lifecycle: LifecycleModel
    findings: list[Finding]
    examples: list[Example] = []


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a document, as published in `docs/protocol.schema.json`."""
    return DocumentModel.model_json_schema(by_alias=True)

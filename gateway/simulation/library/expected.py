"""`then`: what must be so afterwards, one expectation after the other."""

from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from gateway.simulation.library.acts import filled, verbs_of
from gateway.simulation.library.words import Article, At, Flow, Part, Person, ProtocolId, Unit

Of = Annotated[
    str | int, Field(description="an act by its name, or by its place in `when`, from 1 on")
]
Outcome = Literal["answered", "refused"]


class Answer(Part):
    """What an act was told. `of` is the last act that was told something, if none is named."""

    of: Of | None = None
    outcome: Outcome | None = None
    status: int | None = None
    reason: str | None = None
    code: str | None = None
    protocol: ProtocolId | None = None
    article: Article | None = None
    released: list[str] | None = None
    withheld: list[str] | None = None
    holds: dict[str, Any] | None = None
    lacks: list[str] = []
    same_as: Of | None = None
    warning: str | None = None
    retention: str | None = None
    takes_effect: At | None = None
    due: At | None = None


class Receipt(Part):
    """The receipt of an upload."""

    of: Of | None = None
    status: Literal["verdeeld", "quarantaine", "ongewijzigd", "geweigerd"] | None = None
    records: dict[str, int] = {}
    lines: dict[str, str] = {}
    consumers: dict[str, str] = {}


class File(Part):
    """What lies in a consumer's folder, read over SFTP as that consumer."""

    unit: Unit
    flow: Flow
    day: date | None = None
    there: bool = True
    readable: bool = True
    count: int | None = None
    people: list[Person] | None = None
    with_: list[Person] = Field([], alias="with")
    without: list[Person] = []
    rows: dict[Person, dict[str, Any]] = {}
    lacks: list[str] = []
    members: list[str] | None = None


class Duty(Part):
    """How a duty stands (docs/workflows.md)."""

    protocol: ProtocolId
    duty: str
    state: str | None = None
    owes: str | None = None
    to: list[str] | None = None
    article: Article | None = None
    due: At | None = None
    has_term: bool | None = None
    where: str | None = None
    at: At | None = None


class Entries(Part):
    """Entries of a kind in the log: how many, and what each of them, or the last, says."""

    kind: str
    count: int | None = None
    says: dict[str, Any] = {}


class Job(Part):
    """Something that fell due while the clock went on."""

    of: Of | None = None
    job: str
    party: str | None = None
    outcome: str


class Finding(Part):
    """A finding of a protocol is on record."""

    protocol: ProtocolId
    code: Annotated[str, Field(pattern=r"^O-\d{2}$", description="a finding: O-33")]
    article: Article | None = None


class Standing(Part):
    """How a protocol stands."""

    protocol: ProtocolId
    state: str | None = None
    stage: str | None = None
    holds: dict[str, Any] | None = None
    at: At | None = None


class Log(Part):
    """Whether the log verifies as a whole, also after somebody changed a byte of it."""

    verifies: bool = True
    broken_at: int | None = None
    lacks: list[Person] = []


class Repeated(Part):
    """The same once more, in a fresh space: the log's root and every file are the same bytes."""

    same: Literal[True]


class Expectation(Part):
    """One expectation: exactly one verb."""

    answer: Answer | None = None
    receipt: Receipt | None = None
    file: File | None = None
    duty: Duty | None = None
    entries: Entries | None = None
    job: Job | None = None
    finding: Finding | None = None
    standing: Standing | None = None
    log: Log | None = None
    repeated: Repeated | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if len(filled(self)) != 1:
            raise ValueError("an expectation has one verb: " + ", ".join(sorted(verbs_of(Expectation))))  # fmt: skip
        return self

    @property
    def verb(self) -> str:
        """What is looked at."""
        return next(iter(filled(self)))

    @property
    def part(self) -> Part:
        """What is expected of it."""
        return filled(self)[self.verb]

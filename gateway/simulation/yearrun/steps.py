"""What a step of a run file can be: one model a verb, so that a slip is told with its place."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from gateway.simulation.yearrun.forms import (
    BOTH,
    REST,
    ByUnits,
    Form,
    OfPeople,
    People,
    Step,
    Who,
    Word,
    Words,
    as_words,
)


class Registration(OfPeople):
    """Units state that they handle these people's files, or no longer."""

    do: Literal["register", "deregister"]

    @model_validator(mode="after")
    def _one_wire(self) -> Self:
        if self.over == BOTH:
            raise ValueError("what is stated twice changes nothing: give rest or soap")
        return self


class AskTransactions(OfPeople):
    """GeefJobbonusPlusVerrichtingen."""

    do: Literal["transactions"]
    purpose: Word | None = None
    case: str | None = None
    year: int | None = None


class AskCareAllowance(OfPeople):
    """GeefZorgtoeslag on a day; `wants` are the groups that are asked for."""

    do: Literal["care-allowance"]
    reference: date
    wants: list[Literal["recognitions", "application"]] = Field(default=["recognitions"])
    purpose: Word | None = None
    authentication: Literal["eid", "digital-key", "password"] | None = None


class AskStatistics(ByUnits):
    """Anonymous figures about jobbonus plus."""

    do: Literal["statistics"]


class AskAdvice(OfPeople):
    """GeefInburgeringsadvies for a budget that opens on a day."""

    do: Literal["advice"]
    opening: date
    fund: Word | None = None


class Look(ByUnits):
    """A citizen asks the contact centre, is identified by what they state, and the file is looked into."""

    do: Literal["look"]
    who: Who
    name: str | None = None
    first_name: str | None = None
    amount: Annotated[str | None, Field(pattern=r"^\d+\.\d\d$")] = None
    authentication: Literal["eid", "digital-key", "password"] = "eid"


class AskPaymentFile(Step):
    """The municipality asks for its file, and collects it."""

    do: Literal["payment-file"]
    by: Word


class ReadyFile(Step):
    """Staff of VUTG place a ready payment file about these children, with key and one-time code."""

    do: Literal["ready-file"]
    who: People
    code: Literal["right", "wrong", "used"] = "right"


class YearlyList(Step):
    """AGII uploads the list of a year, the `number`th time; without `who` it is the world's."""

    do: Literal["yearly-list"]
    year: int
    number: int = 1
    who: People | None = None


class PassOn(Step):
    """AVSB has the list of a year passed on to the care funds."""

    do: Literal["pass-on"]
    by: Word
    year: int


class Collect(ByUnits):
    """Consumers collect what waits for them, verify it and acknowledge it."""

    do: Literal["collect"]
    flow: Word


class Follow(ByUnits):
    """Payers collect the mutation file and ask about whom it announces."""

    do: Literal["follow"]
    over: Literal["rest", "soap"] = REST


class Upload(Step):
    """WEWIS uploads a batch by hand: a correction (`number` 2 and on), the same once more, or rubbish."""

    do: Literal["upload"]
    day: date
    number: int = 1
    who: People | None = None
    content: Literal["batch", "annulment", "rubbish", "with-a-name"] = "batch"


class Act(Step):
    """An act on a protocol by a party. `about` is the step whose act it settles, or a measure."""

    do: Literal["act"]
    protocol: Annotated[str, Field(pattern=r"^\d{3}$", description='an id: "001"')]
    kind: Word
    by: Word
    party: str | None = None
    flow: Word | None = None
    about: Word | None = None
    reason: str | None = None
    in_writing: bool = False
    found: date | None = None
    takes_effect: date | None = None


class Provide(Step):
    """A simulated provider delivers by itself from now on, or no longer."""

    do: Literal["provider"]
    party: Word
    automatic: bool


class Erase(Step):
    """Somebody wants the log to forget a person."""

    do: Literal["erase"]
    who: Who
    ground: Literal["request", "unlawful", "order"]
    by: Word


class WhoSawMe(Step):
    """A persona logs in and looks at who saw them, or a child of theirs (`about`)."""

    do: Literal["who-saw-me"]
    who: Word
    about: Word | None = None

    @property
    def people(self) -> tuple[str, ...]:
        """Who looks, and at whom."""
        return (self.who, self.about or self.who)


class Recognised(Form):
    """A need for care that is recognised: points of the three pillars, from when until when, and when decided."""

    decided: date
    begin: date = Field(alias="from")
    until: date | None = None
    pillars: Annotated[list[Annotated[int, Field(ge=0)]], Field(min_length=3, max_length=3)]


class Birth(Step):
    """A child is born, and later steps call it so; the first parent is paid for it."""

    do: Literal["birth"]
    called: Word
    parents: Words
    town: str
    recognised: Recognised | None = None

    @property
    def people(self) -> tuple[str, ...]:
        """Its parents."""
        return as_words(self.parents)

    @model_validator(mode="after")
    def _once(self) -> Self:
        if self.on_day is None:
            raise ValueError("one is born on a day: give on")
        return self


class Befall(Step):
    """Somebody dies, moves to a town, or becomes a member of another care fund."""

    do: Literal["befalls"]
    who: Word
    what: Literal["died", "moved", "joined"]
    town: str | None = None
    fund: Word | None = None

    @model_validator(mode="after")
    def _of(self) -> Self:
        wanted = {"moved": self.town, "joined": self.fund}
        if wanted.get(self.what, "") is None:
            raise ValueError("who moves has a town, who joins a fund")
        return self


class Stranger(Step):
    """Somebody without a credential that counts asks about a person."""

    do: Literal["stranger"]
    who: Who
    shows_token: bool = False


AnyStep = Annotated[
    Registration | AskTransactions | AskCareAllowance | AskStatistics | AskAdvice | Look
    | AskPaymentFile | ReadyFile | YearlyList | PassOn | Collect | Follow | Upload | Act | Provide | Erase
    | Stranger | WhoSawMe | Birth | Befall,
    Field(discriminator="do"),
]  # fmt: skip


class Plan(Form):
    """A whole run file. With `scenarios` the library is played too, for the matrix of articles.

    Of a group (`@children`) at most `at_most` people are meant, however many the world has.
    """

    run: Word
    title: str
    begin: date = Field(alias="from")
    until: date
    scenarios: bool = False
    at_most: Annotated[int, Field(ge=1)] = 1_000
    steps: Annotated[list[AnyStep], Field(min_length=1)]

    @model_validator(mode="after")
    def _once(self) -> Self:
        if self.until < self.begin:
            raise ValueError("until lies before from")
        return self

"""What all steps of a run file have: when, by whom, about whom, over which wire, what is expected; strict in form."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Word = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", description="a word such as noor")]
Hour = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description='a time: "08:00"')]
Words = Word | list[Word]
Who = Annotated[str, Field(pattern=r"^@?[a-z0-9-]+(:\d+/\d+)?$", description="a persona such as noor, or @self-employed:1/6")]  # fmt: skip
People = Who | list[Who]
REST: Literal["rest"] = "rest"
SOAP: Literal["soap"] = "soap"
BOTH: Literal["both"] = "both"
AS_WORLD, ANSWERED = "as-world", "answered"


class Form(BaseModel):
    """Nothing but what is known, and nothing turned into something else."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Step(Form):
    """When something happens, what is expected of it, and which articles it shows.

    Either `on_day`, or `every` so often between `begin` and `until` (else: all of the run).
    """

    id: Word
    tells: str = Field(min_length=1)
    on_day: date | None = Field(None, alias="on")
    every: Literal["day", "workday", "week", "month"] | None = None
    begin: date | None = Field(None, alias="from")
    until: date | None = None
    hour: Hour = Field("08:00", alias="at")
    expect: str = AS_WORLD
    shows: list[str] = Field(default_factory=list)

    @property
    def people(self) -> tuple[str, ...]:
        """Everybody who is meant."""
        return as_words(getattr(self, "who", None))

    @model_validator(mode="after")
    def _when(self) -> Self:
        if (self.on_day is None) == (self.every is None):
            raise ValueError("give either on or every")
        if self.on_day is not None and (self.begin or self.until):
            raise ValueError("from and until go with every, not with on")
        return self


class ByUnits(Step):
    """What one unit or several do."""

    by: Words


class OfPeople(ByUnits):
    """What they ask or state about somebody, or about several people, and over which wire."""

    who: People
    over: Literal["rest", "soap", "both"] = REST

    @property
    def wires(self) -> tuple[str, ...]:
        """The wires that it goes over, one after the other."""
        return (REST, SOAP) if self.over == BOTH else (self.over,)


def as_words(words: str | list[str] | None) -> tuple[str, ...]:
    """One word or several."""
    if words is None:
        return ()
    return (words,) if isinstance(words, str) else tuple(words)

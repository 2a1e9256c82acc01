"""`when`: what happens, one act after the other."""

from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from gateway.simulation.library.agency_acts import (
    Budget,
    FamilyIncome,
    Household,
    Mail,
    Payments,
    Premium,
    Purge,
)
from gateway.simulation.library.words import At, Flow, Name, Part, Person, ProtocolId, Unit

CLERK = "82722401041"
Wire = Literal["rest", "soap", "both"]


class Consult(Part):
    """A question about somebody. Both wires are asked and must say the same, unless one is named."""

    unit: Unit
    flow: Literal[
        "zorgtoeslag", "jobbonusplus-verrichtingen", "inburgering-advies", "jobbonusplus-statistiek"
    ]
    about: Person | None = None
    wire: Wire = "both"
    on: date | None = None
    year: int | None = None
    fund: str | None = None
    wants: list[Literal["application", "recognitions"]] = ["recognitions"]
    purpose: str | None = None
    case: str | None = None
    authentication: Literal["eid", "digital-key", "password"] | None = None
    actor: str | None = CLERK
    questions: Annotated[int, Field(ge=1, le=2)] = 1


class Register(Part):
    """A unit says that it handles the files of these persons."""

    unit: Unit
    people: list[Person]
    begin: date | None = None


class Upload(Part):
    """A finished upload over SFTP. `people` make records; `records` are given as they are."""

    by: Unit = "wewis"
    flow: Flow = "jobbonusplus-mutaties"
    day: date
    number: int = 1
    people: list[Person] = []
    records: list[dict[str, Any]] | None = None


class MakeList(Part):
    """The integration agency makes the yearly list out of what it knows, and uploads it."""

    day: date


class Collect(Part):
    """A consumer reads a file to its end over SFTP, and may acknowledge it. `of` made or named it."""

    unit: Unit
    flow: Flow
    day: date
    acknowledge: bool = False


class RequestFile(Part):
    """A unit of the municipality asks for the payment file."""

    unit: Unit


class PassListOn(Part):
    """AVSB has the yearly list passed on to the care funds."""

    unit: Unit = "avsb"
    year: int


class ProtocolAct(Part):
    """Something that a party does to a protocol (contract section 9)."""

    protocol: ProtocolId
    kind: str
    by: str
    party: str | None = None
    flow: Flow | None = None
    settles: str | None = None
    in_writing: bool = False
    at: At | None = None


class PassOn(Part):
    """A party asks whether it may pass data on to a third party."""

    protocol: ProtocolId
    by: str
    to: str
    flow: Flow | None = None


class Advance(Part):
    """The clock goes on: days, seconds, or up to an instant."""

    days: Annotated[int, Field(ge=1)] | None = None
    seconds: Annotated[int, Field(ge=1)] | None = None
    to: At | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(one is not None for one in (self.days, self.seconds, self.to)) != 1:
            raise ValueError("says how far in one way only: `days`, `seconds` or `to`")
        return self


class Question(Part):
    """A citizen's question reaches the contact centre."""

    about: Person
    unit: Unit = "dv-cc1700"
    actor: str | None = CLERK
    authentication: Literal["eid", "digital-key", "password"] | None = None


class Identify(Part):
    """The contact centre compares what a citizen states. `question` is its label."""

    question: str = "V-1"
    unit: Unit = "dv-cc1700"
    name: str | None = None
    first_name: str | None = None
    amount: str | None = None


class Look(Part):
    """The contact centre looks into the file behind a question, or tries to change it."""

    question: str = "V-1"
    unit: Unit = "dv-cc1700"
    method: Literal["GET", "PUT", "PATCH", "POST", "DELETE"] = "GET"


class Send(Part):
    """A bare message over HTTP, where no other act says it."""

    unit: Unit | None = None
    method: Literal["GET", "POST", "PUT", "DELETE"] = "POST"
    path: str
    body: Any = None


class LogIn(Part):
    """Somebody tries the drop server; `key-alone` leaves a second factor out, `stranger` has no account."""

    unit: Unit
    shows: Literal["all", "key-alone", "another-key"] = "all"


class Bypass(Part):
    """Somebody calls a source past the gateway."""

    party: str
    flow: Flow


class Check(Part):
    """A question asked dry: decided and entered, and nothing disclosed."""

    unit: Unit
    flow: Flow
    about: Person
    fields: list[str] | None = None
    purpose: str | None = None
    case: str | None = None
    actor: str | None = None


class Citizen(Part):
    """Somebody logs in and reads who saw their data."""

    about: Person


class AskEverything(Part):
    """Every unit asks for every flow and every purpose of it, dry; what is open is told."""

    about: Person


class Tamper(Part):
    """Somebody changes a letter of an entry in the log's file."""

    entry: Annotated[int, Field(ge=1)]


class WhatIf(Part):
    """The log's decisions are taken again under other choices, or without a change."""

    switches: str = ""


class OtherSpace(Part):
    """The acts that follow happen in a second space with a clock of its own; `home` leads back."""

    name: Name
    clock: At | None = None


class Act(Part):
    """One act: exactly one verb, and a name to speak of it by."""

    name: Name | None = Field(None, alias="as")
    consult: Consult | None = None
    register_: Register | None = Field(None, alias="register")
    deregister: Register | None = None
    upload: Upload | None = None
    make_list: MakeList | None = None
    collect: Collect | None = None
    request_file: RequestFile | None = None
    pass_list_on: PassListOn | None = None
    act: ProtocolAct | None = None
    pass_on: PassOn | None = None
    advance: Advance | None = None
    question: Question | None = None
    identify: Identify | None = None
    look: Look | None = None
    send: Send | None = None
    log_in: LogIn | None = None
    bypass: Bypass | None = None
    check: Check | None = None
    space: OtherSpace | None = None
    citizen: Citizen | None = None
    ask_everything: AskEverything | None = None
    tamper: Tamper | None = None
    what_if: WhatIf | None = None
    household: Household | None = None
    family_income: FamilyIncome | None = None
    premium: Premium | None = None
    budget: Budget | None = None
    mail: Mail | None = None
    payments: Payments | None = None
    purge: Purge | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if len(self.verbs) != 1:
            raise ValueError("an act has one verb: " + ", ".join(sorted(verbs_of(Act))))
        return self

    @property
    def verbs(self) -> dict[str, Part]:
        """The verbs that are filled in."""
        return filled(self)

    @property
    def verb(self) -> str:
        """What is done."""
        return next(iter(self.verbs))


def verbs_of(kind: type[Part]) -> list[str]:
    """The verbs that acts or expectations of a kind know."""
    return [field.alias or key for key, field in kind.model_fields.items() if key != "name"]


def filled(part: Part) -> dict[str, Part]:
    """The verbs of an act or an expectation that are filled in, by their word in the file."""
    found = {}
    for key, field in type(part).model_fields.items():
        value = getattr(part, key)
        if isinstance(value, Part):
            found[field.alias or key] = value
    return found

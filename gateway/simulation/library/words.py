"""What every part of a scenario is made of: strict groups of keys, and words that mean one thing."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from gateway.web.instants import Instant

PERIOD = r"^P(?:\d+[YMWD])+$"


class Part(BaseModel):
    """A group of keys. What is not known here is a slip."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, populate_by_name=True)


ScenarioId = Annotated[
    str,
    Field(
        pattern=r"^(00[0-4]|X)-[0-9]{2}[a-z]?$",
        description="protocol (or X), a hyphen and two digits: 001-13",
    ),
]
Person = Annotated[
    str, Field(min_length=1, description="the key of somebody (noor), or a number between quotes")
]
Unit = Annotated[
    str, Field(min_length=1, description="a credential of the ready file: vutg-rechten")
]
ProtocolId = Annotated[
    str, Field(pattern=r"^00[0-4]$", description="a protocol between quotes: '001'")
]
Article = Annotated[
    str,
    Field(
        pattern=r"^(art\. .+|overw\. .+|titel|partijen|inleiding|[0-9.]+|platform)$",
        description="as the protocol cites it: art. 6, overw. C2",
    ),
]
At = Annotated[
    Instant, Field(strict=False, description="an instant with offset: 2025-03-10T08:00:00+01:00")
]
Money = Annotated[
    str, Field(pattern=r"^-?\d+\.\d{2}$", description="euro between quotes: '600.00'")
]
Name = Annotated[
    str, Field(pattern=r"^[a-z][a-z0-9-]*$", description="a name of your own, in lower case")
]
Flow = Literal[
    "zorgtoeslag", "jobbonusplus-mutaties", "jobbonusplus-verrichtingen", "jobbonusplus-statistiek",
    "inburgering-advies", "inburgering-jaarlijst", "inburgering-jaarlijst-leden",
    "zele-betaalbestand", "jobbonus-dossier",
]  # fmt: skip

"""A rule as testers write it, checked: where, what, how often, when, and about whom."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter
from pydantic import model_validator as checked

from gateway.domain.legal_day import start_of_day
from gateway.simulation.disturbance.kinds import LONGEST_S, Nature, area_of, kinds_of, knows_persons
from gateway.web.instants import Instant

_DAY = len("2025-03-10")
_INSTANT: TypeAdapter[datetime] = TypeAdapter(Instant)
MOST_RULES = 1_000


def _as_text(stated: Any) -> Any:
    return stated.isoformat() if isinstance(stated, date) else stated


def _a_moment(text: str) -> str:
    """A day, or an instant with its offset."""
    _instant(text, 0)
    return text


def _instant(text: str, days: int) -> datetime:
    """The instant that is meant; a day is its beginning, or so many days later."""
    if len(text) != _DAY:
        return _INSTANT.validate_python(text)
    try:
        return start_of_day(date.fromisoformat(text) + timedelta(days=days))
    except OverflowError:
        raise ValueError("this is at the end of all days") from None


Moment = Annotated[str, BeforeValidator(_as_text), AfterValidator(_a_moment)]


class Fault(BaseModel):
    """One rule. A day in `until` is meant whole; `person` is a number or the key of a persona."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, populate_by_name=True)

    where: str
    kind: str
    rate: Annotated[float, Field(ge=0, le=1)] = 1.0
    nth: Annotated[int | None, Field(ge=1)] = None
    from_: Annotated[Moment | None, Field(alias="from")] = None
    until: Moment | None = None
    person: str | None = None
    seconds: Annotated[float | None, Field(ge=-LONGEST_S, le=LONGEST_S)] = None

    @checked(mode="after")
    def _in_order(self) -> "Fault":
        if self.start and self.end and self.start >= self.end:
            raise ValueError("`from` lies before `until`")
        return self

    @property
    def start(self) -> datetime | None:
        """From when on, on the space's clock."""
        return _instant(self.from_, 0) if self.from_ else None

    @property
    def end(self) -> datetime | None:
        """Until when; then no more."""
        return _instant(self.until, 1) if self.until else None

    def row(self) -> dict[str, Any]:
        """As contract section 10 has it; what is beyond that only where it was given."""
        row = self.model_dump(by_alias=True, exclude={"person", "seconds"})
        more = {"person": self.person, "seconds": self.seconds}
        return row | {name: value for name, value in more.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with a rule: which, in what member, and how to mend it. Never what stands there."""

    number: int
    member: str
    what: str
    mend: str


class FaultsInvalid(ValueError):
    """Rules that mean nothing here; `flaws` lists all that was found."""

    def __init__(self, flaws: Sequence[Flaw]) -> None:
        self.flaws = tuple(flaws)
        super().__init__("; ".join(f"{one.number}.{one.member}: {one.what}" for one in flaws))


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that means something: what it does, and the number of whom it is about."""

    fault: Fault
    nature: Nature
    person: str | None
    start: datetime | None
    end: datetime | None

    @property
    def seconds(self) -> float:
        """Those that were given, else the kind's own."""
        given = self.fault.seconds
        return given if given is not None else self.nature.seconds or 0.0

    def is_about(self, place: str, at: datetime, person: str | None) -> bool:
        """Whether it counts there, at that instant, for that person."""
        where = self.fault.where
        return (
            (place == where or place.startswith(f"{where}."))
            and (self.start is None or self.start <= at)
            and (self.end is None or at < self.end)
            and (self.person is None or self.person == person)
        )


@dataclass(frozen=True, slots=True)
class Here:
    """What there is in a space: places by area, and a person's number by persona or by itself."""

    places: Mapping[str, Collection[str]]
    number_of: Callable[[str], str | None]


def understand(faults: Sequence[Fault], here: Here) -> Sequence[Rule]:
    """The rules, in order.

    Raises:
        FaultsInvalid: one or more mean nothing here.
    """
    if len(faults) > MOST_RULES:
        raise FaultsInvalid([Flaw(MOST_RULES, "", "is one rule too many", f"{MOST_RULES} at most")])
    flaws = [flaw for number, fault in enumerate(faults) for flaw in _flaws(number, fault, here)]
    if flaws:
        raise FaultsInvalid(flaws)
    return [_rule(fault, here) for fault in faults]


def _rule(fault: Fault, here: Here) -> Rule:
    area = area_of(fault.where)
    assert area is not None
    person = here.number_of(fault.person) if fault.person else None
    return Rule(fault, kinds_of(area)[fault.kind], person, fault.start, fault.end)


def _flaws(number: int, fault: Fault, here: Here) -> list[Flaw]:
    area = area_of(fault.where)
    if area is None or fault.where not in {area, *here.places[area]}:
        known = sorted({area, *here.places[area]} if area else here.places)
        return [Flaw(number, "where", "is no place here", f"places: {', '.join(known)}")]
    kinds = kinds_of(area)
    if fault.kind not in kinds:
        what = f"is no kind that happens at {area}"
        return [Flaw(number, "kind", what, f"kinds there: {', '.join(sorted(kinds))}")]
    nature = kinds[fault.kind]
    least, most = nature.bounds
    if not least <= (fault.seconds or 0) <= most:
        return [Flaw(number, "seconds", "is out of range here", f"from {least:g} to {most:g}")]
    return _flaws_of_person(number, fault, here, knows_persons(area, nature))


def _flaws_of_person(number: int, fault: Fault, here: Here, is_known: bool) -> list[Flaw]:  # noqa: FBT001  told, not asked
    if fault.person is None:
        return []
    if not is_known:
        what = "cannot count here: nobody knows yet, or only, whom it is about"
        return [Flaw(number, "person", what, "leave it out, or take a kind of source or door")]
    if here.number_of(fault.person) is None:
        what = "is neither a persona nor a test number"
        return [Flaw(number, "person", what, "`GET /_sim/personas` lists the personas")]
    return []

"""People as plain files: a line of JSON each, so that versions can be compared.

The first line says over which people the others lie: `{"world":1,"seed":1,"people":0}`. A fact that is not there
is as for most people: nobody died, nothing was paid. The same people always make the same bytes.
"""

from collections.abc import Iterable, Iterator
from dataclasses import MISSING, dataclass, fields
from typing import Any

import msgspec

from gateway.contracts.told_back import told_back
from providers.world.people import Person

VERSION = 1


class FileInvalid(ValueError):
    """What is wrong with a file, and in which line; never with a number of a person in it."""


@dataclass(frozen=True, slots=True)
class Header:
    """The people over which those of a file lie."""

    world: int
    seed: int
    people: int


def row_of(person: Person) -> dict[str, Any]:
    """A person as a row, without what is as for most people."""
    row: dict[str, Any] = msgspec.to_builtins(person)
    return {
        field.name: row[field.name]
        for field in fields(Person)
        if getattr(person, field.name) != _default(field)
    }


def person_of(row: object) -> Person:
    """The person that a row tells of.

    Raises:
        FileInvalid: with the member that is wrong.
    """
    try:
        person = msgspec.convert(row, Person)
    except msgspec.ValidationError as invalid:
        raise FileInvalid(str(invalid)) from None
    unknown = next(_unknown(row, msgspec.to_builtins(person), "$"), None)
    if unknown is not None:
        raise FileInvalid(f"there is no member `{unknown}`")
    return person


def written(seed: int, people: int, persons: Iterable[Person]) -> Iterator[bytes]:
    """The lines of a file, as the people come."""
    yield msgspec.json.encode(Header(VERSION, seed, people)) + b"\n"
    for person in persons:
        yield msgspec.json.encode(row_of(person)) + b"\n"


def read(content: bytes) -> tuple[Header, list[Person]]:
    """What a file says.

    Raises:
        FileInvalid: with the line that is wrong.
    """
    first, *rest = content.splitlines() or [b""]
    header = _header(first)
    people: dict[str, Person] = {}
    for number, line in enumerate(rest, 2):
        if line.strip():
            person = _line(number, line)
            if person.insz in people:
                raise FileInvalid(f"line {number}: this number was in an earlier line")
            people[person.insz] = person
    return header, list(people.values())


def _header(line: bytes) -> Header:
    try:
        header = msgspec.json.decode(line, type=Header)
    except msgspec.MsgspecError as invalid:
        raise FileInvalid(
            f'line 1: {invalid}; it reads {{"world":1,"seed":1,"people":0}}'
        ) from None
    if header.world != VERSION:
        raise FileInvalid(f"line 1: this is version {header.world}, and {VERSION} is read")
    return header


def _line(number: int, line: bytes) -> Person:
    try:
        return person_of(msgspec.json.decode(line))
    except (msgspec.MsgspecError, FileInvalid) as invalid:
        raise FileInvalid(f"line {number}: {invalid}") from None


def _default(field: Any) -> Any:
    return field.default_factory() if field.default_factory is not MISSING else field.default


def _unknown(row: Any, known: Any, place: str) -> Iterator[str]:
    """Members that a row has and a person has not."""
    if isinstance(row, dict) and isinstance(known, dict):
        for name, value in row.items():
            if name not in known:
                yield f"{place}.{told_back(name)}"
            else:
                yield from _unknown(value, known[name], f"{place}.{name}")
    elif isinstance(row, list | tuple):
        for position, (value, one) in enumerate(zip(row, known, strict=True)):
            yield from _unknown(value, one, f"{place}[{position}]")

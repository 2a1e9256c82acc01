"""The people of a space as a tester may look at and change them; kept in a plain file in the data folder."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

from gateway.contracts.clock import Clock
from gateway.contracts.faults import RefusedFault, refuse
from gateway.contracts.reasons import Reason
from gateway.settings import Settings
from providers.door import SourceDesk
from providers.world import World
from providers.world.changes import NotPossible, given_number
from providers.world.coherence import defects
from providers.world.files import FileInvalid, Header, read, row_of, written
from providers.world.happenings import between
from providers.world.people import Person

NAME = "people.ndjson"
_LOOKED_AT = 20_000
_MOST_TOLD = 10
_OTHERS = "somebody who belongs to them"
_OF_A_PERSONA = ("key", "name", "first_name", "born", "shows")


class PeopleDesk:
    """Looks people up, lays changed ones over those of the seed if they fit, and writes them down."""

    def __init__(self, world: World, sources: SourceDesk, folder: Path) -> None:
        self._world, self._sources, self._file = world, sources, folder / NAME
        if self._file.exists():
            self._open()

    def summary(self) -> dict[str, Any]:
        """Whose world it is, and how many are not as the seed gives them."""
        world = self._world
        return {"seed": world.seed, "people": world.people, "changed": len(world.own())}

    def find(self, insz: str) -> Person:
        """The record of a number.

        Raises:
            RefusedFault: `service-unknown`: there is none.
        """
        person = self._world.find(insz)
        if person is None:
            raise refuse(Reason.SERVICE_UNKNOWN, "there is nobody with this number",
                         remedy="`magda-sim world events` finds people by what happens to them")  # fmt: skip
        return person

    def records(self, insz: str) -> list[Person]:
        """Every record of somebody, from the first number to the one that counts now.

        Raises:
            RefusedFault: `service-unknown`: there is none.
        """
        self.find(insz)
        return [self.find(number) for number in self._world.numbers_of(insz)]

    def put(self, people: Sequence[Person]) -> dict[str, int]:
        """Let these people be as they are here, all or none.

        Raises:
            RefusedFault: `message-invalid`: somebody contradicts themselves or others.
        """
        before = [self._world.find(person.insz) for person in people]
        changed = [one for one, old in zip(people, before, strict=True) if one != old]
        self._keep_personas(changed)
        self._lay_over(changed)
        added = sum(old is None for old in before)
        return {"added": added, "changed": len(changed) - added, "same": len(people) - len(changed)}

    def revert(self, insz: str) -> None:
        """Let somebody be as the seed gives them, or be gone.

        Raises:
            RefusedFault: `message-invalid`: somebody refers to them; `service-unknown`.
        """
        person = self.find(insz)
        around = list(self._world.around(insz))
        with self._or_as_before():
            self._world.revert(insz)
            self._require_fit([one for one in around if one.insz != person.insz], ())
        self._write()

    def free_number(self, born: date) -> str:
        """A number for somebody new.

        Raises:
            NotPossible: all of that birth date are taken.
        """
        numbers = (given_number(born, nth) for nth in count())
        return next(number for number in numbers if self._world.find(number) is None)

    def export(self, *, whole: bool) -> Iterator[bytes]:
        """The lines of a file: those that are not as the seed gives them, or everybody."""
        world = self._world
        return written(world.seed, world.people, world if whole else world.own())

    def take_in(self, content: bytes) -> dict[str, int]:
        """Put everybody of a file.

        Raises:
            RefusedFault: `message-invalid`.
        """
        try:
            header, people = read(content)
            self._require_same(header)
        except FileInvalid as invalid:
            raise _unfit(str(invalid)) from None
        return self.put(people)

    def events(self, kinds: Iterable[str], first: date, last: date, limit: int) -> dict[str, Any]:
        """What happens to people in a period, looking at no more than some thousands of them."""
        found: list[Mapping[str, Any]] = []
        looked = 0
        for person in self._world:
            if looked == _LOOKED_AT or len(found) >= limit:
                break
            looked += 1
            for day, what, of in between(person, kinds, first, last):
                found.append({"on": day.isoformat(), "what": what, "of": of, "insz": person.insz,
                              "name": f"{person.first_name} {person.name}"})  # fmt: skip
        found.sort(key=lambda one: (one["on"], one["insz"]))
        return {"items": found[:limit], "looked_at": looked}

    def _open(self) -> None:
        try:
            header, people = read(self._file.read_bytes())
            self._require_same(header)
        except FileInvalid as invalid:
            raise FileInvalid(f"{self._file}: {invalid}") from None
        self._world.settle(*people)

    def _require_same(self, header: Header) -> None:
        if (header.seed, header.people) != (self._world.seed, self._world.people):
            raise FileInvalid(f"line 1: it lies over {_told(header)}: start with those")

    def _lay_over(self, people: Sequence[Person]) -> None:
        around = {one.insz for person in people for one in self._world.around(person.insz)}
        around |= {person.insz for person in people}
        with self._or_as_before():
            self._world.settle(*people)
            there = (self._world.find(insz) for insz in sorted(around))
            self._require_fit([one for one in there if one is not None], people)
        self._write()

    @contextmanager
    def _or_as_before(self) -> Iterator[None]:
        """Go back to what there was where anything goes wrong inside."""
        own = self._world.own()
        try:
            yield
        except Exception:
            self._world.revert(*(one.insz for one in self._world.own()))
            self._world.settle(*own)
            raise

    def _require_fit(self, people: Iterable[Person], given: Sequence[Person]) -> None:
        """Let coherent people pass; of others is told who was given as which, and no name."""
        places = {one.insz: f"person {number}" for number, one in enumerate(given, 1)}
        found = [
            f"{places.get(person.insz, person.key or _OTHERS)}: {defect}"
            for person in people
            for defect in defects(person, self._world.find)
        ]
        if found:
            raise _unfit("; ".join(found[:_MOST_TOLD]))

    def _keep_personas(self, people: Iterable[Person]) -> None:
        """Documentation, tests and clients rely on who they are; their facts may be changed."""
        named = {person.insz: person for person in self._world.named()}
        for person in people:
            was = named.get(person.insz)
            if was is None and person.key is not None:
                raise _unfit("key: only the personas that every world holds have one")
            if was is not None and any(
                getattr(was, n) != getattr(person, n) for n in _OF_A_PERSONA
            ):
                raise _unfit(f"{', '.join(_OF_A_PERSONA)}: a persona keeps these")

    def _write(self) -> None:
        self._sources.forget()
        hidden = self._file.with_suffix(".part")
        hidden.write_bytes(b"".join(self.export(whole=False)))
        hidden.replace(self._file)


def open_people(
    settings: Settings, clock: Clock, folder: Path
) -> tuple[World, SourceDesk, PeopleDesk]:
    """The people of a space, the sources that tell of them, and the desk at which they are changed.

    Raises:
        FileInvalid: what was written down about them cannot be read.
    """
    world = World(settings.seed, settings.people)
    sources = SourceDesk(world, clock)
    return world, sources, PeopleDesk(world, sources, folder)


def shown(person: Person) -> dict[str, Any]:
    """Somebody as in a file."""
    return row_of(person)


def not_possible(found: NotPossible) -> RefusedFault:
    """What is asked does not go."""
    return _unfit(str(found))


def _unfit(what: str) -> RefusedFault:
    return refuse(Reason.MESSAGE_INVALID, what, remedy="mend that, and send it again")


def _told(header: Header) -> str:
    return f"seed {header.seed} with {header.people} people"

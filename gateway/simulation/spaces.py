"""All spaces of a process: made, listed, reset, deleted, each whole, behind the doors that all share."""

import asyncio
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any, Protocol, TypeVar

from gateway.contracts.drop import DropAccount
from gateway.simulation import space_name
from gateway.simulation.beside import BESIDE, FOLDER, RESTORE
from gateway.simulation.certificate_desk import CA_FILE
from gateway.simulation.copying import copy_data
from gateway.simulation.doors import space_app
from gateway.simulation.drop_door import is_of
from gateway.simulation.keyring import write_secret
from gateway.simulation.memory import begun_in, heir_of, memory_of, reopen
from gateway.simulation.place import Place
from gateway.simulation.ready import ready_of, row_of
from gateway.simulation.ready_file import NAME, write_ready_file
from gateway.simulation.rubble import Rubble, closed_unless_done
from gateway.simulation.space import DROP, Doors, Space
from gateway.simulation.world_note import note_world
from gateway.web.dispatcher import AsgiApp, Dispatcher
from gateway.web.soap.schemas import Schemas

App = TypeVar("App", bound=AsgiApp)
Make = Callable[[Space], Space]
DEFAULT = ""
_PASSING = {"disk": "fast", "log": "inline"}
"""What ends with the process need not outlast the machine."""
_KEPT_ON_RESET = BESIDE - {RESTORE} | {"keys"}


class Listeners(Protocol):
    """What all spaces share, as far as it must be told of a change."""

    def trust(self, space: Space) -> None:
        """Let this space's clients in at the TLS door."""
        ...

    def end_sessions(self, is_meant: Callable[[DropAccount], bool]) -> None:
        """Cut the sessions of these accounts, and wait until they are over."""
        ...


class Spaces:
    """The default space and those beside it. `shared` is the application behind the slower routes.

    Further spaces live as long as the process, and no longer. Building one takes no lock, so that many
    can be built at once; what changes one that stands takes the turn of its place.
    """

    def __init__(self, first: Space, doors: Doors, shared: AsgiApp, listeners: Listeners) -> None:
        self._settings, self._doors = first.settings, doors
        self._shared, self._listeners = shared, listeners
        self._lock, self._schemas = Lock(), Schemas()
        self._places = {DEFAULT: self._place_for(first)}
        self._making: set[str] = set()
        self.dispatcher = Dispatcher(self._places[DEFAULT])
        self.ready_files: Sequence[Path] = ()
        self._folder = first.data / FOLDER
        shutil.rmtree(self._folder, ignore_errors=True)  # of a process that was killed
        self._rubble = Rubble(first.data)

    @property
    def first(self) -> Space:
        """The default space of the moment."""
        return self._places[DEFAULT].space

    def find(self, name: str) -> Space | None:
        """The space of a name, the default one for the empty name; `None` if there is none."""
        place = self._places.get(name)
        return place.space if place else None

    def listed(self) -> list[dict[str, Any]]:
        """Every space, the default one first."""
        with self._lock:
            spaces = [place.space for place in self._places.values()]
        return [row_of(space) for space in spaces]

    def ready(self, name: str) -> dict[str, Any]:
        """The ready file of a space.

        Raises:
            RefusedFault: `service-unknown`.
        """
        return ready_of(self._place(name).space)

    def create(
        self, name: str, seed: int | None, clock: datetime | None, people: int | None = None
    ) -> dict[str, Any]:
        """A further space; its ready file.

        Raises:
            RefusedFault: `message-invalid`, for a name that cannot be given, or one space too many.
        """
        with self._reserved(name):
            crowd = {} if people is None else {"people": people}
            own = self._settings.model_copy(update={**_PASSING, **crowd})
            settings = begun_in(own, self._folder / name, seed, clock)
            return self._open(name, Space(name, settings, self._doors, at=name))

    def reset(self, name: str, seed: int | None, clock: datetime | None) -> dict[str, Any]:
        """A fresh space in the same place: its keys are kept, everything else begins anew."""
        cleared: list[str] = []

        def begin_anew(old: Space) -> Space:
            settings = begun_in(old.settings, old.data, seed, clock)
            cleared.extend(self._rubble.clear(old.data, _KEPT_ON_RESET, (DROP,)))
            self._rubble.clear(old.data / "keys", old.first_keys())
            note_world(old.data, settings)
            return Space(old.key, settings, self._doors, heir_of(old).kept, old.at, old.keyring)

        fresh = self.refill(name, begin_anew, is_kept=False)
        return {"cleared": cleared, "clock": fresh.time.view()["now"]}

    def refill(self, name: str, make: Make, *, is_kept: bool = True) -> Space:
        """Put another space in the place of one that was closed for it; `make` is given that one.

        Where what that one held is not kept, a process that dies meanwhile leaves a fresh space.

        Raises:
            RefusedFault: `service-unknown`.
        """
        place = self._place(name)
        with place.turn:
            with self._emptied(place, is_kept=is_kept):
                fresh = make(place.space)
                place.put(fresh, space_app(fresh, self._shared, self._schemas))
            self._tell(fresh)
            return fresh

    @contextmanager
    def still(self, name: str) -> Iterator[Space]:
        """A space in which nothing happens meanwhile: no request, no move of the clock, no file in hand.

        Raises:
            RefusedFault: `service-unknown`.
        """
        place = self._place(name)
        with place.turn, place.space.time.still(), place.closed():
            yield place.space

    def end_sessions(self, space: Space) -> None:
        """Cut whoever is in at the drop server."""
        self._listeners.end_sessions(lambda account: is_of(account, space.at or DEFAULT))

    def hear(self, space: Space, wrap: Callable[[AsgiApp], App]) -> App:
        """Put another application in front of a space that stands still; that one."""
        heard = wrap(self._places[space.at or DEFAULT].app)
        self._places[space.at or DEFAULT].app = heard
        return heard

    def stepping_aside(self, inside: Space) -> AbstractContextManager[None]:
        """In a request that is itself inside a space: what it asks for does not wait for itself."""
        return self._places[inside.at or DEFAULT].stepping_aside()

    async def reset_from(
        self, inside: Space, name: str, seed: int | None, clock: datetime | None
    ) -> dict[str, Any]:
        """The same, for a request that is itself inside a space, perhaps this one."""
        with self.stepping_aside(inside):
            return await asyncio.to_thread(self.reset, name, seed, clock)

    def clone(self, name: str, new: str) -> dict[str, Any]:
        """A further space with all that another holds, at the same instant; its ready file.

        It has the keys, tokens and log of the other up to here, under an address of its own.

        Raises:
            RefusedFault: `service-unknown`, `message-invalid`.
        """
        with self._reserved(new):
            with self.still(name) as old:
                folder = self._folder / new
                copy_data(old.data, folder, BESIDE)
                space = self._copy_of(old, folder, new)
            return self._open(new, space)

    async def clone_from(self, inside: Space, name: str, new: str) -> dict[str, Any]:
        """The same, for a request that is itself inside a space, perhaps the one that is copied."""
        with self.stepping_aside(inside):
            return await asyncio.to_thread(self.clone, name, new)

    def _copy_of(self, old: Space, folder: Path, name: str) -> Space:
        """Opened at the instant of the copy; a reset takes it back to where the other one began."""
        begun = old.settings.model_copy(update={**_PASSING, "data": folder})
        return reopen(replace(heir_of(old), at=name), begun, self._doors, memory_of(old))

    def delete(self, name: str) -> None:
        """End a space and remove its data.

        Raises:
            RefusedFault: `service-unknown`; `message-invalid` for the default one.
        """
        place = self._place(name)
        if place is self._places[DEFAULT]:
            raise space_name.default_stays()
        with place.turn:
            self._forget(name)
            with self._emptied(place, is_kept=False):
                place.leave_empty()
            self._rubble.remove(place.space.data)

    def close(self) -> None:
        """End them all; the default one's data stay."""
        for name in [name for name in self._places if name != DEFAULT]:
            self._places[name].space.close()
        self.first.close()
        shutil.rmtree(self._folder, ignore_errors=True)
        self._rubble.close()

    def write_ready(self, space: Space) -> dict[str, Any]:
        """Say that a space answers, in its own folder and, for the default one, wherever else was asked."""
        ready = ready_of(space)
        for path in self.ready_files if space.at is None else (space.data / NAME,):
            write_ready_file(path, ready)
        return ready

    def _open(self, name: str, space: Space) -> dict[str, Any]:
        with closed_unless_done(space):
            place = self._place_for(space)
            self._listeners.trust(space)
            self._show_roots(space)
        with self._lock:
            self._places[name] = self.dispatcher.spaces[name] = place
        return self.write_ready(space)

    def _tell(self, fresh: Space) -> None:
        """Let everybody know of the space that took another's place."""
        self._listeners.trust(fresh)
        with self._lock:
            places = list(self._places.values())
        for place in places:
            self._show_roots(place.space)
        self.write_ready(fresh)

    def _show_roots(self, space: Space) -> None:
        """What leads to the TLS door, which is the default space's, and to the space's own answers."""
        if space.at is not None:
            roots = (space.certificates.authority, self.first.certificates.authority)
            content = "".join(authority.root_pem for authority in roots)
            write_secret(space.certificates.folder / CA_FILE, content.encode())

    def _place_for(self, space: Space) -> Place:
        return Place(space, space_app(space, self._shared, self._schemas))

    def _place(self, name: str) -> Place:
        default = self._places[DEFAULT]
        place = default if name == default.space.name else self._places.get(name)
        if place is None:
            raise space_name.no_such_space()
        return place

    def _forget(self, name: str) -> None:
        with self._lock:
            if self._places.pop(name, None) is None:
                raise space_name.no_such_space()
            del self.dispatcher.spaces[name]

    @contextmanager
    def _reserved(self, name: str) -> Iterator[None]:
        """Keep a name while its space is built."""
        space_name.require_name(name)
        with self._lock:
            self._require_free(name)
            self._making.add(name)
        try:
            with self._rubble.unless_whole(self._folder / name):
                yield
        finally:
            with self._lock:
                self._making.discard(name)

    def _require_free(self, name: str) -> None:
        most, count = self._settings.spaces, len(self._places) - 1 + len(self._making)
        if name in self._places or name in self._making or name == self.first.name:
            raise space_name.name_taken()
        if count >= most:
            raise space_name.too_many(most)

    @contextmanager
    def _emptied(self, place: Place, *, is_kept: bool) -> Iterator[None]:
        """Nobody is in the space of a place, at any door, and nobody comes in; then it is closed.

        Sessions that came in while the others ended are cut after the closing: a closed space lets
        nobody in, since it cannot write that down.
        """
        old, name = place.space, place.space.at or DEFAULT
        old.time.stop()
        with place.closed():
            self._listeners.end_sessions(lambda account: is_of(account, name))
            old.close(is_kept=is_kept)
            self._listeners.end_sessions(lambda account: is_of(account, name))
            yield

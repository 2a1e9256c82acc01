"""The keys of the log's index of persons: one a calendar year, wrapped, in the space's database."""

from collections.abc import Callable, Mapping
from threading import Lock

from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap
from sqlalchemy import Engine, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from gateway.adapters.database.direct import direct
from gateway.adapters.database.engine import sweep
from gateway.adapters.database.tables import SUBJECT_KEY
from gateway.contracts.faults import LogUnavailable

_ALL = select(SUBJECT_KEY.c.year, SUBJECT_KEY.c.wrapped)


class SubjectKeysLost(ValueError):
    """The key that wraps them is another one than when they were made."""


class SqlSubjectKeys:
    """Keys by year. A year whose key was destroyed keeps its row without one, and gets no other.

    `wrapping` is kept outside both databases; `derive` gives 32 bytes for a label.
    """

    def __init__(self, engine: Engine, wrapping: bytes, derive: Callable[[str], bytes]) -> None:
        self._engine, self._wrapping, self._derive = engine, wrapping, derive
        self._lock = Lock()
        self._keys = self._stored()

    def of_year(self, year: str) -> bytes | None:
        """A year's key, made when its first entry comes; a `gateway.domain.subject_tags.YearKey`.

        Raises:
            LogUnavailable: it could not be kept.
        """
        try:
            return self._keys[year]
        except KeyError:
            return self._made(year)

    def all(self) -> Mapping[str, bytes]:
        """Every key that is left, by year."""
        return {year: key for year, key in self._keys.items() if key is not None}

    def destroy(self, year: str) -> None:
        """Forget the key of a year for ever: whoever holds the index of it links nobody any more."""
        mine = update(SUBJECT_KEY).where(SUBJECT_KEY.c.year == year).values(wrapped=None)
        with self._engine.begin() as connection:
            connection.execute(mine)
        sweep(self._engine)
        self.reload()

    def reload(self) -> None:
        """Forget what was destroyed."""
        with self._lock:
            self._keys = self._stored()

    def _made(self, year: str) -> bytes | None:
        with self._lock:
            if year not in self._keys:
                key = self._derive(f"subject-index/{year}")
                row = {"year": year, "wrapped": aes_key_wrap(self._wrapping, key)}
                try:
                    with self._engine.begin() as connection:
                        connection.execute(insert(SUBJECT_KEY).values(row))
                except SQLAlchemyError:
                    raise LogUnavailable from None
                self._keys[year] = key
        return self._keys[year]

    def _stored(self) -> dict[str, bytes | None]:
        rows = direct(self._engine).execute(_ALL).all()
        return {year: self._unwrapped(year, wrapped) for year, wrapped in rows}

    def _unwrapped(self, year: str, wrapped: bytes | None) -> bytes | None:
        """A year's key as it was made.

        Raises:
            SubjectKeysLost: it does not open.
        """
        try:
            return None if wrapped is None else aes_key_unwrap(self._wrapping, wrapped)
        except InvalidUnwrap:
            raise SubjectKeysLost(
                f"the key that opens the index of persons of {year} is not the one it was closed with;"
                " put the file keys/subject-index.key of this space back"
            ) from None

"""Who stood in a file in which everybody may stand once a year, until nobody needs to know it any more."""

from datetime import date

from sqlalchemy import ColumnElement, Engine, delete, func, select

from gateway.adapters.database.engine import sweep
from gateway.adapters.database.tables import BATCH, DELIVERED_PERSON, DELIVERY


class SqlOncePersons:
    """Implements `gateway.ports.erasure.OncePersons`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def count_once(self, before: date) -> int:
        """How many are kept of files about days before this one."""
        counted = select(func.count()).select_from(DELIVERED_PERSON).where(_of_old(before))
        with self._engine.begin() as connection:
            return int(connection.execute(counted).scalar_one())

    def forget_once(self, before: date) -> None:
        """Forget them, in the journal beside the file too."""
        with self._engine.begin() as connection:
            connection.execute(delete(DELIVERED_PERSON).where(_of_old(before)))
        sweep(self._engine)


def _of_old(before: date) -> ColumnElement[bool]:
    old = select(DELIVERY.c.id).join(BATCH, BATCH.c.id == DELIVERY.c.batch)
    return DELIVERED_PERSON.c.delivery.in_(old.where(BATCH.c.day < before))

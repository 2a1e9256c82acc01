"""Files that lie for their consumers and were not fetched yet, by flow, counted when somebody asks."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, func, select

from gateway.adapters.database.tables import DELIVERY, FILE_EVENT
from gateway.domain.file_state import FileState

OVERDUE_AFTER = timedelta(days=1)
_LYING = (FileState.RELEASED.value, FileState.REDELIVERED.value)


def standing_files(engine: Engine, at: datetime) -> tuple[Mapping[str, int], Mapping[str, int]]:
    """How many files lie unfetched, and how many of them for longer than a day, by flow."""
    last = select(func.max(FILE_EVENT.c.id)).group_by(FILE_EVENT.c.delivery)
    lying = (
        select(DELIVERY.c.flow, FILE_EVENT.c.at)
        .join(DELIVERY, DELIVERY.c.id == FILE_EVENT.c.delivery)
        .where(FILE_EVENT.c.id.in_(last) & FILE_EVENT.c.state.in_(_LYING))
    )
    since = (at - OVERDUE_AFTER).astimezone(UTC)
    all_of: dict[str, int] = {}
    overdue: dict[str, int] = {}
    with engine.begin() as connection:
        for flow, text in connection.execute(lying):
            all_of[flow] = all_of.get(flow, 0) + 1
            overdue[flow] = overdue.get(flow, 0) + (datetime.fromisoformat(text) <= since)
    return all_of, overdue

"""Jobs as rows in the space's database."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, bindparam, insert, select, update

from gateway.adapters.agenda import put_terms
from gateway.adapters.database.direct import Running, direct
from gateway.adapters.database.tables import JOB
from gateway.domain.duty import Term
from gateway.simulation.jobs import Done, Job

_FIRST = select(JOB).where(JOB.c.outcome.is_(None)).order_by(JOB.c.due_at, JOB.c.id).limit(1)
_FINISH = update(JOB).where(JOB.c.id == bindparam("key")).values(outcome=bindparam("what"))
_ADD = insert(JOB)
_OPEN = select(JOB.c.kind).where(JOB.c.outcome.is_(None)).distinct()


class SqlJobQueue:
    """Implements `gateway.simulation.jobs.JobQueue`: a job without an outcome is still to do."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._direct = engine, direct(engine)

    def next(self) -> Job | None:
        """The job that is due first."""
        row = self._direct.execute(_FIRST).one_or_none()
        if row is None:
            return None
        due_at = datetime.fromisoformat(row.due_at)
        return Job(kind=row.kind, due_at=due_at, flow=row.flow, party=row.party,
                   day=row.day, file=row.file, key=row.id)  # fmt: skip

    def add(self, *jobs: Job) -> None:
        """Put jobs in the queue, all or none."""
        with self._direct.begin() as connection:
            for job in jobs:
                _add(connection, job)

    def furnish(self, first: Sequence[Job], always: Job, terms: Iterable[Term]) -> None:
        """At a start: the first jobs where none is left to do, one that always waits, and terms."""
        with self._direct.begin() as connection:
            waiting = {row.kind for row in connection.execute(_OPEN).all()}
            for job in first if not waiting else ():
                _add(connection, job)
            if always.kind not in waiting:
                _add(connection, always)
            put_terms(connection, terms)

    def begin(self, job: Job, log_size: int) -> int:
        """Note how large the log is before a job's first try; the size that was noted then."""
        mine = JOB.c.id == job.key
        with self._engine.begin() as connection:
            noted = connection.execute(select(JOB.c.log_size).where(mine)).scalar_one()
            if noted is None:
                connection.execute(update(JOB).where(mine).values(log_size=log_size))
        return log_size if noted is None else int(noted)

    def finish(self, job: Job, done: Done) -> None:
        """Note the outcome and queue what follows, in one transaction."""
        with self._direct.begin() as connection:
            connection.execute(_FINISH, {"key": job.key, "what": done.outcome})
            for following in done.follow_ups:
                _add(connection, following)


def _add(connection: Running, job: Job) -> None:
    values: dict[str, Any] = {
        "due_at": job.due_at.astimezone(UTC).isoformat(), "kind": job.kind, "flow": job.flow,
        "party": job.party, "day": job.day, "file": job.file,
    }  # fmt: skip
    connection.execute(_ADD, values)

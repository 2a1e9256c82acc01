"""Once a month: what the log keeps of persons beyond its term goes."""

from collections.abc import Callable
from datetime import datetime, time

from gateway.domain.legal_day import legal_day, local_instant, months_later
from gateway.simulation.jobs import Done, Handler, Job

ERASE_JOB = "log.erase"
_AT = time(6, 30)


class ErasureJob:
    """`keep_terms` is the flow: it erases what is over, and tells how many rows that were."""

    def __init__(self, keep_terms: Callable[[], int]) -> None:
        self._keep_terms = keep_terms

    def handlers(self) -> dict[str, Handler]:
        """What to do when a month is over."""
        return {ERASE_JOB: self._erase}

    def _erase(self, job: Job) -> Done:
        count = self._keep_terms()
        return Done(f"{count} erased" if count else "nothing to erase", [next_job(job.due_at)])


def next_job(after: datetime) -> Job:
    """The job of the first day of the month that comes."""
    first = months_later(legal_day(after).replace(day=1), 1)
    due_at = local_instant(first, _AT)
    return Job(kind=ERASE_JOB, due_at=due_at, flow="", party="gateway", day=first.isoformat())

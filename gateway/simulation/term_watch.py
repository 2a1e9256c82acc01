"""Watches the terms of duties: when one is over, the workflow says what became of it."""

from gateway.bootstrap import Gateway
from gateway.domain.duty import TERM_JOB, DutyKind
from gateway.simulation.job_queue import SqlJobQueue
from gateway.simulation.jobs import Done, Handler, Job

_WITH_TERM = (DutyKind.QUALITY, DutyKind.LEAK_NOTICE, DutyKind.REVIEW)


class TermWatch:
    """The jobs of terms."""

    def __init__(self, gateway: Gateway, queue: SqlJobQueue) -> None:
        self._gateway, self._queue = gateway, queue

    def handlers(self) -> dict[str, Handler]:
        """What to do when a term of each workflow is over."""
        return {f"{TERM_JOB}{kind.value}": self._look for kind in _WITH_TERM}

    def _look(self, job: Job) -> Done:
        """Say what became of the duty, and put what comes next (a review returns) on the agenda."""
        assert job.file is not None
        gateway = self._gateway
        since = self._queue.begin(job, gateway.log.size)
        outcome = gateway.workflow.fall_due(job.file, job.due_at, since)
        gateway.agenda.put(gateway.workflow.terms_of(job.file.partition("/")[0]))
        return Done(outcome)

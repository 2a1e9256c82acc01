"""Simulated WEWIS and the watch over it: deliver the batch of yesterday, notice when it is missing."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from gateway.bootstrap import Gateway
from gateway.domain.expected_batch import DEADLINE_JOB
from gateway.domain.legal_day import legal_day, local_instant
from gateway.domain.lifecycle import Status
from gateway.domain.log_entry import Event, EventKind
from gateway.simulation.jobs import Done, Handler, Job
from providers.mutations import FLOW, batch_for, file_name
from providers.world import World

PARTY = "wewis"
DELIVER = "provider.deliver"
_DELIVERY_TIME, _DEADLINE_TIME = time(5, 55), time(6, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wewis:
    """The provider's daily round. `deliver` uploads; `settle` waits for the gateway."""

    space: str
    world: World
    gateway: Gateway
    deliver: Callable[[str, bytes], None]
    settle: Callable[[], None]
    is_automatic: Callable[[], bool]

    def handlers(self) -> dict[str, Handler]:
        """What to do when a job of each kind falls due."""
        return {DELIVER: self._deliver, DEADLINE_JOB: self._look}

    def _deliver(self, job: Job) -> Done:
        """Upload the day's batch, unless somebody delivered it already."""
        day = date.fromisoformat(job.day)
        following = [job_for(DELIVER, day + timedelta(days=1))]
        if not self._is_owed(day):
            return Done("not owed", following)
        if not self.is_automatic():
            return Done("manual", following)
        if self.is_delivered(day):
            return Done("already delivered", following)
        self.deliver(file_name(day), batch_for(self.world, day))
        self.settle()
        return Done("delivered" if self.is_delivered(day) else "refused", following)

    def _look(self, job: Job) -> Done:
        """After the deadline a batch that is not there counts as missing, and that is entered."""
        day = date.fromisoformat(job.day)
        following = [job_for(DEADLINE_JOB, day + timedelta(days=1))]
        if self.is_delivered(day):
            return Done("in time", following)
        if not self._is_owed(day):
            return Done("not owed", following)
        words = {
            "flow": FLOW,
            "party": PARTY,
            "day": job.day,
            "protocol": "001",
            "article": "art. 5",
        }
        event = Event(EventKind.BATCH_MISSING, job.due_at, self.space, words)
        self.gateway.log.append_all([event.entry()])
        return Done("missing", following)

    def _is_owed(self, day: date) -> bool:
        """LAW: 001 art. 12 - nothing is owed of a day before there was a protocol."""
        bundle = self.gateway.protocols.bundle()
        end = local_instant(day, time.max)
        return any(
            bundle.state(one, end, PARTY, FLOW).status is not Status.NOT_YET
            for one in bundle.opening(FLOW, end)
        )

    def is_to_deliver(self, day: date) -> bool:
        """Whether the batch is owed, it delivers by itself, and nobody delivered it yet."""
        return self._is_owed(day) and self.is_automatic() and not self.is_delivered(day)

    def is_delivered(self, day: date) -> bool:
        """Whether a batch of that day was accepted."""
        return self.gateway.ledger.last_number(FLOW, day) > 0


def first_jobs(start: datetime) -> list[Job]:
    """The jobs of a fresh world: its first day is that of the start."""
    return [job_for(kind, legal_day(start)) for kind in (DELIVER, DEADLINE_JOB)]


def job_for(kind: str, day: date) -> Job:
    """The job about a day, due the morning after."""
    at = _DELIVERY_TIME if kind == DELIVER else _DEADLINE_TIME
    due_at = local_instant(day + timedelta(days=1), at)
    return Job(kind=kind, due_at=due_at, flow=FLOW, party=PARTY, day=day.isoformat())

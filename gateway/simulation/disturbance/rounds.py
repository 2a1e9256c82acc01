"""The daily round of a simulated provider, on a day on which it goes wrong."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

import paramiko

from gateway.domain.legal_day import legal_day
from gateway.simulation.disturbance.board import Board, Drawn
from gateway.simulation.disturbance.damage import blotted, half
from gateway.simulation.disturbance.kinds import Stage
from gateway.simulation.jobs import Done, Handler, Job
from gateway.simulation.wewis import DELIVER, PARTY, Wewis, job_for
from providers.mutations import batch_for, file_name

LATER = "provider.deliver-later"
_AGAIN = timedelta(minutes=5)
_AFTER_THE_NEXT = timedelta(minutes=1)
_RIGHT_LATER = ("late", "half-written", "corrupted")
_BROKEN = (OSError, EOFError, paramiko.SSHException)


@dataclass(frozen=True, slots=True)
class DisturbedRounds:
    """The jobs of a provider with a board. What it delivers goes in as it always does."""

    wewis: Wewis
    board: Board

    def handlers(self) -> dict[str, Handler]:
        """What to do when a job of each kind falls due."""
        return self.wewis.handlers() | {DELIVER: self._deliver, LATER: self._later}

    def _deliver(self, job: Job) -> Done:
        """As ever, unless something happens that day."""
        deliver = self.wewis.handlers()[DELIVER]
        if self.board.is_still or not self.wewis.is_to_deliver(_day(job)):
            return deliver(job)
        following = job_for(DELIVER, _day(job) + timedelta(days=1))
        drawn = self.board.draw(f"provider.{PARTY}", Stage.FILE)
        if drawn is None:
            return self._tried(job, lambda: deliver(job), following)
        return self._tried(job, lambda: self._happen(drawn, job, following), following)

    def _later(self, job: Job) -> Done:
        """What was put off, or did not come over."""
        if not self.wewis.is_to_deliver(_day(job)):
            return Done("not needed any more")
        return self._tried(job, lambda: self._upload(_day(job)))

    def _tried(self, job: Job, do: Callable[[], Done], *following: Job) -> Done:
        """The provider tries again in a while where the connection breaks off."""
        try:
            return do()
        except _BROKEN:
            if self.board.is_still:
                raise
            self.wewis.settle()
            return Done("broken off", [*following, _put_off(job, _AGAIN)])

    def _happen(self, drawn: Drawn, job: Job, following: Job) -> Done:
        """What comes of that day, and when the rest of it comes."""
        wait = timedelta(seconds=drawn.seconds)
        later = {kind: _put_off(job, wait) for kind in _RIGHT_LATER}
        later |= {"reordered": _put_off(following, _AFTER_THE_NEXT, job.day)}
        rest = [later[drawn.kind]] if drawn.kind in later else []
        return Done(self._at_once(drawn, job), [following, *rest])

    def _at_once(self, drawn: Drawn, job: Job) -> str:
        day = _day(job)
        match drawn.kind:
            case "missing" | "late" | "reordered":
                return "kept back"
            case "duplicate":
                self._upload(day)
                return f"{self._upload(day).outcome} twice"
            case "clock-skew":
                its_now = job.due_at + timedelta(seconds=drawn.seconds)
                return self._upload(legal_day(its_now) - timedelta(days=1)).outcome
            case _:
                self._upload_damaged(drawn, day)
                return drawn.kind

    def _upload(self, day: date) -> Done:
        self.wewis.deliver(file_name(day), batch_for(self.wewis.world, day))
        self.wewis.settle()
        return Done("delivered" if self.wewis.is_delivered(day) else "refused")

    def _upload_damaged(self, drawn: Drawn, day: date) -> None:
        content = batch_for(self.wewis.world, day)
        damaged = half(content) if drawn.kind == "half-written" else blotted(content, drawn.chance)
        self.wewis.deliver(file_name(day), damaged)
        self.wewis.settle()


def _day(job: Job) -> date:
    return date.fromisoformat(job.day)


def _put_off(job: Job, wait: timedelta, day: str | None = None) -> Job:
    return replace(job, kind=LATER, due_at=job.due_at + wait, day=day or job.day, key=None)

"""Lives a plan: each step on its day, the clock in between, and at the end what must hold of all of it."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from gateway.domain.legal_day import in_brussels
from gateway.simulation.wewis import DELIVER
from gateway.simulation.yearrun import acting, asking, citizens, filing, lives, staff
from gateway.simulation.yearrun.calendar import last_instant, occurrences
from gateway.simulation.yearrun.closing import close_books
from gateway.simulation.yearrun.log_book import LogBook
from gateway.simulation.yearrun.stage import Stage
from gateway.simulation.yearrun.steps import Plan

Verb = Callable[[Stage, Any], None]
VERBS: Mapping[str, Verb] = {
    "register": asking.register,
    "deregister": asking.register,
    "transactions": asking.transactions,
    "care-allowance": asking.care_allowance,
    "statistics": asking.statistics,
    "advice": asking.advice,
    "look": asking.look,
    "payment-file": filing.payment_file,
    "yearly-list": filing.yearly_list,
    "pass-on": filing.pass_on,
    "collect": filing.collect,
    "follow": filing.follow,
    "upload": filing.upload,
    "act": acting.act,
    "provider": acting.provide,
    "erase": acting.erase,
    "stranger": acting.stranger,
    "birth": lives.birth,
    "befalls": lives.befall,
    "ready-file": staff.ready_file,
    "who-saw-me": citizens.who_saw_me,
}
Progress = Callable[[date], None]
"""Told of each day that begins."""
_AS_EVER = frozenset({"delivered", "not owed", "manual", "already delivered"})


def live(plan: Plan, stage: Stage, progress: Progress) -> LogBook:
    """All of it, then the closing of the books.

    Raises:
        FirstMismatch: the run was to stop at one.
    """
    lives.announce(plan, stage)
    for at, step in occurrences(plan):
        _move(stage, at, progress)
        stage.chronicle.step = step.id
        VERBS[step.do](stage, step)
    _move(stage, last_instant(plan), progress)
    if stage.is_disturbed and not stage.is_cut:
        filing.catch_up(stage)
    return close_books(stage)


def _move(stage: Stage, to: datetime, progress: Progress) -> None:
    """Go on to an instant, job by job, so that what is told carries the instant at which it happened."""
    if to <= stage.now:
        return
    progress(in_brussels(to).date())
    stage.chronicle.step = "clock"
    for job in stage.exchange.advance(to):
        _tell(stage, job)
    stage.listen()


def _tell(stage: Stage, job: Mapping[str, Any]) -> None:
    words = {"job": job["job"], "due": job["at"], "flow": job["flow"], "by": job["party"]}
    stage.chronicle.tell("job", outcome=job["outcome"], **words)
    stage.chronicle.counts["job", job["job"], job["outcome"]] += 1
    if job["job"] == DELIVER and not stage.is_disturbed:
        as_ever = job["outcome"] if job["outcome"] in _AS_EVER else "delivered"
        stage.chronicle.expect("the daily batch", as_ever, job["outcome"])

"""Recognised care needs, integration, care funds and family rights of one person of a crowd."""

from datetime import date, timedelta

from providers.world.care import month_of
from providers.world.draws import Draws, Index
from providers.world.lives import NEVER
from providers.world.people import (
    FamilyRight,
    IntegrationDuty,
    IntegrationStep,
    Membership,
    Recognition,
)

_CARE_PER_MILLE = 90
_CARE_UNTIL = 21
_OF_AGE = 18
_MET_AT_ONCE, _MET_LATER, _NOT_MET = 50, 70, 92
"""Of a hundred trajectories: met, first not and then met, not met; the rest still run."""
_REASONS = ("geen attest van inburgering", "traject stopgezet", "taalniveau niet aangetoond")
_FUNDS = tuple(f"zorgkas-{number}" for number in range(1, 7))
_MEMBER_AT, _CHANGES_FUND = 26, 6
_SUSPENDED, _ENDED = 7, 12


def is_recognised(draws: Draws, child: Index) -> Index:
    """Whether a child's need for care was or will be recognised."""
    return draws("care", child, 1_000) < _CARE_PER_MILLE


def recognitions(
    draws: Draws, child: int, born: date, known: date, died: int
) -> tuple[Recognition, ...]:
    """A first recognition and its reviews, each from where the one before it ends, up to 21 years."""
    begin = _first_of_month(known + timedelta(days=200 + draws("care begins", child, 12 * 365)))
    last_month = f"{born.year + _CARE_UNTIL}-{born.month:02d}"
    found: list[Recognition] = []
    for nth in range(1 + draws("reviews", child, 3)):
        if month_of(begin) > last_month or begin.toordinal() >= died:
            break
        found.append(_recognition(draws, child, nth, begin, last_month))
        begin = found[-1].end + timedelta(days=1) if found[-1].end else date.max
    return tuple(one for one in found if one.decided.toordinal() < died)


def duty_of(
    draws: Draws, person: int, born: date, came: date, *, is_brussels: bool
) -> IntegrationDuty | None:
    """The duty of who came as an adult: in Brussels another law's, of which the agency knows no more."""
    if came < _birthday(born, _OF_AGE):
        return None
    if is_brussels:
        return IntegrationDuty(scheme="brussel", since=came)
    return IntegrationDuty(scheme="vlaams", since=came, steps=_steps(draws, person, came))


def memberships(draws: Draws, person: int, born: date, known: date) -> tuple[Membership, ...]:
    """The care fund that an adult is a member of, and the one that some go to, on a new year's day."""
    since = max(date(2010, 1, 1), known, _birthday(born, _MEMBER_AT))
    number = draws("fund", person, len(_FUNDS))
    first = Membership(since=since, fund=_FUNDS[number])
    change = date(2023 + draws("fund year", person, 5), 1, 1)
    if draws("changes fund", person, 100) >= _CHANGES_FUND or change <= since:
        return (first,)
    other = (number + 1 + draws("other fund", person, len(_FUNDS) - 1)) % len(_FUNDS)
    return first, Membership(since=change, fund=_FUNDS[other])


def family_rights(draws: Draws, person: int, since: date) -> tuple[FamilyRight, ...]:
    """A parent's right to family allowances, since the eldest child came; some are suspended, or ended."""
    running = FamilyRight(since=since, state="running")
    drawn = draws("right", person, 100)
    change = date(2023, 1, 1) + timedelta(days=draws("right changes", person, 1_460))
    if drawn >= _ENDED or change <= since:
        return (running,)
    return running, FamilyRight(since=change, state="suspended" if drawn < _SUSPENDED else "ended")


def until_month(died: int) -> str:
    """The last month that can be paid: the one in which somebody dies, or the end of all that is drawn."""
    return "2029-12" if died == NEVER else month_of(date.fromordinal(died))


def _recognition(draws: Draws, child: int, nth: int, begin: date, last_month: str) -> Recognition:
    def drawn(what: str, below: int) -> int:
        return draws(f"{what} {nth}", child, below)

    years = 2 + drawn("years", 3)
    end = min(date(begin.year + years, begin.month, 1), _first_after(last_month)) - timedelta(
        days=1
    )
    decided = begin + timedelta(days=drawn("decided", 95) - (20 if nth else 5))
    return Recognition(
        decided=decided,
        begin=begin,
        end=end,
        pillar1=drawn("pillar 1", 7),
        pillar2=(drawn("2.1", 4), drawn("2.2", 4), drawn("2.3", 4), drawn("2.4", 4)),
        pillar3=(drawn("3.1", 7), drawn("3.2", 7), drawn("3.3", 7)),
    )


def _steps(draws: Draws, person: int, since: date) -> tuple[IntegrationStep, ...]:
    outcome = draws("integration", person, 100)
    first = since + timedelta(days=365 + draws("first step", person, 1_500))
    later = first + timedelta(days=200 + draws("second step", person, 700))
    reason = _REASONS[draws("reason", person, len(_REASONS))]
    if outcome < _MET_AT_ONCE:
        return (_step(draws, person, first, None),)
    if outcome < _MET_LATER:
        return _step(draws, person, first, reason), _step(draws, person, later, None)
    return (_step(draws, person, first, reason),) if outcome < _NOT_MET else ()


def _step(draws: Draws, person: int, since: date, reason: str | None) -> IntegrationStep:
    known = since + timedelta(days=draws("known after", person, 12))
    return IntegrationStep(since=since, known=known, fulfilled=reason is None, reason=reason)


def _birthday(born: date, age: int) -> date:
    return _first_of_month(date(born.year + age, born.month, 28) + timedelta(days=4))


def _first_of_month(day: date) -> date:
    return day.replace(day=1)


def _first_after(month: str) -> date:
    return _birthday(date.fromisoformat(f"{month}-01"), 0)

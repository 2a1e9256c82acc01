"""The reference repertory: who states to handle whose file, kept in SQL, looked up in memory."""

from array import array
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from threading import Lock

from sqlalchemy import Engine, delete, insert, select

from gateway.adapters.database.direct import direct
from gateway.adapters.database.tables import REGISTRATION
from gateway.adapters.registered_table import RegisteredTable
from gateway.contracts.insz import bare
from gateway.contracts.reasons import Reason
from gateway.domain.decision import Permit
from gateway.domain.decision_terms import Candidate
from gateway.domain.field_filter import Notice, SourceRecord
from gateway.domain.legal_day import legal_day
from gateway.domain.protocol_document import Fact
from gateway.domain.questions import RegistrationQuestion, Subject
from gateway.domain.registration import Period, cut, join
from gateway.domain.request import Caller, Request
from gateway.ports import Fetched

_Sender = tuple[str, str]
_ANY = select(REGISTRATION.c.id).limit(1)


class SqlRepertory:
    """Implements `gateway.ports.Repertory`, `FactRegister`, and the plan of a registration.

    INVARIANT: memory and table change together, under one lock; the table first. What stands in
    columns for whole lists is made anew when it is next asked for.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = Lock()
        self._index: dict[_Sender, dict[int, tuple[tuple[int, Period], ...]]] = {}
        self._tables: dict[_Sender, RegisteredTable] = {}
        if not direct(engine).execute(_ANY).all():
            return
        with engine.begin() as connection:
            for row in connection.execute(select(REGISTRATION)):
                kept = (row.id, Period(row.begin, row.end))
                person = self._index.setdefault((row.uri, row.hoedanigheid), {})
                person[int(row.insz)] = (*person.get(int(row.insz), ()), kept)

    def registered(self, uri: str, hoedanigheid: str, day: date) -> "array[int]":
        """All numbers that this sender has registered on this day, each once, ascending."""
        with self._lock:
            table = self._tables.get((uri, hoedanigheid))
            if table is None:
                people = self._index.get((uri, hoedanigheid), {})
                rows = ((number, p) for number, kept in people.items() for _, p in kept)
                table = self._tables[uri, hoedanigheid] = RegisteredTable(rows)
        return table.on(day)

    def about(
        self, chosen: Candidate, caller: Caller, subject: Subject, at: datetime
    ) -> Mapping[Fact, str]:
        """Whether the sender registered the person for the Belgian day of this instant."""
        if not any(required.fact is Fact.REGISTERED for required in chosen.requires):
            return {}
        people = self._index.get((caller.uri, caller.hoedanigheid), {})
        day = legal_day(at)
        for key, period in people.get(int(bare(subject.insz)), ()):
            if period.holds(day):
                return {Fact.REGISTERED: f"R-{key}"}
        return {}

    async def plan(self, permit: Permit, request: Request) -> Fetched:  # noqa: ARG002  a desk's form
        """What a registration would change, and the change itself for after its entry."""
        question = request.question
        assert isinstance(question, RegistrationQuestion)
        sender = (request.sender.uri, request.sender.hoedanigheid)
        before = self._periods(sender, question.insz)
        after, known = _planned(before, question)
        notices = (Notice(Reason.ALREADY_REGISTERED),) if known else ()
        record = SourceRecord({"resultaat": 1}, request.service.paths, notices)
        effect = None if known else self._effect(sender, question)
        return Fetched(record, effect if after != before else None)

    def _effect(self, sender: _Sender, question: RegistrationQuestion) -> Callable[[], None]:
        """The change, worked out anew when it is made: others may have come in between."""

        def apply() -> None:
            with self._lock:
                after, _ = _planned(self._periods(sender, question.insz), question)
                self._replace(sender, question.insz, after)

        return apply

    def _periods(self, sender: _Sender, insz: str) -> tuple[Period, ...]:
        rows = self._index.get(sender, {}).get(int(bare(insz)), ())
        return tuple(period for _, period in rows)

    def _replace(self, sender: _Sender, insz: str, periods: Sequence[Period]) -> None:
        insz = bare(insz)
        mine = (
            (REGISTRATION.c.uri == sender[0])
            & (REGISTRATION.c.hoedanigheid == sender[1])
            & (REGISTRATION.c.insz == insz)
        )
        rows = []
        with self._engine.begin() as connection:
            connection.execute(delete(REGISTRATION).where(mine))
            for period in periods:
                values = {"uri": sender[0], "hoedanigheid": sender[1], "insz": insz,
                          "begin": period.begin, "end": period.end}  # fmt: skip
                adding = insert(REGISTRATION).values(**values).returning(REGISTRATION.c.id)
                rows.append((connection.execute(adding).scalar_one(), period))
        self._index.setdefault(sender, {})[int(insz)] = tuple(rows)
        self._tables.pop(sender, None)


def _planned(
    before: tuple[Period, ...], question: RegistrationQuestion
) -> tuple[tuple[Period, ...], bool]:
    """The periods afterwards, and whether a registration was there already."""
    asked = _period(question)
    if question.removes:
        return cut(before, asked), False
    if any(period.covers(asked) for period in before):
        return before, True
    return join(before, asked), False


def _period(question: RegistrationQuestion) -> Period:
    """What is not said is open; so is an end on the last day of the calendar, as some clients write it."""
    begin = date.fromisoformat(question.begin) if question.begin else date.min
    end = date.fromisoformat(question.end) if question.end else date.max
    return Period(begin, None if end == date.max else end)

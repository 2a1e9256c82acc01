"""Citizens' questions in SQL, looked up in memory; the table first, under one lock."""

from dataclasses import asdict
from datetime import UTC, datetime
from threading import Lock

from sqlalchemy import Engine, delete, insert, select

from gateway.adapters.database.direct import direct
from gateway.adapters.database.tables import CITIZEN_QUESTION
from gateway.domain.citizen_question import CitizenQuestion

_ALL = select(CITIZEN_QUESTION)


class SqlQuestions:
    """Implements `gateway.ports.QuestionRegister`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = Lock()
        rows = direct(engine).execute(_ALL).all()
        self._questions = {question.label: question for question in map(_question, rows)}
        self._last = max((one.key for one in self._questions.values()), default=0)

    def next_key(self) -> int:
        """The number of the next question; a number that is not kept stays unused."""
        with self._lock:
            self._last += 1
            return self._last

    def keep(self, question: CitizenQuestion) -> None:
        """Keep a question as it now stands."""
        with self._lock:
            self._keep(question)

    def find(self, label: str) -> CitizenQuestion | None:
        """The question that a label names."""
        return self._questions.get(label)

    def attempt(self, label: str) -> CitizenQuestion | None:
        """Count one identification against the question."""
        with self._lock:
            question = self._questions.get(label)
            if question is None or not question.is_open:
                return None
            counted = question.attempted()
            self._keep(counted)
            return counted

    def _keep(self, question: CitizenQuestion) -> None:
        until = question.identified_until
        values = asdict(question) | {
            "identified_until": until.astimezone(UTC).isoformat() if until else None
        }
        values["id"] = values.pop("key")
        with self._engine.begin() as connection:
            connection.execute(
                delete(CITIZEN_QUESTION).where(CITIZEN_QUESTION.c.id == question.key)
            )
            connection.execute(insert(CITIZEN_QUESTION).values(**values))
        self._questions[question.label] = question


def _question(row: object) -> CitizenQuestion:
    until = row.identified_until  # type: ignore[attr-defined]  # a row
    return CitizenQuestion(
        key=row.id,  # type: ignore[attr-defined]  # idem
        unit=row.unit,  # type: ignore[attr-defined]  # idem
        insz=row.insz,  # type: ignore[attr-defined]  # idem
        failures=row.failures,  # type: ignore[attr-defined]  # idem
        identified_until=datetime.fromisoformat(until) if until else None,
    )

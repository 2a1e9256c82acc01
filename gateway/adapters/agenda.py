"""Terms of duties on the agenda: rows among the space's jobs, one for each duty and instant."""

from collections.abc import Iterable
from datetime import UTC

from sqlalchemy import Engine, insert, select

from gateway.adapters.database.direct import Running, direct
from gateway.adapters.database.tables import JOB
from gateway.domain.duty import TERM_JOB, Term
from gateway.domain.legal_day import legal_day

_ADD = insert(JOB)
_STANDING = select(JOB.c.file, JOB.c.due_at).where(JOB.c.kind.startswith(TERM_JOB))


class SqlAgenda:
    """What is to be looked at when its instant comes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def put(self, terms: Iterable[Term]) -> None:
        """Put terms on the agenda; one that stands there already, done or not, stays as it is."""
        with direct(self._engine).begin() as connection:
            put_terms(connection, terms)


def put_terms(connection: Running, terms: Iterable[Term]) -> None:
    """The same within a transaction."""
    chosen = list(terms)
    if not chosen:
        return
    known = {(row.file, row.due_at) for row in connection.execute(_STANDING).all()}
    fresh: dict[tuple[str, str], dict[str, str]] = {}
    for row in map(_row, chosen):
        fresh.setdefault((row["file"], row["due_at"]), row)
    missing = [row for key, row in fresh.items() if key not in known]
    if missing:
        connection.execute(_ADD, missing)


def _row(term: Term) -> dict[str, str]:
    return {
        "due_at": term.due_at.astimezone(UTC).isoformat(), "kind": term.job, "flow": term.flow or "",
        "party": term.party, "day": legal_day(term.due_at).isoformat(), "file": term.key,
    }  # fmt: skip

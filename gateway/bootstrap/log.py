"""The log and what is shown of it: writer, signatures, published checkpoints, the view of a stranger."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.adapters.checkpoint_records import FILE, CheckpointRecords
from gateway.adapters.log import OrderedLog, SequencedLog, SqliteLog
from gateway.adapters.signing import LogNotary
from gateway.adapters.taken_back_notes import TakenBackNotes
from gateway.bootstrap.outside import Outside
from gateway.domain.subject_tags import YearKey
from gateway.domain.witnessing import parse_witnesses
from gateway.flows.checkpoints import Checkpoints
from gateway.flows.public_log import PublicLog
from gateway.settings import Settings

if TYPE_CHECKING:
    from gateway.adapters.witnesses import Witnesses

LOG = "log.db"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogParts:
    """The log, wired."""

    log: OrderedLog
    notary: LogNotary
    published: CheckpointRecords
    checkpoints: Checkpoints
    public: PublicLog
    witnesses: "Witnesses | None"

    def set_pace(self, *, is_lasting: bool) -> None:
        """Wait for the disk from now on, or no longer."""
        self.log.inner.set_pace(is_lasting=is_lasting)
        self.published.set_pace(is_lasting=is_lasting)

    def close(self) -> None:
        """Let witnesses and files go; the log is the last."""
        if self.witnesses is not None:
            self.witnesses.stop()
        self.log.close()
        self.published.close()


def log_origin(space: str) -> str:
    """The log's name in checkpoints and keys."""
    return f"magda-sim.local/{space}"


def build_log(settings: Settings, outside: Outside, year_key: YearKey) -> LogParts:
    """Open the log, and wire what gives checkpoints and proofs of it."""
    log = OrderedLog(_writer(settings, outside, year_key), outside.watch)
    notary = LogNotary(outside.log_key, log_origin(outside.space), log.reader.head)
    published = CheckpointRecords(outside.data / FILE, is_lasting=outside.is_lasting)
    published.sign_with(notary.verifier)
    checkpoints = Checkpoints(
        space=outside.space, log=log, records=log.reader, store=published, sign=notary.note,
        clock=outside.clock,
    )  # fmt: skip
    public = PublicLog(log.reader, notary.note, published)
    witnesses = _witnesses(settings, published, public, TakenBackNotes(outside.data))
    if witnesses is not None:
        checkpoints.on_news.append(witnesses.tell)
    return LogParts(
        log=log, notary=notary, published=published, checkpoints=checkpoints, public=public,
        witnesses=witnesses,
    )  # fmt: skip


def _witnesses(
    settings: Settings, published: CheckpointRecords, public: PublicLog, notes: TakenBackNotes
) -> "Witnesses | None":
    addresses = parse_witnesses(settings.witnesses)
    if not addresses:
        return None
    from gateway.adapters.witnesses import Witnesses  # noqa: PLC0415  costs nobody else

    return Witnesses(addresses, published, public.consistency, notes.all)


def _writer(settings: Settings, outside: Outside, year_key: YearKey) -> SequencedLog | SqliteLog:
    path, new_salt = outside.data / LOG, outside.secrets.new_salt
    if settings.log == "sequencer":
        return SequencedLog(path, new_salt=new_salt, year_key=year_key)
    lasting = outside.is_lasting
    return SqliteLog(path, new_salt=new_salt, year_key=year_key, is_lasting=lasting)

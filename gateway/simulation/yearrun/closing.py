"""The closing of a run's books: what must hold of everything together, whatever the plan was."""

from collections.abc import Sequence

from consumers.drop_check import check_folder
from consumers.inbox import STATE
from gateway.adapters.signing import signed_by_any
from gateway.flows.audit_check import check_log
from gateway.simulation.in_process.exchange import AGENCIES
from gateway.simulation.yearrun.forms import SOAP
from gateway.simulation.yearrun.log_book import LogBook
from gateway.simulation.yearrun.stage import Stage

NOTHING, CLOSING = "nothing", "closing"
_SHOWN = 10


def close_books(stage: Stage, *, is_whole: bool = True) -> LogBook:
    """Look at the log, at every consumer's files, and at the run's own books.

    Of a run that was stopped the log is read, and nothing more is expected.
    """
    book = LogBook(stage.chronicle.answers)
    reader = stage.exchange.space.gateway.log.reader
    book.read(reader.leaves(1, reader.head().size))
    if is_whole:
        _expect_all(stage, book)
    return book


def _expect_all(stage: Stage, book: LogBook) -> None:
    stage.chronicle.step = CLOSING
    _log_holds(stage)
    _files_are_whole(stage)
    if not stage.is_disturbed:
        asked, entered = stage.chronicle.counts["over", SOAP], book.channels[SOAP]
        stage.chronicle.expect("questions over SOAP", str(asked), str(entered))
    if not stage.is_cut:
        _none(stage, "files that nobody acknowledged", sorted(map("/".join, book.open_files)))
        _none(stage, "files that were owed and never came", sorted(stage.files.open()))
        _none(stage, "ready files that never came", [str(day) for day in sorted(stage.unfound)])
    _none(stage, "disclosures outside the matrix", book.outside)
    _none(stage, "entries that hold a person's number", book.numbers)
    _none(stage, "answers that the log has otherwise", book.otherwise)
    for unit, (told, has) in sorted(stage.sums.items()):
        stage.chronicle.expect(f"euros consulted by {unit}", str(has), str(told))


def _log_holds(stage: Stage) -> None:
    """As `magda-sim audit verify` does, with every checkpoint that was published."""
    gateway = stage.exchange.space.gateway
    reader = gateway.log.reader
    published = gateway.evidence.published.all()
    signed = [signed_by_any(one.note, [gateway.notary.verifier]) for one in published]
    verdict = check_log(reader, published=signed)
    found = "holds" if verdict.ok else f"broken at {verdict.broken_at}"
    stage.chronicle.expect("the log and its checkpoints", "holds", found)


def _files_are_whole(stage: Stage) -> None:
    """As `magda-sim drop check` does, for every agency that collected something."""
    for folder in sorted((stage.exchange.space.data / AGENCIES).glob("*/inbox")):
        if not any(folder.rglob(STATE)):
            continue
        for one in check_folder(folder, stage.exchange.keys):
            wrong = [*one.missing, *one.double, *one.changed]
            _none(stage, f"gaps in {one.flow} of {folder.parent.name}", [str(n) for n in wrong])


def _none(stage: Stage, what: str, found: Sequence[str]) -> None:
    told = ", ".join(found[:_SHOWN]) + (f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else "")  # fmt: skip
    stage.chronicle.expect(what, NOTHING, told or NOTHING)

"""The audit line: walk the log from its first entry to its head, hold it against what was given away, say where it breaks."""

from collections.abc import Callable, Iterable

from gateway.domain.checkpoint import Checkpoint
from gateway.domain.log_check import Verification, compare_published, verify
from gateway.ports import LogRecords


def check_log(
    records: LogRecords,
    progress: Callable[[int], None] = lambda _: None,
    published: Iterable[Checkpoint] = (),
) -> Verification:
    """Verify a log, also while a gateway writes it: up to the head as it was at the start.

    `published` are checkpoints whose signatures hold and that were given away before that.
    """
    head = records.head()
    verdict = verify(records.pages(1, head.size), head, records.tile, progress)
    if not verdict.ok:
        return verdict
    in_order = sorted(published, key=lambda one: one.size)
    return compare_published(in_order, head, records.tile)

"""The audit line: walk the log from its first entry to its head, and say where it breaks."""

from collections.abc import Callable

from gateway.domain.log_check import Verification, verify
from gateway.ports import LogRecords


def check_log(
    records: LogRecords, progress: Callable[[int], None] = lambda _: None
) -> Verification:
    """Verify a log, also while a gateway writes it: up to the head as it was at the start."""
    head = records.head()
    return verify(records.entries(1, head.size), head, records.tile, progress)

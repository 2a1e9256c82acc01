"""The decision log on disk."""

from gateway.adapters.log.about_person import SqliteSubjectHistory
from gateway.adapters.log.disclosures import SqliteDisclosures
from gateway.adapters.log.ordered_log import OrderedLog
from gateway.adapters.log.reader import LogReader
from gateway.adapters.log.sequenced_log import SequencedLog
from gateway.adapters.log.sqlite_log import SqliteLog

__all__ = [
    "LogReader",
    "OrderedLog",
    "SequencedLog",
    "SqliteDisclosures",
    "SqliteLog",
    "SqliteSubjectHistory",
]

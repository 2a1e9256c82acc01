"""The space's database: registrations, batches, file events and jobs."""

from gateway.adapters.database.engine import (
    DATABASE,
    open_database,
    read_database,
    set_pace,
    upgrade,
)

__all__ = ["DATABASE", "open_database", "read_database", "set_pace", "upgrade"]

"""The space's database: registrations, batches, file events and jobs."""

from gateway.adapters.database.engine import open_database, read_database, upgrade

__all__ = ["open_database", "read_database", "upgrade"]

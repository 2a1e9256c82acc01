"""The envelope that both sources answer in: what was found, and the record if there is one."""

import json
from datetime import date
from typing import Any

from providers.world import Person, World


def found(record: dict[str, Any], replaced_by: str | None = None) -> bytes:
    """A record; with `replaced_by` it is that of the number which took the asked one's place."""
    status = "found" if replaced_by is None else "replaced"
    return _encode({"status": status, "record": record, "replaced_by": replaced_by})


def nothing() -> bytes:
    """The person is known, and there is nothing to tell."""
    return _encode({"status": "none"})


def nobody(world: World, insz: str, today: date) -> bytes:
    """The number is nobody's, or no longer: it was cancelled."""
    known = world.find(insz)
    is_known = known is not None and known.is_known(today)
    return _encode({"status": "cancelled" if is_known else "unknown"})


def resolve(world: World, insz: str, today: date) -> tuple[Person | None, str | None]:
    """The person behind a number today, through its replacement, and the new number if there is one."""
    person = world.current(insz, today)
    if person is None or not person.is_in_force(today):
        return None, None
    return person, None if person.insz == insz else person.insz


def _encode(envelope: dict[str, Any]) -> bytes:
    return json.dumps(envelope, ensure_ascii=False, separators=(",", ":")).encode()

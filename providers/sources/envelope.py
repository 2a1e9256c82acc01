"""The envelope that both sources answer in: what was found, and the record if there is one."""

import json
from typing import Any

from providers.world import Person, World


def found(record: dict[str, Any], replaced_by: str | None = None) -> bytes:
    """A record; with `replaced_by` it is that of the number which took the asked one's place."""
    status = "found" if replaced_by is None else "replaced"
    return _encode({"status": status, "record": record, "replaced_by": replaced_by})


def nothing() -> bytes:
    """The person is known, and there is nothing to tell."""
    return _encode({"status": "none"})


def nobody(world: World, insz: str) -> bytes:
    """The number is nobody's, or no longer: it was cancelled."""
    known = world.find(insz)
    return _encode({"status": "unknown" if known is None else "cancelled"})


def resolve(world: World, insz: str) -> tuple[Person | None, str | None]:
    """The person behind a number, through its replacement, and the new number if there is one."""
    person = world.find(insz)
    if person is None or person.is_cancelled:
        return None, None
    if person.replaced_by is None:
        return person, None
    return world.find(person.replaced_by), person.replaced_by


def _encode(envelope: dict[str, Any]) -> bytes:
    return json.dumps(envelope, ensure_ascii=False, separators=(",", ":")).encode()

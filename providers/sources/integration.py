"""The integration agency's source (KBI), asked by GeefInburgeringsadvies: a whole file, of which one word leaves."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from providers.sources.envelope import found, nobody, resolve
from providers.world import IntegrationDuty, Person, World


def answer(world: World, query: Mapping[str, Any], today: date) -> bytes:
    """The duty on the `day` of the query, as known today; more is in the file than may leave."""
    person, replaced_by = resolve(world, query["insz"], today)
    if person is None:
        return nobody(world, query["insz"], today)
    day = date.fromisoformat(query["day"])
    record = {"insz": person.insz, "openingsdatum": query["day"], **_duty(person.duty, day, today)}
    return found(record, replaced_by)


def unfulfilled(people: Iterable[Person], day: date) -> Sequence[str]:
    """Whose name the yearly list of a day holds: under the duty and not meeting it that day (002 art. 3)."""
    counted = (person for person in people if person.is_in_force(day) and person.is_living(day))
    found = ((person.insz, _duty(person.duty, day, day)) for person in counted)
    return sorted(insz for insz, duty in found if duty.get("voldaan") is False)


def _duty(duty: IntegrationDuty | None, day: date, today: date) -> dict[str, Any]:
    """NOTE(world): the source keeps the Flemish duty; of the Brussels one it knows that it exists."""
    if duty is None or duty.since > day:
        return {"plicht": "geen"}
    if duty.scheme != "vlaams":
        return {"plicht": duty.scheme}
    known = [step for step in duty.steps if step.known <= today and step.since <= day]
    last = max(known, key=lambda step: (step.since, step.known), default=None)
    fulfilled = last is not None and last.fulfilled
    file = {"contract": f"C-{duty.since:%Y%m}", "cursussen": len(duty.steps), "nationaliteit": "XX"}
    reason = {} if fulfilled else {"reden": (last.reason if last else None) or "geen attest"}
    return {"plicht": "vlaams", "voldaan": fulfilled, "dossier": file, **reason}

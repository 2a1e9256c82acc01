"""However it is asked, the same question gets the same decision: the pure function, the dry check, REST, SOAP."""

import asyncio
from collections import Counter

import pytest

from gateway.domain.services import PLATFORM_FIELDS, REGISTRATION_FLOW
from gateway.web.soap.names import SOAP_NAMES
from tests.agreement import WIRES, Asked, Doors, Told, generated
from tests.running import RunningSpace


async def _run(space: RunningSpace, seed: int, count: int) -> list[tuple[Asked, dict[str, Told]]]:
    doors, rows = Doors(space), []
    try:
        for act, questions in generated(seed, count):
            await doors.do(act)
            rows += await doors.ask(questions)
    finally:
        await doors.close()
    return rows


def _agree(space: RunningSpace, seed: int, count: int) -> Counter[str]:
    """Ask, compare, and count what was seen so that nobody can say nothing was asked."""
    space.control("PUT", "/providers/wewis", {"automatic": False})
    rows = asyncio.run(_run(space, seed, count))
    apart = [(asked, told) for asked, told in rows if len(set(told.values())) != 1]
    assert apart == []
    assert len(rows) == count
    told = [answers["rest"] for _, answers in rows]
    assert space.verify().ok
    return Counter(one.reasons[0][0] if one.reasons else "permit" for one in told)


SEEN_EVERY_TIME = {
    "permit", "not-registered", "no-protocol", "unit-not-listed", "case-required",
    "purpose-not-agreed", "authentication-too-weak", "protocol-suspended", "insz-invalid",
    "not-a-member",
}  # fmt: skip


@pytest.mark.timeout(240)  # eight seconds on a core of its own, and the machine may be busy
@pytest.mark.parametrize(
    "seed", [1, *(pytest.param(more, marks=pytest.mark.slow) for more in (2, 3, 4, 5))]
)
def test_3000_generated_questions_get_one_decision_at_every_door(
    space: RunningSpace, seed: int
) -> None:
    """Six hundred for each seed, with registrations, suspensions, notice and days in between."""
    seen = _agree(space, seed=seed, count=600)

    assert seen["permit"] >= 60, seen
    assert set(seen) >= SEEN_EVERY_TIME, seen


def test_the_generator_asks_every_service_with_a_wire_and_repeats_itself() -> None:
    first, second = list(generated(7, 600)), list(generated(7, 600))

    assert first == second
    flows = {name.service.flow for name in SOAP_NAMES if name.service.flow is not None}
    on_both_wires = flows - (PLATFORM_FIELDS.keys() - {REGISTRATION_FLOW})
    assert {one.flow for _, questions in first for one in questions} == set(WIRES) == on_both_wires

"""Every row of contract section 4: its trigger, its words on both wires, and what turned off makes it go away."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.contracts.reasons import Reason
from tests.reasons import ROWS, Desk, expected, turned_off, wires, with_law
from tests.running import RunningSpace

ROOT = Path(__file__).parents[2]
CASES = [(reason, wire) for reason, row in ROWS.items() for wire in wires(row)]
CLAUSES = [reason for reason, row in ROWS.items() if "law" in row.get("off", {})]
SHORTEST_CAUSE = 20


@pytest.fixture(scope="module")
def desk(shared_space: RunningSpace) -> Iterator[Desk]:
    found = Desk(shared_space)
    yield found
    found.close()


@pytest.mark.parametrize(("reason", "wire"), CASES)
def test_the_trigger_gives_the_reason_its_code_level_status_and_words(
    desk: Desk, reason: str, wire: str
) -> None:
    row = ROWS[reason]

    assert desk.said(row, wire) == expected(row, wire)


@pytest.mark.parametrize(("reason", "wire"), CASES)
def test_with_its_trigger_undone_the_reason_is_gone(desk: Desk, reason: str, wire: str) -> None:
    assert desk.said(turned_off(ROWS[reason]), wire) is None


@pytest.mark.parametrize("clause", CLAUSES)
def test_turning_a_clause_off_makes_exactly_its_own_row_fail(desk: Desk, clause: str) -> None:
    """Every other row is put under the same law without the clause, and keeps its reason."""
    off = turned_off(ROWS[clause])
    under = {
        reason: off if reason == clause else with_law(row, off["law"])
        for reason, row in ROWS.items()
    }
    lost = {
        reason
        for reason, row in under.items()
        for wire in wires(row)[:1]
        if desk.said(row, wire) != expected(row, wire)
    }

    assert lost == {clause}


def test_every_reason_has_its_row_in_the_order_of_the_table() -> None:
    assert set(ROWS) == set(Reason)


@pytest.mark.parametrize("reason", ROWS)
def test_a_wire_that_cannot_say_it_has_a_cause(reason: str) -> None:
    row = ROWS[reason]
    causes = [row[wire] for wire in ("rest", "soap") if wire not in wires(row)]

    assert all(len(cause) >= SHORTEST_CAUSE for cause in causes)
    if len(causes) == 2:
        path, _, name = row["shown"].partition("::")
        tests = ast.parse((ROOT / path).read_text("utf-8"))
        assert name in {node.name for node in tests.body if isinstance(node, ast.FunctionDef)}
    else:
        assert "off" in row

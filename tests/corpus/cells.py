"""The golden matrix, and how a cell of it is asked: with a case, trained, by eID, in a window."""

from datetime import UTC, datetime
from pathlib import Path

from ruamel.yaml import YAML

from gateway.domain.decision_terms import Ask
from gateway.domain.services import GIVEN, PLATFORM_FIELDS
from gateway.simulation.units import UNITS, Unit
from tests.builders import an_ask, the_documents

JULY = datetime(2025, 7, 10, 11, tzinfo=UTC)
MATRIX = Path(__file__).parent / "decisions/matrix.yaml"
_PLATFORM = Path(__file__).parent / "decisions/platform.yaml"
OPEN: list[list[str]] = YAML(typ="safe", pure=True).load(MATRIX.read_text("utf-8"))
"""Party, unit, flow, purpose."""
OF_PLATFORM: list[list[str]] = YAML(typ="safe", pure=True).load(_PLATFORM.read_text("utf-8"))
"""Party, unit, service of the platform; `*` is every credential, `-` anybody."""
SERVICE = {key: flow.service for d in the_documents() for key, flow in d.flows.items()}
_UNITS = {(unit.party, unit.key): unit for unit in UNITS}


def ask_of_cell(cell: list[str]) -> Ask:
    """The question of a cell: everything that its service gives, and all that could be wanted."""
    party, key, flow, purpose = cell
    unit = _UNITS.get((party, key))
    return an_ask(
        party=party,
        unit=(unit.team if unit else None) or key,
        flow=flow,
        purpose=purpose,
        case="G-1",
        fields=PLATFORM_FIELDS.get(flow) or GIVEN[SERVICE[flow]],
        training=unit.training if unit else frozenset(),
    )


__all__ = ["JULY", "OF_PLATFORM", "OPEN", "SERVICE", "Unit", "ask_of_cell"]

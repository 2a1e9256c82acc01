"""What there is in a space that faults can be put at, and how a person is named there."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from gateway.adapters.sources.messages import SOURCE_OF_FLOW
from gateway.contracts.insz import InszInvalid, InszKind, parse_insz
from gateway.domain.services import SERVICES
from gateway.simulation.disturbance.rules import Here
from gateway.simulation.units import UNITS


def here_with(personas: Callable[[], Sequence[Mapping[str, Any]]]) -> Here:
    """The places of every space, and the people of this one."""

    def number_of(text: str) -> str | None:
        keys = {one["key"]: str(one["insz"]) for one in personas()}
        return keys.get(text) or _test_number(text)

    return Here(places(), number_of)


def anywhere() -> Here:
    """The places, where it is not known yet which people there are."""
    return Here(places(), lambda text: text)


def places() -> Mapping[str, Collection[str]]:
    """The places within each area."""
    asked = {service.flow for service in SERVICES.values() if service.flow is not None}
    return {
        "source": [f"source.{flow}" for flow in SOURCE_OF_FLOW],
        "door.rest": [f"door.rest.{flow}" for flow in sorted(asked)],
        "door.soap": [f"door.soap.{flow}" for flow in sorted(asked)],
        "door.oauth": [],
        "drop.in": [f"drop.in.{unit.key}" for unit in UNITS if unit.drops],
        "drop.out": sorted(
            {f"drop.out.{name}" for unit in UNITS if unit.drops for name in (unit.key, unit.folder)}
        ),
        "provider": ["provider.wewis"],
    }


def _test_number(text: str) -> str | None:
    try:
        number = parse_insz(text)
    except InszInvalid:
        return None
    return number.value if number.kind is InszKind.TEST else None

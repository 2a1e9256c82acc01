"""How often a folder of protocols is looked at."""

import pytest

from gateway.simulation.law_watch import pause_after


@pytest.mark.parametrize(
    ("took", "pause"), [(0.0, 1.0), (0.01, 1.0), (0.04, 2.0), (0.1, 5.0), (3.0, 5.0)]
)
def test_what_takes_long_to_look_at_is_looked_at_less_often_but_never_forgotten(
    took: float, pause: float
) -> None:
    assert pause_after(took) == pause

"""How an instant is written on our interfaces, and what is taken for a slip."""

from datetime import datetime
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from gateway.web.instants import Instant

READ: TypeAdapter[datetime] = TypeAdapter(Instant)


@pytest.mark.parametrize(
    "text", ["2025-03-10T08:00:00+01:00", "2025-03-10t07:00:00z", "2025-03-10 08:00:00+01:00"]
)
def test_iso_8601_with_an_offset_is_read(text: str) -> None:
    assert READ.validate_python(text) == datetime.fromisoformat("2025-03-10T08:00:00+01:00")


@pytest.mark.parametrize(
    "stated",
    [7, -1.5e-304, True, "0", "1741590000", "2025-03-10", "2025-03-10T08:00:00", "morgen", "", None,
     "1899-12-31T08:00:00+01:00", "3000-01-01T08:00:00+01:00"],
)  # fmt: skip
def test_anything_else_is_refused(stated: Any) -> None:
    with pytest.raises(ValidationError):
        READ.validate_python(stated)

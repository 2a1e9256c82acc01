"""Clients for the conformance kits: those of the documentation, and those that get one thing wrong."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gateway.simulation.conformance.sut import FunctionSut

PAGE = Path(__file__).parents[1] / "docs/conformance.md"
_CODE = re.compile(r"```python\n(?P<code>.+?)```", re.DOTALL)
Change = tuple[str, str]


def documented() -> Sequence[str]:
    """The clients that the page shows, as it shows them: of the kits in their order."""
    return [found["code"] for found in _CODE.finditer(PAGE.read_text("utf-8"))]


def client(number: int, changes: Sequence[Change] = ()) -> FunctionSut:
    """One of them in this process, with words replaced; each must be there."""
    code = documented()[number].rpartition("\nprint(")[0]
    for old, new in changes:
        assert code.count(old) == 1, f"the client has no longer one `{old}`"
        code = code.replace(old, new)
    names: dict[str, Any] = {}
    exec(compile(code, str(PAGE), "exec"), names)

    def work(job: Mapping[str, Any]) -> Mapping[str, Any]:
        told: Mapping[str, Any] = names["work"](job)
        return told

    return FunctionSut(work)

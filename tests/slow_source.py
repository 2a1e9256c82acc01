"""`magda-sim` with sources that wait to be told: `python -m tests.slow_source MARKS up …`.

Each question that reaches a source puts a mark (a file) into the folder MARKS, and is answered once
`go` lies there.
"""

import asyncio
import sys
from itertools import count
from pathlib import Path
from typing import Any

from gateway.adapters.sources import LocalSources
from gateway.cli.main import main

GO = "go"


def slow(marks: Path) -> None:
    """Let every source in this process wait."""
    at_once, numbers = LocalSources.fetch, count(1)

    async def fetch(self: LocalSources, *asked: Any) -> Any:
        (marks / f"{next(numbers)}").touch()
        while not (marks / GO).exists():  # noqa: ASYNC110  told from another process
            await asyncio.sleep(0.05)
        return await at_once(self, *asked)

    setattr(LocalSources, "fetch", fetch)  # noqa: B010  the type of a method is not that of a function


if __name__ == "__main__":
    slow(Path(sys.argv[1]))
    sys.argv = ["magda-sim", *sys.argv[2:]]
    main()

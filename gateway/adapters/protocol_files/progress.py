"""A bar on the terminal while many documents are read; silence everywhere else."""

import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

Watch = Callable[[Sequence[Path]], Iterable[Path]]
_MANY = 100


def in_silence(paths: Sequence[Path]) -> Iterable[Path]:
    """The paths, and nothing shown."""
    return paths


def on_terminal(paths: Sequence[Path]) -> Iterable[Path]:
    """The paths, with a bar on standard error if that is a terminal and they are many."""
    if len(paths) < _MANY or not sys.stderr.isatty():
        return paths
    from rich.console import Console  # noqa: PLC0415  only who sees a bar pays for it
    from rich.progress import track  # noqa: PLC0415  idem

    return track(paths, "protocols", console=Console(stderr=True), transient=True)

"""What a command says that cannot listen where it was told to."""

from errno import EADDRINUSE

import typer

_FAILED = 1


def cannot_start(error: OSError, ports: str) -> typer.Exit:
    """The end of a command; `ports` names the options that choose another port."""
    mend = "mend that and start again"
    if error.errno == EADDRINUSE:
        mend = f"another program listens there: end it, or choose another port with {ports} (0 takes a free one)"
    typer.echo(f"cannot start: {error}; {mend}", err=True)
    return typer.Exit(_FAILED)

"""How a command reaches a running space: through its ready file and its control API."""

from pathlib import Path
from typing import Any, Literal

import typer

FAILED, REFUSED, INVALID = 1, 2, 3


def control(
    data: Path,
    method: str,
    path: str,
    body: dict[str, Any] | list[Any] | None = None,
    base: Literal["control", "http"] = "control",
) -> Any:
    """Call the space that runs on this data folder with its control token; the JSON it answers, if any.

    Exits with 1 when nothing runs there, with 2 when the call is refused.
    """
    import httpx

    from gateway.simulation.ready_file import read_ready_file

    try:
        ready = read_ready_file(data)
        answer = httpx.request(
            method,
            ready[base] + path,
            json=body,
            headers={"Authorization": f"Bearer {ready['control_token']}"},
            timeout=600,
        )
    except (OSError, httpx.TransportError):
        typer.echo(
            f"nothing answers for {data}; start it with `magda-sim up --data {data}`", err=True
        )
        raise typer.Exit(FAILED) from None
    if answer.is_error:
        problem = answer.json()
        typer.echo(f"{problem['title']}: {problem['detail']}", err=True)
        typer.echo(f"remedy: {problem.get('remedy') or '-'}", err=True)
        raise typer.Exit(REFUSED)
    return answer.json() if answer.content else None

"""How a command reaches a running space: through its ready file and its control API."""

import os
from collections.abc import Iterator
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
            method, ready[base] + path, json=body, headers=_shown(ready), timeout=600
        )
    except (OSError, httpx.TransportError):
        raise _nothing(data) from None
    if answer.is_error:
        raise _refused(answer.json())
    return answer.json() if answer.content else None


def download(data: Path, path: str, file: Path) -> int:
    """Write what the control API answers to a file that only its owner reads; how many bytes. Exits likewise."""
    import httpx

    from gateway.simulation.ready_file import read_ready_file

    try:
        ready = read_ready_file(data)
        url = ready["control"] + path
        with httpx.stream("GET", url, headers=_shown(ready), timeout=600) as answer:
            if answer.is_error:
                answer.read()
                raise _refused(answer.json())
            return _write(file, answer.iter_raw())
    except (FileNotFoundError, httpx.TransportError):
        raise _nothing(data) from None


def _write(file: Path, chunks: Iterator[bytes]) -> int:
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as out:
            return sum(out.write(chunk) for chunk in chunks)
    except OSError as error:
        typer.echo(f"{file} cannot be written: {error.strerror}", err=True)
        raise typer.Exit(FAILED) from None


def _shown(ready: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {ready['control_token']}"}


def _nothing(data: Path) -> typer.Exit:
    typer.echo(f"nothing answers for {data}; start it with `magda-sim up --data {data}`", err=True)
    return typer.Exit(FAILED)


def _refused(problem: dict[str, Any]) -> typer.Exit:
    typer.echo(f"{problem['title']}: {problem['detail']}", err=True)
    typer.echo(f"remedy: {problem.get('remedy') or '-'}", err=True)
    return typer.Exit(REFUSED)

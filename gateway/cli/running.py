"""How a command reaches a running space: through its ready file and its control API."""

import json
import os
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any, Literal

import typer

FAILED, REFUSED, INVALID = 1, 2, 3
_JSON = "application/json"


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
    content = None if body is None else json.dumps(body).encode()
    answer = b"".join(exchanged(data, method, path, content, base))
    return json.loads(answer) if answer else None


def exchanged(
    data: Path,
    method: str,
    path: str,
    content: bytes | None = None,
    base: Literal["control", "http"] = "control",
) -> Iterator[bytes]:
    """The same with bytes both ways, the answer piece by piece."""
    import httpx

    from gateway.simulation.ready_file import read_ready_file

    try:
        ready = read_ready_file(data)
        headers = {"Authorization": f"Bearer {ready['control_token']}", "Content-Type": _JSON}
        url = ready[base] + path
        with httpx.stream(method, url, content=content, headers=headers, timeout=600) as answer:
            if answer.is_error:
                raise _refused(json.loads(answer.read()))
            yield from answer.iter_bytes()
    except (OSError, httpx.TransportError):
        raise _nothing(data) from None


def download(data: Path, path: str, file: Path) -> int:
    """Write what the control API answers to a file that only its owner reads; how many bytes. Exits likewise."""
    pieces = exchanged(data, "GET", path)
    first = next(pieces, b"")  # a refusal leaves the file as it was
    return _write(file, chain((first,), pieces))


def _write(file: Path, chunks: Iterator[bytes]) -> int:
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as out:
            return sum(out.write(chunk) for chunk in chunks)
    except OSError as error:
        typer.echo(f"{file} cannot be written: {error.strerror}", err=True)
        raise typer.Exit(FAILED) from None


def folder_of(data: Path, space: str | None) -> Path:
    """Where a further space of the process lies, or the default one."""
    return data / "spaces" / space if space else data


def tell(found: Any, lines: Iterable[str], *, as_json: bool) -> None:
    """Print what was found: as JSON, or in lines for people."""
    for line in [json.dumps(found)] if as_json else lines:
        typer.echo(line)


def _nothing(data: Path) -> typer.Exit:
    typer.echo(f"nothing answers for {data}; start it with `magda-sim up --data {data}`", err=True)
    return typer.Exit(FAILED)


def _refused(problem: dict[str, Any]) -> typer.Exit:
    typer.echo(f"{problem['title']}: {problem['detail']}", err=True)
    typer.echo(f"remedy: {problem.get('remedy') or '-'}", err=True)
    return typer.Exit(REFUSED)

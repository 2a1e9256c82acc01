"""`magda-sim scenario`: the library of scenarios: list, show, run."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.running import FAILED, INVALID

if TYPE_CHECKING:
    from gateway.simulation.library.runner import Result
    from gateway.simulation.library.scenario import Page

app = typer.Typer(no_args_is_help=True)
Folder = Annotated[
    Path | None, typer.Option("--library", help="A folder of scenarios instead of the built-in.")
]
Protocols = Annotated[
    Path | None, typer.Option(help="Folder of protocols to run them under instead of the built-in.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Ids = Annotated[
    list[str] | None, typer.Argument(help="Scenarios (001-13), or all of a text (001); all if none.")
]  # fmt: skip
Out = Annotated[Path | None, typer.Option(help="Write this file too.")]


@app.command("list")
def list_scenarios(ids: Ids = None, *, library: Folder = None, as_json: AsJson = False) -> None:
    """List scenarios with what each shows."""
    pages = _pages(ids, library)
    if as_json:
        rows = [
            {"id": p.scenario.id, "title": p.scenario.title,
             "cites": [f"{key} {article}" for key, article in p.scenario.cites]}
            for p in pages
        ]  # fmt: skip
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    for page in pages:
        typer.echo(f"{page.scenario.id}  {page.scenario.title}")


@app.command()
def show(name: Annotated[str, typer.Argument(help="The scenario: 001-13.")], *, library: Folder = None) -> None:  # fmt: skip
    """Print one scenario as it is written."""
    from gateway.simulation.library.scenario import SCENARIOS

    (page,) = _pages([name], library)[:1]
    path = (library or SCENARIOS) / page.scenario.group / f"{page.scenario.id}.yaml"
    typer.echo(path.read_text("utf-8"), nl=False)


@app.command()
def run(
    ids: Ids = None,
    *,
    library: Folder = None,
    protocols: Protocols = None,
    junit: Out = None,
    html: Out = None,
    as_json: AsJson = False,
) -> None:
    """Run scenarios, each in a fresh space of this process; status 1 where one fails."""
    from gateway.simulation.library.matrix import CAUSES, matrix_of, read_causes
    from gateway.simulation.library.report import as_html, as_junit, results_json
    from gateway.simulation.library.scenario import SCENARIOS

    every = _pages(None, library)
    pages = _meant(every, ids)
    results = _run(pages, protocols, quiet=as_json)
    folder = library or SCENARIOS
    causes = read_causes(folder) if (folder / CAUSES).exists() else {}
    matrix = matrix_of(every, results, causes)
    if junit is not None:
        junit.write_bytes(as_junit(results))
    if html is not None:
        html.write_text(as_html(results, matrix), "utf-8")
    if as_json:
        typer.echo(results_json(results, matrix))
    else:
        _sum_up(results)
    if not all(one.passed for one in results):
        raise typer.Exit(FAILED)


def _run(pages: "Sequence[Page]", protocols: Path | None, *, quiet: bool) -> "Sequence[Result]":
    from gateway.simulation.library.runner import runner

    results = []
    with runner(protocols) as hand:
        for page in pages:
            results.append(hand.run(page))
            if not quiet:
                _tell(results[-1])
    return results


def _tell(result: "Result") -> None:
    word = "passed" if result.passed else "FAILED"
    odd = f"  ({', '.join(result.scenario.oddities)})" if result.scenario.oddities else ""
    typer.echo(f"{word}  {result.scenario.id}  {result.scenario.title}{odd}")
    for line in result.failures:
        typer.echo(f"        {line}")


def _sum_up(results: "Sequence[Result]") -> None:
    passed = sum(one.passed for one in results)
    typer.echo(f"{passed} of {len(results)} scenarios passed")


def _pages(ids: Sequence[str] | None, library: Path | None) -> "Sequence[Page]":
    """The scenarios that are meant; exits with 3 where one does not hold or is not there."""
    from gateway.simulation.library.scenario import SCENARIOS, ScenarioInvalid, read_library

    try:
        pages = read_library(library or SCENARIOS)
    except ScenarioInvalid as invalid:
        typer.echo(str(invalid), err=True)
        raise typer.Exit(INVALID) from None
    return _meant(pages, ids)


def _meant(pages: "Sequence[Page]", ids: Sequence[str] | None) -> "Sequence[Page]":
    wanted = [one.lower() for one in ids or ()]
    for one in wanted:
        if not any(_is_meant(page, [one]) for page in pages):
            typer.echo(
                f"there is no scenario {one}; `magda-sim scenario list` lists them", err=True
            )
            raise typer.Exit(INVALID)
    return [page for page in pages if not wanted or _is_meant(page, wanted)]


def _is_meant(page: "Page", wanted: Sequence[str]) -> bool:
    key = page.scenario.id.lower()
    return key in wanted or key.partition("-")[0] in wanted

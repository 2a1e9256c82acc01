"""`magda-sim world`: the people of a running space: look, add, change, export, import."""

import json
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.running import INVALID, control, download, exchanged

app = typer.Typer(no_args_is_help=True)
Data = Annotated[Path, typer.Option(help="Data folder of the running space.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Number = Annotated[str, typer.Argument(help="A number, a persona's key, or `-` to read it.")]
On = Annotated[str, typer.Option("--on", help="The day, as yyyy-mm-dd.")]


@app.command()
def show(
    who: Annotated[
        str, typer.Argument(help="A number, a persona's key, or `-`; nobody for a summary.")
    ] = "",
    *,
    data: Data = Path("var"),
    as_json: AsJson = False,
) -> None:
    """Show somebody and what happens to them, or, without a number, whose world it is."""
    found = control(data, "POST", "/world/person", {"insz": _number(data, who)}) if who else control(data, "GET", "/world")  # fmt: skip
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
    elif not who:
        typer.echo(f"seed {found['seed']}, {found['people']} people beside those with a name, "
                   f"{found['changed']} not as the seed gives them")  # fmt: skip
    else:
        person = found["person"]
        typer.echo(
            f"{person['insz']}  {person['first_name']} {person['name']}, born {person['born']}"
        )
        for one in found["happens"]:
            typer.echo(f"  {one['on']}  {one['what']:<13} {one['of']}")


@app.command()
def events(
    *,
    what: Annotated[
        list[str] | None, typer.Option(help="A kind, such as `moved`; several times for more.")
    ] = None,
    begin: Annotated[str, typer.Option("--from", help="The first day.")] = "2025-01-01",
    until: Annotated[str, typer.Option(help="The last day.")] = "2025-12-31",
    limit: Annotated[int, typer.Option(help="How many at most.")] = 50,
    data: Data = Path("var"),
    as_json: AsJson = False,
) -> None:
    """List what happens to people in a period: somebody for every test."""
    asked = {"what": what or [], "from": begin, "until": until, "limit": limit}
    found = control(data, "POST", "/world/events", asked)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    for one in found["items"]:
        typer.echo(f"{one['on']}  {one['what']:<13} {one['insz']}  {one['name']:<24} {one['of']}")
    typer.echo(f"looked at {found['looked_at']} people")


@app.command()
def add(
    first_name: Annotated[str, typer.Argument(help="Such as Roos.")],
    name: Annotated[str, typer.Argument(help="Such as Proefveld.")],
    *,
    born: Annotated[str, typer.Option(help="The birth date, as yyyy-mm-dd.")],
    town: Annotated[str, typer.Option(help="Where they live, from birth.")] = "Zele",
    parent: Annotated[list[str] | None, typer.Option(help="A parent's number or key.")] = None,
    data: Data = Path("var"),
    as_json: AsJson = False,
) -> None:
    """Add somebody; prints the test number that they get."""
    from msgspec import to_builtins

    from providers.world.changes import NotPossible, home

    try:
        lives = home(date.fromisoformat(born), town)
    except (NotPossible, ValueError) as found:
        raise _invalid(str(found)) from None
    row: dict[str, Any] = {"name": name, "first_name": first_name, "born": born,
                           "parents": [_number(data, one) for one in parent or []],
                           "residences": [to_builtins(lives)]}  # fmt: skip
    made = control(data, "POST", "/world/people", row)
    typer.echo(json.dumps(made, ensure_ascii=False) if as_json else made["insz"])


@app.command()
def change(
    who: Number,
    what: Annotated[
        str,
        typer.Argument(
            help="`died`, `moved`, `paid`, `recovered`, `replaced`, `cancelled` or `joined`."
        ),
    ],
    *,
    on: On,
    to: Annotated[str | None, typer.Option(help="The town, or the care fund.")] = None,
    amount: Annotated[str | None, typer.Option(help="Of money, such as 600.00.")] = None,
    data: Data = Path("var"),
    as_json: AsJson = False,
) -> None:
    """Let something befall somebody on a day; sources tell it from then on."""
    place = "town" if what == "moved" else "fund"
    money = f"{Decimal(amount):.2f}" if amount else None
    asked = {"insz": _number(data, who), "what": what, "on": on, "amount": money, place: to}
    changed = control(data, "POST", "/world/change", asked)
    if as_json:
        typer.echo(json.dumps(changed, ensure_ascii=False))
        return
    for one in changed:
        typer.echo(f"{one['insz']}  {one['first_name']} {one['name']}: {what} on {on}")


@app.command()
def revert(who: Number, *, data: Data = Path("var")) -> None:
    """Let somebody be as the seed gives them; who was added is gone."""
    control(data, "POST", "/world/revert", {"insz": _number(data, who)})
    typer.echo("as the seed gives it")


@app.command()
def export(
    *,
    whole: Annotated[
        bool, typer.Option("--whole", help="Everybody, and not only changes.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="The file; without it standard output.")] = None,
    data: Data = Path("var"),
) -> None:
    """Write people as a plain file, a line each, to commit and to import elsewhere."""
    path = f"/world/export?whole={str(whole).lower()}"
    if out is not None:
        download(data, path, out)
        typer.echo(f"written to {out}")
        return
    sys.stdout.buffer.writelines(exchanged(data, "GET", path))
    sys.stdout.flush()


@app.command("import")
def take_in(
    file: Annotated[Path, typer.Argument(help="A file that `export` wrote.", exists=True)],
    *,
    data: Data = Path("var"),
    as_json: AsJson = False,
) -> None:
    """Put everybody of a file, all or none; those who are there already stay as they are."""
    done = json.loads(b"".join(exchanged(data, "POST", "/world/import", file.read_bytes())))
    told = f"{done['added']} added, {done['changed']} changed, {done['same']} as they were"
    typer.echo(json.dumps(done) if as_json else told)


def _number(data: Path, who: str) -> str:
    """The number that is meant."""
    given = sys.stdin.readline().strip() if who == "-" else who
    if given.isdigit():
        return given
    named = {one["key"]: one["insz"] for one in control(data, "GET", "/personas")}
    if given not in named:
        raise _invalid(f"there is no persona of this name; there are {', '.join(named)}")
    return str(named[given])


def _invalid(text: str) -> typer.Exit:
    typer.echo(text, err=True)
    return typer.Exit(INVALID)

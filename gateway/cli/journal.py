"""`magda-sim journal`: what happened in a space, counted, and whether something ever did."""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.running import FAILED, INVALID, control

if TYPE_CHECKING:
    from gateway.adapters.journal import Journal, Wanted

app = typer.Typer(no_args_is_help=True)
Data = Annotated[Path, typer.Option(help="Data folder of the space.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Only = Annotated[
    list[str] | None,
    typer.Option(help="Only these, such as credential=infino or outcome=refusal; several times."),
]
Since = Annotated[str | None, typer.Option("--from", help="First instant, included.")]
Until = Annotated[str | None, typer.Option("--to", help="Last instant, included.")]
_UNSURE = 1


@app.command("list")
def list_items(
    *,
    only: Only = None,
    since: Since = None,
    until: Until = None,
    after: Annotated[int, typer.Option(help="Only those behind this number.")] = 0,
    limit: Annotated[int, typer.Option(help="How many at most.")] = 1_000,
    last: Annotated[int | None, typer.Option(help="The newest so many instead.")] = None,
    data: Data = Path("var"),
    as_json: AsJson = False,
) -> None:
    """List requests and file events with their decisions, oldest first; also of a space that is stopped."""
    from gateway.simulation.journal import shown

    wanted = _wanted(only, since, until)
    with _journal(data) as journal:
        found = journal.last(wanted, last) if last else journal.page(wanted, after, limit)
        told = {"items": [shown(one) for one in found], "dropped": journal.dropped()}
    typer.echo(json.dumps(told)) if as_json else _show(told)


@app.command()
def count(
    *,
    by: Annotated[str, typer.Option(help="By these columns, such as credential,outcome.")] = "",
    only: Only = None,
    since: Since = None,
    until: Until = None,
    data: Data = Path("var"),
    as_json: AsJson = False,
) -> None:
    """Count them, altogether or by the values of columns; also of a space that is stopped."""
    from gateway.simulation.journal import counted

    columns = [_column(name) for name in by.split(",") if name]
    with _journal(data) as journal:
        rows = journal.counts(_wanted(only, since, until), columns)
        dropped = journal.dropped()
    total = sum(number for _, number in rows)
    counts = counted(columns, rows) if columns else []
    if as_json:
        typer.echo(json.dumps({"total": total, "counts": counts, "dropped": dropped}))
        return
    for row in counts:
        typer.echo(f"{row['count']:>8}  " + "  ".join(str(row[name] or "-") for name in columns))
    typer.echo(f"{total:>8}  in all" + _lacking(dropped))


@app.command()
def never(
    insz: Annotated[str, typer.Argument(help="About whom; a number.")],
    to: Annotated[str, typer.Argument(help="To which credential, unit or party.")],
    *,
    data: Annotated[Path, typer.Option(help="Data folder of the running space.")] = Path("var"),
    as_json: AsJson = False,
) -> None:
    """Assert that nothing about a person ever went to somebody; status 1 where it did, or nobody can tell."""
    told = control(data, "POST", "/journal/never", {"insz": insz, "to": to})
    if as_json:
        typer.echo(json.dumps(told))
    else:
        typer.echo(told["verdict"])
        for one in [*told["seen"], *told["unknown"]]:
            cause = f"  {one['cause']}" if "cause" in one else ""
            typer.echo(f"{one['decision']:<8}{one['at']}  {one['kind']}  {one['flow']}  {one['credential']}{cause}")  # fmt: skip
    raise typer.Exit(0 if told["verdict"] == "never" else _UNSURE)


@app.command("near-miss")
def near_miss(
    n: Annotated[int | None, typer.Argument(help="Its number; the newest refusal if none.")] = None,
    *,
    data: Annotated[Path, typer.Option(help="Data folder of the running space.")] = Path("var"),
    as_json: AsJson = False,
) -> None:
    """Tell which one change would have let a refusal pass; status 1 where none would."""
    number = n if n is not None else _newest_refusal(data)
    told = control(data, "GET", f"/journal/items/{number}/near-miss")
    if as_json:
        typer.echo(json.dumps(told))
    else:
        for line in _near_lines(told):
            typer.echo(line)
    raise typer.Exit(0 if told["near"] else FAILED)


def _newest_refusal(data: Path) -> int:
    found = control(data, "GET", "/journal?outcome=refusal&last=1")["items"]
    if not found:
        typer.echo("the journal keeps no refusal", err=True)
        raise typer.Exit(FAILED)
    return int(found[0]["n"])


def _near_lines(told: dict[str, Any]) -> Iterator[str]:
    for one in told["reasons"]:
        cited = f", {one['article']}" if one["article"] else ""
        yield f"{told['decision']} refused: {one['reason']}{cited}: {one['detail']}"
        yield f"  {one['remedy']}"
    if told["note"]:
        yield told["note"]
    for one in told["near"]:
        rests = f", if {' and '.join(one['depends'])} holds" if one["depends"] else ""
        yield f"near miss: {one['how']}{rests}"
    for one in told["almost"]:
        yield f"almost: {one['how']}; then {', '.join(one['then'])}"


@contextmanager
def _journal(data: Path) -> "Iterator[Journal]":
    """The journal of a data folder, up to the last entry of its log."""
    from gateway.adapters.journal import NAME, Journal
    from gateway.adapters.log.reader import LogReader

    log = data / "log.db"
    if not log.exists():
        typer.echo(f"there is no space in {data}", err=True)
        raise typer.Exit(FAILED)
    with closing(LogReader(log)) as records, closing(Journal.copied(data / NAME, records)) as found:
        yield found


def _wanted(only: list[str] | None, since: str | None, until: str | None) -> "Wanted":
    from gateway.adapters.journal import Wanted

    words = {}
    for one in only or ():
        name, _, value = one.partition("=")
        words[_column(name)] = value
    return Wanted(words=words, since=_instant(since), until=_instant(until))


def _column(name: str) -> str:
    from gateway.adapters.journal import BY_VALUE

    if name not in BY_VALUE:
        typer.echo(f"the journal has no `{name}`; it has: {', '.join(BY_VALUE)}", err=True)
        raise typer.Exit(INVALID)
    return name


def _instant(text: str | None) -> str | None:
    try:
        at = datetime.fromisoformat(text) if text is not None else None
    except ValueError:
        at = datetime.min  # noqa: DTZ901  it has no offset, and so is refused below
    if at is not None and at.tzinfo is None:
        typer.echo(
            f"`{text}` is no instant with an offset; write 2025-03-10T08:00:00+01:00", err=True
        )
        raise typer.Exit(INVALID)
    return text


def _show(told: dict[str, Any]) -> None:
    for one in told["items"]:
        ended = one["outcome"] or ""
        why = f" ({one['reason']})" if one["reason"] else ""
        typer.echo(
            f"{one['n']:>6}  {one['at'][:19]}  {one['kind']:<18}{one['credential'] or '-':<24}"
            f"{one['flow'] or '-':<28}{one['decision']:<8}{ended}{why}"
        )
    typer.echo(f"{len(told['items'])} items" + _lacking(told["dropped"]))


def _lacking(dropped: int) -> str:
    return f"; {dropped} older ones were dropped" if dropped else ""

"""`magda-sim conform`: judge somebody's client, each case in a world of its own, with articles cited."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.running import FAILED, INVALID

if TYPE_CHECKING:
    from gateway.simulation.conformance.verdict import Kit, Report, Verdict


def conform(
    kit: Annotated[str, typer.Argument(help="consumer-jbplus, ...; without --sut its cases.")],
    *,
    sut: Annotated[
        str | None,
        typer.Option(help="The client: an address, or a command, that does a day's work."),
    ] = None,
    case: Annotated[list[str] | None, typer.Option(help="Only this case; can be repeated.")] = None,
    report: Annotated[
        Path | None, typer.Option(help="Folder for report.html, junit.xml and report.json.")
    ] = None,
    timeout: Annotated[float, typer.Option(help="Seconds that one day's work may take.")] = 120.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Judge a client by a conformance kit: it is told to do its work, and what it did is looked at.

    Exit status 1 where a case failed.
    """
    found = _kit(kit)
    if sut is None:
        _list(found, as_json=as_json)
        return
    done = _played(found, sut, case or [], timeout, is_told=not as_json)
    if report is not None:
        from gateway.simulation.conformance.reports import write_reports

        write_reports(done, report)
    _sum_up(done, report, as_json=as_json)
    raise typer.Exit(0 if done.passes else FAILED)


def _kit(key: str) -> "Kit":
    from gateway.simulation.conformance.kits import KITS

    if key not in KITS:
        raise _invalid(f"there is no kit `{key}`; there are {', '.join(KITS)}")
    return KITS[key]


def _played(kit: "Kit", sut: str, cases: list[str], timeout: float, *, is_told: bool) -> "Report":
    from gateway.simulation.conformance.kits import NoSuchCase, conform
    from gateway.simulation.conformance.sut import sut_of

    tell = _tell if is_told else lambda _: None
    try:
        return conform(kit, sut_of(sut, timeout), sut, cases, tell)
    except NoSuchCase as unknown:
        raise _invalid(str(unknown)) from None


def _list(kit: "Kit", *, as_json: bool) -> None:
    rows = [
        {"case": one.key, "article": one.article, "title": one.title, "rule": one.rule}
        for one in kit.cases
    ]
    lines = [f"{row['case']:<20}  {row['article']:<12}  {row['title']}" for row in rows]
    typer.echo(json.dumps(rows, ensure_ascii=False) if as_json else "\n".join(lines))


def _tell(verdict: "Verdict") -> None:
    from gateway.simulation.conformance.reports import why

    case, outcome = verdict.case, verdict.outcome.value
    typer.echo(f"{outcome:<7}  {case.article:<12}  {case.key}: {case.title}")
    for line in why(verdict).splitlines() if outcome != "passed" else ():
        typer.echo(f"         {line}")


def _sum_up(done: "Report", report: Path | None, *, as_json: bool) -> None:
    from gateway.simulation.conformance.reports import as_json as rows
    from gateway.simulation.conformance.verdict import Outcome

    if as_json:
        typer.echo(json.dumps(rows(done), ensure_ascii=False))
        return
    counts = ", ".join(f"{done.count(one)} {one.value}" for one in Outcome)
    verdict = "conforms" if done.passes else "does not conform"
    typer.echo(f"{verdict}: {counts}" + (f"; the report is in {report}" if report else ""))


def _invalid(text: str) -> typer.Exit:
    typer.echo(text, err=True)
    return typer.Exit(INVALID)

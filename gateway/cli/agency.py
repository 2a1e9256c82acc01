"""`magda-sim agency`: small agencies at work in a running space, with the clients that one would copy."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.agency_desk import (
    AsJson,
    Data,
    State,
    Told,
    day,
    files,
    money,
    number_of,
    of_files,
    run,
    tell,
)
from gateway.cli.agency_payments import zele
from gateway.cli.running import REFUSED

app = typer.Typer(no_args_is_help=True)
app.command()(zele)
Person = Annotated[str, typer.Argument(help="A number, or a persona such as joris.")]
People = Annotated[list[str], typer.Argument(help="Numbers, or personas such as noor.")]
Family = Annotated[list[str] | None, typer.Argument(help="Who is new in the family.")]


@app.command()
def ahovoks(
    people: People,
    *,
    year: Annotated[int, typer.Option(help="First year of the study year.")] = 2024,
    file: Annotated[str, typer.Option(help="The grant file.")] = "S-1",
    data: Data = Path("var"),
    state: State = None,
    as_json: AsJson = False,
) -> None:
    """Count the dependents of a grant file: a person with a disability counts for two (004).

    Exit status 2 while somebody is not known.
    """
    from consumers.agencies.study_grant import StudyYear
    from gateway.simulation.agency_runs import count_household

    numbers = [number_of(data, one) for one in people]
    told = run(
        "ahovoks-studietoelagen", data, state,
        lambda desk, folder: count_household(desk, folder, file, StudyYear(year), numbers),
    )  # fmt: skip
    tell(told, _household(told), as_json=as_json)
    raise typer.Exit(REFUSED if told["points"] is None else 0)


@app.command()
def payer(
    unit: Annotated[str, typer.Argument(help="infino, kidslife, myfamily, parentia, ...")],
    people: Family = None,
    *,
    family: Annotated[str, typer.Option(help="The family.")] = "G-1",
    year: Annotated[int, typer.Option(help="Fiscal year of the income.")] = 2024,
    income: Annotated[str | None, typer.Option(help="Income declared of that year.")] = None,
    data: Data = Path("var"),
    state: State = None,
    as_json: AsJson = False,
) -> None:
    """Collect, ask about who is announced, and take the net jobbonus plus out of an income (001).

    Exit status 1 where files do not fit or are missing, 2 where a question was refused.
    """
    from gateway.simulation.agency_runs import follow_payments

    declared = (year, money(income)) if income is not None else None
    numbers = [number_of(data, one) for one in people or ()]
    told = run(
        unit, data, state,
        lambda desk, folder: follow_payments(desk, folder, family, numbers, declared),
    )  # fmt: skip
    tell(told, _payments(told), as_json=as_json)
    raise typer.Exit(REFUSED if told["refused"] else of_files(told))


@app.command("contact-centre")
def contact_centre(
    person: Person,
    *,
    name: Annotated[str | None, typer.Option(help="The name that is stated.")] = None,
    first_name: Annotated[str | None, typer.Option(help="The first name.")] = None,
    amount: Annotated[str | None, typer.Option(help="The amount in the letter.")] = None,
    mail: Annotated[
        str | None, typer.Option(help="Answer by mail with these words; '' for the usual ones.")
    ] = None,
    confirm: Annotated[bool, typer.Option(help="Send it although it was warned of.")] = False,
    data: Data = Path("var"),
    state: State = None,
    as_json: AsJson = False,
) -> None:
    """Identify a citizen, look into the file and answer; only a mail is kept, twelve months (000).

    Exit status 2 where the citizen is not identified, or a mail holds what may not be kept.
    """
    from consumers.wire_rest import Stated
    from gateway.simulation.agency_runs import answer_citizen

    stated = Stated(
        name=name, first_name=first_name, amount=money(amount) if amount is not None else None
    )
    number = number_of(data, person)
    told = run(
        "dv-cc1700", data, state,
        lambda desk, folder: answer_citizen(desk, folder, number, stated, mail, is_confirmed=confirm),
    )  # fmt: skip
    tell(told, _conversation(told), as_json=as_json)
    is_sent = mail is None or told.get("mail") is not None
    raise typer.Exit(0 if told["answer"] is not None and is_sent else REFUSED)


@app.command()
def avsb(
    person: Person,
    *,
    opening_day: Annotated[str | None, typer.Option(help="A budget opens on this day.")] = None,
    fund: Annotated[str | None, typer.Option(help="The person's care fund.")] = None,
    premium: Annotated[int | None, typer.Option(help="Decide the premium of this year.")] = None,
    data: Data = Path("var"),
    state: State = None,
    as_json: AsJson = False,
) -> None:
    """Ask advice for a care budget, and decide the reduced premium with the yearly list (002).

    Exit status 1 where files do not fit or are missing.
    """
    from gateway.simulation.agency_runs import judge_member

    opening = (day(opening_day), fund) if opening_day is not None else None
    number = number_of(data, person)
    told = run(
        "avsb", data, state,
        lambda desk, folder: judge_member(desk, folder, number, opening, premium),
    )  # fmt: skip
    tell(told, _care(told), as_json=as_json)
    raise typer.Exit(of_files(told))


@app.command("pass-on")
def pass_on(
    year: Annotated[int, typer.Argument(help="The year of the list.")],
    *,
    data: Data = Path("var"),
    state: State = None,
    as_json: AsJson = False,
) -> None:
    """AVSB has the yearly list passed on: each care fund finds its own members (002 art. 4)."""
    from gateway.simulation.agency_runs import pass_list_on

    told = run("avsb", data, state, lambda desk, folder: pass_list_on(desk, folder, year))
    line = f"{told['delivery']}: the list of {year} passed on to {told['funds']} care funds"
    tell(told, [line], as_json=as_json)


def _household(told: Told) -> Iterable[str]:
    for one in told["members"]:
        yield f"{_or_unknown(one['points'])}  {one['insz']}  {one['because']}"
    yield f"{_or_unknown(told['points'])}  in all, study year {told['study_year']}"


def _payments(told: Told) -> Iterable[str]:
    yield from files(told)
    yield f"{told['announced']} of our people announced"
    yield f"asked: {told['answered']} answered, {len(told['refused'])} refused"
    yield from (f"  {one}" for one in told["refused"])
    income = told["income"]
    if income is not None:
        yield (
            f"income {income['fiscal_year']}: {income['declared']} less {income['deducted']} "
            f"jobbonus plus counts for {income['counted']}"
        )
        yield from (f"  look at this: {one}" for one in income["doubts"])


def _conversation(told: Told) -> Iterable[str]:
    yield f"question {told['question']}: {'identified' if told['identified'] else 'not identified'}"
    if told["refused"]:
        yield f"refused: {told['refused']}"
    if told["answer"]:
        yield told["answer"]
    if told.get("warned"):
        yield f"the mail holds: {', '.join(told['warned'])}; other words, or --confirm"
    if told.get("mail"):
        yield f"mail {told['mail']} sent, kept for twelve months"
    yield f"{told['kept']} mails kept"


def _care(told: Told) -> Iterable[str]:
    yield from files(told)
    yield from (f"list of {year} taken in" for year in told["lists"])
    yield from (f"a second list of {year} changes nothing" for year in told["lists_refused"])
    if told["budget"]:
        yield f"budget: {told['budget']['condition']} ({told['budget']['because']})"
    if told["premium"]:
        premium = told["premium"]
        yield f"premium {premium['year']}: {premium['premium']} ({premium['because']})"


def _or_unknown(points: int | None) -> str:
    return "?" if points is None else str(points)

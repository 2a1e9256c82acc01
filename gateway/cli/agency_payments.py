"""`magda-sim agency zele`: the municipality has its bank pay what the payment file of 003 says."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.agency_desk import AsJson, Data, State, Told, files, of_files, run, tell, wrong
from gateway.cli.running import FAILED

_NO_EXTRA = "payment orders need more libraries: pip install 'magda-sim[payments]'"


def zele(
    *,
    out: Annotated[Path, typer.Option(help="Where the order for the bank is written.")],
    unit: Annotated[str, typer.Option(help="The unit that asks.")] = "zele-financien",
    file: Annotated[
        str | None, typer.Option(help="Make the order of this file; ask for none.")
    ] = None,
    account: Annotated[
        str, typer.Option(help="The account that pays.", envvar="MAGDA_SIM_ZELE_ACCOUNT")
    ] = "BE49999000000171",
    name: Annotated[
        str, typer.Option(help="The name that pays.", envvar="MAGDA_SIM_ZELE_NAME")
    ] = "Gemeente Zele",
    data: Data = Path("var"),
    state: State = None,
    as_json: AsJson = False,
) -> None:
    """Ask for the payment file, collect it, and make the order that a bank takes: pain.001.001.09 (003).

    Exit status 1 where the file is not there or cannot be paid of, 2 where the question was refused.
    """
    try:
        from consumers.agencies.credit_transfer import OrderInvalid
        from consumers.agencies.zele import debtor
        from gateway.simulation.payment_run import pay_allowances
    except ModuleNotFoundError:
        typer.echo(_NO_EXTRA, err=True)
        raise typer.Exit(FAILED) from None
    try:
        payer = debtor(name, account)
    except ValueError as fault:
        wrong(str(fault))
    try:
        told = run(
            unit, data, state or data / "agencies" / "zele",
            lambda desk, folder: pay_allowances(desk, folder, payer, out, file),
        )  # fmt: skip
    except OrderInvalid as fault:
        typer.echo(str(fault), err=True)
        raise typer.Exit(FAILED) from None
    tell(told, _allowances(told), as_json=as_json)
    raise typer.Exit(FAILED if told["wrong"] or told["rows"] is None else of_files(told))


def _allowances(told: Told) -> Iterable[str]:
    yield from files(told)
    yield from (f"not paid of: {one}" for one in told["wrong"])
    if told["rows"] is None:
        yield f"{told['file']} is not here; a colleague may have collected it into another folder"
        return
    yield f"{told['file']}: {told['rows']} rows, {told['total']} in all, for {told['year']}"
    yield from (_row("by hand", one) for one in told["by_hand"])
    yield from (_row("not paid", one) for one in told["not_paid"])
    yield _order(told)
    yield f"the copy goes on {told['gone_on']}, the children's numbers then, or sooner with the data of a later year"


def _row(what: str, one: Told) -> str:
    return f"{what}: row {one['line']}, {one['amount']} to {one['name']} ({one['because']})"


def _order(told: Told) -> str:
    order = told["order"]
    if order is None:
        return "no order: nothing in the file is for a bank; nothing was written"
    return f"order {order['key']}: {order['transfers']} payments, {order['total']}, on {order['pay_on']}, in {order['path']}"

"""The report of `magda-sim whatif` as people read it: a table, then what changed and why."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.table import Table

from gateway.domain.replay_effect import Cited, Fate, RowKey
from gateway.domain.replay_report import Report, Row

_HEADINGS = {
    Fate.SAME: "same",
    Fate.REFUSED: "newly refused",
    Fate.ALLOWED: "newly allowed",
    Fate.FIELDS: "other fields",
    Fate.OTHERWISE: "told otherwise",
    Fate.CANNOT_TELL: "cannot tell",
    Fate.NOT_DECIDED: "not decided",
    Fate.LAW_UNKNOWN: "law unknown",
    Fate.NOT_REPRODUCED: "not reproduced",
}
_QUIET = frozenset({Fate.SAME, Fate.NOT_DECIDED})
_WIDE = 200


def show(report: Report) -> None:
    """Print the report: rows where something changed one by one, the others together by protocol."""
    console = Console(highlight=False, markup=False, width=None if _is_terminal() else _WIDE)
    fates = [fate for fate in Fate if fate is Fate.SAME or report.total(fate)]
    table = Table("protocol", "flow", "unit", "decisions", *(_HEADINGS[fate] for fate in fates))
    for key, row in _folded(report).items():
        counts = [str(row.replayed), *(str(row.fates[fate]) for fate in fates)]
        table.add_row(*key, *counts)
    console.print(table)
    for key, row in sorted(report.rows.items()):
        for line in _lines(key, row):
            console.print(line, soft_wrap=True)
    for one in report.differences:
        console.print(_difference(one), soft_wrap=True)
    console.print(_conclusion(report), soft_wrap=True)


def _is_terminal() -> bool:
    return Console().is_terminal


def _folded(report: Report) -> dict[RowKey, Row]:
    """The rows to show; `*` stands for every flow and unit where nothing changed."""
    shown: dict[RowKey, Row] = {}
    for key, row in sorted(report.rows.items()):
        is_quiet = row.fates.keys() <= _QUIET
        into = shown.setdefault((key[0], "*", "*") if is_quiet else key, Row())
        into.replayed += row.replayed
        into.fates.update(row.fates)
    return shown


def _difference(one: dict[str, Any]) -> str:
    return (
        f"{one['decision']} {one['member']}: recorded {one['recorded']}, replayed {one['replayed']}"
    )


def _lines(key: RowKey, row: Row) -> Iterator[str]:
    """What changed for one unit."""
    details = {
        Fate.REFUSED: _cited(row.refused),
        Fate.ALLOWED: "",
        Fate.FIELDS: "; ".join(filter(None, (_signed("+", row.gained), _signed("-", row.lost)))),
        Fate.OTHERWISE: "same outcome, other grounds, articles or duties",
        Fate.CANNOT_TELL: ", ".join(
            f"`{what}` was not recorded: {n}" for what, n in sorted(row.missing.items())
        ),
        Fate.LAW_UNKNOWN: "the space ran on other documents or switches; give --protocols",
        Fate.NOT_REPRODUCED: "the law of then gives something else than the entry holds",
    }
    for fate, detail in details.items():
        if row.fates[fate]:
            shown = f": {detail}" if detail else ""
            examples = ", ".join(row.examples[fate])
            yield f"{' '.join(key)}  {row.fates[fate]} {_HEADINGS[fate]}{shown}  (first: {examples})"


def _cited(counts: Counter[Cited]) -> str:
    return ", ".join(f"{what} ({article}): {n}" for (what, article), n in sorted(counts.items()))


def _signed(sign: str, counts: Counter[Cited]) -> str:
    return ", ".join(
        f"{sign}{what} ({article}): {n}" for (what, article), n in sorted(counts.items())
    )


def _conclusion(report: Report) -> str:
    unchanged = report.total(Fate.SAME) + report.total(Fate.NOT_DECIDED)
    if unchanged == report.replayed:
        return f"{report.replayed} decisions replayed: every one comes out as it was"
    return f"{report.replayed} decisions replayed: {report.replayed - unchanged} do not come out as they were"

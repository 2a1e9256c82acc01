"""What a run is told as: facts in one piece, from which every form of the report is made. Holds no machine time."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from importlib.metadata import version
from typing import Any

from gateway.domain.duty import TOO_LATE, DutyState
from gateway.domain.legal_day import in_brussels
from gateway.simulation.yearrun.chronicle import Checked
from gateway.simulation.yearrun.closing import CLOSING
from gateway.simulation.yearrun.forms import SOAP
from gateway.simulation.yearrun.log_book import LogBook
from gateway.simulation.yearrun.order import Order
from gateway.simulation.yearrun.stage import Stage

Told = Mapping[str, Any]
COLUMNS = ("answered", "refused", "file.delivered", "file.refused", "file.collected", "file.acknowledged",
           "protocol.act")  # fmt: skip
"""What is counted of each month, protocol, party and flow."""
PROTOCOLS = ("000", "001", "002", "003", "004")
_TERM = frozenset({DutyState.DONE, *TOO_LATE, DutyState.DUE})


def report_of(order: Order, stage: Stage, book: LogBook) -> Told:
    """The whole report."""
    checks = list(stage.chronicle.checks.values())
    failed = sum(one.failed for one in checks)
    return {
        "run": order.plan.run,
        "title": order.plan.title,
        "version": version("magda-sim"),
        "seed": order.seed,
        "from": order.first_day.isoformat(),
        "until": order.last_day.isoformat(),
        "ok": failed == 0,
        "expectations": {"held": sum(one.held for one in checks), "failed": failed},
        "totals": _totals(stage, book),
        "months": _rows(book.months, "month"),
        "protocols": _rows(book.protocols, "protocol"),
        "parties": _rows(book.parties, "party"),
        "files": _rows(book.flows, "flow"),
        "refusals": [
            {"reason": reason, "protocol": protocol, "article": article, "count": count}
            for (reason, protocol, article), count in sorted(book.refusals.items())
        ],
        "terms": _terms(stage),
        "lives": list(stage.chronicle.happened),
        "citizens": list(stage.chronicle.looks),
        "faults": list(stage.exchange.space.faults.counts()),
        "steps": _steps(order, checks),
        "scenarios": [],
        "coverage": _coverage(order, checks),
        "digests": _digests(stage, book),
        "again": order.command,
    }


def _totals(stage: Stage, book: LogBook) -> Told:
    months = book.months
    totals = {kind: sum(n for (_, one), n in months.items() if one == kind) for kind in COLUMNS}
    payments = {
        year: n for (what, year, _), n in _three(stage.chronicle.counts) if what == "payments"
    }
    return {
        **totals,
        "over_soap": book.channels[SOAP],
        "entries": book.size,
        "people": len(stage.cast),
        "children_in_payment_files": payments,
        "euros_consulted": {unit: str(told) for unit, (told, _) in sorted(stage.sums.items())},
    }


def _three(counts: Counter[tuple[str, ...]]) -> Iterable[tuple[tuple[str, ...], int]]:
    return sorted((key, n) for key, n in counts.items() if len(key) == 3)  # noqa: PLR2004  what, of what, how


def _rows(counts: Counter[tuple[str, str]], name: str) -> Sequence[Told]:
    table: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(COLUMNS, 0))
    for (key, kind), count in counts.items():
        if kind in COLUMNS:
            table[key][kind] += count
    return [{name: key, **table[key]} for key in sorted(table)]


def _terms(stage: Stage) -> Sequence[Told]:
    """Every duty with a term that came up: met, missed, or still running."""
    workflow = stage.exchange.space.gateway.workflow
    return [
        {
            "protocol": protocol, "article": duty.article, "duty": duty.kind.value,
            "party": duty.owes, "due": in_brussels(duty.due).isoformat(timespec="seconds"),
            "state": duty.state.value, "met": duty.state is DutyState.DONE,
        }
        for protocol in PROTOCOLS
        for duty in workflow.view(protocol).duties
        if duty.due is not None and duty.state in _TERM
    ]  # fmt: skip


def _steps(order: Order, checks: Sequence[Checked]) -> Sequence[Told]:
    """Each step with what was expected of it; the closing of the books last."""
    rows = [
        {
            "id": step.id,
            "tells": step.tells,
            "shows": list(step.shows),
            "checks": _of(step.id, checks),
        }
        for step in order.plan.steps
    ]
    tells = "De boeken worden gesloten: wat van alles samen moet gelden"
    return [*rows, {"id": CLOSING, "tells": tells, "shows": [], "checks": _of(CLOSING, checks)}]


def _of(step: str, checks: Iterable[Checked]) -> Sequence[Told]:
    return [
        {"what": one.what, "held": one.held, "failed": one.failed, "misses": list(one.misses)}
        for one in checks
        if one.step == step
    ]


def _coverage(order: Order, checks: Sequence[Checked]) -> Sequence[Told]:
    """Article, the steps that show it, and whether all of them went as expected."""
    wrong = {one.step for one in checks if one.failed}
    seen = {one.step for one in checks}
    articles: dict[str, list[str]] = defaultdict(list)
    for step in order.plan.steps:
        for article in step.shows:
            articles[article].append(step.id)
    return [
        {
            "article": article, "is_article": True, "scenarios": [], "cause": None, "steps": ids,
            "result": _result(ids, seen, wrong),
        }
        for article, ids in sorted(articles.items())
    ]  # fmt: skip


def _result(ids: Iterable[str], seen: set[str], wrong: set[str]) -> str:
    if any(one in wrong for one in ids):
        return "failed"
    return "held" if any(one in seen for one in ids) else "not shown"


def _digests(stage: Stage, book: LogBook) -> Told:
    files = "\n".join(f"{name} {digest}" for name, digest in sorted(stage.chronicle.files.items()))
    head = stage.exchange.space.gateway.log.reader.head()
    return {
        "timeline": stage.chronicle.digest,
        "decisions": book.digest,
        "files": sha256(files.encode()).hexdigest(),
        "log_root": head.root.hex(),
    }


def with_library(told: Told, library: Told) -> Told:
    """The report with the matrix of the library: every place of the five texts, and the steps that show it too."""
    steps = {row["article"]: row for row in told["coverage"]}
    rows = [
        {
            "article": f"{row['protocol']} {row['place']}", "is_article": row["article"],
            "scenarios": row["scenarios"], "cause": row["cause"],
            **_joined(row["result"], steps.pop(f"{row['protocol']} {row['place']}", None)),
        }
        for row in library["matrix"]
    ]  # fmt: skip
    failed = [one for one in library["scenarios"] if not one["passed"]]
    return {
        **told,
        "ok": told["ok"] and not failed,
        "coverage": [*rows, *steps.values()],
        "scenarios": library["scenarios"],
    }


def _joined(played: str, shown: Told | None) -> Told:
    """What the scenarios and the steps of the run make together."""
    ids = list(shown["steps"]) if shown else []
    results = {_PLAYED.get(played, played), shown["result"] if shown else "not shown"}
    told = next((one for one in ("failed", "held") if one in results), _PLAYED.get(played, played))
    return {"steps": ids, "result": told}


_PLAYED = {"passed": "held", "not run": "not shown"}

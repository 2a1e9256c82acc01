"""One run of the municipality of 003, told as facts that a command can print."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from consumers.agencies import payment_copies
from consumers.agencies.calendar import legal_day
from consumers.agencies.credit_transfer import Debtor, Order, as_xml
from consumers.agencies.deletion_proof import PAYMENT_COPIES
from consumers.agencies.payment_copies import Copied, PaymentCopies, gone_on, total
from consumers.agencies.payment_list import Judged
from consumers.agencies.store import Store
from consumers.agencies.zele import FLOW, FOLDER, Municipality
from consumers.answers import require
from gateway.contracts.clock import Clock
from gateway.simulation.agencies import collect
from gateway.simulation.agency_runs import collected, show_deletions
from gateway.simulation.desk import Desk

Told = Mapping[str, Any]


@contextmanager
def municipality(
    desk: Desk, folder: Path, debtor: Debtor, clock: Clock | None = None
) -> Iterator[Municipality]:
    """Zele."""
    path = folder / "payments.db"
    with Store(path, payment_copies.SCHEMA) as store, desk.rest() as gateway:
        yield Municipality(gateway, PaymentCopies(store), clock or desk.clock, debtor)


def pay_allowances(
    desk: Desk, folder: Path, debtor: Debtor, out: Path, file: str | None = None
) -> Told:
    """Ask for the file of this window (or go on with one that is named), collect it, write its order."""
    with municipality(desk, folder, debtor) as agency:
        purged = agency.purge()
        shown = show_deletions(desk, folder, PAYMENT_COPIES, purged)
        name = file or require(agency.request()).name
        collection, inbox = collect(desk, folder, FLOW, FOLDER)
        taken = agency.take_in(inbox)
        copied = agency.find(name)
        order = agency.order(copied) if copied else None
    if order is not None:
        _write(out, as_xml(order))
    return {
        **collected(collection),
        "file": name,
        "taken": list(taken.files),
        "wrong": list(taken.wrong),
        **_rows(copied),
        "order": order and _order(order, out),
        "purged": purged,
        "shown": shown,
    }


def _rows(copied: Copied | None) -> Told:
    if copied is None:
        return {"rows": None}
    return {
        "year": copied.year,
        "rows": len(copied.rows),
        "total": str(total(copied.rows)),
        "by_hand": _listed(copied.by_hand),
        "not_paid": _listed(copied.not_paid),
        "gone_on": gone_on(legal_day(copied.taken_at)).isoformat(),
    }


def _listed(rows: Sequence[Judged]) -> Sequence[Told]:
    return [
        {
            "line": one.line,
            "amount": str(one.row.amount),
            "name": f"{one.row.beneficiary.first_name} {one.row.beneficiary.name}",
            "address": one.row.beneficiary.address,
            "because": one.standing.value,
        }
        for one in rows
    ]


def _order(order: Order, out: Path) -> Told:
    return {
        "key": order.key,
        "transfers": len(order.transfers),
        "total": str(order.total),
        "pay_on": order.pay_on.isoformat(),
        "path": str(out),
    }


def _write(out: Path, message: bytes) -> None:
    """Whole or not at all, and for this user's eyes."""
    hidden = out.with_name(f".{out.name}.part")
    hidden.unlink(missing_ok=True)
    with os.fdopen(os.open(hidden, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(message)
    hidden.replace(out)

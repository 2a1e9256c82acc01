"""A batch of credit transfers as a bank takes it in: pain.001.001.09 of ISO 20022, checked by its schema."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from lxml import etree

_MESSAGE = "pain.001.001.09"
_SPACE = f"urn:iso:std:iso:20022:tech:xsd:{_MESSAGE}"

_PREFIXES: dict[Any, str] = {None: _SPACE}


class OrderInvalid(ValueError):
    """The order does not fit the schema, so it goes to no bank."""


@dataclass(frozen=True, slots=True)
class Debtor:
    """Who pays: a name and an IBAN."""

    name: str
    account: str


@dataclass(frozen=True, slots=True)
class Transfer:
    """One payment. Tells nothing of a person where it is printed by accident."""

    key: str
    amount: Decimal = field(repr=False)
    name: str = field(repr=False)
    account: str = field(repr=False)
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Order:
    """Payments from one account on one day; `key` makes a bank see the same order twice."""

    key: str
    made_at: datetime
    pay_on: date
    debtor: Debtor
    transfers: Sequence[Transfer]

    @property
    def total(self) -> Decimal:
        """The control sum."""
        return sum((one.amount for one in self.transfers), Decimal("0.00"))


def as_xml(order: Order) -> bytes:
    """The order as a message.

    Raises:
        OrderInvalid: it does not fit the schema.
    """
    root = etree.Element(f"{{{_SPACE}}}Document", nsmap=_PREFIXES)
    initiation = _under(root, "CstmrCdtTrfInitn")
    _put_header(initiation, order)
    _put_batch(initiation, order)
    _require_schema(root)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def _put_header(initiation: etree._Element, order: Order) -> None:
    header = _under(initiation, "GrpHdr")
    _under(header, "MsgId", order.key)
    _under(header, "CreDtTm", order.made_at.isoformat(timespec="seconds"))
    _put_control(header, order)
    _under(header, "InitgPty/Nm", order.debtor.name)


def _put_batch(initiation: etree._Element, order: Order) -> None:
    """All payments as one debit on the statement, which then names nobody."""
    batch = _under(initiation, "PmtInf")
    _under(batch, "PmtInfId", order.key)
    _under(batch, "PmtMtd", "TRF")
    _under(batch, "BtchBookg", "true")
    _put_control(batch, order)
    _under(batch, "PmtTpInf/SvcLvl/Cd", "SEPA")
    _under(batch, "ReqdExctnDt/Dt", order.pay_on.isoformat())
    _under(batch, "Dbtr/Nm", order.debtor.name)
    _under(batch, "DbtrAcct/Id/IBAN", order.debtor.account)
    _under(batch, "DbtrAgt/FinInstnId/Othr/Id", "NOTPROVIDED")
    _under(batch, "ChrgBr", "SLEV")
    for one in order.transfers:
        _put_transfer(batch, one)


def _put_transfer(batch: etree._Element, transfer: Transfer) -> None:
    one = _under(batch, "CdtTrfTxInf")
    _under(one, "PmtId/EndToEndId", transfer.key)
    _under(one, "Amt/InstdAmt", f"{transfer.amount:.2f}").set("Ccy", "EUR")
    _under(one, "Cdtr/Nm", transfer.name)
    _under(one, "CdtrAcct/Id/IBAN", transfer.account)
    _under(one, "RmtInf/Ustrd", transfer.text)


def _put_control(where: etree._Element, order: Order) -> None:
    _under(where, "NbOfTxs", str(len(order.transfers)))
    _under(where, "CtrlSum", f"{order.total:.2f}")


def _under(where: etree._Element, path: str, text: str | None = None) -> etree._Element:
    """A new element at the end of another, with those on the way to it."""
    for step in path.split("/"):
        where = etree.SubElement(where, f"{{{_SPACE}}}{step}")
    where.text = text
    return where


def _require_schema(root: etree._Element) -> None:
    """What a schema says of a fault quotes what stands there, so that is not told on."""
    if not _schema().validate(root):
        raise OrderInvalid(f"the order does not fit the schema of {_MESSAGE}; nothing was made")


@cache
def _schema() -> etree.XMLSchema:
    text = files("sepaxml").joinpath(f"schemas/{_MESSAGE}.xsd").read_bytes()
    return etree.XMLSchema(etree.fromstring(text))

"""The payment records of 003's source, read strictly, as the domain chooses from them."""

from datetime import date
from typing import Annotated, Any

import msgspec

from gateway.domain.payment_file import Beneficiary, PaidChild, PaidMonth

Number = Annotated[str, msgspec.Meta(pattern=r"^\d{11}$")]
Day = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]
Month = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]
Account = Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{2}\d{2}[0-9A-Z]{8,30}$")]


class ChildWords(
    msgspec.Struct, rename={"name": "naam", "first_name": "voornaam", "home": "adres"}
):
    """Who a child is and where it lives today."""

    insz: Number
    name: str
    first_name: str
    home: dict[str, str | None]

    def words(self) -> dict[str, Any]:
        """The members that a row can hold."""
        return {
            "insz": self.insz,
            "naam": self.name,
            "voornaam": self.first_name,
            "adres": self.home,
        }


class PaidTo(ChildWords, rename={"account": "rekeningnummer", "receives": "ontvangt"}):
    """Who it is paid to. `receives` is whether the allowance is theirs."""

    account: Account | None = None
    receives: bool = True

    def words(self) -> dict[str, Any]:
        """The members that a row can hold."""
        return {**ChildWords.words(self), "rekeningnummer": self.account}


_POINTS = {"pillar1": "pijler1", "pillar2": "pijler2", "pillar3": "pijler3", "total": "totaal"}


class Points(msgspec.Struct, rename=_POINTS):
    """Points in the three pillars, and in all."""

    pillar1: int
    pillar2: int
    pillar3: int
    total: int


class MonthLine(
    Points, rename={"month": "maand", "places": "gemeenten", "paid_to": "begunstigden"}
):
    """A paid month: the municipalities that the child lived in, the points, and to whom it was paid."""

    month: Month
    places: list[str]
    paid_to: Annotated[list[PaidTo], msgspec.Meta(min_length=1, max_length=2)]


class ChildLine(msgspec.Struct, rename={"child": "kind", "born": "geboren", "months": "maanden"}):
    """A child with its paid months."""

    child: ChildWords
    born: Day
    months: list[MonthLine]


class PaymentRecord(msgspec.Struct, rename={"children": "kinderen"}):
    """The record behind the payment file."""

    children: list[ChildLine]


_decode = msgspec.json.Decoder(PaymentRecord).decode


def payment_record(raw: bytes | msgspec.Raw) -> dict[str, Any]:
    """The children of a record.

    Raises:
        msgspec.DecodeError: it has another form.
        ValueError: a day that is none.
    """
    return {"kinderen": tuple(_child(line) for line in _decode(raw).children)}


def _child(line: ChildLine) -> PaidChild:
    return PaidChild(
        words=line.child.words(),
        born=date.fromisoformat(line.born),
        months=tuple(_month(one) for one in line.months),
    )


def _month(line: MonthLine) -> PaidMonth:
    paid = (Beneficiary(words=one.words(), receives=one.receives) for one in line.paid_to)
    return PaidMonth(
        month=line.month,
        municipalities=frozenset(line.places),
        points={wire: getattr(line, name) for name, wire in _POINTS.items()},
        beneficiaries=tuple(paid),
    )

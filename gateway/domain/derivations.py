"""Values that the gateway works out itself, so that what they rest on need not leave (obligation `derive`).

A rule sees a whole record of the source and gives the one value that the protocol lists, or `None`
where the record does not carry it: then there is no answer at all, never a guess.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

Rule = Callable[[Mapping[str, Any]], str | None]
OK, NOT_OK = "OK", "NOK"
_NO_DUTY, _FLEMISH_DUTY = "geen", "vlaams"
MOST_POINTS = {"pijler1": 6, "pijler2": 12, "pijler3": 18}
"""The scale's bounds for each pillar (reference `magda.md` 2.1)."""
_BRACKETS = (6, 12, 18)
_ENOUGH_IN_PILLAR_1 = 4


class PointsImpossible(ValueError):
    """Points outside the scale, or pillars that do not add up to their total."""


def advice(record: Mapping[str, Any]) -> str | None:
    """OK or NOK on the integration duty, from the source's `plicht` and `voldaan`.

    LAW: 002 art. 3, gegeven 3 and 4. Who is not under the duty is OK (O-26). A duty that this source
    does not keep (the Brussels ordinance) gives nothing: NOK never comes from ignorance (O-27).
    """
    duty, fulfilled = record.get("plicht"), record.get("voldaan")
    if duty == _NO_DUTY:
        return OK
    if duty != _FLEMISH_DUTY or not isinstance(fulfilled, bool):
        return None
    return OK if fulfilled else NOT_OK


def municipal_amount(record: Mapping[str, Any]) -> str | None:
    """The yearly allowance of Zele in euro, from the child's points; `None` where no bracket holds.

    LAW: 003 1.1, its four brackets. Fewer than 4 points in pillar 1 with fewer than 6 in all is in
    none of them (O-33).

    Raises:
        PointsImpossible: the points cannot be.
    """
    first, total = _points(record)
    enough = first >= _ENOUGH_IN_PILLAR_1
    low, middle, high = _BRACKETS
    if total >= high:
        return _euro(300)
    if total >= middle:
        return _euro(150)
    if total >= low:
        return _euro(150) if enough else _euro(100)
    return _euro(75) if enough else None


RULES: Mapping[str, Rule] = {"advice": advice, "municipal-amount": municipal_amount}
"""Every rule that a document can name in `derived`."""


def _points(record: Mapping[str, Any]) -> tuple[int, int]:
    """Pillar 1 and the total, checked against the scale."""
    pillars = [record.get(name) for name in MOST_POINTS]
    for points, most in zip(pillars, MOST_POINTS.values(), strict=True):
        if type(points) is not int or not 0 <= points <= most:
            raise PointsImpossible("a pillar has points outside its scale")
    total = sum(points for points in pillars if isinstance(points, int))
    if record.get("totaal", total) != total:
        raise PointsImpossible("the pillars do not add up to the total")
    return int(pillars[0] or 0), total


def _euro(amount: int) -> str:
    return f"{Decimal(amount):.2f}"

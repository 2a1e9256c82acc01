"""What the gateway works out itself: Zele's amount over the whole scale, and the advice."""

from collections import Counter
from itertools import product
from typing import Any

import pytest

from gateway.domain.derivations import PointsImpossible, advice, municipal_amount

SCALE = list(product(range(7), range(13), range(19)))


def points(first: int, second: int = 0, third: int = 0) -> dict[str, int]:
    return {"pijler1": first, "pijler2": second, "pijler3": third, "totaal": first + second + third}


def brackets(first: int, total: int) -> list[str]:
    """The four brackets of 003 1.1, each read by itself."""
    found = []
    if first >= 4 and total < 6:
        found.append("75.00")
    if first < 4 and 6 <= total <= 11:
        found.append("100.00")
    if (first >= 4 and 6 <= total <= 11) or 12 <= total <= 17:
        found.append("150.00")
    if total >= 18:
        found.append("300.00")
    return found


def test_003_01_every_combination_of_points_falls_in_one_bracket_or_in_none() -> None:
    assert len(SCALE) == 1729
    for one in SCALE:
        expected = brackets(one[0], sum(one))
        assert len(expected) <= 1
        assert municipal_amount(points(*one)) == (expected[0] if expected else None)


def test_003_06_52_combinations_fall_in_none_all_below_4_and_below_6() -> None:
    outside = [one for one in SCALE if municipal_amount(points(*one)) is None]

    assert len(outside) == 52
    assert all(first < 4 and first + second + third < 6 for first, second, third in outside)


def test_003_01_the_lowest_bracket_holds_three_pairs_only() -> None:
    lowest = {(one[0], sum(one)) for one in SCALE if municipal_amount(points(*one)) == "75.00"}

    assert lowest == {(4, 4), (4, 5), (5, 5)}


@pytest.mark.parametrize(
    ("first", "total", "amount"),
    [(4, 6, "150.00"), (6, 6, "150.00"), (4, 11, "150.00"), (0, 12, "150.00"), (3, 17, "150.00"),
     (6, 17, "150.00"), (0, 6, "100.00"), (3, 11, "100.00"), (0, 18, "300.00"), (6, 36, "300.00")],
)  # fmt: skip
def test_003_03_and_04_the_edges_of_the_brackets(first: int, total: int, amount: str) -> None:
    second = min(12, total - first)

    assert municipal_amount(points(first, second, total - first - second)) == amount


def test_every_bracket_occurs() -> None:
    seen = Counter(municipal_amount(points(*one)) for one in SCALE)

    assert set(seen) == {None, "75.00", "100.00", "150.00", "300.00"}


@pytest.mark.parametrize(
    "wrong",
    [points(7), points(0, 13), points(0, 0, 19), points(-1), points(4) | {"totaal": 5},
     points(4) | {"pijler1": True}, points(4) | {"pijler2": "0"}, {"pijler1": 4}],
)  # fmt: skip
def test_003_07_points_that_cannot_be_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(PointsImpossible):
        municipal_amount(wrong)


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"plicht": "vlaams", "voldaan": True}, "OK"),
        ({"plicht": "vlaams", "voldaan": False}, "NOK"),
        ({"plicht": "geen", "voldaan": None}, "OK"),
        ({"plicht": "geen", "voldaan": False}, "OK"),
        ({"plicht": "brussel", "voldaan": False}, None),
        ({"plicht": "brussel", "voldaan": True}, None),
        ({"plicht": "vlaams", "voldaan": None}, None),
        ({"plicht": "vlaams"}, None),
        ({"voldaan": False}, None),
        ({}, None),
        ({"advies": "NOK"}, None),
    ],
)
def test_002_03_and_o_27_nok_comes_from_knowledge_only(
    record: dict[str, Any], expected: str | None
) -> None:
    assert advice(record) == expected

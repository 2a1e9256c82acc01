"""003 art. 6: staff of VUTG may place a ready file; it is read as strictly, and cut as much, as any other."""

import copy
import json
from typing import Any

import pytest

from tests.people import BRAM, NOOR, SOFIE
from tests.running import RunningSpace, a_batch

FLOW = "zele-betaalbestand"
NAME = f"{FLOW}_2025-07-05.json"
ROW = {
    "kind": {"insz": NOOR, "naam": "Voorbeeld", "voornaam": "Noor", "adres": {"gemeente": "Zele"}},
    "begunstigde": {"insz": SOFIE, "naam": "Voorbeeld", "voornaam": "Sofie",
                    "adres": {"gemeente": "Gent"}, "rekeningnummer": "BE71096123456769"},
    "bedrag": "150.00",
}  # fmt: skip


@pytest.fixture
def clock() -> str:
    return "2025-07-05T09:00:00+02:00"


def a_file(*rows: dict[str, Any], day: str = "2025-07-05") -> bytes:
    return a_batch(day=day, flow=FLOW, records=list(rows), aantal=len(rows))


def place(space: RunningSpace, content: bytes, name: str = NAME) -> dict[str, Any]:
    return space.upload(name, content, user="vutg", flow=FLOW)


def changed(**members: Any) -> dict[str, Any]:
    row = copy.deepcopy(ROW)
    for path, value in members.items():
        *way, last = path.split("__")
        place = row
        for step in way:
            place = place[step]  # type: ignore[assignment]
        place[last] = value
    return row


def found(space: RunningSpace) -> list[Any]:
    with space.sftp("zele-financien") as unit:
        return [json.loads(unit.fetch(FLOW, name)) for name in unit.files(FLOW)]


def test_a_ready_file_reaches_the_municipality_with_the_same_envelope(space: RunningSpace) -> None:
    receipt = place(space, a_file(ROW))

    assert receipt["status"] == "verdeeld"
    assert receipt["afnemers"] == [{"afnemer": "zele", "status": "afgeleverd"}]
    (file,) = found(space)
    assert (file["jaar"], file["aantal"], file["records"]) == (2025, 1, [ROW])


@pytest.mark.parametrize(
    ("row", "code"),
    [(changed(pijler1=4), "40005"), (changed(kind__diagnose="x"), "40005"),
     (changed(bedrag="151.00"), "10001"), (changed(bedrag=150), "10001"),
     (changed(kind__insz="12631400208"), "20002"), (changed(begunstigde__insz="80050200434"), "20002"),
     (changed(kind__naam=""), "10001")],
)  # fmt: skip
def test_a_row_with_more_than_is_listed_or_another_amount_is_refused(
    space: RunningSpace, row: dict[str, Any], code: str
) -> None:
    receipt = place(space, a_file(row))

    assert [(line["status"], line["code"]) for line in receipt["regels"]] == [("geweigerd", code)]
    assert [file["records"] for file in found(space)] == [[]]


def test_a_child_stands_in_one_file_a_year_whoever_makes_it(space: RunningSpace) -> None:
    place(space, a_file(ROW, ROW))
    answer = space.post("zele-financien", "/v1/gezin/betaalbestand/aanvragen", {})

    assert answer.status_code == 201
    first, second = sorted(found(space), key=lambda file: file["volgnummer"])
    assert [row["kind"]["insz"] for row in first["records"]] == [NOOR]
    named = [row["kind"]["insz"] for row in second["records"]]
    assert (NOOR in named, BRAM in named) == (False, True)


@pytest.mark.parametrize("clock", ["2025-08-01T09:00:00+02:00"])
def test_outside_the_months_agreed_no_file_is_taken(space: RunningSpace, clock: str) -> None:
    receipt = place(space, a_file(ROW))

    assert (receipt["status"], receipt["reden"]) == ("geweigerd", "outside-window (art. 5)")
    assert found(space) == []

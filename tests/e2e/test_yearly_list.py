"""002: the yearly list of who is under the duty and does not fulfil it, once a calendar year, numbers only."""

from typing import Any

from tests.people import AMINA, ZARA
from tests.running import RunningSpace, a_batch

LIST = "inburgering-jaarlijst"
NAME = f"{LIST}_2025-01-01.json"


def a_list(*persons: str, day: str = "2025-01-01", **changes: Any) -> bytes:
    return a_batch(*persons, day=day, flow=LIST, **changes)


def send(space: RunningSpace, name: str, content: bytes) -> dict[str, Any]:
    return space.upload(name, content, user="agii", flow=LIST)


def test_002_16_a_second_list_in_the_same_calendar_year_is_refused(space: RunningSpace) -> None:
    send(space, NAME, a_list(ZARA))

    second = send(space, f"{LIST}_2025-01-01_2.json", a_list(AMINA, number=2))
    again = send(space, NAME, a_list(ZARA))

    assert (second["status"], second["reden"]) == ("geweigerd", "quota-spent (art. 5)")
    assert again["status"] == "ongewijzigd"
    assert len(space.found("avsb", LIST)) == 1
    assert [leaf["slot"] for leaf in space.leaves() if leaf["e"] == "file.delivered"] == [1]


def test_the_next_calendar_year_has_a_list_of_its_own(space: RunningSpace) -> None:
    space.control("PUT", "/providers/wewis", {"automatic": False})
    send(space, NAME, a_list(ZARA))
    space.control("PUT", "/clock", {"at": "2026-01-01T00:00:00+01:00"})

    receipt = send(space, f"{LIST}_2026-01-01.json", a_list(ZARA, day="2026-01-01"))

    assert receipt["status"] == "verdeeld"
    assert [found["dag"] for found in space.found("avsb", LIST)] == ["2025-01-01", "2026-01-01"]


def test_a_list_is_about_the_first_of_january(space: RunningSpace) -> None:
    receipt = send(space, f"{LIST}_2025-02-01.json", a_list(ZARA, day="2025-02-01"))

    assert receipt["status"] == "quarantaine"
    assert receipt["reden"] == "the list is about 01-01 of a year (art. 3)"

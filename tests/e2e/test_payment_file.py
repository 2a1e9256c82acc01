"""003 over the wire: asked in its window, chosen by the law, one row a child a year, gone after a month."""

import json
from hashlib import sha256
from typing import Any

import httpx
import pytest

from gateway.simulation.disturbance.rules import Fault
from tests.people import BRAM, NOOR, SOFIE
from tests.running import RunningSpace

ASK = "/v1/gezin/betaalbestand/aanvragen"
FLOW = "zele-betaalbestand"
UNIT = "zele-financien"


JULY = "2025-07-05T09:00:00+02:00"


@pytest.fixture
def clock() -> str:
    """In the window of July."""
    return JULY


def at(space: RunningSpace, instant: str) -> None:
    space.control("PUT", "/providers/wewis", {"automatic": False})
    assert space.control("PUT", "/clock", {"at": instant}).status_code == 200


def ask(space: RunningSpace, unit: str = UNIT, body: Any = None) -> httpx.Response:
    return space.post(unit, ASK, {} if body is None else body)


def folder(space: RunningSpace) -> list[str]:
    path = space.host.space.store.root_of("zele")
    from pathlib import Path

    return sorted(one.name for one in (Path(path) / "uit" / FLOW).glob("*.json"))


def content(space: RunningSpace, name: str) -> bytes:
    from pathlib import Path

    return (Path(space.host.space.store.root_of("zele")) / "uit" / FLOW / name).read_bytes()


def rows(space: RunningSpace, answer: httpx.Response) -> dict[str, dict[str, Any]]:
    file = json.loads(content(space, answer.json()["bestand"]))
    return {row["kind"]["insz"]: row for row in file["records"]}


def test_003_01_the_july_file_holds_the_children_with_amount_addresses_and_account(
    space: RunningSpace,
) -> None:
    answer = ask(space)

    assert answer.status_code == 201
    told = answer.json()
    assert set(told) == {"aanvraag", "bestand", "sha256", "vervalt"}
    assert told["vervalt"] == "2025-08-05T09:00:00+02:00"
    assert told["sha256"] == sha256(content(space, told["bestand"])).hexdigest()
    noor = rows(space, answer)[NOOR]
    assert (noor["kind"]["naam"], noor["kind"]["adres"]["gemeente"]) == ("Voorbeeld", "Zele")
    assert (noor["begunstigde"]["insz"], noor["begunstigde"]["adres"]["gemeente"]) == (
        SOFIE,
        "Gent",
    )
    assert noor["begunstigde"]["rekeningnummer"] == "BE71096123456769"
    assert noor["bedrag"] == "150.00"
    assert set(noor) == {"kind", "begunstigde", "bedrag"}
    assert set(noor["kind"]) == {"insz", "naam", "voornaam", "adres"}


def test_a_second_request_in_the_window_gives_the_same_bytes_and_an_entry(
    space: RunningSpace,
) -> None:
    first = ask(space)
    at(space, "2025-07-31T23:00:00+02:00")

    again = ask(space, "zele-samenlevingsopbouw")

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert len(folder(space)) == 1
    kinds = [leaf["e"] for leaf in space.leaves()]
    assert kinds.count("file.delivered") == 1
    assert kinds.count("decision") == 2
    assert again.headers["sim-decision"] != first.headers["sim-decision"]


@pytest.mark.parametrize("unit", ["vutg", "avsb", "ahovoks-studietoelagen", None])
def test_nobody_else_asks_for_it(space: RunningSpace, unit: str | None) -> None:
    answer = space.post(unit, ASK, {})

    assert answer.status_code == (401 if unit is None else 403)
    assert folder(space) == []


@pytest.mark.parametrize("kind", ["silent", "garbled", "busy"])
def test_a_source_that_fails_leaves_nothing_behind_and_asking_again_works(
    space: RunningSpace, kind: str
) -> None:
    space.disturb(Fault(where=f"source.{FLOW}", kind=kind))
    failed = ask(space)
    space.disturb()

    assert failed.status_code in (502, 503)
    assert folder(space) == []
    assert ask(space).status_code == 201


def test_the_entry_commits_to_children_and_beneficiaries_and_shows_nobody(
    space: RunningSpace,
) -> None:
    answer = ask(space)

    (delivered,) = (leaf for leaf in space.leaves() if leaf["e"] == "file.delivered")

    assert delivered["n"] >= 5
    assert delivered["batch"] == answer.json()["aanvraag"]
    assert not any(number in json.dumps(space.leaves()) for number in (NOOR, SOFIE, BRAM))
    assert space.verify().ok


def test_an_unknown_member_is_400(space: RunningSpace) -> None:
    assert ask(space, body={"jaar": 2025}).status_code == 400

"""A crowd in a running space: in the daily batch, in the answers, and in the municipality's file."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from gateway.settings import DEMO_CLOCK, Settings
from gateway.simulation.host import Host
from providers.world import World
from tests.people import ELIF, KARIM, NOOR
from tests.running import FLOW, TRANSACTIONS, RunningSpace

PEOPLE = 20_000
DAY = date(2025, 3, 12)
ASK = "/v1/gezin/betaalbestand/aanvragen"


@pytest.fixture
def crowded(tmp_path: Path) -> Iterator[RunningSpace]:
    """A space of some thousand people."""
    options = Settings(data=tmp_path / "space", http_port=0, sftp_port=0, clock=DEMO_CLOCK,
                       demo=True, people=PEOPLE)  # fmt: skip
    host = Host(options)
    try:
        yield RunningSpace(host, host.start())
    finally:
        host.stop()


def test_a_payment_to_somebody_of_the_crowd_is_announced_and_then_told(
    crowded: RunningSpace,
) -> None:
    paid = [one for one in crowded.space.world.transactions_on(DAY) if one not in (KARIM, ELIF)]
    person = paid[0]
    crowded.register("infino", person)

    assert crowded.control("POST", "/clock/advance", {"days": 3}).status_code == 200

    file = [one for one in crowded.found("infino") if one["dag"] == DAY.isoformat()]
    assert [one["insz"] for one in file] == [[person]]
    answer = crowded.post("infino", TRANSACTIONS, {"insz": person})
    assert answer.status_code == 200, answer.text
    days = [one["effectieveVerrichtingsdatum"] for one in answer.json()["verrichtingen"]]
    assert DAY.isoformat() in days
    assert max(days) <= "2025-03-13"
    with crowded.sftp("wewis") as provider:
        receipt = json.loads(provider.receipt(f"{FLOW}_{DAY.isoformat()}.json"))
    assert receipt["records"]["aanvaard"] == len(paid)
    assert receipt["records"]["geweigerd"] == 0


def test_a_further_space_has_a_crowd_of_its_own_size(crowded: RunningSpace) -> None:
    made = crowded.control("POST", "/spaces", {"id": "few", "people": 30, "seed": 5})
    assert made.status_code == 201, made.text
    few = RunningSpace(crowded.host, made.json())
    somebody = list(few.space.world)[-1].insz

    assert len(list(few.space.world)) < 150
    assert crowded.space.world.find(somebody) != few.space.world.find(somebody)
    few.register("infino", somebody)
    assert few.post("infino", TRANSACTIONS, {"insz": somebody}).status_code in {200, 404}
    assert crowded.control("POST", "/spaces", {"id": "x", "people": 1_000_001}).status_code == 400
    assert crowded.control("POST", "/spaces", {"id": "x", "people": -1}).status_code == 400


def test_the_municipality_is_paid_for_children_of_the_crowd(crowded: RunningSpace) -> None:
    crowded.control("PUT", "/providers/wewis", {"automatic": False})
    assert crowded.control("PUT", "/clock", {"at": "2025-07-05T09:00:00+02:00"}).status_code == 200

    answer = crowded.post("zele-financien", ASK, {})

    assert answer.status_code == 201, answer.text
    root = Path(crowded.space.store.root_of("zele"))
    text = (root / "uit" / "zele-betaalbestand" / answer.json()["bestand"]).read_text("utf-8")
    rows = {row["kind"]["insz"]: row for row in json.loads(text)["records"]}
    world = crowded.space.world
    known = {one.insz for one in World(1)}
    strangers = rows.keys() - known
    assert NOOR in rows
    assert len(strangers) >= 3
    assert strangers <= {one.insz for one in world.paid_in("42028")}
    for insz in strangers:
        child, payee = world.find(insz), world.find(rows[insz]["begunstigde"]["insz"])
        assert child is not None
        assert payee is not None
        assert set(world.numbers_of(payee.insz)) & set(child.parents)
        assert payee.is_living(date(2025, 7, 5))

"""A yearly number on the wire: counted when an answer leaves, given back when none does."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.settings import Settings
from gateway.simulation.host import Host
from tests.builders import PROTOCOLS
from tests.people import LUKAS, NOOR
from tests.running import CARE, RunningSpace

NEW_YEARS_EVE = "2025-12-31T23:00:00+01:00"
UNIT = "ahovoks-studietoelagen"


@pytest.fixture
def counting(tmp_path: Path) -> Iterator[RunningSpace]:
    """A space whose 004 allows two answers a calendar year."""
    folder = tmp_path / "protocols"
    shutil.copytree(PROTOCOLS, folder, ignore=shutil.ignore_patterns("LOCK"))
    path = folder / "opgroeien-ahovoks-geefzorgtoeslag.yaml"
    text = path.read_text("utf-8")
    mark = "    periodicity: {kind: permanent, article: art. 5}\n"
    assert text.count(mark) == 1
    path.write_text(text.replace(mark, mark + "    quota: {max: 2, per: calendar-year, article: art. 5}\n"), "utf-8")  # fmt: skip
    options = Settings(data=tmp_path / "space", http_port=0, sftp_port=0, clock=NEW_YEARS_EVE,
                       demo=True, protocols=folder)  # fmt: skip
    host = Host(options)
    try:
        yield RunningSpace(host, host.start())
    finally:
        host.stop()


def ask(space: RunningSpace, person: str = NOOR) -> Any:
    return space.post(UNIT, CARE, {"insz": person, "referentiedatum": "2024-12-31"})


def test_the_last_of_the_year_is_the_last_and_only_answers_count(counting: RunningSpace) -> None:
    counting.register(UNIT, NOOR, LUKAS)

    assert ask(counting, LUKAS).json()["reason"] == "no-data"
    assert [ask(counting).status_code for _ in range(2)] == [200, 200]
    third = ask(counting).json()

    assert (third["reason"], third["code"], third["article"]) == ("quota-spent", "40005", "art. 5")
    check = {"credential": UNIT, "flow": "zorgtoeslag", "insz": NOOR}
    assert counting.control("POST", "/check", check).json()["reason"] == "quota-spent"
    slots = [leaf["slot"] for leaf in counting.leaves() if "slot" in leaf]
    assert slots == [1, 2]


def test_the_count_outlives_the_process_and_ends_with_the_year(counting: RunningSpace) -> None:
    counting.register(UNIT, NOOR)
    answers = [ask(counting).status_code for _ in range(3)]
    assert answers == [200, 200, 403]

    counting.control("PUT", "/clock", {"at": "2025-12-31T23:59:59+01:00"})
    late = ask(counting).json()["reason"]
    counting.control("POST", "/clock/advance", {"seconds": 1})

    assert late == "quota-spent"
    assert ask(counting).status_code == 200

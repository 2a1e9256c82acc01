"""What scenarios about files do not say: other paths at the drop server, the commands, what is told of a file that is gone."""

import json
from datetime import date
from typing import Any

import pytest
from typer.testing import CliRunner

from gateway.cli.main import app
from providers.sources.integration import unfulfilled
from providers.world.people import IntegrationDuty, IntegrationStep, Person
from tests.people import AMINA, KARIM, NOOR, YUSUF, ZARA
from tests.running import FLOW, RunningSpace, a_batch

ASK = "/v1/gezin/betaalbestand/aanvragen"
LIST, PAYMENTS = "inburgering-jaarlijst", "zele-betaalbestand"
UNIT = "zele-financien"


def ask(space: RunningSpace) -> tuple[int, dict[str, Any]]:
    answer = space.post(UNIT, ASK, {})
    return answer.status_code, answer.json()


def put_clock(space: RunningSpace, instant: str) -> None:
    space.control("PUT", "/providers/wewis", {"automatic": False})
    assert space.control("PUT", "/clock", {"at": instant}).status_code == 200


@pytest.mark.parametrize("unit", [UNIT, "avsb", "agii", "zorgkas-1"])
def test_001_06_and_who_has_one_sees_no_such_folder(shared_space: RunningSpace, unit: str) -> None:
    shared_space.upload(f"{FLOW}_2025-03-06.json", a_batch(KARIM, day="2025-03-06"))

    with shared_space.sftp(unit) as stranger:
        for path in (f"/uit/{FLOW}", f"/uit/{FLOW}/{FLOW}_2025-03-06_000001.json", "/../infino"):
            with pytest.raises(OSError, match="no such file"):
                stranger._sftp.stat(path)


def test_002_18_who_meets_the_duty_on_the_first_of_january_is_not_on_the_list(
    shared_space: RunningSpace,
) -> None:
    made = CliRunner().invoke(app, ["batch", "make", LIST, "--day", "2025-01-01"])
    listed = [one["insz"] for one in json.loads(made.stdout)["records"]]
    receipt = shared_space.upload(
        f"{LIST}_2025-01-01.json", made.stdout.encode(), user="agii", flow=LIST
    )

    assert receipt["status"] == "verdeeld"
    assert shared_space.found("avsb", LIST)[0]["insz"] == listed
    assert ZARA in listed
    assert not {AMINA, YUSUF, NOOR} & set(listed)
    assert unfulfilled([somebody(date(2025, 1, 1))], date(2025, 1, 1)) == []
    assert unfulfilled([somebody(date(2025, 1, 2))], date(2025, 1, 1)) == [ZARA]
    assert unfulfilled([somebody(date(2025, 1, 1), begun=date(2025, 1, 2))], date(2025, 1, 1)) == []


def somebody(met: date, begun: date = date(2020, 1, 1)) -> Person:
    step = IntegrationStep(since=met, known=met, fulfilled=True)
    duty = IntegrationDuty(scheme="vlaams", since=begun, steps=(step,))
    return Person(insz=ZARA, name="Verzonnen", first_name="Zara", born=date(1985, 4, 12),
                  residences=(), duty=duty)  # fmt: skip


@pytest.mark.parametrize("flow", [PAYMENTS, "nergens"])
def test_a_batch_is_made_of_lists_of_numbers_only(flow: str) -> None:
    for day in ("2025-01-01", "gisteren"):
        told = CliRunner().invoke(app, ["batch", "make", flow, "--day", day])
        assert (told.exit_code, told.stdout) == (3, "")


@pytest.mark.parametrize("clock", ["2025-07-05T09:00:00+02:00"])
def test_003_25_what_is_gone_is_no_such_file_and_the_reason_can_be_seen(
    space: RunningSpace, clock: str
) -> None:
    _, told = ask(space)
    with space.sftp(UNIT) as zele:
        zele.fetch(PAYMENTS, told["bestand"])
        put_clock(space, told["vervalt"])
        with pytest.raises(OSError, match="no such file"):
            zele.fetch(PAYMENTS, told["bestand"])

    token = f"Bearer {space.credential(UNIT)['token']}"
    (listed,) = space.get("/v1/bestanden", Authorization=token).json()["bestanden"]
    command = ["protocol", "explain", "003", "--unit", UNIT, "--at", clock]
    explained = CliRunner().invoke(app, command).stdout

    assert (listed["bestand"], listed["toestand"]) == (told["bestand"], "expired")
    assert ("art. 6" in explained, "P1M" in explained) == (True, True)
    expired = [leaf for leaf in space.leaves() if leaf["e"] == "file.expired"]
    assert [leaf["file"] for leaf in expired] == [told["bestand"]]

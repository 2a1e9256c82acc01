"""The scenarios of the texts that are about files and stand nowhere else, over the wire, each by its id."""

import json
from datetime import date
from typing import Any

import paramiko
import pytest
from typer.testing import CliRunner

from consumers.wire_sftp import SftpClient
from gateway.cli.main import app
from providers.sources.integration import unfulfilled
from providers.world.people import IntegrationDuty, IntegrationStep, Person
from tests.people import AMINA, ELIF, KARIM, NOOR, YUSUF, ZARA
from tests.running import FLOW, RunningSpace, a_batch

ASK = "/v1/gezin/betaalbestand/aanvragen"
LIST, PAYMENTS = "inburgering-jaarlijst", "zele-betaalbestand"
UNIT = "zele-financien"
LETTER = f"sha256:{'0' * 64}"


def ask(space: RunningSpace) -> tuple[int, dict[str, Any]]:
    answer = space.post(UNIT, ASK, {})
    return answer.status_code, answer.json()


def put_clock(space: RunningSpace, instant: str) -> None:
    space.control("PUT", "/providers/wewis", {"automatic": False})
    assert space.control("PUT", "/clock", {"at": instant}).status_code == 200


def act(space: RunningSpace, kind: str, by: str, **more: Any) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {space.ready['control_token']}"}
    body = {"soort": kind, "door": by, **more}
    path = "/v1/protocollen/003/gebeurtenissen"
    answer = space.post(None, path, body, content_type="application/json", **headers)
    assert answer.status_code == 201, answer.text
    space.host.space.settle()
    found: dict[str, Any] = answer.json()
    return found


def kinds(space: RunningSpace) -> list[str]:
    return [leaf["e"] for leaf in space.leaves()]


def test_001_03_two_transactions_of_one_person_are_one_number(shared_space: RunningSpace) -> None:
    space = shared_space
    space.register("infino", KARIM, ELIF)

    name = f"{FLOW}_2025-03-07.json"
    receipt = space.upload(name, a_batch(KARIM, ELIF, KARIM, day="2025-03-07"))

    assert receipt["records"] == {
        "ontvangen": 3, "aanvaard": 2, "samengevoegd": 1, "geweigerd": 0,
    }  # fmt: skip
    (file,) = [one for one in space.found("infino") if one["dag"] == "2025-03-07"]
    assert (file["aantal"], file["insz"]) == (2, sorted((KARIM, ELIF)))


def test_001_04_a_day_without_transactions_is_an_empty_list_for_everybody(
    shared_space: RunningSpace,
) -> None:
    space = shared_space

    receipt = space.upload(f"{FLOW}_2025-03-08.json", a_batch(day="2025-03-08"))

    assert receipt["status"] == "verdeeld"
    for consumer in ("vutg-rechten", "infino", "parentia"):
        (file,) = [one for one in space.found(consumer) if one["dag"] == "2025-03-08"]
        assert (file["aantal"], file["insz"]) == (0, [])


@pytest.mark.parametrize("unit", ["vlabel", "dv-cc1700", "ahovoks-studietoelagen"])
def test_001_06_who_is_no_receiver_has_no_account(shared_space: RunningSpace, unit: str) -> None:
    one, door = shared_space.credential(unit), shared_space.ready["sftp"]
    assert (one["sftp_user"], one["sftp_key"], one["sftp_password"]) == (None, None, None)
    secret = shared_space.secret("infino")

    with pytest.raises(paramiko.SSHException):
        SftpClient(door["host"], door["port"], door["host_key"], unit, secret).close()


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


def test_003_33_staff_without_a_second_factor_place_nothing(shared_space: RunningSpace) -> None:
    space, door = shared_space, shared_space.ready["sftp"]
    only_the_key = space.secret("vutg").key  # type: ignore[union-attr]  # a key and a code

    with pytest.raises((paramiko.SSHException, EOFError)):
        SftpClient(door["host"], door["port"], door["host_key"], "vutg", only_the_key).close()
    over_http = space.post("vutg", f"/v1/aanlevering/{PAYMENTS}?dag=2025-03-10", b"{}")

    assert (over_http.status_code, over_http.json()["reason"]) == (403, "authentication-too-weak")
    assert "drop.login" not in [
        leaf["e"] for leaf in space.leaves() if leaf.get("credential") == "vutg"
    ]


@pytest.mark.parametrize("clock", ["2025-07-01T00:00:00+02:00"])
def test_003_22_the_first_and_the_last_day_of_each_month_are_in_the_window(
    space: RunningSpace, clock: str
) -> None:
    found = [ask(space)]
    for instant in (
        "2025-07-31T23:59:59+02:00", "2026-01-01T00:00:00+01:00", "2026-01-31T23:59:59+01:00",
    ):  # fmt: skip
        put_clock(space, instant)
        found.append(ask(space))

    assert [status for status, _ in found] == [201, 200, 201, 200]
    assert len({told["bestand"] for _, told in found}) == 2


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


@pytest.mark.parametrize("clock", ["2024-10-15T10:00:00+02:00"])
def test_003_39_notice_of_october_ends_in_the_middle_of_january(
    space: RunningSpace, clock: str
) -> None:
    assert act(space, "opzegging", "zele", stuk=LETTER)["van_kracht"].startswith("2025-01-15")
    put_clock(space, "2025-01-10T10:00:00+01:00")
    on_the_tenth = ask(space)
    put_clock(space, "2025-01-16T10:00:00+01:00")
    status, refused = ask(space)

    assert on_the_tenth[0] == 201
    assert (status, refused["reason"], refused["article"]) == (403, "protocol-ended", "art. 12")
    assert kinds(space).count("file.withdrawn") == 1
    assert space.found(UNIT, PAYMENTS) == []


@pytest.mark.parametrize("clock", ["2025-07-05T09:00:00+02:00"])
def test_003_40_the_end_of_the_cooperation_agreement_takes_the_file_back(
    space: RunningSpace, clock: str
) -> None:
    assert ask(space)[0] == 201

    act(space, "overeenkomst-beeindigd", "zele", stuk=LETTER)
    status, refused = ask(space)

    assert (status, refused["reason"], refused["article"]) == (403, "protocol-ended", "art. 12")
    assert kinds(space).count("file.withdrawn") == 1
    assert space.found(UNIT, PAYMENTS) == []

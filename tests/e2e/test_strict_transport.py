"""Strict transport: a flow's files go by the way that its text names, and by no other."""

import ftplib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.settings import DEMO_CLOCK, Settings
from gateway.simulation.host import Host
from tests.ftps import get, put
from tests.ftps_space import client_of
from tests.people import KARIM, ZARA
from tests.running import FLOW, START, RunningSpace, a_batch

NAME = f"{FLOW}_{START}.json"
YEARLY, YEARLY_NAME = "inburgering-jaarlijst", "inburgering-jaarlijst_2025-01-01.json"
SAYS = "names {} for this flow"


@pytest.fixture
def strict(tmp_path: Path) -> Iterator[RunningSpace]:
    """A space that takes the texts strictly."""
    options = Settings(data=tmp_path / "space", http_port=0, sftp_port=0, clock=DEMO_CLOCK, demo=True,
                       strict_transport=True)  # fmt: skip
    host = Host(options)
    try:
        yield RunningSpace(host, host.start())
    finally:
        host.stop()


def refusals(space: RunningSpace) -> list[tuple[str, str, str, str, str]]:
    """Credential, door, flow, file and the way that was named, of every refusal."""
    members = ("credential", "channel", "flow", "file", "named")
    found = [leaf for leaf in space.leaves() if leaf["e"] == "drop.door-refused"]
    assert all((one["outcome"], one["articles"]) == ("refusal", ["art. 6"]) for one in found)
    return [tuple(one[name] for name in members) for one in found]


def test_what_001_moves_goes_over_ftps_only(strict: RunningSpace) -> None:
    strict.register("infino", KARIM)
    with strict.sftp("wewis") as wewis, pytest.raises(OSError, match=SAYS.format("ftps")):
        wewis.upload(FLOW, NAME, a_batch(KARIM))
    with client_of(strict, "wewis") as provider:
        put(provider, f"/in/{FLOW}/{NAME}", a_batch(KARIM))
        strict.host.space.settle()
        receipt = json.loads(get(provider, f"/ontvangstbewijzen/{NAME}.ontvangstbewijs.json"))
    file = f"{FLOW}_{START}_000001.json"

    with strict.sftp("infino") as infino:
        assert file in infino.files(FLOW)
        with pytest.raises(OSError, match=SAYS.format("ftps")):
            infino.fetch(FLOW, file)
        with pytest.raises(OSError, match=SAYS.format("ftps")):
            infino.acknowledge(FLOW, file)
    with client_of(strict, "infino") as consumer:
        assert json.loads(get(consumer, f"/uit/{FLOW}/{file}"))["insz"] == [KARIM]
        consumer.rename(f"/uit/{FLOW}/{file}", f"/archief/{file}")

    assert receipt["status"] == "verdeeld"
    assert refusals(strict) == [
        ("wewis", "sftp", FLOW, f"{NAME}.part", "ftps"),
        ("infino", "sftp", FLOW, file, "ftps"),
        ("infino", "sftp", FLOW, file, "ftps"),
    ]
    assert strict.verify().ok


def test_what_002_moves_goes_over_sftp_only(strict: RunningSpace) -> None:
    batch = a_batch(ZARA, day="2025-01-01", flow=YEARLY)
    with (
        client_of(strict, "agii") as agii,
        pytest.raises(ftplib.error_perm, match=SAYS.format("sftp")),
    ):
        put(agii, f"/in/{YEARLY}/{YEARLY_NAME}", batch)

    receipt = strict.upload(YEARLY_NAME, batch, user="agii", flow=YEARLY)

    assert receipt["status"] == "verdeeld"
    assert refusals(strict) == [("agii", "ftps", YEARLY, YEARLY_NAME, "sftp")]


def test_nor_does_an_upload_over_http_count(strict: RunningSpace) -> None:
    path = f"/v1/aanlevering/{FLOW}?dag={START}"
    answer = strict.post("wewis", path, a_batch(KARIM), Content_Type="application/json")

    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["reason"]) == (
        403,
        "13001",
        "flow-not-open",
    )
    assert (problem["article"], problem["remedy"]) == ("art. 6", "upload over FTPS")
    refused = strict.leaves()[-1]
    assert (refused["e"], refused["channel"], refused["outcome"]) == (
        "drop.received",
        "rest",
        "refusal",
    )


def test_wewis_delivers_by_the_way_that_its_text_names(strict: RunningSpace) -> None:
    done = strict.control("POST", "/clock/advance", {"days": 1}).json()

    delivered = [one for one in done["jobs"] if one["job"] == "provider.deliver"]
    assert [one["outcome"] for one in delivered] == ["delivered"]
    logins = [leaf for leaf in strict.leaves() if leaf["e"] == "drop.login"]
    assert [(one["credential"], one["channel"]) for one in logins] == [("wewis", "ftps")]
    assert refusals(strict) == []

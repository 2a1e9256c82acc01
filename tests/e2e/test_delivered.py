"""A consumer sees what it was given, and has a file put back: by itself, under the law of the instant."""

from datetime import datetime
from pathlib import Path

import httpx
import pytest

from gateway.domain.lifecycle import EventKind, LifecycleEvent
from tests.people import ELIF, KARIM
from tests.running import FLOW, RunningSpace, a_batch

NAME = f"{FLOW}_2025-03-10.json"
PARCEL = f"{FLOW}_2025-03-10_000001.json"


def given(space: RunningSpace, unit: str | None = "infino") -> httpx.Response:
    headers = {} if unit is None else {"Authorization": f"Bearer {space.credential(unit)['token']}"}
    return space.get("/v1/bestanden", **headers)


def again(space: RunningSpace, name: str = PARCEL, unit: str | None = "infino") -> httpx.Response:
    return space.post(unit, f"/v1/bestanden/{name}/herleveringen", b"")


@pytest.fixture
def delivered(space: RunningSpace) -> RunningSpace:
    space.register("infino", KARIM)
    space.upload(NAME, a_batch(KARIM))
    return space


def folder(space: RunningSpace) -> Path:
    return Path(space.host.space.store.root_of("infino"))


def test_a_consumer_sees_sequence_digest_and_state_of_its_files(delivered: RunningSpace) -> None:
    answer = given(delivered)

    (one,) = answer.json()["bestanden"]
    assert answer.headers["sim-decision"].startswith("D-")
    assert (one["bestand"], one["volgorde"], one["toestand"]) == (PARCEL, 1, "released")
    assert set(one) == {
        "stroom", "volgorde", "bestand", "dag", "sha256", "aantal", "toestand", "vervalt",
        "beslissing",
    }  # fmt: skip


def test_an_acknowledged_file_comes_back_as_it_was(delivered: RunningSpace) -> None:
    with delivered.sftp("infino") as consumer:
        before = consumer.fetch(FLOW, PARCEL)
        consumer.acknowledge(FLOW, PARCEL)
    delivered.host.space.settle()

    answer = again(delivered)

    assert answer.status_code == 201
    with delivered.sftp("infino") as consumer:
        assert consumer.fetch(FLOW, PARCEL) == before
        consumer.manifest(FLOW, PARCEL)
    delivered.host.space.settle()
    assert [leaf["e"] for leaf in delivered.leaves()].count("file.redelivered") == 1
    assert given(delivered).json()["bestanden"][0]["toestand"] == "collected"


def test_a_file_that_is_lost_on_disk_is_made_again_to_the_byte(delivered: RunningSpace) -> None:
    path = folder(delivered) / "uit" / FLOW / PARCEL
    before = path.read_bytes()
    path.unlink()

    assert again(delivered).status_code == 201
    assert path.read_bytes() == before


@pytest.mark.parametrize("where", ["uit", "archief"])
def test_other_bytes_than_were_entered_are_not_put_back(
    delivered: RunningSpace, where: str
) -> None:
    path = folder(delivered) / "uit" / FLOW / PARCEL
    before = path.read_bytes()
    other = before.replace(KARIM.encode(), ELIF.encode())
    path.unlink()
    (path if where == "uit" else folder(delivered) / "archief" / PARCEL).write_bytes(other)

    assert again(delivered).status_code == 201
    assert path.read_bytes() == before != other


def test_nobody_has_the_file_of_another(delivered: RunningSpace) -> None:
    (folder(delivered).parent / "kidslife" / "uit" / FLOW / PARCEL).unlink()

    other = again(delivered, "jobbonusplus-mutaties_2025-03-09_000001.json")
    stranger = again(delivered, PARCEL, "ahovoks-studietoelagen")

    assert (other.status_code, stranger.status_code) == (404, 404)
    assert not (folder(delivered).parent / "kidslife" / "uit" / FLOW / PARCEL).exists()


def test_while_suspended_nothing_comes_back_and_that_is_entered(delivered: RunningSpace) -> None:
    now: datetime = delivered.host.space.clock.now()
    delivered.host.space.gateway.protocols.record(
        LifecycleEvent(protocol="001", kind=EventKind.SUSPENSION, effective_at=now,
                       recorded_at=now, party="infino")
    )  # fmt: skip

    answer = again(delivered)

    assert (answer.status_code, answer.json()["reason"]) == (403, "protocol-suspended")
    assert delivered.leaves()[-1]["reasons"] == ["protocol-suspended"]
    assert answer.headers["sim-decision"] == f"D-{len(delivered.leaves())}"


@pytest.mark.parametrize("call", [given, again])
def test_without_a_credential_it_is_401(delivered: RunningSpace, call: object) -> None:
    assert call(delivered, unit=None).status_code == 401  # type: ignore[operator]

"""The distribution line over real SFTP: batch in, files, manifests and receipts out, all of it logged."""

import json
import os
import signal
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import OKPKey

from gateway.adapters.signing import verify_checkpoint
from gateway.domain.lifecycle import EventKind, LifecycleEvent
from tests.people import ELIF, KARIM, LUKAS, NOOR
from tests.running import FLOW, RunningSpace, a_batch
from tests.waiting import eventually

NAME = f"{FLOW}_2025-03-10.json"
CONSUMERS = ["opgroeien-kring", "vutg-rechten", "infino", "kidslife", "myfamily", "parentia"]


def found(space: RunningSpace, unit: str) -> list[Any]:
    """What lies in a consumer's folder: the numbers of each file."""
    with space.sftp(unit) as consumer:
        names = consumer.files(FLOW)
        return [json.loads(consumer.fetch(FLOW, name))["insz"] for name in names]


def suspend(space: RunningSpace, party: str, kind: EventKind = EventKind.SUSPENSION) -> None:
    now = space.host.space.clock.now()
    space.host.space.gateway.protocols.record(
        LifecycleEvent(protocol="001", kind=kind, effective_at=now, recorded_at=now, party=party)
    )


def test_001_07_each_consumer_finds_its_own_persons_and_nobody_elses(space: RunningSpace) -> None:
    space.register("vutg-rechten", KARIM, ELIF)
    space.register("infino", KARIM)

    receipt = space.upload(NAME, a_batch(KARIM, ELIF, NOOR))

    assert receipt["status"] == "verdeeld"
    assert found(space, "vutg-rechten") == [[ELIF, KARIM]]
    assert found(space, "infino") == [[KARIM]]
    assert found(space, "parentia") == [[]]


def test_001_01_a_file_has_the_members_of_the_contract_and_nothing_else(
    space: RunningSpace,
) -> None:
    space.register("infino", KARIM)
    space.upload(NAME, a_batch(KARIM))

    with space.sftp("infino") as consumer:
        (name,) = consumer.files(FLOW)
        content = consumer.fetch(FLOW, name)

    assert name == f"{FLOW}_2025-03-10_000001.json"
    assert content == (
        b'{"schema":"jobbonusplus-mutaties/1","stroom":"jobbonusplus-mutaties",'
        b'"dag":"2025-03-10","volgnummer":1,"aantal":1,"insz":["90712301137"]}'
    )


def test_the_manifest_is_signed_and_chains_to_the_file_before(space: RunningSpace) -> None:
    space.register("infino", KARIM)
    space.upload(NAME, a_batch(KARIM))
    space.control("POST", "/clock/advance", {"days": 2})
    key = OKPKey.import_key(space.get("/log/keys").json()["keys"][0])

    with space.sftp("infino") as consumer:
        first, second = consumer.files(FLOW)[:2]
        digest = sha256(consumer.fetch(FLOW, first)).hexdigest()
        with pytest.warns(match="EdDSA is deprecated"):
            manifests = [
                json.loads(jws.deserialize_compact(consumer.manifest(FLOW, n), key, ["EdDSA"]).payload)
                for n in (first, second)
            ]  # fmt: skip

    assert manifests[0]["sha256"] == digest
    assert (manifests[0]["vorige"], manifests[1]["vorige"]) == (None, digest)
    assert (manifests[0]["volgorde"], manifests[1]["volgorde"]) == (1, 2)
    assert (manifests[0]["protocol"], manifests[0]["artikel"]) == ("001@1.0.0", "art. 5")
    size, _ = verify_checkpoint(manifests[0]["checkpoint"], space.ready["log_key"])
    assert size >= int(manifests[0]["beslissing"].removeprefix("D-"))
    assert set(manifests[0]) == {
        "bestand", "afnemer", "stroom", "dag", "volgorde", "vorige", "sha256", "aantal",
        "protocol", "artikel", "beslissing", "vervalt", "checkpoint",
    }  # fmt: skip


def test_the_receipt_tells_of_every_record_and_only_status_of_consumers(
    space: RunningSpace,
) -> None:
    content = a_batch(KARIM, KARIM, "90712301138", aantal=4).replace(
        b"]}", b', {"insz": "88660602073", "bedrag": 1e309}]}'
    )

    receipt = space.upload(NAME, content)
    with space.sftp("wewis") as wewis:
        table = wewis.read(f"/ontvangstbewijzen/{NAME}.ontvangstbewijs.csv").decode()

    assert receipt["records"] == {
        "ontvangen": 4, "aanvaard": 1, "samengevoegd": 1, "geweigerd": 2,
    }  # fmt: skip
    assert receipt["regels"] == [
        {"regel": 2, "status": "samengevoegd", "code": None, "reden": "staat al in dit bestand"},
        {"regel": 3, "status": "geweigerd", "code": "20002", "reden": "insz-invalid"},
        {"regel": 4, "status": "geweigerd", "code": "40005", "reden": "field-not-listed"},
    ]
    assert table.splitlines()[:3] == [
        "regel;status;code;reden",
        "1;aanvaard;;",
        "2;samengevoegd;;staat al in dit bestand",
    ]
    assert receipt["afnemers"] == [{"afnemer": c, "status": "afgeleverd"} for c in CONSUMERS]
    assert receipt["sha256"] == sha256(content).hexdigest()


def test_the_same_bytes_again_change_nothing(space: RunningSpace) -> None:
    first = space.upload(NAME, a_batch(KARIM))
    size = space.host.space.gateway.log.size

    again = space.upload(NAME, a_batch(KARIM))

    assert again["status"] == "ongewijzigd"
    assert again["batch"] == first["batch"]
    kinds = [leaf["e"] for leaf in space.leaves()[size:]]
    assert [kind for kind in kinds if not kind.startswith("drop.")] == ["batch.received"]
    assert len(found(space, "infino")) == 1


def test_other_bytes_for_the_same_day_are_refused_with_the_way_to_correct(
    space: RunningSpace,
) -> None:
    space.upload(NAME, a_batch(KARIM))

    conflict = space.upload(NAME, a_batch(ELIF))
    correction = space.upload(f"{FLOW}_2025-03-10_2.json", a_batch(ELIF, number=2))

    assert conflict["status"] == "geweigerd"
    assert "2025-03-10_2.json" in conflict["remedy"]
    assert correction["status"] == "verdeeld"
    assert len(found(space, "infino")) == 2


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe{}",
        b"\xef\xbb\xbf" + a_batch(KARIM),
        a_batch(KARIM)[:-1],
        a_batch(KARIM) + b" x",
        a_batch(KARIM, aantal=7),
        a_batch(KARIM, dag="2025-03-09"),
        a_batch(KARIM, vrij=1),
        a_batch(KARIM).replace(b'"aantal": 1', b'"aantal": NaN'),
        a_batch(KARIM).replace(b'"aantal": 1', b'"aantal": 1, "aantal": 1'),
        b"[" * 50_000,
    ],
    ids=[
        "empty", "half", "list", "encoding", "bom", "cut", "tail", "count", "day", "member",
        "nan", "doubled", "deep",
    ],
)  # fmt: skip
def test_a_hopeless_file_is_quarantined_and_nobody_gets_anything(
    shared_space: RunningSpace, content: bytes
) -> None:
    receipt = shared_space.upload(NAME, content)

    with shared_space.sftp("wewis") as wewis:
        waiting = wewis._sftp.listdir(f"/in/{FLOW}")
        kept = wewis._sftp.listdir(f"/in/{FLOW}/quarantaine")
    assert receipt["status"] == "quarantaine"
    assert receipt["reden"]
    assert sorted(waiting) == ["quarantaine", "verwerkt"]
    assert kept
    assert found(shared_space, "infino") == []


def test_a_day_after_today_is_refused(space: RunningSpace) -> None:
    receipt = space.upload(f"{FLOW}_2025-03-11.json", a_batch(KARIM, day="2025-03-11"))

    assert (receipt["status"], receipt["reden"]) == ("quarantaine", "the day is still to come")


def test_001_28_a_suspended_consumer_gets_no_file_and_the_others_do(space: RunningSpace) -> None:
    suspend(space, "parentia")

    receipt = space.upload(NAME, a_batch(KARIM))

    assert receipt["afnemers"][-1] == {
        "afnemer": "parentia", "status": "opgeschort", "artikel": "art. 8",
    }  # fmt: skip
    assert found(space, "parentia") == []
    assert len(found(space, "infino")) == 1
    refused = [leaf for leaf in space.leaves() if leaf["e"] == "file.refused"]
    assert [(leaf["unit"], leaf["reasons"]) for leaf in refused] == [
        ("parentia", ["protocol-suspended"])
    ]


def test_while_suspended_files_stay_listed_and_reading_is_refused(space: RunningSpace) -> None:
    space.upload(NAME, a_batch(KARIM))
    suspend(space, "infino")

    with space.sftp("infino") as consumer:
        (name,) = consumer.files(FLOW)
        with pytest.raises(PermissionError):
            consumer.fetch(FLOW, name)
        consumer.acknowledge(FLOW, name)
        with pytest.raises(PermissionError):
            consumer.read(f"/archief/{name}")


def test_every_delivered_file_has_its_entry_and_so_have_collection_and_acknowledgement(
    space: RunningSpace,
) -> None:
    space.register("infino", KARIM)
    receipt = space.upload(NAME, a_batch(KARIM))
    with space.sftp("infino") as consumer:
        (name,) = consumer.files(FLOW)
        consumer.fetch(FLOW, name)
        consumer.acknowledge(FLOW, name)
    space.host.space.settle()

    leaves = space.leaves()
    kinds = [leaf["e"] for leaf in leaves]
    delivered = [leaf for leaf in leaves if leaf["e"] == "file.delivered"]

    assert kinds.count("batch.received") == 1
    assert receipt["beslissing"] == f"D-{kinds.index('batch.received') + 1}"
    assert [leaf["unit"] for leaf in delivered] == CONSUMERS
    assert [leaf["n"] for leaf in delivered] == [0, 0, 1, 0, 0, 0]
    assert kinds[-2:] == ["file.collected", "file.acknowledged"]
    assert KARIM not in json.dumps(leaves)
    assert space.verify().ok


def test_the_receipt_does_not_change_when_registrations_change(tmp_path: Path) -> None:
    from gateway.settings import DEMO_CLOCK, Settings
    from gateway.simulation.host import Host

    receipts = []
    for registered in ([], [KARIM, ELIF, LUKAS]):
        data = tmp_path / str(len(registered))
        host = Host(Settings(data=data, http_port=0, sftp_port=0, clock=DEMO_CLOCK, demo=True))
        space = RunningSpace(host, host.start())
        try:
            space.register("infino", *registered)
            receipt = space.upload(NAME, a_batch(KARIM, ELIF, NOOR))
        finally:
            host.stop()
        receipts.append({k: v for k, v in receipt.items() if k != "beslissing"})

    assert receipts[0] == receipts[1]


def test_simulated_wewis_delivers_each_day_by_the_same_door(space: RunningSpace) -> None:
    space.register("vutg-rechten", KARIM, ELIF)

    moved = space.control("POST", "/clock/advance", {"days": 3}).json()

    outcomes = [(job["at"][:16], job["job"], job["outcome"]) for job in moved["jobs"]]
    assert outcomes[:2] == [
        ("2025-03-11T05:55", "provider.deliver", "delivered"),
        ("2025-03-11T06:00", "batch.deadline", "in time"),
    ]
    assert len(outcomes) == 6
    assert found(space, "vutg-rechten")[0] == [ELIF, KARIM]
    assert space.verify().ok


def test_wewis_skips_a_day_that_was_delivered_by_hand(space: RunningSpace) -> None:
    space.upload(NAME, a_batch(KARIM))

    moved = space.control("POST", "/clock/advance", {"days": 1}).json()

    assert moved["jobs"][0]["outcome"] == "already delivered"


def test_ten_thousand_records_have_their_receipt_within_five_seconds(space: RunningSpace) -> None:
    from tests.numbers import some_numbers

    persons = some_numbers(10_000)
    began = time.process_time()  # of the gateway and its client, whatever else the machine does
    receipt = space.upload(NAME, a_batch(*persons))
    took = time.process_time() - began

    assert receipt["records"]["aanvaard"] == 10_000
    assert took < 5


def test_an_upload_that_a_killed_process_left_is_distributed_on_restart(tmp_path: Path) -> None:
    data = tmp_path / "space"
    process = start(data)
    ready = json.loads((data / "ready.json").read_text())
    folder = data / "drop" / "wewis" / "in" / FLOW
    process.send_signal(signal.SIGKILL)
    process.wait()
    (folder / NAME).write_bytes(a_batch(KARIM))

    process = start(data)
    try:
        receipt = data / "drop" / "wewis" / "ontvangstbewijzen" / f"{NAME}.ontvangstbewijs.json"
        eventually(receipt.exists)
        files = list((data / "drop" / "infino" / "uit" / FLOW).glob("*.json"))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)

    assert json.loads(receipt.read_text())["status"] == "verdeeld"
    assert len(files) == 1
    assert ready["credentials"]["infino"]["sftp_key"]


def start(data: Path) -> "subprocess.Popen[bytes]":
    """`magda-sim up --demo` as a process of its own, once its ready file is there."""
    ready = data / "ready.json"
    ready.unlink(missing_ok=True)
    command = [sys.executable, "-m", "gateway", "up", "--demo", "--data", str(data),
               "--http-port", "0", "--sftp-port", "0"]  # fmt: skip
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, env=os.environ | {"PYTHONWARNINGS": "ignore"}
    )
    eventually(ready.exists, within_s=30)
    return process

"""The drop accounts of a space: what each shows to come in, what it sees, and what the log keeps of it."""

import base64
import io
import socket
from pathlib import Path

import paramiko
import pytest

from gateway.adapters.clock import WallClock
from gateway.adapters.drop_secrets import STEP_S, code_at
from gateway.contracts.drop import SFTP
from gateway.domain.request import Proof, ProofKind
from tests.drop import answering
from tests.people import KARIM
from tests.running import FLOW, START, RunningSpace, a_batch
from tests.waiting import eventually

ZELE = (
    "zele-samenlevingsopbouw",
    "zele-financien",
    "zele-leven-welzijn",
    "zele-algemeen-directeur",
)
PAYMENTS = "zele-betaalbestand"


def connect(space: RunningSpace) -> paramiko.Transport:
    door = space.ready["sftp"]
    transport = paramiko.Transport(socket.create_connection((door["host"], door["port"]), 10))
    transport.start_client(timeout=10)
    return transport


def client_of(transport: paramiko.Transport) -> paramiko.SFTPClient:
    client = paramiko.SFTPClient.from_transport(transport)
    assert client is not None
    return client


def key_of(space: RunningSpace, unit: str) -> paramiko.PKey:
    text = Path(space.credential(unit)["sftp_key"]).read_text("utf-8")
    return paramiko.Ed25519Key.from_private_key(io.StringIO(text))


def test_every_unit_of_the_contract_has_its_folders(space: RunningSpace) -> None:
    have = {
        unit: (bool(one["sftp_key"]), bool(one["sftp_password"]), bool(one["sftp_totp"]))
        for unit, one in space.ready["credentials"].items()
        if one["sftp_user"] == unit
    }

    by_key = (
        "wewis", "opgroeien-kring", "vutg-rechten", "infino", "kidslife", "myfamily", "parentia",
        "agii", "avsb", *(f"zorgkas-{n}" for n in range(1, 7)),
    )  # fmt: skip
    assert have == (
        dict.fromkeys(by_key, (True, False, False))
        | dict.fromkeys(ZELE, (False, True, False))
        | {"vutg": (True, False, True)}
    )
    passwords = {space.credential(unit)["sftp_password"] for unit in ZELE}
    assert len(passwords) == 4


def test_four_passwords_open_one_folder(space: RunningSpace) -> None:
    space.host.space.store.place("zele", f"/uit/{PAYMENTS}", "f.json", b"{}")

    for unit in ZELE:
        transport = connect(space)
        transport.auth_password(unit, space.credential(unit)["sftp_password"])
        client = client_of(transport)
        assert client.listdir("/") == ["archief", "uit"]
        assert client.listdir(f"/uit/{PAYMENTS}") == ["f.json"]
        transport.close()
    transport = connect(space)
    with pytest.raises(paramiko.AuthenticationException):
        transport.auth_password(ZELE[0], space.credential(ZELE[1])["sftp_password"])
    transport.close()


def test_vutg_comes_in_with_key_and_code_alone(space: RunningSpace) -> None:
    text = space.credential("vutg")["sftp_totp"]
    secret = base64.b32decode(text + "=" * (-len(text) % 8))
    transport = connect(space)

    assert transport.auth_publickey("vutg", key_of(space, "vutg")) == ["keyboard-interactive"]
    code = code_at(secret, int(WallClock().now().timestamp()) // STEP_S)
    assert transport.auth_interactive("vutg", answering(code)) == []

    client = client_of(transport)
    assert client.listdir("/in") == [PAYMENTS]
    transport.close()
    assert space.leaves()[-1] == {
        "v": 2, "e": "drop.login", "at": f"{START}T08:00:00.000+01:00", "space": "demo",
        "credential": "vutg", "channel": "sftp", "factors": ["key", "code"],
    }  # fmt: skip


def test_every_log_in_and_transfer_is_entered(space: RunningSpace) -> None:
    name = f"{FLOW}_{START}.json"
    space.register("infino", KARIM)
    space.upload(name, a_batch(KARIM))
    with space.sftp("infino") as infino:
        parcel = infino.files(FLOW)[0]
        infino.fetch(FLOW, parcel)
        infino.manifest(FLOW, parcel)
    eventually(lambda: space.leaves()[-1]["e"] == "drop.sent")

    told = [
        (leaf["e"], leaf["credential"], leaf.get("file"), leaf.get("outcome"))
        for leaf in space.leaves()
        if leaf["e"].startswith(("drop.", "file.collected")) and leaf["channel"] == "sftp"
    ]
    receipt = f"{name}.ontvangstbewijs.json"
    assert told == [
        ("drop.login", "wewis", None, None),
        ("drop.received", "wewis", f"{name}.part", "complete"),
        ("drop.sent", "wewis", receipt, "complete"),
        ("drop.login", "infino", None, None),
        ("file.collected", "infino", parcel, None),
        ("drop.sent", "infino", f"{parcel}.manifest.jws", "complete"),
    ]
    received = next(leaf for leaf in space.leaves() if leaf["e"] == "drop.received")
    batch = next(leaf for leaf in space.leaves() if leaf["e"] == "batch.received")
    assert received["bytes"] == len(a_batch(KARIM))
    assert received["sha256"] == batch["sha256"]
    assert space.verify().ok


def test_files_are_as_old_as_the_clock_of_the_space_says(space: RunningSpace) -> None:
    space.upload(f"{FLOW}_{START}.json", a_batch(KARIM))
    with space.sftp("infino") as infino:
        found = infino._sftp.listdir_attr(f"/uit/{FLOW}")

    assert len(found) == 2
    assert {one.st_mtime for one in found} == {1_741_590_000}  # 2025-03-10T08:00:00+01:00


def test_a_name_that_could_hold_anything_stays_out_of_the_log(space: RunningSpace) -> None:
    with space.sftp("wewis") as wewis:
        wewis.upload(FLOW, f"{KARIM}.json", b"{}")
    eventually(lambda: any(leaf["e"] == "drop.received" for leaf in space.leaves()))

    received = next(leaf for leaf in space.leaves() if leaf["e"] == "drop.received")
    assert received["file"] == "unknown"
    assert KARIM not in str(space.leaves())


@pytest.mark.parametrize("kind", [ProofKind.SSH_KEY, ProofKind.PASSWORD])
def test_a_revoked_credential_is_cut_also_in_a_live_session(
    space: RunningSpace, kind: ProofKind
) -> None:
    unit = "wewis" if kind is ProofKind.SSH_KEY else ZELE[0]
    credentials, keyring = space.host.space.gateway.credentials, space.host.space.keyring

    def log_in() -> paramiko.Transport:
        transport = connect(space)
        if kind is ProofKind.SSH_KEY:
            transport.auth_publickey(unit, key_of(space, unit))
        else:
            transport.auth_password(unit, keyring.password(unit))
        return transport

    live = log_in()
    client = client_of(live)
    assert client.listdir("/")
    if kind is ProofKind.SSH_KEY:
        credentials.withdraw(Proof(kind, keyring.ssh_public_blob(unit)))
    else:
        credentials.revoke(unit)

    eventually(lambda: not live.is_active())
    with pytest.raises(paramiko.AuthenticationException):
        log_in()


def test_a_flood_of_wrong_log_ins_shares_one_entry(space: RunningSpace) -> None:
    gate = space.host.space.gates[SFTP]
    for n in range(120):
        assert gate.account_for_key(f"user-{n}", b"key") is None
    stranger = paramiko.ECDSAKey.generate()
    for _ in range(21):
        transport = connect(space)
        for _ in range(5):
            with pytest.raises(paramiko.AuthenticationException):
                transport.auth_publickey("nobody", stranger)
        transport.close()
    space.host.space.gateway.attempts.flush(closing=True)

    refused = [leaf for leaf in space.leaves() if leaf["e"] == "drop.login-refused"]
    shared = [leaf for leaf in space.leaves() if leaf["e"] == "attempts"]
    assert len(refused) == 100
    assert {(leaf["user"], leaf["factor"], leaf["channel"]) for leaf in refused} == {(None, "key", "sftp")}  # fmt: skip
    assert [(leaf["listener"], leaf["count"]) for leaf in shared] == [("sftp", 5)]


def test_a_reset_ends_the_sessions(space: RunningSpace) -> None:
    transport = connect(space)
    transport.auth_publickey("wewis", key_of(space, "wewis"))
    assert client_of(transport).listdir("/")

    assert space.control("POST", "/reset", {}).status_code == 200

    eventually(lambda: not transport.is_active())
    with space.sftp("wewis") as again:
        again.upload(FLOW, "x.json", b"{}")

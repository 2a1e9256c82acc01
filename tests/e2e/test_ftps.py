"""FTPS in a whole space: who comes in, what is entered, and that the law bites there as anywhere."""

import ftplib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.settings import Settings
from gateway.simulation.units import UNITS
from tests.ftps import get, put
from tests.ftps_space import client_of, stranger
from tests.people import KARIM
from tests.running import FLOW, START, RunningSpace, a_batch
from tests.tls import forge
from tests.waiting import eventually

NAME = f"{FLOW}_{START}.json"
BATCH = a_batch(KARIM)
ACTS = "/v1/protocollen/001/gebeurtenissen"
NO_EXTRA = """
import sys

class Hiding:
    def __init__(self, finder):
        self.finder = finder
    def __getattr__(self, name):
        return getattr(self.finder, name)
    def find_spec(self, name, *more):
        return None if name == "pyftpdlib" else self.finder.find_spec(name, *more)

sys.meta_path[:] = [Hiding(one) for one in sys.meta_path]
from gateway.cli.main import main
sys.argv = ["magda-sim", *sys.argv[1:]]
main()
"""


def upload(space: RunningSpace) -> None:
    """A day of WEWIS, over FTPS."""
    with client_of(space, "wewis") as wewis:
        put(wewis, f"/in/{FLOW}/{NAME}.part", BATCH)
        wewis.rename(f"/in/{FLOW}/{NAME}.part", f"/in/{FLOW}/{NAME}")
    space.host.space.settle()


def test_the_ready_file_says_where_it_is_and_with_which_password(
    shared_space: RunningSpace,
) -> None:
    door = shared_space.ready["ftps"]

    assert set(door) == {"host", "port", "passwords"}
    assert set(door["passwords"]) == {unit.key for unit in UNITS if unit.drops} - {"vutg"}
    assert len(set(door["passwords"].values())) == len(door["passwords"])
    zele = "zele-financien"
    assert door["passwords"][zele] == shared_space.credential(zele)["sftp_password"]


def test_a_day_over_ftps_and_what_the_log_keeps_of_it(space: RunningSpace) -> None:
    space.register("infino", KARIM)
    upload(space)
    with client_of(space, "wewis") as wewis:
        receipt = json.loads(get(wewis, f"/ontvangstbewijzen/{NAME}.ontvangstbewijs.json"))
    with client_of(space, "infino") as infino:
        infino.cwd(f"/uit/{FLOW}")
        file = f"{FLOW}_{START}_000001.json"
        content = json.loads(get(infino, file))
        assert get(infino, f"{file}.manifest.jws").count(b".") == 2
        infino.rename(file, f"/archief/{file}")
    space.host.space.settle()

    assert receipt["status"] == "verdeeld"
    assert content["insz"] == [KARIM]
    eventually(lambda: space.leaves()[-1]["e"] == "file.acknowledged")
    told = [
        (leaf["e"], leaf["credential"], leaf.get("file"), leaf.get("outcome"))
        for leaf in space.leaves()
        if leaf.get("channel") == "ftps" and leaf["e"] != "drop.login"
    ]
    assert told == [
        ("drop.received", "wewis", f"{NAME}.part", "complete"),
        ("batch.received", "wewis", None, "verdeeld"),
        ("drop.sent", "wewis", f"{NAME}.ontvangstbewijs.json", "complete"),
        ("file.collected", "infino", file, None),
        ("drop.sent", "infino", f"{file}.manifest.jws", "complete"),
        ("file.acknowledged", "infino", file, None),
    ]
    logins = [leaf for leaf in space.leaves() if leaf["e"] == "drop.login"]
    assert [(one["credential"], one["channel"]) for one in logins] == [
        ("wewis", "ftps"), ("wewis", "ftps"), ("infino", "ftps"),
    ]  # fmt: skip
    assert logins[0]["factors"] == ["certificate", "password"]
    assert space.verify().ok


def test_a_suspension_bites_at_the_next_read_and_is_entered(space: RunningSpace) -> None:
    space.register("infino", KARIM)
    upload(space)
    with client_of(space, "infino") as infino:
        (file, _) = sorted(infino.nlst(f"/uit/{FLOW}"))
        act = {"soort": "schorsing", "door": "wewis", "partij": "infino", "stroom": FLOW,
               "reden": "x", "stuk": f"sha256:{'0' * 64}"}  # fmt: skip
        token = f"Bearer {space.ready['control_token']}"
        done = space.post(None, ACTS, act, Authorization=token, Content_Type="application/json")
        assert done.status_code == 201, done.text
        with pytest.raises(ftplib.error_perm, match=r"550 protocol 001@1\.0\.0 is suspended"):
            get(infino, f"/uit/{FLOW}/{file}")
        assert file in infino.nlst(f"/uit/{FLOW}")

    refused = space.leaves()[-1]
    assert (refused["e"], refused["channel"], refused["file"]) == (
        "file.read-refused",
        "ftps",
        file,
    )


def test_a_certificate_is_judged_on_the_clock_of_the_space(space: RunningSpace) -> None:
    body = {"credential": "infino", "from": "2025-03-11T00:00:00+01:00", "until": "2025-03-12T00:00:00+01:00"}  # fmt: skip
    paper = space.control("POST", "/keys", body).json()

    with pytest.raises(ftplib.error_perm, match="530"):
        client_of(space, "infino", paper)
    space.control("POST", "/clock/advance", {"days": 1})
    infino = client_of(space, "infino", paper)
    assert infino.nlst("/") == ["archief", "uit"]
    space.control("POST", "/clock/advance", {"days": 1})

    with pytest.raises(ftplib.error_temp, match="421 the credential was revoked"):
        infino.getresp()
    infino.close()
    with pytest.raises(ftplib.error_perm, match="530"):
        client_of(space, "infino", paper)
    refusals = [leaf for leaf in space.leaves() if leaf["e"] == "drop.login-refused"]
    assert [(one["user"], one["channel"], one["factor"]) for one in refusals] == [
        ("infino", "ftps", "certificate")
    ] * 2


def test_a_revocation_cuts_the_session_and_closes_the_door(space: RunningSpace) -> None:
    infino = client_of(space, "infino")
    revoked = space.control(
        "POST", "/keys/revocations", {"reference": "infino", "reason": "keyCompromise"}
    )
    assert revoked.status_code == 201, revoked.text

    with pytest.raises(ftplib.error_temp, match="421 the credential was revoked"):
        infino.getresp()
    infino.close()
    with pytest.raises(ftplib.error_perm, match="530"):
        client_of(space, "infino")
    with space.sftp("infino") as still:
        assert still.files(FLOW) == []


def test_what_needs_a_one_time_code_has_no_account_here(shared_space: RunningSpace) -> None:
    one = shared_space.credential("vutg")
    client = stranger(shared_space, one["certificate"], one["private_key"])
    with pytest.raises(ftplib.error_perm, match="530"):
        client.login("vutg", "anything")
    client.close()


def test_a_certificate_that_leads_nowhere_ends_the_handshake_and_is_entered(
    shared_space: RunningSpace, tmp_path: Path
) -> None:
    forged, before = forge(tmp_path, "infino"), len(shared_space.leaves())
    client = stranger(shared_space, forged.certificate, forged.key)
    client.auth()  # under TLS 1.3 a client hears of it afterwards
    with pytest.raises((OSError, EOFError)):
        client.voidcmd("NOOP")
    client.close()

    eventually(lambda: len(shared_space.leaves()) > before)
    entry = shared_space.leaves()[-1]
    assert entry["e"] == "drop.login-refused"
    assert (entry["user"], entry["channel"], entry["factor"]) == (None, "ftps", "certificate")


def test_a_reset_ends_the_sessions_and_shows_the_new_authority(space: RunningSpace) -> None:
    infino = client_of(space, "infino")
    cleared = space.control("POST", "/reset", {"seed": 7})
    assert cleared.status_code == 200, cleared.text

    with pytest.raises(ftplib.error_temp, match="421 what was here is gone"):
        infino.getresp()
    infino.close()
    ready = json.loads((Path(space.ready["data"]) / "ready.json").read_text())
    with client_of(RunningSpace(space.host, ready), "infino") as again:
        assert again.nlst("/") == ["archief", "uit"]


def test_a_further_space_has_its_own_accounts_at_the_same_door(space: RunningSpace) -> None:
    ready = space.control("POST", "/spaces", {"id": "t1", "seed": 5}).json()
    one, name = ready["credentials"]["infino"], "infino+t1"
    password = ready["ftps"]["passwords"][name]

    with stranger(space, one["certificate"], one["private_key"]) as client:
        with pytest.raises(ftplib.error_perm, match="530"):
            client.login("infino", space.ready["ftps"]["passwords"]["infino"])
        client.login(name, password)
        client.prot_p()
        assert client.nlst("/") == ["archief", "uit"]

    assert ready["ftps"]["port"] == space.ready["ftps"]["port"]
    assert space.leaves()[-1]["e"] == "drop.login-refused"


def test_without_its_extra_the_door_stays_shut_and_says_so_where_it_was_asked_for(
    tmp_path: Path,
) -> None:
    command = [sys.executable, "-c", NO_EXTRA, "up", "--data", str(tmp_path / "s"), "--demo",
               "--http-port", "0", "--sftp-port", "0", "--ftps-port", "0"]  # fmt: skip

    done = subprocess.run(command, capture_output=True, text=True, timeout=50, check=False)

    assert done.returncode == 3, done.stderr
    assert "pip install 'magda-sim[ftps]'" in done.stderr


def test_the_port_of_a_space_is_a_free_one_where_sftp_has_one() -> None:
    assert Settings(sftp_port=0).ftps_door == 0
    assert Settings().ftps_door == 8421
    assert Settings(sftp_port=0, ftps_port=9).ftps_door == 9

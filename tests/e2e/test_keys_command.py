"""`magda-sim keys` on a running space and on a stopped one, and what stock tools make of its files."""

import json
import stat
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12
from typer.testing import CliRunner, Result

from consumers.wire_tls import with_certificate
from gateway.adapters.log import LogReader
from gateway.cli.main import app
from gateway.settings import DEMO_CLOCK, Settings
from gateway.simulation.host import Host
from tests.people import KARIM
from tests.running import TRANSACTIONS, RunningSpace
from tests.tls import ask, client, client_with, forge

JAVA = Path(__file__).parents[1] / "clients/CertificateClient.java"


def keys(space: RunningSpace, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["keys", *arguments, "--data", space.ready["data"]])


def test_issue_show_and_revoke_from_the_command(space: RunningSpace) -> None:
    issued = keys(space, "issue", "infino", "--until", "2026-01-01T00:00:00+01:00", "--json")
    made = json.loads(issued.stdout)
    context = with_certificate(space.ready["ca"], made["certificate"], made["private_key"])

    with client_with(space, context) as connection:
        before = ask(connection).status_code
        revoked = keys(space, "revoke", made["serial"], "--reason", "keyCompromise")
        after = ask(connection).status_code
    shown = json.loads(keys(space, "show", made["serial"], "--json").stdout)
    listed = json.loads(keys(space, "list", "infino", "--json").stdout)

    assert (issued.exit_code, before, revoked.exit_code, after) == (0, 403, 0, 401)
    assert (shown["subject"], shown["reason"]) == ("CN=infino,O=infino", "keyCompromise")
    assert [one["label"] for one in listed] == ["infino", "infino-2"]
    assert [one["revoked"] is None for one in listed] == [True, False]
    for name in ("certificate", "private_key"):
        assert stat.S_IMODE(Path(made[name]).stat().st_mode) == 0o600
    assert [one["e"] for one in space.leaves()] == [
        "certificate.issued", "decision", "certificate.revoked", "decision",
    ]  # fmt: skip


def test_an_rsa_pair_is_issued_let_use_sha1_and_no_longer(space: RunningSpace) -> None:
    issued = json.loads(keys(space, "issue", "infino", "--rsa", "--json").stdout)
    serial = issued["serial"]

    allowed = keys(space, "sha1", serial, "allow")
    listed = keys(space, "list", "infino")
    refused = keys(space, "sha1", serial, "refuse", "--json")
    born_weak = json.loads(keys(space, "issue", "infino", "--rsa", "--sha1", "--json").stdout)
    unknown, odd = keys(space, "sha1", "nobody", "allow"), keys(space, "sha1", serial, "perhaps")

    assert allowed.stdout == f"{serial}  infino  SHA-1 allowed\n"
    assert "counts, may sign with SHA-1" in listed.stdout
    assert [one["sha1"] for one in json.loads(refused.stdout)] == [False]
    assert (issued["sha1"], born_weak["sha1"]) == (False, True)
    assert (unknown.exit_code, odd.exit_code) == (2, 2)
    key = load_pem_private_key(Path(issued["private_key"]).read_bytes(), None)
    assert isinstance(key, RSAPrivateKey)
    assert key.key_size == 2048
    p12 = Path(issued["private_key"]).with_suffix(".p12")
    shown = keys(space, "show", serial, "--p12", str(p12), "--password", "geheim")
    assert shown.exit_code == 0
    stored = load_pkcs12(p12.read_bytes(), b"geheim")
    assert stored.key is not None
    assert len(stored.additional_certs) == 1
    assert [one["sha1"] for one in space.leaves() if one["e"] == "certificate.issued"] == [
        False,
        True,
    ]


def test_a_whole_credential_is_revoked_and_what_is_left_is_told(space: RunningSpace) -> None:
    keys(space, "issue", "infino")

    told = keys(space, "revoke", "infino")
    again = keys(space, "revoke", "infino")

    assert told.stdout.count("revoked ") == 2
    assert again.exit_code == 2
    assert "no such certificate or key" in again.stderr
    with client(space, "infino") as connection:
        assert ask(connection).status_code == 401


def test_the_same_orders_give_the_same_bytes_of_log_and_certificates(tmp_path: Path) -> None:
    runs = []
    for name in ("a", "b"):
        settings = Settings(data=tmp_path / name, http_port=0, sftp_port=0, clock=DEMO_CLOCK)
        host = Host(settings)
        try:
            space = RunningSpace(host, host.start())
            keys(space, "issue", "infino")
            keys(space, "revoke", "parentia")
        finally:
            host.stop()
        reader = LogReader(tmp_path / name / "log.db")
        runs.append((reader.head().root, files(tmp_path / name / "keys")))
        reader.close()

    assert runs[0] == runs[1]


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.name: path.read_bytes()
        for path in folder.iterdir()
        if not path.name.startswith("server")  # valid in machine time
        and path.suffix != ".ssh"  # OpenSSH puts chance into its own form
    }


def test_list_and_show_read_a_stopped_space(tmp_path: Path) -> None:
    host = Host(Settings(data=tmp_path / "s", http_port=0, sftp_port=0, clock=DEMO_CLOCK))
    space = RunningSpace(host, host.start())
    host.stop()

    listed = keys(space, "list")
    stopped = keys(space, "issue", "infino")
    nothing = CliRunner().invoke(app, ["keys", "list", "--data", str(tmp_path / "none")])

    assert listed.stdout.count("counts") == len(space.ready["credentials"])
    assert keys(space, "show", "infino").exit_code == 0
    assert (stopped.exit_code, nothing.exit_code) == (1, 1)


@pytest.mark.parametrize("more", [[], ["--legacy"]])
def test_pkcs12_holds_key_certificate_and_chain(
    shared_space: RunningSpace, tmp_path: Path, more: list[str]
) -> None:
    out = tmp_path / "infino.p12"
    done = keys(shared_space, "show", "infino", "--p12", str(out), "--password", "geheim", *more)

    key, certificate, chain = pkcs12(out)

    assert done.exit_code == 0
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert (key, certificate, len(chain)) == (True, "CN=infino,O=infino", 1)


def pkcs12(path: Path) -> tuple[bool, str, list[object]]:
    held = load_pkcs12(path.read_bytes(), b"geheim")
    assert held.cert is not None
    subject = held.cert.certificate.subject.rfc4514_string()
    return held.key is not None, subject, list(held.additional_certs)


@pytest.mark.needs("javac")
@pytest.mark.parametrize("more", [[], ["--legacy"]])
def test_a_stock_java_client_asks_with_its_pkcs12_file(
    shared_space: RunningSpace, tmp_path: Path, more: list[str]
) -> None:
    out = tmp_path / "infino.p12"
    keys(shared_space, "show", "infino", "--p12", str(out), *more)

    told = subprocess.run(
        ["java", str(JAVA), str(out), "changeit", shared_space.ready["ca"],
         shared_space.ready["https"] + TRANSACTIONS, json.dumps({"insz": KARIM})],
        capture_output=True, text=True, timeout=55, check=False,
    )  # fmt: skip

    status, _, body = told.stdout.partition("\n")
    assert status == "403", told.stderr
    assert json.loads(body)["reason"] == "not-registered"
    assert shared_space.leaves()[-1]["credential"] == "infino"


@pytest.mark.needs("keytool")
def test_java_reads_the_pkcs12_file(shared_space: RunningSpace, tmp_path: Path) -> None:
    out = tmp_path / "infino.p12"
    keys(shared_space, "show", "infino", "--p12", str(out))

    read = subprocess.run(
        ["keytool", "-list", "-v", "-keystore", str(out), "-storepass", "changeit"],
        capture_output=True, text=True, timeout=60, check=True,
    ).stdout  # fmt: skip

    assert "PrivateKeyEntry" in read
    assert "Certificate chain length: 2" in read
    assert "CN=infino, O=infino" in read


def test_a_certificate_from_elsewhere_is_enrolled_and_its_key_is_not_here(
    space: RunningSpace, tmp_path: Path
) -> None:
    forged = forge(tmp_path, "own")

    enrolled = keys(space, "enrol", "infino", str(forged.certificate))
    serial = f"{forged.made.serial_number:x}"
    shown = keys(space, "show", serial, "--p12", str(tmp_path / "x.p12"))

    assert enrolled.exit_code == 0
    assert serial in enrolled.stdout
    assert (shown.exit_code, shown.stderr) == (
        1,
        "the key of an enrolled certificate is not here\n",
    )


def test_the_revocation_list_comes_as_a_file_that_openssl_reads(
    space: RunningSpace, tmp_path: Path
) -> None:
    out = tmp_path / "list.crl"
    keys(space, "revoke", "infino", "--reason", "superseded")

    done = keys(space, "crl", "--out", str(out))

    assert done.exit_code == 0
    assert out.read_bytes() == space.get("/pki/crl").content

"""Keys of clients from the command and over the control API, and tokens from the command."""

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from jwcrypto import jwk
from typer.testing import CliRunner, Result

from gateway.cli.main import app
from gateway.settings import DEMO_CLOCK, Settings
from gateway.simulation.host import Host
from tests.assertions import good, public_pem, shown, token_of
from tests.people import KARIM
from tests.running import TRANSACTIONS, RunningSpace
from tests.tls import client

JAVA = Path(__file__).parents[1] / "clients/OAuthClient.java"


def keys(space: RunningSpace, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["keys", *arguments, "--data", space.ready["data"]])


def rights(space: RunningSpace, token: str, http: httpx.Client | None = None) -> int:
    where = "/v1/rechten" if http else f"{space.http}/v1/rechten"
    asked = http.get if http else httpx.get
    return asked(where, headers=shown(token)).status_code


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def write(folder: Path, name: str, text: bytes | str) -> str:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(path)


def test_a_token_from_the_command_counts_and_a_bound_one_with_its_certificate(
    shared_space: RunningSpace,
) -> None:
    plain = keys(shared_space, "token", "infino")
    bound = json.loads(keys(shared_space, "token", "infino", "--bound", "--json").stdout)

    assert rights(shared_space, plain.stdout.strip()) == 200
    assert rights(shared_space, bound["access_token"]) == 401
    with client(shared_space, "infino") as own:
        assert rights(shared_space, bound["access_token"], own) == 200


def test_no_token_for_who_is_not_here_or_is_revoked_or_where_nothing_runs(
    space: RunningSpace, tmp_path: Path
) -> None:
    unknown = keys(space, "token", "nobody")
    keys(space, "revoke", "infino")
    revoked = keys(space, "token", "infino")
    nothing = CliRunner().invoke(app, ["keys", "token", "infino", "--data", str(tmp_path / "none")])

    assert (unknown.exit_code, revoked.exit_code, nothing.exit_code) == (2, 2, 1)
    assert "invalid_client: " in revoked.stderr


def test_a_kid_may_begin_with_a_dash_and_is_no_option(space: RunningSpace) -> None:
    told = keys(space, "revoke", "-q7Nobody_has_such_a_key_on_record_here_at_all")

    assert told.exit_code == 2
    assert "no such certificate or key" in told.stderr
    assert keys(space, "revoke", "infino", "--raeson", "x").exit_code != 0


def test_a_key_is_registered_listed_used_and_revoked(space: RunningSpace, tmp_path: Path) -> None:
    own = Ed25519PrivateKey.generate()
    file = write(tmp_path, "own.pub", public_pem(own))

    made = json.loads(keys(space, "register", "infino", file, "--json").stdout)
    draft = good(space)
    draft.key, draft.header["alg"] = own, "EdDSA"
    token = draft.send().json()["access_token"]
    before = rights(space, token)
    listed = json.loads(keys(space, "signing", "infino", "--json").stdout)
    over_http = space.control("GET", "/keys/signing").json()
    told = keys(space, "revoke", made[0]["kid"]).stdout
    after = rights(space, token)
    again = keys(space, "register", "infino", file)
    gone = json.loads(keys(space, "signing", "infino", "--json").stdout)

    assert (before, after) == (200, 401)
    assert [(one["algorithm"], one["certificate"] is None) for one in listed] == [
        ("ES256", False), ("EdDSA", True),
    ]  # fmt: skip
    assert listed == [one for one in over_http if one["credential"] == "infino"]
    assert told.startswith(f"revoked {made[0]['kid']}  infino")
    assert again.exit_code == 2
    assert "on record already" in again.stderr
    assert [one["revoked"] is None for one in gone] == [True, False]


def test_a_private_key_is_not_even_sent(space: RunningSpace, tmp_path: Path) -> None:
    secret = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())  # fmt: skip
    entries = len(space.leaves())

    told = keys(space, "register", "infino", write(tmp_path, "own.pem", secret))
    over_http = space.control("POST", "/keys/signing", {"credential": "infino", "key": secret.decode()})  # fmt: skip

    assert told.exit_code == 3
    assert "keep it" in told.stderr
    assert over_http.status_code == 400
    assert secret.decode().splitlines()[1] not in over_http.text + told.output
    assert len(space.leaves()) == entries


def bad_orders(space: RunningSpace) -> list[dict[str, Any]]:
    key = public_pem(Ed25519PrivateKey.generate()).decode()
    certificate = Path(space.credential("kidslife")["certificate"]).read_text()
    many = [
        json.loads(jwk.JWK.generate(kty="OKP", crv="Ed25519").export_public()) for _ in range(20)
    ]
    return [
        {"credential": "nobody", "key": key},
        {"credential": "infino", "key": "nonsense"},
        {"credential": "infino", "key": certificate},
        {"credential": "infino", "key": json.dumps({"keys": many})},
        {"credential": "infino"},
    ]  # fmt: skip


def test_bad_orders_are_told_what_is_wrong_and_change_nothing(shared_space: RunningSpace) -> None:
    before = shared_space.control("GET", "/keys/signing").json()

    answers = [shared_space.control("POST", "/keys/signing", one) for one in bad_orders(shared_space)]  # fmt: skip

    assert [one.status_code for one in answers] == [400] * 5
    told = [one.json()["issues"][0] for one in answers]
    assert [one["name"] for one in told] == ["credential", "key", "key", "key", "key"]
    assert "on record already" in told[2]["detail"]  # that of another credential's certificate
    assert "20 keys at most" in told[3]["detail"]
    assert shared_space.control("GET", "/keys/signing").json() == before


def test_registered_keys_and_their_revocation_outlive_the_process(tmp_path: Path) -> None:
    kept, gone = Ed25519PrivateKey.generate(), generate_private_key(65537, 2048)
    settings = Settings(data=tmp_path / "s", http_port=0, sftp_port=0, clock=DEMO_CLOCK)
    pairs = ((kept, "EdDSA"), (gone, "RS256"))
    outcomes = []
    for turn in range(2):
        host = Host(settings)
        try:
            space = RunningSpace(host, host.start())
            outcomes += [_registered(space, key) for key, _ in pairs if turn == 0]
            if turn == 0:
                space.control("POST", "/keys/revocations", {"reference": outcomes[1]})
            outcomes += [_signed_by(space, key, algorithm) for key, algorithm in pairs]
        finally:
            host.stop()
    listed = CliRunner().invoke(app, ["keys", "signing", "infino", "--json", "--data", str(settings.data)])  # fmt: skip

    assert outcomes[2:] == ["200", "401", "200", "401"]
    assert [one["algorithm"] for one in json.loads(listed.stdout)] == ["ES256", "EdDSA", "RS256"]


def _registered(space: RunningSpace, key: Any) -> str:
    body = {"credential": "infino", "key": public_pem(key).decode()}
    (made,) = space.control("POST", "/keys/signing", body).json()
    return str(made["kid"])


def _signed_by(space: RunningSpace, key: Any, algorithm: str) -> str:
    draft = good(space)
    draft.key, draft.header["alg"] = key, algorithm
    return str(draft.send().status_code)


def test_an_rsa_pair_of_the_authority_signs_rs256(shared_space: RunningSpace) -> None:
    made = json.loads(keys(shared_space, "issue", "infino", "--rsa", "--json").stdout)
    key = load_pem_private_key(Path(made["private_key"]).read_bytes(), None)
    draft = good(shared_space)
    draft.key, draft.header["alg"] = key, "RS256"  # type: ignore[assignment]  # it is an RSA key

    assert draft.send().status_code == 200


def test_no_token_that_was_got_while_the_key_was_revoked_counts(space: RunningSpace) -> None:
    """Issuing and revoking at once: whoever wins, nothing is left of it."""
    with httpx.Client(base_url=space.http, trust_env=False, timeout=60) as http:

        def get(draft: Any) -> httpx.Response:
            return http.post("/oauth/token", data=draft)

        drafts = [good(space).posted() for _ in range(24)]
        with ThreadPoolExecutor(8) as pool:
            asked = [pool.submit(get, one) for one in drafts[:12]]
            revoked = pool.submit(
                space.control, "POST", "/keys/revocations", {"reference": "infino"}
            )
            asked += [pool.submit(get, one) for one in drafts[12:]]
            answers = [one.result() for one in asked]
    tokens = [one.json()["access_token"] for one in answers if one.status_code == 200]
    entered = [one["outcome"] for one in space.leaves() if one["e"] == "oauth.token"]

    assert revoked.result().status_code == 201
    assert {one.status_code for one in answers} <= {200, 401}
    assert [rights(space, token) for token in tokens] == [401] * len(tokens)
    assert entered.count("permit") == len(tokens)


@pytest.mark.needs("javac")
def test_a_stock_java_client_gets_its_token_and_asks(shared_space: RunningSpace) -> None:
    one = shared_space.credential("vutg-rechten")

    told = subprocess.run(
        ["java", str(JAVA), one["private_key"], one["client_id"], shared_space.http, TRANSACTIONS,
         json.dumps({"insz": KARIM})],
        capture_output=True, text=True, timeout=55, check=False,
    )  # fmt: skip

    status, _, body = told.stdout.partition("\n")
    assert status == "403", told.stdout + told.stderr
    assert json.loads(body)["reason"] == "not-registered"
    assert [one["e"] for one in shared_space.leaves()[-2:]] == ["oauth.token", "decision"]


def test_without_demo_a_token_is_the_way_in(tmp_path: Path) -> None:
    host = Host(Settings(data=tmp_path / "s", http_port=0, sftp_port=0))
    try:
        space = RunningSpace(host, host.start())
        assert space.credential("infino")["token"] is None
        assert rights(space, token_of(space)) == 200
    finally:
        host.stop()

"""Tokens over real sockets: got by stock clients, used, bound, looked at, given up, and dead when they must be."""

import json
import socket
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc.jwk import ECKey, RSAKey
from jwcrypto import jwk, jwt

from consumers.answers import Refused
from consumers.wire_http import HttpWire
from consumers.wire_oauth import Assertions, TokenAuth
from consumers.wire_rest import RestClient
from consumers.wire_tls import with_certificate
from gateway.settings import DEMO_CLOCK, Settings
from gateway.simulation.host import Host
from tests.assertions import (
    UNIT,
    base64url,
    good,
    key_of,
    machine_now,
    public_pem,
    shown,
    token_of,
)
from tests.people import ELIF, KARIM
from tests.running import TRANSACTIONS, RunningSpace
from tests.tls import client, client_with, context_of, forge

BODY = {"insz": ELIF}
OTHER = "kidslife"


@contextmanager
def running(data: Path, clock: str = DEMO_CLOCK, **options: Any) -> Iterator[RunningSpace]:
    settings = Settings(data=data, sftp_port=0, clock=clock, **({"http_port": 0} | options))
    host = Host(settings)
    try:
        yield RunningSpace(host, host.start())
    finally:
        host.stop()


@pytest.fixture
def space(shared_space: RunningSpace) -> RunningSpace:
    """One space for the module: every test that takes something away has a unit of its own."""
    shared_space.host.space.gateway.attempts._windows.clear()
    return shared_space


@pytest.fixture(scope="module")
def units(shared_space: RunningSpace) -> Iterator[str]:
    return iter([one for one in shared_space.ready["credentials"] if one not in (UNIT, OTHER)])


@pytest.fixture
def unit(units: Iterator[str]) -> str:
    """A credential that no other test touches."""
    return next(units)


def watch(space: RunningSpace) -> Callable[[], Sequence[dict[str, Any]]]:
    """What is entered from now on."""
    before = len(space.leaves())
    return lambda: space.leaves()[before:]


def asked(space: RunningSpace, token: str, http: httpx.Client | None = None) -> int:
    """What becomes of a question with this token: 403 is for a caller who is known and may not ask it."""
    if http is None:
        answer = httpx.post(
            space.http + TRANSACTIONS, json=BODY, headers=shown(token), trust_env=False, timeout=30
        )
    else:
        answer = http.post(TRANSACTIONS, json=BODY, headers=shown(token))
    assert answer.json()["reason"] == "credential-invalid" or answer.status_code == KNOWN
    return answer.status_code


KNOWN, INVALID = 403, 401


# ---------------------------------------------------------------------------- stock clients
def authlib_session(space: RunningSpace, unit: str, key: Any, algorithm: str) -> OAuth2Session:
    session = OAuth2Session(
        space.credential(unit)["client_id"], key, token_endpoint_auth_method="private_key_jwt"
    )
    session.register_client_auth_method(PrivateKeyJWT(alg=algorithm))
    session.trust_env = False
    return session


def test_a_stock_client_finds_the_doors_gets_a_token_and_asks(space: RunningSpace) -> None:
    key = ECKey.import_key(Path(space.credential(UNIT)["private_key"]).read_bytes())
    space.register(UNIT, KARIM)

    with authlib_session(space, UNIT, key, "ES256") as session:
        found = session.get(
            f"{space.http}/.well-known/oauth-authorization-server", withhold_token=True
        ).json()
        token = session.fetch_token(
            found["token_endpoint"], grant_type="client_credentials", scope="magda_read"
        )
        answer = session.post(space.http + TRANSACTIONS, json={"insz": KARIM})

    assert (token["token_type"], token["expires_in"], token["scope"]) == (
        "Bearer",
        3600,
        "magda_read",
    )
    assert answer.status_code == 200
    assert answer.json()["verrichtingen"][0]["verrichtingbedrag"] == "600.00"
    got, told = space.leaves()[-2:]
    assert (got["e"], got["outcome"], got["credential"]) == ("oauth.token", "permit", UNIT)
    assert (told["e"], told["outcome"], told["credential"]) == ("decision", "permit", UNIT)


def test_a_stock_client_signs_with_an_rsa_key_that_was_registered(
    space: RunningSpace, unit: str
) -> None:
    key = generate_private_key(65537, 2048)
    body = {"credential": unit, "key": public_pem(key).decode()}
    assert space.control("POST", "/keys/signing", body).status_code == 201

    with authlib_session(space, unit, RSAKey.import_key(key), "RS256") as session:
        token = session.fetch_token(f"{space.http}/oauth/token", grant_type="client_credentials")

    assert asked(space, token["access_token"]) == KNOWN


def test_an_ed25519_key_signs_as_well(space: RunningSpace, unit: str) -> None:
    key = Ed25519PrivateKey.generate()
    body = {"credential": unit, "key": public_pem(key).decode()}
    assert space.control("POST", "/keys/signing", body).status_code == 201
    draft = good(space, unit)
    draft.key, draft.header["alg"] = key, "EdDSA"

    answer = draft.send()

    assert answer.status_code == 200
    assert asked(space, answer.json()["access_token"]) == KNOWN


def test_another_library_checks_the_token_with_the_published_keys(space: RunningSpace) -> None:
    draft = good(space)
    draft.form["scope"] = "a b"
    token = draft.send().json()["access_token"]
    keys = jwk.JWKSet.from_json(space.get("/oauth/jwks").text)

    read = jwt.JWT(jwt=token, key=keys, algs=["EdDSA"])

    header, claims = json.loads(read.header), json.loads(read.claims)
    (published,) = keys
    assert header == {"typ": "at+jwt", "alg": "EdDSA", "kid": published.thumbprint()}
    assert {name: claims[name] for name in ("iss", "aud", "sub", "client_id", "scope")} == {
        "iss": space.http, "aud": space.http, "sub": "magda-sim-infino",
        "client_id": "magda-sim-infino", "scope": "a b",
    }  # fmt: skip
    assert claims["exp"] - claims["iat"] == 3600
    assert published.export_public(as_dict=True) == json.loads(published.export())


def test_a_token_asks_over_soap_and_where_else_a_credential_is_wanted(space: RunningSpace) -> None:
    token = token_of(space, "ahovoks-studietoelagen")

    rights = space.get("/v1/rechten", **shown(token))
    said = httpx.post(
        f"{space.http}/soap", content=b"<x/>", headers=shown(token), trust_env=False, timeout=30
    )

    assert rights.json()["eenheid"] == "ahovoks-studietoelagen"
    assert b"10001" in said.content
    assert space.leaves()[-1]["credential"] == "ahovoks-studietoelagen"


@pytest.mark.needs("curl")
def test_a_stock_curl_and_openssl_get_a_token_with_no_other_tool(space: RunningSpace) -> None:
    """RS256 needs no more than `openssl dgst`: this is what a shell script can do."""
    folder = Path(space.ready["data"])
    script = f"""
set -eu
openssl genrsa -out own.pem 2048 2>/dev/null && openssl rsa -in own.pem -pubout -out own.pub 2>/dev/null
curl -sS --noproxy '*' -H "Authorization: Bearer {space.ready["control_token"]}" -H 'Content-Type: application/json' \\
  -d "$(python3 -c 'import json; print(json.dumps({{"credential": "infino", "key": open("own.pub").read()}}))')" \\
  {space.ready["control"]}/keys/signing >/dev/null
b64() {{ openssl base64 -A | tr '+/' '-_' | tr -d '='; }}
now=$(date +%s); url={space.http}/oauth/token
head=$(printf '{{"alg":"RS256"}}' | b64)
body=$(printf '{{"iss":"magda-sim-infino","sub":"magda-sim-infino","aud":"%s","exp":%d,"jti":"j-%s"}}' $url $((now + 60)) $now | b64)
sign=$(printf '%s.%s' $head $body | openssl dgst -sha256 -sign own.pem -binary | b64)
curl -sS --noproxy '*' -d grant_type=client_credentials -d client_assertion=$head.$body.$sign \\
  -d client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer $url
"""
    told = subprocess.run(
        ["bash", "-c", script], cwd=folder, capture_output=True, text=True, timeout=50, check=True
    ).stdout

    assert asked(space, json.loads(told)["access_token"]) == KNOWN


# ---------------------------------------------------------------------------- bound to a certificate
def issued_client(space: RunningSpace, unit: str) -> httpx.Client:
    """A client with another certificate of a credential."""
    made = space.control("POST", "/keys", {"credential": unit}).json()
    context = with_certificate(space.ready["ca"], made["certificate"], made["private_key"])
    return client_with(space, context)


def test_a_token_got_with_a_certificate_counts_with_that_certificate_only(
    space: RunningSpace,
    unit: str,
) -> None:
    entered = watch(space)
    with (
        client(space, unit) as own,
        client(space, None) as nobody,
        client(space, OTHER) as other,
        issued_client(space, unit) as second,
    ):
        token = token_of(space, unit, http=own)
        outcomes = [asked(space, token, one) for one in (own, nobody, other, second, None)]
    detail = httpx.post(
        space.http + TRANSACTIONS, json=BODY, headers=shown(token), trust_env=False
    ).json()["detail"]

    assert outcomes == [KNOWN, INVALID, INVALID, INVALID, INVALID]
    assert "bound to a certificate" in detail
    certificate = x509.load_pem_x509_certificate(
        Path(space.credential(unit)["certificate"]).read_bytes()
    )
    read = jwt.JWT(
        jwt=token, key=jwk.JWKSet.from_json(space.get("/oauth/jwks").text), algs=["EdDSA"]
    )
    assert json.loads(read.claims)["cnf"] == {
        "x5t#S256": base64url(certificate.fingerprint(SHA256()))
    }
    assert [one["bound"] for one in entered() if one["e"] == "oauth.token"] == [True]


def test_a_token_got_without_one_counts_beside_any_certificate_of_its_credential(
    space: RunningSpace,
    unit: str,
) -> None:
    token = token_of(space, unit)

    with client(space, unit) as own, client(space, None) as nobody, client(space, OTHER) as other:  # fmt: skip
        outcomes = [asked(space, token, one) for one in (own, nobody, other)]

    assert outcomes == [KNOWN, KNOWN, INVALID]


def test_a_certificate_alone_says_which_client_asks(space: RunningSpace, unit: str) -> None:
    form = {"grant_type": "client_credentials", "client_id": f"magda-sim-{unit}"}
    entered = watch(space)

    with client(space, unit) as own, client(space, None) as nobody, client(space, OTHER) as other:  # fmt: skip
        answers = [one.post("/oauth/token", data=form) for one in (own, nobody, other)]
        unnamed = own.post("/oauth/token", data={"grant_type": "client_credentials"})
        token = answers[0].json()["access_token"]
        outcomes = [asked(space, token, one) for one in (own, nobody)]

    assert [one.status_code for one in answers] == [200, 401, 401]
    assert (unnamed.status_code, unnamed.json()["error"]) == (401, "invalid_client")
    assert outcomes == [KNOWN, INVALID]
    first = next(one for one in entered() if one["e"] == "oauth.token")
    assert (first["method"], first["key"], first["bound"]) == ("tls_client_auth", None, True)


def test_assertion_and_certificate_must_name_the_same_client(
    space: RunningSpace, unit: str
) -> None:
    with client(space, OTHER) as other:
        answer = good(space, unit).send(http=other)

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert "two credentials" in answer.json()["error_description"]
    assert space.leaves()[-1]["credential"] is None


def test_a_certificate_that_does_not_count_gets_no_token(
    space: RunningSpace, unit: str, tmp_path: Path
) -> None:
    space.control("POST", "/keys/revocations", {"reference": unit})
    old = {"credential": OTHER, "from": "2024-01-01T00:00:00+01:00", "until": "2025-01-01T00:00:00+01:00"}  # fmt: skip
    made = space.control("POST", "/keys", old).json()
    expired = with_certificate(space.ready["ca"], made["certificate"], made["private_key"])
    with client(space, unit) as revoked, client_with(space, expired) as late:
        answers = [good(space, OTHER).send(http=one) for one in (revoked, late)]

    assert [(one.status_code, one.json()["error"]) for one in answers] == [
        (401, "invalid_client")
    ] * 2
    assert "expired at" in answers[1].json()["error_description"]


def test_a_bound_token_ends_on_the_spaces_clock_with_its_certificate(
    space: RunningSpace, unit: str
) -> None:
    at = datetime.fromisoformat(space.control("GET", "/clock").json()["now"])
    body = {"credential": unit, "until": (at + timedelta(seconds=30)).isoformat()}
    made = space.control("POST", "/keys", body).json()
    context = with_certificate(space.ready["ca"], made["certificate"], made["private_key"])
    with client_with(space, context) as own:
        token = token_of(space, unit, http=own)
        before = asked(space, token, own)
        space.control("POST", "/clock/advance", {"seconds": 60})
        after = asked(space, token, own)
    looked = good(space, unit)
    looked.form = {"token": token}

    assert (before, after) == (KNOWN, INVALID)
    assert looked.send("/oauth/introspect").json() == {"active": False}


# ---------------------------------------------------------------------------- time
@pytest.mark.parametrize("clock", ["1999-12-31T23:59:00+01:00", "2099-06-01T00:00:00+02:00"])
def test_the_clock_of_the_space_does_not_matter(tmp_path: Path, clock: str) -> None:
    with running(tmp_path / "s", clock) as space:
        token = token_of(space)
        before = asked(space, token)
        space.control("POST", "/clock/advance", {"seconds": 7200})
        after = asked(space, token)

    assert (before, after) == (KNOWN, KNOWN)


def test_a_token_ends_in_machine_time_and_a_form_that_does_not_come_is_not_waited_for(
    tmp_path: Path,
) -> None:
    with running(tmp_path / "s", token_lifetime=1, body_timeout=1.5) as space:
        token, told = token_of(space), KNOWN
        deadline = machine_now() + 30
        while told == KNOWN and machine_now() < deadline:
            told = asked(space, token)
        with half_a_form(space) as line:
            answer = line.recv(65_536)
        last = space.leaves()[-1]

    assert told == INVALID
    assert answer.startswith(b"HTTP/1.1 400")
    assert b'{"error":"invalid_request"' in answer
    assert (last["e"], last["reasons"]) == ("oauth.token", ["message-invalid"])


@pytest.fixture
def own_port() -> Iterator[int]:
    """A port that nobody else is given, also while nobody listens there: bound, and not listened at."""
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def test_a_restart_and_a_reset_kill_tokens_and_make_no_assertion_new(
    tmp_path: Path, own_port: int
) -> None:
    with running(tmp_path / "s", http_port=own_port, https_port=0) as space:
        draft = good(space)
        token = draft.send().json()["access_token"]
        first = asked(space, token)
    with running(tmp_path / "s", http_port=own_port, https_port=0) as space:
        second = asked(space, token)
        replayed = httpx.post(f"{space.http}/oauth/token", data=draft.posted(), trust_env=False)
        fresh = token_of(space)
        third = asked(space, fresh)
        assert space.control("POST", "/reset", {}).status_code == 200
        fourth, fifth = asked(space, fresh), asked(space, token_of(space))

    assert (first, second, third, fourth, fifth) == (KNOWN, INVALID, KNOWN, INVALID, KNOWN)
    assert "shown before" in replayed.json()["error_description"]


# ---------------------------------------------------------------------------- revocation
def test_revoking_a_credential_kills_its_tokens_at_once_and_nobody_elses(
    space: RunningSpace,
    unit: str,
) -> None:
    token, other = token_of(space, unit), token_of(space, OTHER)
    with client(space, unit) as own:
        bound = token_of(space, unit, http=own)

        revoked = space.control("POST", "/keys/revocations", {"reference": unit})

        outcomes = [asked(space, token), asked(space, bound, own), asked(space, other)]
    again = good(space, unit).send()

    assert revoked.status_code == 201
    assert outcomes == [INVALID, INVALID, KNOWN]
    assert (again.status_code, again.json()["error"]) == (401, "invalid_client")


def test_revoking_one_key_kills_what_that_key_got(space: RunningSpace, unit: str) -> None:
    key = Ed25519PrivateKey.generate()
    body = {"credential": unit, "key": public_pem(key).decode()}
    entered = watch(space)
    (made,) = space.control("POST", "/keys/signing", body).json()
    draft = good(space, unit)
    draft.key, draft.header["alg"] = key, "EdDSA"
    by_key, by_certificate = draft.send().json()["access_token"], token_of(space, unit)

    revoked = space.control("POST", "/keys/revocations", {"reference": made["kid"]}).json()
    again = good(space, unit)
    again.key, again.header["alg"] = key, "EdDSA"

    assert [one["kid"] for one in revoked] == [made["kid"]]
    assert [asked(space, one) for one in (by_key, by_certificate)] == [INVALID, KNOWN]
    assert again.send().status_code == 401
    acts = [(one["e"], one["credential"]) for one in entered() if one["e"].startswith("client-key")]
    assert acts == [("client-key.registered", unit), ("client-key.revoked", unit)]


def test_revoking_a_certificate_kills_what_is_bound_to_it_and_what_its_key_got(
    space: RunningSpace,
    unit: str,
) -> None:
    with issued_client(space, unit) as second, client(space, unit) as first:
        serial = space.control("GET", "/keys").json()[-1]["serial"]
        bound_to_second, bound_to_first = (
            token_of(space, unit, http=second),
            token_of(space, unit, http=first),
        )

        space.control("POST", "/keys/revocations", {"reference": serial})

        outcomes = [asked(space, bound_to_second, second), asked(space, bound_to_first, first)]

    assert outcomes == [INVALID, KNOWN]


def test_a_key_that_something_else_vouches_for_stays(
    space: RunningSpace, unit: str, tmp_path: Path
) -> None:
    """An enrolled certificate over the same key as the credential's own."""
    forged = forge(tmp_path, "twin", private=key_of(space, unit))
    body = {"credential": unit, "certificate": forged.certificate.read_text()}
    enrolled = space.control("POST", "/keys/enrolments", body).json()
    token = token_of(space, unit)

    space.control("POST", "/keys/revocations", {"reference": enrolled["serial"]})
    first = asked(space, token)
    space.control("POST", "/keys/revocations", {"reference": unit})

    assert (first, asked(space, token)) == (KNOWN, INVALID)


def test_a_client_gives_up_its_own_token_and_no_other(space: RunningSpace, unit: str) -> None:
    own, other, demo = (
        token_of(space, unit),
        token_of(space, OTHER),
        space.credential(unit)["token"],
    )
    answers, entered = [], watch(space)
    for token in (own, other, "nonsense", demo):
        draft = good(space, unit)
        draft.form = {"token": token, "token_type_hint": "access_token"}
        answers.append(draft.send("/oauth/revoke"))

    assert [(one.status_code, one.content) for one in answers] == [(200, b"")] * 4
    assert [asked(space, one) for one in (own, other, demo)] == [INVALID, KNOWN, KNOWN]
    ended = [one["ended"] for one in entered() if one["e"] == "oauth.revocation"]
    assert ended == [True, False, False, False]


# ---------------------------------------------------------------------------- introspection
def looked_at(space: RunningSpace, token: str, unit: str = UNIT) -> dict[str, Any]:
    draft = good(space, unit)
    draft.form = {"token": token}
    answer = draft.send("/oauth/introspect")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    told: dict[str, Any] = answer.json()
    return told


def test_a_client_is_told_of_its_own_tokens_only(space: RunningSpace, unit: str) -> None:
    own, other = token_of(space, unit), token_of(space, OTHER)
    with client(space, unit) as secure:
        bound = token_of(space, unit, http=secure)

    entered = watch(space)
    told = looked_at(space, own, unit)

    assert told.pop("jti")
    assert told.pop("exp") - told.pop("iat") == 3600
    assert told == {
        "active": True, "token_type": "Bearer", "iss": space.http, "aud": space.http,
        "sub": f"magda-sim-{unit}", "client_id": f"magda-sim-{unit}",
    }  # fmt: skip
    assert "x5t#S256" in looked_at(space, bound, unit)["cnf"]
    assert looked_at(space, space.credential(unit)["token"], unit)["active"] is True
    for token in (other, "nonsense", own + "x", own[:-2], space.ready["control_token"]):
        assert looked_at(space, token, unit) == {"active": False}
    assert looked_at(space, own, OTHER) == {"active": False}
    told_so = [one["active"] for one in entered() if one["e"] == "oauth.introspection"]
    assert told_so == [True, True, True, *[False] * 6]


@pytest.mark.parametrize("path", ["/oauth/introspect", "/oauth/revoke"])
def test_looking_and_ending_want_to_know_the_client(space: RunningSpace, path: str) -> None:
    token = token_of(space)

    nobody = httpx.post(space.http + path, data={"token": token}, trust_env=False)
    bearer = httpx.post(space.http + path, data={"token": token}, headers=shown(token), trust_env=False)  # fmt: skip
    nothing = good(space)
    nothing.form = {}
    empty = nothing.send(path)

    assert [one.json()["error"] for one in (nobody, bearer)] == ["invalid_client"] * 2
    assert (empty.status_code, empty.json()["error"]) == (400, "invalid_request")
    assert asked(space, token) == KNOWN


# ---------------------------------------------------------------------------- what may be asked
FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize(
    ("fields", "error", "element"),
    [
        ({"grant_type": None}, "invalid_request", "grant_type"),
        ({"grant_type": ""}, "invalid_request", "grant_type"),
        ({"grant_type": "password"}, "unsupported_grant_type", "grant_type"),
        ({"grant_type": "authorization_code"}, "unsupported_grant_type", "grant_type"),
        ({"scope": "a  b"}, "invalid_scope", "scope"),
        ({"scope": 'a"b'}, "invalid_scope", "scope"),
        ({"scope": "é"}, "invalid_scope", "scope"),
        ({"scope": "a\nb"}, "invalid_scope", "scope"),
        ({"scope": "x" * 1001}, "invalid_scope", "scope"),
        ({"resource": "https://elsewhere.example"}, "invalid_target", "resource"),
        ({"audience": "somebody"}, "invalid_target", "audience"),
    ],
)
def test_what_is_not_to_be_had_is_told_by_its_own_code(
    space: RunningSpace, fields: dict[str, str | None], error: str, element: str
) -> None:
    draft = good(space)
    draft.form |= fields

    answer = draft.send()

    said = answer.json()
    assert (answer.status_code, said["error"]) == (400, error)
    assert said["error_description"].startswith(f"{element}: ")
    leaf = space.leaves()[-1]
    assert (leaf["outcome"], leaf["credential"], leaf["error"]) == ("refusal", UNIT, error)


@pytest.mark.parametrize("name", ["resource", "audience"])
def test_a_token_says_for_which_of_our_addresses_it_is(space: RunningSpace, name: str) -> None:
    draft = good(space)
    draft.form[name] = f"{space.http}/v1/werk"

    told = looked_at(space, draft.send().json()["access_token"])

    assert told["aud"] == f"{space.http}/v1/werk"


def post_raw(space: RunningSpace, body: bytes, path: str = "/oauth/token", **headers: str) -> httpx.Response:  # fmt: skip
    named = FORM | {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.post(space.http + path, content=body, headers=named, trust_env=False, timeout=30)


@pytest.mark.parametrize(
    ("body", "path", "headers", "status", "told"),
    [
        (b"grant_type=a&grant_type=b", "", {}, 400, "more than once"),
        (b"grant_type=%FF", "", {}, 400, "cannot be read as a form"),
        (b"grant_type", "", {}, 400, "cannot be read as a form"),
        ("grant_type=é".encode(), "", {}, 400, "cannot be read as a form"),
        (b"&".join(b"a%d=1" % n for n in range(60)), "", {}, 400, "cannot be read as a form"),
        (b"a=" + b"x" * 70_000, "", {}, 413, "over 65536 bytes"),
        (b"{}", "", {"content_type": "application/json"}, 400, "content-type"),
        (b"a=1", "?client_id=x", {}, 400, "query"),
        (b"", "", {}, 401, "does not say which client"),
        (b"a=1", "", {"authorization": "Basic eDp5"}, 401, "no secret"),
        (b"client_id=x&client_secret=y", "", {}, 401, "no secret"),
    ],
)
def test_a_request_of_a_wrong_form_is_told_and_entered(
    space: RunningSpace, body: bytes, path: str, headers: dict[str, str], status: int, told: str
) -> None:
    entered = watch(space)
    answer = post_raw(space, body, f"/oauth/token{path}", **headers)

    assert answer.status_code == status
    assert told in answer.json()["error_description"]
    assert answer.json()["decision"] == f"D-{len(space.leaves())}"
    (leaf,) = entered()
    assert (leaf["e"], leaf["outcome"], leaf["credential"]) == ("oauth.token", "refusal", None)
    scheme = "Basic" if "authorization" in headers else "Bearer"
    assert answer.headers.get("www-authenticate", scheme).startswith(scheme)


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/introspect", "/oauth/revoke"])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"])
def test_only_post_is_allowed_and_anything_else_is_entered(
    space: RunningSpace, path: str, method: str
) -> None:
    before = len(space.leaves())

    answer = httpx.request(method, f"{space.http}{path}?client_id=x", trust_env=False)

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert len(space.leaves()) == before + 1


def half_a_form(space: RunningSpace) -> socket.socket:
    host, port = space.http.removeprefix("http://").split(":")
    line = socket.create_connection((host, int(port)), timeout=20)
    head = f"POST /oauth/token HTTP/1.1\r\nHost: x\r\nContent-Type: {FORM['content-type']}\r\nContent-Length: 50"
    line.sendall(f"{head}\r\n\r\na=1".encode())
    return line


def test_a_client_that_leaves_half_way_is_entered(space: RunningSpace) -> None:
    entered = watch(space)

    half_a_form(space).close()
    for _ in range(200):
        if entered():
            break
        space.get("/health")

    assert [(one["e"], one["reasons"]) for one in entered()] == [
        ("oauth.token", ["message-invalid"])
    ]


# ---------------------------------------------------------------------------- the log
def test_a_flood_of_strangers_shares_one_entry_and_without_a_log_there_is_no_token(
    tmp_path: Path,
) -> None:
    with running(tmp_path / "s") as space:
        gateway = space.host.space.gateway
        with httpx.Client(base_url=space.http, trust_env=False, timeout=30) as stranger:
            answers = [stranger.post("/oauth/token", data={"a": "1"}) for _ in range(60)]
            answers += [
                stranger.post("/oauth/token", content=b"%", headers=FORM) for _ in range(60)
            ]
        known = good(space).send()
        gateway.attempts.flush(closing=True)
        kinds = [(one["e"], one.get("count")) for one in space.leaves()[99:]]
        before = len(gateway.credentials._known)
        gateway.log.close()
        unlogged = good(space).send()
        after = len(gateway.credentials._known)

    assert [one.status_code for one in answers] == [401] * 60 + [400] * 60
    assert [one.json()["decision"] is None for one in answers] == [False] * 100 + [True] * 20
    assert known.status_code == 200
    assert kinds == [("oauth.token", None), ("oauth.token", None), ("attempts", 20)]
    assert (unlogged.status_code, unlogged.json()["error"]) == (503, "temporarily_unavailable")
    assert "access_token" not in unlogged.json()
    assert after == before


def test_a_client_that_asks_too_often_is_told_when_to_come_back(
    space: RunningSpace, unit: str
) -> None:
    limits = {"each": None, "own": {unit: {"rate": 0.001, "burst": 1}}}
    assert space.control("PUT", "/throttle", limits).status_code == 200
    try:
        first, second, other = (
            good(space, unit).send(),
            good(space, unit).send(),
            good(space).send(),
        )
    finally:
        space.control("PUT", "/throttle", {"each": None, "own": {}})

    assert (first.status_code, second.status_code, other.status_code) == (200, 429, 200)
    assert second.json()["error"] == "temporarily_unavailable"
    assert int(second.headers["retry-after"]) > 900
    refused = space.leaves()[-2]
    assert (refused["credential"], refused["reasons"]) == (unit, ["too-many-requests"])


def test_nothing_that_a_client_sent_stands_in_the_log(space: RunningSpace) -> None:
    draft = good(space, jti=f"jti-{KARIM}", whatever=KARIM)
    draft.form |= {"scope": f"voor-{KARIM}", KARIM: KARIM}
    draft.header["kid"] = KARIM

    assert draft.send().status_code == 200
    bad = good(space)
    bad.form |= {"scope": f'"{KARIM}', "grant_type": KARIM}
    assert KARIM not in bad.send().text

    assert KARIM not in str(space.leaves())


def test_the_same_acts_give_the_same_log_although_no_two_tokens_are_alike(tmp_path: Path) -> None:
    roots, tokens = [], []
    for name in ("a", "b"):
        with running(tmp_path / name) as space:
            tokens += [token_of(space), token_of(space)]
            roots.append(space.host.space.gateway.log.reader.head().root)

    assert roots[0] == roots[1]
    assert len(set(tokens)) == 4


# ---------------------------------------------------------------------------- addresses
PATHS = ("/.well-known/oauth-authorization-server", "/.well-known/openid-configuration")


@pytest.mark.parametrize("path", PATHS)
def test_discovery_tells_the_address_that_was_called(space: RunningSpace, path: str) -> None:
    plain = space.get(path).json()
    with client(space, None) as connection:
        secure = connection.get(path).json()
    named = space.get(path, Host=space.http.replace("http://127.0.0.1", "localhost"))

    tls = space.ready["https"]
    assert (plain["issuer"], secure["issuer"]) == (space.http, tls)
    assert named.json()["issuer"] == space.http.replace("127.0.0.1", "localhost")
    assert plain["token_endpoint"] == f"{space.http}/oauth/token"
    assert plain["mtls_endpoint_aliases"]["token_endpoint"] == f"{tls}/oauth/token"
    assert plain["token_endpoint_auth_signing_alg_values_supported"] == ["ES256", "RS256", "EdDSA"]
    for name in ("jwks_uri", "introspection_endpoint", "revocation_endpoint"):
        assert plain[name].startswith(f"{space.http}/oauth/")


def test_a_host_header_makes_nobody_of_us(space: RunningSpace) -> None:
    """Else an assertion made for somebody else could be shown here under that name."""
    draft = good(space, aud="http://elsewhere.example/oauth/token")
    url = f"{space.http}/oauth/token"

    answer = httpx.post(url, data=draft.posted(), headers={"Host": "elsewhere.example"}, trust_env=False)  # fmt: skip
    found = space.get(PATHS[0], Host="elsewhere.example").json()

    assert "aud: " in answer.json()["error_description"]
    assert found["issuer"] == space.http


def test_a_proxy_goes_by_the_names_that_were_set_and_magda_says_no_more_than_oauth(
    tmp_path: Path,
) -> None:
    options = {"public_urls": "https://sim.example", "fidelity": "magda"}
    with running(tmp_path / "s", **options) as space:
        draft = good(space, aud="https://sim.example/oauth/token")
        url, named = f"{space.http}/oauth/token", {"Host": "sim.example"}
        token = httpx.post(url, data=draft.posted(), headers=named, trust_env=False).json()
        found = space.get(PATHS[0], **named).json()
        told = looked_at(space, token["access_token"])
        refused = httpx.post(url, data={"a": "1"}, trust_env=False)

    assert (found["issuer"], told["iss"]) == ("https://sim.example", "https://sim.example")
    assert refused.json() == {"error": "invalid_client"}


def test_a_space_behind_a_prefix_is_an_issuer_of_its_own(space: RunningSpace) -> None:
    dispatcher = space.host._dispatcher
    dispatcher.spaces["t1"] = dispatcher.default
    base = f"{space.http}/spaces/t1"

    found = [
        space.get(path).json()
        for path in (f"{PATHS[0]}/spaces/t1", f"/spaces/t1{PATHS[0]}", f"/spaces/t1{PATHS[1]}")
    ]
    token = good(space, aud=f"{base}/oauth/token").send("/spaces/t1/oauth/token")
    other = good(space).send("/spaces/t1/oauth/token")

    assert [one["issuer"] for one in found] == [base] * 3
    assert found[0]["token_endpoint"] == f"{base}/oauth/token"
    assert looked_at(space, token.json()["access_token"])["iss"] == base
    assert (other.status_code, other.json()["error"]) == (401, "invalid_client")


def test_openapi_tells_the_doors_and_how_to_come_in(space: RunningSpace) -> None:
    told = space.get("/openapi.json").json()

    token = told["paths"]["/oauth/token"]
    assert list(token) == ["post"]
    fields = token["post"]["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]
    assert {"grant_type", "client_assertion", "client_assertion_type"} <= set(fields["properties"])
    assert {"200", "400", "401", "503"} <= set(token["post"]["responses"])
    schemes = told["components"]["securitySchemes"]
    assert schemes["oauth"]["flows"]["clientCredentials"]["tokenUrl"] == "oauth/token"
    assert schemes["certificate"]["type"] == "mutualTLS"
    question = told["paths"][TRANSACTIONS]["post"]["security"]
    assert question == [{"token": []}, {"oauth": []}, {"certificate": []}]


def test_the_typed_client_gets_a_new_token_when_the_old_one_dies(
    space: RunningSpace, unit: str
) -> None:
    one = space.credential(unit)
    auth = TokenAuth(f"{space.http}/oauth/token", Assertions(one["client_id"], one["private_key"]))
    entered = watch(space)
    with RestClient(HttpWire(space.http, auth)) as rest:
        first, second = rest.transactions(KARIM), rest.transactions(KARIM)
        space.host.space.gateway.credentials.withdraw_tokens(lambda _: True)
        third = rest.transactions(KARIM)

    told = {one.reason for one in (first, second, third) if isinstance(one, Refused)}
    assert told
    assert not told & {"credential-invalid", "credential-missing"}
    got = [one["e"] for one in entered()].count("oauth.token")
    assert got == 2
    with secure_client(space, unit) as bound:
        assert bound.get("/v1/rechten").json()["eenheid"] == one["unit"]
    assert space.leaves()[-2]["bound"] is True


def secure_client(space: RunningSpace, unit: str) -> httpx.Client:
    """The same auth on a connection that shows a certificate."""
    one, base = space.credential(unit), space.ready["https"]
    auth = TokenAuth(f"{base}/oauth/token", Assertions(one["client_id"], one["private_key"]))
    return httpx.Client(base_url=base, verify=context_of(space, unit), auth=auth, trust_env=False)


def test_a_token_does_not_open_the_control_api(space: RunningSpace) -> None:
    token = token_of(space)

    answer = httpx.get(f"{space.ready['control']}/clock", headers=shown(token), trust_env=False)

    assert answer.status_code == 401

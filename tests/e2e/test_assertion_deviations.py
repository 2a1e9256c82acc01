"""Every single deviation of a good assertion is refused with its own clear error, and entered."""

import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.assertions import Draft, base64url, good, key_of, machine_now, public_pem
from tests.running import RunningSpace

NQCHAR = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]+")
Change = Callable[[Draft], object]
SIGNATURE = "signature: no key of the client"
NOT_UTF8 = base64url(b'{"alg": "\xff"}') + ".e30.AAAA"
UNREADABLE = "it is no signed JWT in compact form"


def claim(name: str, value: Any) -> Change:
    return lambda draft: draft.claims.__setitem__(name, value)


def soon(name: str, seconds: float) -> Change:
    """A claim so many seconds from now."""
    return lambda draft: draft.claims.update({name: machine_now() + seconds})


def without(name: str) -> Change:
    return lambda draft: draft.claims.pop(name)


def header(name: str, value: Any) -> Change:
    return lambda draft: draft.header.__setitem__(name, value)


def form(name: str, value: Any) -> Change:
    return lambda draft: draft.form.__setitem__(name, value)


def key(make: Callable[[Draft], Any], algorithm: str = "ES256") -> Change:
    def change(draft: Draft) -> None:
        draft.key = make(draft)
        draft.header["alg"] = algorithm

    return change


def finish(change: Callable[[str], str]) -> Change:
    return lambda draft: setattr(draft, "finish", change)


def both(name: str) -> Change:
    def change(draft: Draft) -> None:
        draft.claims["iss"] = draft.claims["sub"] = name

    return change


def embedded(draft: Draft) -> None:
    """A key of one's own, brought along in every way there is, and signed with."""
    own = ec.generate_private_key(ec.SECP256R1())
    numbers = own.public_key().public_numbers()
    draft.key = own
    draft.header["jwk"] = {
        "kty": "EC", "crv": "P-256", "x": base64url(numbers.x.to_bytes(32, "big")),
        "y": base64url(numbers.y.to_bytes(32, "big")),
    }  # fmt: skip
    der = own.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    draft.header |= {"jku": "https://elsewhere.example/jwks", "x5u": "https://elsewhere.example/c",
                     "x5c": [base64url(der)], "kid": "my-own"}  # fmt: skip


def twice_the_subject(draft: Draft) -> None:
    """Who reads the first `sub` sees one client, who reads the last another."""
    text = json.dumps(draft.claims)
    doubled = text[:-1] + f', "sub": {json.dumps(draft.claims["sub"])}}}'
    draft.form["client_assertion"] = draft.compact_of(json.dumps(draft.header), doubled)


def raw(header_text: str | None = None, claims_text: str | None = None) -> Change:
    def change(draft: Draft) -> None:
        draft.form["client_assertion"] = draft.compact_of(
            header_text or json.dumps(draft.header), claims_text or json.dumps(draft.claims)
        )

    return change


def as_der(draft: Draft) -> None:
    """The signature as OpenSSL writes it, not as JOSE has it."""
    signed = draft.compact.rpartition(".")[0]
    assert isinstance(draft.key, ec.EllipticCurvePrivateKey)
    made = draft.key.sign(signed.encode(), ec.ECDSA(SHA256()))
    draft.form["client_assertion"] = f"{signed}.{base64url(made)}"


def flip(text: str) -> str:
    """Another character in the middle of the signature."""
    middle = len(text) - 40
    return text[:middle] + ("A" if text[middle] != "A" else "B") + text[middle + 1 :]


DEVIATIONS: dict[str, tuple[Change, str]] = {
    "aud missing": (without("aud"), "aud: "),
    "aud of somebody else": (claim("aud", "https://elsewhere.example/oauth/token"), "aud: "),
    "aud of us and somebody else": (
        lambda d: d.claims.update(aud=[d.claims["aud"], "https://elsewhere.example"]), "aud: "),
    "aud empty": (claim("aud", []), "aud: "),
    "aud a number": (claim("aud", 7), "aud: "),
    "aud in other capitals": (lambda d: d.claims.update(aud=d.claims["aud"].upper()), "aud: "),
    "aud of another door": (lambda d: d.claims.update(aud=f"{d.space.http}/oauth/introspect"), "aud: "),
    "aud with a port too few": (claim("aud", "http://127.0.0.1/oauth/token"), "aud: "),
    "iss is not sub": (claim("iss", "magda-sim-kidslife"), "iss and sub: "),
    "iss missing": (without("iss"), "iss and sub: "),
    "sub missing": (without("sub"), "iss and sub: "),
    "iss and sub no text": (lambda d: d.claims.update(iss=1, sub=1), "iss and sub: "),
    "iss and sub missing": (lambda d: [d.claims.pop(n) for n in ("iss", "sub")], "iss and sub: "),
    "client unknown": (both("magda-sim-nobody"), SIGNATURE),
    "client without our prefix": (both("infino"), SIGNATURE),
    "another client": (both("magda-sim-kidslife"), SIGNATURE),
    "exp missing": (without("exp"), "exp: it is missing"),
    "exp null": (claim("exp", None), "exp: it is no number"),
    "exp a text": (claim("exp", "1900000000"), "exp: it is no number"),
    "exp true": (lambda d: d.claims.update(exp=True), "exp: it is no number"),
    "exp past": (soon("exp", -60), "exp: it has expired"),
    "exp long past": (claim("exp", -1), "exp: it has expired"),
    "exp far off": (soon("exp", 7200), "exp: it lives too long"),
    "no claims": (raw(claims_text="{}"), "iss and sub: "),
    "exp beyond floats": (lambda d: d.claims.update(exp=10**400), "exp: it lives too long"),
    "nbf ahead": (soon("nbf", 600), "nbf: it lies in the future"),
    "nbf a text": (claim("nbf", "now"), "nbf: it is no number"),
    "iat ahead": (soon("iat", 600), "iat: it lies in the future"),
    "iat a list": (claim("iat", [1]), "iat: it is no number"),
    "jti missing": (without("jti"), "jti: "),
    "jti empty": (claim("jti", ""), "jti: "),
    "jti a number": (claim("jti", 5), "jti: "),
    "jti too long": (claim("jti", "x" * 201), "jti: "),
    "typ of an access token": (header("typ", "at+jwt"), "typ: "),
    "typ of a logout": (header("typ", "logout+jwt"), "typ: "),
    "typ a number": (header("typ", 1), "typ: "),
    "crit of something unknown": (
        lambda d: d.header.update({"crit": ["x"], "x": 1}), "crit: "),
    "crit of something known": (lambda d: d.header.update({"crit": ["typ"], "typ": "JWT"}), "crit: "),
    "crit empty": (header("crit", []), "crit: "),
    "b64 off": (lambda d: d.header.update({"b64": False, "crit": ["b64"]}), "crit: "),
    "b64 off, not critical": (lambda d: d.header.update(b64=False), "b64: "),
    "alg missing": (lambda d: d.header.pop("alg"), "alg: "),
    "alg null": (header("alg", None), "alg: "),
    "alg a list": (header("alg", ["ES256"]), "alg: "),
    "alg none": (key(lambda _: None, "none"), UNREADABLE),
    "alg none, signed": (header("alg", "none"), "alg: "),
    "alg None": (header("alg", "None"), "alg: "),
    "alg in small letters": (header("alg", "es256"), "alg: "),
    "HS256 with the public key": (key(lambda d: public_pem(key_of(d.space)), "HS256"), "alg: "),
    "HS256 said to be ES256": (key(lambda d: public_pem(key_of(d.space)), "ES256"), SIGNATURE),
    "ES384 on another curve": (key(lambda _: ec.generate_private_key(ec.SECP384R1()), "ES384"), "alg: "),
    "another curve said to be ES256": (key(lambda _: ec.generate_private_key(ec.SECP384R1())), SIGNATURE),
    "secp256k1 said to be ES256": (key(lambda _: ec.generate_private_key(ec.SECP256K1())), SIGNATURE),
    "ES256K": (key(lambda _: ec.generate_private_key(ec.SECP256K1()), "ES256K"), "alg: "),
    "PS256": (key(lambda _: generate_private_key(65537, 2048), "PS256"), "alg: "),
    "RS256 with a key nobody knows": (key(lambda _: generate_private_key(65537, 2048), "RS256"), SIGNATURE),
    "EdDSA with a key nobody knows": (key(lambda _: Ed25519PrivateKey.generate(), "EdDSA"), SIGNATURE),
    "EdDSA on Ed448": (key(lambda _: Ed448PrivateKey.generate(), "EdDSA"), SIGNATURE),
    "our key under another algorithm": (header("alg", "RS256"), SIGNATURE),
    "key of another client": (key(lambda d: key_of(d.space, "kidslife")), SIGNATURE),
    "key of one's own": (key(lambda _: ec.generate_private_key(ec.SECP256R1())), SIGNATURE),
    "key brought along": (embedded, SIGNATURE),
    "signature flipped": (finish(flip), SIGNATURE),
    "signature of naught": (finish(lambda t: t.rpartition(".")[0] + "." + base64url(bytes(64))), SIGNATURE),
    "signature cut": (finish(lambda t: t[:-8]), SIGNATURE),
    "signature as DER": (as_der, SIGNATURE),
    "no signature": (finish(lambda t: t.rpartition(".")[0] + "."), UNREADABLE),
    "two parts": (finish(lambda t: t.rpartition(".")[0]), UNREADABLE),
    "four parts": (finish(lambda t: t + ".x"), UNREADABLE),
    "padding": (finish(lambda t: t + "="), UNREADABLE),
    "plain base64": (finish(lambda t: t[:-3] + "+/+"), UNREADABLE),
    "a line break": (finish(lambda t: t[:50] + "\n" + t[50:]), UNREADABLE),
    "in JSON form": (finish(lambda t: json.dumps({"payload": t})), UNREADABLE),
    "header no object": (raw(header_text='["alg"]'), UNREADABLE),
    "claims no object": (raw(claims_text='"x"'), UNREADABLE),
    "claims no JSON": (raw(claims_text="{"), UNREADABLE),
    "claims not a number": (raw(claims_text='{"exp": NaN}'), UNREADABLE),
    "claims too deep": (raw(claims_text="[" * 6000), UNREADABLE),
    "header too deep": (raw(header_text="[" * 6000), UNREADABLE),
    "a member twice": (twice_the_subject, UNREADABLE),
    "not UTF-8": (form("client_assertion", NOT_UTF8), UNREADABLE),
    "too large": (form("client_assertion", "a" * 20_000), UNREADABLE),
    "no assertion type": (form("client_assertion_type", None), "client_assertion_type: "),
    "another assertion type": (
        form("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"),
        "client_assertion_type: "),
    "another client_id": (form("client_id", "magda-sim-kidslife"), "client_id: "),
    "a secret beside it": (form("client_secret", "x"), "clients have no secret"),
    "nothing at all": (
        lambda d: d.form.update(client_assertion=None, client_assertion_type=None),
        "the request does not say which client asks"),
}  # fmt: skip


@pytest.mark.parametrize("name", DEVIATIONS)
def test_a_deviation_is_refused_with_its_own_error_and_entered(
    shared_space: RunningSpace, name: str
) -> None:
    change, told = DEVIATIONS[name]
    draft = good(shared_space)
    change(draft)
    before = len(shared_space.leaves())
    shared_space.host.space.gateway.attempts._windows.clear()  # no flood: each has its own entry

    answer = draft.send()

    said, entries = answer.json(), shared_space.leaves()[before:]
    assert (answer.status_code, said["error"]) == (401, "invalid_client"), said
    assert told in said["error_description"]
    assert NQCHAR.fullmatch(said["error_description"])
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["www-authenticate"].startswith("Bearer ")
    assert [(one["e"], one["outcome"], one["credential"]) for one in entries] == [
        ("oauth.token", "refusal", None)
    ]
    assert said["decision"] == f"D-{before + 1}" == answer.headers["sim-decision"]
    assert entries[0]["error"] == "invalid_client"


ALLOWED: dict[str, Change] = {
    "as it is": lambda _: None,
    "aud the issuer": lambda d: d.claims.update(aud=d.space.http),
    "aud a list of one": lambda d: d.claims.update(aud=[d.claims["aud"]]),
    "aud a list of our names": lambda d: d.claims.update(aud=[d.claims["aud"], d.space.http]),
    "aud by another name of this machine": lambda d: d.claims.update(
        aud=d.claims["aud"].replace("127.0.0.1", "localhost")),
    "aud at the door for certificates": lambda d: d.claims.update(
        aud=f"{d.space.ready['https']}/oauth/token"),
    "typ JWT": header("typ", "JWT"),
    "typ in small letters": header("typ", "jwt"),
    "typ with its whole name": header("typ", "application/JWT"),
    "typ of a client's assertion": header("typ", "client-authentication+jwt"),
    "a kid that nobody knows": header("kid", "my-key-1"),
    "a header that nobody knows": header("made-by", "x"),
    "an hour to live": soon("exp", 3600),
    "a fraction of a second": soon("exp", 60.5),
    "no iat": without("iat"),
    "nbf now": soon("nbf", 0),
    "clocks a little apart": soon("iat", 20),
    "another claim": claim("whatever", {"x": [1]}),
    "a jti with capitals and signs": lambda d: d.claims.update(jti="Ünïcode \U0001f600 " + d.claims["jti"]),
    "a jti that is half a character": lambda d: d.claims.update(jti="\ud83d" + d.claims["jti"]),
    "client_id as well": form("client_id", "magda-sim-infino"),
    "brings its own key along": lambda d: d.header.update(
        jku="https://elsewhere.example/jwks", x5c=["AAAA"], x5t="abc", jwk={"kty": "oct", "k": "AA"}),
    "a chain of certificates": lambda d: d.header.update(x5c=["A" * 4000]),
}  # fmt: skip


@pytest.mark.parametrize("name", ALLOWED)
def test_what_is_no_deviation_is_let_in(shared_space: RunningSpace, name: str) -> None:
    draft = good(shared_space)
    ALLOWED[name](draft)

    answer = draft.send()

    assert answer.status_code == 200, answer.text
    assert shared_space.leaves()[-1]["credential"] == "infino"


def test_an_assertion_counts_once_at_whatever_door(shared_space: RunningSpace) -> None:
    draft = good(shared_space, aud=shared_space.http)
    draft.form["token"] = "x"

    first = draft.send()
    again = [draft.send(path) for path in ("/oauth/token", "/oauth/introspect", "/oauth/revoke")]
    other = good(shared_space, "kidslife", jti=draft.claims["jti"]).send()

    assert (first.status_code, other.status_code) == (200, 200)
    assert [one.status_code for one in again] == [401] * 3
    assert all("shown before" in one.json()["error_description"] for one in again)


def test_an_assertion_is_used_up_by_a_request_that_is_refused_for_another_cause(
    shared_space: RunningSpace,
) -> None:
    draft = good(shared_space)
    draft.form["grant_type"] = "password"

    refused = draft.send()
    draft.form["grant_type"] = "client_credentials"
    again = draft.send()

    assert (refused.status_code, refused.json()["error"]) == (400, "unsupported_grant_type")
    assert shared_space.leaves()[-2]["credential"] == "infino"
    assert "shown before" in again.json()["error_description"]


def test_many_at_once_get_one_token_for_one_assertion(shared_space: RunningSpace) -> None:
    posted = good(shared_space).posted()
    url = f"{shared_space.http}/oauth/token"

    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda _: httpx.post(url, data=posted, trust_env=False, timeout=30), range(16))
        )

    assert sorted(one.status_code for one in answers) == [200] + [401] * 15

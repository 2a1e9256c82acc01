"""The examples of RFC 7515, 7517, 7520, 7638 and 8037, as the development package jwcrypto ships them."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import jwcrypto
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwcrypto import jwk, jws, jwt
from jwcrypto import tests as rfc

from gateway.adapters.jose import JwtMint, JwtReader, SignedJwt
from gateway.adapters.public_keys import keys_of_text
from gateway.contracts.faults import RefusedFault
from gateway.domain.client_assertion import require_header
from gateway.domain.oauth import ClientKey
from tests.assertions import base64url


def shipped(name: str) -> ModuleType:
    """A module of the package whose name is no Python name."""
    path = Path(str(jwcrypto.__file__)).with_name(name)
    spec = importlib.util.spec_from_file_location("cookbook", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


COOKBOOK = shipped("tests-cookbook.py")


def compact(example: dict[str, Any]) -> str:
    parts = (example["protected"].encode(), example["payload"], example["signature"])
    return ".".join(base64url(part) for part in parts)


def public(key: dict[str, Any]) -> ClientKey:
    secret = ("d", "p", "q", "dp", "dq", "qi")
    (found,) = keys_of_text(json.dumps({k: v for k, v in key.items() if k not in secret}))
    return found


def signed(text: str) -> SignedJwt:
    """A JWS whose payload need not be JSON."""
    header = json.loads(jwcrypto.common.base64url_decode(text.partition(".")[0]))
    return SignedJwt(header, {}, text.encode())


@pytest.mark.parametrize(("example", "algorithm"), [("A2", "RS256"), ("A3", "ES256")])
def test_rfc_7515_examples_of_our_algorithms_hold(example: str, algorithm: str) -> None:
    vector = getattr(rfc, f"{example}_example")
    read = JwtReader().read(compact(vector))

    assert require_header(read.header) == algorithm
    assert read.claims == {"iss": "joe", "exp": 1300819380, "http://example.com/is_root": True}
    assert read.signer([public(vector["key"])]) == public(vector["key"])


def test_rfc_7520_4_1_holds() -> None:
    key = public(COOKBOOK.RSA_Public_Key_3_3)

    assert signed(COOKBOOK.JWS_compact_4_1_3).signer([key]) == key


@pytest.mark.parametrize(
    "text",
    [
        compact(rfc.A1_example),
        compact(rfc.A4_example),
        COOKBOOK.JWS_compact_4_2_3,
        COOKBOOK.JWS_compact_4_3_3,
        COOKBOOK.JWS_compact_4_4_3,
    ],
    ids=["A1 HS256", "A4 ES512", "4.2 PS384", "4.3 ES512", "4.4 HS256"],
)
def test_examples_of_other_algorithms_are_refused_by_their_header(text: str) -> None:
    with pytest.raises(RefusedFault) as refused:
        require_header(signed(text).header)

    assert "alg: " in refused.value.refusal.grounds[0].detail


@pytest.mark.parametrize("text", [compact(rfc.A5_example), rfc.E_negative, rfc.A6_serialized, rfc.A7_example])  # fmt: skip
def test_an_unsecured_one_and_other_forms_are_not_even_read(text: str) -> None:
    with pytest.raises(RefusedFault):
        JwtReader().read(text)


def test_rfc_7515_e_with_a_signature_is_refused_by_its_header() -> None:
    """Appendix E: an extension that must be understood and is not."""
    header = {"alg": "ES256", "crit": ["http://example.com/UNDEFINED"], "http://example.com/UNDEFINED": True}  # fmt: skip

    with pytest.raises(RefusedFault) as refused:
        require_header(header)

    assert "crit: " in refused.value.refusal.grounds[0].detail


def test_rfc_7638_and_8037_thumbprints() -> None:
    keys = [*rfc.PublicKeys["keys"], *rfc.PublicKeys_EdDsa["keys"]]
    told = [*rfc.PublicKeys["thumbprints"], *rfc.PublicKeys_EdDsa["thumbprints"]]

    found = keys_of_text(json.dumps({"keys": keys}))

    assert [key.kid for key in found] == told
    assert [key.algorithm for key in found] == ["ES256", "RS256", "EdDSA"]


@pytest.mark.parametrize("part", [0, 1, 2])
@pytest.mark.parametrize("example", ["A2", "A3"])
def test_every_changed_byte_is_noticed(example: str, part: int) -> None:
    vector = getattr(rfc, f"{example}_example")
    key, header = public(vector["key"]), {"alg": vector["alg"]}
    parts = [vector["protected"].encode(), vector["payload"], vector["signature"]]
    for place in range(len(parts[part])):
        changed = [*parts]
        changed[part] = bytes(b ^ (1 << place % 8) if n == place else b for n, b in enumerate(parts[part]))  # fmt: skip
        text = ".".join(base64url(one) for one in changed)

        assert SignedJwt(header, {}, text.encode()).signer([key]) is None


def test_a_key_of_another_example_does_not_do() -> None:
    rsa, ec = public(rfc.A2_key), public(rfc.A3_key)
    other = public(rfc.PublicKeys["keys"][0])

    assert signed(compact(rfc.A3_example)).signer([rsa, other]) is None
    assert signed(compact(rfc.A3_example)).signer([rsa, other, ec]) == ec


def test_rfc_8037_key_signs_for_us_by_another_library() -> None:
    key = rfc.PrivateKeys_EdDsa["keys"][0]
    made = jws.JWS(b'{"iss":"joe"}')
    made.add_signature(jwk.JWK(**key), None, json.dumps({"alg": "EdDSA"}))

    read = JwtReader().read(made.serialize(compact=True))

    assert read.signer([public(key)]) == public(key)


def test_what_we_mint_holds_by_another_library() -> None:
    mint = JwtMint(Ed25519PrivateKey.generate())
    first, said = mint.mint({"iss": "x"})
    second, _ = mint.mint({"iss": "x"})

    read = jwt.JWT(jwt=first, key=jwk.JWKSet.from_json(json.dumps(mint.keys())), algs=["EdDSA"])

    assert json.loads(read.claims) == said
    assert "d" not in json.dumps(mint.keys()["keys"][0].keys().__repr__()).split("'")
    assert first != second

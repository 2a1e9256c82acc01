"""RFC 9440: a certificate in a header counts from a configured proxy, and from nobody else."""

from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.settings import DEMO_CLOCK, Settings
from gateway.simulation.host import Host
from tests.assertions import good
from tests.people import KARIM
from tests.running import TRANSACTIONS, RunningSpace
from tests.tls import client


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSpace]:
    """A space that believes a proxy on this machine's own address."""
    host = Host(
        Settings(
            data=tmp_path_factory.mktemp("space"),
            http_port=0,
            sftp_port=0,
            clock=DEMO_CLOCK,
            demo=True,
            trusted_proxies="10.9.8.0/24, 127.0.0.1",
        )
    )
    try:
        yield RunningSpace(host, host.start())
    finally:
        host.stop()


def header(space: RunningSpace, unit: str) -> str:
    text = Path(space.credential(unit)["certificate"]).read_bytes()
    der = x509.load_pem_x509_certificates(text)[0].public_bytes(Encoding.DER)
    return f":{b64encode(der).decode()}:"


def ask(space: RunningSpace, *headers: tuple[str, str]) -> httpx.Response:
    return httpx.post(
        space.http + TRANSACTIONS, json={"insz": KARIM}, headers=list(headers), trust_env=False
    )


def test_a_configured_proxy_is_believed(proxied: RunningSpace) -> None:
    answer = ask(proxied, ("Client-Cert", header(proxied, "infino")))

    assert (answer.status_code, answer.json()["reason"]) == (403, "not-registered")
    assert proxied.leaves()[-1]["credential"] == "infino"


def test_a_chain_beside_it_is_read_and_may_come_in_pieces(proxied: RunningSpace) -> None:
    own = header(proxied, "infino")
    answer = ask(
        proxied, ("Client-Cert", own), ("Client-Cert-Chain", f"{own}, {own}"),
        ("Client-Cert-Chain", own),
    )  # fmt: skip

    assert answer.json()["reason"] == "not-registered"


def test_a_token_got_behind_a_proxy_is_bound_to_the_certificate_that_the_proxy_saw(
    proxied: RunningSpace,
) -> None:
    own, other = header(proxied, "infino"), header(proxied, "kidslife")
    got = httpx.post(
        f"{proxied.http}/oauth/token", data=good(proxied).posted(), headers={"Client-Cert": own},
        trust_env=False,
    )  # fmt: skip
    token = ("Authorization", f"Bearer {got.json()['access_token']}")

    answers = [
        ask(proxied, token, *more)
        for more in ([("Client-Cert", own)], [], [("Client-Cert", other)], [("Client-Cert", "x")])
    ]
    mixed = httpx.post(
        f"{proxied.http}/oauth/token", data=good(proxied).posted(), headers={"Client-Cert": other},
        trust_env=False,
    )  # fmt: skip

    assert [one.status_code for one in answers] == [403, 401, 401, 401]
    assert (mixed.status_code, mixed.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize("proxies", ["", "10.9.8.0/24"])
@pytest.mark.parametrize("forwarded", [None, "10.9.8.7"])
def test_nobody_else_is_believed_whatever_address_they_claim(
    tmp_path: Path, proxies: str, forwarded: str | None
) -> None:
    host = Host(
        Settings(
            data=tmp_path / "s",
            http_port=0,
            sftp_port=0,
            clock=DEMO_CLOCK,
            demo=True,
            trusted_proxies=proxies,
        )
    )
    try:
        space = RunningSpace(host, host.start())
        spoof = ("Client-Cert", header(space, "infino"))
        claims = [("X-Forwarded-For", forwarded)] if forwarded else []
        token = ("Authorization", f"Bearer {space.credential('parentia')['token']}")

        alone, beside = ask(space, spoof, *claims), ask(space, spoof, token, *claims)
        with client(space, "parentia") as connection:
            over_tls = connection.post(
                TRANSACTIONS, json={"insz": KARIM}, headers=dict([spoof, *claims])
            )
        entered = [one["credential"] for one in space.leaves()]
    finally:
        host.stop()

    assert (alone.status_code, alone.json()["reason"]) == (401, "credential-missing")
    assert (beside.status_code, over_tls.status_code) == (403, 403)
    assert entered == [None, "parentia", "parentia"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda own: own.strip(":"),
        lambda own: own + ";a=1",
        lambda own: own[:-2] + ":",
        lambda own: own.replace(":", '"'),
        lambda own: own[:9] + " " + own[9:],
        lambda own: f"{own}, {own}",
        lambda own: "::",
        lambda own: "",
        lambda own: own[0] + own[5:],
    ],
    ids=["bare", "parameter", "cut", "string", "blank", "list", "empty", "none", "other bytes"],
)  # fmt: skip
def test_a_header_that_is_not_one_byte_sequence_is_a_refused_credential(
    proxied: RunningSpace, spoil: "type[str]"
) -> None:
    token = proxied.credential("infino")["token"]
    spoiled = ("Client-Cert", spoil(header(proxied, "infino")))

    answers = [ask(proxied, spoiled), ask(proxied, spoiled, ("Authorization", f"Bearer {token}"))]

    assert [one.status_code for one in answers] == [401, 401]
    assert {one.json()["reason"] for one in answers} == {"credential-invalid"}
    assert proxied.leaves()[-1]["reasons"] == ["credential-invalid"]


def test_two_headers_or_a_chain_alone_are_refused(proxied: RunningSpace) -> None:
    one, other = header(proxied, "infino"), header(proxied, "parentia")

    answers = [
        ask(proxied, ("Client-Cert", one), ("Client-Cert", other)),
        ask(proxied, ("Client-Cert-Chain", one)),
        ask(proxied, ("Client-Cert", one), ("Client-Cert-Chain", "rubbish")),
    ]

    assert [one.json()["reason"] for one in answers] == ["credential-invalid"] * 3


def test_a_header_beside_a_certificate_of_the_connection_is_refused_even_if_it_is_the_same(
    proxied: RunningSpace,
) -> None:
    with client(proxied, "infino") as connection:
        answer = connection.post(
            TRANSACTIONS, json={"insz": KARIM}, headers={"Client-Cert": header(proxied, "infino")}
        )
        without = connection.post(TRANSACTIONS, json={"insz": KARIM})

    assert (answer.status_code, without.status_code) == (401, 403)
    assert "cannot be read" in answer.json()["detail"]


def test_a_proxy_may_itself_come_over_tls_without_a_certificate(proxied: RunningSpace) -> None:
    with client(proxied, None) as connection:
        answer = connection.post(
            TRANSACTIONS, json={"insz": KARIM}, headers={"Client-Cert": header(proxied, "infino")}
        )

    assert answer.json()["reason"] == "not-registered"


def test_only_the_proxy_says_where_a_call_came_in(
    proxied: RunningSpace, space: RunningSpace
) -> None:
    """A service description shows the address that was called: https where the proxy says so."""
    claim = {"X-Forwarded-Proto": "https"}

    assert 'location="https://' in proxied.get("/soap?wsdl", **claim).text
    assert 'location="http://' in space.get("/soap?wsdl", **claim).text


def test_a_revoked_certificate_is_refused_behind_a_proxy_too(proxied: RunningSpace) -> None:
    before = ask(proxied, ("Client-Cert", header(proxied, "myfamily"))).status_code
    proxied.control("POST", "/keys/revocations", {"reference": "myfamily"})

    after = ask(proxied, ("Client-Cert", header(proxied, "myfamily")))

    assert (before, after.status_code) == (403, 401)


def test_a_list_of_proxies_that_is_none_is_told_at_once() -> None:
    with pytest.raises(ValueError, match="trusted_proxies"):
        Settings(trusted_proxies="everybody")

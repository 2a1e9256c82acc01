"""Which names are ours, behind which door, and that a `Host` header adds none."""

from typing import Any

import pytest

from gateway.domain.public_address import parse_bases
from gateway.web.addresses import Addresses


def scope(
    host: str | None,
    scheme: str = "http",
    server: tuple[str, int] = ("127.0.0.1", 8480),
    root: str = "",
) -> dict[str, Any]:
    headers = [] if host is None else [(b"host", host.encode())]
    return {"scheme": scheme, "headers": headers, "server": server, "root_path": root}


LOCAL = Addresses(lambda: ("http://127.0.0.1:8480", "https://127.0.0.1:8443"))
NAMED = Addresses(
    lambda: ("http://0.0.0.0:8480", "https://0.0.0.0:8443"), ("Gateway.Test", "10.0.0.7"),
    ("https://sim.example", "http://plain.example:81"),
)  # fmt: skip
STANDARD = Addresses(lambda: ("http://127.0.0.1:80", "https://127.0.0.1:443"))
OUT = ("10.0.0.5", 8480)


@pytest.mark.parametrize(
    ("addresses", "asked", "base"),
    [
        (LOCAL, scope("127.0.0.1:8480"), "http://127.0.0.1:8480"),
        (LOCAL, scope("localhost:8480"), "http://localhost:8480"),
        (LOCAL, scope("LocalHost:8480"), "http://localhost:8480"),
        (LOCAL, scope("[::1]:8480"), "http://[::1]:8480"),
        (LOCAL, scope("127.0.0.1:8443", "https", ("127.0.0.1", 8443)), "https://127.0.0.1:8443"),
        (LOCAL, scope("127.0.0.1:8480", root="/spaces/t1"), "http://127.0.0.1:8480/spaces/t1"),
        (LOCAL, scope("elsewhere.example"), "http://127.0.0.1:8480"),
        (LOCAL, scope("elsewhere.example:8480"), "http://127.0.0.1:8480"),
        (LOCAL, scope("localhost"), "http://127.0.0.1:8480"),
        (LOCAL, scope("localhost:8443"), "http://127.0.0.1:8480"),
        (LOCAL, scope("127.0.0.1:8480@elsewhere.example"), "http://127.0.0.1:8480"),
        (LOCAL, scope(None), "http://127.0.0.1:8480"),
        (LOCAL, scope("\xff"), "http://127.0.0.1:8480"),
        (LOCAL, scope(None, server=("::1", 8480)), "http://[::1]:8480"),
        (NAMED, scope("gateway.test:8480", server=OUT), "http://gateway.test:8480"),
        (NAMED, scope("GATEWAY.test:8443", "https", OUT), "https://gateway.test:8443"),
        (NAMED, scope("10.0.0.5:8480", server=OUT), "http://10.0.0.5:8480"),
        (NAMED, scope("10.0.0.6:8480", server=OUT), "http://10.0.0.5:8480"),
        (NAMED, scope("localhost:8480", server=OUT), "http://10.0.0.5:8480"),
        (NAMED, scope("sim.example", server=OUT), "https://sim.example"),
        (NAMED, scope("plain.example:81", server=OUT), "http://plain.example:81"),
        (STANDARD, scope("localhost", server=("127.0.0.1", 80)), "http://localhost"),
        (STANDARD, scope("localhost:80", server=("127.0.0.1", 80)), "http://localhost"),
        (STANDARD, scope("localhost", "https", ("127.0.0.1", 443)), "https://localhost"),
    ],
)  # fmt: skip
def test_the_base_is_the_name_that_was_called_if_it_is_ours(
    addresses: Addresses, asked: dict[str, Any], base: str
) -> None:
    assert addresses.base(asked) == base
    assert base in addresses.bases(asked)


@pytest.mark.parametrize(
    ("addresses", "asked", "base"),
    [
        (LOCAL, scope("localhost:8480"), "https://localhost:8443"),
        (LOCAL, scope("localhost:8443", "https"), "https://localhost:8443"),
        (LOCAL, scope(None, root="/spaces/t1"), "https://127.0.0.1:8443/spaces/t1"),
        (NAMED, scope("gateway.test:8480", server=OUT), "https://gateway.test:8443"),
        (NAMED, scope(None, server=OUT), "https://10.0.0.5:8443"),
        (NAMED, scope("plain.example:81", server=OUT), "https://sim.example"),
        (STANDARD, scope("localhost", server=("127.0.0.1", 80)), "https://localhost"),
    ],
)
def test_the_door_for_certificates_goes_by_the_same_name(
    addresses: Addresses, asked: dict[str, Any], base: str
) -> None:
    assert addresses.tls_base(asked) == base


def test_two_host_headers_are_none() -> None:
    asked = scope("localhost:8480")
    asked["headers"] *= 2

    assert LOCAL.base(asked) == "http://127.0.0.1:8480"


def test_no_other_name_is_ours() -> None:
    found = LOCAL.bases(scope("elsewhere.example:8480"))

    assert found == {
        f"{scheme}://{host}:{port}"
        for scheme, port in (("http", 8480), ("https", 8443))
        for host in ("127.0.0.1", "localhost", "[::1]")
    }


def test_public_addresses_are_read_and_bad_ones_told() -> None:
    assert parse_bases(" https://Sim.example/ , http://other:8080,") == ("https://sim.example", "http://other:8080")  # fmt: skip
    assert parse_bases("http://a:80,https://b:443,https://c:80") == (
        "http://a",
        "https://b",
        "https://c:80",
    )
    assert parse_bases("") == ()
    for bad in ("sim.example", "ftp://sim.example", "https://", "https://sim.example/path", "https://s?x", "https://s:x", "https://s:0", "https://u@s", "https://s#x"):  # fmt: skip
        with pytest.raises(ValueError, match="is not of the form"):
            parse_bases(bad)

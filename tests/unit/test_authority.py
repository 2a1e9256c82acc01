"""The test authority: same secret, same bytes; certificates that strict clients accept; a root kept at home."""

import ssl
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.adapters.ids import SeededSecrets
from gateway.simulation.accounts import callers
from gateway.simulation.authority import BEGIN, END, TestAuthority
from gateway.simulation.keyring import Keyring, keyring_of, private_pem
from gateway.web.tls import server_context

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def authority(secret: bytes = b"one", names: Sequence[str] = ()) -> TestAuthority:
    return TestAuthority(Keyring(SeededSecrets(secret)), "demo", names)


def certificates(made: TestAuthority) -> list[bytes]:
    period, keys = (BEGIN, END), made.keyring
    clients = [
        made.client(one, one.key, period, keys.client_key(one.key).public_key())
        for one in callers().values()
    ]
    answers = made.answers("rsa", keys.rsa_key("answers").public_key())
    return [one.public_bytes(Encoding.DER) for one in (made.root, made.issuing, answers, *clients)]


def test_the_same_secret_gives_the_same_bytes_and_another_gives_others() -> None:
    first, again, other = (certificates(authority(s)) for s in (b"one", b"one", b"two"))

    assert first == again
    assert not set(first) & set(other)
    assert len(set(first)) == len(first)


def test_what_was_made_once_is_at_hand_for_the_same_secret_and_names_alone() -> None:
    one, again, other, elsewhere, named = (
        keyring_of(SeededSecrets(secret), *names)
        for secret, *names in (
            (b"one", "demo"), (b"one", "demo"), (b"two", "demo"), (b"one", "t1"), (b"one", "demo", "a.example"),
        )
    )  # fmt: skip

    key = one.client_key("infino")

    assert again.client_key("infino") is key
    assert all(len(keyring.made) == 0 for keyring in (other, elsewhere, named))


def test_a_revocation_list_is_the_same_bytes_too() -> None:
    revoked = [(77, BEGIN, x509.ReasonFlags.key_compromise)]
    lists = [authority().revocation_list(revoked, NOW) for _ in range(2)]

    assert lists[0] == lists[1]
    assert lists[0].is_signature_valid(authority().issuing.public_key())  # type: ignore[arg-type]


def handshake(server_names: Sequence[str], called: str, folder: Path) -> str | None:
    """Both sides in memory, the client as strict as Python knows; the client's complaint, if any."""
    made = authority(names=server_names)
    own, key = made.server(datetime.now(UTC))  # noqa: TID251  a stock client judges in machine time
    chain, secret = folder / "chain.pem", folder / "key.pem"
    chain.write_text(own.public_bytes(Encoding.PEM).decode() + made.issuing_pem)
    secret.write_bytes(private_pem(key))
    there, here = server_context(), ssl.create_default_context(cadata=made.root_pem)
    there.load_cert_chain(chain, secret)
    here.verify_flags |= ssl.VERIFY_X509_STRICT
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = here.wrap_bio(to_client, to_server, server_hostname=called)
    server = there.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(4):
        for side in (client, server):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLCertVerificationError as error:
                return error.verify_message
    return None


@pytest.mark.parametrize("called", ["localhost", "127.0.0.1", "::1"])
def test_a_strict_client_accepts_the_server_by_each_of_its_names(
    called: str, tmp_path: Path
) -> None:
    assert handshake((), called, tmp_path) is None


@pytest.mark.parametrize("called", ["gateway.test", "10.1.2.3"])
def test_further_names_are_accepted_where_they_were_asked_for(called: str, tmp_path: Path) -> None:
    assert handshake(("gateway.test", "10.1.2.3"), called, tmp_path) is None
    assert "mismatch" in str(handshake((), called, tmp_path))


def test_the_root_vouches_for_this_machine_only(tmp_path: Path) -> None:
    """Who has put this root into a trust store has not opened the door to every site there is."""
    constraints = authority().root.extensions.get_extension_for_class(x509.NameConstraints)
    stolen = TestAuthority(Keyring(SeededSecrets(b"one")), "demo")
    stolen._names = ("bank.test",)
    own, key = stolen.server(datetime.now(UTC))  # noqa: TID251  idem
    chain, secret = tmp_path / "chain.pem", tmp_path / "key.pem"
    chain.write_text(own.public_bytes(Encoding.PEM).decode() + stolen.issuing_pem)
    secret.write_bytes(private_pem(key))

    assert constraints.critical
    assert complaint(chain, secret, stolen.root_pem) == "permitted subtree violation"


def complaint(chain: Path, key: Path, root: str) -> str:
    there, here = server_context(), ssl.create_default_context(cadata=root)
    there.load_cert_chain(chain, key)
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = here.wrap_bio(to_client, to_server, server_hostname="bank.test")
    server = there.wrap_bio(to_server, to_client, server_side=True)
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    with pytest.raises(ssl.SSLWantReadError):
        server.do_handshake()
    with pytest.raises(ssl.SSLCertVerificationError) as refused:
        client.do_handshake()
    return refused.value.verify_message

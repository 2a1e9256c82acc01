"""What we build on inside paramiko: when it asks for something new, or loses a hook, this fails first."""

import inspect
import re
import socket

import paramiko
import pytest
from paramiko import auth_handler, kex_curve25519, kex_mlkem, transport
from paramiko.message import Message

from sftp_drop.packets import Packets
from sftp_drop.transport import DropTransport

SOURCES = "".join(inspect.getsource(one) for one in (transport, auth_handler, kex_curve25519, kex_mlkem))  # fmt: skip
ASKED = frozenset(re.findall(r"packetizer\.(\w+)", SOURCES))
NOT_FOR_US = frozenset(
    {
        "complete_handshake", "get_hexdump", "read_message", "readline", "set_hexdump", "set_keepalive",
        "set_inbound_compressor", "set_outbound_compressor", "start_handshake", "write_all",
    }
)  # fmt: skip
HOOKS = (
    "_activate_inbound", "_activate_outbound", "_enforce_strict_kex", "_expect_packet", "_negotiate_keys",
    "_parse_kex_init", "_parse_newkeys", "_really_parse_kex_init", "_send_kex_init", "_send_message",
)  # fmt: skip
AUTH_HOOKS = (
    "_disconnect_no_more_auth", "_disconnect_service_not_available", "_generate_key_from_request",
    "_parse_service_request", "_parse_userauth_request", "_send_auth_result",
)  # fmt: skip


def test_the_version_is_one_that_was_read() -> None:
    assert paramiko.__version__.startswith("5.1.")


def test_our_packets_have_everything_that_paramiko_asks_for() -> None:
    ours, theirs = socket.socketpair()
    packets = Packets(ours)

    assert {"send_message", "set_inbound_cipher", "need_rekey"} <= ASKED
    assert [name for name in ASKED - NOT_FOR_US if not hasattr(packets, name)] == []
    assert NOT_FOR_US <= ASKED
    packets.close()
    theirs.close()


@pytest.mark.parametrize("hook", HOOKS)
def test_the_hooks_of_the_transport_are_there(hook: str) -> None:
    assert callable(getattr(paramiko.Transport, hook))


@pytest.mark.parametrize("hook", AUTH_HOOKS)
def test_the_hooks_of_the_log_in_are_there_and_used(hook: str) -> None:
    assert callable(getattr(auth_handler.AuthHandler, hook))
    assert len(re.findall(rf"\b{hook}\b", inspect.getsource(auth_handler))) > 1


def test_nothing_of_paramikos_own_loop_is_used() -> None:
    """Its `run` reads without bounds, and its channels wait for each other."""
    source = inspect.getsource(inspect.getmodule(DropTransport))  # type: ignore[arg-type]  # it has one
    for name in ("start_server", "_channels", "_handler_table", "Channel(", "super().run"):
        assert name not in source


def test_key_exchange_messages_are_read_as_paramiko_writes_them() -> None:
    message = Message()
    message.add_bytes(bytes(16))
    for names in ("a,b", "k", "c1,c2", "s1", "m", "m", "none", "none", "", ""):
        message.add_string(names)
    message.add(False, 0)  # noqa: FBT003  paramiko's form

    read = paramiko.Transport._really_parse_kex_init(  # type: ignore[attr-defined]  # no public way
        None, Message(message.asbytes())
    )

    assert read["client_encrypt_algo_list"] == ["c1", "c2"]
    assert read["server_encrypt_algo_list"] == ["s1"]

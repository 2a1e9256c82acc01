"""SFTP requests packet by packet, for clients that mean harm or are none of the usual ones."""

import os
import struct
from pathlib import Path
from typing import Any

import paramiko

from sftp_drop.wire import Code, Kind, packet, string

INIT = packet(Kind.INIT, b"\x00\x00\x00\x03")
READ, WRITE, APPEND, CREATE, TRUNCATE, EXCLUSIVE = 1, 2, 4, 8, 16, 32


def u32(value: int) -> bytes:
    return struct.pack(">I", value)


def u64(value: int) -> bytes:
    return struct.pack(">Q", value)


class RawSftp:
    """One session over a logged-in transport; `ask` sends a request and gives its reply."""

    def __init__(self, transport: paramiko.Transport, window: int | None = None) -> None:
        self.transport: Any = transport  # much of it is used that the stubs leave out
        self.channel = transport.open_session(window_size=window)
        self.channel.settimeout(30)
        self.channel.invoke_subsystem("sftp")
        self.number = 0
        self.send(INIT)
        self.greeting = self.reply()

    def send(self, content: bytes) -> None:
        self.channel.sendall(content)

    def take(self, count: int) -> bytes:
        taken = b""
        while len(taken) < count:
            came = self.channel.recv(count - len(taken))
            if not came:
                raise EOFError
            taken += came
        return taken

    def reply(self) -> tuple[Kind, bytes]:
        """The next reply: its kind and what follows (the request's number still on it)."""
        size = int.from_bytes(self.take(4), "big")
        body = self.take(size)
        return Kind(body[0]), body[1:]

    def ask(self, kind: Kind, *parts: bytes) -> tuple[Kind, bytes]:
        """Send one request; its reply, the number checked and taken off."""
        self.number += 1
        self.send(packet(kind, u32(self.number), *parts))
        said, body = self.reply()
        assert int.from_bytes(body[:4], "big") == self.number
        return said, body[4:]

    def code(self, kind: Kind, *parts: bytes) -> Code:
        """The status code that a request is answered with; OK for what is answered with something else."""
        said, body = self.ask(kind, *parts)
        return Code(int.from_bytes(body[:4], "big")) if said is Kind.STATUS else Code.OK

    def open(self, path: str | bytes, flags: int = READ) -> bytes:
        """A handle."""
        raw = path.encode() if isinstance(path, str) else path
        said, body = self.ask(Kind.OPEN, string(raw), u32(flags), u32(0))
        if said is not Kind.HANDLE:
            raise OSError(int.from_bytes(body[:4], "big"), text_of(body))
        return body[4:]

    def put(self, path: str, content: bytes) -> None:
        """A whole upload."""
        handle = self.open(path, WRITE | CREATE | TRUNCATE)
        assert self.code(Kind.WRITE, string(handle), u64(0), string(content)) is Code.OK
        assert self.code(Kind.CLOSE, string(handle)) is Code.OK


def text_of(body: bytes) -> str:
    """The text of a status reply."""
    size = int.from_bytes(body[4:8], "big")
    return body[8 : 8 + size].decode()


def resident(pid: int) -> int:
    """A process's memory, in bytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1_024
    raise ProcessLookupError(pid)


def processor_time(pid: int) -> float:
    """The seconds that a process has spent."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

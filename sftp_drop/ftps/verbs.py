"""The FTP commands as this drop server has them: what the library offers, less what would do harm."""

from typing import Any

import pyftpdlib.ioloop  # noqa: F401  first: it silences that what it is built on is deprecated
from pyftpdlib.handlers.ftp.control import FTPHandler

from sftp_drop.ftps.data import DropData
from sftp_drop.ftps.secure import Secure
from sftp_drop.ftps.tree import SessionTree, TransferFile

_Library: Any = FTPHandler
_NO_DATA = "425 there is no data connection: PASV first"
_NOT_OFFERED = "502 not offered on this server"
_OF_TLS = {
    name: {"perm": None, "auth": False, "arg": True, "help": text}
    for name, text in {
        "AUTH": "Syntax: AUTH <SP> TLS (go under TLS).",
        "PBSZ": "Syntax: PBSZ <SP> 0 (says nothing).",
        "PROT": "Syntax: PROT <SP> P (data under TLS).",
    }.items()
}
_OF_DATA = frozenset({"PASV", "EPSV", "PORT", "EPRT"})
_TRANSFERS = frozenset({"RETR", "STOR", "APPE", "LIST", "NLST", "MLSD"})
_FACTS = ["type", "size", "modify"]


class _Anything:
    """The library's own permissions: all of them, because the session knows better."""

    def has_perm(self, *_: object) -> bool:
        return True

    def get_perms(self, _user: str) -> str:
        return "elradfmw"

    def get_msg_quit(self, _user: str) -> str:
        return "Tot ziens."

    def impersonate_user(self, *_: object) -> None:
        """Everything is done by the session."""

    def terminate_impersonation(self, _user: str) -> None:
        """Idem."""


class Verbs(Secure, _Library):  # type: ignore[misc]  # the library has no types
    """A control connection of the library that serves a session and nothing else."""

    dtp_handler = DropData
    abstracted_fs = SessionTree
    authorizer = _Anything()
    timeout = 0  # deadlines are ours
    use_sendfile = False
    proto_cmds = FTPHandler.proto_cmds | _OF_TLS
    no_data = _NO_DATA
    """What a transfer without a data connection is answered."""
    _is_protected = False
    _in_dtp_queue: tuple[TransferFile, str] | None
    _out_dtp_queue: tuple[object, bool, TransferFile | None, str] | None

    def agree(self) -> None:
        """Bytes go as they are, and of a file no more is told than this."""
        self._current_type = "i"
        self._current_facts = self._available_facts = [*_FACTS]
        self._extra_feats = ["AUTH TLS", "PBSZ", "PROT"]

    def process_command(self, cmd: str, *args: Any, **kwargs: Any) -> None:
        """No data connection but a protected one."""
        if cmd in _OF_DATA | _TRANSFERS:
            self._forget_queued()
        if cmd in _OF_DATA and not self._is_protected:
            self.respond("522 data goes under TLS only: PBSZ 0, PROT P")
        elif cmd in _TRANSFERS and not self._has_data():
            self.respond(self.no_data)
            self.no_data = _NO_DATA
        else:
            super().process_command(cmd, *args, **kwargs)

    def ftp_AUTH(self, line: str) -> None:
        """Go under TLS."""
        if self.is_secure:
            self.respond("503 it is under TLS already")
        elif line.upper() not in {"TLS", "TLS-C"}:
            self.respond("504 AUTH TLS is the only one")
        elif (
            self.ac_in_buffer
        ):  # in plain text, in the same breath: somebody else may have put it there
            self.bye("nothing follows AUTH in plain text")
        else:
            self.respond("234 go on with the TLS handshake")
            self.secure(self.server.context)

    def ftp_PBSZ(self, _line: str) -> None:
        """Asked for by the book."""
        self.respond("200 PBSZ=0")

    def ftp_PROT(self, line: str) -> None:
        """Data goes under TLS, or not at all."""
        if not self.is_secure:
            self.respond("503 AUTH TLS first")
        elif line.upper() == "P":
            self._is_protected = True
            self.respond("200 data goes under TLS")
        else:
            self.respond("534 data goes under TLS only: PROT P")

    def ftp_PORT(self, _line: str) -> None:
        """Nobody makes this server call others."""
        self.respond("501 data connections come in (PASV, EPSV), none goes out")

    ftp_EPRT = ftp_PORT

    def ftp_TYPE(self, line: str) -> None:
        """Any is taken, and none changes a byte: a digest stands over each file."""
        super().ftp_TYPE(line)
        self._current_type = "i"

    def ftp_STOU(self, _line: str) -> None:
        """Files have agreed names."""
        self.respond(_NOT_OFFERED)

    ftp_REIN = ftp_STOU

    def _has_data(self) -> bool:
        port = self._dtp_acceptor
        return self.data_channel is not None or (port is not None and not port._closed)  # noqa: SLF001  the library's

    def _forget_queued(self) -> None:
        """A transfer whose data connection never came is over; the next one is of another."""
        waiting = self._in_dtp_queue[0] if self._in_dtp_queue else None
        if self._out_dtp_queue is not None:
            waiting = self._out_dtp_queue[2]
        if waiting is not None:
            waiting.close()
        self._in_dtp_queue = self._out_dtp_queue = None

"""What clients may take of the drop server."""

from dataclasses import dataclass, field

from sftp_drop.guard import Lockout


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Connections, sessions, files, seconds of machine time, bytes.

    Of `half_open` connections (not logged in) the oldest makes room for the next one; they have
    `greeting_s` to say what they are and `login_s` to log in, both from their first moment on.
    `keepalives` questions go unanswered, `keepalive_s` apart, before a silent client is let go.
    """

    connections: int = 512
    half_open: int = 256
    sessions_per_account: int = 128
    open_files: int = 2_048
    greeting_s: float = 15.0
    login_s: float = 30.0
    idle_s: float = 900.0
    keepalive_s: float = 30.0
    keepalives: int = 3
    upload_bytes: int = 536_870_912
    lockout: Lockout = field(default_factory=Lockout)

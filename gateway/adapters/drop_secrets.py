"""What people type to log in: passwords, kept as digests only, and one-time codes, each good once."""

import base64
import hmac
import json
import os
from collections.abc import Callable, Mapping
from hashlib import scrypt
from pathlib import Path
from threading import BoundedSemaphore, Lock

STEP_S = 30
COST = 2**14
"""What a guess costs: 16 MiB and some forty milliseconds."""
_DIGITS = 6
_MOST_AT_ONCE = 4
_NOBODY = ""


class PasswordBook:
    """Passwords by user, as scrypt digests that are made when one is first asked for.

    `known` gives each password once. INVARIANT: a wrong name costs as much time as a wrong password,
    and no more than four attempts hold memory (16 MiB each) at the same time.
    """

    def __init__(
        self, known: Mapping[str, Callable[[], str]], salt_of: Callable[[str], bytes]
    ) -> None:
        self._known = {_NOBODY: lambda: salt_of(_NOBODY).hex(), **known}
        self._salt_of = salt_of
        self._digests: dict[str, tuple[bytes, bytes]] = {}
        self._lock = Lock()
        self._room = BoundedSemaphore(_MOST_AT_ONCE)

    def is_right(self, user: str, password: str) -> bool:
        """Whether this is the user's password."""
        known = user if user in self._known else _NOBODY
        with self._room:
            salt, digest = self._digest_of(known)
            shown = _stretched(password, salt)
        return hmac.compare_digest(shown, digest) and known != _NOBODY

    def _digest_of(self, user: str) -> tuple[bytes, bytes]:
        with self._lock:
            if user not in self._digests:
                salt = self._salt_of(user)
                self._digests[user] = salt, _stretched(self._known[user](), salt)
            return self._digests[user]


class OneTimeCodes:
    """Time-based codes (RFC 6238: SHA-1, six digits, thirty seconds), one step early or late.

    `now` is machine time. Which step was used last is kept in a file, so that a code counts once also
    over a restart.
    """

    def __init__(self, secrets: Mapping[str, bytes], used: Path, now: Callable[[], float]) -> None:
        self._secrets, self._file, self._now = secrets, used, now
        self._lock = Lock()
        self._used: dict[str, int] = json.loads(used.read_text()) if used.exists() else {}

    def take(self, user: str, code: str) -> bool:
        """Whether the code counts now; it and all before it are used up by that."""
        secret = self._secrets.get(user)
        if secret is None:
            return False
        present = int(self._now()) // STEP_S
        with self._lock:
            for step in (present - 1, present, present + 1):
                is_same = hmac.compare_digest(code_at(secret, step).encode(), code.encode())
                if is_same and step > self._used.get(user, -1):
                    self._keep(user, step)
                    return True
        return False

    def _keep(self, user: str, step: int) -> None:
        self._used[user] = step
        hidden = self._file.with_suffix(".new")
        hidden.write_text(json.dumps(self._used))
        with hidden.open("rb") as file:
            os.fsync(file.fileno())
        hidden.replace(self._file)


def code_at(secret: bytes, step: int) -> str:
    """The code of one step (RFC 4226, truncation of section 5.3)."""
    digest = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    at = digest[-1] & 0x0F
    number = int.from_bytes(digest[at : at + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**_DIGITS:0{_DIGITS}d}"


def shown(secret: bytes) -> str:
    """A secret as authenticator programs take it: base32."""
    return base64.b32encode(secret).decode().rstrip("=")


def _stretched(password: str, salt: bytes) -> bytes:
    return scrypt(password.encode(), salt=salt, n=COST, r=8, p=1, maxmem=2**26)

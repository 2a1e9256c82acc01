"""A transport that sends head and body of an answer in one go: uvicorn writes them one after the other.

uvloop sends each write at once, so every answer cost two system calls and two packets.
"""

import asyncio
from typing import Any


class OneWrite:
    """Holds a first write until the second comes, or until the event loop's pass is over.

    Everything else is the inner transport's, which gets what was held before it closes.
    """

    def __init__(self, inner: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._inner, self._loop = inner, loop
        self._held = b""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def write(self, data: bytes) -> None:
        """Hold it for a moment, or send it with what was held."""
        if self._held:
            held, self._held = self._held, b""
            self._inner.write(held + data)
        else:
            self._held = data
            self._loop.call_soon(self.flush)

    def flush(self) -> None:
        """Send what is held."""
        if self._held:
            self.write(b"")

    def get_write_buffer_size(self) -> int:
        """What waits here or there."""
        return self._inner.get_write_buffer_size() + len(self._held)

    def write_eof(self) -> None:
        """Send what is held, and say that it was all."""
        self.flush()
        self._inner.write_eof()

    def close(self) -> None:
        """Send what is held, and close."""
        self.flush()
        self._inner.close()

    def abort(self) -> None:
        """Close; what is held is lost like what the inner transport still has."""
        self._held = b""
        self._inner.abort()

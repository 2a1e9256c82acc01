"""One event loop's connection to the log's sequencer: a batch for each pass, answers in their order."""

import asyncio
import socket
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from gateway.adapters.log.frames import framed, take_answers
from gateway.domain.sealing import SealedEntry

_CHUNK = 1 << 16
Position = int | None


class Sent(NamedTuple):
    """A batch on its way: it can stand only after position `after`."""

    after: int
    batch: list[SealedEntry]
    futures: list[asyncio.Future[Position]]


class Link:
    """Used in its loop's thread only, but for `leave`.

    `lost` is told once when the connection ends, with what still waits for an answer; so it is when
    an answer takes longer than `patience` seconds.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        connection: socket.socket,
        lost: Callable[["Link", Sequence[Sent]], None],
        patience: float,
        after: int,
    ) -> None:
        self.loop, self._connection, self._tell, self._patience = loop, connection, lost, patience
        self.is_lost = False
        self._after = after
        self._batch: list[SealedEntry] = []
        self._futures: list[asyncio.Future[Position]] = []
        self._sent: deque[Sent] = deque()
        self._inbox, self._outbox = bytearray(), b""
        self._watching: Sent | None = None
        connection.setblocking(False)  # noqa: FBT003  the socket's own word
        loop.add_reader(connection, self._receive)

    def send(self, entry: SealedEntry) -> asyncio.Future[Position]:
        """Send an entry with all others of this pass; its position, or `None` if it has none."""
        future: asyncio.Future[Position] = self.loop.create_future()
        if not self._batch:
            self.loop.call_soon(self._flush)
        self._batch.append(entry)
        self._futures.append(future)
        return future

    def settle(self, waiting: Iterable[Sent], found: Iterable[Position]) -> None:
        """Tell those who waited where their batches were found."""
        for sent, first in zip(waiting, found, strict=True):
            _answer(sent, first)

    def leave(self) -> None:
        """Hang up, from any thread; who still waits is told that there is no log."""
        if self.loop.is_closed():
            self._connection.close()
        else:
            self.loop.call_soon_threadsafe(self._leave)

    def _flush(self) -> None:
        sent = Sent(self._after, self._batch, self._futures)
        self._batch, self._futures = [], []
        if self.is_lost:
            _answer(sent, None)
            return
        self._sent.append(sent)
        if self._watching is None:
            self._watch(sent)
        is_clear = not self._outbox
        self._outbox += framed(sent.batch)
        if is_clear:
            self._write()

    def _write(self) -> None:
        try:
            count = self._connection.send(self._outbox)
        except BlockingIOError:
            count = 0
        except OSError:
            self._lose()
            return
        self._outbox = self._outbox[count:]
        if self._outbox:
            self.loop.add_writer(self._connection, self._write)
        else:
            self.loop.remove_writer(self._connection)

    def _receive(self) -> None:
        try:
            received = self._connection.recv(_CHUNK)
        except BlockingIOError:
            return
        except OSError:
            received = b""
        if not received:
            self._lose()
            return
        self._inbox += received
        for first in take_answers(self._inbox):
            sent = self._sent.popleft()
            if first is not None:
                self._after = first + len(sent.batch) - 1
            _answer(sent, first)

    def _watch(self, sent: Sent) -> None:
        self._watching = sent
        self.loop.call_later(self._patience, self._look, sent)

    def _look(self, sent: Sent) -> None:
        """Whether a batch is still not answered; else watch the oldest of those on their way."""
        self._watching = None
        if self.is_lost or not self._sent:
            return
        if self._sent[0] is sent:
            self._lose()
        else:
            self._watch(self._sent[0])

    def _lose(self) -> None:
        waiting = list(self._sent)
        self._hang_up()
        self._tell(self, waiting)

    def _leave(self) -> None:
        waiting = list(self._sent)
        self._hang_up()
        for sent in waiting:
            _answer(sent, None)

    def _hang_up(self) -> None:
        if not self.is_lost:
            self.is_lost = True
            self.loop.remove_reader(self._connection)
            self.loop.remove_writer(self._connection)
            self._connection.close()
        self._sent.clear()


def _answer(sent: Sent, first: Position) -> None:
    for offset, future in enumerate(sent.futures):
        if not future.done():
            future.set_result(None if first is None else first + offset)

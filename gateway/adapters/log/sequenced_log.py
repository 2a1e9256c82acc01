"""The log's writer as a gateway sees it where another process gives entries their place."""

import asyncio
import contextlib
import socket
import sqlite3
import threading
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from time import monotonic

from gateway.adapters.log.frames import ANSWER_SIZE, framed, take_answers
from gateway.adapters.log.link import Link, Sent
from gateway.adapters.log.reader import LogReader
from gateway.adapters.log.sequencer_process import SequencerProcess
from gateway.adapters.log.whereabouts import Waiting, find_batches
from gateway.contracts.faults import LogUnavailable
from gateway.domain.log_check import Head
from gateway.domain.log_entry import Entry
from gateway.domain.sealing import SealedEntry, seal
from gateway.domain.subject_tags import YearKey, no_key

ANSWER_S = 10.0
"""Machine time after which a sequencer that does not answer is taken to be gone."""
PAUSE_S = 1.0
"""Machine time between two attempts to start one."""


class SequencedLog:
    """Implements `gateway.ports.DecisionLog` with a sequencer in a process of its own (ADR 0030).

    INVARIANT: a waiter gets its position only after the commit that holds its entry. A sequencer that
    is lost is ended for certain; what waited is looked up in the log, so that nobody is told no about
    an entry that stands; then another one is started.
    """

    def __init__(
        self, path: Path, *, new_salt: Callable[[], bytes], year_key: YearKey = no_key
    ) -> None:
        self._new_salt, self._year_key = new_salt, year_key
        self._process = SequencerProcess(path)
        self.reader = LogReader(path)
        self._links: dict[asyncio.AbstractEventLoop, Link] = {}
        self._calling = threading.Lock()
        self._connection: socket.socket | None = None
        self._mending = threading.Lock()
        self._generation = self._connected_to = 0
        self._not_before = 0.0
        self._is_down = self._closed = False
        self._last: Head | None = None

    @property
    def size(self) -> int:
        """How many entries are durable."""
        return (self._last or self.reader.head()).size

    @property
    def pid(self) -> int:
        """The sequencer's process id."""
        return self._process.pid

    async def append(self, entry: Entry) -> int:
        """Append one entry; its position once it is durable, also for whoever is told to stop meanwhile.

        Raises:
            LogUnavailable: it could not be made durable.
        """
        loop = asyncio.get_running_loop()
        link = self._links.get(loop)
        if link is None or link.is_lost:
            link = await self._linked(loop)
        sent = link.send(seal(entry, self._new_salt(), self._year_key))
        try:
            position = await asyncio.shield(sent)
        except asyncio.CancelledError:
            position = await sent
        if position is None:
            raise LogUnavailable
        return position

    def append_all(self, entries: Sequence[Entry]) -> Sequence[int]:
        """Append several entries, all or none; blocks the calling thread.

        Raises:
            LogUnavailable: they could not be made durable.
        """
        batch = [seal(entry, self._new_salt(), self._year_key) for entry in entries]
        with self._calling:
            first = self._call(batch)
        if first is None:
            raise LogUnavailable
        return range(first, first + len(batch))

    def set_pace(self, *, is_lasting: bool) -> None:
        """Nothing: the sequencer waits for the disk, whatever it writes."""

    def close(self) -> None:
        """Let the sequencer finish and end; later appends find the log unavailable."""
        with self._calling, self._mending:
            if self._closed:
                return
            self._closed = True
            for link in self._links.values():
                link.leave()
            if self._connection is not None:
                self._connection.close()
                self._connection = None
            self._last = self.reader.head()
            self.reader.close()
            self._process.stop()  # the writer is the last to go, and merges what waits beside the file

    # -- the asynchronous way in --------------------------------------------------------------

    async def _linked(self, loop: asyncio.AbstractEventLoop) -> Link:
        """A live connection of this loop.

        Raises:
            LogUnavailable: there is no sequencer, and none can be started.
        """
        for old in [one for one in self._links if one.is_closed()]:
            self._links.pop(old).leave()
        try:
            connection = self._connect()
        except OSError:
            await asyncio.to_thread(self._mend, self._generation, ())
            connection = self._connect_again()
        link = self._links.get(loop)
        if link is not None and not link.is_lost:  # another request was quicker
            connection.close()
            return link
        tell = partial(self._lost, self._generation)
        link = self._links[loop] = Link(loop, connection, tell, ANSWER_S, self.size)
        return link

    def _lost(self, generation: int, link: Link, waiting: Sequence[Sent]) -> None:
        """Find out what became of the entries that wait, in a thread: it may take a while."""

        def mend() -> None:
            found = self._mend(generation, [(sent.after, sent.batch) for sent in waiting])
            with contextlib.suppress(
                RuntimeError
            ):  # the loop ended meanwhile, and those who waited
                link.loop.call_soon_threadsafe(link.settle, waiting, found)

        threading.Thread(target=mend, name="log-mender", daemon=True).start()

    # -- the blocking way in ------------------------------------------------------------------

    def _call(self, batch: list[SealedEntry]) -> int | None:
        connection = self._connection or self._connected()
        after = self.size
        try:
            connection.sendall(framed(batch))
            return self._answer(connection)
        except OSError:
            connection.close()
            self._connection = None
            return self._mend(self._connected_to, [(after, batch)])[0]

    def _connected(self) -> socket.socket:
        try:
            made = self._connect()
        except OSError:
            self._mend(self._generation, ())
            made = self._connect_again()
        made.settimeout(ANSWER_S)
        self._connection, self._connected_to = made, self._generation
        return made

    def _answer(self, connection: socket.socket) -> int | None:
        inbox = bytearray()
        while len(inbox) < ANSWER_SIZE:
            received = connection.recv(ANSWER_SIZE - len(inbox))
            if not received:
                raise ConnectionResetError
            inbox += received
        return next(take_answers(inbox))

    # -- when the sequencer is gone -----------------------------------------------------------

    def _connect(self) -> socket.socket:
        """A connection.

        Raises:
            LogUnavailable: the log was closed.
            OSError: the sequencer is not there.
        """
        if self._closed:
            raise LogUnavailable
        return self._process.connect()

    def _connect_again(self) -> socket.socket:
        try:
            return self._connect()
        except OSError:
            raise LogUnavailable from None

    def _mend(self, generation: int, waiting: Sequence[Waiting]) -> list[int | None]:
        """End the sequencer of this generation and start another; where the batches came to stand."""
        with self._mending:
            if self._closed:
                return [None] * len(waiting)
            if generation == self._generation and not self._is_down:
                self._is_down = True
                self._process.kill()
            if self._is_down and monotonic() >= self._not_before:
                self._start_another()
            try:
                return find_batches(self.reader, waiting)
            except sqlite3.Error:
                return [None] * len(waiting)

    def _start_another(self) -> None:
        self._not_before = monotonic() + PAUSE_S
        with contextlib.suppress(LogUnavailable, OSError):
            self._process.start()
            self._is_down = False
            self._generation += 1

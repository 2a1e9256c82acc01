"""The second HTTP listener: TLS that ends in uvicorn itself, in the loop that serves the first."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from pathlib import Path

import uvicorn
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.adapters.clock import WallClock
from gateway.simulation.authority import TestAuthority
from gateway.simulation.keyring import private_pem, write_secret
from gateway.web.connection import LimitedProtocol
from gateway.web.door_limits import DoorLimits, DoorState
from gateway.web.tls import PeerCertificateProtocol, furnish, server_context

HANDSHAKE_S = 5.0
"""Machine time that a client has for its handshake; half-open ones cost a socket until then."""
SERVER_CHAIN, SERVER_KEY = "server.crt.pem", "server.pem"
"""The files of what the doors with TLS show."""
_CLOSING_S = 2.0
_BACKLOG = 512
_OUT_OF_SOCKETS_S = 1.0
_LAST_WORDS_S = 2.0
_STEP_S = 0.05
_TICK_S, _DAY = 0.1, 864_000
_LOOK_EVERY = 5
"""Ticks of uvicorn."""


class HttpsDoor:
    """A socket and its TLS context. `trusted` are further roots that client certificates may lead to.

    `on_stranger` is told when a handshake failed because of the certificate that was shown.
    """

    def __init__(
        self, host: str, port: int, trusted: Path | None, on_stranger: Callable[[], Awaitable[None]]
    ) -> None:
        self.listener = socket.create_server((host, port), backlog=_BACKLOG)
        self.listener.setblocking(False)  # noqa: FBT003  the socket's own word
        self.url = f"https://{host}:{self.listener.getsockname()[1]}"
        self.context = server_context()
        self._trusted, self._on_stranger = trusted, on_stranger
        self._handshakes: dict[asyncio.Task[None], None] = {}

    def furnish(self, authority: TestAuthority, folder: Path) -> None:
        """Show this authority's certificate from the next handshake on, and trust its clients."""
        made, key = authority.server(WallClock().now())
        own = made.public_bytes(Encoding.PEM).decode()
        chain = write_secret(folder / SERVER_CHAIN, (own + authority.issuing_pem).encode())
        secret = write_secret(folder / SERVER_KEY, private_pem(key))
        roots = authority.root_pem + authority.issuing_pem
        furnish(self.context, chain, secret, roots, self._trusted)

    def trust(self, authority: TestAuthority) -> None:
        """Trust the clients of one more authority, beside those that are trusted."""
        self.context.load_verify_locations(cadata=authority.root_pem + authority.issuing_pem)

    async def serve(self, protocol: Callable[[], asyncio.Protocol], most: int) -> None:
        """Accept until cancelled; each handshake is a task of its own, so that none waits for another.

        Beyond `most` at once the oldest gives way.
        """
        loop = asyncio.get_running_loop()
        try:
            while True:
                await self._knock(loop)
                try:
                    accepted, _ = self.listener.accept()
                except (BlockingIOError, ConnectionAbortedError):  # hung up before being let in
                    continue
                except OSError:  # no descriptor left: those who hang up give theirs back
                    await asyncio.sleep(_OUT_OF_SOCKETS_S)
                    continue
                self._let_in(loop, accepted, protocol)
                if len(self._handshakes) > most:
                    oldest = next(iter(self._handshakes))
                    del self._handshakes[oldest]
                    oldest.cancel()
        finally:
            for task in self._handshakes:
                task.cancel()
            await asyncio.gather(*self._handshakes, return_exceptions=True)

    async def _knock(self, loop: asyncio.AbstractEventLoop) -> None:
        """Wait until somebody wants in. Nobody is taken in here: who cancels this leaves no socket open."""
        knocked = asyncio.Event()
        loop.add_reader(self.listener, knocked.set)
        try:
            await knocked.wait()
        finally:
            loop.remove_reader(self.listener)

    def _let_in(
        self,
        loop: asyncio.AbstractEventLoop,
        accepted: socket.socket,
        protocol: Callable[[], asyncio.Protocol],
    ) -> None:
        task = loop.create_task(self._shake_hands(accepted, protocol))
        self._handshakes[task] = None
        task.add_done_callback(partial(self._shaken, accepted))

    def _shaken(self, accepted: socket.socket, task: asyncio.Task[None]) -> None:
        """Close what no connection came of, also where the task was cancelled before its first step."""
        self._handshakes.pop(task, None)
        if task.cancelled():
            accepted.close()

    async def _shake_hands(
        self, accepted: socket.socket, protocol: Callable[[], asyncio.Protocol]
    ) -> None:
        try:
            accepted.setblocking(False)  # noqa: FBT003  the socket's own word
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await asyncio.get_running_loop().connect_accepted_socket(
                protocol,
                accepted,
                ssl=self.context,
                ssl_handshake_timeout=HANDSHAKE_S,
                ssl_shutdown_timeout=_CLOSING_S,
            )
        except ssl.SSLCertVerificationError:
            await self._on_stranger()
        except OSError:  # whatever else a stranger sends; it never came to a request
            accepted.close()


class TwoDoorServer(uvicorn.Server):
    """uvicorn's server with both listeners: one application, one loop, one orderly end."""

    def __init__(
        self, config: uvicorn.Config, door: HttpsDoor, limits: DoorLimits, grace: float
    ) -> None:
        super().__init__(config)
        self._grace = grace
        self.server_state = DoorState(limits)
        self._limits = limits
        self._door = door
        self._loop: asyncio.AbstractEventLoop | None = None
        self._serving: asyncio.Task[None] | None = None
        self._leaving = asyncio.Event()
        self.open = False

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Open the plain door as uvicorn does, then the other one."""
        await super().startup(sockets)
        self._loop = asyncio.get_running_loop()
        self._serving = self._loop.create_task(
            self._door.serve(self._protocol, self._limits.connections)
        )
        self.open = True

    async def main_loop(self) -> None:
        """Uvicorn's, which does not sleep to the end of a tick where it is told to leave."""
        counter = 0
        while not await self.on_tick(counter):
            counter = (counter + 1) % _DAY
            with suppress(TimeoutError):
                await asyncio.wait_for(self._leaving.wait(), _TICK_S)

    def leave(self) -> None:
        """End what runs on another thread, in order."""
        self.should_exit = True
        if self._loop is not None:
            with suppress(RuntimeError):  # it ended by itself
                self._loop.call_soon_threadsafe(self._leaving.set)

    async def on_tick(self, counter: int) -> bool:
        """Twice a second, look at every connection."""
        if counter % _LOOK_EVERY == 0:
            now = asyncio.get_running_loop().time()
            for connection in list(self.server_state.connections):
                if isinstance(connection, LimitedProtocol):
                    connection.look(now)
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the handshakes, then what uvicorn ends: idle connections now, busy ones when answered."""
        if self._serving is not None:
            self._serving.cancel()
            with suppress(asyncio.CancelledError):
                await self._serving
        self._door.listener.close()
        await super().shutdown(sockets)

    async def _wait_tasks_to_complete(self) -> None:
        """Let what is in hand finish; tell the rest to, which it enters and answers; then cut."""
        state = self.server_state
        await self._settled(self._grace)
        for task in list(state.tasks):
            task.cancel()
        await self._settled(_LAST_WORDS_S)
        for connection in list(state.connections):
            if isinstance(connection, LimitedProtocol):
                connection.transport.abort()

    async def _settled(self, within_s: float) -> None:
        """Wait until nobody is connected and nothing is in hand, or until that is over."""
        loop, state = asyncio.get_running_loop(), self.server_state
        until = loop.time() + within_s
        while (state.connections or state.tasks) and loop.time() < until:  # noqa: ASYNC110  uvicorn's sets
            await asyncio.sleep(_STEP_S)

    def furnish(self, authority: TestAuthority, folder: Path) -> None:
        """Change what the TLS door shows and trusts."""
        self._between_handshakes(partial(self._door.furnish, authority, folder))

    def trust(self, authority: TestAuthority) -> None:
        """Have the TLS door trust one more authority's clients."""
        self._between_handshakes(partial(self._door.trust, authority))

    def _between_handshakes(self, change: Callable[[], None]) -> None:
        """Change the door in the loop that makes the handshakes, once there is one."""
        if self._loop is None:
            change()
            return
        done: Future[None] = asyncio.run_coroutine_threadsafe(_call(change), self._loop)
        done.result(timeout=30)

    def _protocol(self) -> asyncio.Protocol:
        return PeerCertificateProtocol(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )


async def _call(change: Callable[[], None]) -> None:
    change()

"""The consultation line without sockets: one process, its doors fed by hand, beside the bare FastAPI endpoint.

Tells CPU of the thread that answers, and how many instructions of Python a request takes: those depend on no machine.
"""

import asyncio
import os
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path
from time import thread_time

import uvicorn
from bench_http import variants_of
from harness import BARE, NOOR, Up, spread
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

CONNECTIONS, REQUESTS, COUNTED = 64, 2_000, 640
FLOOR = "bare FastAPI"


class Client(asyncio.Transport):
    """The other end: asks again whenever it was answered, until enough is asked."""

    def __init__(self, protocol, message, left, done):
        super().__init__()
        self.protocol, self.message, self.left, self.done = protocol, message, left, done

    def write(self, data):
        if data.startswith(b"HTTP/1.1"):
            assert data.startswith(b"HTTP/1.1 200"), data[:300]
            if data.endswith(b"\r\n\r\n"):
                return  # the body comes by itself
        if self.left:
            asyncio.get_running_loop().call_soon(self.ask)
        else:
            self.done.append(self)
            if len(self.done) == CONNECTIONS:
                self.over.set_result(None)

    def ask(self):
        if self.left:
            self.left.pop()
            self.protocol.data_received(self.message)
        else:
            self.write(b"")

    def get_extra_info(self, name, default=None):
        return {"sockname": ("127.0.0.1", 1), "peername": ("127.0.0.1", 2)}.get(name, default)

    def get_write_buffer_size(self):
        return 0

    def is_closing(self):
        return False

    def set_write_buffer_limits(self, high=None, low=None):
        """Nothing waits here."""

    def close(self):
        """Nothing is open."""


async def answered(make, message, count):
    """CPU seconds of this thread for so many requests."""
    left, done = [None] * count, []
    Client.over = asyncio.get_running_loop().create_future()
    clients = [Client(make(), message, left, done) for _ in range(CONNECTIONS)]
    for client in clients:
        client.protocol.connection_made(client)
    began = thread_time()
    for client in clients:
        client.ask()
    await Client.over
    took = thread_time() - began
    for client in clients:
        client.protocol.connection_lost(None)
    return took


async def instructions(make, message):
    """How many instructions of Python a request takes."""
    counts = Counter()

    def trace(frame, event, _):
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        counts[event] += 1
        return trace

    sys.settrace(trace)
    try:
        await answered(make, message, COUNTED)
    finally:
        sys.settrace(None)
    return counts["opcode"] / COUNTED


def raw(url, body, headers):
    path = "/" + url.split("/", 3)[3]
    fields = {"Host": "127.0.0.1", **headers, "Content-Length": len(body.encode())}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"POST {path} HTTP/1.1\r\n{lines}\r\n{body}".encode()


def bare():
    """How the floor's connections are made, and what it is asked."""
    names = {}
    exec(BARE.replace("\\\\d", "\\d").split("sock = ")[0], names)
    config = uvicorn.Config(names["app"], http="httptools", access_log=False, log_level="warning", lifespan="off")  # fmt: skip
    config.load()
    state = ServerState()
    ask = f'{{"insz":"{NOOR}","referentiedatum":"2024-12-31"}}'
    message = raw("http://x/bare", ask, {"Content-Type": "application/json"})
    return lambda: HttpToolsProtocol(config, state, {}), message


class InProcess(Up):
    """A gateway of this very process."""

    def __init__(self):
        from gateway.cli.up import _spare_the_collector
        from gateway.settings import DEMO_CLOCK, Settings
        from gateway.simulation.host import Host

        self.data = Path(tempfile.mkdtemp(prefix="bench-"))
        self.host = Host(Settings(demo=True, data=self.data / "s", http_port=0, https_port=0, sftp_port=0, ftps_port=0,
                                  clock=DEMO_CLOCK), [])  # fmt: skip
        self.ready, self.process = self.host.start(), None
        self.unit = self.ready["credentials"]["ahovoks-studietoelagen"]
        body = {"insz": NOOR, "periode": {"begin": "2025-03-10", "einde": None}}
        self.post("/v1/repertorium/inschrijvingen", body)
        _spare_the_collector()

    def stop(self):
        self.host.stop()
        shutil.rmtree(self.data)


def main(rounds=5):
    os.environ |= {"MAGDA_SIM_LOG": "inline", "MAGDA_SIM_LINES": "off"}
    up = InProcess()
    server = up.host._http
    variants = {FLOOR: bare()}
    for name, (_, *asked) in variants_of(up, "inline").items():
        variants[name] = (server._protocol, raw(*asked))

    def run(step):
        return asyncio.run_coroutine_threadsafe(step, server._loop).result()

    measured = {name: [] for name in variants}
    for turn in range(-1, rounds):
        for name, (make, message) in variants.items():
            took = run(answered(make, message, REQUESTS)) / REQUESTS * 1e6
            if turn >= 0:
                measured[name].append(took)
    for name, (make, message) in variants.items():
        ratios = [b / own for b, own in zip(measured[FLOOR], measured[name], strict=True)]
        count = run(instructions(make, message))
        print(f"  {name:<18} {spread(measured[name])} us CPU  x bare {spread(ratios)}  {count:,.0f} instructions")  # fmt: skip
    up.stop()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)

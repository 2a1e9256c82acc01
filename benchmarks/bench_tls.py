"""One REST consultation over plain HTTP, TLS and TLS with a client certificate, kept open and anew each time.

`wrk` cannot show a client certificate, so the load is a few threads with raw sockets; the same for every
variant. The server's own CPU is the figure to compare: the load costs about as much as it does.
"""

import json
import socket
import ssl
import sys
import threading
import time
from urllib.parse import urlsplit

from harness import NOOR, Up, cpu_of, spread

PATH = "/v1/gezin/zorgtoeslag/bevraging"
THREADS = 4


class Variant:
    def __init__(self, up, name, kept, *, tls=False, certificate=False, token=False):
        self.name, self.kept, self.process = name, kept, up.process
        address = urlsplit(up.ready["https" if tls else "http"])
        self.address = (address.hostname, address.port)
        self.context = None
        if tls:
            self.context = ssl.create_default_context(cafile=up.ready["ca"])
            if certificate:
                self.context.load_cert_chain(up.unit["certificate"], up.unit["private_key"])
        body = json.dumps({"insz": NOOR, "referentiedatum": "2024-12-31"})
        head = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
        if token:
            head += f"Authorization: Bearer {up.unit['token']}\r\n"
        if not kept:
            head += "Connection: close\r\n"
        self.request = f"{head}\r\n{body}".encode()

    def connect(self):
        plain = socket.create_connection(self.address)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return (
            self.context.wrap_socket(plain, server_hostname="localhost") if self.context else plain
        )

    def ask(self, connection):
        connection.sendall(self.request)
        answer = connection.recv(65536)
        head, _, body = answer.partition(b"\r\n\r\n")
        assert b" 200 " in head.split(b"\r\n")[0], head
        wanted = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        while len(body) < wanted:
            body += connection.recv(65536)

    def _work(self, until, times):
        connection = self.connect() if self.kept else None
        while time.perf_counter() < until:
            began = time.perf_counter()
            if self.kept:
                self.ask(connection)
            else:
                with self.connect() as once:
                    self.ask(once)
            times.append(time.perf_counter() - began)
        if connection is not None:
            connection.close()

    def measure(self, seconds):
        times, before, until = [], cpu_of(self.process), time.perf_counter() + seconds
        threads = [threading.Thread(target=self._work, args=(until, times)) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        times.sort()
        cpu = (cpu_of(self.process) - before) / len(times) * 1e6
        p50, p99 = times[len(times) // 2], times[int(len(times) * 0.99)]
        return len(times) / seconds, p50 * 1e3, p99 * 1e3, cpu


def main(rounds=5, seconds=2):
    up = Up()
    try:
        for kept in (True, False):
            variants = [
                Variant(up, "plain, token", kept, token=True),
                Variant(up, "TLS, token", kept, tls=True, token=True),
                Variant(up, "TLS, certificate", kept, tls=True, certificate=True),
                Variant(up, "TLS, both", kept, tls=True, certificate=True, token=True),
            ]
            measured = {one.name: [] for one in variants}
            for turn in range(rounds + 1):
                for one in variants:
                    row = one.measure(seconds)
                    if turn:
                        measured[one.name].append(row)
            print("kept open" if kept else "new connection each time", f"({rounds} rounds)")
            floor = measured["plain, token"]
            for name, rows in measured.items():
                ratio = [a[0] / b[0] for a, b in zip(rows, floor, strict=True)]
                rate, p50, p99, cpu = (
                    sorted(column)[len(rows) // 2] for column in zip(*rows, strict=True)
                )
                print(f"  {name:<17} {rate:6.0f}/s  x plain {spread(ratio)}  p50 {p50:.2f} p99 {p99:.1f} ms  {cpu:.0f} us CPU")  # fmt: skip
    finally:
        up.stop()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)

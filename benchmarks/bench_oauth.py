"""Asking with an OAuth token beside a demo token, and getting one beside a bare endpoint that checks the same JWT.

Assertions are signed beforehand. The server's own CPU is the figure to compare.
"""

import http.client
import subprocess
import sys
import tempfile
import threading
import time
from types import SimpleNamespace
from urllib.parse import urlencode, urlsplit

import httpx
from bench_tls import THREADS, Variant
from harness import Up, cpu_of, spread

from consumers.wire_oauth import Assertions
from consumers.wire_tls import with_certificate

FLOOR = """
import socket, sys, uvicorn
from urllib.parse import parse_qs
from fastapi import FastAPI, Request
from joserfc import jwt
from joserfc.jwk import ECKey
key = ECKey.import_key(open(sys.argv[1]).read())
app = FastAPI()
@app.post("/oauth/token")
async def token(request: Request):
    form = parse_qs((await request.body()).decode())
    jwt.decode(form["client_assertion"][0], key, algorithms=["ES256"])
    return {"access_token": "x" * 500, "token_type": "Bearer", "expires_in": 3600}
sock = socket.create_server(("127.0.0.1", 0), backlog=512)
print(sock.getsockname()[1], flush=True)
uvicorn.Server(uvicorn.Config(app, loop="uvloop", http="httptools", access_log=False, log_level="warning")).run(sockets=[sock])
"""


class Bare:
    def __init__(self, up):
        with tempfile.NamedTemporaryFile("wb", suffix=".pem", delete=False) as file:
            file.write(open(up.unit["private_key"], "rb").read())  # noqa: SIM115, PTH123
        self.process = subprocess.Popen([sys.executable, "-W", "ignore", "-c", FLOOR, file.name], stdout=subprocess.PIPE)  # fmt: skip
        self.url = f"http://127.0.0.1:{int(self.process.stdout.readline())}"

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Asking:
    """Forms posted over connections that are kept open, each form once."""

    def __init__(self, name, url, process, up, count):
        self.name, self.process, self.address = name, process, urlsplit(url)
        signer = Assertions(up.unit["client_id"], up.unit["private_key"])
        endpoint = f"{up.ready['http']}/oauth/token"
        self.make = lambda: urlencode(signer.form(endpoint, grant_type="client_credentials"))
        self.count = count

    def _work(self, forms, times):
        connection = http.client.HTTPConnection(self.address.hostname, self.address.port)
        for form in forms:
            began = time.perf_counter()
            connection.request("POST", "/oauth/token", form, {"Content-Type": "application/x-www-form-urlencoded"})  # fmt: skip
            answer = connection.getresponse()
            told = answer.read()
            times.append(time.perf_counter() - began)
            assert answer.status == 200, told
        connection.close()

    def measure(self):
        forms = [self.make() for _ in range(self.count)]
        times, before = [], cpu_of(self.process)
        parts = [forms[n::THREADS] for n in range(THREADS)]
        threads = [threading.Thread(target=self._work, args=(part, times)) for part in parts]
        began = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        took = time.perf_counter() - began
        times.sort()
        cpu = (cpu_of(self.process) - before) / len(times) * 1e6
        return len(times) / took, times[len(times) // 2] * 1e3, times[int(len(times) * 0.99)] * 1e3, cpu  # fmt: skip


def token(up, url, **tls):
    signer = Assertions(up.unit["client_id"], up.unit["private_key"])
    form = signer.form(f"{url}/oauth/token", grant_type="client_credentials")
    return httpx.post(f"{url}/oauth/token", data=form, trust_env=False, **tls).json()[
        "access_token"
    ]


def with_token(up, text):
    return SimpleNamespace(process=up.process, ready=up.ready, unit={**up.unit, "token": text})


def compare(title, variants, rounds, measure):
    measured = {one.name: [] for one in variants}
    for turn in range(rounds + 1):
        for one in variants:
            row = measure(one)
            if turn:
                measured[one.name].append(row)
    print(f"{title} ({rounds} rounds)")
    floor = measured[variants[0].name]
    for name, rows in measured.items():
        ratio = [a[0] / b[0] for a, b in zip(rows, floor, strict=True)]
        dearer = [a[3] / b[3] for a, b in zip(rows, floor, strict=True)]
        rate, p50, p99, cpu = (sorted(column)[len(rows) // 2] for column in zip(*rows, strict=True))
        print(f"  {name:<24} {rate:6.0f}/s  x first {spread(ratio)}  p50 {p50:.2f} p99 {p99:.1f} ms  {cpu:.0f} us CPU, x first {spread(dearer)}")  # fmt: skip


def main(rounds=5, seconds=2):
    up = Up()
    bare = Bare(up)
    try:
        shown = with_certificate(up.ready["ca"], up.unit["certificate"], up.unit["private_key"])
        plain = with_token(up, token(up, up.ready["http"]))
        bound = with_token(up, token(up, up.ready["https"], verify=shown))
        compare("REST consultation, kept open", [
            Variant(up, "demo token", kept=True, token=True),
            Variant(plain, "OAuth token", kept=True, token=True),
            Variant(up, "TLS, demo token", kept=True, tls=True, certificate=True, token=True),
            Variant(bound, "TLS, bound OAuth token", kept=True, tls=True, certificate=True, token=True),
        ], rounds, lambda one: one.measure(seconds))  # fmt: skip
        compare("getting a token", [
            Asking("bare, checks the JWT", bare.url, bare.process, up, 600),
            Asking("ours, entered", up.ready["http"], up.process, up, 600),
        ], rounds, lambda one: one.measure())  # fmt: skip
    finally:
        bare.stop()
        up.stop()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)

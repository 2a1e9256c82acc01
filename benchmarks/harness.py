"""What the benchmarks share: servers as processes, wrk as load, interleaved rounds, medians of ratios."""

import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
NOOR = "12631400209"


class Up:
    """`magda-sim up --demo` as a process of its own, with a person registered."""

    def __init__(self, **env):
        self.data = Path(tempfile.mkdtemp(prefix="bench-"))
        command = [sys.executable, "-m", "gateway", "up", "--demo", "--data", str(self.data / "s"),
                   "--http-port", "0", "--https-port", "0", "--sftp-port", "0"]  # fmt: skip
        self.process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, cwd=ROOT,
            env=os.environ | {"PYTHONWARNINGS": "ignore", "MAGDA_SIM_LINES": "off"} | env,
        )  # fmt: skip
        ready = self.data / "s" / "ready.json"
        while not ready.exists():
            time.sleep(0.05)
        self.ready = json.loads(ready.read_text())
        self.unit = self.ready["credentials"]["ahovoks-studietoelagen"]
        body = {"insz": NOOR, "periode": {"begin": "2025-03-10", "einde": None}}
        self.post("/v1/repertorium/inschrijvingen", body)

    def post(self, path, body):
        request = urllib.request.Request(
            self.ready["http"] + path, data=json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.unit['token']}"},
        )  # fmt: skip
        return json.loads(urllib.request.urlopen(request).read())

    def stop(self):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.data)


BARE = """
import socket, sys, uvicorn
from fastapi import FastAPI
from pydantic import BaseModel, Field
app = FastAPI()
class Asked(BaseModel):
    insz: str = Field(pattern=r"^\\\\d{11}$")
    referentiedatum: str
class Answer(BaseModel):
    referte: str
    insz: str
    erkenningen: list[dict]
    achtergehouden: list[dict]
REPLY = Answer(referte="r", insz="12631400209", erkenningen=[{"pijler1": 4}], achtergehouden=[{"veld": "x", "artikel": "art. 3"}] * 8)
@app.post("/bare")
async def bare(asked: Asked) -> Answer:
    return REPLY
sock = socket.create_server(("127.0.0.1", 0), backlog=512)
print(sock.getsockname()[1], flush=True)
uvicorn.Server(uvicorn.Config(app, loop="uvloop", http="httptools", access_log=False, log_level="warning")).run(sockets=[sock])
"""


class Bare:
    """A bare FastAPI endpoint with pydantic in and out: the floor that an idiomatic service starts from."""

    def __init__(self):
        code = BARE.replace("\\\\d", "\\d")
        self.process = subprocess.Popen([sys.executable, "-W", "ignore", "-c", code], stdout=subprocess.PIPE)  # fmt: skip
        self.port = int(self.process.stdout.readline())
        self.url = f"http://127.0.0.1:{self.port}/bare"
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/docs").read()
                return
            except OSError:
                time.sleep(0.05)

    def stop(self):
        self.process.terminate()
        self.process.wait()


def wrk(url, body, headers, connections, seconds=3):
    """Requests a second, p50 and p99 in ms, and how many answers were not 2xx."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        lines = ['wrk.method = "POST"', f"wrk.body = {json.dumps(body)}"]
        lines += [f'wrk.headers["{name}"] = "{value}"' for name, value in headers.items()]
        script.write("\n".join(lines))
        script.flush()
        out = subprocess.run(
            ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", script.name, url],
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1])
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    return rate, _ms(out, "50%"), _ms(out, "99%"), int(failed[1]) if failed else 0


def _ms(out, percentile):
    value, unit = re.search(rf"{percentile}\s+([\d.]+)(us|ms|s)", out).groups()
    return float(value) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[unit]


def spread(values):
    """Median and range."""
    return f"{statistics.median(values):.2f} ({min(values):.2f}-{max(values):.2f})"


def cpu_of(process):
    """User and system seconds of a process and its children so far."""
    return sum(_cpu(pid) for pid in (process.pid, *_children(process.pid)))


def _cpu(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _children(pid):
    return [
        int(child)
        for thread in Path(f"/proc/{pid}/task").iterdir()
        for child in (thread / "children").read_text().split()
    ]

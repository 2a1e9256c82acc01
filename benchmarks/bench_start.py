"""`magda-sim up --demo` from its start until it answers: in a fresh folder, and again on the same data.

The floor is Python taking in the libraries that are fixed, and nothing else. Rounds are interleaved. Python's
compiled files are kept, as everywhere but where `PYTHONDONTWRITEBYTECODE` says otherwise.

    python benchmarks/bench_start.py [rounds]
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from harness import ROOT, cpu_of, spread

LIBRARIES = "fastapi, uvicorn, uvloop, httptools, httpx, sqlalchemy, paramiko, cryptography.x509, numpy, lxml.etree, pydantic_settings"


def floor(env):
    began = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-c", f"import {LIBRARIES}"], env=env)
    _, _, used = os.wait4(process.pid, 0)
    process.returncode = 0
    return time.perf_counter() - began, used.ru_utime + used.ru_stime


def up(data, env):
    command = [sys.executable, "-m", "gateway", "up", "--demo", "--data", str(data), "--http-port", "0",
               "--https-port", "0", "--sftp-port", "0", "--ftps-port", "0"]  # fmt: skip
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env, cwd=ROOT)
    told = next(line for line in process.stdout if line.startswith("ready in"))
    wall, cpu = time.perf_counter() - began, cpu_of(process)
    process.terminate()
    process.communicate()
    return wall, cpu, told.strip()


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    env = os.environ | {"PYTHONWARNINGS": "ignore", "MAGDA_SIM_LINES": "off",
                        "PYTHONPYCACHEPREFIX": str(folder / "compiled")}  # fmt: skip
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    up(folder / "first", env)
    found = {"floor": [], "fresh": [], "again": []}
    for number in range(rounds):
        found["floor"].append(floor(env))
        found["fresh"].append(up(folder / str(number), env))
        found["again"].append(up(folder / str(number), env))
    for name, rows in found.items():
        ratio = [row[1] / base[1] for row, base in zip(rows, found["floor"], strict=True)]
        walls, cpus = [row[0] for row in rows], [row[1] for row in rows]
        print(f"{name:<6} cpu {spread(cpus)} s  x floor {spread(ratio)}  wall {spread(walls)} s")
    print("fresh:", found["fresh"][-1][2])
    print("again:", found["again"][-1][2])
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()

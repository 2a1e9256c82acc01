"""Reading 5, 500 and 5,000 protocol documents: from YAML (cold), and from the cache (warm), each in a process of its own."""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from harness import ROOT, spread
from many_protocols import write

LOAD = """
import json, resource, sys, time
from pathlib import Path
from gateway.adapters.protocol_files import FileProtocolLibrary, initial_events, load_protocols
from gateway.adapters.protocol_files.cache import DocumentCache
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
began, cpu = time.perf_counter(), time.process_time()
documents = load_protocols(Path(sys.argv[1]), cache=DocumentCache(Path(sys.argv[2])))
library = FileProtocolLibrary(documents, [e for d in documents for e in initial_events(d)])
print(json.dumps({
    "seconds": time.perf_counter() - began, "cpu": time.process_time() - cpu, "before": before,
    "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    "documents": len(documents), "bundle": library.bundle().digest,
}))
"""
ROUNDS = {5: (5, 7), 500: (3, 5), 5_000: (1, 5)}


def load(folder, cache):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", LOAD, str(folder), str(cache)],
        capture_output=True, text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    return json.loads(done.stdout)


def told(kind, count, runs):
    seconds = spread([run["seconds"] for run in runs])
    each = spread([run["cpu"] / count * 1000 for run in runs])
    peak = spread([run["peak"] for run in runs])
    print(f"{count:>6} {kind}  {seconds} s; {each} ms of CPU each; peak {peak} MB "
          f"(start {runs[0]['before']:.0f} MB)", flush=True)  # fmt: skip


def main():
    home = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        for count, (cold_rounds, warm_rounds) in ROUNDS.items():
            folder, cache = write(home / f"p{count}", count), home / f"c{count}"
            cold = []
            for _ in range(cold_rounds):
                shutil.rmtree(cache, ignore_errors=True)
                cold.append(load(folder, cache))
            warm = [load(folder, cache) for _ in range(warm_rounds)]
            told("cold", count, cold)
            told("warm", count, warm)
            assert {run["documents"] for run in cold + warm} == {count}
            assert len({run["bundle"] for run in cold + warm}) == 1
    finally:
        shutil.rmtree(home)


if __name__ == "__main__":
    main()

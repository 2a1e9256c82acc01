"""The people: time and memory to make a crowd and to be asked of it, in CPU time beside a floor.

The floor is what any world of as many people must do once: two columns of as many numbers, sorted. Each size is
made in a process of its own, so that the peak of memory is its own; rounds are interleaved.

    python benchmarks/bench_world.py [--rounds 5] [--sizes 1000 100000 1000000] [--up]
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

DAY = date(2025, 3, 10)
ONE = "import json, sys; sys.path.insert(0, 'benchmarks'); from bench_world import {}; print(json.dumps({}({})))"


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def cpu(work):
    began = time.process_time()
    found = work()
    return 1e3 * (time.process_time() - began), found


def floor(size):
    import numpy as np

    def work():
        numbers = (np.arange(size, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(
            20
        )
        return np.sort(numbers), np.argsort(numbers, kind="stable")

    return {"floor": cpu(work)[0]}


def crowd(size):
    from providers.mutations import batch_for
    from providers.sources import integration, payments, statistics, transactions
    from providers.world import World

    empty = peak()
    told = {}
    told["made"], world = cpu(lambda: World(1, size))
    told["MB"] = peak() - empty
    told["peak MB"] = peak()
    days = [DAY + timedelta(days=n) for n in range(20)]
    took, batches = cpu(lambda: [batch_for(world, day) for day in days])
    told["batch of a day"], told["records"] = (
        took / len(days),
        sum(len(json.loads(b)["records"]) for b in batches) / len(days),
    )
    numbers = [number for day in days for number in world.transactions_on(day)][:500]
    took, _ = cpu(lambda: [transactions.answer(world, {"insz": one}, DAY) for one in numbers])
    told["us a person asked"] = 1e3 * took / max(1, len(numbers))
    told["figures"], _ = cpu(lambda: statistics.answer(world, {}, DAY))
    told["payments of Zele"], _ = cpu(
        lambda: payments.answer(world, {"year": 2025, "municipality": "42028"}, date(2025, 7, 1))
    )
    told["yearly list"], _ = cpu(
        lambda: integration.unfulfilled(world.under_duty(), date(2025, 1, 1))
    )
    told["peak MB after all"] = peak()
    return told


def up(size):
    from gateway.settings import DEMO_CLOCK, Settings
    from gateway.simulation.host import Host

    with tempfile.TemporaryDirectory() as base:
        settings = Settings(
            data=Path(base) / "s",
            http_port=0,
            sftp_port=0,
            clock=DEMO_CLOCK,
            demo=True,
            lines="off",
            people=size,
        )
        took, host = cpu(lambda: Host(settings))
        began, _ = cpu(host.start)
        host.stop()
    return {"up": took + began, "up MB": peak()}


def alone(name, size):
    code = ONE.format(name, name, size)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sizes", type=int, nargs="+", default=[0, 1_000, 100_000, 1_000_000])
    parser.add_argument("--up", action="store_true")
    asked = parser.parse_args()
    for size in asked.sizes:
        found = {}
        for _ in range(asked.rounds):
            for name in ("floor", "crowd", *(("up",) if asked.up else ())):
                for what, value in alone(name, size).items():
                    found.setdefault(what, []).append(value)
        found["made x floor"] = [
            a / b for a, b in zip(found["made"], found["floor"], strict=True) if b
        ]
        print(f"{size} people")
        for what, values in found.items():
            if values:
                print(
                    f"  {what:<20} {statistics.median(values):10.1f} ({min(values):.1f}-{max(values):.1f})"
                )


if __name__ == "__main__":
    main()

"""Spaces and the clock: a reset, a further space, and a day on the clock, in CPU time beside a floor.

The floor of a day is what nobody can leave out: as many small files and as many SQLite transactions as a
day of ours has, written in a plain loop, without waiting for the disk. Rounds are interleaved. What exists at
the start is spared the garbage collector, as `up` does.

    python benchmarks/bench_spaces.py [--rounds 5] [--days 20] [--year]
"""

import argparse
import sqlite3
import statistics
import tempfile
import time
from pathlib import Path

from gateway.cli.up import _spare_the_collector
from gateway.settings import DEMO_CLOCK, Settings
from gateway.simulation.host import Host

FILES, COMMITS = 14, 30


def timed(work):
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return 1e3 * (time.perf_counter() - wall), 1e3 * (time.process_time() - cpu)


def floor_day(folder, database, day):
    for number in range(FILES):
        (folder / f"{day}-{number}.new").write_bytes(b"x" * 400)
        (folder / f"{day}-{number}.new").rename(folder / f"{day}-{number}")
    for number in range(COMMITS):
        database.execute("BEGIN IMMEDIATE")
        database.execute("INSERT INTO event VALUES (?, ?)", (day, number))
        database.execute("COMMIT")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--days", type=int, default=20)
    parser.add_argument("--year", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as base:
        folder = Path(base) / "floor"
        folder.mkdir()
        database = sqlite3.connect(folder / "floor.db", isolation_level=None)
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = OFF")
        database.execute("CREATE TABLE event (day, number)")
        settings = Settings(data=Path(base) / "s", http_port=0, sftp_port=0, clock=DEMO_CLOCK, demo=True,
                            lines="off")  # fmt: skip
        host = Host(settings)
        host.start()
        _spare_the_collector()
        try:
            rounds(host, folder, database, asked)
        finally:
            host.stop()


def rounds(host, folder, database, asked) -> None:
    found = {}

    def note(name, value, per=1):
        found.setdefault(name, []).append((value[0] / per, value[1] / per))

    host.reset(None, None)
    for number in range(asked.rounds):
        note("reset", timed(lambda: host.reset(None, None)))
        note("make", timed(lambda n=number: host.spaces.create(f"s{n}", None, None)))
        days = range(number * asked.days, (number + 1) * asked.days)
        note(
            "floor, a day",
            timed(lambda d=days: [floor_day(folder, database, n) for n in d]),
            asked.days,
        )
        for name, space, transport in (
            ("a day, safe, over SFTP", host.space, "sftp"),
            ("a day, fast, over SFTP", host.spaces.find(f"s{number}"), "sftp"),
            ("a day, fast, in process", host.spaces.find(f"s{number}"), "process"),
        ):
            space.transport["wewis"] = transport
            move = space.time.advance_by
            note(name, timed(lambda m=move: m(days=asked.days, seconds=None)), asked.days)
        note("delete", timed(lambda n=number: host.spaces.delete(f"s{n}")))
    base = statistics.median(cpu for _, cpu in found["floor, a day"])
    for name, values in found.items():
        wall, cpu = (statistics.median(column) for column in zip(*values, strict=True))
        low, high = min(c for _, c in values), max(c for _, c in values)
        print(
            f"{name:<26} wall {wall:7.1f} ms  cpu {cpu:6.1f} ms ({low:.1f} to {high:.1f})  x floor {cpu / base:5.1f}"
        )
    if asked.year:
        host.spaces.create("jaar", None, None)
        year = host.spaces.find("jaar")
        year.transport["wewis"] = "process"
        wall, cpu = timed(lambda: year.time.advance_by(days=365, seconds=None))
        print(
            f"365 days, fast, in process: wall {wall / 1e3:.1f} s, cpu {cpu / 1e3:.1f} s, x floor {cpu / 365 / base:.1f}"
        )


if __name__ == "__main__":
    main()

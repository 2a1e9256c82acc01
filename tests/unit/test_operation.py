"""What operators see, part by part: references, counts, lines and errors without anybody's values."""

import json
import logging
import os
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.adapters.operation import LineSink, Readiness, machine_log
from gateway.adapters.operation.counting import BUCKETS_S, MOST, OTHERS, Tally, Timings
from gateway.adapters.operation.redaction import told_reference
from gateway.ports.operation import NotReady
from tests.people import KARIM, NOOR
from tests.waiting import eventually

KEY = b"k" * 32
PLAIN = "194336fb-419d-4307-8f8b-9c1807fded63"
HIDING = f"{NOOR[:8]}-{NOOR[8:]}0-4307-8f8b-9c1807fded63"


@pytest.mark.parametrize("reference", [PLAIN, f"urn:uuid:{PLAIN}", PLAIN.upper()])
def test_a_plain_uuid_is_told_as_it_is(reference: str) -> None:
    assert told_reference(reference, KEY) == reference


@pytest.mark.parametrize(
    "reference", [NOOR, f"zaak {NOOR}", "Noor Peeters", "", "\ud800", HIDING, f"{PLAIN}\n"]
)
def test_any_other_reference_is_told_as_a_digest(reference: str) -> None:
    told = told_reference(reference, KEY)

    assert told.startswith("~")
    assert len(told) == 17
    assert told == told_reference(reference, KEY)
    assert told != told_reference(reference, b"another" * 4)


@given(st.text(), st.sampled_from([NOOR, KARIM]), st.text())
def test_no_number_is_ever_told(before: str, number: str, after: str) -> None:
    dashed = f"{number[:6]}-{number[6:9]}-{number[9:]}"

    for reference in (before + number + after, before + dashed + after):
        assert number not in told_reference(reference, KEY).replace("-", "")


def test_a_count_has_a_bound_on_its_labels() -> None:
    tally = Tally(("who",))

    for number in range(MOST + 50):
        tally.add((str(number),))
    tally.add(("7",))

    counts = tally.read()
    assert len(counts) == MOST + 1
    assert (counts["7",], counts[OTHERS,]) == (2, 50)


def test_what_many_threads_count_is_all_counted() -> None:
    tally, timings = Tally(("who",)), Timings(("who",))

    def count(who: int) -> None:
        for _ in range(2_000):
            tally.add((who % 2,))
            timings.add((who % 2,), 0.25)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(count, range(8)))
        tally.add((0,), 5)

    assert tally.read() == {(0,): 8_005, (1,): 8_000}
    assert {who: (sum(n), total) for (who,), (n, total) in timings.read().items()} == {
        0: (8_000, 2_000.0), 1: (8_000, 2_000.0),
    }  # fmt: skip


def test_a_timing_falls_into_its_bucket() -> None:
    timings = Timings(("what",))

    for seconds in (0.0005, 0.0006, 99.0):
        timings.add(("x",), seconds)

    counts, total = timings.read()["x",]
    assert (counts[0], counts[1], counts[len(BUCKETS_S)]) == (1, 1, 1)
    assert total == pytest.approx(99.0011)


def test_lines_go_to_the_end_of_a_file_that_may_be_moved_away(tmp_path: Path) -> None:
    file = tmp_path / "lines"
    sink = LineSink(str(file), "json")

    sink.put(lambda: {"at": "one"})
    eventually(file.exists)
    file.rename(tmp_path / "older")
    sink.put(lambda: {"at": "two"})
    sink.close()

    assert json.loads((tmp_path / "older").read_text()) == {"at": "one"}
    assert json.loads(file.read_text()) == {"at": "two"}
    assert file.stat().st_mode & 0o777 == 0o600


def test_lines_that_cannot_be_written_are_counted_and_hold_nobody_up(tmp_path: Path) -> None:
    sink = LineSink(str(tmp_path / "no" / "folder"), "json")

    sink.put(lambda: {"at": "one"})
    sink.close()

    assert sink.lost == 1


def test_a_line_for_people_is_one_line_whatever_is_in_it(tmp_path: Path) -> None:
    sink = LineSink(str(tmp_path / "lines"), "text")
    words = {"at": "2026-11-26T07:36:25.009Z", "line": "request", "outcome": "refusal",
             "status": 403, "route": "a\nb\x1b[31m", "unit": None}  # fmt: skip

    sink.put(lambda: words)
    sink.close()

    text = (tmp_path / "lines").read_text()
    assert text == "07:36:25.009  request  refusal  403  route=a?b?[31m\n"


@pytest.fixture
def machine_lines(tmp_path: Path) -> Iterator["Lines"]:
    """Python's logging as a gateway's process has it, put back afterwards."""
    root, hook = logging.getLogger(), threading.excepthook
    handlers, level = list(root.handlers), root.level
    sink = LineSink(str(tmp_path / "lines"), "json")
    machine_log.install(sink)
    try:
        yield Lines(sink, tmp_path / "lines")
    finally:
        root.handlers[:], threading.excepthook = handlers, hook
        root.setLevel(level)


class Lines:
    def __init__(self, sink: LineSink, path: Path) -> None:
        self._sink, self._path = sink, path

    def read(self) -> list[dict[str, object]]:
        self._sink.close()
        return [json.loads(line) for line in self._path.read_text().splitlines()]


def fail_about(number: str) -> None:
    try:
        raise KeyError(number)
    except KeyError as error:
        raise ValueError(f"nobody is {number}") from error


def test_a_library_s_message_is_told_without_values(machine_lines: Lines) -> None:
    log = logging.getLogger("some.library")
    try:
        fail_about(NOOR)
    except ValueError:
        log.exception("cannot look up %s", NOOR)
    log.error(f"cannot look up {NOOR}")  # noqa: G004  as libraries do
    logging.getLogger("httpx").warning("HTTP Request: GET /?insz=%s", NOOR)
    logging.getLogger("gateway.adapters.worker").error("%s at %s:%s", "ValueError", "x.py", 3)

    formatted, written, own = machine_lines.read()

    assert NOOR not in json.dumps([formatted, written, own])
    assert formatted["message"] == "cannot look up %s"
    assert formatted["error"] == "ValueError < KeyError"
    assert "fail_about" in str(formatted["frames"])
    assert written["message"] is None
    assert own["message"] == "ValueError at x.py:3"


def test_what_ends_a_thread_is_told_without_values(machine_lines: Lines) -> None:
    thread = threading.Thread(target=fail_about, args=(NOOR,))
    thread.start()
    thread.join()

    (line,) = machine_lines.read()

    assert (line["error"], line["message"]) == ("ValueError < KeyError", "a thread ended")
    assert NOOR not in json.dumps(line)


def test_a_part_is_looked_at_at_most_once_a_second_and_says_why_it_does_not_work() -> None:
    looks, now = [0], [0.0]

    def look() -> str:
        looks[0] += 1
        if looks[0] == 2:
            raise NotReady("it is gone")
        if looks[0] == 3:
            raise ValueError(NOOR)
        return "fine"

    readiness = Readiness({"part": look}, lambda: now[0])
    seen = []
    for now[0] in (0.0, 0.9, 1.0, 2.5, 4.0):
        (part,) = readiness.parts()
        seen.append((part.works, part.reason))

    assert seen == [
        (True, "fine"), (True, "fine"), (False, "it is gone"),
        (False, "something went wrong while looking: ValueError"), (True, "fine"),
    ]  # fmt: skip


def test_lines_to_a_reader_who_does_not_read_hold_nobody_up() -> None:
    """Standard error may be a pipe that nobody empties: the pipe is full, and `put` returns all the same."""
    code = """
import sys
from gateway.adapters.operation import LineSink
sink = LineSink("stderr", "json")
for _ in range(3000):
    sink.put(lambda: {"at": "x" * 200})
print("done", flush=True)
sys.stdin.read()
import os; os._exit(0)
"""
    import subprocess

    process = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, env=os.environ | {"PYTHONWARNINGS": "ignore"},
    )  # fmt: skip
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"done\n"
    finally:
        process.kill()
        process.communicate()

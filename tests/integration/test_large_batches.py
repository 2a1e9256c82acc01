"""The largest batches, in a process of their own: what they come to, and how much memory they took."""

import json
import subprocess
import sys
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

import pytest

from tests.large_batch import FLOW
from tests.numbers import many_numbers

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(900)]


def write(file: Path, count: int, numbers: Iterable[str]) -> None:
    """A batch with these numbers, not held in memory as text."""
    records = iter(numbers)
    with file.open("w", encoding="ascii") as out:
        out.write(f'{{"schema":"{FLOW}/1","dag":"2025-03-10","volgnummer":1,"aantal":{count},"records":[')  # fmt: skip
        opening = ""
        while piece := [f'{{"insz":"{number}"}}' for number in islice(records, 100_000)]:
            out.write(opening + ",".join(piece))
            opening = ","
        out.write("]}")


def distributed(tmp_path: Path, file: Path) -> dict[str, object]:
    command = [sys.executable, "-m", "tests.large_batch", str(file), str(tmp_path / "drop")]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    told: dict[str, object] = json.loads(done.stdout)
    return told


@pytest.mark.parametrize(("count", "most"), [(1_000_000, 100), (5_000_000, 300)])
def test_a_large_batch_stays_within_its_memory(tmp_path: Path, count: int, most: int) -> None:
    file = tmp_path / f"{FLOW}_2025-03-10.json"
    write(file, count, many_numbers(count))

    told = distributed(tmp_path, file)

    assert told["accepted"] == told["received"] == count
    assert told["sizes"] == [count, *[count // 5] * 5]
    assert float(str(told["peak"])) < most, told


def test_a_large_batch_in_which_most_is_wrong_stays_within_it_too(tmp_path: Path) -> None:
    file, count = tmp_path / f"{FLOW}_2025-03-10.json", 5_000_000
    numbers = many_numbers(1_000_000)
    wrong = (f"{int(number) ^ 1:011d}" for number in numbers)
    write(file, count, (n for some in (numbers, numbers, wrong, numbers, numbers) for n in some))

    told = distributed(tmp_path, file)

    assert (told["accepted"], told["merged"], told["rejected"]) == (1_000_000, 3_000_000, 1_000_000)
    assert told["sizes"] == [1_000_000, *[200_000] * 5]
    assert float(str(told["peak"])) < 300, told

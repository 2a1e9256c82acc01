"""The reader that takes runs of records at a stroke, beside one that takes them one by one."""

import json
from array import array
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from gateway.adapters.mutation_json import JsonBatchReader
from gateway.contracts.drop import CompletedUpload
from gateway.contracts.insz import InszInvalid, check_digits, parse_insz
from gateway.domain.number_lists import common, together, written
from tests.naive_batch import Told, naive_reading
from tests.numbers import some_numbers

FLOW, DAY = "jobbonusplus-mutaties", date(2025, 3, 10)
AT = datetime(2025, 3, 11, 12, tzinfo=UTC)
GOOD = some_numbers(400)
BAD = [f"{n:011d}" for n in (0, 1, 10**11 - 1, 50_010_112_345, int(GOOD[0]) + 1, 61_733_200_101)]
REAL_LOOKING = [f"{nine:09d}{check_digits(nine, born_from_2000=young):02d}"
                for nine in (850_100_001, 850_200_007, 850_132_001, 854_101_003, 0, 999_999_999)
                for young in (False, True)]  # fmt: skip
numbers = st.sampled_from(GOOD) | st.sampled_from(GOOD[:5]) | st.sampled_from(BAD + REAL_LOOKING)
SHAPES = ['{"insz":"%s"}', '{"insz": "%s"}', '{ "insz" :\n"%s"\t}', '{"insz"' + " " * 70 + ':"%s"}',
          '{"insz":"%s"' + " " * 4_090 + "}", '{"insz": "%s", "naam": "x"}', '{"insz":"%s","insz":"1"}',
          '{"\\u0069nsz":"%s"}', '"%s"', "[%s]", '{"insz":%s0}', '{"insz":"0%s"}', '{"insz":"\u0661%s"}', "{}",
          '{"naam":"%s' + "}],[{" * 3 + '"}', "null"]  # fmt: skip
dirty = st.builds(lambda shape, number: shape.replace("%s", number), st.sampled_from(SHAPES), numbers)  # fmt: skip


@st.composite
def runs(draw: st.DrawFn) -> list[str]:
    """Records that look alike, enough of them in a row to be taken as a block."""
    shape, size = draw(st.sampled_from(SHAPES[:4])), draw(st.integers(1, 700))
    of = draw(st.lists(numbers, min_size=1, max_size=4)) if draw(st.booleans()) else GOOD
    first = draw(st.integers(0, len(of) - 1))
    return [shape.replace("%s", of[(first + n) % len(of)]) for n in range(size)]


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """Mostly well-formed files with records of every kind."""
    pieces = draw(st.lists(runs() | st.lists(dirty, max_size=3), max_size=5))
    records = [record for piece in pieces for record in piece]
    comma = draw(st.sampled_from([",", ", ", ",\n  ", " ,"]))
    wrong = draw(st.sampled_from([0] * 9 + [1]))
    head = json.dumps({"schema": f"{FLOW}/1", "dag": DAY.isoformat(), "volgnummer": 1,
                       "aantal": len(records) + wrong})  # fmt: skip
    end = draw(st.sampled_from(["]}"] * 9 + [",]}", "]", "] x}"]))
    return (head[:-1] + ', "records": [' + comma.join(records) + end).encode()


def read(path: Path, content: bytes, *, test_numbers_only: bool = True) -> Told:
    file = path / f"{FLOW}_{DAY}.json"
    file.write_bytes(content)
    upload = CompletedUpload("wewis", FLOW, file.name, str(file))
    found = JsonBatchReader(test_numbers_only=test_numbers_only).read(upload, AT)
    assert isinstance(found.subjects, array)
    lines = list(found.lines)
    assert found.merged == sum(line.status.value == "samengevoegd" for line in lines)
    assert found.rejected == sum(line.status.value == "geweigerd" for line in lines)
    is_hopeless = found.hopeless is not None
    return found.sha256, found.day, found.received, list(found.subjects), lines, is_hopeless


@given(files(), st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_runs_at_a_stroke_and_records_one_by_one_come_to_the_same(
    tmp_path: Path,
    content: bytes,
    test_numbers_only: bool,  # noqa: FBT001  hypothesis gives it
) -> None:
    expected = naive_reading(content, FLOW, DAY, test_numbers_only=test_numbers_only)

    assert read(tmp_path, content, test_numbers_only=test_numbers_only) == expected


def test_a_block_is_left_where_one_digit_or_one_byte_differs(tmp_path: Path) -> None:
    shape = [f'{{"insz":"{number}"}}' for number in GOOD[:300]]
    for spoilt in ('{"insz":"5001610010:"}', '{"insz":"50016100/01"}', '{"insz":"50016100101"]'):
        records = [*shape[:130], spoilt, *shape[130:]]
        head = f'{{"schema":"{FLOW}/1","dag":"{DAY}","volgnummer":1,"aantal":301,"records": ['
        content = (head + ",".join(records) + "]}").encode()
        told = read(tmp_path, content)
        assert told == naive_reading(content, FLOW, DAY)
        assert told[2:3] + told[5:] in {(301, False), (0, True)}


@given(st.lists(st.integers(0, 10**11 - 1)))
@example([int(number) for number in REAL_LOOKING])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_checks_on_columns_are_those_of_one_number(tmp_path: Path, some: list[int]) -> None:
    nines = [(number // 100, number // 100 % 2 == 0) for number in some]
    every = [*some, *(nine * 100 + check_digits(nine, born_from_2000=young) for nine, young in nines)]  # fmt: skip
    texts = [f"{number:011d}" for number in every]
    content = json.dumps({"schema": f"{FLOW}/1", "dag": DAY.isoformat(), "volgnummer": 1,
                          "aantal": len(texts), "records": [{"insz": t} for t in texts]})  # fmt: skip

    accepted = read(tmp_path, content.encode(), test_numbers_only=False)[3]

    assert accepted == sorted({int(text) for text in texts if is_valid(text)})


def is_valid(text: str) -> bool:
    try:
        parse_insz(text)
    except InszInvalid:
        return False
    return True


some_lists = st.frozensets(st.integers(0, 10**11 - 1) | st.integers(0, 40), max_size=60)


@given(some_lists, some_lists)
def test_lists_are_joined_and_cut_as_sets(one: frozenset[int], other: frozenset[int]) -> None:
    lists = array("Q", sorted(one)), array("Q", sorted(other))

    assert list(common(*lists)) == sorted(one & other)
    assert list(together(lists)) == sorted(one | other)


@pytest.mark.parametrize("count", [0, 1, 49_999, 50_000, 50_001, 120_000])
def test_a_list_is_written_number_by_number(count: int) -> None:
    numbers = array("Q", [n * 812_345 for n in range(count - 1)] + [10**11 - 1] * bool(count))

    assert b"".join(written(numbers)).decode() == ",".join(f'"{n:011d}"' for n in numbers)

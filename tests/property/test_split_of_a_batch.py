"""F15 without a wire: a consumer's part of a batch is what it registered of it, in order, to the byte."""

import json
from array import array
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.parcel_content import NumberList, entitled

numbers = st.frozensets(st.integers(10**9, 10**11 - 1), max_size=30)


@given(numbers, numbers)
def test_f15_a_file_holds_the_batch_cut_down_to_who_is_registered(
    batch: frozenset[int], registered: frozenset[int]
) -> None:
    subjects = entitled(array("Q", sorted(batch)), array("Q", sorted(registered)))
    assert subjects == entitled(array("Q", sorted(batch)), registered)
    content = b"".join(NumberList(subjects).chunks("jobbonusplus-mutaties", date(2025, 3, 10), 1))

    read = json.loads(content)
    assert [int(number) for number in read["insz"]] == sorted(batch & registered)
    assert all(len(number) == 11 for number in read["insz"])
    assert read["aantal"] == len(batch & registered)

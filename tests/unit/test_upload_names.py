"""What the name of an upload tells, and what is no name of one."""

from datetime import date

import pytest

from gateway.domain.upload_name import UploadName, UploadNameInvalid, parse_upload_name

FLOW = "jobbonusplus-mutaties"


def test_a_name_tells_flow_day_and_number() -> None:
    first, second = f"{FLOW}_2025-03-10.json", f"{FLOW}_2025-03-10_2.json"

    assert parse_upload_name(first, FLOW) == UploadName(FLOW, date(2025, 3, 10), 1)
    assert parse_upload_name(second, FLOW) == UploadName(FLOW, date(2025, 3, 10), 2)


@pytest.mark.parametrize(
    "rest",
    ["2025-02-30", "2025-W10-1", "2025-03-10_0", "2025-03-10_1\u0662", "2025-03-1\u0660", "2025-03-10_10000", "20250310", "2025-03-10_1_1"],
)  # fmt: skip
def test_other_names_are_refused(rest: str) -> None:
    with pytest.raises(UploadNameInvalid):
        parse_upload_name(f"{FLOW}_{rest}.json", FLOW)


def test_the_name_of_another_flow_is_refused() -> None:
    with pytest.raises(UploadNameInvalid):
        parse_upload_name("inburgering-jaarlijst_2025-01-01.json", FLOW)

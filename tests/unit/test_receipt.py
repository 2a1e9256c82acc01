"""The receipt of an upload, written in pieces however many lines it has."""

import json
from array import array
from datetime import UTC, date, datetime

import pytest

from gateway.domain.mutation import BatchReading, Lines, LineStatus
from gateway.domain.receipt import ConsumerLine, Receipt, ShareStatus, UploadStatus

MERGED = (LineStatus.MERGED, None, "staat al in dit bestand")
REJECTED = (LineStatus.REJECTED, "30001", "insz-invalid")


def a_receipt(count: int) -> Receipt:
    lines = Lines()
    for number in range(2, 2 * count + 1, 2):
        lines.add(number, MERGED if number % 3 else REJECTED)
    reading = BatchReading(sha256="0" * 64, day=date(2025, 3, 10), received=2 * count + 1,
                           subjects=array("Q", range(count + 1)), lines=lines)  # fmt: skip
    consumers = [ConsumerLine("vsd", ShareStatus.SUSPENDED, "art. 9")]
    return Receipt(batch="B-1", name='een "naam" é', status=UploadStatus.DISTRIBUTED, reading=reading,
                   received_at=datetime(2025, 3, 11, tzinfo=UTC), decision="D-7", consumers=consumers,
                   remedy="niets")  # fmt: skip


@pytest.mark.parametrize("count", [0, 1, 9_999, 10_000, 10_001, 20_000])
def test_a_receipt_is_one_json_text_with_every_line(count: int) -> None:
    told = json.loads(b"".join(a_receipt(count).as_json()))

    rejected = [2 * n for n in range(1, count + 1) if 2 * n % 3 == 0]
    assert list(told) == ["batch", "bestand", "sha256", "dag", "volgnummer", "status", "ontvangen_op",
                          "beslissing", "records", "regels", "afnemers", "remedy"]  # fmt: skip
    assert told["bestand"] == 'een "naam" é'
    assert told["records"] == {"ontvangen": 2 * count + 1, "aanvaard": count + 1,
                               "samengevoegd": count - len(rejected), "geweigerd": len(rejected)}  # fmt: skip
    assert [line["regel"] for line in told["regels"]] == list(range(2, 2 * count + 1, 2))
    assert [line["regel"] for line in told["regels"] if line["code"] == "30001"] == rejected
    assert told["afnemers"] == [{"afnemer": "vsd", "status": "opgeschort", "artikel": "art. 9"}]


@pytest.mark.parametrize("count", [0, 1, 5_000, 10_001])
def test_the_table_has_a_row_for_every_record(count: int) -> None:
    head, *rows = b"".join(a_receipt(count).as_csv()).decode().splitlines()

    assert head == "regel;status;code;reden"
    assert [int(row.split(";")[0]) for row in rows] == list(range(1, 2 * count + 2))
    assert all(";aanvaard;;" in row for row in rows[::2])
    assert not any(";aanvaard;" in row for row in rows[1::2])

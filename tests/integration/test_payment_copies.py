"""003-37: what Zele keeps of a payment file, and the day on which it is really gone."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest

from consumers.agencies.credit_transfer import Debtor, as_xml
from consumers.agencies.payment_copies import SCHEMA, Copied, PaymentCopies, total
from consumers.agencies.payment_list import Standing, judge_rows
from consumers.agencies.store import Store
from consumers.agencies.zele import Municipality
from consumers.answers import Answer
from consumers.contents import RequestedFile
from consumers.file_contents import PaymentFile
from tests.people import BRAM, INES, NOOR
from tests.unit.test_payment_order import a_file, a_row

JULY = date(2025, 7, 5)


@dataclass
class Later:
    """A clock that is put."""

    day: date = field(default=JULY)

    def now(self) -> datetime:
        return datetime.combine(self.day, time(8), UTC)


class Nobody:
    """A gateway that nothing is asked of here."""

    def payment_file(self) -> Answer[RequestedFile]:
        raise AssertionError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "payments.db"


@pytest.fixture
def clock() -> Later:
    return Later()


@pytest.fixture
def zele(path: Path, clock: Later) -> Iterator[Municipality]:
    with Store(path, SCHEMA) as store:
        yield Municipality(
            Nobody(), PaymentCopies(store), clock, Debtor("Zele", "BE49999000000171")
        )


def take(zele: Municipality, name: str, file: PaymentFile) -> None:
    copies = zele.copies
    with copies.store.together():
        copies.keep(name, file, judge_rows(file, copies.settled(file.year)), zele.clock.now())


def found(zele: Municipality, name: str) -> Copied:
    copied = zele.find(name)
    assert copied is not None
    return copied


def test_a_copy_is_there_for_a_year_and_then_gone_from_the_disk(
    zele: Municipality, clock: Later, path: Path
) -> None:
    take(zele, "july", a_file(a_row(NOOR, name="Wegwezen")))
    clock.day = date(2026, 7, 4)
    before = (zele.purge(), zele.find("july") is not None, b"Wegwezen" in path.read_bytes())
    clock.day = date(2026, 7, 5)
    after = (zele.purge(), zele.find("july"), zele.copies.settled(2025))

    assert before == (0, True, True)
    assert after == (2, None, set())
    assert NOOR.encode() not in path.read_bytes()
    assert b"Wegwezen" not in path.read_bytes()


def test_a_year_after_29_february_is_28_february(zele: Municipality, clock: Later) -> None:
    clock.day = date(2028, 2, 29)
    take(zele, "january", a_file(a_row(), day=date(2028, 1, 1), year=2027))
    clock.day = date(2029, 2, 27)
    before = zele.find("january")
    clock.day = date(2029, 2, 28)

    assert before is not None
    assert zele.find("january") is None


def test_a_childs_number_goes_when_the_next_years_data_is_there_and_the_copy_stays(
    zele: Municipality, clock: Later, path: Path
) -> None:
    take(zele, "july", a_file(a_row(NOOR)))
    clock.day = date(2026, 1, 8)
    take(zele, "january", a_file(a_row(BRAM), day=date(2026, 1, 1)))
    both = zele.copies.settled(2025)
    clock.day = date(2026, 7, 2)
    take(zele, "next", a_file(a_row(INES), day=date(2026, 7, 1), year=2026))

    assert both == {NOOR, BRAM}
    assert (zele.copies.settled(2025), zele.copies.settled(2026)) == (set(), {INES})
    assert found(zele, "july").rows[0].row.beneficiary.name == "Voorbeeld"
    assert NOOR.encode() not in path.read_bytes()


def test_the_copy_itself_holds_no_number_of_a_child(zele: Municipality) -> None:
    take(zele, "july", a_file(a_row(NOOR)))

    (row,) = found(zele, "july").rows
    (kept,) = zele.copies.store.rows("SELECT content FROM copy")

    assert row.row.child.insz == ""
    assert NOOR not in kept[0]


def test_003_15_january_pays_nobody_who_was_paid_in_july_or_seen_to_by_hand(
    zele: Municipality,
) -> None:
    take(zele, "july", a_file(a_row(NOOR), a_row(BRAM, account=None)))
    take(zele, "january", a_file(a_row(NOOR), a_row(BRAM), a_row(INES), day=date(2026, 1, 1)))

    january = found(zele, "january")

    assert [one.standing for one in january.rows] == [
        Standing.PAID_BEFORE, Standing.PAID_BEFORE, Standing.ORDERED,
    ]  # fmt: skip
    order = zele.order(january)
    assert order is not None
    assert [one.key for one in order.transfers] == ["TOELAGE-2025-000001-000003"]


def test_an_order_is_the_same_whenever_it_is_made_and_sums_fit(
    zele: Municipality, clock: Later
) -> None:
    take(zele, "july", a_file(a_row(NOOR), a_row(BRAM, "75.00", account=None), a_row(INES, "1.00")))
    first, copied = zele.order(found(zele, "july")), found(zele, "july")
    clock.day = date(2025, 9, 1)
    again = zele.order(found(zele, "july"))

    assert first is not None
    assert again is not None
    assert as_xml(first) == as_xml(again)
    assert first.total + total(copied.by_hand) + total(copied.not_paid) == total(copied.rows)


def test_an_empty_file_and_one_without_accounts_give_no_order(zele: Municipality) -> None:
    take(zele, "empty", a_file())
    take(zele, "hand", a_file(a_row(account=None)))

    assert zele.order(found(zele, "empty")) is None
    assert zele.order(found(zele, "hand")) is None
    assert len(found(zele, "hand").by_hand) == 1

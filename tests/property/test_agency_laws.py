"""Laws of the agencies: sums that do not depend on order, texts that always warn, terms that are never outrun."""

import tempfile
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from consumers.agencies import mailbox, payer_records
from consumers.agencies.calendar import legal_day, months_later
from consumers.agencies.family_income import family_income, net_bonus
from consumers.agencies.mail_check import Kind, check
from consumers.agencies.mailbox import Mailbox, gone_on
from consumers.agencies.payer_records import PayerRecords
from consumers.agencies.store import Store
from consumers.contents import Transaction, Transactions
from consumers.file_contents import PersonList

DAYS = st.dates(date(2020, 1, 1), date(2040, 12, 31))
AMOUNTS = st.decimals(Decimal(-1200), Decimal(1200), places=2)
MOVEMENTS = st.lists(
    st.builds(Transaction, st.integers(2022, 2026), st.sampled_from((1, 2)), AMOUNTS, DAYS),
    max_size=12,
)


class StandingClock:
    """Stands where it is put."""

    def __init__(self, day: date) -> None:
        self.day = day

    def now(self) -> datetime:
        return datetime.combine(self.day, time(12), UTC)


@given(MOVEMENTS, st.randoms(use_true_random=False))
def test_001_the_nets_of_all_years_are_the_sum_of_everything_in_any_order(
    movements: list[Transaction], random: object
) -> None:
    turned = list(movements)
    random.shuffle(turned)  # type: ignore[attr-defined]  # it is a random.Random
    years = {one.fiscal_year for one in movements}

    assert sum((net_bonus(turned, year) for year in years), Decimal(0)) == sum(
        (one.amount for one in movements), Decimal(0)
    )


@given(MOVEMENTS, AMOUNTS.filter(lambda amount: amount > 0), DAYS, DAYS)
def test_001_what_is_paid_and_recovered_again_changes_no_income(
    movements: list[Transaction], amount: Decimal, paid_on: date, recovered_on: date
) -> None:
    declared = Decimal("24000.00")
    both = [Transaction(2024, 1, amount, paid_on), Transaction(2024, 1, -amount, recovered_on)]

    before = family_income(declared, movements, 2024)
    after = family_income(declared, [*movements, *both], 2024)

    assert (after.net_bonus, after.counted) == (before.net_bonus, before.counted)


@given(MOVEMENTS, st.decimals(Decimal(-1000), Decimal(90000), places=2))
def test_001_taking_out_never_makes_an_income_larger_or_a_debt(
    movements: list[Transaction], declared: Decimal
) -> None:
    income = family_income(declared, movements, 2024)

    assert min(declared, Decimal(0)) <= income.counted <= declared
    assert income.counted + income.deducted == declared
    assert income.deducted == income.net_bonus or income.doubts


AROUND = st.text(st.characters(categories=("Ll", "Lu")), max_size=12).map(
    lambda s: f"{s} " if s else ""
)
BELGIAN = st.integers(0, 10**14 - 1).map(lambda n: f"BE{n:014d}")
GAPS = st.sampled_from(("", " ", "-", ".", " - ", "\u00a0", "\n", "\u200b"))


@given(AROUND, BELGIAN, GAPS, st.sampled_from((1, 2, 4)), st.sampled_from((str.lower, str.upper)))
def test_000_every_belgian_account_number_is_found_in_every_grouping(
    before: str, account: str, gap: str, size: int, cased: Callable[[str], str]
) -> None:
    parts = [account[at : at + size] for at in range(0, len(account), size)]
    text = f"{before}{gap.join(parts)}, dank u"

    assert Kind.ACCOUNT in {one.kind for one in check(cased(text))}


def grouped(amount: Decimal, gap: str, mark: str) -> str:
    return f"{amount:,.2f}".replace(",", "G").replace(".", mark).replace("G", gap)


@given(
    AROUND,
    st.decimals(Decimal("0.01"), Decimal("99999.99"), places=2),
    st.sampled_from(("", ".", " ", "\u202f")),
    st.sampled_from(("{} euro", "{}euro", "€{}", "€ {}", "EUR {}", "{} EUR", "{} €", "{}€", "{}")),
)
def test_000_every_amount_is_found_however_it_is_written(
    before: str, amount: Decimal, gap: str, form: str
) -> None:
    text = f"{before}{form.format(grouped(amount, gap, ','))} is het"

    assert Kind.AMOUNT in {one.kind for one in check(text)}


@given(st.text(max_size=200))
def test_no_text_is_too_strange_to_check(text: str) -> None:
    for warned in check(text):
        assert 0 <= warned.start < warned.end


@given(DAYS)
def test_000_10_no_mail_is_ever_kept_longer_than_twelve_months(sent_on: date) -> None:
    gone = gone_on(sent_on)

    assert timedelta(days=365) <= gone - sent_on <= timedelta(days=366)
    assert (gone.year, gone.month) == (sent_on.year + 1, sent_on.month)
    assert gone.day <= sent_on.day


@given(DAYS, st.integers(0, 60))
def test_months_never_run_over(day: date, months: int) -> None:
    later = months_later(day, months)

    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day <= day.day


@given(st.integers(0, 8 * 366 * 24))
def test_the_day_is_the_belgian_one(hours: int) -> None:
    at = datetime(2022, 1, 1, tzinfo=UTC) + timedelta(hours=hours)

    assert legal_day(at) - at.date() in (timedelta(0), timedelta(days=1))
    assert (legal_day(at) > at.date()) <= (at.hour >= 22)


@settings(max_examples=12)
@given(st.lists(DAYS, min_size=1, max_size=4), st.lists(DAYS, min_size=1, max_size=6))
def test_000_10_whoever_looks_finds_the_mails_of_the_last_twelve_months_and_no_others(
    sent: list[date], looks: list[date]
) -> None:
    moments = sorted([(day, "send") for day in sent] + [(day, "look") for day in looks])
    clock = StandingClock(moments[0][0])
    there: list[date] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        Store(Path(folder) / "mail.db", mailbox.SCHEMA) as store,
    ):
        box = Mailbox(store, clock)
        for day, deed in moments:
            clock.day = day
            if deed == "send":
                box.keep("vraag", "antwoord")
                there.append(day)
            there = [one for one in there if gone_on(one) > day]
            assert [one.sent_on for one in box.all()] == there


NUMBERS = st.sampled_from(("12631400209", "15690200187", "90712301137", "88660602073"))

FAMILIES = NUMBERS.map(lambda n: f"F-{n[:2]}")


@settings(max_examples=12)
@given(
    st.lists(st.tuples(NUMBERS, FAMILIES), max_size=6),
    st.frozensets(FAMILIES, max_size=2),
    st.lists(st.frozensets(NUMBERS), max_size=4),
)
def test_001_only_announced_persons_of_our_own_families_are_asked_about(
    members: list[tuple[str, str]], ended: frozenset[str], files: list[frozenset[str]]
) -> None:
    known = {insz for insz, _ in members}
    ours = {insz for insz, family in members if family not in ended}
    with (
        tempfile.TemporaryDirectory() as folder,
        Store(Path(folder) / "payer.db", payer_records.SCHEMA) as store,
    ):
        records = PayerRecords(store)
        for insz, family in members:
            records.add_family(family, [insz], date(2025, 3, 10))
        for insz in records.to_ask():
            records.keep(insz, Transactions(insz))
        for family in ended:
            assert ours.isdisjoint(records.end(family))
        for number, listed in enumerate(files, 1):
            file = PersonList(
                "x/1", "x", date(2025, 3, 10), number, len(listed), tuple(sorted(listed))
            )
            assert records.announce(file) == len(listed & ours)
            assert records.announce(file) == 0

        assume(files)
        assert set(records.to_ask()) == ours & frozenset().union(*files)
        kept = (Path(folder) / "payer.db").read_bytes()
        for stranger in frozenset().union(*files) - known:
            assert stranger.encode() not in kept

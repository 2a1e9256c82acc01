"""Small cells say nothing: hypothesis over any figures."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.statistics import SMALLEST_CELL, suppressed, years_of

cells = st.dictionaries(
    st.tuples(st.integers(2020, 2026), st.sampled_from([1, 2])), st.integers(0, 40)
)


@given(cells, st.sampled_from([None, 2022, 2024, 2030]))
def test_a_cell_of_fewer_than_ten_looks_like_one_of_nobody(
    figures: dict[tuple[int, int], int], year: int | None
) -> None:
    rows = [
        {"fiscaalJaar": y, "bedragtype": t, "aantal": n, "verrichtingbedrag": f"{n * 600}.00"}
        for (y, t), n in figures.items()
    ]
    years = list(years_of(year, 2025))
    shown = suppressed(rows, years)

    assert [(one["fiscaalJaar"], one["bedragtype"]) for one in shown] == [
        (y, t) for y in years for t in (1, 2)
    ]
    for one in shown:
        people = figures.get((one["fiscaalJaar"], one["bedragtype"]), 0)
        told = (one["aantal"], one["verrichtingbedrag"])
        assert told == ((people, f"{people * 600}.00") if people >= SMALLEST_CELL else (None, None))

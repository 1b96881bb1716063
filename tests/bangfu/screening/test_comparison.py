"""What other rules would change, told without small numbers and without what they could be had from."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from bangfu.screening.comparison import FEW, HIDDEN, CountyChange, changes, told
from bangfu.screening.comparison import Told as Row


def persons(**counties: str) -> pl.DataFrame:
    return pl.DataFrame(list(counties.items()), ["cluster_id", "county"], orient="row")


def test_kept_gained_and_lost_by_county() -> None:
    before = persons(a="530102", b="530102", c="530103")
    after = persons(b="530102", c="530103", d="530103", e="530111")
    assert changes(before, after) == [
        CountyChange("530102", 1, 0, 1),
        CountyChange("530103", 1, 1, 0),
        CountyChange("530111", 0, 1, 0),
    ]


def test_numbers_of_five_are_told_and_none_is_no_secret() -> None:
    assert told([CountyChange("530102", 40, 5, 0)]) == [Row("530102", 40, 5, 0)]


def test_a_small_number_hides_what_it_could_be_had_from() -> None:
    """The county's officers know how long its list is: lost is that less kept."""
    rows = told([CountyChange("530102", 40, 0, 3), CountyChange("530103", 50, 9, 8), CountyChange("530111", 60, 7, 12)])
    assert rows[0] == Row("530102", HIDDEN, 0, FEW)
    assert rows[1].lost == HIDDEN
    assert rows[1].kept == HIDDEN


changes_of_counties = st.lists(st.tuples(*[st.integers(0, 12)] * 3), min_size=1, max_size=8)


@given(changes_of_counties)
def test_nothing_small_is_ever_told_or_can_be_had(numbers: list[tuple[int, int, int]]) -> None:
    rows = [CountyChange(f"5301{i:02d}", *three) for i, three in enumerate(numbers)]
    shown = told(rows)
    for cell in ("kept", "gained", "lost"):
        for true, row in zip(rows, shown, strict=True):
            number = getattr(row, cell)
            assert number in {FEW, HIDDEN} or number == getattr(true, cell) == 0 or number >= 5
        hidden = [true for true, row in zip(rows, shown, strict=True) if isinstance(getattr(row, cell), str)]
        open_ = [row for row in shown if isinstance(getattr(row, cell), int) and getattr(row, cell)]
        together = sum(getattr(true, cell) for true in hidden)
        assert not hidden or not open_ or (len(hidden) > 1 and together >= 5)
    for true, row in zip(rows, shown, strict=True):
        if row.lost in {FEW, HIDDEN} or row.gained in {FEW, HIDDEN}:
            assert isinstance(row.kept, str) or true.kept == 0

"""What is told is told of five persons at least, jointly."""

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from bangfu.federation.payload import PAYLOAD, suppressed

ROWS = st.lists(
    st.tuples(st.integers(0, 12), st.sampled_from(["2026-01", "2026-02", None]), st.sampled_from([0, 1, None])),
    max_size=40,
)


@given(ROWS)
@settings(max_examples=25)
def test_no_combination_is_of_fewer_than_five(rows: list[tuple[int, str | None, int | None]]) -> None:
    told = pl.DataFrame(
        {"reason": ["illness"] * len(rows), "month": [row[1] for row in rows], "band": [row[2] for row in rows]},
        schema=PAYLOAD,
    )
    persons = pl.Series("person", [row[0] for row in rows], dtype=pl.Int64)
    given_back, lost = suppressed(told, persons)
    assert given_back.schema == told.schema
    assert given_back.height == told.height
    counted = (
        given_back.with_columns(persons)
        .filter(pl.col("reason").is_not_null())
        .group_by(*PAYLOAD)
        .agg(pl.col("person").n_unique())
    )
    assert all(count >= 5 for count in counted["person"])
    kept = pl.concat([told, given_back.rename(lambda name: f"{name}_told")], how="horizontal")
    invented = kept.filter(
        (pl.col("month_told").is_not_null() & (pl.col("month_told") != pl.col("month")))
        | (pl.col("band_told") > pl.col("band"))
    )
    assert not invented.height
    assert lost <= told.height
    if persons.n_unique() >= 5:
        assert given_back["reason"].null_count() == 0


def test_rare_combinations_are_told_together() -> None:
    told = pl.DataFrame(
        {"reason": ["illness"] * 12, "month": ["2026-01"] * 6 + ["2026-02"] * 3 + ["2026-03"] * 3, "band": [1] * 12},
        schema=PAYLOAD,
    )
    given_back, lost = suppressed(told, pl.Series(range(12)))
    assert given_back["month"].to_list() == ["2026-01"] * 6 + [None] * 6
    assert lost == 6


def test_one_person_many_times_is_one_person() -> None:
    told = pl.DataFrame(
        {"reason": ["illness"] * 15, "month": ["2026-01"] * 10 + ["2026-02"] * 5, "band": [1] * 15}, schema=PAYLOAD
    )
    persons = pl.Series([0] * 10 + [1, 2, 3, 4, 5])
    assert suppressed(told, persons)[0]["month"].to_list() == [None] * 15

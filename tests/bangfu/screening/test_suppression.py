"""Who is not on a list, and why."""

import polars as pl
from hand_built import member, roster

from bangfu.screening.suppression import suppressed


def why(rows: pl.DataFrame, *registered: int) -> dict[str, str]:
    persons = pl.DataFrame({"cluster_id": [f"person-{n}" for n in registered]}, schema={"cluster_id": pl.String})
    return dict(suppressed(rows, persons).iter_rows())


def test_one_reason_each() -> None:
    rows = roster(
        [
            {"of": 1, **member(1, membership_status="left")},
            {"of": 2, **member(2, membership_status="transferred")},
            {"of": 3, **member(3, employment_status="retired")},
            {"of": 4, **member(4, membership_status="left")},
            {"of": 5, **member(5, membership_status=None, employment_status=None)},
        ]
    )
    assert why(rows, 4) == {
        "person-1": "left_union",
        "person-2": "transferred",
        "person-3": "retired",
        "person-4": "registered",
    }


def test_whoever_moved_to_another_union_stays_a_member() -> None:
    rows = roster([{"of": 1, **member(1, membership_status="transferred")}, {"of": 1, **member(1)}])
    assert why(rows) == {}

"""Who is not on a list, and why."""

import datetime as dt

import polars as pl
from hand_built import AS_OF, archived, linked, member, person, roster, stay

from bangfu.screening.deaths import deaths
from bangfu.screening.evidence import Window
from bangfu.screening.registration import registered
from bangfu.screening.suppression import suppressed
from schemas.suppressions import SUPPRESSIONS


def why(rows: pl.DataFrame, *registered: int, **linked: pl.DataFrame) -> dict[str, str]:
    persons = pl.DataFrame(
        [{"cluster_id": f"person-{n}", "why": "registered", "archive_level": "national"} for n in registered],
        schema={"cluster_id": pl.String, "why": pl.String, "archive_level": pl.String},
    )
    out = suppressed(rows, persons, deaths(linked, Window(AS_OF)))
    return dict(out.select("cluster_id", "why").iter_rows())


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


def test_the_dead_are_not_visited_and_a_later_bill_speaks_against_the_record() -> None:
    """A bill is settled weeks after a death; one settled half a year later is not a dead person's."""
    rows = roster([{"of": n, **member(n)} for n in range(1, 6)])
    records = linked(
        "death_record",
        [
            {"of": 1, **person(1), "died_on": dt.date(2026, 1, 5)},
            {"of": 2, **person(2), "died_on": dt.date(2026, 1, 5), "probability": 0.7},
            {"of": 3, **person(3), "died_on": dt.date(2026, 1, 5)},
            {"of": 4, **person(4), "died_on": dt.date(2026, 1, 5)},
            {"of": 5, **person(5), "died_on": dt.date(2062, 6, 5)},
        ],
    )
    bills = linked(
        "medical_settlement", [{"of": 3, **stay(3, 100, "2026-06-20")}, {"of": 4, **stay(4, 9, "2026-01-30")}]
    )
    assert why(rows, 1, death_record=records, medical_settlement=bills) == {"person-1": "dead", "person-4": "dead"}


def test_every_reason_is_told_with_what_is_particular() -> None:
    rows = roster([{"of": 1, **member(1)}, {"of": 2, **member(2)}, {"of": 3, **member(3, employment_status="retired")}])
    files = linked(
        "hardship_archive",
        [
            {"of": 1, **archived(1, archive_level="county")},
            {"of": 2, **archived(2, household_ref="DA1", relation="1", archive_level="county")},
        ],
    )
    told = suppressed(rows, registered(files), deaths({}, Window(AS_OF)))
    assert told["zh"].to_list() == ["本人已建档（县级）", "所在家庭已建档（县级），一户一档", "已退休并移交社区"]
    assert told["en"].to_list()[0] == "Has a file in the hardship archive (county)"


def test_sentences_are_different_and_told_in_both_languages() -> None:
    """A sentence that stands for two reasons explains neither."""
    for name in ("zh", "en"):
        told = [getattr(item, name) for item in SUPPRESSIONS.values()]
        assert all(told)
        assert len(set(told)) == len(told)

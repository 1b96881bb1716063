"""Rows by number: every id is found again, and one that no source has is refused."""

import polars as pl
import pytest

from bangfu.pipeline.linkage.held import handed_over, held, joining, places
from bangfu.pipeline.linkage.persons import Persons
from matching.errors import LinkError

ROSTER = Persons(
    pl.DataFrame({"record_id": ["a:1", "a:3"], "id_number": [None, "7"]}),
    pl.DataFrame({"record_id": ["a:1", "a:2", "a:3"], "person_id": ["a:1", "a:1", "a:3"]}),
)


def test_members_are_as_they_were() -> None:
    own = held(ROSTER, ["id_number"])
    assert own.members.equals(ROSTER.members)
    assert own.persons.tolist() == [0, 2]
    assert own.says["id_number"].to_list() == [None, "7"]
    assert own.size > 0


def test_pairs_name_rows_by_their_places() -> None:
    own = held(ROSTER, ["id_number"])
    pairs = pl.DataFrame({"left_id": ["a:3", "a:1"], "right_id": ["a:1", "a:3"], "match_weight": [2.0, 3.0]})
    assert joining(pairs, own, own).rows() == [(2, 0, 2.0), (0, 2, 3.0)]


@pytest.mark.parametrize("unknown", ["a:0", "a:11", "b"])
def test_a_record_that_no_source_has_is_refused(unknown: str) -> None:
    with pytest.raises(LinkError, match="no source has"):
        places(ROSTER.members["record_id"], pl.Series(["a:1", unknown]))


def test_what_is_handed_over_is_let_go() -> None:
    frame = ROSTER.table.clone()
    assert handed_over(frame).to_pylist() == ROSTER.table.to_dicts()
    assert frame.width == 0

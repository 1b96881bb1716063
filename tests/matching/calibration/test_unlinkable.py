"""Records that say too little are counted by what they fill in."""

import pyarrow as pa
import pytest

from matching.calibration.unlinkable import unlinkable
from matching.model import Blocking, Comparison, Frequency, Model, Parameters, Rule


def model(**changes):
    def compared(name, m, u, **more):
        given = (Parameters(m, u), Parameters(1 - m, 1 - u))
        return Comparison(name, "exact", (name,), parameters=given, **more)

    values = {"comparisons": (compared("name", 0.9, 0.001), compared("town", 0.9, 0.1)), "prior": 0.01, **changes}
    return Model("two", blocking=Blocking((Rule(("name",)),)), **values)


LEFT = pa.table({"record_id": [1, 2, 3, 4], "name": ["a", "b", None, None], "town": ["x", None, "y", None]})
RIGHT = pa.table({"record_id": [5, 6], "name": ["c", "d"], "town": ["x", "x"]})


def test_each_side_is_counted_by_what_its_records_fill_in():
    left, right = unlinkable(LEFT, RIGHT, model())
    assert (left.side, left.records, left.unlinkable, left.share) == ("left", 4, 2, 0.5)
    assert [(gap.filled, gap.records) for gap in left.gaps] == [((), 1), (("town",), 1)]
    assert (right.side, right.records, right.unlinkable, right.gaps) == ("right", 2, 0, ())


def test_a_record_reaches_what_its_agreements_weigh():
    """Name and town: 900 * 9 * .01/.99 = 82 : 1; name alone 9.1 : 1; town alone 1 : 11."""
    (left,) = unlinkable(LEFT, None, model(), curve=(0.05, 0.1, 0.9, 0.95, 0.99))
    assert left.curve == ((0.05, 0.25), (0.1, 0.5), (0.9, 0.5), (0.95, 0.75), (0.99, 1.0))


def test_the_threshold_can_be_named():
    (left,) = unlinkable(LEFT, None, model(), threshold=0.95)
    assert (left.threshold, left.unlinkable) == (0.95, 3)


def test_a_frequent_value_says_less():
    rows = 400
    names = ["common"] * (rows - 1) + ["rare"]
    table = pa.table({"record_id": list(range(rows)), "name": names, "town": [None] * rows}).cast(
        pa.schema([("record_id", pa.int64()), ("name", pa.string()), ("town", pa.string())])
    )
    given = model()
    rare = Comparison("name", "exact", ("name",), parameters=given.comparisons[0].parameters,
                      frequency=Frequency("name"))  # fmt: skip
    (found,) = unlinkable(table, None, model(comparisons=(rare, given.comparisons[1])), threshold=0.5)
    assert found.unlinkable == rows - 1


def test_columns_come_under_their_other_names_too():
    aliased = model(aliases={"town": ("place",)})
    (found,) = unlinkable(LEFT.rename_columns(["record_id", "name", "place"]), None, aliased)
    assert found.unlinkable == 2


def test_the_curve_rises():
    (left,) = unlinkable(LEFT, None, model())
    shares = [share for _, share in left.curve]
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1.0)

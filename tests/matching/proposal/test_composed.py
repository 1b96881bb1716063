"""Composed columns: their name says how they come about."""

import pyarrow as pa
import pytest

from matching import Model, ModelError
from matching.model import Blocking, Comparison, Rule
from matching.proposal.composed import RECIPES, composed, parts_of, with_composed


def column(name, side=0, **columns):
    return composed(
        pa.table({key: pa.array(values, pa.string()) for key, values in columns.items()}), name, side
    ).to_pylist()


def test_joined_is_missing_where_a_part_is():
    assert column("joined(n, s)", n=["12", None, "3"], s=["High St", "Low St", None]) == ["12 High St", None, None]


def test_dates_in_three_columns():
    """Without its day or month a date is as precise as it can be."""
    made = column(
        "date(y, m, d)",
        y=["1962", "1962", "1962", None, "19x"],
        m=["3", "03.0", None, "3", "3"],
        d=["7", "0", "7", "7", "7"],
    )
    assert made == ["1962-03-07", "1962-03", "1962", None, None]


def test_month_first():
    assert column("month_first(b)", b=["07/25/1962", "1962-07-25", "7-4-1962 00:00", None]) == [
        "1962-07-25", "1962-07-25", "1962-07-04", None,
    ]  # fmt: skip


def test_names_in_either_order():
    whole = ["Mary Ann Shaw", "Shaw, Mary Ann", "Cher", None]
    assert column("first_word(f)", f=whole) == ["Mary", "Mary", "Cher", None]
    assert column("last_word(f)", f=whole) == ["Shaw", "Shaw", None, None]


def test_short_forms_meet():
    assert column("formal(g)", g=["Wm.", "Bill J", "William", "罕", ""]) == [
        "william",
        "william",
        "william",
        "罕",
        None,
    ]


def test_ages_are_brought_to_one_year():
    """Ten years lie between the tables: 25 in the left one is 35 in the right one."""
    assert column("aged(a, 0, 10)", side=0, a=["25", "7.0", "x", None]) == ["25", "7", None, None]
    assert column("aged(a, 0, 10)", side=1, a=["35"]) == ["25"]


def test_a_model_brings_its_composed_columns():
    model = Model(
        "m",
        (Comparison("home", "exact", ("joined(no, street)",)), Comparison("lost", "exact", ("initial(middle)",))),
        Blocking((Rule(("formal(given):plain",)),)),
    )
    table = pa.table({"no": ["1"], "street": ["Elm"], "given": ["Peggy"]})
    left, right = with_composed(table, table, model)
    assert left.column_names == right.column_names == [*table.column_names, "joined(no, street)", "formal(given)"]
    assert left["formal(given)"].to_pylist() == ["margaret"]


@pytest.mark.parametrize("name", ["upper(a)", "date(a)", "aged(a)"])
def test_a_recipe_that_does_not_fit_is_named(name):
    with pytest.raises(ModelError, match=r"'\w+\(a\)'"):
        column(name, a=["1"])


def test_every_recipe_is_described():
    """The module's description is what people read in a model."""
    import matching.proposal.composed

    assert [name for name in RECIPES if f"`{name}(" not in (matching.proposal.composed.__doc__ or "")] == []


def test_parts():
    assert parts_of("joined(house_number, street)") == ("house_number", "street")
    assert parts_of("aged(age, 0, -3)") == ("age",)
    assert parts_of("sex") == ("sex",)

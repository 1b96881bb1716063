"""Formulas: what they give, in three values; and the law every formula keeps that is not refused."""

from typing import Any

import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bangfu.screening.rules.formulas import FormulaError, Name, compiled

NAMES = {"a": Name("number", 0), "b": Name("number", 0), "c": Name("number"), "f": Name("flag"), "g": Name("flag")}
TYPES = {"a": pl.Float64, "b": pl.Float64, "c": pl.Float64, "f": pl.Boolean, "g": pl.Boolean}


def value(formula: str, **known: Any) -> Any:
    table = pl.DataFrame({name: [known.get(name)] for name in NAMES}, schema=TYPES)
    return table.select(compiled(formula, NAMES).expression).item()


@pytest.mark.parametrize(
    ("formula", "known", "expected"),
    [
        ("a + b * 2 - c / 4", {"a": 1, "b": 2, "c": 8}, 3),
        ("(a + b) * 2", {"a": 1, "b": 2}, 6),
        ("-a + 1_000", {"a": 1}, 999),
        ("a + b", {"a": 1}, None),
        ("at_least(a) + b", {"b": 2}, 2),
        ("a / c", {"a": 1, "c": 0}, None),
        ("a / c > 1", {"a": 1, "c": 0}, None),
        ("1 <= a < 2", {"a": 1}, True),
        ("1 <= a < 2", {"a": 2}, False),
        ("1 <= a < 2", {}, None),
        ("f and g", {"f": False}, False),
        ("f and g", {"f": True}, None),
        ("f or g", {"f": True}, True),
        ("f or g", {"f": False}, None),
        ("not f", {}, None),
        ("not f", {"f": False}, True),
        ("a != b or f", {"a": 1, "b": 1, "f": False}, False),
    ],
)
def test_what_a_formula_gives(formula: str, known: dict[str, Any], expected: Any) -> None:
    assert value(formula, **known) == expected


@pytest.mark.parametrize("constant", [None, 3.0])
@pytest.mark.parametrize(
    "formula", ["2 < a", "1 + 1 <= a", "2 == a", "1 <= a < 5", "2 > a or 7 >= b", "a < 2 / 2", "2 < -(a / a)", "2 < 3"]
)
def test_a_column_that_is_constant_gives_as_many_answers_as_there_are_rows(
    formula: str, constant: float | None
) -> None:
    """What no source tells is one null for all households; polars took such a column beside a number for one row."""
    table = pl.DataFrame({"a": [1.0] * 3, "b": [1.0] * 3}).with_columns(pl.lit(constant, pl.Float64).alias("a"))
    assert len(table.with_columns(compiled(formula, NAMES).expression.alias("told"))["told"]) == 3


numbers = st.recursive(
    st.sampled_from(["a", "b", "c", "at_least(a)", "at_least(b)", "2", "0.5"]),
    lambda part: st.builds("({} {} {})".format, part, st.sampled_from("+-*/"), part) | st.builds("(-{})".format, part),
    max_leaves=5,
)
comparisons = st.builds("({} {} {})".format, numbers, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), numbers)
conditions = st.recursive(
    comparisons | st.sampled_from("fg"),
    lambda part: st.builds("({} {} {})".format, part, st.sampled_from(["and", "or"]), part) | st.builds("(not {})".format, part),
    max_leaves=4,
)  # fmt: skip
amounts = st.integers(0, 8).map(float)
flags = st.booleans()
households = st.lists(
    st.fixed_dictionaries({"a": amounts, "b": amounts, "c": amounts, "f": flags, "g": flags}), min_size=20, max_size=20
)


@given(conditions, households, st.sets(st.sampled_from(sorted(NAMES)), min_size=1))
@settings(max_examples=300)
def test_a_value_that_goes_missing_never_makes_a_condition_hold(
    formula: str, known: list[dict[str, Any]], missing: set[str]
) -> None:
    """Nobody is poor for lack of data: what holds with values unknown holds whatever they are."""
    try:
        condition = compiled(formula, NAMES, "flag")
    except FormulaError:
        assume(False)
    whole = pl.DataFrame(known, schema=TYPES)
    less = whole.with_columns(pl.lit(None, TYPES[name]).alias(name) for name in missing)
    told = pl.concat(
        [
            table.with_columns(condition.expression.alias(name)).select(name)
            for name, table in (("known", whole), ("less", less))
        ],
        how="horizontal",
    )
    assert told.filter(pl.col("less") & ~pl.col("known")).is_empty()

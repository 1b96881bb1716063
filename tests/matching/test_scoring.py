"""Weights of patterns: what is counted, what is not counted twice, and what rare values add."""

import numpy as np
import pyarrow as pa
import pytest

from matching.columns import Columns
from matching.explanation import explain
from matching.keys import frequency_hashes
from matching.model import Blocking, Comparison, Frequency, Implication, Model, Parameters, Rule
from matching.scoring import SMOOTHING, FrequencyTable, effective, level_codes, pattern_weights, probability

NUMBER, BIRTH, SEX = 0, 1, 2


def model() -> Model:
    """Number, birth date and sex; an equal number implies the other two."""
    implied = (Implication("number", ("exact",)),)

    def levels(*shares: tuple[float, float]) -> tuple[Parameters, ...]:
        return tuple(Parameters(m, u) for m, u in shares)

    return Model(
        "known",
        (
            Comparison("number", "exact", ("number",), parameters=levels((0.9, 0.001), (0.1, 0.999))),
            Comparison("birth", "exact", ("birth",), parameters=levels((0.98, 0.01), (0.02, 0.99)), neutral_when=implied),
            Comparison("sex", "exact", ("sex",), parameters=levels((0.99, 0.5), (0.01, 0.5)), neutral_when=implied),
        ),
        Blocking((Rule(("number",)),)),
        prior=0.5,
    )  # fmt: skip


def pattern(number: int, birth: int, sex: int) -> int:
    """Level codes packed: 0 missing, 1 the same, 2 different."""
    return number | birth << 4 | sex << 8


def counted(*codes: int) -> tuple[int, int, int]:
    packed = effective(np.array([pattern(*codes)]), model())
    number, birth, sex = (int(level_codes(packed, place)[0]) for place in (NUMBER, BIRTH, SEX))
    return number, birth, sex


def test_agreement_that_the_number_implies_is_not_counted_again() -> None:
    assert counted(1, 1, 1) == (1, 0, 0)


def test_disagreement_under_an_equal_number_is_counted() -> None:
    """Somebody else's number on a person's row: the most frequent false match, and the row itself says so."""
    assert counted(1, 2, 2) == (1, 2, 2)
    assert counted(1, 1, 2) == (1, 0, 2)


@pytest.mark.parametrize("number", [0, 2])
def test_without_an_equal_number_everything_is_counted(number: int) -> None:
    assert counted(number, 1, 2) == (number, 1, 2)


def test_weights_are_sums_of_logarithms() -> None:
    weights = pattern_weights(np.array([pattern(1, 1, 1), pattern(1, 2, 2), pattern(0, 0, 0)]), model())
    number, birth, sex = np.log2(0.9 / 0.001), np.log2(0.02 / 0.99), np.log2(0.01 / 0.5)
    assert weights == pytest.approx([number, number + birth + sex, 0.0])


@pytest.mark.parametrize("codes", [(1, 1, 1), (1, 2, 1), (2, 1, 0), (0, 0, 0), (1, 2, 2)])
def test_the_explanation_adds_up_to_the_weight(codes: tuple[int, int, int]) -> None:
    findings = {item.comparison: item for item in explain(pattern(*codes), model())}
    total = float(pattern_weights(np.array([pattern(*codes)]), model())[0])
    assert sum(item.weight for item in findings.values()) == pytest.approx(total)
    if codes == (1, 2, 1):
        assert (findings["birth"].outcome, findings["sex"].level) == ("differs", "implied")


def test_probability_is_exact_at_the_ends() -> None:
    assert probability(np.array([-2000.0, -10.0, 10.0, 2000.0])) == pytest.approx([0.0, 1 / 1025, 1024 / 1025, 1.0])


def frequency_table(comparison: Comparison, table: pa.Table) -> FrequencyTable:
    linkage = Model("m", (comparison,), Blocking((Rule(("name",)),)))
    return FrequencyTable(comparison, 0, frequency_hashes(Columns(table, table), linkage))


def test_a_rare_value_adds_weight_and_a_frequent_one_takes_some() -> None:
    names = ["李明"] * 98 + ["盖俊", "盖俊"]
    table = pa.table({"name": names, "county": ["530102"] * 100})
    comparison = Comparison(
        "name", "exact", ("name",), parameters=(Parameters(0.9, 0.05), Parameters(0.1, 0.95)),
        frequency=Frequency("name"),
    )  # fmt: skip
    weights = np.zeros(3)
    rows = np.array([0, 98, 0], np.int32)
    agree = np.array([1, 1, 2], np.int64)
    frequency_table(comparison, table).adjust(weights, agree, rows, rows)
    assert weights == pytest.approx([np.log2(0.05 / 0.98), np.log2(0.05 / 0.02), 0.0])


def test_what_is_frequent_in_a_county_counts_less_within_it() -> None:
    """Half of a Dai county may be called 岩; in Kunming the name is rare."""
    table = pa.table({"name": ["岩罕"] * 500 + ["李明"] * 500, "county": ["532801"] * 500 + ["530102"] * 500})
    comparison = Comparison(
        "name", "exact", ("name",), parameters=(Parameters(0.9, 0.05), Parameters(0.1, 0.95)),
        frequency=Frequency("name", ("county",)),
    )  # fmt: skip
    weights = np.zeros(1)
    rows = np.array([0], np.int32)
    frequency_table(comparison, table).adjust(weights, np.array([1], np.int64), rows, rows)
    share = (998 + SMOOTHING * 0.5) / (998 + SMOOTHING)  # both sides but for the pair, smoothed by the overall share
    assert weights == pytest.approx([np.log2(0.05) - np.log2(share)])


def test_a_name_counts_within_county_and_ethnic_group_where_both_are_known() -> None:
    """Half of the Dai of a county are called 岩, and hardly any of its Han; whose group is unknown counts within the county."""
    table = pa.table({
        "name": ["岩罕"] * 200 + ["玉香"] * 200 + ["李明"] * 600 + ["岩罕"],
        "county": ["532801"] * 1_001,
        "group": ["傣族"] * 400 + ["汉族"] * 600 + [None],
    })  # fmt: skip
    comparison = Comparison(
        "name", "exact", ("name",), parameters=(Parameters(0.9, 0.05), Parameters(0.1, 0.95)),
        frequency=Frequency("name", ("county", "group")),
    )  # fmt: skip
    weights, rows = np.zeros(2), np.array([0, 1_000], np.int32)
    found = frequency_table(comparison, table)
    found.adjust(weights, np.array([1, 1], np.int64), rows, rows)
    in_county = (400 + SMOOTHING * 201 / 1_001) / (2_000 + SMOOTHING)
    in_group = (398 + SMOOTHING * in_county) / (798 + SMOOTHING)
    assert weights == pytest.approx(np.log2(0.05) - np.log2([in_group, in_county]))
    assert (weights <= found.most).all()


def test_what_only_the_pair_has_is_as_rare_in_a_small_county_as_everywhere() -> None:
    """A share of 2 in 22 would make any name of a small county a frequent one."""
    names = ["rare", *(f"name {row}" for row in range(10))]
    others = [f"other {row}" for row in range(5_000)]
    table = pa.table({"name": names + others, "county": ["small"] * 11 + ["large"] * 5_000})
    comparison = Comparison(
        "name", "exact", ("name",), parameters=(Parameters(0.9, 0.01), Parameters(0.1, 0.99)),
        frequency=Frequency("name", ("county",)),
    )  # fmt: skip
    weights, rows = np.zeros(1), np.array([0], np.int32)
    frequency_table(comparison, table).adjust(weights, np.array([1], np.int64), rows, rows)
    overall = 1 / 5_011
    assert weights == pytest.approx([np.log2(0.01) - np.log2(SMOOTHING * overall / (20 + SMOOTHING))])

"""A difference is told where, and what on either side; models that decide alike have none."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.model import Blocking, Comparison, Conflict, Frequency, Implication, Model, Parameters, Rule
from matching.model_diff import Change, diff
from matching.model_file import content_hash


def level(m, u):
    return Parameters(m, u), Parameters(1 - m, 1 - u)


def model(**changes):
    base = Model(
        name="a",
        comparisons=(
            Comparison("sex", "exact", ("sex",), parameters=level(0.95, 0.5)),
            Comparison("name", "text", ("name",), {"cutoffs": [0.9]}),
        ),
        blocking=Blocking((Rule(("name",)), Rule(("born:year", "sex"), train=False))),
        prior=0.01,
    )
    return replace(base, **changes)


def with_sex(**changes):
    base = model()
    return replace(base, comparisons=(replace(base.comparisons[0], **changes), base.comparisons[1]))


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (model(prior=0.02), [Change("prior", 0.01, 0.02)]),
        (model(threshold=0.9), [Change("threshold", 0.5, 0.9)]),
        (
            model(blocking=Blocking((Rule(("name",)),))),
            [Change("blocking rule 'born:year + sex'", {"train": False}, None)],
        ),
        (
            model(blocking=Blocking((Rule(("name",)), Rule(("born:year", "sex"))))),
            [Change("blocking rule 'born:year + sex'", {"train": False}, {"train": True})],
        ),
        (
            model(blocking=Blocking((Rule(("born:year", "sex"), train=False), Rule(("name",))))),
            [Change("order of blocking rules", [["name"], ["born:year", "sex"]], [["born:year", "sex"], ["name"]])],
        ),
        (with_sex(columns=("gender",)), [Change("comparison 'sex', columns", ["sex"], ["gender"])]),
        (
            with_sex(frequency=Frequency("sex")),
            [Change("comparison 'sex', frequency", None, {"column": "sex", "given": []})],
        ),
        (
            with_sex(parameters=level(0.75, 0.75)),
            [
                Change(
                    "comparison 'sex', level 'exact'",
                    {"m": 0.95, "u": 0.5, "weight": pytest.approx(0.926, abs=0.001)},
                    {"m": 0.75, "u": 0.75, "weight": 0},
                ),
                Change(
                    "comparison 'sex', level 'differs'",
                    {"m": pytest.approx(0.05), "u": 0.5, "weight": pytest.approx(-3.32, abs=0.01)},
                    {"m": 0.25, "u": 0.25, "weight": 0},
                ),
            ],
        ),
        (
            with_sex(kind="levenshtein", options={"cutoffs": [1]}, parameters=()),
            [
                Change("comparison 'sex', kind", "exact", "levenshtein"),
                Change("comparison 'sex', options", {}, {"cutoffs": [1]}),
                Change("comparison 'sex', level 'exact'", {"m": 0.95, "u": 0.5, "weight": pytest.approx(0.926, abs=0.001)}, None),
                Change("comparison 'sex', level 'differs'", {"m": pytest.approx(0.05), "u": 0.5, "weight": pytest.approx(-3.32, abs=0.01)}, None),
            ],
        ),
        (
            model(comparisons=model().comparisons[:1]),
            [
                Change(
                    "comparison 'name'",
                    {"kind": "text", "columns": ["name"], "options": {"cutoffs": [0.9], "measure": "jaro_winkler"}},
                    None,
                )
            ],
        ),
        (model(comparisons=model().comparisons[::-1]), [Change("order of comparisons", ["sex", "name"], ["name", "sex"])]),
    ],
)  # fmt: skip
def test_a_difference_is_told_with_both_sides(other, expected):
    assert list(diff(model(), other)) == expected


def test_what_changes_no_outcome_is_no_difference():
    told = model(name="b", description="other words", version="7", required=("name",))
    assert diff(model(), told) == ()
    imported = tuple(replace(item, m_from="imported", u_from="imported") for item in level(0.95, 0.5))
    assert diff(model(), with_sex(parameters=imported)) == ()


def test_a_default_means_the_same_stated_or_not():
    stated = replace(model().comparisons[1], options={"cutoffs": [0.9], "measure": "jaro_winkler"})
    nulls = replace(stated, parameters=(Parameters(),) * 3)
    for other in (stated, nulls):
        same = model(comparisons=(model().comparisons[0], other))
        assert diff(model(), same) == ()
        assert content_hash(model()) == content_hash(same)


CHANCES = st.sampled_from([0.1, 0.25, 0.6, 0.9])
SEX = st.builds(
    lambda m, u, column, rare: Comparison("sex", "exact", (column,), {}, level(m, u), Frequency(column) if rare else None),
    CHANCES, CHANCES, st.sampled_from(["sex", "gender"]), st.booleans(),
)  # fmt: skip
NAME = st.builds(
    lambda kind, cutoffs, implied: Comparison(
        "name", kind, ("name",), {"cutoffs": cutoffs}, neutral_when=(Implication("sex", ("exact",)),) if implied else ()
    ),
    st.sampled_from(["levenshtein", "damerau"]), st.sampled_from([[1], [1, 2]]), st.booleans(),
)  # fmt: skip
RULES = st.lists(
    st.sampled_from([Rule(("name",)), Rule(("name",), train=False), Rule(("sex",))]), min_size=1, max_size=3
)
MODELS = st.builds(
    lambda sex, name, rules, turned, prior, conflict: Model(
        name="any",
        comparisons=(name, sex) if turned else (sex, name),
        blocking=Blocking(tuple(rules)),
        prior=prior,
        conflicts=(Conflict("sex"),) if conflict else (),
    ),
    SEX, NAME, RULES, st.booleans(), st.sampled_from([None, 0.1]), st.booleans(),
)  # fmt: skip


@given(a=MODELS, b=MODELS)
def test_there_is_a_difference_just_where_the_hashes_differ(a, b):
    assert (diff(a, b) == ()) == (content_hash(a) == content_hash(b))


@given(a=MODELS, b=MODELS)
def test_the_way_back_has_the_same_differences_turned_round(a, b):
    there = {(item.place, repr(item.before), repr(item.after)) for item in diff(a, b)}
    back = {(item.place, repr(item.after), repr(item.before)) for item in diff(b, a)}
    assert there == back

"""Splink's settings become a model in which every pair keeps its weight, or a remark says why not."""

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.errors import ModelError
from matching.model import Frequency, Model
from matching.model_table import parameter_rows
from matching.splink.settings import from_settings, read_splink


def level(sql, m=None, u=None, **more):
    known = {"m_probability": m, "u_probability": u}
    return {"sql_condition": sql, **{key: value for key, value in known.items() if value is not None}, **more}


def comparison(name, *levels, columns=None):
    null = " OR ".join(f'"{column}_{side}" IS NULL' for column in columns or [name] for side in "lr")
    return {"output_column_name": name, "comparison_levels": [level(null, is_null_level=True), *levels]}


def splink(*comparisons, rules=("l.town = r.town",), **more):
    return {
        "link_type": "link_only",
        "probability_two_random_records_match": 0.002,
        "blocking_rules_to_generate_predictions": list(rules),
        "comparisons": list(comparisons),
        **more,
    }


TOWN = comparison("town", level('"town_l" = "town_r"', 0.9, 0.1), level("ELSE", 0.1, 0.9))


def imported(*comparisons, **more):
    return from_settings(splink(*comparisons, **more), "it")


def weights(found, name):
    return {row.level: row.weight for row in parameter_rows(found.model) if row.comparison == name}


def reasons(found, name):
    return [(item.outcome, item.reason) for item in found.remarks if name in item.place]


def test_what_has_a_counterpart_is_carried_over_without_a_word():
    found = imported(
        comparison(
            "name",
            level("name_l = name_r", 0.5, 0.01, tf_adjustment_column="name", tf_adjustment_weight=1.0),
            level("jaro_winkler_similarity(name_l, name_r) >= 0.92", 0.25, 0.02),
            level("jaro_winkler_similarity(name_l, name_r) >= 0.7", 0.15, 0.07),
            level("ELSE", 0.1, 0.9),
        ),
        TOWN,
    )
    name = found.model.comparisons[0]
    assert (name.kind, name.columns, dict(name.options)) == ("text", ("name",), {"cutoffs": [0.92, 0.7]})
    assert name.frequency == Frequency("name")
    assert [(item.m, item.u, item.m_from, item.u_from) for item in name.parameters] == [
        (0.5, 0.01, "imported", "imported"),
        (0.25, 0.02, "imported", "imported"),
        (0.15, 0.07, "imported", "imported"),
        (0.1, 0.9, "imported", "imported"),
    ]
    assert found.model.prior == 0.002
    assert (found.levels, found.carried_levels) == (4, 4)
    assert [item.place for item in found.remarks] == ["text", "threshold"]


@pytest.mark.parametrize(
    ("conditions", "kind", "options"),
    [
        (["n_l = n_r", "levenshtein(n_l, n_r) <= 1"], "levenshtein", {"cutoffs": [1]}),
        (["n_l = n_r", "damerau_levenshtein(n_l, n_r) <= 2"], "damerau", {"cutoffs": [2]}),
        (["n_l = n_r", "jaro_sim(n_l, n_r) >= 0.8"], "text", {"measure": "jaro", "cutoffs": [0.8]}),
        (["n_l = n_r", "ABS(n_l - n_r) <= 5"], "numeric", {"cutoffs": [5.0]}),
        (["n_l = n_r"], "exact", {}),
    ],
)
def test_each_measure_has_its_kind(conditions, kind, options):
    share = 0.9 / len(conditions)
    levels = [level(sql, share, 0.1 / len(conditions)) for sql in conditions]
    found = imported(comparison("n", *levels, level("ELSE", 0.1, 0.9)))
    (it,) = found.model.comparisons
    assert (it.kind, dict(it.options)) == (kind, options)
    assert [item.m for item in it.parameters] == [*[share] * len(conditions), 0.1]
    assert reasons(found, "comparison") == []


def test_a_level_of_ours_without_counterpart_has_the_weight_of_the_level_its_pairs_fell_into():
    found = imported(comparison("n", level("levenshtein(n_l, n_r) <= 1", 0.8, 0.05), level("ELSE", 0.2, 0.95)), TOWN)
    told = weights(found, "n")
    assert told["exact"] == told["edits_1"] == pytest.approx(math.log2(0.8 / 0.05))
    assert sum(item.m for item in found.model.comparisons[0].parameters) == pytest.approx(1)
    assert [reason for _, reason in reasons(found, "'n'")] == [
        "our level 'exact' has none there; it shares m and u with level 2 'levenshtein(n_l, n_r) <= 1', "
        "so that its weight is the same"
    ]


def test_coordinates_and_lists():
    sphere = "sin(radians(a_l)) * sin(radians(a_r)) + cos(radians(a_l)) * cos(radians(a_r)) * cos(radians(o_r - o_l))"
    found = imported(
        comparison(
            "home",
            level("a_l = a_r AND o_l = o_r", 0.4, 0.01),
            level(f"cast(acos({sphere}) * 6371 as float) <= 10", 0.4, 0.09),
            level("ELSE", 0.2, 0.9),
            columns=["a", "o"],
        ),
        comparison(
            "phones",
            level("array_length(list_intersect(phones_l, phones_r)) >= 3", 0.5, 0.001),
            level("array_length(list_intersect(phones_l, phones_r)) >= 1", 0.3, 0.009),
            level("ELSE", 0.2, 0.99),
        ),
        comparison("tags", level("len(list_intersect(tags_l, tags_r)) >= 2", 0.6, 0.1), level("ELSE", 0.4, 0.9)),
    )
    home, phones, tags = found.model.comparisons
    assert (home.kind, home.columns, dict(home.options)) == ("geographic", ("a", "o"), {"cutoffs": [10.0]})
    assert (phones.kind, dict(phones.options)) == ("array", {"sets": False, "cutoffs": [3]})
    assert [item.m for item in phones.parameters] == [0.5, 0.3, 0.2]
    assert weights(found, "tags")["some_overlap"] == weights(found, "tags")["no_overlap"]
    assert tags.parameters[2].m == 0.2
    assert reasons(found, "phones") == reasons(found, "home") == []


def test_a_lost_level_before_else_is_counted_with_it():
    found = imported(
        comparison(
            "n",
            level("n_l = n_r", 0.7, 0.01),
            level("substr(n_l, 1, 1) = substr(n_r, 1, 1)", 0.2, 0.09, label_for_charts="Same initial"),
            level("ELSE", 0.1, 0.9),
        )
    )
    assert [(item.m, item.u) for item in found.model.comparisons[0].parameters] == [
        (0.7, 0.01),
        (pytest.approx(0.3), pytest.approx(0.99)),
    ]
    assert reasons(found, "'n'") == [
        ("lost", "no kind has a level for the same first characters"),
        ("changed", "level 3 'Same initial' is counted with level 4 'ELSE'"),
    ]


def test_levels_after_a_lost_one_are_left_to_be_estimated():
    """Its pairs fall into one of them, and nobody knows into which."""
    found = imported(
        comparison(
            "n",
            level("n_l = n_r", 0.7, 0.01),
            level("soundex(n_l) = soundex(n_r)", 0.1, 0.04),
            level("levenshtein(n_l, n_r) <= 1", 0.1, 0.05),
            level("ELSE", 0.1, 0.9),
        )
    )
    assert weights(found, "n") == {"exact": pytest.approx(math.log2(70)), "edits_1": None, "differs": None}
    assert ("changed", "the levels after level 3 'soundex(n_l) = soundex(n_r)', which has no level of ours, are left to be estimated") in reasons(found, "'n'")  # fmt: skip


def test_days_become_the_levels_of_dates_and_are_estimated_anew():
    found = imported(
        comparison(
            "born",
            level("born_l = born_r", 0.8, 0.001),
            level("damerau_levenshtein(born_l, born_r) <= 1", 0.1, 0.009),
            level("abs(datediff(born_l, born_r)) <= 30", 0.05, 0.09),
            level("ELSE", 0.05, 0.9),
        )
    )
    assert found.model.comparisons[0].kind == "date"
    assert {name for name, weight in weights(found, "born").items() if weight is not None} == {"exact"}
    assert [outcome for outcome, _ in reasons(found, "'born'")] == ["lost", "lost", "changed"]
    assert (found.levels, found.carried_levels) == (3, 1)


@pytest.mark.parametrize(
    ("levels", "reason"),
    [
        ([level("n_l = n_r", 0.9, 0.1), level("levenshtein(n_l, n_r) <= 2", 0.05, 0.1), level("levenshtein(n_l, n_r) <= 1", 0.05, 0.1)],
         "a weaker level comes before it, so it is never reached"),
        ([level("n_l = n_r", 0.9, 0.1), level("m_l = m_r", 0.05, 0.1)], "it reads m, and one comparison reads n"),
        ([level("n_l = n_r", 0.9, 0.1), level("jaccard(n_l, n_r) >= 0.5", 0.05, 0.1)], "its condition is of no known form"),
        ([level("jaro_winkler(n_l, n_r) > 0.9", 0.9, 0.1)], "holds strictly beyond its cutoff there, and from the cutoff on here"),
        ([level("n_l = n_r", "level not observed in training dataset", 0.1)], "level 2 has no usable m: it is left to be estimated"),
        ([level("n_l = n_r", 0, 0.1)], "level 2 has no usable m"),
        ([level("n_l = n_r", 0.9, 0.1, tf_adjustment_column="n", tf_adjustment_weight=0.5)], "counts in full, there by 0.5"),
        ([level("n_l = n_r", 0.9, 0.1, tf_adjustment_column="m")], "ours is for the exact level's own column"),
        ([level("n_l = n_r", 1.0, 0.1), level("levenshtein(n_l, n_r) <= 1", 0.9, 0.1)], "its m add up to"),
        ([level("n_l = n_r", 0.1, 0.1)], "its m add up to 0.200, not to 1; they are left to be estimated"),
        ([level(f"levenshtein(n_l, n_r) <= {edits}", 0.18, 0.18) for edits in (1, 2, 3, 4, 5)],
         "kind 'levenshtein' takes at most 4 cutoffs here"),
        ([level("n_l IS NULL AND n_r IS NULL", is_null_level=True), level("n_l = n_r", 0.9, 0.1)], "takes more or less for missing"),
    ],
)  # fmt: skip
def test_nothing_is_lost_or_changed_silently(levels, reason):
    found = imported(comparison("n", *levels, level("ELSE", 0.1, 0.9)))
    assert any(reason in told for _, told in reasons(found, "'n'"))


def test_a_comparison_or_rule_without_counterpart_is_left_out_and_named():
    found = imported(
        comparison("vector", level("cosine(vector_l, vector_r) > 0.9"), level("ELSE")),
        TOWN,
        rules=["l.town = r.town", "l.a = r.b", "l.town = r.town"],
    )
    assert [item.name for item in found.model.comparisons] == ["town"]
    assert [rule.keys for rule in found.model.blocking.rules] == [("town",)]
    lost = [item.place for item in found.remarks if item.outcome == "lost"]
    assert lost == [
        "blocking rule 2",
        "comparison 'vector'",
        "comparison 'vector', level 2 'cosine(vector_l, vector_r) > 0.9'",
    ]


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ([], "these are no Splink settings"),
        ({"comparisons": "all"}, "these are no Splink settings"),
        (splink(), "no comparison of these settings can be carried over"),
        (splink(TOWN, rules=["l.a = r.b"]), "no blocking rule of these settings .*blocking rule 1: the part"),
    ],
)
def test_settings_of_which_nothing_remains_are_refused(document, message):
    with pytest.raises(ModelError, match=message):
        from_settings(document, "it")


def test_untrained_settings_are_left_to_be_estimated(tmp_path):
    """Written by hand as version 3 takes them: no probabilities, rules as plain text."""
    bare = splink(comparison("town", level("town_l = town_r"), level("ELSE")))
    del bare["probability_two_random_records_match"]
    (tmp_path / "settings.json").write_text(json.dumps(bare))
    found = read_splink(tmp_path / "settings.json")
    assert found.model.prior is None
    assert weights(found, "town") == {"exact": None, "differs": None}
    found.model.save(tmp_path / "model.json")
    assert Model.load(tmp_path / "model.json") == found.model


@pytest.mark.parametrize(("text", "message"), [("{", "is not JSON"), ("[]", "no Splink settings")])
def test_other_files_are_refused(text, message, tmp_path):
    (tmp_path / "s.json").write_text(text)
    with pytest.raises(ModelError, match=message):
        read_splink(tmp_path / "s.json")
    with pytest.raises(ModelError, match="cannot be read"):
        read_splink(tmp_path / "absent.json")


CONDITIONS = st.sampled_from(
    ["n_l = n_r", "levenshtein(n_l, n_r) <= 1", "levenshtein(n_l, n_r) <= 2", "jaro_sim(n_l, n_r) >= 0.9", "m_l = m_r",
     "substr(n_l, 1, 1) = substr(n_r, 1, 1)", "len(list_intersect(n_l, n_r)) >= 1", "abs(datediff(n_l, n_r)) <= 9", "?"]
)  # fmt: skip


@settings(deadline=None)
@given(st.lists(st.tuples(CONDITIONS, st.integers(1, 9), st.integers(1, 9)), min_size=1, max_size=6), st.integers(1, 9))
def test_a_carried_level_keeps_its_weight_or_has_none(found_levels, rest):
    """And every level without one of ours is named: none disappears."""
    m_total, u_total = sum(m for _, m, _ in found_levels) + rest, sum(u for *_, u in found_levels) + rest
    levels = [level(sql, m / m_total, u / u_total) for sql, m, u in found_levels]
    found = imported(comparison("n", *levels, level("ELSE", rest / m_total, rest / u_total)), TOWN)
    there = {math.log2((m / m_total) / (u / u_total)) for _, m, u in found_levels}
    told = weights(found, "n")
    for name, weight in told.items():
        if name not in ("differs", "no_overlap", "some_overlap") and weight is not None:
            assert any(weight == pytest.approx(other, abs=1e-9) for other in there)
    lost = [item for item in found.remarks if "'n', level" in item.place]
    carried = found.carried_levels - 1
    assert len(lost) == len(levels) - carried

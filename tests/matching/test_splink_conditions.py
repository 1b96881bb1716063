"""The SQL of Splink's levels and blocking rules, in the spelling of each engine, is understood or refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.model import Rule
from matching.splink.blocking import blocking_rule
from matching.splink.conditions import Condition, is_usual_null, recognise

SPHERE = (
    'sin( radians("lat_l") ) * sin( radians("lat_r") ) + cos( radians("lat_l") ) * cos( radians("lat_r") )'
    ' * cos( radians("lng_r" - "lng_l") )'
)
ARC = f"cast(acos(case when ({SPHERE}) > 1 then 1 when ({SPHERE}) < -1 then -1 else ({SPHERE}) end) * 6371 as float) <= 10"
KNOWN = '("lat_r" is not null AND "lat_l" is not null AND "lng_l" is not null AND "lng_r" is not null)'


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ('"town_l" = "town_r"', Condition("exact", ("town",))),
        ("town_l = town_r", Condition("exact", ("town",))),
        ("`town_r` = `town_l`", Condition("exact", ("town",))),
        ('"home town_l" = "home town_r"', Condition("exact", ("home town",))),
        ("LOWER(town_l) = lower(town_r)", Condition("exact", ("town",))),
        ('CAST("born_l" AS VARCHAR(10)) = born_r::text', Condition("exact", ("born",))),
        ("(lat_l = lat_r) AND (lon_l = lon_r)", Condition("exact", ("lat", "lon"))),
        ('jaro_winkler_similarity("姓名_l", "姓名_r") >= 0.92', Condition("jaro_winkler", ("姓名",), 0.92)),
        ("jaro_winkler(n_l, n_r) > .9", Condition("jaro_winkler", ("n",), 0.9, False)),
        ("jaro_winkler_sim(n_l, n_r) >= 1", Condition("exact", ("n",))),
        ("jaro_similarity(n_l, n_r) >= 0.8", Condition("jaro", ("n",), 0.8)),
        ("jaro_sim(n_l, n_r) >= 0.8", Condition("jaro", ("n",), 0.8)),
        ("levenshtein(n_l, n_r) <= 2", Condition("levenshtein", ("n",), 2)),
        ("levenshtein(n_l, n_r) < 2", Condition("levenshtein", ("n",), 1)),
        ("LEVENSHTEIN_DISTANCE(n_l, n_r) <= 0", Condition("exact", ("n",))),
        ("damerau_levenshtein(n_l, n_r) <= 1", Condition("damerau", ("n",), 1)),
        (
            "ABS(EPOCH(try_strptime(\"d_l\", '%Y-%m-%d')) - EPOCH(try_strptime(\"d_r\", '%Y-%m-%d'))) <= 864000",
            Condition("days", ("d",), 10),
        ),
        ('ABS(EXTRACT(EPOCH FROM "d_l") - EXTRACT(EPOCH FROM "d_r"))<= 86400', Condition("days", ("d",), 1)),
        ("abs(datediff(`d_l`, `d_r`)) <= floor(172800 / 86400)", Condition("days", ("d",), 2)),
        ("abs(date_diff('year', d_l, d_r)) <= 10", Condition("days", ("d",), 3652.5)),
        ("abs(date_diff('month', d_l, d_r)) <= 2", Condition("days", ("d",), 60.875)),
        ("abs(date_diff(WEEK, d_l, d_r)) <= 1", Condition("days", ("d",), 7)),
        ("abs(datediff(d_l, d_r)) <= 30", Condition("days", ("d",), 30)),
        ("ceil(abs(months_between(to_date(d_l), to_date(d_r)) / 12)) <= 1", Condition("days", ("d",), 365.25)),
        ('array_length(list_intersect("p_l", "p_r")) >= 2', Condition("items", ("p",), 2)),
        ("CARDINALITY(ARRAY_INTERSECT(p_l, p_r)) >= 1", Condition("items", ("p",), 1)),
        ("size(array_intersect(p_l, p_r)) > 0", Condition("items", ("p",), 1)),
        ("ABS(w_l - w_r) <= 5", Condition("absolute", ("w",), 5)),
        ("(ABS(w_l - w_r) / (CASE WHEN w_r > w_l THEN w_r ELSE w_l END)) < 0.1", Condition("relative", ("w",), 0.1, False)),
        ("substr(n_l, 1, 1) = substr(n_r, 1, 1)", Condition("start", ("n",), 1)),
        (ARC, Condition("kilometres", ("lat", "lng"), 10)),
        (f"{KNOWN} AND {ARC}", Condition("kilometres", ("lat", "lng"), 10)),
    ],
)  # fmt: skip
def test_usual_conditions_are_understood(sql, expected):
    assert recognise(sql) == expected
    assert recognise(f"  ( {sql} )\n") == expected


@pytest.mark.parametrize(
    "sql",
    [
        "n_l = m_r",
        "n_l = m_r AND m_l = n_r",
        "n_l = 'x' AND n_r = 'x'",
        "n_l <> n_r",
        "levenshtein(n_l, n_l) <= 2",
        "levenshtein(n_l, n_r) <= 2 OR m_l = m_r",
        "levenshtein(n_l, n_r) <= length(n_l)",
        "levenshtein(n_l, m_r) <= 2",
        "jaccard(n_l, n_r) >= 0.9",
        "substr(n_l, 1, 2) = substr(n_r, 1, 3)",
        "NULLIF(regexp_extract(n_l, '^[a-z]+', 0), '') = NULLIF(regexp_extract(n_r, '^[a-z]+', 0), '')",
        ARC.replace("6371", "3959"),
        ARC.replace("> 1", "> 2"),
        ARC.replace('"lng_l"', '"lat_l"'),
        "ELSE",
        "",
    ],
)
def test_anything_else_is_not_guessed(sql):
    assert recognise(sql) is None


@pytest.mark.parametrize(
    ("sql", "usual"),
    [
        ('"n_l" IS NULL OR "n_r" IS NULL', True),
        ("(lat_l IS NULL OR lat_r IS NULL) OR (lon_l IS NULL OR lon_r IS NULL)", True),
        ("try_strptime(d_l, '%Y-%m-%d') IS NULL OR try_strptime(d_r, '%Y-%m-%d') IS NULL", True),
        ("n_l IS NULL AND n_r IS NULL", False),
        ("n_l IS NULL", False),
        ("n_l IS NULL OR n_r IS NULL OR n_l = 'unknown'", False),
        ("len(p_l) = 0 OR len(p_r) = 0", False),
    ],
)
def test_a_null_level_is_usual_where_a_missing_value_on_either_side_meets_it(sql, usual):
    assert is_usual_null(sql) == usual


@given(st.text(alphabet="ab_lr()=<> \"`'.,0123andorsubtf⟨⟩", max_size=60))
def test_no_text_breaks_the_reading(sql):
    assert recognise(sql) is None or isinstance(recognise(sql), Condition)
    assert is_usual_null(sql) in (True, False)
    assert isinstance(blocking_rule(sql), Rule | str)


@pytest.mark.parametrize(
    ("rule", "keys"),
    [
        ('l."surname" = r."surname"', ("surname",)),
        ({"blocking_rule": "l.surname = r.surname", "sql_dialect": "duckdb"}, ("surname",)),
        ('(l."a" = r."a") AND (l."b" = r."b")', ("a", "b")),
        ("r.a = l.a and (l.b = r.b and (l.c = r.c))", ("a", "b", "c")),
        ("substr(l.surname, 1, 3) = substr(r.surname, 1, 3)", ("surname:first3",)),
        ("left(l.surname, 2) = left(r.surname, 2)", ("surname:first2",)),
        ("right(l.phone, 4) = right(r.phone, 4)", ("phone:last4",)),
        ("lower(l.surname) = lower(r.surname)", ("surname:plain",)),
        ("year(l.born) = year(r.born) AND soundex(l.n) = soundex(r.n)", ("born:year", "n:soundex")),
    ],
)
def test_blocking_rules_of_equal_keys_are_understood(rule, keys):
    assert blocking_rule(rule) == Rule(keys)


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ("l.a = r.b", "the part ⟨a⟩l=⟨b⟩r is of no known form"),
        ("l.a = r.a OR l.b = r.b", "is of no known form"),
        ("l.a = r.a AND levenshtein(l.b, r.b) < 3", "the part levenshtein"),
        ("substr(l.a, 1, 3) = substr(r.a, 1, 2)", "is of no known form"),
        ("substr(l.a, 1, 0) = substr(r.a, 1, 0)", "is of no known form"),
        ('l."a:b" = r."a:b"', "is of no known form"),
        ("1 = 1", "is of no known form"),
        ({"blocking_rule": "l.p = r.p", "arrays_to_explode": ["p"]}, "it explodes lists"),
        (None, "it has no SQL"),
    ],
)
def test_other_blocking_rules_are_refused_whole(rule, reason):
    """A rule without one of its keys would compare many more pairs than anybody asked for."""
    assert reason in blocking_rule(rule)

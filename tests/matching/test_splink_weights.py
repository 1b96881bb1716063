"""An imported model gives each pair the weight that Splink's own conditions give it, worked out pair by pair in Python."""

import math
import random

import pyarrow as pa
import pytest
from jellyfish import jaro_similarity, jaro_winkler_similarity, levenshtein_distance

from matching.linkage import LinkOptions, link
from matching.splink.settings import from_settings

PRIOR = 0.01
COMPARISONS = {
    "name": [
        ("jaro_winkler_similarity(name_l, name_r) >= 0.9", 0.7, 0.02, lambda a, b: jaro_winkler_similarity(a, b) >= 0.9),
        ("jaro_winkler_similarity(name_l, name_r) >= 0.7", 0.2, 0.08, lambda a, b: jaro_winkler_similarity(a, b) >= 0.7),
    ],
    "alias": [("jaro_similarity(alias_l, alias_r) >= 0.8", 0.8, 0.1, lambda a, b: jaro_similarity(a, b) >= 0.8)],
    "street": [
        ("street_l = street_r", 0.6, 0.01, lambda a, b: a == b),
        ("levenshtein(street_l, street_r) <= 2", 0.3, 0.1, lambda a, b: levenshtein_distance(a, b) <= 2),
        ("left(street_l, 1) = left(street_r, 1)", 0.05, 0.2, lambda a, b: a[0] == b[0]),
    ],
    "tags": [
        ("array_length(list_intersect(tags_l, tags_r)) >= 2", 0.5, 0.05, lambda a, b: len(set(a) & set(b)) >= 2),
    ],
    "pay": [
        ("ABS(pay_l - pay_r) <= 10", 0.9, 0.2, lambda a, b: abs(float(a) - float(b)) <= 10),
    ],
}  # fmt: skip
LOST = {"street": 1}
"""Levels at the end that have none of ours and are counted with ELSE."""


def rest(levels):
    return 1 - sum(m for _, m, _, _ in levels), 1 - sum(u for _, _, u, _ in levels)


def document():
    return {
        "probability_two_random_records_match": PRIOR,
        "blocking_rules_to_generate_predictions": ["l.all = r.all"],
        "comparisons": [
            {
                "output_column_name": name,
                "comparison_levels": [
                    {"sql_condition": f"{name}_l IS NULL OR {name}_r IS NULL", "is_null_level": True},
                    *({"sql_condition": sql, "m_probability": m, "u_probability": u} for sql, m, u, _ in levels),
                    {"sql_condition": "ELSE", "m_probability": rest(levels)[0], "u_probability": rest(levels)[1]},
                ],
            }
            for name, levels in COMPARISONS.items()
        ],
    }


def expected(a, b):
    weight = math.log2(PRIOR / (1 - PRIOR))
    for name, levels in COMPARISONS.items():
        if a[name] is None or b[name] is None:
            continue
        kept = levels[: len(levels) - LOST.get(name, 0)]
        m, u = next(((m, u) for _, m, u, test in kept if test(a[name], b[name])), rest(kept))
        weight += math.log2(m / u)
    return weight


def records(seed):
    rng = random.Random(seed)

    def word():
        return "".join(rng.choice("岩罕玉香") for _ in range(rng.randint(2, 5)))

    def row(number):
        texts = {name: word() if rng.random() > 0.1 else None for name in ("name", "alias", "street")}
        tags = rng.sample(["a", "b", "c", "d"], rng.randint(1, 4)) if rng.random() > 0.1 else None
        return {"record_id": number, "all": "x", **texts, "tags": tags, "pay": str(rng.randint(0, 40))}

    return [row(number) for number in range(40)]


def test_every_pair_has_the_weight_that_splink_gives_it():
    a, b = records(1), records(2)
    found = from_settings(document(), "it")
    tables = [pa.Table.from_pylist(rows) for rows in (a, b)]
    result = link(*tables, found.model, options=LinkOptions(keep_probability=0.0))
    assert result.report.estimates == ()
    assert len(result.pairs) == 1600
    for pair in result.pairs.to_pylist():
        assert pair["match_weight"] == pytest.approx(expected(a[pair["left_id"]], b[pair["right_id"]]), abs=1e-9)

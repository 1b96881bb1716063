"""A withheld comparison contradicts the others where their errors go together, and is silent where they do not."""

import numpy as np

from matching.calibration.withheld import unexpected_share
from matching.engines.local import Counts, merge_counts
from matching.model import Blocking, Comparison, Model, Parameters, Rule
from matching.scoring import pattern_weights, probability

M, U = 0.95, 0.02


def model():
    exact = (Parameters(M, U), Parameters(1 - M, 1 - U))
    names = ("surname", "town", "phone", "born", "name")
    return Model("five", tuple(Comparison(name, "exact", (name,), parameters=exact) for name in names),
                 Blocking((Rule(("surname",)),)), prior=0.05)  # fmt: skip


def drawn(matches, strangers, relatives=0, seed=2):
    """Pairs of which relatives agree on surname, town and phone as a person does with himself, and on nothing else."""
    random = np.random.default_rng(seed)
    agrees = {"match": [M] * 5, "stranger": [U] * 5, "relative": [M, M, M, U, U]}
    rows = []
    for kind, number in (("match", matches), ("stranger", strangers), ("relative", relatives)):
        codes = np.where(random.random((number, 5)) < agrees[kind], 1, 2)
        rows.append((codes << (4 * np.arange(5))).sum(axis=1))
    patterns = np.concatenate(rows).astype(np.int64)
    return merge_counts([Counts(patterns, np.ones_like(patterns), np.ones_like(patterns))])


def test_a_model_that_holds_is_not_contradicted():
    share, _ = unexpected_share(model(), drawn(5_000, 100_000), 0.9)
    assert share < 0.002


def test_relatives_are_seen_by_what_they_do_not_share():
    """Relatives whom name or birth date resembles by chance (.02 each) are accepted; the model expects next to none."""
    candidates = drawn(5_000, 100_000, relatives=5_000)
    share, which = unexpected_share(model(), candidates, 0.9)
    assert which in ("born", "name")
    relatives = drawn(0, 0, relatives=5_000)
    falsely = relatives.pairs[probability(pattern_weights(relatives.patterns, model())) >= 0.9].sum()
    accepted = candidates.pairs[probability(pattern_weights(candidates.patterns, model())) >= 0.9].sum()
    assert share > 0.3 * falsely / accepted
    assert share > 5 * unexpected_share(model(), drawn(5_000, 100_000), 0.9)[0]


def test_few_pairs_contradict_nothing():
    assert unexpected_share(model(), drawn(30, 100), 0.9) == (0.0, None)

"""Models estimated again on data drawn anew (自助法, bootstrap): how far the parameters might have come out otherwise."""

from dataclasses import replace

import numpy as np

from matching.engines.local import Counts, merge_counts
from matching.estimation import estimate
from matching.linkage import LinkResult
from matching.model import Model


def replicated_models(result: LinkResult, given: Model, replicates: int, seed: int) -> list[Model]:
    """Models estimated on data drawn anew; none where the parameters were given.

    Args:
        result: a linkage.
        given: the model it was given.
        replicates: number of draws: pattern counts of candidates and random pairs, each count Poisson, and the training
            rules with replacement.
        seed: of the draws.
    """
    assert result.counts is not None
    if result.random is None or result.report.expected_matches < 1:
        return []
    fitted = unestimated(result.model, given)
    any_trains = any(rule.train for rule in fitted.blocking.rules)
    used = [place for place, rule in enumerate(fitted.blocking.rules) if rule.train or not any_trains]
    assert result.model.prior is not None
    possible = round(
        result.report.expected_matches / result.model.prior
    )  # as the prior was estimated; see `estimation`
    random = np.random.default_rng(seed)
    models = []
    for _ in range(replicates):
        drawn = set(random.choice(used, len(used)).tolist())
        rules = tuple(replace(rule, train=place in drawn) for place, rule in enumerate(fitted.blocking.rules))
        model = replace(fitted, blocking=replace(fitted.blocking, rules=rules))
        again = [_drawn(counts, random) for counts in (result.counts, result.random)]
        models.append(estimate(model, again[0], again[1], possible).model)
    return models


def _drawn(counts: Counts, random: np.random.Generator) -> Counts:
    pairs = random.poisson(counts.pairs)
    kept = pairs > 0
    return merge_counts([Counts(counts.patterns[kept], counts.masks[kept], pairs[kept])])


def unestimated(model: Model, given: Model) -> Model:
    """The fitted model with the parameters it was given."""
    before = {item.name: item.parameters for item in given.comparisons}
    comparisons = tuple(replace(item, parameters=before.get(item.name, ())) for item in model.comparisons)
    return replace(model, comparisons=comparisons, prior=given.prior)

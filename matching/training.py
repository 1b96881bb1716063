"""The record of a training run (训练记录) on the model that came out of it."""

from collections.abc import Mapping
from dataclasses import replace

from matching.estimation import RuleEstimate
from matching.keys import columns_of
from matching.linkage import LinkOptions, LinkResult
from matching.model import Comparison, Model, Origin, Training, TrainingRule

ORIGINS: Mapping[Origin, str] = {
    "default": "declared default",
    "em": "EM",
    "random_pairs": "random pairs",
    "hand": "set by hand",
    "imported": "imported",
    "labels": "reviewed pairs",
}


def trained(result: LinkResult, options: LinkOptions, at: str) -> Model:
    """The result's model with the run that made it, and the origin of each parameter.

    A model that needed no estimation keeps the record it has.

    Args:
        result: what came out.
        options: how it ran.
        at: when, in ISO form; this library has no clock.
    """
    if not result.report.estimates:
        return result.model
    rules = tuple(_rule(item, result.model) for item in result.report.estimates)
    return replace(
        result.model,
        training=Training(
            at=at,
            left_rows=result.report.left_rows,
            right_rows=result.report.right_rows,
            candidate_pairs=result.report.candidate_pairs,
            random_pairs=options.random_pairs,
            seed=options.seed,
            rules=rules,
        ),
    )


def origin_words(model: Model, comparison: Comparison, origin: Origin) -> str:
    """The origin of a parameter in words, with the rules of an estimate."""
    if origin == "em" and model.training is not None:
        rules = [rule.rule for rule in model.training.rules if comparison.name in rule.comparisons]
        return f"{ORIGINS[origin]} within {'; '.join(rules)}" if rules else ORIGINS[origin]
    return ORIGINS[origin]


def _rule(estimate: RuleEstimate, model: Model) -> TrainingRule:
    keys = next(rule.keys for rule in model.blocking.rules if rule.name == estimate.rule)
    read = {column for key in keys for column in columns_of(key)}
    free = tuple(item.name for item in model.comparisons if not read.intersection(item.columns))
    return TrainingRule(estimate.rule, free, estimate.iterations, estimate.converged, estimate.expected_matches)

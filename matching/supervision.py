"""Supervision (人工复核反馈): reviewed pairs update a model and its threshold, without estimating it anew.

Reviewed pairs are no sample of all pairs: only what reached the cut came before an officer. What they can tell, and how:

- *m of a comparison*, from the reviewed matches that the other comparisons alone would have brought above the cut,
  whatever this one had said. Counted over all of them, agreement would seem surer than it is, because matches that disagree
  tend to fall below the cut; accepted pairs alone would push m to 1.
- *u*, likewise from reviewed non-matches, where there are at least `FEWEST_NON_MATCHES`; seldom enough to move it.
- *Precision by band of weight*, and *the threshold*, for weights at or above the cut.

They cannot tell recall, the prior, what lies below the cut, nor errors that officers share with the data.

New parameters are the mean of a Dirichlet distribution: the former ones, worth the evidence of their training, and the
labels, one each or as many as their selection weight. Parameters set by hand stay.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from matching.bilingual import Words
from matching.columns import Longs
from matching.em import by_level
from matching.errors import ModelError
from matching.estimation import PRIOR_MATCHES, is_complete
from matching.evaluation import Share, wilson
from matching.levels import BITS
from matching.model import Comparison, Model, Origin, Parameters
from matching.scoring import Floats, level_codes, pattern_weights, probability

FEWEST_LABELS = 50
"""Reviewed pairs, and as many above a threshold, before the threshold moves."""
FEWEST_NON_MATCHES = 200
SUREST = 40.0
"""Bits above which a threshold could not be told from 1."""
UNRECORDED = 1000.0
"""What parameters are worth, in pairs, whose training is not recorded."""
BANDS = (-np.inf, 0.0, 5.0, 10.0, 15.0, 20.0, np.inf)
"""Limits of the bands of weight, in bits."""


@dataclass(frozen=True)
class Labels:
    """Reviewed pairs.

    Attributes:
        patterns: packed pattern of each pair under the model, int64.
        is_match: the verdict.
        weights: match weight in bits; None computes it from the patterns, without rare and frequent values.
        selection: how many pairs like it each stands for (1 / the chance that it was reviewed); None: one.
    """

    patterns: Longs
    is_match: npt.NDArray[np.bool_]
    weights: Floats | None = None
    selection: Floats | None = None


@dataclass(frozen=True)
class Band:
    """Reviewed pairs with a weight in [low, high), the share that were matches, and what the model had said."""

    low: float
    high: float
    pairs: int
    matches: Share
    predicted: float


@dataclass(frozen=True)
class Learnt:
    """What the labels taught.

    Attributes:
        model: with new parameters, of origin "labels", and threshold.
        labels, matches: reviewed pairs, and those that were matches.
        counted: for each comparison, the matches that its m was updated with.
        bands: precision by band of weight, lowest first.
        recalibrated: (weight, probability) above the cut, rising: isotonic regression of the verdicts on the weights.
        threshold: why the threshold is what it is.
    """

    model: Model
    labels: int
    matches: int
    counted: dict[str, float]
    bands: tuple[Band, ...]
    recalibrated: tuple[tuple[float, float], ...]
    threshold: Words


def update(model: Model, labels: Labels, *, precision: float | None = None, cut: float | None = None) -> Learnt:
    """Update a model with reviewed pairs.

    Args:
        model: with all parameters, the one whose pairs were reviewed.
        labels: reviewed pairs.
        precision: choose the lowest threshold whose pairs are at least so often matches; None: the one with the best F1
            among the reviewed pairs.
        cut: weight from which pairs were reviewed; default: the model's threshold, or the least weight of a label if that
            is lower.

    Raises:
        ModelError: a parameter is null, or the labels do not fit the model or each other.
    """
    if not is_complete(model):
        raise ModelError("the model still has null parameters; labels update the model that scored the pairs")
    if precision is not None and not 0 < precision < 1:
        raise ModelError("the precision is a share between 0 and 1")
    weights, selection = _checked(model, labels)
    if cut is None:
        cut = min(_bits(model.threshold), float(weights.min(initial=np.inf)))
    free = _free(model, labels.patterns, weights, cut)
    comparisons, counted = [], {}
    for place, item in enumerate(model.comparisons):
        levels = level_codes(labels.patterns, place)
        found = {
            side: by_level(levels[chosen], selection[chosen], len(item.levels))
            for side, chosen in (("m", free[place] & labels.is_match), ("u", free[place] & ~labels.is_match))
        }
        counted[item.name] = float(found["m"].sum())
        comparisons.append(_updated(model, item, found["m"], found["u"]))
    recalibrated = _isotonic(weights, labels.is_match, selection)
    threshold, reason = _threshold(model, weights, labels.is_match, selection, precision)
    return Learnt(
        model=replace(model, comparisons=tuple(comparisons), threshold=threshold),
        labels=len(weights),
        matches=int(labels.is_match.sum()),
        counted=counted,
        bands=_bands(weights, labels.is_match, selection),
        recalibrated=recalibrated,
        threshold=reason,
    )


def _checked(model: Model, labels: Labels) -> tuple[Floats, Floats]:
    """Weights and selection weights, complete."""
    given = (labels.is_match, labels.weights, labels.selection)
    if any(column is not None and len(column) != len(labels.patterns) for column in given):
        raise ModelError("the columns of the labels differ in length")
    for place, item in enumerate(model.comparisons):
        if (level_codes(labels.patterns, place) > len(item.levels)).any():
            raise ModelError(
                f"a label's pattern has a level that comparison '{item.name}' lacks; the labels are of another model"
            )
    if (labels.patterns < 0).any() or (labels.patterns >> np.int64(4 * len(model.comparisons))).any():
        raise ModelError("a label's pattern has more comparisons than the model; the labels are of another model")
    selection = np.ones(len(labels.patterns)) if labels.selection is None else labels.selection
    if not (np.isfinite(selection) & (selection > 0)).all():
        raise ModelError("selection weights must be above 0")
    weights = pattern_weights(labels.patterns, model) if labels.weights is None else labels.weights
    if not np.isfinite(weights).all():
        raise ModelError("match weights must be numbers")
    return weights, selection


def _free(model: Model, patterns: Longs, weights: Floats, cut: float) -> list[npt.NDArray[np.bool_]]:
    """For each comparison the pairs that would have been reviewed whatever it had said."""
    as_said = pattern_weights(patterns, model)
    free = []
    for place, item in enumerate(model.comparisons):
        others = patterns & ~(((1 << BITS) - 1) << (BITS * place))
        lowest = np.min(
            [pattern_weights(others | code << (BITS * place), model) for code in range(len(item.levels) + 1)], axis=0
        )
        free.append(weights - as_said + lowest >= cut - 1e-9)
    return free


def _updated(model: Model, comparison: Comparison, matches: Floats, others: Floats) -> Comparison:
    enough = others.sum() >= FEWEST_NON_MATCHES
    m = _posterior([item.m for item in comparison.parameters], _evidence(model, comparison, "m"), matches)
    u = _posterior([item.u for item in comparison.parameters], _evidence(model, comparison, "u"), others * enough)
    return replace(
        comparison,
        parameters=tuple(
            _moved(item, (float(new_m), float(new_u)), (bool(matches.sum()), bool(enough)))
            for item, new_m, new_u in zip(comparison.parameters, m, u, strict=True)
        ),
    )


def _posterior(former: Sequence[float | None], evidence: float, found: Floats) -> Floats:
    before = np.array(former, dtype=np.float64)
    if not found.sum():
        return before
    return np.asarray((before * evidence + found) / (before.sum() * evidence + found.sum()))


def _moved(former: Parameters, new: tuple[float, float], moved: tuple[bool, bool]) -> Parameters:
    origins: list[Origin] = [
        "labels" if has else was for has, was in zip(moved, (former.m_from, former.u_from), strict=True)
    ]
    return replace(former, m=new[0], u=new[1], m_from=origins[0], u_from=origins[1])


def _evidence(model: Model, comparison: Comparison, side: str) -> float:
    """Pairs that the former parameters are worth; infinitely many where they were set by hand."""
    origins = {getattr(item, f"{side}_from") for item in comparison.parameters}
    if "hand" in origins:
        return 1e18
    if origins == {"default"}:
        return PRIOR_MATCHES
    run = model.training
    if run is None or "imported" in origins:
        return UNRECORDED
    if side == "u":
        return float(run.random_pairs)
    # Rules share their matches, so that the largest counts and not the sum.
    found = [rule.expected_matches for rule in run.rules if comparison.name in rule.comparisons]
    return max([*found, PRIOR_MATCHES])


def _isotonic(weights: Floats, is_match: npt.NDArray[np.bool_], selection: Floats) -> tuple[tuple[float, float], ...]:
    """Probability by weight that rises, closest to the verdicts: one point where it steps up."""
    from scipy.optimize import isotonic_regression

    if not len(weights):
        return ()
    points, place = np.unique(weights, return_inverse=True)
    total = np.bincount(place, selection)
    share = np.bincount(place, selection * is_match) / total
    fitted = isotonic_regression(share, weights=total).x
    steps = np.append(True, np.diff(fitted) > 1e-12)
    return tuple(zip(points[steps].tolist(), fitted[steps].tolist(), strict=True))


def _threshold(
    model: Model,
    weights: Floats,
    is_match: npt.NDArray[np.bool_],
    selection: Floats,
    precision: float | None,
) -> tuple[float, Words]:
    """The threshold and why; the model's own where the labels do not carry another."""
    kept = model.threshold
    if len(weights) < FEWEST_LABELS:
        return kept, Words(
            f"kept at {kept:g}: {len(weights)} reviewed pairs, at least {FEWEST_LABELS} are needed",
            f"阈值保持 {kept:g}：复核 {len(weights)} 对，至少需要 {FEWEST_LABELS} 对",
        )
    if is_match.all():
        return kept, Words(
            f"kept at {kept:g}: every reviewed pair was a match, so nothing speaks for a higher one, and nothing is known "
            "below the reviewed pairs",
            f"阈值保持 {kept:g}：复核的配对全部属实，没有理由提高，复核范围以下的情况未知",
        )
    seen = _from_the_top(weights, is_match, selection)
    share, enough = seen.right / seen.pairs, seen.labels >= FEWEST_LABELS
    if precision is None:
        best = int(np.argmax(np.where(enough, 2 * seen.right / (seen.pairs + seen.right[-1]), -1)))
    elif not (enough & (share >= precision)).any():
        return kept, Words(
            f"kept at {kept:g}: no {FEWEST_LABELS} reviewed pairs from any weight on are matches in {precision:.1%}",
            f"阈值保持 {kept:g}：任何权重以上的 {FEWEST_LABELS} 对复核中，属实比例都不到 {precision:.1%}",
        )
    else:
        best = int(np.flatnonzero(enough & (share >= precision))[-1])
    chosen = float(probability(np.minimum(seen.weights[best : best + 1], SUREST) - 1e-9)[0])
    if best == len(share) - 1:
        chosen = min(chosen, kept)  # every reviewed pair is accepted, and nothing is known of those below
    reached = wilson(share[best] * seen.labels[best], seen.labels[best])
    return chosen, Words(
        f"{chosen:.6g}: of the reviewed pairs from there on {share[best]:.1%} were matches "
        f"(95 %: {reached.low:.1%} to {reached.high:.1%})",
        f"{chosen:.6g}：其上复核的配对 {share[best]:.1%} 属实（95% 区间：{reached.low:.1%} 至 {reached.high:.1%}）",
    )


@dataclass(frozen=True)
class _Cumulated:
    """From each weight on, heaviest first: reviewed pairs, and the pairs and matches they stand for."""

    weights: Floats
    labels: Floats
    pairs: Floats
    right: Floats


def _from_the_top(weights: Floats, is_match: npt.NDArray[np.bool_], selection: Floats) -> _Cumulated:
    order = np.argsort(-weights, kind="stable")
    last = np.append(np.diff(weights[order]) != 0, True)
    sums = (np.cumsum(values[order])[last] for values in (np.ones(len(weights)), selection, selection * is_match))
    return _Cumulated(weights[order][last], *sums)


def _bands(weights: Floats, is_match: npt.NDArray[np.bool_], selection: Floats) -> tuple[Band, ...]:
    found = []
    for low, high in pairwise(BANDS):
        chosen = (weights >= low) & (weights < high)
        pairs = int(chosen.sum())
        if pairs:
            share = float(np.average(is_match[chosen], weights=selection[chosen]))
            said = float(np.average(probability(weights[chosen]), weights=selection[chosen]))
            found.append(Band(low, high, pairs, wilson(share * pairs, pairs), said))
    return tuple(found)


def _bits(chance: float) -> float:
    with np.errstate(divide="ignore"):
        return float(np.log2(chance) - np.log2(1 - chance))

"""Calibration without labels (无标注校准): what precision and recall to expect at each threshold, and how sure that is.

The match probabilities give the point estimates. The intervals (95 %, for the pairs at hand) hold more than chance:

1. parameters: pattern counts of candidates and random pairs are drawn again (Poisson), the training rules too, and the
   model is estimated anew, `replicates` times;
2. overconfidence: the larger share of false pairs that a withheld comparison shows (`matching.calibration.withheld`), and, where a
   record can have one match only, competing accepted pairs, of which one is false at least (T. Blakely, C. Salmond,
   2002); both widen the interval on the side of more false pairs;
3. chance: a Poisson number of false and of missed pairs, on the favourable side of half the expected number;
4. `OUTSIDE`: one accepted pair in a thousand may be false for reasons no comparison sees (another person's number, a
   twin), so no lower limit of precision above .999 is ever stated; and matches may be too poor to be told from pairs of
   strangers (`matching.calibration.missed.HARD`).

Nothing is stated, with the reason in words, where the data does not carry it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from matching.assignment import Assignment
from matching.bilingual import Words
from matching.calibration.missed import FEWEST, Missed, hard_matches, missed_by_blocking, too_few
from matching.calibration.replicates import replicated_models
from matching.calibration.rescoring import Chosen, Pairs, Scores, weight_of
from matching.calibration.withheld import unexpected_share
from matching.linkage import LinkResult
from matching.model import Model
from matching.scoring import Floats

THRESHOLDS = (0.1, 0.5, 0.8, 0.9, 0.95, 0.99, 0.999)
OUTSIDE = 0.001
"""Accepted pairs that may be false for reasons outside of the model."""
UNSURE = 0.1
"""Share of the expected matches that may lie below the threshold before recall is not stated."""


@dataclass(frozen=True)
class Estimated:
    """A value with its limits at 95 %; all None where `declined` says why nothing is stated."""

    value: float | None = None
    low: float | None = None
    high: float | None = None
    declined: Words | None = None


@dataclass(frozen=True)
class ThresholdQuality:
    """What to expect from accepting pairs at one threshold.

    Attributes:
        threshold: accept from this match probability on.
        pairs: pairs accepted.
        precision: share of them that are matches.
        recall_of_candidates: share of the matches among candidate pairs that are accepted.
        recall: share of all matches, those included that no blocking rule makes. After assignment, matches are
            counted as the assignment allows: a record that has one is one.
        doubt: what sets the lower limit of precision: "parameters", "competing pairs", or a comparison that, withheld,
            contradicts the others.
    """

    threshold: float
    pairs: int
    precision: Estimated
    recall_of_candidates: Estimated
    recall: Estimated
    doubt: str


@dataclass(frozen=True)
class Calibration:
    """Expected quality of a linkage.

    Attributes:
        before: by threshold, all pairs from the threshold on.
        after: by threshold, after assignment; None where a record may have any number of matches.
        missed: matches that no blocking rule makes.
        missed_in_all: those, and the matches among candidates that are not accepted at the model's threshold, after
            assignment where there is one.
        replicates: how often the model was estimated anew; 0 where its parameters were given.
        threshold: the model's.
    """

    before: tuple[ThresholdQuality, ...]
    after: tuple[ThresholdQuality, ...] | None
    missed: Missed
    missed_in_all: Estimated
    replicates: int
    threshold: float

    def at(self, threshold: float, *, assigned: bool = False) -> ThresholdQuality:
        """The entry of one threshold.

        Raises:
            KeyError: it was not asked for, or there is no assignment.
        """
        for item in (self.after or ()) if assigned else self.before:
            if item.threshold == threshold:
                return item
        raise KeyError(threshold)


def calibrate(
    result: LinkResult,
    given: Model,
    *,
    assignment: Assignment = "none",
    thresholds: Sequence[float] = THRESHOLDS,
    replicates: int = 40,
    seed: int = 20_260_101,
) -> Calibration:
    """Estimate precision and recall by threshold without labels.

    Args:
        result: a linkage.
        given: the model it was given; parameters that it leaves null are estimated anew in each replicate.
        assignment: how many matches a record can have in truth; also what `after` is about.
        thresholds: match probabilities; the model's own is added.
        replicates: at most so many times is the model estimated anew; 0 gives no intervals.
        seed: of the draws; the outcome depends on nothing else.
    """
    assert result.counts is not None
    data = Pairs(result, assignment)
    wanted = sorted({*thresholds, result.model.threshold})
    drawn = [data.scored(model) for model in replicated_models(result, given, replicates, seed)]
    base = data.scored(result.model)
    missed = missed_by_blocking(result.model.blocking.rules, result.counts.masks, base.by_group)
    reason = _reason(result, drawn)
    before = tuple(_quality(data, base, drawn, missed, reason, limit, assigned=False) for limit in wanted)
    after = None
    if assignment != "none":
        after = tuple(_quality(data, base, drawn, missed, reason, limit, assigned=True) for limit in wanted)
    at_threshold = (before if after is None else after)[wanted.index(result.model.threshold)]
    return Calibration(before, after, missed, _missed_in_all(at_threshold), len(drawn), result.model.threshold)


def _reason(result: LinkResult, drawn: Sequence[Scores]) -> Words | None:
    """Why no interval, and so no recall, can be stated for any threshold; None where one can."""
    slow = [item.rule for item in result.report.estimates if not item.converged]
    if result.random is None:
        return Words(
            "the parameters were given, so what they are worth on this data is unknown",
            "模型参数是给定的，它们在本批数据上的可靠程度未知",
        )
    if not drawn:
        return Words("the model was not estimated anew", "没有重新估计模型")
    if slow:
        return Words(f"EM did not converge within rule '{slow[0]}'", f"EM 算法在分块规则“{slow[0]}”内没有收敛")
    if result.report.expected_matches < FEWEST:
        return too_few(result.report.expected_matches)
    if sum(item.expected_matches >= 1 for item in result.report.estimates) < 2:
        return Words(
            "fewer than two training rules found matches, so none can contradict another",
            "找到匹配的训练规则少于两条，无法相互印证",
        )
    return None


def _quality(
    data: Pairs,
    base: Scores,
    drawn: Sequence[Scores],
    missed: Missed,
    reason: Words | None,
    threshold: float,
    *,
    assigned: bool,
) -> ThresholdQuality:
    chosen = data.accepted(threshold, assigned=assigned)
    accepted = int(chosen.sum())
    wrong, below = _errors(base, chosen, assigned)
    if not accepted:
        nothing = Estimated(declined=Words("no pair is accepted", "没有接受任何配对"))
        return ThresholdQuality(threshold, 0, nothing, nothing, nothing, "parameters")
    right = accepted - wrong
    if reason is not None:
        precision = Estimated(right / accepted, declined=reason)
        nothing = Estimated(declined=reason)
        return ThresholdQuality(threshold, accepted, precision, nothing, nothing, "parameters")
    errors = np.array([_errors(item, chosen, assigned) for item in drawn])
    most_wrong, doubt = _most_wrong(data, errors[:, 0], chosen, threshold, assigned)
    # Duplicates within a table compete without being false, so the least may be what the pairs say on their own.
    least_wrong = min(wrong, float(np.quantile(errors[:, 0], 0.025)), _errors(base, chosen, False)[0])
    wrong_low = _chance(0.025, least_wrong / 2)
    wrong_high = min(_chance(0.975, most_wrong + OUTSIDE * accepted), accepted)
    likely = (data.weights >= 0) & (data.weights < weight_of(threshold))
    sure = float(_matches(base, assigned)[likely].sum())
    below_low = min(_chance(0.025, sure / 2), below)
    hard = hard_matches(data.counts.masks, base.by_group)
    below_high = _chance(0.975, max(below, float(np.quantile(errors[:, 1], 0.975))) + hard)
    precision = Estimated(right / accepted, 1 - wrong_high / accepted, 1 - wrong_low / accepted)

    def recall(value: float, low: float, high: float) -> Estimated:
        return Estimated(
            right / max(right + below + value, 1e-9),
            (accepted - wrong_high) / max(accepted - wrong_high + below_high + high, 1e-9),
            (accepted - wrong_low) / max(accepted - wrong_low + below_low + low, 1e-9),
        )

    unsure = below / (right + below)
    if unsure > UNSURE and threshold <= data.model.threshold:
        vague = Words(
            f"{unsure:.0%} of the expected matches lie below the threshold, in unlikely pairs",
            f"预计匹配的 {unsure:.0%} 在阈值以下，散落在不大可能的配对中",
        )
        return ThresholdQuality(
            threshold, accepted, precision, Estimated(declined=vague), Estimated(declined=vague), doubt
        )
    within = recall(0.0, 0.0, 0.0)
    if missed.value is None or missed.low is None or missed.high is None:
        whole = Estimated(declined=missed.declined)
    else:
        whole = recall(missed.value, missed.low, missed.high)
    return ThresholdQuality(threshold, accepted, precision, within, whole, doubt)


def _matches(scores: Scores, assigned: bool) -> Floats:
    return scores.exclusive if assigned else scores.alone


def _errors(scores: Scores, chosen: Chosen, assigned: bool) -> tuple[float, float]:
    """Expected false pairs among the accepted, and matches among all other candidates."""
    chance = _matches(scores, assigned)
    rest = scores.rest_exclusive if assigned else scores.rest
    return float((1 - chance[chosen]).sum()), float(chance[~chosen].sum()) + rest


def _most_wrong(data: Pairs, drawn: Floats, chosen: Chosen, threshold: float, assigned: bool) -> tuple[float, str]:
    """Largest number of false pairs that anything speaks for, and what does."""
    share, withheld = unexpected_share(data.model, data.counts, max(threshold, 0.5))
    unassigned = data.accepted(threshold, assigned=False) if assigned else chosen
    competing = data.competing(unassigned)
    matched = max(int(unassigned.sum()) - competing, 1.0)
    alone = (
        max(max(data.sizes) - matched, 0.0) if data.assignment == "one_to_one" else max(data.sizes[1] - matched, 0.0)
    )
    strangers = competing * alone / matched
    reasons = {
        "parameters": float(np.quantile(drawn, 0.975)),
        "competing pairs": min(strangers + (0.0 if assigned else competing), float(chosen.sum())),
        withheld or "": float(np.quantile(drawn, 0.975)) + share * float(chosen.sum()) if withheld else 0.0,
    }
    doubt = max(reasons, key=lambda name: reasons[name])
    return reasons[doubt], doubt


def _chance(quantile: float, mean: float) -> float:
    """Quantile of a Poisson variable."""
    from scipy.stats import poisson

    return float(poisson.ppf(quantile, mean)) if mean > 0 else 0.0


def _missed_in_all(quality: ThresholdQuality) -> Estimated:
    """Matches that are not accepted, from recall and the matches that are."""
    recall, precision = quality.recall, quality.precision
    if recall.value is None or precision.value is None:
        return Estimated(declined=recall.declined or precision.declined)

    def missing(found: float | None, right: float | None) -> float:
        return (right or 0.0) * quality.pairs * (1 / max(found or 0.0, 1e-9) - 1)

    return Estimated(
        missing(recall.value, precision.value),
        missing(recall.high, precision.high),
        missing(recall.low, precision.low),
    )

"""Health of a linkage in words (匹配体检): what is doubted about its result, and how far it can be trusted.

Every finding is a sentence that names counts, columns and rules, never a value of a record.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from matching.assignment import Assignment
from matching.calibration.calibrate import ThresholdQuality
from matching.linkage import LinkReport, LinkResult
from matching.model import Comparison, Model

Verdict = Literal["sound", "doubtful", "unusable"]

FEW_COMPARISONS = 3
UNSURE = (0.1, 0.9)
"""Match probabilities between which a pair is unsure."""


@dataclass(frozen=True)
class Health:
    """A verdict, its sentence, the doubts it rests on, and what can be said of the matches that were missed."""

    verdict: Verdict
    sentence: str
    doubts: tuple[str, ...]
    recall: str


def examine(
    result: LinkResult,
    assignment: Assignment,
    *,
    same_table: bool,
    unreached: float = 0.0,
    quality: ThresholdQuality | None = None,
) -> Health:
    """Look a linkage over.

    Args:
        result: pairs, estimated model and report.
        assignment: how pairs were accepted.
        same_table: whether duplicates of one table were looked for.
        unreached: share of records, of the worse side, for which no blocking rule has a key.
        quality: what `matching.calibration.calibrate` expects at the threshold; None where parameters were given, not estimated.
    """
    grave, doubts = [], []
    if not result.report.candidate_pairs:
        grave.append("no two records share a blocking key, so nothing was compared")
    elif not result.report.accepted_pairs:
        grave.append(
            "no pair reaches the threshold: the files may have no person in common, or the columns say too little"
        )
    if result.report.candidate_pairs:
        doubts += _of_model(result.model)
        doubts += _of_estimation(result.report)
        doubts += _of_matches(result, assignment, same_table)
    doubts += _of_blocking(result.report, unreached)
    recall = _recall(result, quality)
    if grave:
        return Health("unusable", f"Not to be used: {grave[0]}.", (*grave[1:], *doubts), recall)
    if doubts:
        return Health("doubtful", f"To be checked before use: {len(doubts)} doubt(s) below.", tuple(doubts), recall)
    return Health("sound", "Nothing speaks against the result.", (), recall)


def _recall(result: LinkResult, quality: ThresholdQuality | None) -> str:
    """Recall with its interval where the data carries one, else why it is not stated and what stands in its place."""
    if quality is not None and quality.recall.value is not None:
        recall = quality.recall
        return (
            f"Recall is about {recall.value:.1%} ({recall.low:.1%} to {recall.high:.1%}), by the model's own estimates; "
            "no pair of these files was checked by hand."
        )
    reason = "no parameter was estimated or no pair accepted, so nothing shows how sure it would be"
    if quality is not None and quality.recall.declined is not None:
        reason = quality.recall.declined.en
    kept = float(result.pairs["match_probability"].to_numpy()[result.pairs["accepted"].to_numpy()].sum())
    return (
        f"Recall is not stated: {reason.rstrip('.')}. By the model alone, {kept:,.0f} of the "
        f"{result.report.expected_matches:,.0f} matches expected among the compared pairs are accepted."
    )


def _of_model(model: Model) -> list[str]:
    told = []
    if len(model.comparisons) < FEW_COMPARISONS:
        told.append(f"only {len(model.comparisons)} column(s) are compared; namesakes cannot be told apart with so few")
    told += [
        f"'{comparison.name}' speaks against a match where it agrees ({weight:+.1f} bits): it may be another thing in each file"
        for comparison in model.comparisons
        if (weight := _backwards(comparison)) is not None
    ]
    return told


def _backwards(comparison: Comparison) -> float | None:
    """Weight of full agreement where it is below that of disagreement."""
    weights = [float(np.log2(item.m / item.u)) for item in comparison.parameters if item.m and item.u]
    return weights[0] if len(weights) == len(comparison.levels) and weights[0] < min(-0.5, weights[-1]) else None


def _of_estimation(report: LinkReport) -> list[str]:
    slow = [item.rule for item in report.estimates if not item.converged]
    told = [f"the estimation did not come to rest within rule(s) {'; '.join(slow)}"] if slow else []
    told += [note for note in report.notes if "its m are the declared defaults" in note]
    if report.estimates and max(item.expected_matches for item in report.estimates) < 20:
        told.append("fewer than 20 matches were found to learn from, so the weights are mostly the declared ones")
    return told


def _of_matches(result: LinkResult, assignment: Assignment, same_table: bool) -> list[str]:
    told = []
    report, pairs = result.report, result.pairs
    accepted = int(np.count_nonzero(pairs["accepted"].to_numpy()))
    most = min(report.left_rows, report.right_rows)
    if not same_table and report.expected_matches > 1.2 * most:
        told.append(
            f"{report.expected_matches:,.0f} matches are expected, more than the {most:,} records of the smaller file"
        )
    elif assignment == "one_to_one" and accepted and report.expected_matches > 1.25 * accepted + 10:
        told.append(
            f"{report.expected_matches:,.0f} matches are expected, and only {accepted:,} can hold one-to-one: agreement is commoner than the model thinks"
        )
    chance = pairs["match_probability"].to_numpy()
    unsure = int(((chance > UNSURE[0]) & (chance < UNSURE[1])).sum())
    if accepted and unsure > 0.1 * accepted:
        told.append(
            f"{unsure:,} pairs are neither sure matches nor sure others (probability {UNSURE[0]} to {UNSURE[1]}): look at a sample"
        )
    return told


def _of_blocking(report: LinkReport, unreached: float) -> list[str]:
    told = [
        f"rule '{rule.rule}': blocks were too large, {rule.skipped_pairs:,} pairs are not compared"
        + (f", about {lost:,.0f} matches among them" if lost >= 1 else "")
        for rule, lost in zip(report.rules, report.skipped_matches or (0.0,) * len(report.rules), strict=True)
        if rule.skipped_pairs and (lost >= max(1.0, 0.002 * report.expected_matches) or not report.skipped_matches)
    ]
    if unreached > 0.01:
        told.append(
            f"{unreached:.1%} of the records of one side are in no block: what every rule reads is missing there"
        )
    return told

"""Explanation (匹配依据) of a pair: the level each comparison found, in words, and what it weighs."""

from dataclasses import dataclass

import numpy as np

from matching.levels import IMPLIED, MISSING, Outcome
from matching.model import Model, level_code
from matching.scoring import Weigher, effective, either, level_weights, prior_weight

NOTICED = 0.05
"""Bits that a household must explain to be told of."""


@dataclass(frozen=True)
class Finding:
    """One line of an explanation; `weight` is in log2 Bayes factors, positive speaks for the same person."""

    comparison: str
    column: str
    level: str
    sentence_zh: str
    sentence_en: str
    weight: float
    outcome: Outcome


def explain(pattern: int, model: Model, frequency_weight: float = 0.0) -> list[Finding]:
    """The findings of a pair in model order, between the prior and the frequency of its values.

    The weights add up to the pair's match weight, but for what is too small to be told.

    Args:
        pattern: packed levels, column `pattern` of the pairs.
        model: the model of the same result, with its parameters.
        frequency_weight: column `frequency_weight` of the pairs.
    """
    findings = [
        Finding(
            "prior",
            "",
            "prior",
            "随机两条记录为同一人的可能性。",
            "How likely two random records are one person.",
            prior_weight(model),
            "missing",
        )
    ]
    counted = int(effective(np.array([pattern], dtype=np.int64), model)[0])
    for position, comparison in enumerate(model.comparisons):
        code = level_code(pattern, position)
        level = comparison.levels[code - 1] if code else MISSING
        weight = float(level_weights(comparison)[code])
        if code != level_code(counted, position):
            level, weight = IMPLIED, 0.0
        findings.append(
            Finding(comparison.name, comparison.columns[0], level.name, level.zh, level.en, weight, level.outcome)
        )
    odds = Weigher(model).household_odds(np.array([counted], dtype=np.int64))
    if (loss := float(either(odds)[0])) >= NOTICED:
        findings.append(
            Finding(
                "members",
                "",
                "household",
                "同户家庭成员也会同时有这些相同之处。",
                "Members of one household agree on all this as well.",
                -loss,
                "close",
            )
        )
    if frequency_weight:
        rare = frequency_weight > 0
        findings.append(
            Finding(
                "frequency",
                "",
                "rare" if rare else "frequent",
                "相同的内容较少见，更有说服力。" if rare else "相同的内容很常见，说服力较弱。",
                "The agreeing values are rare and tell more."
                if rare
                else "The agreeing values are frequent and tell less.",
                float(frequency_weight),
                "agrees" if rare else "close",
            )
        )
    return findings

"""Learning from visits (核查反馈): what outcomes do to the beliefs of the rules and to the strength as a whole.

Two steps, both pulled towards what was believed before, so that few visits change little:

1. **Beliefs.** A rung is a screen's bands of equal belief. Each has a Beta prior of mean `belief` worth
   `belief_weight` visits. A clue may rest on several groups, and its link may be wrong; which of them a confirmation
   is owed to is not seen, and is shared out in proportion to what each makes likely (EM for a noisy or). Beliefs keep
   the order of the rule file (`_order`), so that a graver band never counts less.
2. **Curve.** Over at most ten equal parts of the visited clues by strength, the share confirmed, pulled to the strength
   itself with the same weight and made non-decreasing; between, straight lines. It sets right what independence of the
   groups gets wrong.

Both steps are monotone, so more evidence never lowers a strength.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import polars as pl

from bangfu.errors import BangfuError
from bangfu.screening.rules.rule_set import RuleSet
from schemas.outcomes import OUTCOMES, VISIT, Says

__all__ = ["Learned", "learn", "unlearned"]

_ROUNDS = 30
_PARTS = 10
_Floats = npt.NDArray[np.float64]
_Rung = tuple[str, float]


@dataclass(frozen=True)
class Learned:
    """What visits have taught.

    Attributes:
        rules: The rules with the beliefs as they are now.
        worth: `code, band, _worth`: how many visits each belief is worth.
        knots: Strength before and after the curve, both ascending from 0 to 1.
        visits: Visited clues that were learnt from.
    """

    rules: RuleSet
    worth: pl.DataFrame
    knots: tuple[tuple[float, float], ...] = ((0.0, 0.0), (1.0, 1.0))
    visits: int = 0

    def corrected(self, strength: _Floats) -> _Floats:
        """Strengths after the curve."""
        before, after = np.array(self.knots).T
        return np.asarray(np.interp(strength, before, after))


def unlearned(rules: RuleSet) -> Learned:
    """What holds before any visit: the beliefs of the rule file."""
    return Learned(rules, _worth_table(rules, {}))


def learn(rules: RuleSet, visits: pl.DataFrame) -> Learned:
    """Learn from visits.

    Args:
        rules: Rules as approved; screens and bands of other rule sets are passed over.
        visits: Columns of `schemas.outcomes.VISIT`.

    Raises:
        BangfuError: An outcome is no code of the list, a clue has two, or a probability lies outside 0 to 1.
    """
    hits = _told(rules, visits)
    if hits.is_empty():
        return unlearned(rules)
    beliefs = {(screen.code, band.belief): band.belief for screen in rules.screens for band in screen.bands}
    order = _order(rules)
    prior, worth = dict(beliefs), dict.fromkeys(beliefs, rules.belief_weight)
    for _ in range(_ROUNDS):
        right, seen = _shared_out(_strongest(hits, beliefs))
        worth = {rung: rules.belief_weight + seen.get(rung, 0.0) for rung in beliefs}
        beliefs = _in_order(
            {
                rung: (prior[rung] * rules.belief_weight + right.get(rung, 0.0)) / worth[rung]
                for rung in beliefs
            },
            worth,
            order,
        )  # fmt: skip
    clues = _strongest(hits, beliefs).group_by("clue_id", maintain_order=True).agg(
        (1 - (1 - pl.col("_said")).product()).alias("strength"), pl.col("confirmed").first()
    )  # fmt: skip
    knots = _curve(clues["strength"].to_numpy(), clues["confirmed"].to_numpy(), rules.belief_weight)
    return Learned(_with_beliefs(rules, beliefs), _worth_table(rules, worth), knots, clues.height)


def _told(rules: RuleSet, visits: pl.DataFrame) -> pl.DataFrame:
    """The hits of the visits that say something: `clue_id, code, rung, group, match_probability, confirmed`."""
    unknown = visits.filter(~pl.col("outcome").is_in(list(OUTCOMES)) | pl.col("outcome").is_null())
    if len(unknown):
        raise BangfuError(f"{len(unknown)} visits have an outcome that is no code of the list: correct them.")
    if len(visits) and visits.group_by("clue_id").agg(pl.col("outcome").n_unique())["outcome"].max() != 1:
        raise BangfuError("A visited clue has two outcomes: give the one that holds.")
    if not visits["match_probability"].is_between(0, 1).fill_null(False).all():
        raise BangfuError("A visit has a match probability outside 0 to 1, or none: correct it.")
    says = {code: str(item.says) for code, item in OUTCOMES.items()}
    known = pl.DataFrame(
        [(screen.code, band.code, band.belief, screen.group) for screen in rules.screens for band in screen.bands],
        ["code", "band", "rung", "group"],
        orient="row",
    )
    return (
        visits.select(*VISIT)
        .with_columns(pl.col("outcome").replace_strict(says).alias("says"))
        .filter(pl.col("says") != str(Says.NOTHING))
        .join(known, on=["code", "band"], maintain_order="left")
        .with_columns((pl.col("says") == str(Says.CONFIRMED)).alias("confirmed"))
        .sort("clue_id", "group", "code", "band")
    )


def _strongest(hits: pl.DataFrame, beliefs: Mapping[_Rung, float]) -> pl.DataFrame:
    """Of every clue and group the hit that counts, with `_belief` and `_said`."""
    table = pl.DataFrame(
        [(*rung, belief) for rung, belief in beliefs.items()], ["code", "rung", "_belief"], orient="row"
    )
    said = (pl.col("_belief") * pl.col("match_probability")).clip(0, 1 - 1e-9)
    return (
        hits.join(table, on=["code", "rung"], maintain_order="left")
        .with_columns(said.alias("_said"))
        .sort("clue_id", "group", "_said", "code", "band", descending=[False, False, True, False, False])
        .unique(["clue_id", "group"], keep="first", maintain_order=True)
    )


def _shared_out(hits: pl.DataFrame) -> tuple[dict[_Rung, float], dict[_Rung, float]]:
    """By rung, how many confirmations it is owed, and how many visits its evidence was really this household's.

    With `s = belief * link` of a hit, `S` of the clue and `O` of its other groups: confirmed, the hit is right with `s / S`, and its
    link holds without it being right with `link * (1 - belief) * O / S`; refuted, it is not right, and its link holds with
    `link * (1 - belief) / (1 - s)`.
    """
    belief, link, said = pl.col("_belief"), pl.col("match_probability"), pl.col("_said")
    none = (1 - said).product().over("clue_id")
    whole = (1 - none).clip(1e-12)
    others = 1 - none / (1 - said)
    right = pl.when("confirmed").then(said / whole).otherwise(0.0)
    held = (
        pl.when("confirmed")
        .then(said / whole + link * (1 - belief) * others / whole)
        .otherwise(link * (1 - belief) / (1 - said))
    )
    sums = (
        hits.with_columns(right.alias("_right"), held.alias("_held"))
        .group_by("code", "rung", maintain_order=True)
        .agg(pl.col("_right", "_held").sum())
    )
    rows = list(sums.iter_rows())
    return {(s, r): right for s, r, right, _ in rows}, {(s, r): held for s, r, _, held in rows}


def _order(rules: RuleSet) -> list[tuple[_Rung, _Rung]]:
    """Pairs of rungs of one screen of which the second must never be believed less.

    So it is with two of which the second has the higher belief, or the same, and which belong to the same form; or the
    second form makes a clue alone and the first does not; or it stands later in the file. For from the first a household
    comes to the second by more evidence: from bills of its own to bills of the family as well.
    """
    place = {screen.code: number for number, screen in enumerate(rules.screens)}
    pairs = []
    for a in rules.screens:
        for b in rules.screens:
            forwards = (b.alone, place[b.code]) >= (a.alone, place[a.code])
            if a.screen == b.screen and forwards:
                rungs = {((a.code, x.belief), (b.code, y.belief)) for x in a.bands for y in b.bands}
                pairs += sorted((low, high) for low, high in rungs if low != high and low[1] <= high[1])
    return sorted(pairs, key=lambda pair: (pair[1][1], rules.screen(pair[1][0]).alone, place[pair[1][0]], pair[0]))


def _in_order(
    beliefs: Mapping[_Rung, float], worth: Mapping[_Rung, float], order: list[tuple[_Rung, _Rung]]
) -> dict[_Rung, float]:
    """The nearest beliefs in weighted least squares that keep an order (Dykstra's projections, one pair at a time)."""
    made = dict(beliefs)
    given = dict.fromkeys(order, 0.0)
    for _ in range(_ROUNDS):
        for pair in order:
            low, high = pair
            below, above = made[low] + given[pair] / worth[low], made[high] - given[pair] / worth[high]
            moved = max(below - above, 0.0) / (1 / worth[low] + 1 / worth[high])
            made[low], made[high] = below - moved / worth[low], above + moved / worth[high]
            given[pair] = moved
    for low, high in order:  # what rounding left
        made[high] = max(made[high], made[low])
    return made


def _ascending(values: list[float], weights: list[float]) -> list[float]:
    """The nearest non-decreasing values in weighted least squares (pool adjacent violators).

    >>> _ascending([1.0, 3.0, 2.0], [1.0, 1.0, 1.0])
    [1.0, 2.5, 2.5]
    """
    pools: list[tuple[float, float, int]] = []
    for value, weight in zip(values, weights, strict=True):
        pool = (value, weight, 1)
        while pools and pools[-1][0] > pool[0]:
            before = pools.pop()
            total = before[1] + pool[1]
            pool = ((before[0] * before[1] + pool[0] * pool[1]) / total, total, before[2] + pool[2])
        pools.append(pool)
    return [value for value, _, times in pools for _ in range(times)]


def _curve(strength: _Floats, confirmed: npt.NDArray[np.bool_], weight: float) -> tuple[tuple[float, float], ...]:
    """Knots of the curve; equal strengths are never parted."""
    order = np.argsort(strength, kind="stable")
    distinct, place = np.unique(strength[order], return_inverse=True)
    middle = (np.searchsorted(place, np.arange(len(distinct)), "left") + np.searchsorted(place, np.arange(len(distinct)), "right")) / 2  # fmt: skip
    part = np.minimum((middle / len(strength) * _PARTS).astype(int), _PARTS - 1)[place]
    before, after, weights = [], [], []
    for number in np.unique(part):
        own = order[part == number]
        mean = float(strength[own].mean())
        before.append(mean)
        after.append((weight * mean + float(confirmed[own].sum())) / (weight + len(own)))
        weights.append(weight + len(own))
    inside = [
        knot for knot in zip(before, _ascending(after, weights), strict=True) if 0 < knot[0] < 1 and 0 < knot[1] < 1
    ]
    return ((0.0, 0.0), *inside, (1.0, 1.0))


def _with_beliefs(rules: RuleSet, beliefs: Mapping[_Rung, float]) -> RuleSet:
    screens = tuple(
        replace(
            screen,
            bands=tuple(replace(band, belief=beliefs[screen.code, band.belief]) for band in screen.bands),
        )
        for screen in rules.screens
    )
    return replace(rules, screens=screens)


def _worth_table(rules: RuleSet, worth: Mapping[_Rung, float]) -> pl.DataFrame:
    rows = [
        (screen.code, band.code, worth.get((screen.code, band.belief), rules.belief_weight))
        for screen in rules.screens
        for band in screen.bands
    ]
    schema = {"code": pl.String, "band": pl.String, "_worth": pl.Float64}
    return pl.DataFrame(rows, schema, orient="row")

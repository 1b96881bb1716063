"""Earlier decisions (已有结论): who is not visited again on the same evidence, and what brings somebody back.

An outcome of a visit closes a clue until there is new evidence, or for a period after a refusal
(`schemas.outcomes`). With a decision the evidence it was made on is kept, so that a clue that returns says what has
changed. A decision is superseded by a later one, never changed.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from bangfu.screening.evidence_state import digest, evidence_states, news
from bangfu.screening.screened import Screened
from bangfu.screening.suppression import SUPPRESSED, sentences
from schemas.outcomes import OUTCOMES, Closing

__all__ = ["DECISION", "Decided", "decided"]

DECISION: Mapping[str, type[pl.DataType]] = {
    "cluster_id": pl.String,
    "outcome": pl.String,
    "decided_on": pl.Date,
    "evidence": pl.String,
    "evidence_digest": pl.String,
    "referral_consent": pl.Boolean,
}
"""Columns of decisions: the person, a code of `schemas.outcomes`, the day, the evidence state it was made on with its
digest (null where it was not kept), and whether the person agreed to be referred (转介); null is no agreement."""

_CHANGED = {"zh": "证据与上次核查时不同", "en": "the evidence differs from that of the last visit"}


@dataclass(frozen=True)
class Decided:
    """A list without those whom an earlier decision leaves out.

    Attributes:
        found: The list.
        changes: By person who returns after a decision, what has changed: sentences `{zh, en}`.
    """

    found: Screened
    changes: Mapping[str, list[dict[str, str]]]


def decided(found: Screened, decisions: pl.DataFrame) -> Decided:
    """Leave out who was decided about.

    Args:
        found: What screening found.
        decisions: Columns of `DECISION`, in the order in which they were recorded; those later than the window's last
            day do not count, nor do codes that are not known.
    """
    as_of = found.prepared.window.as_of
    latest = (
        decisions.filter((pl.col("decided_on") <= as_of) & pl.col("outcome").is_in(list(OUTCOMES)))
        .join(found.persons, on="cluster_id", how="semi", maintain_order="left")
        .sort("decided_on", maintain_order=True)
        .unique("cluster_id", keep="last", maintain_order=True)
    )
    if latest.is_empty():
        return Decided(found, {})
    states = evidence_states(found.hits, found.tiers)
    out, changes = [], {}
    for row in latest.sort("cluster_id").iter_rows(named=True):
        person, closing = row["cluster_id"], OUTCOMES[row["outcome"]].closing
        told = {"cluster_id": person, "outcome": row["outcome"], "decided_on": row["decided_on"]}
        if closing is Closing.PERIOD and as_of < _after(row["decided_on"], found.policy.rules.periods.refused):
            out.append({**told, "why": "refused"})
        elif closing is not Closing.OPEN:
            what = _changes(row, states[person], found)
            if closing is Closing.EVIDENCE and not what:
                out.append({**told, "why": "decided"})
            elif what:
                changes[person] = what
    return Decided(_without(found, out), changes)


def _changes(decision: Mapping[str, Any], state: str, found: Screened) -> list[dict[str, str]]:
    """What is new since a decision; nothing where the evidence is the same or less."""
    if decision["evidence"]:
        return news(decision["evidence"], state, found.policy.rules)
    return [] if decision["evidence_digest"] == digest(state) else [dict(_CHANGED)]


def _without(found: Screened, out: list[dict[str, Any]]) -> Screened:
    schema = {"cluster_id": pl.String, "why": pl.String, "outcome": pl.String, "decided_on": pl.Date}
    rows = pl.DataFrame(out, schema=schema)
    labels = {
        language: pl.format(
            "{} {}",
            "decided_on",
            pl.col("outcome").replace_strict(
                {item.code: getattr(item, language) for item in OUTCOMES.values()}, return_dtype=pl.String
            ),
        )
        for language in ("zh", "en")
    }
    left = sentences(rows, labels["zh"], labels["en"])
    return replace(
        found,
        hits=found.hits.join(left, left_on="household_id", right_on="cluster_id", how="anti", maintain_order="left"),
        persons=found.persons.join(left, on="cluster_id", how="anti", maintain_order="left"),
        left_out=pl.concat([found.left_out.select(*SUPPRESSED), left]).sort("cluster_id"),
    )


def _after(day: dt.date, months: int) -> dt.date:
    """The same day some months later, or the last of that month.

    >>> _after(dt.date(2026, 1, 31), 1), _after(dt.date(2025, 12, 5), 13)
    (datetime.date(2026, 2, 28), datetime.date(2027, 1, 5))
    """
    return pl.select(pl.lit(day).dt.offset_by(f"{months}mo")).item()  # type: ignore[no-any-return]

"""What evidence a household is on the list for (证据摘要), in a form that can be kept with a decision and compared later.

The state names screens, bands, counts and the last quarter, never an amount: so it may be kept when the rows are gone,
and a settlement that leaves the twelve months does not make old evidence look new.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from bangfu.screening.rules.rule_set import Band, RuleSet

__all__ = ["digest", "evidence_states", "news"]


def evidence_states(hits: pl.DataFrame, tiers: pl.DataFrame) -> dict[str, str]:
    """The state of every household as canonical JSON.

    Args:
        hits: `household_id, code, band, count, last`.
        tiers: `household_id, tier`: the suggested tier, where there is one.

    Returns:
        By household, `{"hits": [{code, band, count, last}], "tier": number or null}`.
    """
    tier = dict(tiers.select("household_id", "tier").iter_rows())
    found: dict[str, list[dict[str, Any]]] = {}
    quarter = pl.format("{}Q{}", pl.col("last").dt.year(), pl.col("last").dt.quarter())
    for row in hits.select("household_id", "code", "band", "count", quarter.alias("last")).iter_rows(named=True):
        found.setdefault(row.pop("household_id"), []).append(row)
    return {
        household: json.dumps(
            {"hits": sorted(rows, key=lambda row: str(row["code"])), "tier": tier.get(household)},
            ensure_ascii=False,
            sort_keys=True,
            separators=(",", ":"),
        )
        for household, rows in found.items()
    }


def digest(state: str) -> str:
    """Digest of a state, 64 hexadecimal digits."""
    return hashlib.sha256(state.encode()).hexdigest()


def news(before: str, now: str, rules: RuleSet) -> list[dict[str, str]]:
    """What has come since: a sentence `{zh, en}` for each new screen, graver band, later or further event, higher tier.

    What only fell away is no news: less evidence is no reason to visit again.

    Args:
        before: State at the time of the decision.
        now: State today.
        rules: The rules in use, which say how much a band is believed.
    """
    old, new = json.loads(before), json.loads(now)
    known = {row["code"]: row for row in old["hits"]}
    told = [line for row in new["hits"] for line in _screen_news(known.get(row["code"]), row, rules)]
    if new["tier"] is not None and (old["tier"] is None or new["tier"] < old["tier"]):
        told.append({"zh": f"建议层级变为第{new['tier']}层级", "en": f"the suggested tier is now {new['tier']}"})
    return told


def _screen_news(old: Mapping[str, Any] | None, new: Mapping[str, Any], rules: RuleSet) -> Iterable[dict[str, str]]:
    screen = rules.screen(new["code"])
    band = screen.band(new["band"])
    zh, en = band.zh if band else "", band.en if band else ""
    if old is None:
        yield {"zh": f"新增“{screen.name_zh}”：{zh}", "en": f"new: {screen.name_en}, {en}"}
        return
    if _belief(band) > _belief(screen.band(old["band"])):
        yield {"zh": f"“{screen.name_zh}”加重，现为{zh}", "en": f"{screen.name_en}: graver, now {en}"}
    if (new["last"] or "") > (old["last"] or ""):
        yield {
            "zh": f"“{screen.name_zh}”在{new['last']}有新的记录",
            "en": f"{screen.name_en}: a new record in {new['last']}",
        }
    elif (new["count"] or 0) > (old["count"] or 0):
        yield {
            "zh": f"“{screen.name_zh}”由{old['count'] or 0}次增至{new['count']}次",
            "en": f"{screen.name_en}: {new['count']} instead of {old['count'] or 0}",
        }


def _belief(band: Band | None) -> float:
    return band.belief if band else 0.0

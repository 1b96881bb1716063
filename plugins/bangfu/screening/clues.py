"""Clues (线索): who is on the list, with reasons, evidence and the explanation of every link they rest on.

The forms that portal, workbook and export read:

- a reason: `{code, zh, en, band, period, source}`; medical evidence is band, quarters and count only;
- evidence: `{as_of, since, rule_set, route, owner: {tree, union, zh, en}, moved_to: {county, zh, en}, hits: [{code, band,
  count, period}], likely: {low, high, basis, visits}, suggested_tier: {code, tier, zh, en}, formerly_registered,
  missing: [{code, zh, en}], state, digest, changed: [{zh, en}]}`; `owner` is the union
  that looks and the rule that says so, `moved_to` another county where the member lives, if so; `likely` is how sure
  the strength is, with basis `visits` or, before any, `belief`; a suggested tier only where a tier rule holds;
  `state` and `digest` are what a decision keeps, `changed` only after an earlier one;
- a match: `{source, via, record_id, records, probability, weight, fields}`, where each field is `{comparison,
  label_zh, label_en, level, outcome, zh, en, weight, member, partner}`; `outcome` is agrees, close,
  differs or missing, `member` and `partner` are the masked values of both sides. Where `via` names a source,
  the record is a household member's whom that source ties to the member, and the first field says so and how; who is on
  no roster is compared with nobody.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from bangfu.screening.evidence_state import digest, evidence_states
from bangfu.screening.explanations import explained_links
from bangfu.screening.missing import MISSING, MUTUAL_AID
from bangfu.screening.registration import formerly_registered
from bangfu.screening.routing import ROUTES
from bangfu.screening.rules.rule_set import RuleSet
from bangfu.screening.screened import Screened
from matching.model import Model
from schemas.reference import divisions
from schemas.unions import federation
from schemas.vocabulary import ARCHIVE_STATUS

__all__ = ["Clue", "clues", "quarters"]


@dataclass(frozen=True)
class Clue:
    """One person on the list; the forms are those of the module's description.

    Attributes:
        member: The roster row that stands for the person.
        county: Division code of the owner.
        reasons, evidence, match: As described above.
        strength: Expected share of visits that confirm hardship, 0 to 1.
        match_probability: Weakest link the reasons rest on.
    """

    member: Mapping[str, Any]
    county: str
    reasons: tuple[Mapping[str, Any], ...]
    evidence: Mapping[str, Any]
    match: tuple[Mapping[str, Any], ...]
    strength: float
    match_probability: float


def clues(
    found: Screened,
    models: Mapping[str, Model],
    told: pl.DataFrame,
    changes: Mapping[str, list[dict[str, str]]] | None = None,
) -> Iterator[Clue]:
    """Yield the clues of a list, strongest first.

    Args:
        found: What screening found, with what the roster says of each person (`SHOWN`).
        models: By source, the model its links were scored with.
        told: What the rows say that links rest on; see `bangfu.screening.explanations.explained_links`.
        changes: By person who was decided about before, what has changed since.
    """
    archive = found.prepared.material.linked.get("hardship_archive")
    former: dict[str, dict[str, Any]] = {}
    if archive is not None:
        former = {row["cluster_id"]: row for row in formerly_registered(archive).iter_rows(named=True)}
    hits: dict[str, list[dict[str, Any]]] = {}
    for hit in found.hits.iter_rows(named=True):
        hits.setdefault(hit["household_id"], []).append(hit)
    matches = explained_links(found, models, told)
    tiers = {row["household_id"]: row["code"] for row in found.tiers.iter_rows(named=True)}
    states = evidence_states(found.hits, found.tiers)
    for member in found.persons.iter_rows(named=True):
        person = member["cluster_id"]
        evidence = _evidence(found, member, hits[person], former.get(person), tiers.get(person))
        evidence |= {"state": states[person], "digest": digest(states[person])}
        if changes and person in changes:
            evidence["changed"] = changes[person]
        yield Clue(
            member=member,
            county=member["county"],
            reasons=tuple(_reason(hit, found.policy.rules) for hit in hits[person]),
            evidence=evidence,
            match=tuple(matches.get(person, ())),
            strength=member["strength"],
            match_probability=member["match_probability"],
        )


def quarters(first: dt.date | None, last: dt.date | None) -> str | None:
    """The quarters two days lie in.

    >>> quarters(dt.date(2025, 11, 3), dt.date(2026, 2, 1)), quarters(dt.date(2026, 4, 1), dt.date(2026, 6, 30))
    ('2025Q4-2026Q1', '2026Q2')
    """
    if first is None or last is None:
        return None
    names = [f"{day.year}Q{(day.month + 2) // 3}" for day in (first, last)]
    return names[0] if names[0] == names[1] else "-".join(names)


def _reason(hit: Mapping[str, Any], rules: RuleSet) -> dict[str, Any]:
    screen = rules.screen(hit["code"])
    band = next(band for band in screen.bands if band.code == hit["band"])
    return {
        "code": screen.code,
        "zh": screen.zh.format(band=band.zh, count=hit["count"]),
        "en": screen.en.format(band=band.en, count=hit["count"]),
        "band": band.code,
        "period": quarters(hit["first"], hit["last"]),
        "source": screen.source,
    }


def _words(zh: str, en: str) -> dict[str, str]:
    return {"zh": zh, "en": en}


def _evidence(
    found: Screened,
    member: Mapping[str, Any],
    hits: list[dict[str, Any]],
    former: Mapping[str, Any] | None,
    tier: str | None,
) -> dict[str, Any]:
    window, rules = found.prepared.window, found.policy.rules
    visits = found.policy.learned.visits if found.policy.learned else 0
    missing = [*MISSING]
    if member["mutual_aid"] == "1" and any("E_med" in rules.screen(hit["code"]).reads for hit in hits):
        missing.append(MUTUAL_AID)
    evidence: dict[str, Any] = {
        "as_of": window.as_of.isoformat(),
        "since": window.since.isoformat(),
        "rule_set": rules.name,
        "route": member["route"],
        "owner": {"tree": member["tree"], "union": member["owner"], **_words(*ROUTES[member["route"]])},
        "hits": [
            {"code": h["code"], "band": h["band"], "count": h["count"], "period": quarters(h["first"], h["last"])}
            for h in hits
        ],
        "missing": [{"code": item.code, "zh": item.zh, "en": item.en} for item in missing],
        "likely": {
            "low": round(member["low"], 3),
            "high": round(member["high"], 3),
            "basis": "visits" if visits else "belief",
            "visits": visits,
        },
    }
    if tier is not None:
        rule = next(rule for rule in rules.tiers if rule.code == tier)
        evidence["suggested_tier"] = {"code": rule.code, "tier": rule.tier, "zh": rule.zh, "en": rule.en}
    if member["moved_to"] is not None:
        county = divisions()[member["moved_to"]]
        told = _words(f"现住{county.name}，可请{federation(county.code)}协助入户或转办", f"lives in {county.short_name}; its federation may make the visit")  # fmt: skip
        evidence["moved_to"] = {"county": county.code, **told}
    if former is not None:
        status = former["archive_status"]
        evidence["formerly_registered"] = {
            "status": status,
            "zh": ARCHIVE_STATUS.label(status),
            "en": ARCHIVE_STATUS.label(status, "en"),
            "quarter": quarters(former["exited_on"], former["exited_on"]),
        }
    return evidence

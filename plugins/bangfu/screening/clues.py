"""Clues (线索): who is on the list, with reasons, evidence and the explanation of every link they rest on.

The forms that portal, workbook and export read:

- a reason: `{code, zh, en, band, period, source}`; medical evidence is band, quarters and count only;
- evidence: `{as_of, since, rule_set, route, hits: [{code, band, count, period}], formerly_registered,
  missing: [{code, zh, en}]}`;
- a match: `{source, via, record_id, records, probability, weight, fields}`, where each field is `{comparison,
  label_zh, label_en, level, outcome, zh, en, weight, member, partner}`; `outcome` is agrees, close,
  differs or missing, `member` and `partner` are the masked values of both sides. Where `via` names a source,
  the record is a household member's whom that source lists with the member, and the first field says so.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from bangfu.masking import mask
from bangfu.screening.evidence import HIT, Window, low_income_hits, medical_hits, relief_hits
from bangfu.screening.material import Material
from bangfu.screening.registration import formerly_registered, registered
from bangfu.screening.routing import representatives, routes
from bangfu.screening.rules import MISSING, MUTUAL_AID, RULE_SET, RULES
from bangfu.screening.strength import strengths
from bangfu.screening.suppression import suppressed
from matching.explanation import explain
from matching.model import Model
from schemas.fields import FIELDS
from schemas.sources import SOURCES
from schemas.vocabulary import ARCHIVE_STATUS

__all__ = ["Clue", "Screened", "clues", "quarters", "screened"]

_SCREENS = {"medical_settlement": medical_hits, "disaster_relief": relief_hits, "civil_affairs": low_income_hits}


@dataclass(frozen=True)
class Screened:
    """What screening found.

    Attributes:
        material: What was read.
        window: Twelve months that were looked at.
        hits: All hits of persons on the list; columns of `evidence.HIT`.
        persons: One row per person on the list: the representative roster row, `county`, `route`,
            `strength`, `match_probability`.
        left_out: `cluster_id, why` of persons with evidence who are not on the list.
    """

    material: Material
    window: Window
    hits: pl.DataFrame
    persons: pl.DataFrame
    left_out: pl.DataFrame


@dataclass(frozen=True)
class Clue:
    """One person on the list; the forms are those of the module's description.

    Attributes:
        member: The roster row that stands for the person.
        county: Division code of the owner.
        reasons, evidence, match: As described above.
        strength: 0 to 1.
        match_probability: Weakest link the reasons rest on.
    """

    member: Mapping[str, Any]
    county: str
    reasons: tuple[Mapping[str, Any], ...]
    evidence: Mapping[str, Any]
    match: tuple[Mapping[str, Any], ...]
    strength: float
    match_probability: float


def screened(material: Material, as_of: dt.date) -> Screened:
    """Apply the screens to linked records.

    Args:
        material: Roster and linked rows.
        as_of: Last day of the window.
    """
    window = Window(as_of)
    told = pl.concat([screen(rows, window) for screen, rows in _to_screen(material)] or [pl.DataFrame(schema=HIT)])
    enough = told.filter(pl.col("code").is_in([rule.code for rule in RULES.values() if rule.alone]))
    found = told.join(enough, on="cluster_id", how="semi")
    archive = material.linked.get("hardship_archive")
    in_archive = registered(archive) if archive is not None else pl.DataFrame(schema={"cluster_id": pl.String})
    out = suppressed(material.roster, in_archive)
    left_out = out.join(found.select("cluster_id").unique(), on="cluster_id", how="semi")
    hits = found.join(out, on="cluster_id", how="anti").sort("cluster_id", "code")
    members = representatives(material.roster)
    persons = (
        members.join(routes(members), on="cluster_id")
        .join(strengths(hits), on="cluster_id")
        .sort("strength", "cluster_id", descending=[True, False])
    )
    return Screened(material, window, hits, persons, left_out)


def _to_screen(material: Material) -> Iterator[tuple[Callable[[pl.DataFrame, Window], pl.DataFrame], pl.DataFrame]]:
    """Each screen with the rows it looks at: settlements of the member and of the family together."""
    for source, screen in _SCREENS.items():
        rows = [material.linked[source]] if source in material.linked else []
        if source == "medical_settlement" and material.family is not None:
            rows.append(material.family)
        if rows:
            yield screen, pl.concat(rows, how="diagonal_relaxed")


def clues(found: Screened, models: Mapping[str, Model]) -> Iterator[Clue]:
    """Yield the clues of a list, strongest first.

    Args:
        found: What screening found.
        models: By source, the model its links were scored with.
    """
    archive = found.material.linked.get("hardship_archive")
    former: dict[str, dict[str, Any]] = {}
    if archive is not None:
        former = {row["cluster_id"]: row for row in formerly_registered(archive).iter_rows(named=True)}
    hits: dict[str, list[dict[str, Any]]] = {}
    for hit in found.hits.iter_rows(named=True):
        hits.setdefault(hit["cluster_id"], []).append(hit)
    matches = _matches(found, models)
    for member in found.persons.iter_rows(named=True):
        person = member["cluster_id"]
        own = sorted(hits[person], key=lambda hit: str(hit["code"]))
        links = {(RULES[hit["code"]].source, person, partner): None for hit in own for partner in hit["partners"]}
        yield Clue(
            member=member,
            county=member["county"],
            reasons=tuple(_reason(hit) for hit in own),
            evidence=_evidence(found.window, member, own, former.get(person)),
            match=tuple(matches[key] for key in links),
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


def _reason(hit: Mapping[str, Any]) -> dict[str, Any]:
    rule = RULES[hit["code"]]
    band = rule.bands[hit["band"]]
    return {
        "code": rule.code,
        "zh": rule.zh.format(band=band.zh, count=hit["count"]),
        "en": rule.en.format(band=band.en, count=hit["count"]),
        "band": band.code,
        "period": quarters(hit["first"], hit["last"]),
        "source": rule.source,
    }


def _evidence(
    window: Window, member: Mapping[str, Any], hits: list[dict[str, Any]], former: Mapping[str, Any] | None
) -> dict[str, Any]:
    missing = [*MISSING]
    if member["mutual_aid"] == "1" and any(hit["code"] in {"S1", "S1F"} for hit in hits):
        missing.append(MUTUAL_AID)
    evidence: dict[str, Any] = {
        "as_of": window.as_of.isoformat(),
        "since": window.since.isoformat(),
        "rule_set": RULE_SET,
        "route": member["route"],
        "hits": [
            {"code": h["code"], "band": h["band"], "count": h["count"], "period": quarters(h["first"], h["last"])}
            for h in hits
        ],
        "missing": [{"code": item.code, "zh": item.zh, "en": item.en} for item in missing],
    }
    if former is not None:
        status = former["archive_status"]
        evidence["formerly_registered"] = {
            "status": status,
            "zh": ARCHIVE_STATUS.label(status),
            "en": ARCHIVE_STATUS.label(status, "en"),
            "quarter": quarters(former["exited_on"], former["exited_on"]),
        }
    return evidence


def _matches(found: Screened, models: Mapping[str, Model]) -> dict[tuple[str, str, str], dict[str, Any]]:
    """The explanation of every link that a hit rests on, by source, roster person and person of the source."""
    wanted = (
        found.hits.select("cluster_id", pl.col("partners").alias("partner_id"), "code")
        .explode("partner_id", empty_as_null=True)
        .with_columns(pl.col("code").replace_strict({r.code: r.source for r in RULES.values()}).alias("_source"))
    )
    material = found.material
    made: dict[tuple[str, str, str], dict[str, Any]] = {}
    for source in wanted["_source"].unique().sort():
        pairs = wanted.filter(_source=source).select("cluster_id", "partner_id").unique()
        made.update(_explained(source, material.linked.get(source), pairs, material.roster, models.get(source)))
        if source == "medical_settlement":
            made.update(_explained(source, material.family, pairs, material.relatives, models.get("family")))
    return made


def _explained(
    source: str,
    rows: pl.DataFrame | None,
    pairs: pl.DataFrame,
    left: pl.DataFrame | None,
    model: Model | None,
) -> dict[tuple[str, str, str], dict[str, Any]]:
    """Explanations of links between `left` (roster rows, or rows of household members) and a source."""
    if rows is None or left is None or model is None:
        return {}
    linked = rows.join(pairs, on=["cluster_id", "partner_id"], how="semi", maintain_order="left")
    ours = left.rename({"person_id": "roster_id"}).join(
        linked.select("roster_id").unique(), on="roster_id", how="semi", maintain_order="left"
    )
    known = _known_values(ours, "roster_id")
    made = {}
    for (cluster, partner), row in _known_values(linked, "cluster_id", "partner_id").items():
        fields = _fields(row, known[row["roster_id"],], model)
        if row.get("via"):
            fields.insert(0, _listed_together(row["via"]))
        made[source, cluster, partner] = {
            "source": source,
            "via": row.get("via"),
            "record_id": row["record_id"],
            "records": row["records"],
            "probability": row["match_probability"],
            "weight": row["match_weight"],
            "fields": fields,
        }
    return made


def _listed_together(source: str) -> dict[str, Any]:
    """The line that says that a family member's record is compared, not the member's own."""
    declared = SOURCES[source]
    return {
        "comparison": "household",
        "label_zh": "家庭成员",
        "label_en": "household member",
        "level": "listed",
        "outcome": "close",
        "zh": f"以下比对的是《{declared.zh}》中与该会员同户的家庭成员，不是会员本人。",
        "en": f"Compared below is a household member named in the {declared.en}, not the member.",
        "weight": 0.0,
        "member": None,
        "partner": None,
    }


def _known_values(rows: pl.DataFrame, *key: str) -> dict[tuple[Any, ...], dict[str, Any]]:
    """The latest known values of each person."""
    last = rows.group_by(*key, maintain_order=True).agg(pl.len().alias("records"), pl.exclude(*key).drop_nulls().last())
    return {tuple(row[name] for name in key): row for row in last.iter_rows(named=True)}


def _fields(link: Mapping[str, Any], member: Mapping[str, Any], model: Model) -> list[dict[str, Any]]:
    told = []
    for finding in explain(link["pattern"], model, link["frequency_weight"]):
        column = finding.column
        label = FIELDS.get(column)
        told.append(
            {
                "comparison": finding.comparison,
                "label_zh": label.zh if label else _OTHER.get(finding.comparison, ("", ""))[0],
                "label_en": label.en if label else _OTHER.get(finding.comparison, ("", ""))[1],
                "level": finding.level,
                "outcome": str(finding.outcome),
                "zh": finding.sentence_zh,
                "en": finding.sentence_en,
                "weight": round(finding.weight, 3),
                "member": mask(column, member.get(column)) if column else None,
                "partner": mask(column, link.get(column)) if column else None,
            }
        )
    return told


_OTHER = {
    "prior": ("事先可能性", "prior"),
    "frequency": ("常见程度", "frequency of the values"),
    "members": ("同户家庭成员", "members of one household"),
}

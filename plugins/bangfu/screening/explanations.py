"""Why the links that hits rest on are believed (匹配说明)."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from bangfu.masking import mask
from bangfu.screening.screened import Screened
from matching.explanation import explain
from matching.model import Model
from schemas.fields import FIELDS
from schemas.sources import SOURCES

__all__ = ["explained_links"]


def explained_links(found: Screened, models: Mapping[str, Model]) -> dict[str, list[dict[str, Any]]]:
    """The explanations of each person on the list, in the form that `bangfu.screening.clues` describes.

    Args:
        found: What screening found.
        models: By source, the model its links were scored with.
    """
    used = _links(found)
    told = _matches(found, used, models)
    matches: dict[str, list[dict[str, Any]]] = {}
    for person, source, partner in used.select("household_id", "source", "partner_id").iter_rows():
        matches.setdefault(person, []).append(told[source, person, partner])
    return matches


def _links(found: Screened) -> pl.DataFrame:
    """The links that hits rest on, the surest of every source first: `household_id, source, partner_id`."""
    sources = {screen.code: list(screen.sources) for screen in found.policy.rules.screens}
    read = pl.DataFrame({"code": list(sources), "source": list(sources.values())})
    return (
        found.hits.select("household_id", "code", "least")
        .join(read, on="code", maintain_order="left")
        .explode("source", empty_as_null=True)
        .join(found.prepared.evidence.links, on=["household_id", "source"])
        .filter(pl.col("match_probability") >= pl.col("least"))
        .sort("household_id", "code", "match_probability", "partner_id", descending=[False, False, True, False])
        .unique(["household_id", "source", "partner_id"], keep="first", maintain_order=True)
    )


def _matches(
    found: Screened, used: pl.DataFrame, models: Mapping[str, Model]
) -> dict[tuple[str, str, str], dict[str, Any]]:
    """The explanation of every link that a hit rests on, by source, roster person and person of the source."""
    wanted = used.select(pl.col("household_id").alias("cluster_id"), "source", "partner_id")
    material = found.prepared.material
    made: dict[tuple[str, str, str], dict[str, Any]] = {}
    for source in wanted["source"].unique().sort():
        pairs = wanted.filter(source=source).select("cluster_id", "partner_id").unique()
        made.update(_explained(source, material.linked.get(source), pairs, material.roster, models.get(source)))
        made.update(_explained(source, material.shared.get(source), pairs, material.roster, models.get(source)))
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
        # a relative who is on no roster is tied to the household, and compared with nobody
        fields = _fields(row, known[row["roster_id"],], model) if row["pattern"] is not None else []
        if row.get("via"):
            fields.insert(0, _listed_together(row["via"], row.get("named_by")))
        made[source, cluster, partner] = {
            "source": source,
            "via": row.get("named_by") or row.get("via"),
            "record_id": row["record_id"],
            "records": row["records"],
            "probability": row["match_probability"],
            "weight": row["match_weight"] if row["match_weight"] is not None else 0.0,
            "fields": fields,
        }
    return made


_TIED = {
    "residence": (
        "该记录属于与该会员同一门牌、可为亲属的家庭成员，不是会员本人。",
        "The record is of a person behind the same door who can be a relative, not of the member.",
    ),
    "telephone": (
        "该记录所留电话与该会员的相同，可能是其家属，不是会员本人。",
        "The record bears the member's telephone: probably a relative, not the member.",
    ),
    "contact": (
        "患者住院时所留联系人姓名、关系与该会员相符，可能是其家属，不是会员本人。",
        "The patient named the member as contact person: probably a relative, not the member.",
    ),
}


def _listed_together(via: str, named_by: str | None) -> dict[str, Any]:
    """The line that says that a family member's record is told, not the member's own."""
    if via in _TIED:
        zh, en = _TIED[via]
    else:
        declared = SOURCES[named_by or via]
        zh = f"以下比对的是《{declared.zh}》中与该会员同户的家庭成员，不是会员本人。"
        en = f"Compared below is a household member named in the {declared.en}, not the member."
    return {
        "comparison": "household",
        "label_zh": "家庭成员",
        "label_en": "household member",
        "level": via if via in _TIED else "listed",
        "outcome": "close",
        "zh": zh,
        "en": en,
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

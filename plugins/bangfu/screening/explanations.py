"""Why the links that hits rest on are believed (匹配说明)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from bangfu.masking import mask
from bangfu.screening.material import LINK_COLUMNS
from bangfu.screening.screened import Screened
from matching.explanation import explain
from matching.model import Model
from schemas.fields import FIELDS, PERSON
from schemas.sources import ROSTER, SOURCES

__all__ = ["PARTICULARS", "explained_links", "rows_told_of"]

PARTICULARS = tuple(field.name for field in PERSON)
"""Columns that explanations show, masked, of both sides."""


@dataclass(frozen=True)
class _Compared:
    """Rows that hits rest on, and those they were compared with.

    Attributes:
        source: Of the rows.
        model: Name of the model.
        rows: Rows through their links, oldest first: `record_id`, `LINK_COLUMNS`, and `via`, `named_by` where something
            else ties them as well.
        ours: `source, record_id, roster_id`: rows of the roster, or of household members, that `roster_id` names.
    """

    source: str
    model: str
    rows: pl.DataFrame
    ours: pl.DataFrame


def rows_told_of(found: Screened) -> dict[str, pl.Series]:
    """By source, `record_id` of the rows that explanations tell of: the particulars of these few are read again."""
    rows: list[pl.DataFrame] = []
    for compared in _compared(found, _links(found)):
        rows += [
            compared.rows.select(pl.lit(compared.source).alias("source"), "record_id"),
            compared.ours.drop("roster_id"),
        ]
    asked = pl.concat([*rows, pl.DataFrame(schema=_ASKED)]).unique()
    return {str(source): own["record_id"] for (source,), own in asked.group_by("source")}


_ASKED = {"source": pl.String, "record_id": pl.String}


def explained_links(
    found: Screened, models: Mapping[str, Model], told: pl.DataFrame
) -> dict[str, list[dict[str, Any]]]:
    """The explanations of each person on the list, in the form that `bangfu.screening.clues` describes.

    Args:
        found: What screening found.
        models: By source, the model its links were scored with.
        told: `record_id` and `PARTICULARS` of the rows that `rows_told_of` names, the oldest of each source first.
    """
    used = _links(found)
    made: dict[tuple[str, str, str], dict[str, Any]] = {}
    for compared in _compared(found, used):
        if compared.model in models:
            made.update(_explained(compared, told, models[compared.model]))
    matches: dict[str, list[dict[str, Any]]] = {}
    for person, source, partner in used.select("household_id", "source", "partner_id").iter_rows():
        matches.setdefault(person, []).append(made[source, person, partner])
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


def _compared(found: Screened, used: pl.DataFrame) -> Iterator[_Compared]:
    """The rows behind every link that a hit rests on, source by source."""
    material = found.prepared.material
    roster = material.roster.select(pl.lit(ROSTER).alias("source"), "record_id", "person_id")
    for source in used["source"].unique().sort():
        own = used.filter(source=source)
        pairs = own.select(pl.col("household_id").alias("cluster_id"), "partner_id").unique()
        sides: list[tuple[str, pl.DataFrame | None, pl.DataFrame | None]]
        sides = [(source, material.linked.get(source), roster), (source, material.shared.get(source), roster)]
        if source == "medical_settlement":
            sides.append(("family", material.family, material.relatives))
        for model, rows, left in sides:
            if rows is not None and left is not None:
                linked = rows.join(pairs, on=["cluster_id", "partner_id"], how="semi", maintain_order="left")
                ties = [name for name in ("via", "named_by") if name in rows.columns]
                ours = left.join(linked, left_on="person_id", right_on="roster_id", how="semi", maintain_order="left")
                yield _Compared(
                    source,
                    model,
                    linked.select("record_id", *LINK_COLUMNS, *ties),
                    ours.select("source", "record_id", pl.col("person_id").alias("roster_id")),
                )


def _explained(compared: _Compared, told: pl.DataFrame, model: Model) -> dict[tuple[str, str, str], dict[str, Any]]:
    """The explanation of every link, by source, roster person and person of the source."""
    known = _known_values(told.join(compared.ours, on="record_id", maintain_order="left"), "roster_id")
    linked = compared.rows.join(told, on="record_id", how="left", maintain_order="left")
    made = {}
    for (cluster, partner), row in _known_values(linked, "cluster_id", "partner_id").items():
        # a relative who is on no roster is tied to the household, and compared with nobody
        fields = _fields(row, known[row["roster_id"],], model) if row["pattern"] is not None else []
        if row.get("via"):
            fields.insert(0, _listed_together(row["via"], row.get("named_by")))
        made[compared.source, cluster, partner] = {
            "source": compared.source,
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
                "member": mask(column, member[column]) if column else None,
                "partner": mask(column, link[column]) if column else None,
            }
        )
    return told


_OTHER = {
    "prior": ("事先可能性", "prior"),
    "frequency": ("常见程度", "frequency of the values"),
    "members": ("同户家庭成员", "members of one household"),
}

"""The household graph of one linkage run, built from what the sources say (家庭关系图)."""

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from bangfu.pipeline.linkage.households import HOUSEHOLD_SOURCES
from bangfu.screening.material import Material
from bangfu.screening.memberships import memberships, shared_rows
from bangfu.screening.registration import registered
from bangfu.screening.ties import Basis, contact_ties, listed_ties, residence_ties, telephone_ties

__all__ = ["SHARED", "with_households"]

SHARED = ("medical_settlement", "disaster_relief", "civil_affairs", "work_accident", "disability_certificate",
          "education_aid", "death_record", "contribution_base")  # fmt: skip
"""Sources whose rows touch the whole household, whoever of it they name."""
_BY_TELEPHONE = ("medical_settlement", "civil_affairs", "hardship_archive", "disability_certificate")
"""Sources that write a relative's telephone where a person has none, and always say sex and birth date."""
_BY_CONTACT = ("medical_settlement",)
"""Sources that name a contact person."""
_ARCHIVE = "hardship_archive"


def with_households(material: Material, tables: Mapping[str, pl.DataFrame], persons: pl.DataFrame) -> Material:
    """Add who belongs to whose household, and the rows that count for it.

    Args:
        material: Linked rows.
        tables: Rows by source.
        persons: `record_id, source, person_id, cluster_id` of all sources.
    """
    known = {
        source: persons.filter(source=source).select("record_id", "person_id", pl.col("cluster_id").alias("person"))
        for source in material.linked
    }
    named = {source: tables[source].join(own.drop("person_id"), on="record_id") for source, own in known.items()}
    ties = [residence_ties(material.roster)]
    ties += [listed_ties(named[code], material.linked[code]) for code in HOUSEHOLD_SOURCES if code in named]
    ties += [telephone_ties(named[code], material.roster) for code in _BY_TELEPHONE if code in named]
    ties += [contact_ties(named[code], material.roster) for code in _BY_CONTACT if code in named]
    held = memberships(ties)
    shared = {}  # the list that names a relative already counts for the member whom it names
    for source in SHARED:
        if source in material.linked:
            linked = material.linked[source]
            taken = [linked.select("cluster_id", "partner_id")]
            if source == "medical_settlement" and material.family is not None:
                taken.append(material.family.select("cluster_id", "partner_id"))
            beside = held.filter((pl.col("source") != source) | (pl.col("basis") != Basis.LISTED))
            shared[source] = shared_rows(tables[source], known[source], linked, beside, pl.concat(taken))
    archived = registered(named[_ARCHIVE].rename({"person": "cluster_id"})) if _ARCHIVE in named else None
    return replace(material, held=held, shared=shared, archived=archived)

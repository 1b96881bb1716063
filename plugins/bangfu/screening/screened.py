"""Applying rules to linked records (筛查): what every rule set sees alike, and who is on the list by one of them."""

import datetime as dt
import hashlib
from dataclasses import dataclass

import polars as pl

from bangfu.screening.deaths import deaths
from bangfu.screening.evidence import Window
from bangfu.screening.household import HouseholdEvidence, household_evidence
from bangfu.screening.learning import Learned, unlearned
from bangfu.screening.material import Material
from bangfu.screening.memberships import registered_households, represented
from bangfu.screening.parameters import Parameters
from bangfu.screening.registration import registered
from bangfu.screening.routing import READS, representatives, routes
from bangfu.screening.rules.evaluation import Findings, evaluate
from bangfu.screening.rules.rule_set import RuleSet
from bangfu.screening.strength import strengths
from bangfu.screening.suppression import SUPPRESSED, sentences, suppressed
from schemas.parameters import PARAMETERS
from schemas.sources import ROSTER

__all__ = ["Policy", "Prepared", "Screened", "prepared", "screened"]


@dataclass(frozen=True)
class Policy:
    """What a screening follows.

    Attributes:
        rules: The rule set.
        parameters: Where there are any.
        learned: What visits have taught; None before any, and the beliefs of the rule file hold.
    """

    rules: RuleSet
    parameters: Parameters | None = None
    learned: Learned | None = None


@dataclass(frozen=True)
class Prepared:
    """What every rule set sees alike, so that several can be applied to the same data.

    Attributes:
        material: What was read.
        window: Twelve months that are looked at.
        members: One row per person: the representative roster row and what `bangfu.screening.routing.routes` says.
        evidence: Evidence of the households; a household is named as its member, by `cluster_id`.
        out: Everybody who is not to be visited; columns of `bangfu.screening.suppression.SUPPRESSED`.
        died: Members who have died, from `bangfu.screening.deaths`.
    """

    material: Material
    window: Window
    members: pl.DataFrame
    evidence: HouseholdEvidence
    out: pl.DataFrame
    died: pl.DataFrame


@dataclass(frozen=True)
class Screened:
    """What screening found.

    Attributes:
        prepared: What it was found in.
        policy: What it followed.
        findings: Everything the rules say, also of households that are not on the list.
        hits: The hits of those on the list; columns of `bangfu.screening.rules.evaluation.HIT`.
        persons: One row per person on the list: the row of `Prepared.members`,
            `strength`, `low`, `high`, `match_probability`; the strongest first.
        left_out: Persons with evidence who are not on the list; columns of `SUPPRESSED`.
    """

    prepared: Prepared
    policy: Policy
    findings: Findings
    hits: pl.DataFrame
    persons: pl.DataFrame
    left_out: pl.DataFrame

    @property
    def tiers(self) -> pl.DataFrame:
        """Suggested tiers (建议层级) of those on the list: `household_id, code, tier, match_probability`."""
        return self.findings.tiers.join(self.persons, left_on="household_id", right_on="cluster_id", how="semi")

    @property
    def digest(self) -> str:
        """The same for the same list: sha256 over who is on it, where, why and how strong."""
        persons = self.persons.select("cluster_id", "county", pl.col("strength").round(9)).sort("cluster_id")
        columns = ["household_id", "code", "band", "count", pl.col("match_probability").round(9)]
        hits = self.hits.select(columns).sort("household_id", "code")
        return hashlib.sha256((persons.write_csv() + hits.write_csv()).encode()).hexdigest()


def prepared(material: Material, as_of: dt.date) -> Prepared:
    """Gather what rules see.

    Args:
        material: Roster and linked rows.
        as_of: Last day of the window.
    """
    window = Window(as_of)
    died = deaths(material.linked, window)
    members = representatives(material.roster)
    members = members.drop(READS[ROSTER], strict=False).join(routes(members), on="cluster_id")
    return Prepared(
        material,
        window,
        members,
        household_evidence(material, window),
        suppressed(material.roster, registered(material.linked.get("hardship_archive"), _beside(material)), died),
        died,
    )


def screened(seen: Prepared, policy: Policy) -> Screened:
    """Apply a rule set.

    Args:
        seen: From `prepared`.
        policy: The rules and parameters to follow.
    """
    learned = policy.learned or unlearned(policy.rules)
    findings = evaluate(_with_parameters(seen, policy), learned.rules)
    alone = findings.hits.filter("alone")
    found = findings.hits.join(alone, on="household_id", how="semi")
    households = found.select(pl.col("household_id").alias("cluster_id")).unique()
    eligible = found.join(seen.out, left_on="household_id", right_on="cluster_id", how="anti")
    doubled = _doubled(seen, strengths(eligible, learned))
    hits = eligible.join(doubled, left_on="household_id", right_on="cluster_id", how="anti")
    ranked = seen.members.join(strengths(hits, learned), left_on="cluster_id", right_on="household_id").sort(
        "strength", "cluster_id", descending=[True, False]
    )
    out = seen.out.join(households, on="cluster_id", how="semi")
    return Screened(seen, policy, findings, hits.sort("household_id", "code"), ranked, pl.concat([out, doubled]))


def _beside(material: Material) -> pl.DataFrame | None:
    if material.held is None or material.archived is None:
        return None
    return registered_households(material.held, material.archived)


def _doubled(seen: Prepared, strong: pl.DataFrame) -> pl.DataFrame:
    """Persons whose household has a stronger clue, in columns of `SUPPRESSED`; `strong` is what `strengths` gives."""
    held = seen.material.held
    if held is None:
        return pl.DataFrame(schema=SUPPRESSED)
    listed = strong.rename({"household_id": "cluster_id"})
    listed = listed.join(seen.members, on="cluster_id", how="semi")
    return sentences(represented(listed, held).with_columns(pl.lit("same_household").alias("why")))


def _with_parameters(seen: Prepared, policy: Policy) -> pl.DataFrame:
    """The evidence with the parameters of each household's county; null where there are none."""
    table = seen.evidence.table
    if policy.parameters is None:
        return table.with_columns(pl.lit(None, pl.Float64).alias(item.name) for item in PARAMETERS.values())
    home = seen.members.select(pl.col("cluster_id").alias("household_id"), "county")
    placed = table.join(home, on="household_id", how="left", maintain_order="left")
    counties = seen.members["county"].unique().to_list()
    values = policy.parameters.on(seen.window.as_of, counties, policy.rules.area_type)
    return placed.join(values, on="county", how="left", maintain_order="left")

"""Applying rules to linked rows, or to households written by hand."""

from typing import Any

import polars as pl
from hand_built import AS_OF, roster

from bangfu.screening.evidence import Window
from bangfu.screening.household import evidence_table, household_evidence
from bangfu.screening.material import Material
from bangfu.screening.rules.evaluation import Findings, evaluate, outcomes
from bangfu.screening.rules.rule_set import RuleSet
from bangfu.screening.rules.shipped import default_rules
from schemas.parameters import PARAMETERS

__all__ = ["LINE", "answers", "found_in", "with_parameters"]

LINE = {"L": 700.0, "D": 45_000.0, "minimum_wage": 1_800.0, "ratio": 0.6}
"""Parameters of the cases."""


def with_parameters(table: pl.DataFrame, parameters: dict[str, float | None]) -> pl.DataFrame:
    """The table with parameters as columns."""
    return table.with_columns(
        pl.lit(parameters.get(item.name), pl.Float64).alias(item.name) for item in PARAMETERS.values()
    )


def found_in(rules: RuleSet | None = None, **linked: pl.DataFrame) -> Findings:
    """What rules find in linked rows by source; no parameters are known."""
    material = Material(roster([]), linked)
    table = household_evidence(material, Window(AS_OF)).table
    return evaluate(with_parameters(table, {}), rules or default_rules())


def answers(household: dict[str, Any], parameters: dict[str, float | None] | None = None) -> dict[str, Any]:
    """Everything the shipped rules say of one household; a value not named is unknown."""
    table = evidence_table(pl.DataFrame([{"household_id": "h", **household}]))
    told = outcomes(with_parameters(table, LINE if parameters is None else parameters), default_rules())
    return told.row(0, named=True)

"""What the outcomes of visits teach the rules (核查反馈)."""

from collections.abc import Iterable
from dataclasses import asdict, replace

import polars as pl

from bangfu.db.case_results import Result
from bangfu.screening.learning import learn
from bangfu.screening.screened import Policy
from schemas.outcomes import VISIT

__all__ = ["taught"]

_SCHEMA = dict.fromkeys(VISIT, pl.String) | {"match_probability": pl.Float64}


def taught(policy: Policy, visits: Iterable[Result]) -> Policy:
    """The policy with what visits taught; as it was before any.

    Args:
        policy: Rules and parameters.
        visits: Outcomes; what is about other rules teaches nothing.
    """
    rows = [dict(zip(VISIT, asdict(item).values(), strict=True)) for item in visits]
    return replace(policy, learned=learn(policy.rules, pl.DataFrame(rows, schema=_SCHEMA))) if rows else policy

"""Other rules on the same data (假设分析), and an earlier run once more (重放); neither changes any list."""

import csv
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bangfu.db.case_results import results
from bangfu.db.runs import get_run, latest_run
from bangfu.errors import BangfuError
from bangfu.pipeline.context import Context
from bangfu.pipeline.screening.policies import policy_in_force, policy_of, rules_named
from bangfu.pipeline.screening.reading import LinkedRows, linked_extracts, read_linked
from bangfu.pipeline.screening.taught import taught
from bangfu.screening.comparison import FEW, Told, changes, told
from bangfu.screening.screened import Policy, prepared, screened
from schemas.reference import divisions
from schemas.vocabulary import SMALL_COUNT

__all__ = ["Comparison", "Replayed", "compare_rules", "replay", "write_comparison"]


@dataclass(frozen=True)
class Comparison:
    """What other rules would change.

    Attributes:
        before, after: Versions of the two rule sets.
        parameters: Version of the parameters both were given; None where none are approved.
        as_of: Last day of the window.
        counties: By county, with small numbers hidden.
        total: The whole province, with small numbers hidden.
    """

    before: str
    after: str
    parameters: str | None
    as_of: dt.date
    counties: Sequence[Told]
    total: Told


@dataclass(frozen=True)
class Replayed:
    """An earlier screening done once more.

    Attributes:
        run_id: The run.
        rule_set: Rules it was done with.
        parameters: Parameters it was done with.
        as_of: Last day of its window.
        candidates, candidates_now: Persons it found, and persons found now, whether decided about or not.
        same: Whether the two lists are the same.
    """

    run_id: str
    rule_set: str
    parameters: str | None
    as_of: dt.date
    candidates: int
    candidates_now: int
    same: bool


def compare_rules(context: Context, before: str, after: str, *, as_of: dt.date | None = None) -> Comparison:
    """Apply two rule sets to the newest links.

    Args:
        context: The installation.
        before, after: Each a rule file, a version that is kept, or one that came with the program.
        as_of: Last day of the window; None takes the latest event in the data.

    Raises:
        BangfuError: A rule set cannot be found or used, or nothing has been linked yet.
    """
    sets = [rules_named(context, name) for name in (before, after)]
    with context.engine.connect() as connection:
        linkage = latest_run(connection, "link")
    if linkage is None:
        raise BangfuError("There are no links to compare rules on: run `bangfu link` first.")
    rows = _linked(context, linkage.run_id)
    day = rows.as_of(as_of)
    in_force = policy_in_force(context, day)
    seen = prepared(rows.material, day)
    lists = [screened(seen, Policy(rules, in_force.policy.parameters)).persons for rules in sets]
    counted = changes(*lists)
    sums = {cell: sum(getattr(item, cell) for item in counted) for cell in ("kept", "gained", "lost")}
    total = {cell: FEW if 0 < number < SMALL_COUNT else number for cell, number in sums.items()}
    return Comparison(sets[0].name, sets[1].name, in_force.parameters, day, told(counted), Told("53", **total))


def write_comparison(comparison: Comparison, out: Path) -> None:
    """Write a comparison as CSV, one line a county and one of the province.

    Raises:
        BangfuError: The directory does not exist.
    """
    if not out.absolute().parent.is_dir():
        raise BangfuError(f"The directory {out.absolute().parent} does not exist: make it first.")
    with out.open("w", encoding="utf-8-sig", newline="") as file:  # spreadsheets tell UTF-8 by its mark
        writer = csv.writer(file)
        writer.writerow(("county_code", "county", "kept", "gained", "lost", "before", "after", "as_of"))
        for row in (*comparison.counties, comparison.total):
            name = divisions()[row.county.ljust(6, "0")].name
            cells = (row.kept, row.gained, row.lost)
            writer.writerow((row.county, name, *cells, comparison.before, comparison.after, comparison.as_of))


def replay(context: Context, run_id: str) -> Replayed:
    """Do a screening once more with its own links, day, rules, parameters and the visits known then.

    Args:
        context: The installation.
        run_id: The screening.

    Raises:
        BangfuError: There is no such finished screening, or what it was done with is not kept.
    """
    with context.engine.connect() as connection:
        run = get_run(connection, run_id)
        visits = results(connection, before=run.started_at) if run else []
    if run is None or run.stage != "screen" or "result_digest" not in run.summary:
        raise BangfuError(f"Run {run_id} is no finished screening that can be repeated: see `bangfu status`.")
    summary = run.summary
    policy = taught(policy_of(context, summary), visits)
    rows = _linked(context, summary["link_run_id"])
    day = dt.date.fromisoformat(summary["as_of"])
    found = screened(prepared(rows.material, day), policy)
    return Replayed(
        run_id,
        policy.rules.name,
        summary["parameters"],
        day,
        summary.get("found") or summary["candidates"],
        len(found.persons),
        found.digest == summary["result_digest"],
    )


def _linked(context: Context, link_run: str) -> LinkedRows:
    return read_linked(context, link_run, linked_extracts(context, link_run))

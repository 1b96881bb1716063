"""`bangfu screen`: from links to a list of clues."""

from datetime import datetime
from typing import Annotated, Any

from typer import Option

from bangfu.cli.output import Json, emit, progress_bars, table
from schemas.screening_lists import SCREENING_LISTS

__all__ = ["screen", "screen_lines"]


def screen(
    as_of: Annotated[
        datetime | None,
        Option("--as-of", formats=["%Y-%m-%d"], help="Last day of the window; else the last event in the data."),
    ] = None,
    json: Json = False,
) -> None:
    """Find union members with evidence of hardship who are linked to no registered archive household (筛查).

    A candidate is a clue, never a decision. Needs a finished `bangfu link`.

    Example:
      bangfu screen --as-of 2026-06-30
    """
    from bangfu.pipeline.context import open_context
    from bangfu.pipeline.screening.screen import screen as work

    with open_context() as context, progress_bars(json=json) as progress:
        summary = work(context, as_of=as_of.date() if as_of else None, progress=progress)
    emit(summary, json=json, lines=screen_lines(summary))


def screen_lines(summary: Any) -> list[str]:
    """The counts of a screening run, for a person."""
    told = "unchanged since" if summary.unchanged else "done as"
    rows = [(f"reason {code}", count) for code, count in sorted(summary.by_reason.items())]
    rows += [(f"left out: {why}", count) for why, count in sorted(summary.suppressed.items())]
    rows += [(f"list: {SCREENING_LISTS[code].en}", count) for code, count in summary.lists.items()]
    rows += [("back after a decision", summary.returned)] if summary.returned else []
    rows += [(f"tier {code}", count) for code, count in summary.tiers.items()]
    rows += [(f"unions: {tree}", count) for tree, count in summary.trees.items()]
    rules = f"{summary.rule_set}{'' if summary.rules_approved else ' (随程序附带，未经审批 shipped, not approved)'}"
    values = summary.parameters or "none approved, so no tiers and no S3"
    if summary.parameters_origin == "synthetic":
        values += " (合成数据 SYNTHETIC, of no office)"
    return [
        f"screen: {told} run {summary.run_id}, as of {summary.as_of}; "
        f"{summary.candidates:,} candidates in {len(summary.by_county)} counties",
        f"rules {rules}; parameters {values}",
        *table(("", "persons"), rows),
        *_group_lines(summary.groups),
    ]


def _group_lines(groups: Any) -> list[str]:
    """Clue rates by group; small numbers are hidden already."""
    from bangfu.screening.fairness import DIMENSIONS
    from schemas.vocabulary import ETHNIC_GROUP, SEX

    lists = {"ethnic_group": ETHNIC_GROUP, "sex": SEX}

    def label(dimension: str, name: str) -> str:
        return (lists[dimension].label(name) if dimension in lists else "") or name

    rows = [
        (
            " ".join(DIMENSIONS[dimension]),
            label(dimension, name),
            rate["members"],
            rate["clues"],
            "" if rate["per_thousand"] is None else rate["per_thousand"],
        )
        for dimension, told in groups.items()
        for name, rate in told.items()
    ]
    return ["", *table(("线索率 clue rates", "", "members", "clues", "per 1,000"), rows)] if rows else []

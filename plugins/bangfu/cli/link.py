"""`bangfu link`: every source matched with the roster."""

from typing import Any

from bangfu.cli.output import Json, emit, progress_bars, table

__all__ = ["link", "link_lines"]


def link(json: Json = False) -> None:
    """Match every source with the union roster, person by person (匹配).

    The same inputs again are a no-op that names the former run.

    Example:
      bangfu link --json
    """
    from bangfu.pipeline.context import open_context
    from bangfu.pipeline.linkage.link import link as work

    with open_context() as context, progress_bars(json=json) as progress:
        summary = work(context, progress=progress)
    emit(summary, json=json, lines=link_lines(summary))


def link_lines(summary: Any) -> list[str]:
    """The counts of a linkage run, for a person."""
    told, lineage = "unchanged since" if summary.unchanged else "done as", summary.lineage
    rows = [
        (s.source, s.records, s.persons, s.pairs_scored, s.pairs_accepted)
        for s in (*summary.sources, *([summary.family] if summary.family else []))
    ]
    kept = sorted(item.source for item in summary.sources if item.linked_by)
    return [
        f"link: {told} run {summary.run_id}; {summary.roster_records:,} roster records, "
        f"{summary.roster_persons:,} persons",
        *table(("source", "records", "persons", "pairs scored", "matches"), rows),
        *([f"unchanged, so taken over from an earlier run: {', '.join(kept)}"] if kept else []),
        f"clusters over all sources: {summary.clusters:,}; merges refused: {summary.refused_merges:,}; ids carried over "
        f"{lineage.carried:,}, new {lineage.new:,}, merged {lineage.merged:,}, split {lineage.split:,}, "
        f"gone {lineage.gone:,}",
    ]

"""The counts of one linkage run, as they are told and as the register keeps them (匹配统计)."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from matching import LinkResult
from matching.cluster_ids import Lineage

__all__ = ["LinkSummary", "SourceLinks", "source_links", "stored", "summary_of"]


@dataclass(frozen=True)
class SourceLinks:
    """What linkage found for one source; for the roster, its duplicates.

    Attributes:
        source: Source code.
        records: Standardised rows.
        persons: Persons after collapsing by the declared key.
        pairs_scored: Candidate pairs compared.
        pairs_accepted: Pairs accepted as the same person.
        expected_matches: Sum of match probabilities over the candidate pairs, rounded.
        notes: What the engine left out or doubts; names of columns and counts.
        linked_by: The former run that compared the pairs, where nothing it read has changed since; None for this run.
    """

    source: str
    records: int
    persons: int
    pairs_scored: int
    pairs_accepted: int
    expected_matches: int
    notes: tuple[str, ...] = ()
    linked_by: str | None = None


@dataclass(frozen=True)
class LinkSummary:
    """Counts of one linkage run.

    Attributes:
        run_id: The run; a former one when `unchanged`.
        unchanged: Whether the inputs were linked before, so that nothing was done.
        extracts: Extracts read.
        roster_records: Roster rows.
        roster_persons: Human beings on the roster, duplicates joined.
        clusters: Human beings over all sources.
        refused_merges: Pairs believed, but not joined, since their clusters would contradict.
        lineage: How many ids of clusters were carried over from the former run, and what became of the others.
        sources: One entry per source with rows, the roster first.
        family: Household members of roster members, linked with the settlements; None where nobody is known.
    """

    run_id: str
    unchanged: bool
    extracts: int
    roster_records: int
    roster_persons: int
    clusters: int
    refused_merges: int
    lineage: Lineage
    sources: tuple[SourceLinks, ...]
    family: SourceLinks | None = None


def source_links(source: str, records: int, persons: int, result: LinkResult) -> SourceLinks:
    """The counts of one linkage of two tables."""
    return SourceLinks(
        source=source,
        records=records,
        persons=persons,
        pairs_scored=result.report.candidate_pairs,
        pairs_accepted=result.report.accepted_pairs,
        expected_matches=round(result.report.expected_matches),
        notes=result.report.notes,
    )


def stored(summary: LinkSummary, extracts: list[str], digests: Mapping[str, str]) -> dict[str, Any]:
    """What the register keeps: the counts, the extracts that were read, and of each source the digest of its inputs."""
    return {**asdict(summary), "inputs": extracts, "digests": dict(digests)}


def summary_of(kept: Mapping[str, Any]) -> LinkSummary:
    """The counts of a finished run."""
    counts = {name: kept[name] for name in LinkSummary.__dataclass_fields__}
    return LinkSummary(
        **{
            **counts,
            "lineage": Lineage(**kept["lineage"]),
            "sources": tuple(_counts(item) for item in kept["sources"]),
            "family": _counts(kept["family"]) if kept["family"] else None,
        }
    )


def _counts(item: Mapping[str, Any]) -> SourceLinks:
    return SourceLinks(**{**item, "notes": tuple(item["notes"])})

"""What came out of the demonstration: counts, the measure against the truth, and how to look at it."""

from dataclasses import dataclass

from bangfu.demonstration.province import demo_directory
from bangfu.pipeline.context import Context

__all__ = ["CountyCount", "DemoReport", "SourceRows", "report"]

PROVINCE = "53"


@dataclass(frozen=True)
class SourceRows:
    """What became of the extracts of one source.

    Attributes:
        source: Source code.
        files: Extracts received.
        refused: Extracts refused as a whole.
        rows_in: Data rows read.
        rows_accepted: Rows standardised.
        rows_rejected: Rows in quarantine.
        pairs_scored: Candidate pairs with the roster, for the roster those among its own rows; None before linkage.
        matches: Pairs accepted; None before linkage.
    """

    source: str
    files: int
    refused: int
    rows_in: int
    rows_accepted: int
    rows_rejected: int
    pairs_scored: int | None
    matches: int | None


@dataclass(frozen=True)
class CountyCount:
    """Published candidates of one county."""

    county_code: str
    county: str
    candidates: int


@dataclass(frozen=True)
class DemoReport:
    """The whole result; log-ins are told apart.

    Attributes:
        sources: One entry per source.
        counties: Counties with candidates, the largest number first.
        candidates: Published candidates in all.
        recall: Share of the true households that the list contains.
        precision: Share of the list that is true.
    """

    sources: tuple[SourceRows, ...]
    counties: tuple[CountyCount, ...]
    candidates: int
    recall: float
    precision: float


def report(context: Context) -> DemoReport:
    """Return what the chain has made of the demonstration's extracts."""
    from bangfu.db import candidate_queries
    from schemas.reference import divisions

    with context.engine.connect() as connection:
        counts = candidate_queries.counts_by_county(connection, PROVINCE)
    names = divisions()
    counties = [CountyCount(code, names[code].name if code in names else "", number) for code, number in counts.items()]
    counties.sort(key=lambda item: (-item.candidates, item.county_code))
    recall, precision = _measure(context)
    return DemoReport(_sources(context), tuple(counties), sum(counts.values()), recall, precision)


def _sources(context: Context) -> tuple[SourceRows, ...]:
    from bangfu.db import registry, runs
    from bangfu.db.deliveries import list_deliveries
    from bangfu.db.intake_models import DeliveryStatus
    from schemas.sources import SOURCES

    with context.engine.connect() as connection:
        extracts = registry.list_extracts(connection)
        rejected = list_deliveries(connection, status=DeliveryStatus.REJECTED)
        linked = runs.latest_run(connection, "link")
        sets = {item.source: item for item in (runs.link_sets(connection, linked.run_id) if linked else ())}
    rows = []
    for source in SOURCES:
        own = [extract for extract in extracts if extract.source == source]
        pairs = sets.get(source)
        rows.append(
            SourceRows(
                source=source,
                files=len(own),
                refused=sum(delivery.source == source for delivery in rejected),
                rows_in=sum(extract.rows_in or 0 for extract in own),
                rows_accepted=sum(extract.rows_accepted or 0 for extract in own),
                rows_rejected=sum(extract.rows_rejected or 0 for extract in own),
                pairs_scored=pairs.pairs_scored if pairs else None,
                matches=pairs.pairs_accepted if pairs else None,
            )
        )
    return tuple(rows)


def _measure(context: Context) -> tuple[float, float]:
    """Recall and precision of the list against the truth, which the pipeline never reads."""
    import polars as pl

    from bangfu.pipeline.review.candidates import read_candidates
    from bangfu.synth.truth import score_candidates

    directory = demo_directory(context.settings)
    listed = pl.from_arrow(read_candidates(context))
    assert isinstance(listed, pl.DataFrame)
    score = score_candidates(listed, directory / "province" / "truth")
    return score.recall, score.precision

"""Link two tables or find duplicates in one: the whole job, from Arrow tables to scored pairs.

    result = link(roster, settlements, Model.load("person_zh.json"), assignment="many_to_one")
    result.pairs      left_id, right_id, match_weight, match_probability, accepted, pattern, frequency_weight

The outcome depends neither on the order of rows nor on the number of threads or the size of chunks.
"""

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from matching.assignment import LARGEST, Assignment, assign
from matching.blocking import RuleReport
from matching.clusters import conflict_values, form_clusters
from matching.cohesion import cohesive_clusters
from matching.columns import Flags, Longs, buffers
from matching.comparing import Compared, compare
from matching.encoding.encoded_tables import is_encoded
from matching.engines.local import Counts
from matching.errors import LinkError
from matching.estimation import RuleEstimate
from matching.fitting import unused_columns
from matching.kernels.encoding import ascending
from matching.memory import give_back
from matching.memory_limit import RESULT, check_pairs
from matching.model import Model
from matching.options import Job, LinkOptions, Progress, silent
from matching.sampling import skipped_matches
from matching.scoring import probability
from matching.weighing import Weighed, weigh, weight_of

__all__ = ["LinkOptions", "LinkReport", "LinkResult", "dedupe", "link"]


@dataclass(frozen=True)
class LinkReport:
    """Counts of one linkage, and notes on everything that was left out or looks doubtful. No personal values.

    `skipped_matches`: for each rule, about how many matches the cap on block size costs that no other rule makes.
    """

    left_rows: int
    right_rows: int
    rules: tuple[RuleReport, ...]
    candidate_pairs: int
    patterns: int
    estimates: tuple[RuleEstimate, ...]
    expected_matches: float
    kept_pairs: int
    accepted_pairs: int
    refused_merges: int
    skipped_matches: tuple[float, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class LinkResult:
    """Scored pairs, the model with its estimated parameters, and the report.

    `pairs`: left_id, right_id (values and type as given), match_weight (log2 Bayes factor including the prior),
    match_probability, accepted, pattern (int64, for `explain`), frequency_weight (part of match_weight due to
    rare or frequent values); sorted by left_id, right_id.
    `clusters`: record_id, cluster_id (the smallest record id of the cluster), or None where not asked for.
    `refused`: pairs whose merge into one cluster would contradict (columns of `pairs`).
    `counts`, `random`: pattern counts of the candidates by the rules that make them, and of the random pairs that u
    was estimated from, None where nothing was estimated; `matching.calibration.calibrate` reads them.
    """

    pairs: pa.Table
    model: Model
    report: LinkReport
    clusters: pa.Table | None = None
    refused: pa.Table | None = None
    counts: Counts | None = None
    random: Counts | None = None


def link(
    left: pa.Table,
    right: pa.Table,
    model: Model,
    *,
    id_column: str = "record_id",
    assignment: Assignment = "none",
    threshold: float | None = None,
    options: LinkOptions | None = None,
    progress: Progress = silent,
) -> LinkResult:
    """Link the records of two tables (匹配).

    Args:
        left: columns as the model names them, and `id_column`, unique and complete.
        right: likewise.
        model: null parameters are estimated from the data, others used as they are.
        id_column: name of the record id in both tables.
        assignment: "none"; "one_to_one": each record in at most one accepted pair, optimal within connected
            components; "many_to_one": each right record has at most one left record.
        threshold: accept from this match probability on; default: the model's.
        options: how to run.
        progress: told how many candidate pairs have been compared.

    Raises:
        LinkError: an id is missing or repeated, a side is empty, or nothing of the model fits.
    """
    job = Job(id_column, assignment, threshold, options or LinkOptions(), progress)
    give_back()
    left, right = (
        sorted_by_id(table, id_column, f"{side} table") for table, side in ((left, "left"), (right, "right"))
    )
    return conclude(compare(left, right, model, job), job)


def dedupe(
    table: pa.Table,
    model: Model,
    *,
    id_column: str = "record_id",
    threshold: float | None = None,
    options: LinkOptions | None = None,
    progress: Progress = silent,
) -> LinkResult:
    """Find records of one table that are the same person (查重), and form clusters that hold together.

    See `matching.cohesion`: an accepted pair that lies in two clusters is refused. Each pair is reported once, `left_id` being the smaller id. Arguments and errors as `link`.
    """
    job = Job(id_column, "none", threshold, replace(options or LinkOptions(), clusters=True), progress)
    ordered = sorted_by_id(table, id_column, "table")
    return conclude(compare(ordered, ordered, model, job), job)


def conclude(compared: Compared, job: Job) -> LinkResult:
    """Weigh, assign and cluster compared pairs.

    Raises:
        LinkError: the threshold is no probability, or clusters cannot be named.
    """
    model, notes, options = compared.model, compared.notes, job.options
    left_ids, right_ids = (table[job.id_column].combine_chunks() for table in (compared.left, compared.right))
    give_back()
    scored = weigh(model, compared.pairs, compared.worthwhile, options.threads)
    give_back()
    check_pairs(len(scored.left), RESULT, (compared.left, compared.right), model, options)
    accepted, large = accept(scored, model, job)
    notes += large
    clusters, refused = None, np.empty(0, np.int64)
    if options.clusters:
        clusters, refused = _clusters(compared, scored, accepted, job)
        accepted[refused] = False
    unused = [] if is_encoded(compared.left) else unused_columns(model, compared.left, compared.right, job.id_column)
    if unused:
        notes += (f"columns that no comparison uses: {', '.join(unused)}",)
    skipped = skipped_matches(compared.blocks, compared.comparers, model, options.seed)
    notes += _cap_notes(compared.blocks.reports, skipped)
    table = pairs_table(left_ids, right_ids, scored, accepted)
    report = LinkReport(
        left_rows=len(compared.left),
        right_rows=len(compared.right),
        rules=compared.blocks.reports,
        candidate_pairs=int(compared.counts.pairs.sum()),
        patterns=len(np.unique(compared.counts.patterns)),
        estimates=compared.estimates,
        expected_matches=compared.expected_matches,
        kept_pairs=len(table),
        accepted_pairs=int(accepted.sum()),
        refused_merges=len(refused),
        skipped_matches=skipped,
        notes=notes,
    )
    contradicting = table.take(pa.array(refused)) if options.clusters else None
    return LinkResult(table, model, report, clusters, contradicting, compared.counts, compared.random)


def accept(scored: Weighed, model: Model, job: Job) -> tuple[Flags, tuple[str, ...]]:
    """Which pairs reach the threshold and are assigned to each other, and notes."""
    threshold = check_threshold(model.threshold if job.threshold is None else job.threshold)
    gain = scored.weights - max(weight_of(threshold), -1000.0)  # at threshold 0 every pair is a gain
    accepted, large = assign(scored.left, scored.right, gain, job.assignment)
    if not large:
        return accepted, ()
    return accepted, (
        f"{large} component(s) of more than {LARGEST} records were assigned best pair first "
        "(at least half the weight of the best choice)",
    )


def check_threshold(threshold: float) -> float:
    """The threshold.

    Raises:
        LinkError: it is no probability.
    """
    if not 0 <= threshold <= 1:
        raise LinkError("the threshold is a probability between 0 and 1")
    return threshold


def _clusters(compared: Compared, scored: Weighed, accepted: Flags, job: Job) -> tuple[pa.Table, Longs]:
    """Clusters by record id, and the places of the accepted pairs that do not lie within one."""
    left, right, conflicts = compared.left, compared.right, compared.model.conflicts
    ids, others = left[job.id_column].combine_chunks(), right[job.id_column].combine_chunks()
    chosen = np.flatnonzero(accepted)
    if left is right:
        codes = conflict_values((left, left.slice(0, 0)), conflicts)
        cluster = cohesive_clusters(
            len(ids), scored.left.astype(np.int64), scored.right.astype(np.int64), probability(scored.weights), accepted, codes
        )  # fmt: skip
        refused = chosen[cluster[scored.left[chosen]] != cluster[scored.right[chosen]]]
        return pa.table({"record_id": ids, "cluster_id": ids.take(pa.array(cluster))}), refused
    if pc.any(pc.is_in(others, value_set=ids)).as_py():
        raise LinkError("the two tables share record ids, so clusters cannot be named; give them distinct ids")
    both = pa.concat_arrays([ids, others])
    made = form_clusters(
        len(both), scored.left[chosen], scored.right[chosen] + len(ids), scored.weights[chosen],
        conflict_values((left, right), conflicts),
    )  # fmt: skip
    return pa.table({"record_id": both, "cluster_id": both.take(pa.array(made.cluster))}), chosen[made.refused]


def pairs_table(left_ids: pa.Array, right_ids: pa.Array, scored: Weighed, accepted: Flags) -> pa.Table:
    """The pairs as `LinkResult` holds them; the ids are by row."""
    return pa.table(
        {
            "left_id": left_ids.take(pa.array(scored.left)),
            "right_id": right_ids.take(pa.array(scored.right)),
            "match_weight": scored.weights,
            "match_probability": probability(scored.weights),
            "accepted": accepted,
            "pattern": scored.patterns,
            "frequency_weight": scored.frequency,
        }
    )


def _cap_notes(reports: tuple[RuleReport, ...], skipped: tuple[float, ...]) -> tuple[str, ...]:
    return tuple(
        f"blocking rule '{item.rule}': {item.subdivided_blocks} oversize block(s) subdivided, "
        f"{item.skipped_pairs} pairs not compared, about {lost:.0f} matches among them that no other rule makes"
        for item, lost in zip(reports, skipped, strict=True)
        if item.subdivided_blocks
    )


def sorted_by_id(table: pa.Table, id_column: str, side: str) -> pa.Table:
    """The table in the order of its ids, so that no outcome depends on the order of rows.

    Raises:
        LinkError: there are no rows, or an id is missing or repeated.
    """
    if id_column not in table.column_names:
        raise LinkError(f"the {side} has no id column '{id_column}'; its columns: {', '.join(table.column_names)}")
    if not len(table):
        raise LinkError(f"the {side} has no rows")
    ids = table[id_column]
    if ids.null_count:
        raise LinkError(f"{ids.null_count} row(s) of the {side} have no '{id_column}'")
    ids = ids.combine_chunks()
    if not _ascending(ids):
        order = pc.sort_indices(ids)
        ids = ids.take(order)
        if repeated := pc.sum(pc.equal(ids[:-1], ids[1:])).as_py():
            raise LinkError(f"'{id_column}' is repeated {repeated} time(s) in the {side}; ids must be unique")
        table = table.take(order)
    return table.set_column(table.column_names.index(id_column), id_column, ids)


def _ascending(ids: pa.Array) -> bool:
    """Whether the ids are in order, and so unique."""
    if pa.types.is_string(ids.type) or pa.types.is_large_string(ids.type):
        return bool(ascending(*buffers(ids)))
    return bool(pc.all(pc.less(ids[:-1], ids[1:]), min_count=0).as_py())

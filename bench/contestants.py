"""The engines under test. Each does the whole job: two Parquet files in, the pairs of p >= 0.5 out.

An engine function imports its library, then returns the job as a function, so that the clock starts after the imports.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from bench.cases import Case, Compared

ACCEPT = 0.5
RANDOM_PAIRS = 1_000_000
"""Random pairs from which u is estimated."""


@dataclass(frozen=True)
class Outcome:
    """Pairs accepted (left_id, right_id); `candidates()` says how many were compared, outside the measured time."""

    pairs: pa.Table
    candidates: Callable[[], int]


Job = Callable[[], Outcome]


def ours(case: Case, folder: Path, threads: int) -> Job:
    """This library: `matching.link`."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    from matching import LinkOptions, Model, link
    from matching.model import Blocking, Comparison, Frequency, Rule

    def declared(item: Compared) -> Comparison:
        kind = "text" if item.measure == "jaro_winkler" else item.measure
        options = {"cutoffs": list(item.cutoffs)} if item.cutoffs else {}
        frequency = Frequency(item.column) if item.frequency else None
        return Comparison(item.column, kind, (item.column,), options, frequency=frequency, shared=item.shared)

    def model() -> Model:
        if case.model:
            return Model.load(case.model)
        rules = tuple(Rule(keys, train=keys in case.train) for keys in case.rules)
        return Model("bench", tuple(map(declared, case.compared)), Blocking(rules, max_block_pairs=10**12))

    def job() -> Outcome:
        left, right = (pq.read_table(folder / f"{side}.parquet") for side in ("left", "right"))
        options = LinkOptions(keep_probability=ACCEPT, random_pairs=RANDOM_PAIRS, threads=threads)
        assignment = "many_to_one" if case.model else "none"
        result = link(left, right, model(), assignment=assignment, threshold=ACCEPT, options=options)
        pairs = result.pairs.filter(pc.field("accepted")).select(["left_id", "right_id"])
        return Outcome(pairs, lambda: result.report.candidate_pairs)

    return job


def splink(case: Case, folder: Path, threads: int) -> Job:
    """Splink 5 on DuckDB, by the steps of its tutorial; nothing kept that ours does not keep."""
    import duckdb
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on
    from splink.blocking_analysis import count_comparisons_from_blocking_rules

    def compared(item: Compared) -> Any:
        if item.measure == "exact":
            made: Any = cl.ExactMatch(item.column)
        elif item.measure == "jaro_winkler":
            made = cl.JaroWinklerAtThresholds(item.column, list(item.cutoffs))
        else:
            made = cl.DamerauLevenshteinAtThresholds(item.column, [int(cutoff) for cutoff in item.cutoffs])
        return made.configure(term_frequency_adjustments=True) if item.frequency else made

    def rule(keys: tuple[str, ...]) -> Any:
        return block_on(*map(expression, keys))

    def expression(key: str) -> str:
        column, _, part = key.partition(":first")
        return f"substr({column}, 1, {part})" if part else column

    def job() -> Outcome:
        connection = duckdb.connect()
        connection.execute(f"SET threads = {threads}")
        api = DuckDBAPI(connection)
        sides = []
        for side in ("left", "right"):
            connection.execute(f"CREATE TABLE {side}_table AS SELECT * FROM read_parquet('{folder}/{side}.parquet')")
            sides.append(api.register(connection.table(f"{side}_table"), table_name=f"{side}_side"))
        settings = SettingsCreator(
            link_type="link_only",
            unique_id_column_name="record_id",
            comparisons=[compared(item) for item in case.compared],
            blocking_rules_to_generate_predictions=[rule(keys) for keys in case.rules],
            retain_matching_columns=False,
        )
        linker = Linker(sides, settings, log_level=None)
        training = linker.training
        training.estimate_probability_two_random_records_match([rule(keys) for keys in case.train[:1]], recall=0.65)
        training.estimate_u_using_random_sampling(max_pairs=RANDOM_PAIRS)
        for keys in case.train:
            training.estimate_parameters_using_expectation_maximisation(
                rule(keys), estimate_without_term_frequencies=True
            )
        scored = linker.inference.predict(threshold_match_probability=ACCEPT)
        pairs = scored.query_sql(
            "SELECT record_id_l AS left_id, record_id_r AS right_id FROM {this}"
        ).as_pyarrow_table()

        def candidates() -> int:
            counted = count_comparisons_from_blocking_rules(
                sides, blocking_rules=[rule(keys) for keys in case.rules], link_type="link_only",
                unique_id_column_name="record_id", record_sample_proportion=1.0,
            )  # fmt: skip
            return int(sum(row["marginal_comparison_count"] for row in counted))

        return Outcome(pairs, candidates)

    return job


def recordlinkage(case: Case, folder: Path, threads: int) -> Job:
    """The Python Record Linkage Toolkit: binary features (its EM takes no other), each at the loosest cut-off."""
    import pandas as pd
    import recordlinkage as toolkit
    from joblib.externals.loky import get_reusable_executor

    def add(compare: Any, item: Compared) -> None:
        if item.measure == "exact":
            compare.exact(item.column, item.column, label=item.column)
        elif item.measure == "jaro_winkler":
            compare.string(item.column, item.column, "jarowinkler", item.cutoffs[-1], label=item.column)
        else:
            cutoff = 1 - item.cutoffs[-1] / WIDTH[item.column] - 1e-9
            compare.string(item.column, item.column, "damerau_levenshtein", cutoff, label=item.column)

    def job() -> Outcome:
        sides = [pd.read_parquet(folder / f"{side}.parquet").set_index("record_id") for side in ("left", "right")]
        index = toolkit.Index()
        for keys in case.rules:
            for key in keys:
                column, _, part = key.partition(":first")
                if part:
                    for side in sides:
                        side[key] = side[column].str[: int(part)]
            index.block(list(keys))
        pairs = index.index(*sides)
        compare = toolkit.Compare(n_jobs=threads)
        for item in case.compared:
            add(compare, item)
        vectors = compare.compute(pairs, *sides)
        if threads > 1:
            get_reusable_executor().shutdown(wait=True)  # else the time of its processes is not known
        found = toolkit.ECMClassifier().fit_predict(vectors)
        names = [found.get_level_values(place) for place in (0, 1)]
        return Outcome(pa.table({"left_id": pa.array(names[0]), "right_id": pa.array(names[1])}), lambda: len(pairs))

    return job


WIDTH: Mapping[str, int] = {"birth_date": 10, "postcode": 5, "phone": 9, "id_number": 10}
"""Characters of the columns that are compared by edits: the toolkit takes similarities, not distances."""

CONTESTANTS: Mapping[str, Callable[[Case, Path, int], Job]] = {
    "ours": ours,
    "splink": splink,
    "recordlinkage": recordlinkage,
}

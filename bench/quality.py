"""Quality of linkage against truth, thresholds chosen without a look at it: match probability 1/2 throughout.

    python bench/quality.py [--labelled FOLDER] [--members 20000] [--seeds 5] [--only sets|province]

Persons in Latin script: Febrl 1-4 and the sets of FOLDER (each `left.parquet`, `right.parquet`, or `table.parquet`, and
`truth.parquet`), or simulated ones; with the model file, with no model where the library proposes one, and with Splink.
Two files are linked one to one (Splink: pairs that are the best of both their records), one file is clustered (Splink:
connected components, at 1/2 and at .95). Then the synthetic province: by pair of sources (Splink on the first seed),
ethnic group and county.
"""

import argparse
import resource
import time
from collections.abc import Callable, Sequence
from importlib import resources
from pathlib import Path
from statistics import mean, stdev

import polars as pl
import pyarrow as pa
from quality_province import judged, linked, linked_by_splink, province
from quality_sets import LabelledSet, febrl, in_folder, simulated
from quality_splink import mutual_best, recipe_of, splink_pairs

import matching
from bangfu.cli.output import table
from matching.evaluation import wilson
from matching.linkage import LinkResult, dedupe, link
from matching.model import Model

STUDENT = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776, 6: 2.571, 7: 2.447, 8: 2.365, 9: 2.306, 10: 2.262}
"""97.5 % points of Student's t by number of seeds."""

SMALL = 100
"""Records of a group below which its recall is not compared."""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--labelled", type=Path, help="folder of labelled sets; simulated ones by default")
    arguments.add_argument("--members", type=int, default=20_000, help="members of the synthetic province")
    arguments.add_argument("--seeds", type=int, default=5, help="synthetic provinces")
    arguments.add_argument("--only", choices=["sets", "province"], help="one of the two parts")
    given = arguments.parse_args()
    if given.only != "province":
        print_sets(given.labelled)
    if given.only != "sets":
        print_province(given.members, range(1, given.seeds + 1))


def print_sets(folder: Path | None) -> None:
    """Every labelled set with every way of linking it."""
    head = ("set", "by", "accepted as", "precision", "recall", "F1", "pairs alone F1", "CPU s")
    rows = []
    for source in (febrl(), in_folder(folder) if folder else simulated(1)):
        for item in source:
            rows += [row for way in ways() for row in _judged_by(item, *way)]
            rows += _splink_rows(item)
    print("\n".join(table(head, rows)))


Row = tuple[str, ...]
Linker = Callable[[Sequence[pa.Table]], LinkResult]


def ways() -> list[tuple[str, Linker]]:
    """The ways of linking that this library has."""
    with resources.as_file(resources.files("matching") / "models" / "person_latin.json") as path:
        model = Model.load(path)
    return [("bangfu, model file", lambda tables: _linked(tables, model)), ("bangfu, no model", _proposed)]


def _proposed(tables: Sequence[pa.Table]) -> LinkResult:
    found = matching.propose(*tables, id_column="record_id")
    return _linked([table for table in (found.left, found.right) if table is not None], found.model)


def _linked(tables: Sequence[pa.Table], model: Model) -> LinkResult:
    if len(tables) == 2:
        return link(*tables, model, assignment="one_to_one")
    return dedupe(tables[0], model)


def _judged_by(item: LabelledSet, name: str, linker: Linker) -> list[Row]:
    started = _cpu()
    result = linker(item.tables)
    spent = _cpu() - started
    pairs = pl.DataFrame(result.pairs.select(["left_id", "right_id", "match_probability", "accepted"]))
    alone = pairs.filter(pl.col("match_probability") >= result.model.threshold)
    if result.clusters is None:
        return [
            _row(item, name, "one to one", _of_pairs(pairs.filter("accepted"), item), _of_pairs(alone, item), spent)
        ]
    clustered = _of_clusters(pl.DataFrame(result.clusters), item)
    return [_row(item, name, "clusters", clustered, _of_pairs(alone, item), spent)]


def _splink_rows(item: LabelledSet) -> list[Row]:
    started = _cpu()
    thresholds = (0.5, 0.95) if len(item.tables) == 1 else ()
    pairs, clusters = splink_pairs(item.tables, recipe_of(item.tables[0].column_names), thresholds)
    spent = _cpu() - started
    alone = _of_pairs(pairs.filter(pl.col("match_probability") >= 0.5), item)
    if not thresholds:
        return [_row(item, "Splink 5", "mutual best", _of_pairs(mutual_best(pairs, 0.5), item), alone, spent)]
    return [
        _row(item, "Splink 5", f"clusters at {threshold}", _of_clusters(made, item), alone, spent)
        for threshold, made in clusters.items()
    ]


Counts = tuple[int, int, int]
"""Right, found and true pairs."""


def _of_pairs(pairs: pl.DataFrame, item: LabelledSet) -> Counts:
    if len(item.tables) == 2:
        return pairs.join(item.truth, on=["left_id", "right_id"]).height, len(pairs), len(item.truth)
    sides = pairs.join(item.truth, left_on="left_id", right_on="record_id").join(
        item.truth, left_on="right_id", right_on="record_id", suffix="_of_right"
    )
    return (
        sides.filter(pl.col("cluster") == pl.col("cluster_of_right")).height,
        len(pairs),
        _within(item.truth, "cluster"),
    )


def _of_clusters(clusters: pl.DataFrame, item: LabelledSet) -> Counts:
    both = clusters.join(item.truth, on="record_id")
    return _within(both, "cluster_id", "cluster"), _within(both, "cluster_id"), _within(both, "cluster")


def _within(records: pl.DataFrame, *groups: str) -> int:
    """Pairs of records that agree in the groups."""
    sizes = records.group_by(groups).len()["len"].cast(pl.Int64)
    return int((sizes * (sizes - 1) // 2).sum())


def _row(item: LabelledSet, name: str, accepted: str, counts: Counts, alone: Counts, spent: float) -> Row:
    right, found, true = counts
    shares = (wilson(right, found), wilson(right, true))
    cells = [f"{share.value:.4f} ({share.low:.4f}-{share.high:.4f})" for share in shares]
    return (item.name, name, accepted, *cells, f"{_f1(counts):.4f}", f"{_f1(alone):.4f}", f"{spent:.1f}")


def _f1(counts: Counts) -> float:
    right, found, true = counts
    return 2 * right / (found + true) if found + true else 0.0


def print_province(members: int, seeds: Sequence[int]) -> None:
    """The synthetic province by pair of sources, then by ethnic group and county over all pairs and seeds."""
    by_source: dict[tuple[str, str], list[tuple[float, ...]]] = {}
    records = []
    for seed in seeds:
        made = province(members, seed)
        others = [("Splink 5", linked_by_splink)] if seed == seeds[0] else []  # half a minute a source
        for name, linker in [("bangfu", linked), *others]:
            for source, due, links in judged(made, linker):
                by_source.setdefault((source, name), []).append(_figures(due, links))
                if linker is linked:
                    records.append(due)
    head = ("roster with", "by", "precision", "recall", "F1", "blocking recall")
    rows = []
    for (source, name), runs in sorted(by_source.items()):
        cells = [_over_seeds(values) for values in zip(*runs, strict=True)]
        rows.append((source, name, *(cells if name == "bangfu" else [*cells[:3], ""])))
    print(f"\nsynthetic province, {members:,} members, seeds {', '.join(map(str, seeds))}: mean, half width at 95 %")
    print("\n".join(table(head, rows)))
    everyone = pl.concat(records)
    for group in ("ethnic_group", "county_code"):
        _print_groups(everyone, group)


def _figures(due: pl.DataFrame, links: pl.DataFrame) -> tuple[float, ...]:
    """Precision of the links, recall of the records that are due, F1, and recall of blocking."""
    right = links.filter(pl.col("person_id") == pl.col("person_id_right")).height
    found, blocked = (int(due[column].sum()) for column in ("found", "blocked"))
    precision, recall = right / max(len(links), 1), found / max(len(due), 1)
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-9), blocked / max(len(due), 1)


def _over_seeds(values: Sequence[float]) -> str:
    if len(values) < 2:
        return f"{values[0]:.4f}"
    half = STUDENT.get(len(values), 1.96) * stdev(values) / len(values) ** 0.5
    return f"{mean(values):.4f} ± {half:.4f}"


def _print_groups(records: pl.DataFrame, group: str) -> None:
    """Recall of each group: of all its records, and of those that an equal identity number does not already find."""
    hard = pl.col("found").filter(~pl.col("by_number"))
    shares = (
        records.group_by(group)
        .agg(pl.len().alias("all"), pl.col("found").sum(), hard.len().alias("hard"), hard.sum().alias("hard_found"))
        .filter(pl.col("hard") >= SMALL)
        .sort("hard", descending=True)
    )
    rows = [
        (
            str(row[group]),
            f"{row['all']:,}",
            _share(row["found"], row["all"]),
            f"{row['hard']:,}",
            _share(row["hard_found"], row["hard"]),
        )
        for row in shares.iter_rows(named=True)
    ]
    print(f"\nby {group}, all pairs of sources; groups of at least {SMALL} records without an equal identity number")
    print("\n".join(table((group, "records", "recall", "no equal number", "recall of these"), rows)))
    if rows:
        of_all, of_hard = shares["found"] / shares["all"], shares["hard_found"] / shares["hard"]
        gaps = [f"{100 * (column.max() - column.min()):.1f}" for column in (of_all, of_hard)]
        print(f"largest minus smallest recall: {gaps[0]} points of all, {gaps[1]} of those without an equal number")


def _share(part: int, whole: int) -> str:
    share = wilson(part, whole)
    return f"{share.value:.4f} ({share.low:.4f}-{share.high:.4f})"


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    started = time.perf_counter()
    main()
    print(f"\n{time.perf_counter() - started:.0f} s")

"""Duplicates in the archive (一户一档): several standing files that share a person who is surely the same."""

from collections.abc import Iterator

import polars as pl

from bangfu.screening.archive.files import ArchiveFiles
from bangfu.screening.deaths import SURE
from bangfu.screening.entries import Entry

__all__ = ["duplicates", "shared_persons"]

_SPOUSE = ("0", "1")
_REASONS = {
    "same_head": ("同一职工有多份在档档案", "one worker has several standing files"),
    "couple": ("夫妻各有在档档案，一户一档", "spouses have a standing file each; one household, one file"),
    "shared_member": (
        "同一家庭成员列入多份在档档案，请核实是否同一户",
        "a household member stands in several files: see whether it is one household",
    ),
}


def shared_persons(files: ArchiveFiles, sure: float = SURE) -> pl.DataFrame:
    """Pairs of standing files that share a person.

    Args:
        files: The files.
        sure: Smallest match probability of both links.

    Returns:
        `file, other, kind` with `file < other` and kind `same_head`, `couple` or `shared_member`: the gravest.
    """
    standing = files.persons.join(files.standing, on="file", how="semi").filter(pl.col("match_probability") >= sure)
    pairs = standing.join(standing, on="cluster_id", suffix="_other").filter(pl.col("file") < pl.col("file_other"))
    both = ["relation", "relation_other"]
    kind = (
        pl.when(pl.all_horizontal(pl.col(both) == "0")).then(0)
        .when(pl.all_horizontal(pl.col(both).is_in(_SPOUSE))).then(1)
        .otherwise(2)
    )  # fmt: skip
    return (
        pairs.select("file", pl.col("file_other").alias("other"), kind.alias("kind"))
        .group_by("file", "other")
        .agg(pl.col("kind").min())
        .with_columns(pl.col("kind").replace_strict(dict(enumerate(_REASONS)), return_dtype=pl.String))
        .sort("file", "other")
    )


def duplicates(files: ArchiveFiles) -> Iterator[Entry]:
    """One entry for each group of files and each union that holds one of them."""
    pairs = shared_persons(files)
    groups: dict[str, set[str]] = {}
    kinds: dict[str, str] = {}
    order = list(_REASONS)
    for first, second, kind in pairs.iter_rows():
        merged = groups.get(first, {first}) | groups.get(second, {second})
        graver = min([kind, *(kinds[file] for file in merged if file in kinds)], key=order.index)
        for file in merged:
            groups[file], kinds[file] = merged, graver
    homes = dict(files.table.select("file", "county").iter_rows())
    for group in sorted({tuple(sorted(group)) for group in groups.values()}):
        kind = kinds[group[0]]
        zh, en = _REASONS[kind]
        for county in sorted({homes[file] for file in group}):
            yield Entry("duplicates", county, ({"code": kind, "zh": zh, "en": en},), files=group)

"""Return to hardship (返困监测): households that left the archive not long ago, and have new evidence since."""

from collections.abc import Iterator

import polars as pl

from bangfu.screening.archive.files import ArchiveFiles
from bangfu.screening.entries import Entry
from bangfu.screening.screened import Screened

__all__ = ["returns", "watched"]


def watched(files: ArchiveFiles, found: Screened) -> pl.DataFrame:
    """Files that are watched: exited (脱困) within the rules' months before the last day of the window.

    A cancelled file (注销) is not, nor one without a day of exit, nor a household with another file that stands.

    Returns:
        `file, cluster_id, exited_on, county`.
    """
    as_of, months = found.prepared.window.as_of, found.policy.rules.periods.watch
    since = pl.lit(as_of).dt.offset_by(f"-{months}mo")
    exited = files.table.filter(
        (pl.col("status") == "exited") & (pl.col("exited_on") > since) & (pl.col("exited_on") <= as_of)
    )
    standing = files.persons.join(files.standing, on="file", how="semi")
    return (
        files.persons.join(exited, on="file")
        .join(standing, on="cluster_id", how="anti")
        .select("file", "cluster_id", "exited_on", "county")
        .sort("file", "cluster_id")
    )


def returns(files: ArchiveFiles, found: Screened) -> Iterator[Entry]:
    """Watched households with evidence later than their exit, which puts a household on a list by itself."""
    rules = found.policy.rules
    hits = found.findings.hits.filter("alone").rename({"household_id": "cluster_id"})
    renewed = (
        watched(files, found)
        .join(hits, on="cluster_id")
        .filter(pl.col("last") > pl.col("exited_on"))
        .sort("file", "code", "last")
    )
    for (file,), rows in renewed.group_by("file", maintain_order=True):
        listed = list(rows.unique("code", keep="last", maintain_order=True).iter_rows(named=True))
        reasons = []
        for hit in listed:
            screen = rules.screen(hit["code"])
            band = screen.band(hit["band"])
            zh, en = (band.zh, band.en) if band else ("", "")
            quarter = f"{hit['last'].year}Q{(hit['last'].month + 2) // 3}"
            reasons.append(
                {
                    "code": hit["code"],
                    "zh": f"退出后又有“{screen.name_zh}”：{zh}（{quarter}）",
                    "en": f"after the exit: {screen.name_en}, {en} ({quarter})",
                }
            )
        yield Entry("returns", listed[0]["county"], tuple(reasons), listed[0]["cluster_id"], (str(file),))

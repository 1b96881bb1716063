"""Who is left out of a list, and why (不列入原因).

Everybody who is left out has one reason of `schemas.suppressions` and its sentence; outcomes of earlier visits leave
out in `bangfu.screening.decisions`.
"""

from collections.abc import Mapping

import polars as pl

from schemas.sources import ROSTER
from schemas.suppressions import SUPPRESSIONS
from schemas.vocabulary import ARCHIVE_LEVEL

__all__ = ["READS", "SUPPRESSED", "sentences", "suppressed"]

READS: Mapping[str, tuple[str, ...]] = {ROSTER: ("membership_status", "employment_status")}
"""Columns that are read of each source."""
SUPPRESSED = {"cluster_id": pl.String, "why": pl.String, "zh": pl.String, "en": pl.String}
"""Columns of those left out: the person, the code of the reason, and its sentence in both languages."""

_GONE = {"transferred": "transferred", "left": "left_union"}


def suppressed(roster: pl.DataFrame, registered: pl.DataFrame, died: pl.DataFrame) -> pl.DataFrame:
    """Persons who are not to be visited as unregistered members.

    - `dead`: by a sure record that nothing speaks against.
    - `registered`, `household_registered`: they, or somebody of their household, are in an archive household that
      stands, of whatever level.
    - `transferred`, `left_union`: no current membership on any of the person's roster rows.
    - `retired`: retired on every row; retired members are handed to the community.

    An unknown membership or employment status counts as current.

    Args:
        roster: Roster rows with `cluster_id`.
        registered: `cluster_id, why, archive_level` of registered persons, from `bangfu.screening.registration`.
        died: From `bangfu.screening.deaths`.

    Returns:
        Columns of `SUPPRESSED`, one row per person: the first reason in the order above.
    """
    gone = pl.col("membership_status").replace_strict(_GONE, default=None, return_dtype=pl.String)
    persons = roster.group_by("cluster_id").agg(
        pl.when(gone.is_not_null().all()).then(gone.drop_nulls().last()).alias("gone"),
        (pl.col("employment_status").fill_null("") == "retired").all().alias("retired"),
    )
    dead = died.filter(~pl.col("in_doubt")).select("cluster_id", "died_on")
    marked = persons.join(registered.rename({"why": "filed"}), on="cluster_id", how="left").join(
        dead, on="cluster_id", how="left"
    )
    why = (
        pl.when(pl.col("died_on").is_not_null()).then(pl.lit("dead"))
        .when(pl.col("filed").is_not_null()).then("filed")
        .when(pl.col("gone").is_not_null()).then("gone")
        .when("retired").then(pl.lit("retired"))
    )  # fmt: skip
    out = marked.with_columns(why.alias("why")).drop_nulls("why").sort("cluster_id")
    quarter = pl.format("{}Q{}", pl.col("died_on").dt.year(), pl.col("died_on").dt.quarter())
    told = {
        language: pl.when(pl.col("why") == "dead").then(quarter).otherwise(_level(language))
        for language in ("zh", "en")
    }
    return sentences(out, told["zh"], told["en"])


_NOTHING = pl.lit("")


def sentences(out: pl.DataFrame, zh: pl.Expr = _NOTHING, en: pl.Expr = _NOTHING) -> pl.DataFrame:
    """Give everybody the sentence of their reason.

    Args:
        out: `cluster_id, why` and what the expressions read.
        zh, en: What stands for `{}` in the sentence.
    """
    cells = [
        pl.col("why")
        .replace_strict({code: getattr(item, name) for code, item in SUPPRESSIONS.items()}, return_dtype=pl.String)
        .str.replace("{}", value, literal=True)
        .alias(name)
        for name, value in (("zh", zh), ("en", en))
    ]
    return out.select("cluster_id", "why", *cells)


def _level(language: str) -> pl.Expr:
    labels = {code.code: ARCHIVE_LEVEL.label(code.code, language) for code in ARCHIVE_LEVEL.codes}
    unknown = "层级不详" if language == "zh" else "level unknown"
    return pl.col("archive_level").replace_strict(labels, default=unknown, return_dtype=pl.String)

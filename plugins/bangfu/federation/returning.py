"""Results for the union (结果反馈): its own random ids, what may be told, how sure the match is, and nothing else."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import polars as pl

from bangfu.errors import Refused
from bangfu.federation.packages import RESULTS, Package, open_package, publish
from bangfu.federation.payload import PAYLOAD, suppressed
from schemas.agreement import Role

if TYPE_CHECKING:
    from pathlib import Path

    from bangfu.federation.agreements import Held
    from bangfu.federation.signing import Identity

__all__ = ["LINKS", "RESULT_COLUMNS", "open_results", "return_results"]

LINKS = {"union_id": pl.String(), "department_id": pl.String(), "confidence": pl.Float64()}
"""What a matching gives: a random id of each side, and the probability that both are one person."""
RESULT_COLUMNS = ("own_id", *PAYLOAD, "confidence")
_STEP = 0.05


def return_results(
    folder: Path,
    links: pl.DataFrame,
    department: pl.DataFrame,
    held: Held,
    maker: tuple[Role, Identity],
    today: dt.date,
) -> Package:
    """Write the results for the union.

    Args:
        folder: Where; a folder that is not there yet.
        links: Columns of `LINKS`, at most one department's person for each record of the union.
        department: The department's records: `own_id` and its payload; ids of the other side never leave in results.
        held: The agreement.
        maker: Who matched, as which it signs: the matching unit, or in mode A the department.
        today: The day.

    Raises:
        Refused: `file_exists`.
    """
    told = links.join(department.select("own_id", *PAYLOAD), left_on="department_id", right_on="own_id", how="inner")
    sure = (pl.col("confidence") / _STEP).floor() * _STEP
    told = told.select(pl.col("union_id").alias("own_id"), *PAYLOAD, sure.round(2).alias("confidence"))
    told = told.group_by("own_id", *PAYLOAD).agg(pl.col("confidence").max())
    payload, lost = suppressed(told.select(*PAYLOAD), told["own_id"])
    told = pl.concat([told.select("own_id"), payload, told.select("confidence")], how="horizontal")
    told = told.group_by("own_id", *PAYLOAD).agg(pl.col("confidence").max()).select(RESULT_COLUMNS).sort(RESULT_COLUMNS)
    role, identity = maker
    agreement = held.agreement
    package = Package(
        format=RESULTS,
        agreement=agreement.id,
        agreement_sha256=held.digest,
        role=role,
        source="",
        epoch=agreement.epoch,
        key_check=agreement.key_check,
        digest=agreement.digest,
        normalisation=agreement.normalisation,
        encoding=agreement.document()["encoding"],
        columns=RESULT_COLUMNS,
        counts={"records": told.height, "persons": told["own_id"].n_unique(), "less_told": lost},
        made_on=today,
        program="1",
    )
    return publish(folder, told, package, identity)


def open_results(folder: Path, held: Held) -> tuple[pl.DataFrame, Package]:
    """The results for the union, from the matching unit or, in mode A, from the department.

    Raises:
        Refused: As `open_package`; `package_foreign` where they hold anything but results.
    """
    try:
        results, package = open_package(folder, held, Role.MATCHING_UNIT, RESULTS)
    except Refused as refusal:
        if refusal.code not in {"package_foreign", "package_changed"}:
            raise
        results, package = open_package(folder, held, Role.DEPARTMENT, RESULTS)
    if package.columns != RESULT_COLUMNS:
        raise Refused("package_foreign", "结果包的内容不是约定的结果", "The package holds other things than results.")
    return results, package

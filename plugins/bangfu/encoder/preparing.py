"""A department's file as it would be encoded (编码前检查): read, standardised, and told in counts before anything is made."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from bangfu.errors import Refused
from bangfu.federation.agreements import columns_used
from bangfu.federation.files import not_found
from bangfu.federation.payload import payload_of, suppressed
from bangfu.readers.piped import read_piped
from matching.standardise import SeenRows, standardise_frame
from schemas.agreement import MINIMUM_GROUP, Role
from schemas.sources import SOURCES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from bangfu.federation.agreements import Held
    from bangfu.readers.raw import ReadReport

__all__ = ["Prepared", "prepare"]

_WHERE = ("sheet", "sheet_row", "member")


@dataclass(frozen=True)
class Prepared:
    """A file that can be encoded.

    Attributes:
        role: Whose file it is.
        report: How it was understood.
        encoded: Headers by canonical field: what becomes tokens.
        told: Headers by canonical field: what is told as month or band.
        kept: Headers of all other columns: they stay at home.
        absent: Fields that the agreement allows and the file lacks.
        rejected: Rows that cannot be used, by reason code.
        suppressed: Rows whose month and band are not told, since fewer than five persons share them.
        rows: Standardised rows; never leave this computer.
        payload: What is told of each; None for the union, whose records tell nothing.
        places: Where each row stands in the file.
    """

    role: Role
    report: ReadReport
    encoded: Mapping[str, str]
    told: Mapping[str, str]
    kept: tuple[str, ...]
    absent: tuple[str, ...]
    rejected: Mapping[str, int]
    suppressed: int
    rows: pl.DataFrame = field(repr=False)
    payload: pl.DataFrame | None = field(repr=False)
    places: pl.DataFrame = field(repr=False)


def prepare(
    path: Path,
    held: Held,
    role: Role,
    *,
    passwords: Sequence[str] = (),
    progress: Callable[[int], None] = lambda _rows: None,
) -> Prepared:
    """Read and standardise a file under an agreement.

    Args:
        path: The file.
        held: The agreement.
        role: Whose file it is.
        passwords: Tried in order on a workbook that has an opening password.
        progress: Told how many rows are read.

    Raises:
        Refused: As the readers say; `forbidden_columns`, `nothing_to_encode` or `payload_column_missing`.
    """
    if not path.is_file():
        raise not_found(path)
    source = SOURCES[held.agreement.party(role).source]
    seen, rejected = SeenRows(), Counter[str]()
    accepted: list[pl.DataFrame] = []
    places: list[pl.DataFrame] = []
    read = 0

    def take(raw: pl.DataFrame) -> None:
        nonlocal read
        standard = standardise_frame(raw, source, "local", seen)
        rejected.update(standard.rejected["code"].to_list())
        accepted.append(standard.accepted)
        places.append(
            standard.accepted.select("row_number").join(
                raw.select("row_number", *_WHERE), on="row_number", how="left", maintain_order="left"
            )
        )
        read += raw.height
        progress(read)

    report = read_piped(path, source, take, passwords=passwords)
    _require_allowed(report)
    rows = pl.concat(accepted) if accepted else pl.DataFrame()
    if not rows.height:
        raise Refused(
            "nothing_to_encode",
            "文件中没有可用的数据行；请检查姓名、证件号码等列是否为空",
            "No row of the file can be used; check that names and identity numbers are filled in.",
        )
    columns = columns_used(held.parameters) & {item.name for item in source.fields}
    heard = _headers(report)
    payload, lost, told = None, 0, {}
    if role is Role.DEPARTMENT:
        told = _told(held, heard)
        payload, lost = suppressed(payload_of(rows, held.agreement.payload), _persons(rows), MINIMUM_GROUP)
    encoded = {name: heard[name] for name in held.agreement.fields if name in heard}
    others = [header for name, header in heard.items() if name not in encoded and name not in told]
    unlisted = [header for sheet in report.sheets for header in sheet.unlisted]
    return Prepared(
        role=role,
        report=report,
        encoded=encoded,
        told=told,
        kept=tuple(dict.fromkeys([*others, *unlisted])),
        absent=tuple(name for name in held.agreement.fields if name not in heard and not _derived(name)),
        rejected=dict(rejected.most_common()),
        suppressed=lost,
        rows=rows.select(sorted(columns)),
        payload=payload,
        places=pl.concat(places).select(_WHERE),
    )


def _require_allowed(report: ReadReport) -> None:
    if forbidden := list(dict.fromkeys(header for sheet in report.sheets for header in sheet.forbidden)):
        names = "、".join(forbidden[:8])
        raise Refused(
            "forbidden_columns",
            f"文件含有不得使用的列：{names}；请在原系统导出时去掉这些列，重新导出后再编码",
            f"The file holds columns that must not be used: {', '.join(forbidden[:8])}; export it without them.",
        )


def _headers(report: ReadReport) -> dict[str, str]:
    """The sender's header of each canonical field."""
    heard: dict[str, str] = {}
    for sheet in report.sheets:
        for label, header in sheet.columns.items():
            heard.setdefault(label.partition("[")[0], header)
    return heard


def _told(held: Held, heard: Mapping[str, str]) -> dict[str, str]:
    payload = held.agreement.payload
    wanted = [name for name in (payload.month, payload.band.field if payload.band else "") if name]
    if missing := [name for name in wanted if name not in heard]:
        raise Refused(
            "payload_column_missing",
            f"文件缺少协议约定反馈所需的列：{'、'.join(missing)}；请补充后重新导出",
            f"The file lacks columns of which the agreement tells month or band: {', '.join(missing)}.",
        )
    return {name: heard[name] for name in wanted}


def _persons(rows: pl.DataFrame) -> pl.Series:
    """Who each row is of, for counting persons: the identity number, else name and birth date, else the row itself."""
    named = pl.concat_str("name", pl.col("birth_date").cast(pl.String), separator="\0")
    return rows.select(pl.coalesce("id_number", named, "record_id")).to_series()


def _derived(name: str) -> bool:
    from schemas.fields import FIELDS

    return FIELDS[name].standardiser == "derived" or name == "former_name"

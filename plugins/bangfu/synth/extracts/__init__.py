"""How each partner lays its extract out (各部门报表): which files, under which headers, in which format."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import polars as pl

from bangfu.synth.extracts import (
    civil_affairs,
    contribution_base,
    death_record,
    disability_certificate,
    disaster_relief,
    education_aid,
    hardship_archive,
    medical_settlement,
    work_accident,
)

if TYPE_CHECKING:
    import datetime as dt
    import random
    from collections.abc import Callable, Mapping

    from bangfu.synth.workbooks import Sheet


def _one_below_another(rows: pl.DataFrame, first_row: int) -> pl.Series:
    return pl.int_range(first_row, first_row + rows.height, eager=True)


@dataclass(frozen=True)
class Paper:
    """A source that comes as workbooks.

    Attributes:
        title: file name without suffix; ``{name}`` is the division's.
        sheet: lays rows out.
        old_share: share of the files in the old format.
        wps_share: share of those that WPS saved under its own suffix (.et), which the old format is inside.
        places: in which row of the sheet each row stands, given the first data row.
    """

    title: str
    sheet: Callable[[random.Random, pl.DataFrame, dt.date], Sheet]
    old_share: float = 0.4
    wps_share: float = 0.0
    places: Callable[[pl.DataFrame, int], pl.Series] = _one_below_another


@dataclass(frozen=True)
class Stream:
    """A source that comes as long text files.

    Attributes:
        title: file name without suffix; ``{name}`` is the division's, ``{month}`` the month of the extract.
        rows: the columns as they are sent, all text.
        late_title: file name of what arrives later.
    """

    title: str
    rows: Callable[[pl.DataFrame], pl.DataFrame]
    late_title: str = ""


PAPERS: Mapping[str, Paper] = MappingProxyType(
    {
        "civil_affairs": Paper("{name}_社会救助对象名单", civil_affairs.sheet),
        "disaster_relief": Paper("{name}_救助款发放花名册", disaster_relief.sheet),
        "hardship_archive": Paper("困难职工档案导出", hardship_archive.sheet, 0.0, places=hardship_archive.places),
        "medical_settlement": Paper("{name}_住院费用结算明细", medical_settlement.county_sheet),
        "disability_certificate": Paper("{name}_持证残疾人花名册", disability_certificate.sheet, wps_share=0.3),
        "education_aid": Paper("全省_家庭经济困难学生资助名单", education_aid.sheet, 0.0),
        "death_record": Paper("全省_死亡火化登记", death_record.sheet, 0.5),
        "work_accident": Paper("全省_工伤认定汇总", work_accident.sheet, 0.5),
    }
)
STREAMS: Mapping[str, Stream] = MappingProxyType(
    {
        "contribution_base": Stream("{name}_缴费基数_{month}", contribution_base.interface_rows),
        "medical_settlement": Stream(
            "{name}_住院结算_{month}", medical_settlement.interface_rows, "全省_住院结算_补报"
        ),
    }
)

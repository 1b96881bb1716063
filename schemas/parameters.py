"""Parameters of the rules (政策参数): official values by region and date, each declared once.

The columns of every table are `region_code, area_type, amount, unit, valid_from, valid_to, document, source_url,
origin`. A county's own value comes before its prefecture's and the province's. `valid_to` may be empty in the last
row of a series only: periods follow each other without gap or overlap. Official values are published by the
departments named in `publisher_zh`; the repository carries none.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["AREA_TYPES", "PARAMETERS", "PARAMETER_COLUMNS", "Origin", "ParameterTable"]


class Origin(StrEnum):
    """Whether values are real."""

    OFFICIAL = "official"  # 官方公布
    SYNTHETIC = "synthetic"  # 合成数据, for demonstrations and tests


@dataclass(frozen=True)
class ParameterTable:
    """One table of values.

    Attributes:
        code: Name of the table and of its file.
        name: As formulas write it.
        zh, en: What it is.
        unit: Unit in which formulas see it.
        units: Units in which it may be stated, with the factor that turns them into `unit`.
        plausible: Smallest and largest value in `unit`; what lies outside was stated in another unit.
        by_area: Whether town and country differ.
        publisher_zh: Who publishes it, and where.
    """

    code: str
    name: str
    zh: str
    en: str
    unit: str
    units: Mapping[str, float]
    plausible: tuple[float, float]
    by_area: bool
    publisher_zh: str


AREA_TYPES: Mapping[str, str] = MappingProxyType({"urban": "城市", "rural": "农村", "any": "不分城乡"})

PARAMETER_COLUMNS = (
    *("region_code", "area_type", "amount", "unit", "valid_from"),
    *("valid_to", "document", "source_url", "origin"),
)

PARAMETERS: Mapping[str, ParameterTable] = MappingProxyType(
    {
        table.code: table
        for table in (
            ParameterTable(
                "dibao",
                "L",
                "最低生活保障标准",
                "subsistence line",
                "yuan_month",
                {"yuan_month": 1, "yuan_year": 1 / 12},  # rural standards are published per year
                (100, 3_000),
                True,
                "州（市）、县（市、区）民政局公布的城乡低保标准文件（农村标准多按年公布）",
            ),
            ParameterTable(
                "income",
                "D",
                "上年度人均可支配收入",
                "disposable income per head of the year before",
                "yuan_year",
                {"yuan_year": 1, "yuan_month": 12},
                (3_000, 200_000),
                True,
                "统计局《国民经济和社会发展统计公报》；公布后生效，至下一年公布前",
            ),
            ParameterTable(
                "minimum_wage",
                "minimum_wage",
                "最低工资标准",
                "minimum wage",
                "yuan_month",
                {"yuan_month": 1},
                (500, 10_000),
                False,
                "云南省人力资源和社会保障厅公布的月最低工资标准（按类区）",
            ),
            ParameterTable(
                "ratio",
                "ratio",
                "刚性支出占比线",
                "ratio of rigid expenditure to income",
                "share",
                {"share": 1},
                (0.1, 2),
                False,
                "州（市）民政局刚性支出困难家庭认定实施细则",
            ),
        )
    }
)

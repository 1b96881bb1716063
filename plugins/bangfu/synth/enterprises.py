"""Employers and unions (用人单位、基层工会) in both trees: territorial, and industry, system or company unions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from bangfu.synth.identity import credit_code

if TYPE_CHECKING:
    import datetime as dt

    from bangfu.synth.places import County

_BRAND_FIRST = "云滇金鑫恒华宏兴瑞祥盛泰德信诚聚汇联众创新明辉天宇万博嘉佳康安福永昌隆顺达通远东方南西锦绣翠彩红绿"
_BRAND_LAST = "源泰丰盛达通宇辉腾兴隆茂润泽康华洋海川山林江城邦业创科元和平安美乐佳宝利群星光明"
_INDUSTRIES = (
    ("商贸", "商贸"), ("建筑工程", "建设"), ("物业服务", "服务"), ("食品", "轻工"), ("茶业", "农林水利"), ("矿业", "冶金煤炭"),
    ("机械制造", "机械"), ("物流", "交通运输"), ("生物科技", "医药卫生"), ("农业开发", "农林水利"), ("酒店管理", "服务"),
    ("水泥", "建设"), ("糖业", "轻工"), ("橡胶", "农林水利"), ("咖啡", "农林水利"), ("印务", "轻工"), ("电力设备", "能源"),
    ("客运", "交通运输"), ("环境卫生", "建设"), ("百货", "商贸"), ("烟叶复烤", "烟草"), ("煤业", "冶金煤炭"), ("化工", "化工"),
)  # fmt: skip
_INSTITUTIONS = (
    ("第一中学", "教育"), ("第二小学", "教育"), ("职业高级中学", "教育"), ("人民医院", "医药卫生"), ("中医医院", "医药卫生"),
    ("公路分局", "交通运输"), ("供电局", "能源"), ("自来水厂", "建设"), ("林场", "农林水利"), ("妇幼保健院", "医药卫生"),
)  # fmt: skip
_SECTORS = {
    "商贸": "批发和零售业", "建设": "建筑业", "服务": "居民服务业", "农林水利": "农林牧渔业", "冶金煤炭": "采矿业", "交通运输": "交通运输、仓储和邮政业",
    "医药卫生": "卫生和社会工作", "能源": "电力、热力、燃气及水生产和供应业", "教育": "教育",
}  # fmt: skip
"""Sector by branch of the unions (GB/T 4754 sections); the others are manufacturing."""
WORKSHOPS = (
    "综合办公室",
    "财务部",
    "生产一车间",
    "生产二车间",
    "机修车间",
    "销售部",
    "质检部",
    "后勤服务部",
    "仓储物流部",
    "安全环保部",
)


def employers(rng: np.random.Generator, place: County, members: int) -> pl.DataFrame:
    """Employers of a part of a county with the number of members each (a few large, many small).

    Returns:
        One row per employer: employer, employer_code, ownership, industry, union_name, union_code, parent_union, size.
    """
    sizes: list[int] = []
    left = members
    while left > 0:
        size = min(left, max(3, int(rng.lognormal(3.1, 1.25))), max(10, members // 2))
        sizes.append(size)
        left -= size
    rows = []
    seen: set[str] = set()
    for size in sizes:
        name, system, kind = _employer(rng, place, seen)
        seen.add(name)
        rows.append(
            {
                "employer": name,
                "employer_code": credit_code(rng, kind, place.number),
                "ownership": "事业"
                if kind == "12"
                else ("国有", "民营", "民营", "民营", "集体", "外资")[rng.integers(6)],
                "industry": _SECTORS.get(system, "制造业"),
                "union_name": _union_name(rng, name),
                "union_code": credit_code(rng, "81", place.number),
                "parent_union": _parent_union(rng, place, system),
                "size": size,
            }
        )
    return pl.DataFrame(rows)


def _employer(rng: np.random.Generator, place: County, seen: set[str]) -> tuple[str, str, str]:
    """A name not yet taken, its branch, and the first two characters of its credit code."""
    if rng.random() < 0.12:
        name, system = _INSTITUTIONS[rng.integers(len(_INSTITUTIONS))]
        if (full := place.division.name + name) not in seen:
            return full, system, "12"
    while True:
        business, system = _INDUSTRIES[rng.integers(len(_INDUSTRIES))]
        brand = _BRAND_FIRST[rng.integers(len(_BRAND_FIRST))] + _BRAND_LAST[rng.integers(len(_BRAND_LAST))]
        region = ("云南", place.stem, place.division.short_name, "云南" + place.stem)[rng.integers(4)]
        form = ("有限公司", "有限责任公司", "有限公司", "股份有限公司", "集团有限公司")[rng.integers(5)]
        if (full := f"{region}{brand}{business}{form}") not in seen:
            return full, system, "91"


def _union_name(rng: np.random.Generator, employer: str) -> str:
    return employer + ("工会委员会", "工会", "工会委员会", "基层工会委员会")[rng.integers(4)]


def _parent_union(rng: np.random.Generator, place: County, system: str) -> str:
    """Four in five belong to the county's federation, the others to a prefecture's or an industry's."""
    dice = rng.random()
    if dice < 0.62:
        return f"{place.division.name}总工会"
    if dice < 0.80:
        return f"{place.division.short_name}总工会"
    if dice < 0.88:
        return f"{place.prefecture.name}总工会"
    if dice < 0.93:
        return f"{place.prefecture.short_name}{system}工会"
    return f"云南省{system}工会"


def employment(
    rng: np.random.Generator, place: County, people: pl.DataFrame, as_of: dt.date
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Who works where: one row per member, and the employers.

    Returns:
        (person, employer_index, workshop, membership_status, employment_status, joined_on, mutual_aid, in order of
        employers), and the employers of `employers`.
    """
    working = people.with_row_index("person").filter(pl.col("member"))
    places = employers(rng, place, working.height)
    shuffled = working[rng.permutation(working.height)]
    count = shuffled.height
    age = shuffled["age"].to_numpy()
    status = rng.choice(["在岗", "待岗", "失业", "病休", "内退"], count, p=[0.935, 0.02, 0.015, 0.015, 0.015]).astype(
        object
    )
    status[(age > np.where(shuffled["female"].to_numpy(), 55, 60)) & (rng.random(count) < 0.7)] = "退休"
    years = np.minimum(rng.gamma(2.0, 4.5, count), np.maximum(age - 18, 0.2))
    joined = np.datetime64(as_of, "D") - (years * 365.2425).astype(np.int64).astype("timedelta64[D]")
    rows = pl.DataFrame(
        {
            "person": shuffled["person"].cast(pl.Int64),
            "employer_index": np.repeat(np.arange(places.height), places["size"].to_numpy()),
            "workshop": rng.integers(len(WORKSHOPS), size=count),
            "membership_status": rng.choice(["正常", "转出", "保留", "退会"], count, p=[0.965, 0.015, 0.015, 0.005]),
            "employment_status": pl.Series(status.tolist(), dtype=pl.String),
            "joined_on": joined,
            "mutual_aid": rng.random(count) < 0.46,
        }
    ).sort("employer_index", "workshop", maintain_order=True)
    return rows, places

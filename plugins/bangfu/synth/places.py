"""Where people live (居住地): real counties of Yunnan, invented townships, villages and streets."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from schemas.reference import counties, division_history, divisions

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from schemas.reference import Division

_POPULATION = {
    "5301": 846, "5303": 577, "5304": 225, "5305": 243, "5306": 509, "5307": 125, "5308": 240, "5309": 226,
    "5323": 242, "5325": 448, "5326": 350, "5328": 130, "5329": 334, "5331": 132, "5333": 55, "5334": 39,
}  # fmt: skip
"""People of a prefecture in units of ten thousand, rounded, about 2020."""
_CORE = {"530102", "530103", "530111", "530112"}
_GROUP_NAMES = {
    "回族": "03", "藏族": "04", "苗族": "06", "彝族": "07", "壮族": "08", "瑶族": "13", "白族": "14", "哈尼族": "16", "傣族": "18",
    "傈僳族": "20", "佤族": "21", "拉祜族": "24", "纳西族": "27", "景颇族": "28", "布朗族": "34", "普米族": "40", "怒族": "42", "独龙族": "51",
}  # fmt: skip
_PREFECTURE_GROUPS: Mapping[str, dict[str, float]] = {
    "5301": {"07": 4, "03": 2, "14": 1.5, "06": 0.8, "18": 0.4, "16": 0.4},
    "5303": {"07": 4, "03": 2, "06": 0.6, "08": 0.6, "25": 0.2, "09": 0.6},
    "5304": {"07": 20, "16": 6, "18": 4, "03": 2, "14": 0.6},
    "5305": {"07": 3, "18": 2.5, "14": 1.5, "20": 1.5, "03": 0.6, "46": 0.3, "39": 0.5, "34": 0.4},
    "5306": {"06": 3.5, "07": 3.5, "03": 3.5},
    "5307": {"27": 18, "07": 20, "20": 9, "14": 4, "40": 1.3, "04": 0.6},
    "5308": {"16": 17, "07": 16, "24": 12, "21": 6, "18": 6, "34": 0.7, "13": 0.7},
    "5309": {"07": 15, "21": 10, "18": 5, "24": 4, "34": 1.8, "03": 0.6, "46": 0.4},
    "5323": {"07": 28, "20": 2, "06": 2, "18": 0.8, "14": 0.7, "03": 0.8},
    "5325": {"07": 23, "16": 18, "06": 7, "18": 2.7, "08": 2.4, "13": 2, "03": 1.7},
    "5326": {"08": 29, "06": 14, "07": 10, "13": 2.3, "18": 0.5, "03": 0.6},
    "5328": {"18": 32, "16": 19, "07": 6, "24": 5.5, "34": 4.5, "56": 2.3, "13": 2},
    "5329": {"14": 33, "07": 13, "03": 2, "20": 1, "06": 0.4},
    "5331": {"18": 30, "28": 11, "39": 2.6, "20": 2.6, "46": 1.2},
    "5333": {"20": 50, "14": 25, "42": 6, "07": 2, "40": 3, "51": 1.2, "04": 0.5},
    "5334": {"04": 36, "20": 28, "27": 12, "14": 4, "07": 4, "40": 0.6},
}
"""Share of the groups by prefecture in per cent, roughly; the rest is Han."""

_TOWN_FIRST = "龙凤金银玉青白红黄黑大小新老上下东西南北中平安永太和福泰兴清石双三九马羊牛鹤云松柏竹桃梅莲花碧翠文武忠仁义礼勐曼坝江河"
_TOWN_LAST = "泉山溪坪塘川河湾坝营屯桥井坡寨林田阳关铺街庄甸峰潭水源城池海谷岭洞岩墩场"
_ROADS = [
    "人民",
    "建设",
    "团结",
    "东风",
    "北京",
    "环城",
    "文化",
    "学府",
    "金碧",
    "滨河",
    "龙泉",
    "迎宾",
    "兴业",
    "朝阳",
    "振兴",
    "民族",
    "胜利",
    "光明",
    "昌盛",
    "玉兰",
    "茶马",
    "石屏",
    "香樟",
    "温泉",
]


@dataclass(frozen=True)
class County:
    """A county with what is invented inside it.

    Attributes:
        number: 1 to 129, the last three digits of its people's region block.
        division, prefecture: the real divisions.
        former: former names of the county, possibly none.
        towns: township names with their suffix (街道, 镇, 乡).
        communities: names of the communities and villages of each town.
        groups, group_shares: ethnic groups by GB/T 3304 code.
        urban: share of households in streets rather than villages.
    """

    number: int
    division: Division
    prefecture: Division
    former: tuple[str, ...]
    towns: tuple[str, ...]
    communities: tuple[tuple[str, ...], ...]
    groups: tuple[str, ...]
    group_shares: tuple[float, ...]
    urban: float

    @property
    def stem(self) -> str:
        """The short name without its last character where that leaves two (五华区 -> 五华, 云县 -> 云县)."""
        return self.division.short_name[:-1] if len(self.division.short_name) > 2 else self.division.short_name


def county_weights() -> npt.NDArray[np.float64]:
    """Share of the union's members by county, in the order of ``schemas.reference.counties``.

    Population by prefecture, more in cities than in counties, twice the weight in Kunming, where the employers are.
    """
    weights = {}
    for prefecture, people in _POPULATION.items():
        inside = [item for item in counties() if item.code.startswith(prefecture)]
        sizes = [5.0 if item.code in _CORE else 2.2 if item.name[-1] in "区市" else 1.0 for item in inside]
        factor = people * (2.2 if prefecture == "5301" else 1.0)
        weights.update({item.code: factor * size / sum(sizes) for item, size in zip(inside, sizes, strict=True)})
    result = np.asarray([weights[item.code] for item in counties()])
    return np.asarray(result / result.sum())


@cache
def county(number: int, seed: int) -> County:
    """The county with this number, its inventions drawn from the seed alone."""
    division = counties()[number - 1]
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(1, number)))
    city = division.name[-1] in "区市"
    towns = _distinct(rng, 6 + int(rng.integers(8)))
    kinds = [
        ("街道" if at < len(towns) // 2 else "镇") if city else ("镇" if at < len(towns) // 2 else "乡")
        for at in range(len(towns))
    ]
    shares = _group_shares(division)
    return County(
        number=number,
        division=division,
        prefecture=divisions()[division.parent_code],
        former=_former_names(division),
        towns=tuple(town + kind for town, kind in zip(towns, kinds, strict=True)),
        communities=tuple(tuple(_distinct(rng, 8 + int(rng.integers(8)))) for _ in towns),
        groups=tuple(shares),
        group_shares=tuple(shares.values()),
        urban=0.75 if city else 0.35,
    )


def _distinct(rng: np.random.Generator, count: int) -> list[str]:
    names: dict[str, None] = {}
    while len(names) < count:
        first, last = rng.integers(len(_TOWN_FIRST)), rng.integers(len(_TOWN_LAST))
        names[_TOWN_FIRST[first] + _TOWN_LAST[last]] = None
    return list(names)


def _group_shares(division: Division) -> dict[str, float]:
    """Prefecture shares; a group that the county is named after has at least 40 % (together) of the people."""
    shares = dict(_PREFECTURE_GROUPS[division.code[:4]])
    rest = division.name.replace(division.short_name[:-1], "", 1)
    named = [code for name, code in sorted(_GROUP_NAMES.items(), key=lambda item: rest.find(item[0])) if name in rest]
    weights = range(len(named), 0, -1)  # the first-named is the largest
    for code, weight in zip(named, weights, strict=True):
        shares[code] = max(shares.get(code, 0.0), 40.0 * weight / sum(weights))
    minority = sum(shares.values())
    if minority > 88:
        shares = {code: share * 88 / minority for code, share in shares.items()}
    shares = {code: share / 100 for code, share in shares.items()}
    return {"01": 1.0 - sum(shares.values()), **shares}


_RENAMED = {
    "530126": ("路南县", "路南彝族自治县"), "530302": ("曲靖市",), "530402": ("玉溪市",), "530502": ("保山市",), "530602": ("昭通市",),
    "530702": ("丽江县", "丽江纳西族自治县"), "530721": ("丽江县",), "530802": ("思茅市", "翠云区", "思茅县"), "530821": ("普洱县",),
    "530902": ("临沧县",), "533103": ("潞西市", "潞西县"), "533401": ("中甸县",),
}  # fmt: skip


def _former_names(division: Division) -> tuple[str, ...]:
    """Former names: of the renamed counties, and of those that became a district or city under the same stem."""
    stem = division.name[:2]
    found = [
        name
        for code, name, _, last in division_history()
        if last and name[:2] == stem and name != division.name and not code.endswith("00") and code[:2] == "53"
    ]
    return tuple(dict.fromkeys((*_RENAMED.get(division.code, ()), *found)))


@dataclass(frozen=True)
class Homes:
    """Homes of households as parallel lists.

    Attributes:
        community: number of the community or village within the county, for what happens to neighbours together.
        urban: whether it is a community in town rather than a village.
        current: full address as registered today.
        short: as people write it.
        old: as older papers have it, under a former county name or with 乡 and 村公所.
    """

    community: npt.NDArray[np.int64]
    urban: npt.NDArray[np.bool_]
    current: list[str]
    short: list[str]
    old: list[str]


def homes(rng: np.random.Generator, place: County, count: int) -> Homes:
    """Homes for ``count`` households of a county."""
    pairs = [(town, inner) for town in range(len(place.towns)) for inner in range(len(place.communities[town]))]
    urban_towns = max(1, len(place.towns) // 2)
    in_town = rng.random(count) < place.urban
    urban = [at for at, (town, _) in enumerate(pairs) if town < urban_towns]
    rural = [at for at, (town, _) in enumerate(pairs) if town >= urban_towns] or urban
    community = np.where(
        in_town,
        np.asarray(urban)[rng.integers(len(urban), size=count)],
        np.asarray(rural)[rng.integers(len(rural), size=count)],
    )
    dice = rng.integers(1_000_000, size=(count, 5)).tolist()
    prefecture, name, short = place.prefecture.name, place.division.name, place.division.short_name
    current, abbreviated, old = [], [], []
    for at, is_urban, (a, b, c, d, e) in zip(community.tolist(), in_town.tolist(), dice, strict=True):
        town, inner = pairs[at]
        town_name, inner_name = place.towns[town], place.communities[town][inner]
        former = place.former[a % len(place.former)] if place.former else short
        if is_urban:
            road = f"{_ROADS[b % len(_ROADS)]}路{c % 380 + 1}号"
            flat, quick = (
                f"{d % 30 + 1}幢{e % 4 + 1}单元{e % 18 + 1}0{a % 4 + 1}室",
                f"{d % 30 + 1}-{e % 4 + 1}-{e % 18 + 1}0{a % 4 + 1}",
            )
            tail = f"{town_name}{inner_name}社区{road}"
            current.append(f"云南省{prefecture}{name}{tail}{flat}")
            abbreviated.append((f"{short}{road}{quick}", f"{road}{flat}", f"{place.stem}{inner_name}社区{road}")[a % 3])
            old.append(f"{former}{town_name[:2]}办事处{inner_name}居委会{road}")
        else:
            hamlet = _TOWN_FIRST[b % len(_TOWN_FIRST)] + _TOWN_LAST[c % len(_TOWN_LAST)] + "村"
            tail = f"{town_name}{inner_name}村委会{hamlet}"
            current.append(f"云南省{prefecture}{name}{tail}{d % 160 + 1}号")
            abbreviated.append(
                (
                    f"{short}{tail}",
                    f"{town_name}{inner_name}村{hamlet}{d % 160 + 1}号",
                    f"{inner_name}村委会{hamlet}{e % 9 + 1}组",
                )[a % 3]
            )
            old.append(f"{former}{town_name[:2]}乡{inner_name}村公所{hamlet}{e % 9 + 1}社")
    return Homes(community, in_town, current, abbreviated, old)

"""Two tables of made-up persons with a known overlap, quickly: millions of rows in seconds, as Parquet.

    write_latin(folder, left_rows, right_rows, seed=1)      given_name, surname, birth_date, sex, postcode, phone, id_number
    write_chinese(folder, left_rows, right_rows, seed=1)    the canonical columns that `person_zh.json` reads

Each writes `left.parquet`, `right.parquet` and `truth.parquet` (left_id, right_id), the same bytes for the same seed. Persons live in
households that share a surname, a place and often a telephone; names follow Zipf's law; the right table was keyed
by another office: slips, missing values, people who moved, changed telephone or married. Identity numbers lie
in the region 539xxx, which does not exist, so that none is a real person's.
"""

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

Codes = npt.NDArray[np.int64]
Characters = npt.NDArray[Any]
"""Texts of one width as a matrix: a row of code points or bytes for each."""

Columns = dict[str, pa.Array]

SHARED = 0.5
"""Share of the smaller table whose person is in the other one, too."""

DIVISIONS = Path(__file__).parents[1] / "schemas" / "reference" / "yunnan_divisions.csv"
EARLIEST_BIRTH = np.datetime64("1940-01-01")
BIRTH_DAYS = 60 * 365


@dataclass(frozen=True)
class Rates:
    """How often an office errs, per record and field."""

    slip: float
    missing: float
    changed: float


FIRST_OFFICE = Rates(slip=0.01, missing=0.02, changed=0.0)
SECOND_OFFICE = Rates(slip=0.03, missing=0.05, changed=0.12)


def write_latin(folder: Path, left_rows: int, right_rows: int, *, seed: int = 1) -> None:
    """Persons with Latin names; 4,000 given names of each sex, 50,000 surnames, 3,000 postcodes."""
    random = np.random.default_rng(seed)
    persons, sides = _overlapping(left_rows, right_rows, random)
    household = _households(persons, random)
    houses = int(household[-1]) + 1
    surname = np.where(random.random(persons) < 0.8, _zipf(50_000, 12, houses, random)[household], -1)
    other = surname < 0
    surname[other] = _zipf(50_000, 12, int(other.sum()), random)
    facts = {
        "given_name": _zipf(4_000, 8, persons, random),
        "surname": surname,
        "birth": random.integers(0, BIRTH_DAYS, persons),
        "sex": random.integers(0, 2, persons),
        "postcode": _zipf(3_000, 300, houses, random)[household],
        "phone": _numbers(np.where(random.random(persons) < 0.4, household, houses + np.arange(persons)), 10**9),
        "id_number": _numbers(np.arange(persons), 10**10),
    }
    given, surnames = _syllables(8_000, 2, random), _syllables(50_000, 3, random)

    def side(rows: Codes, rates: Rates) -> Columns:
        own = {name: values[rows] for name, values in facts.items()}
        count = len(rows)
        own["surname"] = _redrawn(own["surname"], rates.changed * 0.3, _zipf(50_000, 12, count, random), random)
        own["postcode"] = _redrawn(own["postcode"], rates.changed, _zipf(3_000, 300, count, random), random)
        own["phone"] = _redrawn(own["phone"], rates.changed * 2, random.integers(0, 10**9, count), random)
        texts = {
            "given_name": _slipped_words(given.take(pa.array(own["given_name"] * 2 + own["sex"])), rates.slip, random),
            "surname": _slipped_words(surnames.take(pa.array(own["surname"])), rates.slip, random),
            "birth_date": _texts(_with_dashes(_slipped(_dates(own["birth"]), rates.slip, random))),
            "sex": pa.array(["f", "m"]).take(pa.array(own["sex"])),
            "postcode": _texts(_slipped(_digits(own["postcode"] * 29 + 10_000, 5), rates.slip, random)),
            "phone": _texts(_slipped(_digits(own["phone"], 9), rates.slip, random)),
            "id_number": _texts(_slipped(_digits(own["id_number"], 10), rates.slip, random)),
        }
        rarely = {"phone": 4.0, "id_number": 5.0, "given_name": 0.2, "surname": 0.2}
        return {name: _without(text, rates.missing * rarely.get(name, 1.0), random) for name, text in texts.items()}

    _write(folder, sides, side)


def write_chinese(folder: Path, left_rows: int, right_rows: int, *, seed: int = 1) -> None:
    """A roster and another office's persons with Chinese names and identity numbers, in 129 counties."""
    random = np.random.default_rng(seed)
    persons, sides = _overlapping(left_rows, right_rows, random)
    household = _households(persons, random)
    houses = int(household[-1]) + 1
    surname = np.where(random.random(persons) < 0.6, _zipf(len(SURNAMES), 2, houses, random)[household], -1)
    other = surname < 0
    surname[other] = _zipf(len(SURNAMES), 2, int(other.sum()), random)
    codes, counties = _counties()
    county = _zipf(len(codes), 40, houses, random)[household]
    facts = {
        "surname": surname,
        "first": _zipf(len(GIVEN), 15, persons, random),
        "second": np.where(random.random(persons) < 0.85, _zipf(len(GIVEN), 15, persons, random), -1),
        "birth": random.integers(0, BIRTH_DAYS, persons),
        "sex": random.integers(0, 2, persons),
        "ethnic_group": _zipf(26, 1, houses, random)[household],
        "county": county,
        "phone": _numbers(np.where(random.random(persons) < 0.3, household, houses + np.arange(persons)), 10**9),
        "house": household,
        "employer": _zipf(60_000, 200, persons, random),
    }
    facts["order"] = random.integers(0, 500, persons) * 2 + 1 - facts["sex"]
    facts["region"] = county * 7 + random.integers(0, 7, persons)
    alike = np.arange(len(GIVEN)) ^ 1
    towns = _han_names(*(random.permutation(np.arange(2_000) % len(pool)) for pool in (SURNAMES, GIVEN, GIVEN)))

    def side(rows: Codes, rates: Rates) -> Columns:
        own = {name: values[rows] for name, values in facts.items()}
        count = len(rows)
        own["county"] = _redrawn(own["county"], rates.changed * 0.5, _zipf(len(codes), 40, count, random), random)
        own["phone"] = _redrawn(own["phone"], rates.changed * 2, random.integers(0, 10**9, count), random)
        own["employer"] = _redrawn(own["employer"], rates.changed, _zipf(60_000, 200, count, random), random)
        own["first"] = np.where(random.random(count) < rates.slip, alike[own["first"]], own["first"])
        texts = {
            "id_number": _texts(_slipped(_identity_numbers(own), rates.slip, random)),
            "name": _han_names(own["surname"], own["first"], own["second"]),
            "birth_date": _texts(_with_dashes(_dates(own["birth"]))),
            "sex": pa.array(["1", "2"]).take(pa.array(own["sex"])),
            "ethnic_group": _texts(_digits(own["ethnic_group"] + 1, 2)),
            "phone": _texts(_slipped(_digits(own["phone"] + 13 * 10**9, 11), rates.slip, random)),
            "county_code": codes.take(pa.array(own["county"])),
            "address": _joined(
                counties.take(pa.array(own["county"])),
                towns.take(pa.array(_town(own) % len(towns))),
                "镇",
                towns.take(pa.array((_town(own) + own["house"] // 11 % 10 * 149) % len(towns))),
                "村",
                _texts(_digits(own["house"] // 110 % 199 + 1, 3)),
                "号",
            ),
            "employer": _joined("云南", _texts(_digits(own["employer"], 5)), "有限公司"),
        }
        rarely = {"phone": 4.0, "address": 8.0, "employer": 6.0, "name": 0.0}
        return {name: _without(text, rates.missing * rarely.get(name, 1.0), random) for name, text in texts.items()}

    _write(folder, sides, side)


def _town(own: Mapping[str, Codes]) -> Codes:
    """The township of each person's house: eleven to a county, as in Yunnan, each of ten villages."""
    return own["county"] * 11 + own["house"] % 11


SURNAMES = (
    "李王张杨刘陈赵段董罗周马普何白朱黄徐吴孙高胡郭和木余施苏字尹纳沙保曾单解区任唐谢邓曹彭肖田蒋沈"
    "许韩冯蔡程潘袁于叶杜钟姜范廖汪陆金石戴贾韦夏邱方侯邹熊孟秦白江阎薛雷龙史陶贺顾毛郝龚邵万钱严赖覃武"
)
GIVEN = (
    "明鸣华花芳方丽利英鹰军君平萍建健国果文闻辉晖云芸梅枚玉育珍真琼穷芬分勇永伟苇志智红宏强蔷春椿秀绣兰蓝"
    "桂贵仙先会惠波博涛滔超朝磊雷鹏朋飞菲斌彬浩昊宇雨杰洁俊峻荣蓉光广庆青福富寿守学雪忠钟孝晓仁人义艺德得"
    "才财兴星旺望发法祥翔顺舜康亢宁凝静敬莲连菊局艳燕娟涓媛源婷亭倩茜佳家琳林琪奇瑶遥欣新怡宜思丝晨辰曦希"
    "阳洋东冬森深木慕水睿泉全江姜海亥成诚良梁生升世士正政民敏金锦双霜胜圣开凯"
)
_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
_CHECK = np.frombuffer(b"10X98765432", np.uint8)


def _overlapping(left_rows: int, right_rows: int, random: np.random.Generator) -> tuple[int, tuple[Codes, Codes]]:
    """How many persons there are, and the person of each row of both tables, in no order."""
    shared = int(SHARED * min(left_rows, right_rows))
    left, right = np.arange(left_rows), np.arange(left_rows - shared, left_rows - shared + right_rows)
    return left_rows + right_rows - shared, (random.permutation(left), random.permutation(right))


def _write(folder: Path, sides: tuple[Codes, Codes], side: Callable[[Codes, Rates], Columns]) -> None:
    """Both tables, a million rows at a time, and which rows are one person."""
    folder.mkdir(parents=True, exist_ok=True)
    ids = []
    for name, persons, rates in zip(("left", "right"), sides, (FIRST_OFFICE, SECOND_OFFICE), strict=True):
        ids.append(_joined(name[0], _texts(_digits(np.arange(len(persons)), 8))))
        writer = None
        for start in range(0, len(persons), 1_000_000):
            columns = side(persons[start : start + 1_000_000], rates)
            table = pa.table({"record_id": ids[-1].slice(start, 1_000_000), **columns})
            writer = writer or pq.ParquetWriter(folder / f"{name}.parquet", table.schema)
            writer.write_table(table)
        if writer:
            writer.close()
    _, left, right = np.intersect1d(*sides, assume_unique=True, return_indices=True)
    truth = pa.table({"left_id": ids[0].take(pa.array(left)), "right_id": ids[1].take(pa.array(right))})
    pq.write_table(truth, folder / "truth.parquet")


def _counties() -> tuple[pa.Array, pa.Array]:
    """Codes of Yunnan's counties, and their names after that of the prefecture."""
    with DIVISIONS.open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["level"] == "county"]
    return pa.array([row["code"] for row in rows]), pa.array([row["parent_name"] + row["name"] for row in rows])


def _zipf(values: int, flat: float, count: int, random: np.random.Generator) -> Codes:
    """Codes below `values`, the probability of code k in proportion to 1 / (k + flat) (Zipf, Mandelbrot)."""
    edges = np.cumsum(1 / (np.arange(values) + flat))
    return np.searchsorted(edges / edges[-1], random.random(count)).clip(max=values - 1)


def _households(persons: int, random: np.random.Generator) -> Codes:
    """The household of each person, in runs of one to five."""
    sizes = random.choice(5, persons, p=[0.3, 0.3, 0.2, 0.15, 0.05]) + 1
    return np.repeat(np.arange(persons), sizes)[:persons]


def _numbers(keys: Codes, below: int) -> Codes:
    """Scattered numbers, another for each key."""
    return (keys * 6_364_137 + 12_345_677) % below


def _redrawn(values: Codes, rate: float, others: Codes, random: np.random.Generator) -> Codes:
    return np.where(random.random(len(values)) < rate, others, values)


def _dates(days: Codes) -> Characters:
    """yyyymmdd as digits."""
    text = np.datetime_as_string(EARLIEST_BIRTH + days.astype("timedelta64[D]"))
    marks = np.ascontiguousarray(text).view(np.uint32).reshape(len(days), -1)
    return marks[:, [0, 1, 2, 3, 5, 6, 8, 9]].astype(np.uint8)


def _with_dashes(dates: Characters) -> Characters:
    dash = np.full((len(dates), 1), ord("-"), np.uint8)
    return np.hstack([dates[:, :4], dash, dates[:, 4:6], dash, dates[:, 6:]])


def _digits(numbers: Codes, width: int) -> Characters:
    """Decimal digits as bytes, with leading zeros."""
    return (numbers[:, None] // 10 ** np.arange(width - 1, -1, -1) % 10 + ord("0")).astype(np.uint8)


def _identity_numbers(own: Mapping[str, Codes]) -> Characters:
    digits = np.hstack(
        [_digits(539_000 + own["region"], 6), _dates(own["birth"]), _digits(own["order"], 3)]
    )  # fmt: skip
    check = _CHECK[((digits - ord("0")).astype(np.int64) @ _WEIGHTS) % 11]
    return np.hstack([digits, check[:, None]])


def _slipped(digits: Characters, rate: float, random: np.random.Generator) -> Characters:
    """One digit replaced, or two neighbours swapped, in a share of the rows."""
    rows = np.flatnonzero(random.random(len(digits)) < rate)
    half = rows[::2]
    places = random.integers(0, digits.shape[1] - 1, len(rows))
    digits[half, places[::2]] = random.integers(ord("0"), ord("9") + 1, len(half))
    rows, places = rows[1::2], places[1::2]
    digits[rows, places], digits[rows, places + 1] = digits[rows, places + 1], digits[rows, places]
    return digits


def _slipped_words(words: pa.Array, rate: float, random: np.random.Generator) -> pa.Array:
    """A letter dropped, doubled, replaced or swapped with the next, in a share of the rows."""
    chosen = random.random(len(words)) < rate
    slips = [
        _slip(word, int(place * len(word)), int(what))
        for word, place, what in zip(
            words.filter(pa.array(chosen)).to_pylist(), random.random(int(chosen.sum())), random.integers(0, 104, int(chosen.sum())), strict=True
        )
    ]  # fmt: skip
    return pc.replace_with_mask(words, pa.array(chosen), pa.array(slips, pa.string()))


def _slip(word: str, place: int, what: int) -> str:
    before, letter, after = word[:place], word[place], word[place + 1 :]
    return (
        before + after, before + letter + letter + after, before + chr(ord("a") + what // 4) + after, before + after[:1] + letter + after[1:],
    )[what % 4]  # fmt: skip


def _syllables(count: int, most: int, random: np.random.Generator) -> pa.Array:
    """Distinct pronounceable words."""
    parts = np.array(
        [
            first + vowel + last
            for first in "bcdfghjklmnprstvwz"
            for vowel in "aeiou"
            for last in ("", "n", "r", "s", "l")
        ]
    )
    made: dict[str, None] = {}
    while len(made) < count:
        for length in random.integers(2, most + 1, count).tolist():
            made.setdefault("".join(random.choice(parts, length)))
            if len(made) == count:
                break
    return pa.array(list(made))


def _han_names(surname: Codes, first: Codes, second: Codes) -> pa.Array:
    """Names of two or three characters; a second given character of -1 is none."""
    surnames, given = (np.array([ord(character) for character in pool]) for pool in (SURNAMES, GIVEN))
    points = np.stack([surnames[surname], given[first], given[second]], axis=1)
    octets = np.stack([0xE0 | points >> 12, 0x80 | points >> 6 & 0x3F, 0x80 | points & 0x3F], axis=2).astype(np.uint8)
    there = np.repeat(np.stack([np.ones(len(first), bool), np.ones(len(first), bool), second >= 0], axis=1), 3, axis=1)
    return _strings(octets.reshape(len(first), 9)[there], there.sum(axis=1))


def _texts(characters: Characters) -> pa.Array:
    """Rows of bytes as texts."""
    return _strings(np.ascontiguousarray(characters).ravel(), np.full(len(characters), characters.shape[1]))


def _strings(octets: npt.NDArray[np.uint8], lengths: npt.NDArray[Any]) -> pa.Array:
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    return pa.StringArray.from_buffers(len(lengths), pa.py_buffer(offsets), pa.py_buffer(octets))


def _joined(*parts: Any) -> pa.Array:
    return pc.binary_join_element_wise(*(part if isinstance(part, pa.Array) else pa.scalar(part) for part in parts), "")


def _without(texts: pa.Array, rate: float, random: np.random.Generator) -> pa.Array:
    return pc.if_else(pa.array(random.random(len(texts)) < rate), pa.scalar(None, pa.string()), texts)

"""Synthetic people for the linkage tests: households, ethnic names, and the errors departments make.

Region block 539xxx does not exist, so no identity number here can be a real person's.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pyarrow as pa

SURNAMES = "李王张杨刘陈赵段董罗周马普何白朱黄徐吴孙高胡郭和木余施苏字尹纳沙保曾单解区任唐谢邓曹彭肖田蒋沈"
GIVEN = (
    "明华芳丽英军平建国强文辉云红梅玉珍燕春秀兰桂琼芬会仙丽萍勇伟波涛超磊鹏飞斌浩宇杰俊志荣光庆福寿"
    "永学忠孝仁义德才兴旺发财富贵祥顺康宁静洁雪莲菊艳娟媛婷倩佳琳琪瑶欣怡思雨晨曦阳东林森木水泉江海洋"
)
DAI_GIVEN = ["罕", "温", "香", "叫", "罕香", "温香", "罕叫", "应", "儿", "糯", "坎", "丙", "罕丙", "温叫", "胆", "庄"]
COUNTIES = [
    "530102", "530103", "530111", "530112", "530125", "530302", "530303", "530402", "530502", "530521",
    "530602", "530621", "530702", "530802", "530902", "532301", "532501", "532601", "532801", "532822",
    "532901", "532923", "533102", "533103", "533301", "533401",
]  # fmt: skip
HOMOPHONES = {"明": "鸣", "华": "花", "芳": "方", "丽": "利", "英": "鹰", "军": "君", "平": "萍", "建": "健", "国": "果",
              "文": "闻", "辉": "晖", "云": "芸", "梅": "枚", "玉": "育", "珍": "真", "琼": "穷", "芬": "分", "勇": "永",
              "伟": "苇", "志": "智", "李": "里", "王": "汪", "张": "章", "罗": "洛", "岩": "艾", "秀": "绣", "兰": "蓝"}  # fmt: skip
DIALECT = {"刘": "牛", "英": "音", "芳": "荒", "春": "村", "珍": "增", "平": "贫", "玉": "意", "余": "衣", "兰": "南", "成": "岑",
           "辉": "飞", "华": "法", "林": "宁", "庆": "沁", "雨": "以", "军": "金"}  # fmt: skip
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


@dataclass(frozen=True)
class Person:
    """One person as they are; extracts carry them with errors."""

    name: str
    id_number: str
    birth_date: date
    sex: str
    ethnic_group: str
    phone: str | None
    county_code: str
    employer: str | None
    household: int


def identity_number(region: str, birth: date, order: int) -> str:
    """A complete number with a right check digit; `order` is odd for men."""
    digits = f"{region}{birth:%Y%m%d}{order:03d}"
    return digits + "10X98765432"[sum(int(d) * w for d, w in zip(digits, _WEIGHTS, strict=True)) % 11]


def people(count: int, seed: int = 1) -> list[Person]:
    """Persons in households: couples, siblings with a shared generation character, shared telephones."""
    rng = random.Random(seed)
    made: list[Person] = []
    household = 0
    weights = [1 / (rank + 3) for rank in range(len(GIVEN))]
    while len(made) < count:
        household += 1
        county = rng.choice(COUNTIES)
        dai = county.startswith("5328") or (county.startswith("5331") and rng.random() < 0.5)
        surname = rng.choices(SURNAMES, [1 / (rank + 2) for rank in range(len(SURNAMES))])[0]
        generation = rng.choices(GIVEN, weights)[0]
        employer = f"{rng.choice(['昆明', '曲靖', '滇西', '红河', '普洱'])}第{rng.randrange(400)}公司"
        home_phone = f"13{rng.randrange(10**9):09d}"
        for member in range(rng.choices([1, 2, 3, 4, 5], [2, 3, 4, 2, 1])[0]):
            sex = "1" if member == 0 else "2" if member == 1 else rng.choice("12")
            year = rng.randrange(1950, 1985) if member < 2 else rng.randrange(1985, 2005)
            birth = date(year, 1, 1) + timedelta(days=rng.randrange(365))
            if dai:
                name = ("岩" if sex == "1" else "玉") + rng.choice(DAI_GIVEN)
            else:
                own = surname if member != 1 else rng.choice(SURNAMES)
                given = (generation if member > 1 else rng.choices(GIVEN, weights)[0]) + rng.choices(GIVEN, weights)[0]
                name = own + (given if rng.random() < 0.8 else given[1:])
            made.append(
                Person(
                    name,
                    identity_number(
                        f"539{COUNTIES.index(county):03d}", birth, rng.randrange(1, 499) * 2 + (sex == "1")
                    ),
                    birth,
                    sex,
                    "18" if dai else "01",
                    home_phone if rng.random() < 0.25 else f"15{rng.randrange(10**9):09d}",
                    county,
                    employer if rng.random() < 0.7 else None,
                    household,
                )
            )
    return made[:count]


def damaged(person: Person, rng: random.Random, *, harsh: bool) -> dict[str, object]:
    """A row for the person with the errors of a careful (medical) or a careless (relief) source."""
    rate = 1.0 if harsh else 0.15
    row: dict[str, object] = {
        "name": _name(person.name, rng, rate),
        "former_name": None,
        "id_number": _number(person.id_number, rng, rate),
        "birth_date": _birth(person.birth_date, rng, rate),
        "birth_precision": "day",
        "sex": person.sex,
        "ethnic_group": person.ethnic_group if rng.random() < 0.8 else None,
        "phone": person.phone if rng.random() > 0.4 * rate + 0.1 else f"18{rng.randrange(10**9):09d}",
        "county_code": person.county_code if rng.random() < 0.93 else rng.choice(COUNTIES),
        "employer": person.employer,
        "employer_code": None,
    }
    if row["name"] == person.name and rng.random() < 0.02 * rate:
        row["former_name"], row["name"] = person.name, person.name[0] + rng.choice(GIVEN)
    return row


def _name(name: str, rng: random.Random, rate: float) -> str:
    place = rng.randrange(len(name))
    draw = rng.random() / rate
    if draw < 0.025:
        return name[:place] + HOMOPHONES.get(name[place], name[place]) + name[place + 1 :]
    if draw < 0.04:
        return name[:place] + DIALECT.get(name[place], name[place]) + name[place + 1 :]
    if draw < 0.048:
        return name[:place] + rng.choice(GIVEN) + name[place + 1 :]
    if draw < 0.055:
        return name[:place] + "?" + name[place + 1 :]
    if draw < 0.07:
        return name[0] + "·" + name[1:]
    return name


def _number(number: str, rng: random.Random, rate: float) -> str | None:
    draw = rng.random() / rate
    place = rng.randrange(6, 17)
    if draw < 0.12:
        return None
    if draw < 0.2:
        return number[:6] + "********" + number[14:]
    if draw < 0.23:
        return number[:15] + "***"
    if draw < 0.245:
        return number[:place] + str(rng.randrange(10)) + number[place + 1 :]
    if draw < 0.255:
        return number[:place] + number[place + 1] + number[place] + number[place + 2 :] if place < 16 else number
    return number


def _birth(birth: date, rng: random.Random, rate: float) -> date | None:
    draw = rng.random() / rate
    if draw < 0.01 and birth.day <= 12:
        return date(birth.year, birth.day, birth.month)
    if draw < 0.03:
        return birth - timedelta(days=rng.randrange(20, 50))
    if draw < 0.05:
        return None
    return birth


@dataclass(frozen=True)
class Scene:
    """Two tables and which rows are the same person."""

    left: pa.Table
    right: pa.Table
    truth: frozenset[tuple[str, str]]


def scene(left_rows: int, right_rows: int, *, seed: int = 1, harsh: bool = True, shared: float = 0.6) -> Scene:
    """A roster and an extract; `shared` of the extract's rows are people of the roster, the rest are others,

    many of them members of the same households.
    """
    rng = random.Random(seed)
    population = people(left_rows + right_rows, seed)
    rng.shuffle(population)
    roster, others = population[:left_rows], population[left_rows:]
    same = rng.sample(range(left_rows), min(int(right_rows * shared), left_rows))
    picked: list[tuple[int | None, Person]] = [(place, roster[place]) for place in same]
    picked += [(None, person) for person in others[: right_rows - len(same)]]
    rng.shuffle(picked)
    left = [{"record_id": f"L{place:07d}", **damaged(person, rng, harsh=False)} for place, person in enumerate(roster)]
    right = [
        {"record_id": f"R{place:07d}", **damaged(person, rng, harsh=harsh)} for place, (_, person) in enumerate(picked)
    ]
    truth = {(f"L{source:07d}", f"R{place:07d}") for place, (source, _) in enumerate(picked) if source is not None}
    return Scene(
        pa.Table.from_pylist(left, schema=SCHEMA), pa.Table.from_pylist(right, schema=SCHEMA), frozenset(truth)
    )


SCHEMA = pa.schema(
    [
        ("record_id", pa.string()), ("name", pa.string()), ("former_name", pa.string()), ("id_number", pa.string()),
        ("birth_date", pa.date32()), ("birth_precision", pa.string()), ("sex", pa.string()),
        ("ethnic_group", pa.string()), ("phone", pa.string()), ("county_code", pa.string()),
        ("employer", pa.string()), ("employer_code", pa.string()),
    ]
)  # fmt: skip


def without(person: Person, **changes: object) -> Person:
    """The person with some facts changed."""
    return replace(person, **changes)  # type: ignore[arg-type]

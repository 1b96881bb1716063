"""Civil-affairs lists: one workbook per prefecture, a household's cells merged over its persons."""

from typing import Any

import pytest

from bangfu.synth.extracts.civil_affairs import relation_text

HOUSEHOLD = ("救助证号", "低保证号", "救助证编号")
AMOUNT = ("月保障金额", "户月补助", "户月保障金额")
CATEGORY = ("救助类别", "保障类型", "救助类型")


def households(province: Any) -> list[dict[str, Any]]:
    """The first row of every household of every list, by header."""
    found = []
    for path in province.files("civil_affairs"):
        rows = next(iter(province.sheets(path).values()))
        at = next(at for at, row in enumerate(rows[:4]) if "序号" in row)
        names = [
            next((alias for group in (HOUSEHOLD, AMOUNT, CATEGORY) for alias in group[:1] if name in group), name)
            for name in rows[at]
        ]
        seen = set()
        for row in rows[at + 1 :]:
            line = dict(zip(names, row, strict=True))
            if line["救助证号"] and line["救助证号"] not in seen and line["序号"] != "合计":
                seen.add(line["救助证号"])
                found.append(line)
    return found


@pytest.mark.parametrize(
    ("role", "female", "text"),
    [
        (0, True, "户主"),
        (1, False, "配偶"),
        (2, True, "女儿"),
        (3, False, "儿子"),
        (4, False, "父亲"),
        (5, True, "母亲"),
    ],
)
def test_relations_are_words(role: int, female: bool, text: str) -> None:
    assert relation_text({"role": role, "female": female}) == text


def test_monthly_amount_stands_where_something_is_paid(province: Any) -> None:
    lines = [line for line in households(province) if "月保障金额" in line]
    assert len(lines) > 100
    for line in lines:
        paid = line["救助类别"] in ("城市低保", "农村低保", "特困分散供养")
        assert (line["月保障金额"] != "") == paid


def test_head_of_the_household_is_its_first_person(province: Any) -> None:
    lines = [line for line in households(province) if "户主姓名" in line]
    assert len(lines) > 50
    for line in lines:
        name = next(line[key] for key in ("成员姓名", "姓名", "家庭成员姓名") if key in line)
        assert "".join(line["户主姓名"].split()) == "".join(name.split())


def test_area_is_a_county_by_name_or_code(province: Any) -> None:
    from schemas.reference import divisions

    counties = {item.code for item in divisions().values()} | {item.name for item in divisions().values()}
    areas = {line[key] for line in households(province) for key in ("行政区划", "县区", "所属县区") if key in line}
    assert {str(area) for area in areas} <= counties


def test_kind_of_place_is_the_categorys(province: Any) -> None:
    lines = [line for line in households(province) if "城乡属性" in line]
    assert lines
    assert all(line["城乡属性"] == line["救助类别"][:2] for line in lines if line["救助类别"].endswith("低保"))

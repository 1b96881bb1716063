"""The archive's export: one row per household, its other persons side by side."""

from typing import Any

import polars as pl
import pytest


@pytest.fixture(scope="module")
def lines(province: Any) -> list[dict[str, Any]]:
    (path,) = province.files("hardship_archive")
    header, *rows = next(iter(province.sheets(path).values()))
    return [dict(zip(header, row, strict=True)) for row in rows]


def column(line: dict[str, Any], *names: str) -> Any:
    return next(line[name] for name in names if name in line)


def test_exited_files_say_when_and_open_files_do_not(lines: list[dict[str, Any]]) -> None:
    states = {line["档案状态"] for line in lines}
    assert {"在档", "脱困"} <= states <= {"在档", "脱困", "注销", "返困"}
    for line in lines:
        assert bool(column(line, "脱困日期", "脱困/注销日期")) == (line["档案状态"] in ("脱困", "注销"))


def test_worker_of_the_file_is_a_member_of_the_union(province: Any, lines: list[dict[str, Any]]) -> None:
    assert all(line["工作单位"] for line in lines)
    heads = province.records("hardship_archive").group_by("row", maintain_order=True).first()
    assert heads["is_member"].all()


def test_household_stands_in_one_row_with_its_members(province: Any, lines: list[dict[str, Any]]) -> None:
    records = province.records("hardship_archive")
    assert records["row"].max() - 1 == len(lines) == records["row"].n_unique()
    for row, count in records.group_by("row").agg(pl.col("person_id").n_unique()).iter_rows():
        line = lines[row - 2]
        others = [line[f"成员{at}姓名"] for at in range(1, 6) if line[f"成员{at}姓名"]]
        assert count in (line["家庭人口"], min(line["家庭人口"], 6))
        assert len(others) >= count - 1


def test_marital_status_agrees_with_the_members(lines: list[dict[str, Any]]) -> None:
    for line in lines:
        relations = {line[f"成员{at}关系"] for at in range(1, 6)}
        assert (line["婚姻状况"] == "已婚") == ("配偶" in relations)
        assert (line["是否单亲"] == "是") == bool(relations & {"儿子", "女儿"} and "配偶" not in relations)


def test_monthly_income_per_head_follows_from_the_yearly(lines: list[dict[str, Any]]) -> None:
    for line in lines:
        assert line["家庭月人均收入"] == pytest.approx(line["家庭年度总收入"] / 12 / line["家庭人口"], abs=1)

"""Civil-affairs lists (民政救助名单): one workbook per prefecture, households in merged cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from bangfu.synth.extracts.columns import Layout, Row, chosen, table
from bangfu.synth.styles import Cell, date_text, group_text, id_cell, name_cell, phone_cell, yuan
from bangfu.synth.workbooks import Merge, Sheet
from schemas.reference import divisions

if TYPE_CHECKING:
    import datetime as dt
    import random

_CHILD, _PARENT = {2: ("儿子", "女儿"), 3: ("儿子", "女儿")}, {4: "父亲", 5: "母亲"}


def relation_text(row: Row) -> str:
    """The relation to the head as civil affairs writes it."""
    role = row["role"]
    if role in _CHILD:
        return _CHILD[role][row["female"]]
    return _PARENT.get(role) or ("户主", "配偶")[role]


def sheet(draw: random.Random, rows: pl.DataFrame, as_of: dt.date) -> Sheet:
    """One prefecture's list, or a part of it; household cells are merged in most files."""
    workbook = True
    started, stopped, birth = (
        draw.choice(("compact", "slash", "iso", "dot", "chinese", "cell", "dash")) for _ in range(3)
    )
    group = draw.choice(("name", "short", "code"))
    by_code = draw.random() < 0.3

    def area(row: Row) -> Cell:
        value: str = row["county_code"] if by_code else row["county_name"]
        return value

    def identity(row: Row) -> Cell:
        return id_cell(draw, row["id_number"], row["errors"], workbook=workbook)

    def amount(row: Row) -> Cell:
        fen: int | None = row["monthly_fen"]
        return None if fen is None else yuan(draw, fen, messy=True)

    def health(row: Row) -> Cell:
        if row["disability_type"]:
            return "残疾"
        return draw.choices(("健康", "一般", "重病"), (58, 29, 13))[0]

    def cause(row: Row) -> Cell:
        return _CAUSES[int(row["household"]) % len(_CAUSES)]

    def account(row: Row) -> Cell:
        return f"6217{row['serial']:012}"

    columns = chosen(
        draw,
        (
            Layout(("序号",), lambda row: row["serial"]),
            Layout(("救助证号", "低保证号", "救助证编号"), lambda row: row["household_ref"]),
            Layout(("行政区划", "县区", "所属县区"), area),
            Layout(("户主姓名",), lambda row: row["head"], 0.6),
            Layout(("救助类别", "保障类型", "救助类型"), lambda row: row["category"]),
            Layout(("城乡属性",), lambda row: ("农村", "城市")[row["urban"]], 0.5),
            Layout(("致贫原因", "致困原因"), cause, 0.35),
            Layout(("家庭住址", "家庭地址", "住址"), lambda row: row["address"], 0.95),
            Layout(("联系电话", "电话"), lambda row: phone_cell(draw, row["phone"]), 0.9),
            Layout(("纳入时间", "起始年月", "起始时间"), lambda row: date_text(row["started"], started)),
            Layout(("停发时间", "终止时间"), lambda row: date_text(row["stopped"], stopped)),
            Layout(("月保障金额", "户月补助", "户月保障金额"), amount, 0.9),
            Layout(("家庭人口", "保障人数"), lambda row: row["covered"], 0.9),
            Layout(("成员姓名", "姓名", "家庭成员姓名"), lambda row: name_cell(draw, row["name"])),
            Layout(("成员身份证号", "身份证号", "身份证号码", "证件号码"), identity),
            Layout(("与户主关系", "与户主的关系"), relation_text),
            Layout(("性别",), lambda row: ("男", "女")[row["female"]], 0.9),
            Layout(("民族",), lambda row: group_text(row["group"], group), 0.7),
            Layout(("出生日期", "出生年月"), lambda row: date_text(row["birth"], birth), 0.6),
            Layout(("健康状况",), health, 0.5),
            Layout(("开户银行",), lambda _: "农村信用社", 0.3),
            Layout(("银行账号",), account, 0.4),
        ),
    )
    head = pl.col("name").filter(pl.col("role") == 0).first().over("household_ref")
    rows = rows.with_columns(head.alias("head"), pl.col("person").n_unique().over("household_ref").alias("covered"))
    cells = table(columns, rows)
    merged = (
        [at for at, (_, layout) in enumerate(columns) if layout.headers[0] in _MERGED] if draw.random() < 0.75 else []
    )
    name = divisions()[rows["file_key"][0]].name
    return Sheet(
        name="救助对象",
        header=[header for header, _ in columns],
        rows=cells,
        title=[f"{name}社会救助对象名单", f"数据截止时间：{as_of:%Y-%m-%d}"] if draw.random() < 0.8 else [],
        merges=_merge(rows["household_ref"].to_list(), cells, merged),
        footer=[["合计", None, f"{rows['household_ref'].n_unique()}户", f"{rows.height}人"]]
        if draw.random() < 0.5
        else [],
    )


_CAUSES = ("因病", "因残", "缺劳动力", "因病", "因学", "因灾", "缺技术", "因病")
_MERGED = {
    "救助证号",
    "行政区划",
    "户主姓名",
    "救助类别",
    "城乡属性",
    "致贫原因",
    "家庭住址",
    "联系电话",
    "纳入时间",
    "停发时间",
    "月保障金额",
    "家庭人口",
}


def _merge(households: list[str], cells: list[list[Cell]], columns: list[int]) -> list[Merge]:
    """Merges the household's cells over its persons; only the first row keeps the value."""
    merges, first = [], 0
    for row in range(1, len(households) + 1):
        if row == len(households) or households[row] != households[first]:
            if columns and row - first > 1:
                merges += [Merge(column, first, row - 1) for column in columns]
                for inner in range(first + 1, row):
                    for column in columns:
                        cells[inner][column] = None
            first = row
    return merges

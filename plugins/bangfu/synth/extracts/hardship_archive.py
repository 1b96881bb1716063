"""Hardship archive (困难职工档案): the system's export, one row per household, members side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from bangfu.synth.extracts.civil_affairs import relation_text
from bangfu.synth.extracts.columns import Layout, Row, chosen, table
from bangfu.synth.styles import Cell, date_text, group_text, id_cell, phone_cell, yuan
from bangfu.synth.workbooks import Sheet

if TYPE_CHECKING:
    import datetime as dt
    import random

BLOCKS = 5
_CAUSES = {"medical": "本人疾病", "disaster": "意外灾害", "listed": "收入低"}
_STATUS = {"active": "在档", "exited": "脱困", "cancelled": "注销", "returned": "返困"}


def sheet(draw: random.Random, rows: pl.DataFrame, _as_of: dt.date) -> Sheet:
    """The export, or a part of it; ``rows`` are persons, the worker first in each household."""
    date = draw.choice(("iso", "iso", "slash", "cell"))

    def identity(row: Row) -> Cell:
        return id_cell(draw, row["id_number"], row["errors"], workbook=True)

    def health(row: Row) -> Cell:
        if row["disability_type"]:
            return "残疾"
        return draw.choices(("良好", "一般疾病", "恶性肿瘤"), (54, 33, 13))[0]

    def marriage(row: Row) -> Cell:
        if row["has_spouse"]:
            return "已婚"
        return draw.choice(("离异", "丧偶")) if row["has_child"] else "未婚"

    def cause(row: Row) -> Cell:
        return next((_CAUSES[why] for why in row["why"]), draw.choice(("收入低", "子女上学", "家属疾病", "本人失业")))

    columns = chosen(
        draw,
        (
            Layout(("序号",), lambda row: row["serial"], 0.5),
            Layout(("职工编号", "档案编号", "困难职工编号"), lambda row: row["household_ref"]),
            Layout(("困难类别",), lambda row: row["hardship_kind"]),
            Layout(("档案层级",), lambda row: row["archive_level"]),
            Layout(("档案状态",), lambda row: _STATUS[row["archive_status"]]),
            Layout(("建档日期",), lambda row: date_text(row["filed_on"], date)),
            Layout(("脱困日期", "脱困/注销日期"), lambda row: date_text(row["exited_on"], date)),
            Layout(("姓名",), lambda row: row["name"]),
            Layout(("民族",), lambda row: group_text(row["group"], "name")),
            Layout(("性别",), lambda row: ("男", "女")[row["female"]]),
            Layout(("政治面貌",), lambda _: draw.choices(("群众", "中共党员", "共青团员"), (82, 11, 7))[0]),
            Layout(("身份证号",), identity),
            Layout(("出生日期",), lambda row: date_text(row["birth"], date)),
            Layout(("健康状况",), health),
            Layout(("婚姻状况",), marriage),
            Layout(("是否单亲",), lambda row: "是" if row["has_child"] and not row["has_spouse"] else "否"),
            Layout(("户口类型",), lambda row: ("农业", "非农业")[row["urban"]]),
            Layout(("住房类型",), lambda _: draw.choice(("自建房", "商品房", "公租房", "租赁", "房改房"))),
            Layout(("手机号码",), lambda row: phone_cell(draw, row["phone"])),
            Layout(("家庭住址",), lambda row: row["address"]),
            Layout(("户口所在地行政区划",), lambda row: row["county_name"]),
            Layout(("工作单位",), lambda row: row["employer"]),
            Layout(("家庭年度总收入",), lambda row: yuan(draw, row["income_fen"] // 10_000 * 10_000, messy=False)),
            Layout(("家庭人口",), lambda row: row["size"]),
            Layout(("家庭月人均收入",), lambda row: row["income_fen"] // 10_000 * 100 // 12 // row["size"]),
            Layout(("主要致困原因",), cause),
            Layout(("开户银行",), lambda _: "农村信用社"),
            Layout(("卡号",), lambda row: f"6231{row['serial']:012}"),
        ),
    )
    persons = rows.with_columns(pl.int_range(pl.len()).over("household_ref").alias("position"))
    persons = persons.with_columns(
        (pl.col("role") == 1).any().over("household_ref").alias("has_spouse"),
        pl.col("role").is_in([2, 3]).any().over("household_ref").alias("has_child"),
    )
    heads = persons.filter(pl.col("position") == 0)
    blocks: dict[str, list[list[Cell]]] = {}
    for row in persons.filter(pl.col("position").is_between(1, BLOCKS)).iter_rows(named=True):
        blocks.setdefault(row["household_ref"], []).append(
            [
                row["name"],
                relation_text(row),
                ("男", "女")[row["female"]],
                identity(row),
                date_text(row["birth"], date),
            ]
        )
    cells = table(columns, heads)
    for line, reference in zip(cells, heads["household_ref"].to_list(), strict=True):
        others = blocks.get(reference, [])
        for block in range(BLOCKS):
            line.extend(others[block] if block < len(others) else [None] * 5)
    header = [header for header, _ in columns]
    for block in range(1, BLOCKS + 1):
        header += [f"成员{block}{what}" for what in ("姓名", "关系", "性别", "身份证号", "出生日期")]
    return Sheet(name="困难职工档案", header=header, rows=cells)


def places(rows: pl.DataFrame, first_row: int) -> pl.Series:
    """Row of the sheet in which each person of ``rows`` stands."""
    return rows.select((pl.col("household_ref").rle_id() + first_row).cast(pl.Int64).alias("row"))["row"]

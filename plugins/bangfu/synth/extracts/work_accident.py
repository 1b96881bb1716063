"""Recognised work accidents (工伤认定): the province's list with grade and one-off compensation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bangfu.synth.extracts.columns import Layout, Row, chosen, table
from bangfu.synth.styles import Cell, date_text, id_cell, name_cell, phone_cell, yuan
from bangfu.synth.workbooks import Sheet

if TYPE_CHECKING:
    import datetime as dt
    import random

    import polars as pl

_PARTS = ("左手食指", "右手", "腰部", "左下肢", "头部", "右眼", "足部")
_GRADES = dict(zip(map(str, range(1, 11)), "一二三四五六七八九十", strict=True))


def sheet(draw: random.Random, rows: pl.DataFrame, _as_of: dt.date) -> Sheet:
    """The list, or a part of it."""
    date = draw.choice(("iso", "slash", "dot", "chinese", "cell"))
    in_digits = draw.random() < 0.4

    def identity(row: Row) -> Cell:
        return id_cell(draw, row["id_number"], row["errors"], workbook=True)

    def grade(row: Row) -> Cell:
        code: str = row["grade"]
        if code in _GRADES:
            return f"{code}级" if in_digits else f"{_GRADES[code]}级"
        return {"none": "未达级", "pending": "待鉴定"}[code]

    def paid(row: Row) -> Cell:
        fen: int | None = row["compensation_fen"]
        return None if fen is None else yuan(draw, fen, messy=True)

    columns = chosen(
        draw,
        (
            Layout(("序号",), lambda row: row["serial"], 0.9),
            Layout(("参保地", "县区"), lambda row: row["county_name"]),
            Layout(("用人单位", "单位名称", "用人单位名称"), lambda row: row["employer"]),
            Layout(("统一社会信用代码", "单位统一社会信用代码"), lambda row: row["employer_code"]),
            Layout(("职工姓名", "姓名", "受伤职工姓名"), lambda row: name_cell(draw, row["name"])),
            Layout(("性别",), lambda row: ("男", "女")[row["female"]]),
            Layout(("身份证号", "身份证号码", "公民身份号码"), identity),
            Layout(("出生日期",), lambda row: date_text(row["birth"], date)),
            Layout(("联系电话", "职工电话"), lambda row: phone_cell(draw, row["phone"])),
            Layout(("事故时间", "受伤时间", "事故日期"), lambda row: date_text(row["on"], date)),
            Layout(("伤害部位", "受伤部位"), lambda row: _PARTS[row["person"] % len(_PARTS)]),
            Layout(("认定日期", "工伤认定日期"), lambda row: date_text(row["recognised"], date)),
            Layout(("伤残等级", "鉴定等级"), grade),
            Layout(("一次性补助", "一次性伤残补助金(元)"), paid),
        ),
    )
    return Sheet(
        name="工伤认定",
        header=[header for header, _ in columns],
        rows=table(columns, rows),
        title=["云南省工伤认定及劳动能力鉴定结论汇总表"],
        footer=[["合计", None, f"{rows.height}件"]],
    )

"""Death and cremation records (死亡火化登记): the province's register, as funeral homes enter it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bangfu.synth.extracts.columns import Layout, Row, chosen, table
from bangfu.synth.styles import Cell, date_text, group_text, id_cell, name_cell, phone_cell
from bangfu.synth.workbooks import Sheet

if TYPE_CHECKING:
    import datetime as dt
    import random

    import polars as pl

_CAUSES = ("脑血管病", "心脏病", "恶性肿瘤", "呼吸系统疾病", "衰老", "意外")


def sheet(draw: random.Random, rows: pl.DataFrame, as_of: dt.date) -> Sheet:
    """The register, or a part of it."""
    birth = draw.choice(("iso", "slash", "chinese", "cell"))
    died = draw.choice(("iso", "slash", "dot", "chinese", "cell"))

    def identity(row: Row) -> Cell:
        return id_cell(draw, row["id_number"], row["errors"], workbook=True)

    def name(row: Row) -> Cell:
        typed = name_cell(draw, row["name"])
        return f"{typed}（已故）" if draw.random() < 0.02 else typed

    columns = chosen(
        draw,
        (
            Layout(("序号",), lambda row: row["serial"], 0.9),
            Layout(("逝者姓名", "姓名", "死者姓名"), name),
            Layout(("性别",), lambda row: ("男", "女")[row["female"]]),
            Layout(("民族",), lambda row: group_text(row["group"], "name")),
            Layout(("逝者身份证号", "身份证号", "证件号码"), identity),
            Layout(("出生日期",), lambda row: date_text(row["birth"], birth)),
            Layout(("户籍县区", "县区"), lambda row: row["county_name"]),
            Layout(("生前住址", "户籍地址"), lambda row: row["address"]),
            Layout(("死亡日期", "死亡时间", "逝世日期"), lambda row: date_text(row["died"], died)),
            Layout(("火化日期", "火化时间"), lambda row: date_text(row["cremated"], died)),
            Layout(("死亡原因",), lambda _: draw.choice(_CAUSES), 0.7),
            Layout(("家属姓名",), lambda row: row["relative"]),
            Layout(("家属电话", "家属联系电话"), lambda row: phone_cell(draw, row["relative_phone"])),
        ),
    )
    return Sheet(
        name="火化登记",
        header=[header for header, _ in columns],
        rows=table(columns, rows),
        title=[f"云南省殡葬管理死亡火化登记表（截至{as_of:%Y-%m-%d}）"],
        footer=[["合计", f"{rows.height}人"]],
    )

"""Disability certificates (残疾人证): one workbook per prefecture; in some files only the number tells kind and level."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bangfu.synth.extracts.columns import Layout, Row, chosen, table
from bangfu.synth.styles import Cell, date_text, group_text, name_cell, phone_cell
from bangfu.synth.workbooks import Sheet
from schemas.reference import divisions
from schemas.vocabulary import CERTIFICATE_STATUS, DISABILITY_TYPE

if TYPE_CHECKING:
    import datetime as dt
    import random

    import polars as pl

_LEVELS = {"1": "一级", "2": "二级", "3": "三级", "4": "四级"}


def certificate_number(row: Row) -> str | None:
    """The identity number as the register has it, kind, level, and B1 after a reissue.

    >>> certificate_number(
    ...     {"id_number": "539001199003070035", "disability_type": "4", "disability_level": "2", "reissued": True}
    ... )
    '53900119900307003542B1'
    """
    if row["id_number"] is None:
        return None
    return f"{row['id_number']}{row['disability_type']}{row['disability_level']}{'B1' if row['reissued'] else ''}"


def sheet(draw: random.Random, rows: pl.DataFrame, as_of: dt.date) -> Sheet:
    """One prefecture's holders, or a part of them."""
    certified, birth = (draw.choice(("compact", "slash", "iso", "dot", "chinese", "cell")) for _ in range(2))
    group = draw.choice(("name", "short"))
    words = draw.choice(("label", "short", "code"))
    spells_out = 1.0 if draw.random() < 0.7 else 0.0

    def kind(row: Row) -> Cell:
        code: str = row["disability_type"]
        label = DISABILITY_TYPE.label(code)
        return {"label": label, "short": label.removesuffix("残疾"), "code": code}[words]

    def level(row: Row) -> Cell:
        code: str = row["disability_level"]
        return int(code) if words == "code" else _LEVELS[code]

    def guardian(row: Row) -> Cell:
        return row["nickname"] if row["disability_type"] in "56" else None

    columns = chosen(
        draw,
        (
            Layout(("序号",), lambda row: row["serial"], 0.9),
            Layout(("县区", "行政区划", "所属县区"), lambda row: row["county_name"]),
            Layout(("姓名", "残疾人姓名", "持证人姓名"), lambda row: name_cell(draw, row["name"])),
            Layout(("性别",), lambda row: ("男", "女")[row["female"]], 0.85),
            Layout(("民族",), lambda row: group_text(row["group"], group), 0.7),
            Layout(("残疾人证号", "残疾证号", "残疾人证号码"), certificate_number),
            Layout(("出生日期", "出生年月"), lambda row: date_text(row["birth"], birth), 0.5),
            Layout(("残疾类别", "残疾类型"), kind, spells_out),
            Layout(("残疾等级", "残疾级别"), level, spells_out),
            Layout(("家庭住址", "现住址", "户籍地址"), lambda row: row["address"], 0.9),
            Layout(("联系电话", "电话"), lambda row: phone_cell(draw, row["phone"]), 0.9),
            Layout(("监护人姓名", "监护人"), guardian, 0.6),
            Layout(("评定日期", "发证日期"), lambda row: date_text(row["certified_on"], certified), 0.85),
            Layout(("证件状态", "残疾人证状态"), lambda row: CERTIFICATE_STATUS.label(row["certificate_status"]), 0.9),
            Layout(("银行账号",), lambda row: f"6217{row['serial']:012}", 0.3),
        ),
    )
    name = divisions()[rows["file_key"][0]].name
    return Sheet(
        name="持证残疾人",
        header=[header for header, _ in columns],
        rows=table(columns, rows),
        title=[f"{name}持证残疾人花名册", f"统计时间：{as_of.year}年{as_of.month}月"] if draw.random() < 0.7 else [],
        footer=[["合计", None, f"{rows.height}人"]] if draw.random() < 0.5 else [],
    )

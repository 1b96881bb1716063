"""Education aid (教育资助): the province's list under two header rows, student and parent side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bangfu.synth.extracts.columns import Layout, Row, bands, chosen, table
from bangfu.synth.styles import Cell, id_cell, name_cell, phone_cell, yuan
from bangfu.synth.workbooks import Sheet
from schemas.vocabulary import AID_TIER, SCHOOL_STAGE

if TYPE_CHECKING:
    import datetime as dt
    import random

    import polars as pl

_SCHOOLS = {
    "preschool": "幼儿园", "primary": "第一小学", "junior": "第二中学", "senior": "第一中学", "vocational": "职业高级中学",
    "college": "职业技术学院", "undergraduate": "学院", "postgraduate": "大学",
}  # fmt: skip
_LONG = {"special": "家庭经济特别困难", "need": "家庭经济困难", "general": "家庭经济一般困难"}


def sheet(draw: random.Random, rows: pl.DataFrame, as_of: dt.date) -> Sheet:
    """The province's applications, or a part of them."""
    long_tier = draw.random() < 0.5
    year_only = draw.random() < 0.6

    def tier(row: Row) -> Cell:
        return _LONG[row["tier"]] if long_tier else AID_TIER.label(row["tier"])

    def enrolled(row: Row) -> Cell:
        day: dt.date = row["enrolled_on"]
        return day.year if year_only else f"{day.year}年{day.month}月"

    def identity(row: Row) -> Cell:
        return id_cell(draw, row["id_number"], row["errors"], workbook=True)

    student, parent, aid = "学生信息", "家长信息", "资助信息"
    columns = chosen(
        draw,
        (
            Layout(("序号",), lambda row: row["serial"], 0.9, student),
            Layout(("姓名",), lambda row: row["student_name"], 1.0, student),
            Layout(("身份证号", "身份证号码"), lambda row: row["student_number"], 0.9, student),
            Layout(("性别",), lambda row: ("男", "女")[row["student_female"]], 0.5, student),
            Layout(("学校名称", "就读学校"), lambda row: row["county_name"] + _SCHOOLS[row["stage"]], 1.0, student),
            Layout(("学段", "学历层次"), lambda row: SCHOOL_STAGE.label(row["stage"]), 1.0, student),
            Layout(("入学年份", "入学年月"), enrolled, 1.0, student),
            Layout(("学制",), lambda row: row["years"], 1.0, student),
            Layout(("学费", "年学费"), lambda row: yuan(draw, row["fee_fen"], messy=True), 1.0, student),
            Layout(("家长姓名", "监护人姓名"), lambda row: name_cell(draw, row["name"]), 1.0, parent),
            Layout(("家长身份证号", "监护人身份证号"), identity, 1.0, parent),
            Layout(("家长联系电话", "联系电话"), lambda row: phone_cell(draw, row["phone"]), 1.0, parent),
            Layout(("生源地", "生源地县区"), lambda row: row["county_name"], 1.0, parent),
            Layout(("家庭住址", "家庭地址"), lambda row: row["address"], 1.0, parent),
            Layout(("申请编号", "资助编号"), lambda row: row["record_key"], 1.0, aid),
            Layout(("资助档次", "困难等级"), tier, 1.0, aid),
            Layout(("资助金额(元)", "资助金额"), lambda row: yuan(draw, row["aid_fen"], messy=False), 1.0, aid),
            Layout(("银行卡号",), lambda row: f"6228{row['serial']:012}", 0.6, aid),
        ),
    )
    term = f"{as_of.year - 1}-{as_of.year}学年" if as_of.month < 9 else f"{as_of.year}-{as_of.year + 1}学年"
    return Sheet(
        name="资助名单",
        header=[header for header, _ in columns],
        rows=table(columns, rows),
        title=[f"云南省{term}家庭经济困难学生资助名单"],
        bands=bands(columns),
        footer=[["合计", f"{rows.height}人次"], ["制表：", None, None, "审核："]],
    )

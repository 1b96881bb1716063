"""Disaster-relief payment rosters (救灾救助发放花名册): one workbook per affected county."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bangfu.synth.extracts.columns import Layout, Row, chosen, table
from bangfu.synth.styles import DATE_STYLES, Cell, date_text, id_cell, name_cell, phone_cell, yuan
from bangfu.synth.workbooks import Sheet

if TYPE_CHECKING:
    import datetime as dt
    import random

    import polars as pl


def sheet(draw: random.Random, rows: pl.DataFrame, _as_of: dt.date) -> Sheet:
    """One county's payments."""
    on, birth = draw.choice([style for style in DATE_STYLES if style != "month"]), draw.choice(DATE_STYLES)
    with_birth = 0.35

    def identity(row: Row) -> Cell:
        return id_cell(draw, row["id_number"], row["errors"], workbook=True)

    def family(row: Row) -> Cell:
        listed = (row["category"] or "").removeprefix("农村").removeprefix("城市").removesuffix("分散供养")
        return listed if listed in {"低保", "特困"} else draw.choices(("其他", "一般户", "脱贫户"), (58, 24, 18))[0]

    columns = chosen(
        draw,
        (
            Layout(("序号",), lambda row: row["serial"], 0.95),
            Layout(("县区", "行政区划", "县（市、区）"), lambda row: row["county_name"]),
            Layout(("户主姓名", "领款人", "姓名", "领款人姓名"), lambda row: name_cell(draw, row["name"])),
            Layout(("户主身份证号", "身份证号", "身份证号码"), identity),
            Layout(("性别",), lambda row: ("男", "女")[row["female"]], 0.4),
            Layout(("出生日期", "出生年月"), lambda row: date_text(row["birth"], birth), with_birth),
            Layout(("联系方式", "联系电话", "电话"), lambda row: phone_cell(draw, row["phone"])),
            Layout(("家庭类型", "户类型"), family, 0.8),
            Layout(("家庭人口", "家庭人口数"), lambda row: row["size"]),
            Layout(("家庭住址", "家庭地址", "住址"), lambda row: row["address"]),
            Layout(("需救助人口", "受救助人数"), lambda row: row["size"], 0.8),
            Layout(
                ("已发放救助款（元）", "救助金额", "发放金额", "补助金额"),
                lambda row: yuan(draw, row["relief_fen"], messy=True),
            ),
            Layout(("物资折款(元)", "物资折款"), lambda row: yuan(draw, row["goods_fen"], messy=False), 0.7),
            Layout(("发放形式",), lambda _: draw.choice(("现金", "一卡通", "物资")), 0.6),
            Layout(("灾种", "受灾类型"), lambda row: row["kind"]),
            Layout(("受灾时间", "受灾日期"), lambda row: date_text(row["on"], on)),
            Layout(("倒塌间数", "倒塌房屋间数"), lambda row: row["collapsed"] or None),
            Layout(("严重损坏间数",), lambda row: row["severe"] or None),
            Layout(("一般损坏间数",), lambda row: row["minor"] or None, 0.8),
            Layout(("一卡通账号", "银行账号"), lambda row: f"6231{row['serial']:012}", 0.5),
        ),
    )
    name = rows["county_name"][0]
    return Sheet(
        name="发放花名册",
        header=[header for header, _ in columns],
        rows=table(columns, rows),
        title=[f"{name}受灾群众救助资金发放花名册", "填报单位（盖章）：　　　　　　单位：人、元"]
        if draw.random() < 0.85
        else [],
        footer=[["合计", None, f"{rows.height}户"], ["制表：", None, None, "审核：", None, None, "分管领导："]]
        if draw.random() < 0.8
        else [],
    )

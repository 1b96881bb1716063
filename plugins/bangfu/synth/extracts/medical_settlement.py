"""Hospital settlements (医保住院结算): interface columns in GB18030 CSV, or a county's own spreadsheet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from bangfu.synth.extracts.columns import Layout, Row, chosen, table
from bangfu.synth.illness import AMOUNTS
from bangfu.synth.styles import Cell, date_text, id_cell, name_cell, yuan
from bangfu.synth.workbooks import Sheet

if TYPE_CHECKING:
    import random

_DISEASES = (
    ("J18.900x001", "肺炎"),
    ("K80.200x003", "胆囊结石"),
    ("I63.900", "脑梗死"),
    ("M51.202", "腰椎间盘突出"),
    ("E11.900", "2型糖尿病"),
)
_GRAVE = (
    ("C34.900x001", "肺恶性肿瘤"),
    ("C50.900x001", "乳腺恶性肿瘤"),
    ("N18.001", "慢性肾脏病5期"),
    ("I21.900", "急性心肌梗死"),
)
_HOSPITALS = ("人民医院", "中医医院", "第二人民医院", "妇幼保健院")


def interface_rows(rows: pl.DataFrame) -> pl.DataFrame:
    """The columns of the national interface, all text, in its order."""
    number = pl.col("id_number")
    scientific = pl.col("errors").str.contains("id_scientific") & (number.str.len_chars() == 18)
    number = (
        pl.when(scientific)
        .then(pl.format("{}.{}E+17", number.str.slice(0, 1), number.str.slice(1, 14)))
        .otherwise(number)
    )
    pick = pl.col("person") % 5
    grave = pl.col("person") % 4
    stamp = "%Y-%m-%d %H:%M:%S"

    def choose(index: int) -> pl.Expr:
        mild = pl.lit("")
        for at, disease in enumerate(_DISEASES):
            mild = pl.when(pick == at).then(pl.lit(disease[index])).otherwise(mild)
        heavy = pl.lit("")
        for at, disease in enumerate(_GRAVE):
            heavy = pl.when(grave == at).then(pl.lit(disease[index])).otherwise(heavy)
        return pl.when("severe").then(heavy).otherwise(mild)

    return rows.select(
        pl.col("record_key").alias("setl_id"),
        ("M" + pl.col("record_key").str.slice(1)).alias("mdtrt_id"),
        "psn_no",
        pl.lit("01").alias("psn_cert_type"),
        number.fill_null("").alias("certno"),
        pl.col("name").alias("psn_name"),
        pl.when("female").then(pl.lit("2")).otherwise(pl.lit("1")).alias("gend"),
        pl.col("group").alias("naty"),
        pl.col("birth").dt.strftime("%Y-%m-%d").alias("brdy"),
        ((pl.col("ended") - pl.col("birth")).dt.total_days() / 365.2425)
        .floor()
        .clip(0)
        .cast(pl.Int64)
        .cast(pl.String)
        .alias("age"),
        pl.when("employee").then(pl.lit("310")).otherwise(pl.lit("390")).alias("insutype"),
        pl.when("employee").then(pl.lit("11")).otherwise(pl.lit("15")).alias("psn_type"),
        pl.col("insured_county").alias("insu_admdvs"),
        pl.format("H{}{}", pl.col("insured_county"), pl.lit("0001")).alias("fixmedins_code"),
        (pl.col("insured_name") + pl.lit("人民医院")).alias("fixmedins_name"),
        pl.lit("09").alias("hosp_lv"),
        pl.col("begun").dt.strftime("%Y-%m-%d").alias("begndate"),
        pl.col("ended").dt.strftime("%Y-%m-%d").alias("enddate"),
        pl.col("settled").dt.strftime(stamp).alias("setl_time"),
        pl.col("kind").alias("med_type"),
        choose(0).alias("dise_no"),
        choose(1).alias("dise_name"),
        *(_yuan(name) for name in AMOUNTS),
        pl.col("refunded").alias("refd_setl_flag"),
        pl.col("valid").alias("vali_flag"),
        pl.lit("2").alias("setl_type"),
        pl.col("phone").fill_null("").alias("tel"),
    )


def _yuan(name: str) -> pl.Expr:
    """Fen as yuan with two places, exactly."""
    fen = pl.col(name).abs()
    sign = pl.when(pl.col(name) < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    whole, rest = (fen // 100).cast(pl.String), (fen % 100).cast(pl.String).str.zfill(2)
    return (sign + whole + pl.lit(".") + rest).alias(name)


def county_sheet(draw: random.Random, rows: pl.DataFrame) -> Sheet:
    """A county's own spreadsheet: 自付 and 自费 instead of the interface's amounts."""
    date = draw.choice(("slash", "iso", "dot", "chinese", "cell", "compact"))

    def identity(row: Row) -> Cell:
        return id_cell(draw, row["id_number"], row["errors"], workbook=True)

    def out_of_scope(row: Row) -> int:
        fen: int = row["fulamt_ownpay_amt"] + row["overlmt_selfpay"] - row["hosp_part_amt"]
        return fen

    columns = chosen(
        draw,
        (
            Layout(("序号",), lambda row: row["serial"], 0.9),
            Layout(("结算单号", "结算编号", "结算流水号"), lambda row: row["record_key"]),
            Layout(("个人编号", "人员编号"), lambda row: row["psn_no"], 0.6),
            Layout(("姓名", "患者姓名"), lambda row: name_cell(draw, row["name"])),
            Layout(("性别",), lambda row: ("男", "女")[row["female"]], 0.7),
            Layout(("身份证", "身份证号", "身份证号码"), identity),
            Layout(("参保类型", "险种"), lambda row: ("居民", "职工")[row["employee"]]),
            Layout(("参保地",), lambda row: row["insured_name"], 0.8),
            Layout(("联系电话",), lambda row: row["phone"], 0.7),
            Layout(("医院", "医疗机构"), lambda row: row["insured_name"] + _HOSPITALS[row["person"] % 4]),
            Layout(("入院日期", "入院时间"), lambda row: date_text(row["begun"], date)),
            Layout(("出院日期", "出院时间"), lambda row: date_text(row["ended"], date)),
            Layout(("结算日期", "结算时间"), lambda row: date_text(row["settled"].date(), date)),
            Layout(("总费用", "医疗总费用"), lambda row: yuan(draw, row["medfee_sumamt"], messy=True)),
            Layout(("统筹支付",), lambda row: yuan(draw, row["hifp_pay"], messy=False)),
            Layout(("大病保险",), lambda row: yuan(draw, row["hifmi_pay"] + row["hifob_pay"], messy=False)),
            Layout(("医疗救助",), lambda row: yuan(draw, row["maf_pay"], messy=False)),
            Layout(
                ("个人自付", "自付金额"), lambda row: yuan(draw, row["psn_part_amt"] - out_of_scope(row), messy=True)
            ),
            Layout(("个人自费", "自费金额"), lambda row: yuan(draw, out_of_scope(row), messy=False)),
            Layout(("病种", "出院诊断"), lambda row: (_GRAVE if row["severe"] else _DISEASES)[row["person"] % 4][1]),
            Layout(("退费标志",), lambda row: ("否", "是")[row["refunded"] == "1"]),
        ),
    )
    name = rows["insured_name"][0]
    return Sheet(
        name="住院结算",
        header=[header for header, _ in columns],
        rows=table(columns, rows),
        title=[f"{name}城镇职工、城乡居民住院费用结算明细表"],
        footer=[["合计", None, f"{rows.height}人次"]],
    )

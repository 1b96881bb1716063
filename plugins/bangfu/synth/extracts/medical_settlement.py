"""Hospital settlements (医保住院结算): interface columns in GB18030 CSV, or a county's own spreadsheet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from bangfu.synth.extracts.columns import Layout, Row, chosen, table
from bangfu.synth.illness import AMOUNTS
from bangfu.synth.styles import Cell, date_text, id_cell, name_cell, yuan
from bangfu.synth.workbooks import Sheet

if TYPE_CHECKING:
    import datetime as dt
    import random

_COMMON = (
    ("J18.900x001", "肺炎"), ("K80.200x003", "胆囊结石"), ("I63.900", "脑梗死"), ("M51.202", "腰椎间盘突出"), ("E11.900", "2型糖尿病"),
)  # fmt: skip
_COMMON_CHILD = (
    ("J18.900x001", "肺炎"),
    ("J20.900", "急性支气管炎"),
    ("A08.400", "病毒性肠炎"),
    ("K35.900", "急性阑尾炎"),
)
_GRAVE_WOMAN = (
    ("C34.900x001", "肺恶性肿瘤"), ("C50.900x001", "乳腺恶性肿瘤"), ("N18.001", "慢性肾脏病5期"), ("I21.900", "急性心肌梗死"),
)  # fmt: skip
_GRAVE_MAN = (
    ("C34.900x001", "肺恶性肿瘤"), ("C22.900", "肝恶性肿瘤"), ("N18.001", "慢性肾脏病5期"), ("I21.900", "急性心肌梗死"),
)  # fmt: skip
_GRAVE_CHILD = (("C91.000", "急性淋巴细胞白血病"), ("Q21.000", "室间隔缺损"))
_BIRTH = (("O80.000", "单胎顺产"), ("O82.000", "单胎剖宫产分娩"))
_CHILD, _RETIRED_WOMAN, _RETIRED = 14, 55, 60
_HOSPITALS = ("人民医院", "中医医院", "第二人民医院", "妇幼保健院")


_WITHOUT_CONTACTS = 4
"""One prefecture in so many has no contact persons in its agreement (synthetic)."""


def interface_rows(rows: pl.DataFrame) -> pl.DataFrame:
    """The columns of the national interface, all text, in its order; those of the contact person only where they are agreed on."""
    number = pl.col("id_number")
    scientific = pl.col("errors").str.contains("id_scientific") & (number.str.len_chars() == 18)
    number = (
        pl.when(scientific)
        .then(pl.format("{}.{}E+17", number.str.slice(0, 1), number.str.slice(1, 14)))
        .otherwise(number)
    )
    stamp = "%Y-%m-%d %H:%M:%S"
    rows = _treated(rows)
    zero = pl.lit(0, dtype=pl.Int64)
    rows = rows.with_columns(hifes_pay=zero, hifdm_pay=zero)
    sender = str(rows["file_key"][0])[2:4] if rows.height else ""
    agreed = not sender.isdigit() or int(sender) % _WITHOUT_CONTACTS != _WITHOUT_CONTACTS - 1
    contact = ("contact_name", "coner_name"), ("contact_relation", "patn_rlts"), ("contact_phone", "coner_tel")
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
        pl.col("years").cast(pl.String).alias("age"),
        pl.when("employee").then(pl.lit("310")).otherwise(pl.lit("390")).alias("insutype"),
        _person_type().alias("psn_type"),
        pl.col("insured_county").alias("insu_admdvs"),
        pl.format("H{}{}", "hospital_area", "hospital_number").alias("fixmedins_code"),
        pl.col("hospital").alias("fixmedins_name"),
        pl.when("large").then(pl.lit("02")).otherwise(pl.lit("05")).alias("hosp_lv"),
        pl.col("hospital_area").alias("fix_blng_admdvs"),
        pl.col("begun").dt.strftime("%Y-%m-%d").alias("begndate"),
        pl.col("ended").dt.strftime("%Y-%m-%d").alias("enddate"),
        pl.col("settled").dt.strftime(stamp).alias("setl_time"),
        pl.col("kind").alias("med_type"),
        "dise_no",
        "dise_name",
        *(_yuan(name) for name in _INTERFACE_AMOUNTS),
        pl.col("refunded").alias("refd_setl_flag"),
        pl.col("valid").alias("vali_flag"),
        pl.lit("2").alias("setl_type"),
        pl.col("phone").fill_null("").alias("tel"),
        *(pl.col(name).fill_null("-").alias(header) for name, header in contact if agreed),
    )


_INTERFACE_AMOUNTS = (
    *AMOUNTS[: AMOUNTS.index("hifmi_pay")], "hifes_pay", "hifmi_pay", "hifob_pay", "hifdm_pay",
    *AMOUNTS[AMOUNTS.index("maf_pay") :],
)  # fmt: skip


def _treated(rows: pl.DataFrame) -> pl.DataFrame:
    """Adds years (age at discharge), dise_no, dise_name, hospital, its area and number, and large (tertiary, 三级).

    What somebody suffers from stays the same over his stays and fits sex and age; grave illness goes to the prefecture's
    hospital, unless somebody is treated elsewhere.
    """
    years = ((pl.col("ended") - pl.col("birth")).dt.total_days() / 365.2425).floor().clip(0).cast(pl.Int64)
    rows = rows.with_columns(years.alias("years"))
    child = pl.col("years") < _CHILD

    def one_of(diseases: tuple[tuple[str, str], ...], part: int) -> pl.Expr:
        names = pl.lit(pl.Series([disease[part] for disease in diseases], dtype=pl.String))
        return names.gather(pl.col("person") % len(diseases))

    def disease(part: int) -> pl.Expr:
        grave = (
            pl.when(child)
            .then(one_of(_GRAVE_CHILD, part))
            .when("female")
            .then(one_of(_GRAVE_WOMAN, part))
            .otherwise(one_of(_GRAVE_MAN, part))
        )
        mild = pl.when(child).then(one_of(_COMMON_CHILD, part)).otherwise(one_of(_COMMON, part))
        birth = pl.when(pl.col("kind") == "52").then(one_of(_BIRTH, part))
        return birth.when("severe").then(grave).otherwise(mild)

    number = pl.col("person") % len(_HOSPITALS)
    hospitals = pl.lit(pl.Series(_HOSPITALS)).gather(number)
    at_large = pl.col("severe") | pl.col("elsewhere").is_not_null()
    at_home = pl.when("severe").then("home_hospital").otherwise(pl.col("insured_name") + hospitals)
    home_area = pl.when("severe").then(pl.col("insured_county").str.slice(0, 4) + "00").otherwise("insured_county")
    return rows.with_columns(
        disease(0).alias("dise_no"),
        disease(1).alias("dise_name"),
        pl.coalesce("elsewhere_hospital", at_home).alias("hospital"),
        pl.coalesce("elsewhere", home_area).alias("hospital_area"),
        pl.when(at_large).then(pl.lit("00001")).otherwise(pl.format("0001{}", number)).alias("hospital_number"),
        large=at_large,
    )


def _person_type() -> pl.Expr:
    """人员类别: 11 在职, 12 退休; residents 14 minors, 15 adults, 16 the old."""
    retired = pl.col("years") >= pl.when("female").then(_RETIRED_WOMAN).otherwise(_RETIRED)
    employee = pl.when(retired).then(pl.lit("12")).otherwise(pl.lit("11"))
    resident = (
        pl.when(pl.col("years") < 18)
        .then(pl.lit("14"))
        .when(pl.col("years") < _RETIRED)
        .then(pl.lit("15"))
        .otherwise(pl.lit("16"))
    )
    return pl.when("employee").then(employee).otherwise(resident)


def _yuan(name: str) -> pl.Expr:
    """Fen as yuan with two places, exactly."""
    fen = pl.col(name).abs()
    sign = pl.when(pl.col(name) < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    whole, rest = (fen // 100).cast(pl.String), (fen % 100).cast(pl.String).str.zfill(2)
    return (sign + whole + pl.lit(".") + rest).alias(name)


def county_sheet(draw: random.Random, rows: pl.DataFrame, _as_of: dt.date) -> Sheet:
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
            Layout(("医院", "医疗机构"), lambda row: row["hospital"]),
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
            Layout(("病种", "出院诊断"), lambda row: row["dise_name"]),
            Layout(("退费标志",), lambda row: ("否", "是")[row["refunded"] == "1"]),
        ),
    )
    rows = _treated(rows)
    name = rows["insured_name"][0]
    return Sheet(
        name="住院结算",
        header=[header for header, _ in columns],
        rows=table(columns, rows),
        title=[f"{name}城镇职工、城乡居民住院费用结算明细表"],
        footer=[["合计", None, f"{rows.height}人次"]],
    )

"""Hospital settlements: the national interface's columns, and amounts that add up in the file itself."""

import csv
import io
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from bangfu.synth.extracts.medical_settlement import interface_rows

INTERFACE = """
    setl_id mdtrt_id psn_no psn_name psn_cert_type certno gend naty brdy age insutype psn_type insu_admdvs
    fixmedins_code fixmedins_name hosp_lv fix_blng_admdvs begndate enddate setl_time med_type dise_no dise_name
    medfee_sumamt fulamt_ownpay_amt overlmt_selfpay preselfpay_amt inscp_scp_amt act_pay_dedc hifp_pay cvlserv_pay
    hifes_pay hifmi_pay hifob_pay hifdm_pay maf_pay othfund_pay fund_pay_sumamt psn_part_amt acct_pay
    acct_mulaid_pay psn_cash_pay hosp_part_amt refd_setl_flag vali_flag setl_type
"""


@pytest.fixture(scope="module")
def rows(province: Any) -> list[dict[str, str]]:
    """Every interface row of the province, as text."""
    found = []
    for path in province.files("medical_settlement", ".csv"):
        text = path.read_bytes().decode("gb18030")
        found += list(csv.DictReader(io.StringIO(text, newline="")))
    assert len(found) > 1_200
    return found


def test_columns_are_those_of_the_national_interface(rows: list[dict[str, str]]) -> None:
    assert set(INTERFACE.split()) <= set(rows[0])
    beyond = {name for row in rows for name in row} - set(INTERFACE.split())
    assert beyond == {"tel", "coner_name", "patn_rlts", "coner_tel"}


@pytest.mark.parametrize(
    ("whole", "parts"),
    [
        ("medfee_sumamt", ("fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt", "inscp_scp_amt")),
        ("medfee_sumamt", ("fund_pay_sumamt", "psn_part_amt", "hosp_part_amt")),
        ("psn_part_amt", ("acct_pay", "acct_mulaid_pay", "psn_cash_pay")),
        (
            "fund_pay_sumamt",
            ("hifp_pay", "cvlserv_pay", "hifes_pay", "hifmi_pay", "hifob_pay", "hifdm_pay", "maf_pay", "othfund_pay"),
        ),
    ],
)
def test_money_adds_up_to_the_cent_as_written(rows: list[dict[str, str]], whole: str, parts: tuple[str, ...]) -> None:
    """In decimal arithmetic on the text of the file: a float on the way would lose a cent now and then."""
    assert all(Decimal(row[whole]) == sum(Decimal(row[part]) for part in parts) for row in rows)


def test_settlement_ids_are_unique(rows: list[dict[str, str]]) -> None:
    assert len({row["setl_id"] for row in rows}) == len(rows)


def test_types_of_persons_go_with_scheme_and_age(rows: list[dict[str, str]]) -> None:
    kinds = {(row["insutype"], row["psn_type"]) for row in rows}
    assert kinds == {("310", "11"), ("310", "12"), ("390", "14"), ("390", "15"), ("390", "16")}
    assert all(int(row["age"]) >= 55 for row in rows if row["psn_type"] == "12")
    assert all(int(row["age"]) < 18 for row in rows if row["psn_type"] == "14")


def test_diagnoses_go_with_sex_age_and_kind_of_stay(rows: list[dict[str, str]]) -> None:
    for row in rows:
        if row["med_type"] == "52":
            assert row["dise_no"].startswith("O8")
            assert row["gend"] == "2"
        if row["dise_no"].startswith("C50"):
            assert row["gend"] == "2"
        if int(row["age"]) < 14:
            assert not row["dise_no"].startswith(("I", "E11", "C34", "C22", "N18"))


def test_a_person_is_treated_for_one_thing(rows: list[dict[str, str]]) -> None:
    grave: dict[str, set[str]] = {}
    for row in rows:
        if row["dise_no"].startswith("C"):
            grave.setdefault(row["psn_no"], set()).add(row["dise_no"])
    assert grave
    assert max(len(codes) for codes in grave.values()) == 1


def test_somebody_is_treated_where_he_is_not_insured(rows: list[dict[str, str]]) -> None:
    """异地: the hospital's division differs from the insurance's, down to the prefecture."""
    away = [row for row in rows if row["fix_blng_admdvs"][:4] != row["insu_admdvs"][:4]]
    assert 0 < len(away) < 0.1 * len(rows)
    assert all(row["fixmedins_name"].endswith("第一人民医院") and row["hosp_lv"] == "02" for row in away)
    assert all(row["fixmedins_code"][1:7] == row["fix_blng_admdvs"] for row in rows)
    names: dict[str, set[str]] = {}
    for row in rows:
        names.setdefault(row["fixmedins_code"], set()).add(row["fixmedins_name"])
    assert {len(each) for each in names.values()} == {1}


def test_dates_follow_each_other(rows: list[dict[str, str]]) -> None:
    assert all(row["begndate"] <= row["enddate"] for row in rows)
    assert all(row["enddate"] <= row["setl_time"][:10] for row in rows if row["refd_setl_flag"] == "0")
    assert max(row["setl_time"] for row in rows)[:10] <= "2026-06-30"


def test_refunds_are_flagged_or_negative(rows: list[dict[str, str]]) -> None:
    refunded = [row for row in rows if row["refd_setl_flag"] == "1"]
    assert refunded
    assert all(row["vali_flag"] == "0" or Decimal(row["medfee_sumamt"]) < 0 for row in refunded)


def test_countys_own_spreadsheet_has_its_own_columns(province: Any) -> None:
    """自付 and 自费 together are what the person bore, less what the hospital forgave."""
    books = [path for path in province.files("medical_settlement") if path.suffix != ".csv"]
    assert books
    for path in books:
        rows = next(iter(province.sheets(path).values()))
        header = rows[1]
        assert {"总费用", "医疗总费用"} & set(header)
        assert {"个人自付", "自付金额"} & set(header)
        assert {"个人自费", "自费金额"} & set(header)
        assert "psn_part_amt" not in header


def test_amounts_are_written_exactly() -> None:
    from bangfu.synth.illness import AMOUNTS

    person = {
        "record_key": "1", "psn_no": "5", "id_number": "539001199003070039", "errors": "", "name": "岩温", "female": False,
        "group": "18", "birth": None, "begun": None, "ended": None, "settled": None, "employee": True, "insured_county": "530102",
        "insured_name": "五华区", "kind": "21", "severe": True, "person": 3, "refunded": "0", "valid": "1", "phone": None,
        "home_hospital": "昆明市第一人民医院", "elsewhere": None, "elsewhere_hospital": None, "file_key": "530100",
        "contact_name": "玉罕", "contact_relation": "10", "contact_phone": None,
    }  # fmt: skip
    frame = pl.DataFrame([person]).with_columns(
        pl.col("birth", "begun", "ended").cast(pl.Date), pl.col("settled").cast(pl.Datetime("us")),
        pl.col("phone", "contact_phone", "elsewhere", "elsewhere_hospital").cast(pl.String),
        *(pl.lit(-(10**at) - 7).alias(name) for at, name in enumerate(AMOUNTS[:12])),
        *(pl.lit(5).alias(name) for name in AMOUNTS[12:]),
    )  # fmt: skip
    row = interface_rows(frame).row(0, named=True)
    assert [row[AMOUNTS[at]] for at in (0, 1, 2, 11)] == ["-0.08", "-0.17", "-1.07", "-1000000000.07"]
    assert row["psn_part_amt"] == "0.05"
    assert (row["certno"], row["tel"]) == ("539001199003070039", "")
    assert (row["coner_name"], row["patn_rlts"], row["coner_tel"]) == ("玉罕", "10", "-")
    without = interface_rows(frame.with_columns(file_key=pl.lit("530300")))
    assert "coner_name" not in without.columns  # one prefecture in four has no contact persons

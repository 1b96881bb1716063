"""Union rosters (工会会员花名册): a workbook per large employer, and one per county for its small ones."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import polars as pl

from bangfu.synth.enterprises import WORKSHOPS
from bangfu.synth.extracts.columns import Layout, Row, bands, chosen, table
from bangfu.synth.styles import (
    DATE_STYLES,
    Cell,
    date_text,
    group_text,
    id_cell,
    name_cell,
    phone_cell,
)
from bangfu.synth.workbooks import XLS_ROWS, Merge, Sheet, write

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from bangfu.synth.world import World

_OWN_FILE = 60
_COLLECTED_ROWS = 1_500
_CSV_ROWS = 3_000
_EMPLOYER = ("工作单位", "单位名称", "所在单位")
_WORKSHOP = ("部门", "车间(部门)")


def write_rosters(seed: int, world: World, rows: pl.DataFrame, folder: Path) -> pl.DataFrame:
    """Writes the roster files of one part of a county.

    Returns:
        One row per written row: file, sheet, row (1-based, in its sheet), record_key, person_id, household_id, errors.
    """
    sizes = rows.group_by("employer_index", maintain_order=True).agg(pl.len(), pl.col("employer").first())
    own = max(_OWN_FILE, world.part.members // 5)
    groups: list[tuple[str, list[int]]] = []
    collected: list[int] = []
    gathered = 0
    for index, count, employer in sizes.iter_rows():
        if count >= own:
            groups.append((employer, [index]))
            continue
        collected.append(index)
        gathered += count
        if gathered >= _COLLECTED_ROWS:
            groups.append(("", collected))
            collected, gathered = [], 0
    if collected:
        groups.append(("", collected))
    stem = f"{world.place.division.name}{world.part.part + 1:02}" if world.part.parts > 1 else world.place.division.name
    written = []
    for number, (employer, indices) in enumerate(groups, start=1):
        chosen_rows = rows.filter(pl.col("employer_index").is_in(indices))
        title = employer or f"{world.place.division.name}总工会所属小微企业"
        path = folder / f"{stem}_{number:02}_{employer or '小微企业工会联合会'}"
        draw = random.Random(f"{seed}:union_roster:{world.part.number}:{number}")
        written.append(_write_one(draw, chosen_rows, path, title, world.as_of, many=not employer))
    return pl.concat(written)


def _layouts(draw: random.Random, *, workbook: bool, many: bool) -> list[Layout]:
    birth, joined = draw.choice(DATE_STYLES), draw.choice(DATE_STYLES)
    group = draw.choices(("name", "short", "code", "pinyin"), (50, 36, 11, 3))[0]
    sexes = draw.choice((("男", "女"), ("男", "女"), ("男性", "女性"), ("1", "2"), ("M", "F")))
    yes = draw.choice((("是", "否"), ("Y", "N"), ("已参保", "未参保")))

    def birth_cell(row: Row) -> Cell:
        return date_text(row["birth"], "slash" if draw.random() < 0.02 else birth)

    def name(row: Row) -> Cell:
        return name_cell(draw, row["name"], former=row["former_name"])

    def identity(row: Row) -> Cell:
        return id_cell(draw, row["id_number"], row["errors"], workbook=workbook)

    def contract(row: Row) -> Cell:
        return (
            "编制内"
            if row["ownership"] == "事业" and row["person"] % 4
            else "劳务派遣"
            if row["person"] % 9 == 0
            else "合同"
        )

    def account(_: Row) -> Cell:
        return f"6200{draw.randrange(10**12, 10**13)}"

    person, contact, work, union = "基本信息", "联系方式", "单位信息", "工会信息"
    return [
        Layout(("序号", "编号序", "No."), lambda row: row["serial"], 0.9, person),
        Layout(("姓名", "会员姓名", "姓 名", "职工姓名", "*姓名"), name, 1.0, person),
        Layout(("性别",), lambda row: sexes[row["female"]], 0.93, person),
        Layout(("民族",), lambda row: group_text(row["group"], group), 0.85, person),
        Layout(("曾用名",), lambda row: row["former_name"], 0.22, person),
        Layout(("证件类型",), lambda _: "居民身份证", 0.3, person),
        Layout(("身份证号码", "身份证号", "证件号码", "身份证", "公民身份号码", "证件号码*"), identity, 1.0, person),
        Layout(("出生日期", "出生年月"), birth_cell, 0.75, person),
        Layout(("学历",), lambda _: draw.choice(("大专", "本科", "高中", "初中", "中专")), 0.5, person),
        Layout(("政治面貌",), lambda _: draw.choices(("群众", "中共党员", "共青团员"), (78, 14, 8))[0], 0.35, person),
        Layout(("户籍类型", "户口性质"), lambda row: ("农业", "非农业")[row["urban"]], 0.3, person),
        Layout(
            ("手机号码", "联系电话", "手机", "联系方式", "手机号"),
            lambda row: phone_cell(draw, row["phone"]),
            0.96,
            contact,
        ),
        Layout(("现居住地", "家庭住址", "现住址", "居住地址", "住址"), lambda row: row["address"], 0.93, contact),
        Layout(("户籍所在地", "户籍地址"), lambda row: row["current"], 0.3, contact),
        Layout(_EMPLOYER, lambda row: row["employer"], 1.0 if many else 0.85, work),
        Layout(("统一社会信用代码", "单位统一社会信用代码"), lambda row: row["employer_code"], 0.7, work),
        Layout(("单位性质",), lambda row: row["ownership"], 0.35, work),
        Layout(("所属行业",), lambda row: row["industry"], 0.3, work),
        Layout(_WORKSHOP, lambda row: WORKSHOPS[row["workshop"]], 0.4, work),
        Layout(("用工形式",), contract, 0.3, work),
        Layout(("就业状况", "职工状态"), lambda row: row["employment_status"], 0.95, work),
        Layout(("会员证号", "会员编号", "会员卡号", "会员号"), lambda row: row["record_key"], 1.0, union),
        Layout(("所属基层工会名称", "所属工会", "基层工会"), lambda row: row["union_name"], 0.9, union),
        Layout(("工会统一社会信用代码", "工会法人代码"), lambda row: row["union_code"], 0.5, union),
        Layout(("上级工会", "所属上级工会"), lambda row: row["parent_union"], 0.95, union),
        Layout(("入会时间", "入会日期"), lambda row: date_text(row["joined_on"], joined), 0.8, union),
        Layout(("会籍状态", "会员状态"), lambda row: row["membership_status"], 0.95, union),
        Layout(("职工医疗互助参保", "医疗互助"), lambda row: yes[not row["mutual_aid"]], 0.6, union),
        Layout(("银行卡号", "工资卡号"), account, 0.25, "其他"),
        Layout(("备注",), lambda _: None, 0.4, "其他"),
    ]


def _write_one(
    draw: random.Random, rows: pl.DataFrame, path: Path, title: str, as_of: dt.date, *, many: bool
) -> pl.DataFrame:
    """Writes one roster; ``path`` is without its suffix."""
    dice = draw.random()
    suffix = (
        ".csv"
        if rows.height > _CSV_ROWS or dice < 0.05
        else ".xls"
        if dice < 0.2 and rows.height < XLS_ROWS
        else ".xlsx"
    )
    columns = chosen(draw, _layouts(draw, workbook=suffix != ".csv", many=many))
    by_workshop = not many and suffix != ".csv" and rows.height >= 80 and draw.random() < 0.5
    two_rows = suffix != ".csv" and draw.random() < 0.3
    frames = rows.partition_by("workshop", maintain_order=True) if by_workshop else [rows]
    month = f"{as_of.year}年{as_of.month}月"
    lines = [f"{title}工会会员花名册"]
    if draw.random() < 0.7:
        lines.append(f"填报单位：{title}　　　填报时间：{month}")
    lines = [] if suffix == ".csv" else lines
    sheets, places = [], []
    for number, frame in enumerate(frames):
        cells = table(columns, frame)
        sheet = Sheet(
            name=WORKSHOPS[frame["workshop"][0]] if by_workshop else "Sheet1",
            header=[header for header, _ in columns],
            rows=cells,
            title=lines if number == 0 or draw.random() < 0.6 else [],
            bands=bands(columns) if two_rows else [],
            merges=_merged(columns, cells, _EMPLOYER if many else _WORKSHOP)
            if suffix != ".csv" and draw.random() < 0.7
            else [],
            footer=_footer(draw, frame.height, month) if suffix != ".csv" and draw.random() < 0.75 else [],
        )
        sheets.append(sheet)
        places.append(
            frame.select(
                pl.lit(path.name + suffix).alias("file"),
                pl.lit(sheet.name).alias("sheet"),
                (pl.int_range(pl.len()) + sheet.first_data_row).alias("row"),
                "record_key",
                "person_id",
                "household_id",
                "errors",
            )
        )
    write(path.with_name(path.name + suffix), sheets)
    return pl.concat(places)


def _merged(columns: list[tuple[str, Layout]], cells: list[list[Cell]], headers: tuple[str, ...]) -> list[Merge]:
    """Merges runs of the same employer in a county's list, of the same department in an employer's."""
    at = next((at for at, (header, _) in enumerate(columns) if header in headers), None)
    if at is None:
        return []
    merges, first = [], 0
    values = [row[at] for row in cells]
    for row in range(1, len(values) + 1):
        if row == len(values) or values[row] != values[first]:
            merges.append(Merge(at, first, row - 1))
            for inner in range(first + 1, row):
                cells[inner][at] = None
            first = row
    return merges


def _footer(draw: random.Random, count: int, month: str) -> list[list[Cell]]:
    total: list[Cell] = ["合计", f"{count}人"]
    return (
        [total, ["制表人：", None, None, "审核人：", None, None, f"填报日期：{month}"]]
        if draw.random() < 0.7
        else [total]
    )

"""Intake side by side with bare libraries on the same files, in one run.

    python bench/intake.py [--rows 100000,1000000] [--rounds 3] [--workbook-rows 200000]

CSV: receiving and settling one roster (file to the register: reading apart, allow-list, standardisation, validation, profile, encryption, register)
against `polars.read_csv(infer_schema=False)` and `write_parquet` of the same file. XLSX: reading and landing one workbook
against bare calamine (`get_sheet_by_index(0).to_python()`) of it. Each measurement is a process of its own; contestants
take turns, the best round counts. Memory is the peak of the process, and of the largest process it started.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import polars as pl
from python_calamine import CalamineWorkbook

from bangfu.pipeline.context import open_context
from bangfu.pipeline.intake.landing import landing_schema
from bangfu.pipeline.intake.receive import receive
from bangfu.pipeline.intake.settle import settle_pending
from bangfu.readers import Parser
from bangfu.settings import Settings
from bangfu.vault import TableWriter, new_data_key
from schemas.sources import SOURCES

HEADER = (
    "会员证号,姓名,曾用名,证件号码,出生日期,性别,民族,手机号码,现居住地,户籍所在地,工作单位,单位统一社会信用代码,"
    "所属基层工会名称,上级工会,会籍状态,就业状况,入会时间,职工医疗互助参保,银行卡号,备注"
)
_SURNAMES = "李王张杨刘陈赵段董罗周马普何白朱黄徐吴孙高胡郭和木余施苏字尹"
_GIVEN = "明华芳丽英军平建国强文辉云红梅玉珍燕春秀兰桂琼芬会仙勇伟波涛超磊鹏飞斌浩宇杰俊志荣光庆福"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_PLACES = ("昆明市五华区", "大理州大理市", "曲靖市麒麟区", "普洱市思茅区", "德宏州芒市", "红河州个旧市", "文山州富宁县")


def row(number: int, rng: random.Random) -> list[str]:
    """One member of a real-shaped roster; identity numbers lie in the region 539xxx, which does not exist."""
    year, month, day, order = (
        rng.randrange(1960, 2004),
        rng.randrange(1, 13),
        rng.randrange(1, 29),
        rng.randrange(1, 999),
    )
    digits = f"539{number % 130:03d}{year}{month:02d}{day:02d}{order:03d}"
    check = "10X98765432"[sum(int(d) * w for d, w in zip(digits, _WEIGHTS, strict=True)) % 11]
    place, firm = _PLACES[number % len(_PLACES)], number % 5000
    return [
        f"HY{number:08d}", rng.choice(_SURNAMES) + rng.choice(_GIVEN) + rng.choice(("", rng.choice(_GIVEN))), "",
        digits + check, f"{year}-{month:02d}-{day:02d}", "男" if order % 2 else "女", rng.choice(("汉族", "彝族", "白族", "傣")),
        f"13{rng.randrange(10**9):09d}", f"{place}人民路{rng.randrange(900)}号", f"云南省{place}", f"云南示范{firm}有限公司", "",
        f"云南示范{firm}有限公司工会委员会", f"{place}总工会", "正常", "在岗", f"20{rng.randrange(10, 26)}-0{rng.randrange(1, 9)}-01",
        rng.choice("是否"), f"62170000{rng.randrange(10**11):011d}", "",
    ]  # fmt: skip


def write_csv(path: Path, rows: int) -> None:
    rng = random.Random(rows)
    with path.open("w", encoding="utf-8") as file:
        file.write(HEADER + "\n")
        for start in range(0, rows, 50_000):
            lines = (",".join(row(number, rng)) + "\n" for number in range(start, min(start + 50_000, rows)))
            file.write("".join(lines))


def write_xlsx(path: Path, rows: int) -> None:
    import xlsxwriter

    rng = random.Random(rows)
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("花名册")
        sheet.write_row(0, 0, HEADER.split(","))
        for number in range(rows):
            for column, cell in enumerate(row(number, rng)):
                sheet.write_string(number + 1, column, cell)


def bare_polars(path: Path, work: Path) -> None:
    pl.read_csv(path, infer_schema=False).write_parquet(work / "bare.parquet")


def bare_calamine(path: Path, work: Path) -> None:  # noqa: ARG001
    CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()


def intake(path: Path, work: Path) -> dict[str, float]:
    """Receive and settle one roster as an operator would; the database server is there already."""
    settings = Settings.from_environment({"BANGFU_HOME": str(work / "home")})
    with open_context(settings) as context:
        began = time.perf_counter()
        [receipt] = receive(context, "union_roster", [path])
        assert receipt.outcome == "registered", receipt
        received = time.perf_counter()
        [settled] = settle_pending(context)
        assert settled.rows_in == receipt.rows
        ended = time.perf_counter()
    return {"seconds": ended - began, "receive": received - began, "settle": ended - received}


def landing(path: Path, work: Path) -> dict[str, float]:
    """Read a workbook apart and write its cells sealed; the second time, the process that reads is there already."""
    source = SOURCES["union_roster"]
    schema = landing_schema(source)
    seconds = []
    with Parser() as parser:
        for _ in range(2):
            began = time.perf_counter()
            with TableWriter(work / "cells.parquet", schema, new_data_key()) as writer:
                parser.read(path, source, writer.write)
            seconds.append(time.perf_counter() - began)
    return {"seconds": seconds[0], "next file": seconds[1]}


CONTESTANTS: dict[str, Callable[[Path, Path], dict[str, float] | None]] = {
    "polars": bare_polars,
    "intake": intake,
    "calamine": bare_calamine,
    "landing": landing,
}


def measured(name: str, path: Path) -> dict[str, float]:
    """One contestant in a process of its own: seconds of the work, libraries loaded before, and peak memory."""
    with tempfile.TemporaryDirectory(prefix="bangfu-bench-") as folder:
        if name == "intake":
            from bangfu.db import embedded

            settings = Settings.from_environment({"BANGFU_HOME": f"{folder}/home"})
            server = embedded.running(settings)
            server.__enter__()
        try:
            command = [sys.executable, __file__, "--only", name, "--file", str(path), "--work", folder]
            began = time.perf_counter()
            told = subprocess.run(command, check=True, capture_output=True, text=True, env=dict(os.environ))
            whole = time.perf_counter() - began
        finally:
            if name == "intake":
                server.__exit__(None, None, None)
        return {**json.loads(told.stdout.splitlines()[-1]), "process": whole}


def alone(name: str, path: Path, work: Path) -> None:
    """What the process of a contestant does."""
    began = time.perf_counter()
    more = CONTESTANTS[name](path, work) or {}
    seconds = time.perf_counter() - began
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "own_mb": own, "child_mb": children, **more}))


def compare(path: Path, bare: str, ours: str, rounds: int, rows: int) -> None:
    best: dict[str, dict[str, float]] = {}
    for _ in range(rounds):
        for name in (bare, ours):
            found = measured(name, path)
            if name not in best or found["seconds"] < best[name]["seconds"]:
                best[name] = found
    for name in (bare, ours):
        found = best[name]
        stages = ", ".join(
            f"{stage} {found[stage]:.2f} s" for stage in ("receive", "settle", "next file") if stage in found
        )
        print(
            f"{path.suffix} {rows:>10,} rows  {name:<9} {found['seconds']:7.2f} s  {rows / found['seconds']:>10,.0f} rows/s  "
            f"{found['own_mb']:6.0f} MB (+ child {found['child_mb']:5.0f} MB)  {stages}",
            flush=True,
        )
    print(
        f"{'':>18}{ours} takes {best[ours]['seconds'] / best[bare]['seconds']:.2f} times as long as {bare}\n",
        flush=True,
    )


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rows", default="100000,1000000")
    arguments.add_argument("--workbook-rows", type=int, default=100_000)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "bangfu-bench-files")
    arguments.add_argument("--only", choices=CONTESTANTS)
    arguments.add_argument("--file", type=Path)
    arguments.add_argument("--work", type=Path)
    given = arguments.parse_args()
    if given.only:
        alone(given.only, given.file, given.work)
        return
    given.folder.mkdir(exist_ok=True)
    for rows in map(int, filter(None, given.rows.split(","))):
        path = given.folder / f"roster-{rows}.csv"
        if not path.exists():
            write_csv(path, rows)
        compare(path, "polars", "intake", given.rounds, rows)
    if given.workbook_rows:
        path = given.folder / f"roster-{given.workbook_rows}.xlsx"
        if not path.exists():
            write_xlsx(path, given.workbook_rows)
        compare(path, "calamine", "landing", given.rounds, given.workbook_rows)


if __name__ == "__main__":
    main()

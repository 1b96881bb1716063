"""A new source from a sample: a module that loads, that the formatter leaves alone, and that nothing is received by."""

import ast
import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bangfu.errors import BangfuError, Refused
from bangfu.pipeline.intake.lawful import check_lawful
from bangfu.pipeline.sources.new import NewSource, new_source
from bangfu.readers.headers import header_key
from schemas.fields import FIELDS
from schemas.shared import ACCOUNTS, IDENTITY, PHONE
from schemas.source import Source
from schemas.sources import SOURCES
from tests.bangfu.readers.extracts import NUMBERS, csv_file, xlsx_file

PROJECT = Path(__file__).parents[4]
HEADER = ("序号", "申请人", "姓名", "证件信息", "联络", "工资卡", "开户行", "主诊断", "补贴金额", "民族", "家属姓名")
ROWS = [
    (str(n), "甲公司", "岩温", number, f"1380000111{n}", f"622202020000000000{n}", "某行", "某病", "300", "汉", "李娜")
    for n, number in enumerate(NUMBERS, 1)
]


def sample(tmp_path: Path) -> Path:
    return xlsx_file(tmp_path / "住房补贴.xlsx", {"名单": [("住房补贴名单",), HEADER, *ROWS]})


def loaded(path: Path) -> Source:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    source: Source = module.SOURCE
    return source


def assert_sound(source: Source) -> None:
    """What `tests/schemas/test_sources.py` asks of every declaration, but for what a person must fill in."""
    aliases = [(header_key(alias), column.field) for column in source.columns for alias in column.aliases]
    assert len(dict(aliases)) == len(aliases), "a header means two things"
    names = [column.field for column in source.columns]
    assert len(set(names)) == len(names)
    assert {*names, *source.natural_key, *source.person_key} <= set(FIELDS)
    assert not any(FIELDS[name].standardiser == "derived" for name in names)
    assert source.forbidden
    assert {header_key(header) for header in source.forbidden}.isdisjoint(dict(aliases))
    assert "name" in source.required
    assert "name" in source.person_key
    assert source.zh != source.en


def test_a_sample_becomes_a_declaration(tmp_path: Path) -> None:
    done = new_source(NewSource("housing_aid", sample(tmp_path), "住房补贴名单", "住房保障部门", tmp_path))
    assert done.fields == {"姓名": "name", "证件信息": "id_number", "联络": "phone", "民族": "ethnic_group"}
    assert done.identity == ("id_number", "phone")
    assert done.forbidden == ("工资卡", "开户行", "主诊断", "家属姓名")
    assert [item.header for item in done.proposals] == ["序号", "申请人", "补贴金额"]
    source = loaded(done.path)
    assert_sound(source)
    assert (source.code, source.zh, source.owner_zh) == ("housing_aid", "住房补贴名单", "住房保障部门")
    assert {column.field: column.aliases for column in source.columns} == {
        "name": ("姓名",),
        "id_number": ("证件信息", *IDENTITY),
        "phone": ("联络", *PHONE),
        "ethnic_group": ("民族",),
    }
    assert source.forbidden == (*ACCOUNTS, "工资卡", "主诊断", "家属姓名")
    text = done.path.read_text("utf-8")
    assert "        ETHNIC_GROUP,\n" in text
    assert '# Column("待定", ("补贴金额",)),  取值：3 位数字 100%' in text


def test_nothing_can_be_received_until_somebody_has_filled_it_in(tmp_path: Path) -> None:
    source = loaded(new_source(NewSource("housing_aid", sample(tmp_path), folder=tmp_path)).path)
    with pytest.raises(Refused) as refused:
        check_lawful(source)
    assert refused.value.code == "legal_basis_expired"


def test_no_value_of_the_sample_is_in_the_module(tmp_path: Path) -> None:
    text = new_source(NewSource("housing_aid", sample(tmp_path), folder=tmp_path)).path.read_text("utf-8")
    for canary in ("岩温", "李娜", NUMBERS[0], "13800001111", "6222020", "甲公司", "某病"):
        assert canary not in text


@pytest.mark.parametrize("code", SOURCES)
def test_headers_of_every_source_make_a_sound_module_that_the_formatter_leaves_alone(code: str, tmp_path: Path) -> None:
    source = SOURCES[code]
    header = list(dict.fromkeys([*(column.aliases[0] for column in source.columns), *source.forbidden]))
    path = csv_file(tmp_path / "样表.csv", [header, ["岩温"] * len(header)])
    done = new_source(NewSource("fresh_source", path, "一份名称很长的数据" * 8, folder=tmp_path))
    assert_sound(loaded(done.path))
    for command in (["format", "--check", "--diff"], ["check"]):
        ruff = [sys.executable, "-m", "ruff", *command, "--config", str(PROJECT / "pyproject.toml"), str(done.path)]
        checked = subprocess.run(ruff, capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_package_takes_it_in_and_receiving_refuses_it(tmp_path: Path) -> None:
    """In a copy of the declarations: the new module is one source more, found by its code."""
    shutil.copytree(PROJECT / "schemas", tmp_path / "schemas", ignore=shutil.ignore_patterns("__pycache__"))
    path = sample(tmp_path)
    new_source(NewSource("housing_aid", path, folder=tmp_path / "schemas" / "sources"))
    probe = (
        "import datetime as dt, sys; from pathlib import Path\n"
        "from schemas.sources import SOURCES\n"
        "from bangfu.pipeline.sources.check import check_file\n"
        "found = check_file(Path(sys.argv[1]), 'housing_aid')\n"
        "print(len(SOURCES), [item.code for item in found.refusals], found.accepted)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe, str(path)],
        capture_output=True, text=True, check=False, cwd=tmp_path,
        env={"PYTHONPATH": f"{tmp_path}:{PROJECT / 'plugins'}:{PROJECT}"},
    )  # fmt: skip
    assert done.stdout == f"{len(SOURCES) + 1} ['legal_basis_expired'] {len(ROWS)}\n", done.stderr[-2000:]


def test_a_hostile_header_stays_a_header(tmp_path: Path) -> None:
    header = ("姓名", "身份证号", '备注")),__import__("os")', "另\\一列", "三\n列", "#四", "*PHONE")
    path = xlsx_file(tmp_path / "a.xlsx", [header, ("岩温", NUMBERS[0], "1", "2", "3", "4", "5")])
    text = new_source(NewSource("housing_aid", path, folder=tmp_path)).path.read_text("utf-8")
    called = {node.func.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}  # fmt: skip
    assert called == {"Source", "LegalBasis", "Column"}
    assert "import ACCOUNTS, IDENTITY\n" in text


@pytest.mark.parametrize("code", ["Housing", "housing-aid", "1aid", "", "a__b", "a" * 41, "../evil", "住房"])
def test_a_bad_code_is_refused(code: str, tmp_path: Path) -> None:
    with pytest.raises(BangfuError, match="is no code"):
        new_source(NewSource(code, sample(tmp_path), folder=tmp_path))


def test_what_is_there_is_never_overwritten(tmp_path: Path) -> None:
    path = sample(tmp_path)
    with pytest.raises(BangfuError, match="There is a source civil_affairs already"):
        new_source(NewSource("civil_affairs", path, folder=tmp_path))
    (tmp_path / "housing_aid.py").write_text("mine")
    with pytest.raises(BangfuError, match="exists already and is left as it is"):
        new_source(NewSource("housing_aid", path, folder=tmp_path))
    assert (tmp_path / "housing_aid.py").read_text() == "mine"


def test_a_sample_without_names_or_without_a_header_is_refused(tmp_path: Path) -> None:
    nameless = csv_file(tmp_path / "a.csv", [("民族", "性别"), ("汉", "男")])
    with pytest.raises(BangfuError, match="No column of names"):
        new_source(NewSource("housing_aid", nameless, folder=tmp_path))
    with pytest.raises(Refused):
        new_source(NewSource("housing_aid", csv_file(tmp_path / "b.csv", [("甲", "乙"), ("1", "2")]), folder=tmp_path))
    with pytest.raises(BangfuError, match="There is no file"):
        new_source(NewSource("housing_aid", tmp_path / "c.csv", folder=tmp_path))
    with pytest.raises(BangfuError, match="There is no directory"):
        new_source(NewSource("housing_aid", sample(tmp_path), folder=tmp_path / "nowhere"))
    assert not (tmp_path / "housing_aid.py").exists()

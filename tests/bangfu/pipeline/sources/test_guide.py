"""The guides show a source being added as it goes: the commands, what they print, and the draft."""

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bangfu.readers.extracts import NUMBERS, xlsx_file

PROJECT = Path(__file__).parents[4]
DOCS = PROJECT / "docs"
GUIDES = pytest.mark.parametrize("guide", ["data-engineer.md", "data-engineer.zh.md"])
HEADER = (
    "户编号",
    "家庭住址",
    "姓名",
    "证件信息",
    "与户主关系",
    "联络",
    "民族",
    "工资卡",
    "开户行",
    "主诊断",
    "补贴金额",
)
FAMILIES = (
    ("H1", "某乡一村", "李娜", NUMBERS[0], "户主", "13800001111", "汉", "6222020200000000011", "某行", "某病", "300"),
    (None, None, "岩叫", NUMBERS[1], "儿子", "13800001112", "汉", "6222020200000000012", "某行", "某病", None),
    ("H2", "某街二号", "岩温", NUMBERS[2], "户主", "13800001113", "傣", "6222020200000000013", "某行", "某病", "500"),
    (None, None, "岩香", NUMBERS[3], "妻子", "13800001114", "傣", "6222020200000000014", "某行", "某病", None),
)


def blocks(guide: str) -> list[str]:
    """The fenced blocks of the chapter that adds a source."""
    text = (DOCS / guide).read_text("utf-8")
    heading = "## Adding a source" if "zh" not in guide else "## 新增一类数据"
    chapter = text.split(f"{heading}\n")[1].split("\n## ")[0]
    return [block.partition("\n")[2] for block in chapter.split("```")[1::2]]


@GUIDES
def test_what_the_guide_shows_is_what_the_commands_say(guide: str, tmp_path: Path) -> None:
    """In a copy of the declarations, to which the draft is added."""
    new, drafted, module, checked = blocks(guide)
    shutil.copytree(PROJECT / "schemas", tmp_path / "schemas", ignore=shutil.ignore_patterns("__pycache__"))
    xlsx_file(tmp_path / "住房补贴.xlsx", {"名单": [("某县住房补贴名单",), HEADER, *FAMILIES]})
    assert ran(tmp_path, new, 0).replace(f"{tmp_path}/", "").startswith(drafted)
    assert module in (tmp_path / "schemas" / "sources" / "housing_aid.py").read_text("utf-8")
    assert ran(tmp_path, "bangfu source check 住房补贴.xlsx --source housing_aid", 1).endswith(checked)


def ran(folder: Path, command: str, code: int) -> str:
    """What a command prints."""
    run = "import sys; from bangfu.cli import main; sys.exit(main(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-c", run, *shlex.split(command)[1:]],
        capture_output=True, text=True, check=False, cwd=folder,
        env={"PYTHONPATH": f"{folder}:{PROJECT / 'plugins'}:{PROJECT}"},
    )  # fmt: skip
    assert done.returncode == code, done.stderr[-2000:]
    return done.stdout

"""Hazards of names and phones.

One test per hazard, from the bytes to the exact standardised value; the names are the published table of what is handled.
"""

from pathlib import Path

import pytest

from tests.bangfu.readers.extracts import HEADER, csv_file, xlsx_file
from tests.bangfu.readers.hazards.standardised import ID, one, values


@pytest.mark.parametrize(
    ("written", "name", "former"),
    [
        ("李 娜", "李娜", None),
        ("李娜（户主）", "李娜", None),
        ("李娜(曾用名：李小娜)", "李娜", "李小娜"),
        ("阿依•古丽", "阿依·古丽", None),
        ("阿依・古丽", "阿依·古丽", None),
        ("阿依‧古丽", "阿依·古丽", None),
    ],
)
def test_names(tmp_path: Path, written: str, name: str, former: str | None) -> None:
    path = xlsx_file(tmp_path / "a.xlsx", [("姓名", "身份证号"), (written, ID)])
    assert values(path, "name", "former_name") == [(name, former)]


@pytest.mark.parametrize("written", ["王?", "王□", "王X", "王yan", "王火日升"])
def test_rare_character_replaced_by_the_sender(tmp_path: Path, written: str) -> None:
    """It stays as it was sent: linkage compares it as a gap, and a guess would be another person's name."""
    assert values(csv_file(tmp_path / "a.csv", [HEADER, (written, ID, "")]), "name") == [(written,)]


@pytest.mark.parametrize("written", ["138 0000 1111", "+86-13800001111", "１３８００００１１１１", "13800001111.0"])
def test_phones(tmp_path: Path, written: str) -> None:
    assert one(tmp_path, ("姓名", "手机号码"), ("李娜", written), "phone") == ("13800001111",)

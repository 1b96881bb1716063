"""Hazards of file formats: content decides, not the name.

One test per hazard, from the bytes to the exact standardised value; the names are the published table of what is handled.
"""

from pathlib import Path

import pytest

from bangfu.errors import Refused
from tests.bangfu.readers.extracts import HEADER, NUMBERS, PEOPLE, csv_file, read, xls_file, xlsx_file
from tests.bangfu.readers.hazards.standardised import ID, standard, values
from tests.bangfu.readers.locking import FORMS, PASSWORD, Lock
from tests.bangfu.readers.test_archives import zipped


def test_old_workbook(tmp_path: Path) -> None:
    assert values(xls_file(tmp_path / "a.xls", [HEADER, *PEOPLE]), "name", "id_number")[0] == ("李娜", ID)


def test_wps_table(tmp_path: Path) -> None:
    """An .et file of WPS is an OLE workbook; content decides, not the name."""
    assert values(xls_file(tmp_path / "花名册.et", [HEADER, *PEOPLE]), "name", "id_number")[0] == ("李娜", ID)


def test_workbook_named_csv(tmp_path: Path) -> None:
    assert values(xlsx_file(tmp_path / "花名册.csv", [HEADER, *PEOPLE]), "name")[0] == ("李娜",)


def test_tab_separated_text_named_xls(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "花名册.xls", [HEADER, *PEOPLE], encoding="gb18030", delimiter="\t")
    assert values(path, "name")[0] == ("李娜",)


def test_web_page_named_xls(tmp_path: Path) -> None:
    path = tmp_path / "花名册.xls"
    path.write_text("<html><table><tr><td>姓名</td></tr></table>", encoding="utf-8")
    with pytest.raises(Refused) as refused:
        read(path)
    assert refused.value.code == "markup_file"
    assert "另存为 xlsx" in refused.value.zh


def test_zipped_csv(tmp_path: Path) -> None:
    content = csv_file(tmp_path / "a.csv", [HEADER, *PEOPLE], encoding="gb18030").read_bytes()
    assert values(zipped(tmp_path / "a.zip", {"花名册.csv": content}), "name")[1] == ("岩温",)


@pytest.mark.parametrize("lock", FORMS.values(), ids=FORMS.keys())
def test_workbook_with_an_agreed_password(tmp_path: Path, lock: Lock) -> None:
    table = read(lock(tmp_path / "a.xlsx"), passwords=(PASSWORD,))
    assert standard(table)["id_number"].to_list() == list(NUMBERS[:2])

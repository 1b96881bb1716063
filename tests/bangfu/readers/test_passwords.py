"""Workbooks with an opening password: opened with those agreed, in memory, or refused with what to do."""

import tempfile
from pathlib import Path

import pytest

from bangfu.errors import Refused
from tests.bangfu.readers.extracts import PEOPLE, assert_clear, cells, read, read_here
from tests.bangfu.readers.locking import FORMS, PASSWORD, Lock, agile_xlsx, standard_xlsx

LOCKED = pytest.mark.parametrize("lock", FORMS.values(), ids=FORMS.keys())


@LOCKED
def test_the_first_password_that_fits_opens_it(tmp_path: Path, lock: Lock) -> None:
    table = read(lock(tmp_path / "a.xlsx"), passwords=("去年的密码", PASSWORD, "明年的密码"))
    assert cells(table, "name", "id_number", "union_name") == list(PEOPLE)
    assert table.report.container == "password"


@LOCKED
@pytest.mark.parametrize("passwords", [(), ("不对",)], ids=["none", "wrong"])
def test_without_the_password_the_sender_hears_what_to_do(
    tmp_path: Path, lock: Lock, passwords: tuple[str, ...]
) -> None:
    path = lock(tmp_path / "a.xlsx")
    with pytest.raises(Refused) as refused:
        read(path, passwords=passwords)
    assert refused.value.code == "encrypted_workbook"
    assert "密码" in refused.value.zh
    assert "不对" not in str(refused.value)
    assert_clear(refused.value)


@LOCKED
def test_no_temporary_file_is_written(tmp_path: Path, lock: Lock, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was encrypted on the way must not lie on a disk in the clear."""
    path = lock(tmp_path / "a.xlsx")
    for name in ("TemporaryFile", "NamedTemporaryFile", "mkstemp"):
        monkeypatch.setattr(tempfile, name, lambda *_, **__: pytest.fail("a temporary file"))
    frame, _ = read_here(path, passwords=(PASSWORD,))
    assert frame.height == 2


def test_encryption_that_is_damaged(tmp_path: Path) -> None:
    path = agile_xlsx(tmp_path / "a.xlsx")
    content = bytearray(path.read_bytes())
    place = content.index(b"<encryption")
    content[place : place + 20] = b"x" * 20
    path.write_bytes(content)
    with pytest.raises(Refused) as refused:
        read(path, passwords=(PASSWORD,))
    assert refused.value.code == "unreadable_workbook"


@pytest.mark.parametrize("version", [(4, 3), (9, 9)], ids=["extensible", "unheard of"])
def test_encryption_that_nobody_can_open(tmp_path: Path, version: tuple[int, int]) -> None:
    """Whatever it is, the sender hears that the password has to go."""
    with pytest.raises(Refused) as refused:
        read(standard_xlsx(tmp_path / "a.xlsx", version), passwords=(PASSWORD,))
    assert refused.value.code in {"encrypted_workbook", "unreadable_workbook"}
    assert "取消密码" in refused.value.zh
    assert_clear(refused.value)

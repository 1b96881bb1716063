"""Where the lists of a returned workbook are."""

import pytest

from bangfu.errors import Refused
from bangfu.review.workbook.finding import find_list
from schemas.review import MEMBER_COLUMNS

_ZH = [column.zh for column in MEMBER_COLUMNS]
_EN = [column.en for column in MEMBER_COLUMNS]


@pytest.mark.parametrize(
    "header",
    [
        _ZH,
        _EN,
        [f"{zh}*\n{en}" for zh, en in zip(_ZH, _EN, strict=True)],
        [f" {zh} ＊" for zh in _ZH],
        list(reversed(_ZH)),
        ["序号", *_ZH, "备注"],
    ],
    ids=["zh", "en", "as made", "spaces", "reversed", "more"],
)
def test_a_header_is_found_however_it_is_written(header: list[str]) -> None:
    found = find_list({"家庭成员": [["标题"], [], header, ["x"] * len(header), ["", " "]]}, "家庭成员", MEMBER_COLUMNS)
    (line,) = found.lines()
    assert (line.row, set(line.cells.values())) == (4, {"x"})
    assert line.cells.keys() == {column.code for column in MEMBER_COLUMNS}


def test_its_own_sheet_goes_before_another_with_the_same_header() -> None:
    sheets = {"备份": [_ZH, ["旧"]], "家庭成员": [_ZH, ["新"]]}
    assert next(find_list(sheets, "家庭成员", MEMBER_COLUMNS).lines()).cells["clue_id"] == "新"


@pytest.mark.parametrize(
    ("header", "code", "named"),
    [
        (["说明"], "list_missing", "家庭成员"),
        (_ZH[:-1], "column_missing", "参加医保"),
        ([*_ZH, "年龄"], "column_twice", "年龄"),
    ],
)
def test_what_is_lost_or_doubled_is_named(header: list[str], code: str, named: str) -> None:
    with pytest.raises(Refused) as caught:
        find_list({"家庭成员": [header]}, "家庭成员", MEMBER_COLUMNS)
    assert caught.value.code == code
    assert named in caught.value.zh

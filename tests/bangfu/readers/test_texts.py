"""Delimited text: encodings, delimiters, line ends, quotation."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bangfu.errors import Refused
from bangfu.readers.texts import DELIMITERS, decode, read_texts
from tests.bangfu.readers.extracts import HEADER, PEOPLE, assert_clear, cells, csv_file, roster

FOUR_BYTES = "𠮷"
"""Outside the basic plane: four bytes in GB18030, none at all in GBK."""


def written(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030", "gbk", "gb2312"])
def test_every_encoding_in_use_gives_the_same_text(tmp_path: Path, encoding: str) -> None:
    path = csv_file(tmp_path / "a.csv", [HEADER, *PEOPLE], encoding=encoding)
    assert cells(roster(path), "name", "id_number", "union_name") == list(PEOPLE)


def test_a_four_byte_character_of_gb18030(tmp_path: Path) -> None:
    """GB18030 must not be read as GBK: one rare name in a file would then refuse or garble all of it."""
    assert len(FOUR_BYTES.encode("gb18030")) == 4
    path = csv_file(tmp_path / "a.csv", [HEADER, ("王" + FOUR_BYTES, PEOPLE[0][1], "")], encoding="gb18030")
    assert cells(roster(path), "name") == [("王" + FOUR_BYTES,)]


def test_private_use_characters_of_gbk_become_the_unicode_ones(tmp_path: Path) -> None:
    """Python's codec keeps the mapping of before 2022: FE59 comes out as U+E81E, which no font of ours shows."""
    content = "姓名,身份证号\n王".encode("gb18030") + b"\xfe\x59" + f",{PEOPLE[0][1]}\n".encode()
    table = roster(written(tmp_path / "a.csv", content))
    assert cells(table, "name") == [("王龴",)]
    assert table.report.private_use_characters == 0


def test_private_use_characters_in_unicode_text_are_mapped_too(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "a.csv", [HEADER, ("刘\ue863", PEOPLE[0][1], "")])
    assert cells(roster(path), "name") == [("刘䶮",)]


def test_a_character_only_the_sender_s_font_knows_stays_and_is_counted(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "a.csv", [HEADER, ("刘\uf123", PEOPLE[0][1], ""), PEOPLE[1]])
    table = roster(path)
    assert cells(table, "name")[0] == ("刘\uf123",)
    assert table.report.private_use_characters == 1


@pytest.mark.parametrize("delimiter", DELIMITERS)
def test_every_delimiter(tmp_path: Path, delimiter: str) -> None:
    path = csv_file(tmp_path / "a.csv", [HEADER, *PEOPLE], delimiter=delimiter)
    assert cells(roster(path), "name", "id_number", "union_name") == list(PEOPLE)


def test_commas_in_cells_do_not_make_a_tab_separated_file_a_comma_separated_one(tmp_path: Path) -> None:
    rows = [("姓名", "身份证号", "住址,电话,备注"), ("李娜", PEOPLE[0][1], "昆明,五华,一号")]
    table = roster(csv_file(tmp_path / "a.txt", rows, delimiter="\t"))
    assert cells(table, "name", "id_number") == [("李娜", PEOPLE[0][1])]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end(tmp_path: Path, end: str) -> None:
    text = end.join(",".join(row) for row in (HEADER, *PEOPLE))
    assert cells(roster(written(tmp_path / "a.csv", text)), "name") == [("李娜",), ("岩温",)]


def test_quoted_cells_may_hold_delimiters_line_ends_and_quotes(tmp_path: Path) -> None:
    text = f'姓名,身份证号,住址\n"李娜",{PEOPLE[0][1]},"昆明市,五华区\n""翠湖""路"\n岩温,{PEOPLE[1][1]},\n'
    table = roster(written(tmp_path / "a.csv", text))
    assert cells(table, "name", "address") == [("李娜", '昆明市,五华区\n"翠湖"路'), ("岩温", None)]


def test_a_line_end_inside_the_header_does_not_shift_the_rows(tmp_path: Path) -> None:
    text = f'某公司\n"姓名\n(必填)",身份证号\n李娜,{PEOPLE[0][1]}\n'
    table = roster(written(tmp_path / "a.csv", text))
    assert cells(table, "name", "id_number") == [("李娜", PEOPLE[0][1])]


def test_blank_lines_and_short_rows_are_no_harm(tmp_path: Path) -> None:
    text = f"姓名,身份证号,住址\n\n李娜,{PEOPLE[0][1]}\n\n岩温,{PEOPLE[1][1]},昆明,,\n"
    assert cells(roster(written(tmp_path / "a.csv", text)), "name", "address") == [("李娜", None), ("岩温", "昆明")]


@pytest.mark.parametrize(
    "row",
    [f"李娜,{PEOPLE[0][1]},昆明市,五华区", f'李娜,{PEOPLE[0][1]},"昆明', f'"李"娜,{PEOPLE[0][1]},昆明'],
    ids=["too many cells", "unclosed quotation", "quotation inside a cell"],
)
@pytest.mark.parametrize("rows_before", [1, 100])
def test_a_broken_row_refuses_the_file_and_names_the_row(tmp_path: Path, row: str, rows_before: int) -> None:
    """Cells that moved to another column would pair a name with somebody else's number."""
    text = "姓名,身份证号,住址\n" + "岩温,539210199003070087,昆明\n" * rows_before + row + "\n"
    with pytest.raises(Refused) as refused:
        roster(written(tmp_path / "a.csv", text))
    assert refused.value.code == "broken_text_row"
    assert str(rows_before + 1) in refused.value.zh
    assert "李娜" not in str(refused.value)
    assert_clear(refused.value)


def test_a_quotation_that_swallows_the_rest_is_refused(tmp_path: Path) -> None:
    text = '姓名,身份证号\n"李娜,539210199003070036\n' + "岩温,539210199003070087\n" * 20_000
    with pytest.raises(Refused) as refused:
        roster(written(tmp_path / "a.csv", text))
    assert_clear(refused.value)


@pytest.mark.parametrize(
    "content",
    [b"\xff\xff\xff,\xff\n", "姓名,身份证号\n李".encode() + b"\xff\xfe\xfa", "姓名,证件\n李娜,1".encode("utf-16-le")],
    ids=["neither", "broken in the middle", "utf-16 without a mark"],
)
def test_an_unknown_encoding_is_refused_rather_than_guessed(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(Refused) as refused:
        roster(written(tmp_path / "a.csv", content))
    assert refused.value.code == "unknown_encoding"
    assert_clear(refused.value)


def test_nul_characters_do_not_end_a_text(tmp_path: Path) -> None:
    text = f"姓名,身份证号\n李\0娜,{PEOPLE[0][1]}\n岩温,{PEOPLE[1][1]}\n"
    table = roster(written(tmp_path / "a.csv", text))
    assert [name.replace("\0", "") for (name,) in cells(table, "name")] == ["李娜", "岩温"]


def test_a_text_of_one_column_has_no_table(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        roster(written(tmp_path / "a.csv", "姓名\n李娜\n"))
    assert refused.value.code == "no_table"
    assert_clear(refused.value)


def test_a_row_can_be_read_again_wherever_it_stands(tmp_path: Path) -> None:
    rows = [HEADER, *[(f"人{n}", str(n), "") for n in range(100)]]
    grid = read_texts(csv_file(tmp_path / "a.csv", rows))[0]
    assert grid.columns([0], 1)[0].len() == 100
    assert [grid.row(position)[0] for position in (0, 1, 59, 60, 100)] == ["姓名", "人0", "人58", "人59", "人99"]


@given(st.binary(max_size=300))
def test_bytes_of_any_kind_become_utf8_or_are_refused(raw: bytes) -> None:
    try:
        text = decode(raw).decode("utf-8")
    except Refused as refused:
        text = refused.code
    assert "\r" not in text
    assert text == "unknown_encoding" or len(text) <= len(raw)


cell_texts = st.text(st.sampled_from("王李岩温, \t\n\"'；;|0a\u3000"), max_size=6)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(cell_texts, cell_texts), min_size=1, max_size=70))
def test_what_a_csv_writer_wrote_is_what_is_read(tmp_path: Path, people: list[tuple[str, str]]) -> None:
    import csv

    path = tmp_path / "law.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("姓名", "住址", "证件号码"), *((*person, PEOPLE[0][1]) for person in people)])
    grid = next(grid for grid in read_texts(path) if grid.delimiter == ",")
    read = pl.DataFrame(grid.columns([0, 1], 1)).rows()
    assert [(name or "", address or "") for name, address in read] == people

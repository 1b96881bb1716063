"""Delimited text: encodings, delimiters, line ends, quotation."""

import csv
import io
import re
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bangfu.errors import Refused
from bangfu.readers.texts import DELIMITERS
from tests.bangfu.readers.extracts import HEADER, PEOPLE, assert_clear, cells, csv_file, read, read_here, roster

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
    assert f"第 {rows_before + 2} 行" in refused.value.zh
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


def test_a_text_of_one_column_has_no_table(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        roster(written(tmp_path / "a.csv", "姓名\n李娜\n"))
    assert refused.value.code == "no_table"
    assert_clear(refused.value)


def test_a_table_wider_than_any_sheet_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        roster(written(tmp_path / "a.csv", "姓名,身份证号" + "," * 17_000 + "\n李娜,1\n"))
    assert refused.value.code == "too_many_columns"
    assert_clear(refused.value)


def test_rows_that_end_with_one_more_delimiter_than_the_header(tmp_path: Path) -> None:
    """Some exporters end every row with a comma, and the header without."""
    text = f"姓名,身份证号\n李娜,{PEOPLE[0][1]},\n岩温,{PEOPLE[1][1]},\n"
    assert cells(roster(written(tmp_path / "a.csv", text)), "name", "id_number") == [row[:2] for row in PEOPLE]
    with pytest.raises(Refused) as refused:
        roster(written(tmp_path / "a.csv", text + f"玉香,{PEOPLE[0][1]},13800001111\n"))
    assert refused.value.code == "broken_text_row"
    assert "第 4 行" in refused.value.zh


@pytest.mark.parametrize("text", ["姓名,身份证号\n李娜,1\n", "姓名,身份证号\n李娜,1"])
def test_whether_a_file_ends_with_a_line_end_is_told(tmp_path: Path, text: str) -> None:
    """A transfer that broke off seldom stops exactly at one; the sender's row count then says the rest."""
    report = roster(written(tmp_path / "a.csv", text)).report
    assert report.ends_cleanly is text.endswith("\n")
    assert report.encoding == "utf-8"


HOUSEHOLD_FIELDS = ("household_ref", "relief_category", "name", "address", "id_number", "sheet_row")
texts_of_cells = st.sampled_from(["", " ", "李娜", '王"二"', "昆明,五华", "一\n二", "合计", "J1", "J2", "\0", "\r"])
household_rows = st.lists(st.tuples(*[texts_of_cells] * 5), min_size=0, max_size=25)


def comma_separated(rows: list[tuple[str, ...]], quote_all: bool) -> str:
    """As a CSV writer puts it; not quoting everything leaves some marks where they do not belong."""
    buffer = io.StringIO()
    quoting = csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL
    csv.writer(buffer, quoting=quoting).writerows([("救助证号", "救助类别", "姓名", "家庭住址", "身份证号"), *rows])
    return buffer.getvalue()


def outcome(path: Path, source: str, block_bytes: int) -> object:
    """What reading gives, refusals included."""
    try:
        frame, report = read_here(path, source, block_bytes=block_bytes)
    except Refused as refused:
        return refused.code, refused.zh
    return frame.rows(), report


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(
    rows=household_rows,
    quote_all=st.booleans(),
    noise=st.sampled_from(["", "", "", '"', 'x"y', '"a"b', ",,,,,,,", ",,,,,,9", "\r", "\n\n"]),
    at=st.integers(0, 10**6),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]),
    block_bytes=st.integers(1, 400),
    source=st.sampled_from(["civil_affairs", "union_roster"]),
)
def test_the_result_does_not_depend_on_how_a_file_is_cut(
    tmp_path: Path,
    rows: list[tuple[str, ...]],
    quote_all: bool,
    noise: str,
    at: int,
    encoding: str,
    block_bytes: int,
    source: str,
) -> None:
    """Footers, empty rows, filling downwards, quoted line ends: all carried from one piece to the next."""
    text = comma_separated(rows, quote_all)
    place = at % (len(text) + 1)
    path = written(tmp_path / "law.csv", (text[:place] + noise + text[place:]).encode(encoding))
    assert outcome(path, source, block_bytes) == outcome(path, source, 1 << 23)


def test_a_file_of_many_pieces_is_read_like_one(tmp_path: Path) -> None:
    rows = [(f"J{n // 3}" if n % 3 == 0 else "", "", f"人{n}", "昆明", str(n)) for n in range(20_000)]
    path = written(tmp_path / "a.csv", comma_separated(rows, quote_all=False))
    frame, report = read_here(path, "civil_affairs", block_bytes=10_000)
    whole = read(path, "civil_affairs")
    assert frame.equals(whole.frame)
    assert report == whole.report
    assert frame["household_ref"].to_list() == [f"J{n // 3}" for n in range(20_000)]


cell_texts = st.text(st.characters(exclude_categories=["Cs", "Cc", "Co"]), max_size=8).map(str.strip)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(cell_texts, cell_texts), min_size=1, max_size=70))
def test_what_a_csv_writer_wrote_is_what_is_read(tmp_path: Path, people: list[tuple[str, str]]) -> None:
    path = tmp_path / "law.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("姓名", "住址", "证件号码"), *((*person, PEOPLE[0][1]) for person in people)])
    frame, _ = read_here(path)
    found = frame.select(pl.col("name", "address").fill_null("")).rows()
    invisible = re.compile(r"[\s\u00ad\u0600-\u0605\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]*")
    assert [row for row in found if not all(map(invisible.fullmatch, row))] == [
        row for row in people if not all(map(invisible.fullmatch, row))
    ]

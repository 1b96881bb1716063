"""Records however the text is cut, the same as Python's csv module finds them."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bangfu.errors import Refused
from bangfu.readers.records import LONGEST_RECORD, records


def found(text: str, size: int) -> list[list[str]]:
    raw = text.encode()
    blocks = [raw[start : start + size] for start in range(0, len(raw), size)]
    return [run.row(position, ",") for run in records(blocks, ",") for position in range(run.count)]


texts = st.text(st.sampled_from('"",\n\n ab'), max_size=40)


@given(texts, st.integers(1, 12))
def test_records_are_those_of_the_csv_module(text: str, size: int) -> None:
    """Quotation marks anywhere: where they do not belong, both refuse."""
    if text and not text.endswith("\n"):
        text += "\n"  # a last line without its end is given one
    try:
        expected = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error:
        with pytest.raises(Refused):
            found(text, size)
        return
    assert found(text, size) == expected


@pytest.mark.parametrize(
    ("text", "plain"), [('a,"b\nc"\nd,e\n', True), ('a,"b""c"\n', True), ('a"b,c\n', False), ('a, "b"\n', False)]
)
def test_marks_where_a_writer_puts_them_are_counted_and_others_taken_one_by_one(text: str, plain: bool) -> None:
    assert [run.plain for run in records([text.encode()], ",")] == [plain]


@pytest.mark.parametrize("text", ["x" * (LONGEST_RECORD + 1) + "\n", '"' + "x\n" * LONGEST_RECORD, '"' * 400_000])
@pytest.mark.parametrize("size", [1 << 12, 1 << 23])
def test_a_record_without_end_is_given_up_early(text: str, size: int) -> None:
    """An unclosed quotation mark at the top must not gather gigabytes before anybody complains."""
    with pytest.raises(Refused) as refused:
        found("a,b\n" + text, size)
    assert refused.value.code == "broken_text_row"
    assert "第 2 行" in refused.value.zh


def test_records_are_numbered_through() -> None:
    runs = list(records([b"a\nb\nc", b"\nd\n", b"e"], ","))
    assert [(run.start, run.count, run.content) for run in runs] == [
        (0, 2, b"a\nb\n"),
        (2, 2, b"c\nd\n"),
        (4, 1, b"e\n"),
    ]


def test_millions_of_empty_rows_come_in_runs_that_memory_can_hold() -> None:
    runs = list(records([b"a,b\n" + b",\n" * 600_000], ","))
    assert [run.count for run in runs] == [262_144, 262_144, 75_713]
    assert [run.start for run in runs] == [0, 262_144, 524_288]
    assert runs[1].row(0, ",") == ["", ""]
    assert {len(run.content) for run in runs[1:]} == {2 * 262_144, 2 * 75_713}

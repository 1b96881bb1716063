"""Text of unknown encoding to UTF-8 with plain line ends."""

import io
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bangfu.errors import Refused
from bangfu.readers.encodings import TextStream, detect_encoding
from tests.bangfu.readers.extracts import assert_clear


def opener(raw: bytes) -> Callable[[], io.BytesIO]:
    return lambda: io.BytesIO(raw)


def decoded(raw: bytes, size: int = 1 << 20) -> tuple[str, TextStream]:
    text = TextStream(opener(raw), detect_encoding(opener(raw)))
    return b"".join(text.blocks(size)).decode(), text


@pytest.mark.parametrize(
    ("written", "encoding"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("gb18030", "gb18030"),
        ("gbk", "gb18030"),
        ("gb2312", "gb18030"),
        ("ascii", "utf-8"),
    ],
)
def test_encodings_in_their_order(written: str, encoding: str) -> None:
    text = "name,id" if written == "ascii" else "姓名,证件\n李娜,1"
    found, stream = decoded(text.encode(written))
    assert (found, stream.encoding) == (text, encoding)


def test_a_character_cut_by_the_end_of_the_file_is_named() -> None:
    """Its bytes would make some text in GB18030, and the sender would hear of a missing header."""
    raw = "姓名,证件\n李娜".encode()[:-1]
    with pytest.raises(Refused) as refused:
        decoded(raw)
    assert refused.value.code == "truncated_file"
    assert_clear(refused.value)


def test_the_line_that_cannot_be_read_is_named() -> None:
    raw = "姓名,证件\n李娜,1\n".encode("gb18030") + b"\xff\xff,2\n"
    with pytest.raises(Refused) as refused:
        decoded(raw)
    assert "第 3 行" in refused.value.zh
    assert_clear(refused.value)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_one_nul_does_not_make_a_file_unreadable(encoding: str) -> None:
    """A legacy system pads a name with NUL; the other fifty thousand rows are as good as ever."""
    text, stream = decoded("姓名,证件\n李\0娜,1\n\x02王,2\n".encode(encoding))
    assert text == "姓名,证件\n李娜,1\n王,2\n"
    assert stream.controls == 2


def test_a_carriage_return_in_a_cell_does_not_cut_the_row() -> None:
    """The rest of the address would become the name of a new person."""
    text, stream = decoded("姓名,住址\r\n李娜,昆明\r五华\r\n".encode())
    assert text == "姓名,住址\n李娜,昆明五华\n"
    assert stream.controls == 1


def test_where_only_carriage_returns_end_lines_they_do() -> None:
    assert decoded("姓名,住址\r李娜,昆明\r".encode())[0] == "姓名,住址\n李娜,昆明\n"


@pytest.mark.parametrize(
    "raw", ["姓名,证件\n李娜,539210199003070036".encode("utf-16-le"), bytes(range(256)) * 4, "a".encode("utf-32")]
)
def test_what_is_no_text_is_refused(raw: bytes) -> None:
    with pytest.raises(Refused) as refused:
        decoded(raw)
    assert refused.value.code == "unknown_encoding"


@given(st.text(max_size=60), st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "gb18030"]), st.integers(1, 50))
def test_the_text_does_not_depend_on_how_it_is_cut(text: str, encoding: str, size: int) -> None:
    raw = text.encode(encoding, "ignore")
    try:
        whole, stream = decoded(raw)
    except Refused:
        return
    again, pieces = decoded(raw, size)
    assert (again, pieces.controls, pieces.ends_cleanly) == (whole, stream.controls, stream.ends_cleanly)
    assert "\r" not in whole
    assert "\0" not in whole


@given(st.binary(max_size=300))
def test_bytes_of_any_kind_become_utf_8_or_are_refused(raw: bytes) -> None:
    try:
        text, _ = decoded(raw)
    except Refused as refused:
        assert_clear(refused)
        return
    assert not set(text) & {"\0", "\r", "\x1f"}

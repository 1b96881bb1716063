"""Putting a file into the drop area."""

import unicodedata
from pathlib import Path

import pytest
from hand_built import Database, opened
from hypothesis import example, given
from hypothesis import strategies as st

from bangfu.errors import BangfuError
from bangfu.pipeline.context import Context
from bangfu.pipeline.drop import drop, safe_name
from bangfu.storage import keys
from bangfu.storage.port import check_key


@pytest.fixture
def context(database: Database) -> Context:
    return opened(database)


def written(folder: Path, content: bytes = b"a", name: str = "花名册.xlsx") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def test_a_file_is_copied_and_stays_where_it_was(context: Context, tmp_path: Path) -> None:
    path = written(tmp_path)
    assert drop(context, "union_roster", path) == "drop/union_roster/花名册.xlsx"
    assert context.store.read("drop/union_roster/花名册.xlsx") == path.read_bytes() == b"a"


def test_the_same_file_again_is_there_once(context: Context, tmp_path: Path) -> None:
    first, again = drop(context, "union_roster", written(tmp_path)), drop(context, "union_roster", written(tmp_path))
    assert first == again
    assert [item.key for item in context.store.list("")] == [first]


def test_another_file_of_the_same_name_does_not_replace_the_first(context: Context, tmp_path: Path) -> None:
    """Every enterprise calls its file 花名册.xlsx."""
    first = drop(context, "union_roster", written(tmp_path, b"one"))
    second = drop(context, "union_roster", written(tmp_path, b"two"))
    assert second.endswith(".xlsx")
    assert (context.store.read(first), context.store.read(second)) == (b"one", b"two")
    assert drop(context, "union_roster", written(tmp_path, b"two")) == second


def test_no_such_source_or_file(context: Context, tmp_path: Path) -> None:
    with pytest.raises(BangfuError, match="There is no source"):
        drop(context, "roster", written(tmp_path))
    with pytest.raises(BangfuError, match="There is no file"):
        drop(context, "union_roster", tmp_path)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("花名册.xlsx", "花名册.xlsx"),
        ("../../etc/passwd", "_.._etc_passwd"),
        (".hidden", "hidden"),
        ("...", "unnamed"),
        ("a\nb\\c.csv", "a_b_c.csv"),
        ("坏\udcff.csv", "坏_.csv"),
    ],
)
def test_a_sender_s_name_as_one_segment(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_a_long_name_keeps_its_suffix() -> None:
    name = safe_name("名" * 200 + ".xlsx")
    assert name == "名" * 58 + ".xlsx"


@given(st.text(min_size=1, max_size=300))
@example("a." + "长" * 80)
@example("." + "x" * 250)
@example("a" * 179 + "." + "长" * 60)
def test_any_name_makes_a_key_that_the_store_takes_even_with_a_digest_in_it(name: str) -> None:
    """A department's file must not be turned away for its name."""
    safe = safe_name(name)
    assert safe_name(safe) == safe
    check_key(keys.drop("union_roster", safe))
    assert len(safe.encode()) + len("-0123456789ab") <= 240
    assert not any(unicodedata.category(character) == "Cs" for character in safe)

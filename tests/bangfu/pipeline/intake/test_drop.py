"""Putting a file or a delivery into the drop area."""

import unicodedata
from pathlib import Path

import pytest
from hand_built import Database, opened
from hypothesis import example, given
from hypothesis import strategies as st

from bangfu.errors import BangfuError
from bangfu.pipeline.context import Context
from bangfu.pipeline.intake.drop import drop, drop_delivery, safe_name
from bangfu.pipeline.intake.receive import receive_dropped
from bangfu.pipeline.intake.stating import Sending, state_files
from bangfu.storage import keys
from bangfu.storage.port import check_key
from schemas.manifest import MANIFEST
from tests.bangfu.pipeline.sending import roster_text


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


class TestADelivery:
    """A folder with its manifest, as the tool or the synthetic province writes it."""

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        folder = tmp_path / "530102-2026Q2-r1"
        folder.mkdir()
        for name in ("花名册.csv", "二车间.csv"):
            (folder / name).write_bytes(roster_text(name[:2]))
        stated = state_files(Sending("union_roster", "530102", "2026Q2"), sorted(folder.iterdir()))
        (folder / MANIFEST).write_text(stated.to_json())
        return folder

    def test_goes_data_first_and_manifest_last(
        self, context: Context, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        put: list[str] = []
        inner = context.store.put
        monkeypatch.setattr(
            context.store, "put", lambda key, *args, **kwargs: put.append(key) or inner(key, *args, **kwargs)
        )
        key = drop_delivery(context, "union_roster", folder)
        assert key.startswith("drop/union_roster/530102-2026Q2-r1-")
        assert put == [f"{key}/二车间.csv", f"{key}/花名册.csv", f"{key}/{MANIFEST}"]
        assert sorted(path.name for path in folder.iterdir()) == [MANIFEST, "二车间.csv", "花名册.csv"]

    def test_is_received(self, context: Context, folder: Path) -> None:
        drop_delivery(context, "union_roster", folder)
        [receipt] = receive_dropped(context, "union_roster")
        assert (receipt.outcome, receipt.files, receipt.rows) == ("registered", 2, 2)

    def test_again_is_there_once(self, context: Context, folder: Path) -> None:
        assert drop_delivery(context, "union_roster", folder) == drop_delivery(context, "union_roster", folder)
        assert len(list(context.store.list("drop/"))) == 3

    def test_that_was_changed_since_it_was_stated_is_not_sent(self, context: Context, folder: Path) -> None:
        (folder / "花名册.csv").write_bytes(roster_text("王芳", "李娜"))
        with pytest.raises(BangfuError, match="Make the manifest again"):
            drop_delivery(context, "union_roster", folder)
        assert list(context.store.list("drop/")) == []

    def test_with_a_file_that_is_not_stated_is_not_sent(self, context: Context, folder: Path) -> None:
        (folder / "Thumbs.db").write_bytes(b"litter of a file manager does not count")
        drop_delivery(context, "union_roster", folder)
        (folder / "多余.csv").write_bytes(b"a")
        with pytest.raises(BangfuError, match=r"1 file\(s\) that manifest.json does not list"):
            drop_delivery(context, "union_roster", folder)

    def test_without_a_file_that_is_stated_is_not_sent(self, context: Context, folder: Path) -> None:
        (folder / "花名册.csv").unlink()
        with pytest.raises(BangfuError, match="There is no file"):
            drop_delivery(context, "union_roster", folder)

    @pytest.mark.parametrize("content", [None, b"[]", b"no json"])
    def test_without_a_usable_manifest_is_not_sent(self, context: Context, folder: Path, content: bytes | None) -> None:
        (folder / MANIFEST).unlink()
        if content is not None:
            (folder / MANIFEST).write_bytes(content)
        with pytest.raises(BangfuError, match=MANIFEST):
            drop_delivery(context, "union_roster", folder)

    def test_of_another_source_is_not_sent(self, context: Context, folder: Path) -> None:
        with pytest.raises(BangfuError, match="is about union_roster, not civil_affairs"):
            drop_delivery(context, "civil_affairs", folder)

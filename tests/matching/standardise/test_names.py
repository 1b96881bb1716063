"""Personal names: remarks go, former names are kept apart, nothing is transliterated."""

import polars as pl
import pytest

from matching.standardise.names import INTERPUNCTS, read_name, standardise_names


@pytest.mark.parametrize(
    ("cell", "name", "former"),
    [
        ("李 娜", "李娜", None),
        ("李\u3000娜", "李娜", None),
        ("王芳（户主）", "王芳", None),
        ("王芳(已故)", "王芳", None),
        ("王芳（女）", "王芳", None),
        ("岩温（曾用名：温忠明）", "岩温", "温忠明"),
        ("岩温(温忠明)", "岩温", "温忠明"),
        ("岩温曾用名温忠明", "岩温", "温忠明"),
        ("此里•卓玛", "此里·卓玛", None),
        ("此里‧卓玛", "此里·卓玛", None),
        ("此里・卓玛", "此里·卓玛", None),
        ("此里．卓玛", "此里·卓玛", None),
        ("此里⸱卓玛", "此里·卓玛", None),
        ("此里.卓玛", "此里·卓玛", None),
        ("此里··卓玛", "此里·卓玛", None),
        ("李娜女士", "李娜", None),
        ("王yan", "王yan", None),
        ("王□", "王□", None),
        ("\ufeff王芳\u200b\x00", "王芳", None),
        ("Maria  Lopez", "Maria Lopez", None),
        ("王芳户主", "王芳", None),
        ("王芳 已故", "王芳", None),
        ("岩温已去世", "岩温", None),
        ("李娜，原名李丽", "李娜", "李丽"),
        ("张偉（張偉）", "张偉", "張偉"),
        ("张堃", "张堃", None),
        ("王YǍN", "王YǍN", None),
        ("王火日升", "王火日升", None),
        ("王?", "王?", None),
        ("王＊", "王*", None),
        ("侬智高", "侬智高", None),
        ("无", None, None),
        ("/", None, None),
        ("不详", None, None),
        ("（户主）", None, None),
    ],
)
def test_what_a_cell_becomes(cell: str, name: str | None, former: str | None) -> None:
    reading = standardise_names(pl.Series([cell]))
    assert (reading.values[0], reading.derived["former_name"][0]) == (name, former)


def test_a_rare_character_outside_the_basic_plane_stays() -> None:
    assert read_name("张𬭩") == ("张𬭩", None)


def test_the_short_way_for_plain_names_agrees_with_the_long_one() -> None:
    cells = ["王芳", "欧阳建国", "岩罕", "赵无极", "常名", "上官"]
    assert standardise_names(pl.Series(cells)).values.to_list() == [read_name(cell)[0] for cell in cells]


@pytest.mark.parametrize(("cell", "name"), [("A¯", "A"), ("李´娜", "李娜"), ("José", "José"), ("Jose\u0301", "José")])
def test_accents_that_stand_on_no_letter_go(cell: str, name: str) -> None:
    """Kept, they would settle on the letter before them when spaces are taken out: another name at every pass."""
    assert read_name(cell) == (name, None)


@pytest.mark.parametrize("dot", list(INTERPUNCTS))
def test_every_interpunct_becomes_the_one_of_the_standard(dot: str) -> None:
    assert read_name(f"此里{dot}卓玛") == ("此里·卓玛", None)

"""The carried reference tables are whole and fit together."""

import unicodedata
from collections import Counter

from schemas.reference import counties, division_history, divisions, private_use_characters


def test_yunnan_has_one_province_sixteen_prefectures_and_129_counties() -> None:
    assert Counter(item.level for item in divisions().values()) == {"province": 1, "prefecture": 16, "county": 129}
    assert len(counties()) == 129


def test_every_division_lies_in_its_parent() -> None:
    table = divisions()
    for code, item in table.items():
        assert code == item.code
        assert len(code) == 6
        assert code.startswith("53")
        if item.level == "province":
            assert item.parent_code == ""
            continue
        parent = table[item.parent_code]
        assert parent.level == {"prefecture": "province", "county": "prefecture"}[item.level]
        assert code[: 2 if parent.level == "province" else 4] == parent.code[: 2 if parent.level == "province" else 4]


def test_counties_come_by_code_and_every_prefecture_has_some() -> None:
    codes = [item.code for item in counties()]
    assert codes == sorted(codes)
    assert not any(code.endswith("00") for code in codes)
    prefectures = {code for code, item in divisions().items() if item.level == "prefecture"}
    assert {item.parent_code for item in counties()} == prefectures


def test_names_are_full_and_short_ones_are_a_part_of_them() -> None:
    for item in divisions().values():
        assert item.name
        assert item.short_name
        assert len(item.short_name) <= len(item.name)
    assert len({item.name for item in counties()}) == 129


def test_no_division_of_a_synthetic_person_exists() -> None:
    """Made-up people have identity numbers of 539xxx; a real county there would make them somebody."""
    former = {code for code, *_ in division_history()}
    assert not any(code.startswith("539") for code in {*divisions(), *former})


def test_former_divisions_have_years_in_order() -> None:
    history = division_history()
    assert len(history) > 100
    for code, name, first, last in history:
        assert len(code) == 6
        assert code.startswith("53")
        assert name
        assert not (first and last) or int(first) <= int(last)


def test_private_use_characters_map_to_public_ones_each_to_its_own() -> None:
    """Two rare names mapped to one character would become one person."""
    table = private_use_characters()
    assert len(table) > 80
    assert all(0xE000 <= point <= 0xF8FF for point in table)
    assert all(len(character) == 1 and unicodedata.category(character) != "Co" for character in table.values())
    assert len(set(table.values())) == len(table)

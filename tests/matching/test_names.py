"""Names packed for comparison: variants, substitutes of rare characters, readings of surnames."""

import numpy as np
import pyarrow as pa
import pytest

from matching.columns import Columns
from matching.comparisons import compare_pairs, comparer
from matching.levels import levels_of
from matching.model import Comparison
from matching.names import WILD, fold_names, pack_names, without_substitutes
from matching.readings import FIRST, OTHER, _syllables, fold_sound, reading, surname_readings, syllables_of
from matching.standardise.names import INTERPUNCTS


def folded(name: str) -> list[int]:
    return fold_names(pa.array([name])).points.tolist()


def sounds(name: str) -> list[list[int]]:
    packed = pack_names(fold_names(pa.array([name])))
    return packed.sound[packed.characters].tolist()


@pytest.mark.parametrize("dot", list(INTERPUNCTS))
def test_every_interpunct_is_left_out_of_the_comparison(dot: str) -> None:
    assert folded(f"此里{dot}卓玛") == folded("此里卓玛")


@pytest.mark.parametrize(
    ("written", "meant"),
    [("張偉", "张伟"), ("龍應臺", "龙应台"), ("羣", "群"), ("啓", "启"), ("ＡＢ", "ab"), ("\uf9dc", "隆")],
)
def test_variants_of_a_character_are_folded_and_the_name_stays(written: str, meant: str) -> None:
    assert folded(written) == folded(meant)


@pytest.mark.parametrize(("one", "other"), [("李堃", "李坤"), ("王喆", "王哲"), ("李淼", "李渺")])
def test_characters_that_only_sound_alike_stay_apart(one: str, other: str) -> None:
    assert folded(one) != folded(other)
    assert sounds(one) == sounds(other)


@pytest.mark.parametrize("mark", ["?", "？", "□", "■", "*", "＊", "〇", "X", "x", "×", "\ufffd"])
def test_a_mark_for_an_unread_character_is_wild(mark: str) -> None:
    assert folded(f"王{mark}") == [ord("王"), WILD]


@pytest.mark.parametrize(
    ("written", "sound"),
    [
        ("王yan", "王艳"),
        ("王YAN", "王艳"),
        ("王YǍN", "王艳"),
        ("王ｙａｎ", "王艳"),
        ("张xiaoming", "张晓明"),
        ("吕LYU", "吕绿"),
    ],
)
def test_pinyin_in_place_of_a_character_sounds_like_it(written: str, sound: str) -> None:
    packed, meant = sounds(written), sounds(sound)
    assert [pair[2] in other for pair, other in zip(packed, meant, strict=True)] == [True] * len(meant)
    assert WILD not in folded(written)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("王火日升", "王□"),
        ("李方方土", "李□"),
        ("张金金金", "张□"),
        ("李氵林", "李□"),
        ("李钅监华", "李□华"),
        ("王Q", "王□"),
        ("王qq", "王□"),
        ("王火", "王火"),
        ("王日升", "王日升"),
        ("Maria Lopez", "Maria Lopez"),
        ("火日升", "火日升"),
    ],
)
def test_a_character_split_into_its_parts_is_an_unread_one(written: str, read: str) -> None:
    assert without_substitutes(written) == read


@pytest.mark.parametrize(
    ("left", "right", "level"),
    [
        ("王yan", "王艳", "same_sound"),
        ("王yan", "王艳丽", "differs"),
        ("王火日升", "王昇", "part"),
        ("王□", "王昇", "part"),
        ("岩•罕", "岩罕", "folded"),
        ("單雄", "单雄", "folded"),
        ("陈堃", "陈坤", "same_tones"),
    ],
)
def test_substitutes_agree_on_the_level_of_what_is_left(left: str, right: str, level: str) -> None:
    sides = (pa.table({"name": [name]}) for name in (left, right))
    row = np.zeros(1, np.int32)
    codes = compare_pairs([comparer(Comparison("name", "chinese_name", ("name",), {}), 0, Columns(*sides))], row, row)
    assert levels_of("chinese_name", {})[int(codes[0]) - 1].name == level


@pytest.mark.parametrize(
    ("surname", "toned"),
    [
        ("单", "shan4"),
        ("曾", "zeng1"),
        ("解", "xie4"),
        ("仇", "qiu2"),
        ("查", "zha1"),
        ("任", "ren2"),
        ("盖", "ge3"),
        ("区", "ou1"),
        ("朴", "piao2"),
        ("乐", "yue4"),
        ("尹", "yin3"),
        ("岩", "ai2"),
        ("乜", "nie4"),
        ("佴", "nai4"),
        ("仉", "zhang3"),
        ("禚", "zhuo2"),
        ("郄", "qie4"),
        ("逯", "lu4"),
        ("訾", "zi1"),
        ("芮", "rui4"),
        ("佟", "tong2"),
        ("能", "nai4"),
        ("阚", "kan4"),
        ("逄", "pang2"),
        ("肖", "xiao1"),
        ("干", "gan1"),
        ("都", "du1"),
    ],
)
def test_a_surname_has_its_own_reading_beside_the_common_one(surname: str, toned: str) -> None:
    as_surname = reading(surname, FIRST).toned
    assert as_surname[0] == toned
    assert len(set(as_surname) & set(reading(surname, OTHER).toned)) > 0


@pytest.mark.parametrize(
    ("surname", "toned"),
    [
        ("尉迟", "yu4 chi2"),
        ("万俟", "mo4 qi2"),
        ("长孙", "zhang3 sun1"),
        ("澹台", "tan2 tai2"),
        ("令狐", "ling2 hu2"),
        ("拓跋", "tuo4 ba2"),
        ("呼延", "hu1 yan2"),
        ("耶律", "ye1 lv4"),
        ("皇甫", "huang2 fu3"),
        ("欧阳", "ou1 yang2"),
        ("诸葛", "zhu1 ge3"),
    ],
)
def test_a_compound_surname_can_be_read_character_by_character(surname: str, toned: str) -> None:
    found = [reading(surname[0], FIRST).toned, reading(surname[1], OTHER).toned]
    assert all(syllable in both for syllable, both in zip(toned.split(), found, strict=True))


def test_readings_of_surnames_are_syllables_and_differ_from_the_common_reading() -> None:
    for surname, toned in surname_readings().items():
        assert toned[:-1] in _syllables()
        assert toned[-1] in "1234"
        assert reading(surname, OTHER).toned[0] != toned


def test_the_first_character_of_a_dai_name_sounds_like_what_is_typed_for_it() -> None:
    assert set(reading("岩", FIRST).sound) & set(reading("艾", FIRST).sound)


@pytest.mark.parametrize(
    ("one", "other"),
    [("ning2", "lin2"), ("zhang1", "zan1"), ("shi4", "si4"), ("chu1", "cu1"), ("hu2", "fu2"), ("yu2", "yi1")],
)
def test_what_the_dialect_does_not_tell_apart_is_one_sound(one: str, other: str) -> None:
    assert fold_sound(one) == fold_sound(other)


@pytest.mark.parametrize(
    ("letters", "syllables"),
    [("yan", ["yan"]), ("LÜ", ["lv"]), ("lyu", ["lv"]), ("zhuangxian", ["zhuang", "xian"]), ("qq", []), ("a", [])],
)
def test_letters_are_read_as_syllables(letters: str, syllables: list[str]) -> None:
    assert syllables_of(letters) == syllables

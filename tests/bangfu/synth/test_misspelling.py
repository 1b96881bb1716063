"""How names and numbers go wrong: each slip is of the kind it claims."""

import random
from collections.abc import Callable

import pytest
from pypinyin import lazy_pinyin

from bangfu.synth.misspelling import homophone, look_alike, masked, near_sound, rare_replaced, transposed, wrong_digit
from bangfu.synth.name_tables import SHAPE_PAIRS

NAMES = ("李芳", "王丽娟", "赵国强", "欧阳明", "岩温罕", "张晓琳", "何永昌", "刘志远")


def slips(make: Callable[[random.Random, str], str]) -> list[tuple[str, str]]:
    draw = random.Random(4)
    return [(name, make(draw, name)) for _ in range(60) for name in NAMES]


def changed(name: str, other: str) -> list[tuple[str, str]]:
    assert len(name) == len(other)
    return [(a, b) for a, b in zip(name, other, strict=True) if a != b]


def test_homophones_sound_the_same() -> None:
    for name, other in slips(homophone):
        ((before, after),) = changed(name, other)
        assert lazy_pinyin(before) == lazy_pinyin(after)


def test_near_sounds_sound_alike_but_not_the_same() -> None:
    def heard(character: str) -> str:
        sound = lazy_pinyin(character)[0]
        for initial, plain in (("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l"), ("h", "f")):
            if sound.startswith(initial):
                sound = plain + sound[len(initial) :]
                break
        sound = sound[0] + "i" + sound[2:] if sound[0] in "jqxy" and sound[1:2] == "u" else sound
        return sound.removesuffix("g").replace("v", "i")

    different = 0
    for name, other in slips(near_sound):
        ((before, after),) = changed(name, other)
        assert heard(before) == heard(after)
        different += lazy_pinyin(before) != lazy_pinyin(after)
    assert different > 300


def test_shapes_are_pairs_that_are_confused() -> None:
    pairs = {frozenset(pair) for pair in SHAPE_PAIRS.split()}
    alike = [frozenset(*changed(name, other)) for name, other in slips(look_alike) if name == "李芳"]
    assert alike
    assert set(alike) <= pairs


@pytest.mark.parametrize("name", ["李堃", "张喆明"])
def test_rare_characters_are_what_is_replaced(name: str) -> None:
    found = {rare_replaced(random.Random(at), name) for at in range(40)}
    assert all(other[0] == name[0] for other in found)
    assert {other[1:2] for other in found} & {"?", "□", "X"}
    assert all(other.endswith(name[2:]) for other in found)


def test_digits_change_after_the_region_block_only() -> None:
    number = "539001199003070039"
    for make in (wrong_digit, transposed):
        for at in range(200):
            other = make(random.Random(at), number)
            assert other != number
            assert other[:6] == number[:6]
            assert len(other) == 18


def test_transposition_needs_two_different_digits() -> None:
    assert transposed(random.Random(1), "539001000000000000")[:6] == "539001"
    assert transposed(random.Random(1), "539001000000000000") != "539001000000000000"


def test_three_customs_of_masking() -> None:
    found = {masked(random.Random(at), "53900119900307003X") for at in range(60)}
    assert found == {"539001********003X", "539001**********3X", "5390011990****003X"}

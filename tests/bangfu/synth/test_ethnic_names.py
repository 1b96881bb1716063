"""Names in the manner of each group: what breaks linkage by surname and given name."""

import random
from collections import Counter

import pytest

from bangfu.synth.ethnic_names import MANNERS, TRANSLITERATIONS, ethnic_name, transliterated
from schemas.vocabulary import ETHNIC_GROUP


def names(group: str, *, female: bool, count: int = 600, father: str | None = None) -> list[str]:
    draw = random.Random(f"{group}{female}")
    return [ethnic_name(draw, group, female, father) for _ in range(count)]


def share(made: list[str], beginning: str) -> float:
    return sum(name.startswith(tuple(beginning)) for name in made) / len(made)


@pytest.mark.parametrize("group", ["18", "34"])
def test_dai_and_blang_names_begin_with_the_mark_of_the_sex(group: str) -> None:
    """岩 and 玉 are no surnames: half a village shares the first character."""
    men, women = names(group, female=False), names(group, female=True)
    assert share(men, "岩") > 0.5
    assert share(women, "玉") > 0.5
    assert share(men, "玉") == share(women, "岩") == 0


@pytest.mark.parametrize(
    ("group", "female", "beginning", "least"),
    [
        ("24", False, "扎", 0.6),
        ("24", True, "娜", 0.6),
        ("21", False, "岩尼艾桑赛", 0.5),
        ("21", True, "叶依安娥", 0.5),
        ("20", False, "阿", 0.2),
        ("28", True, "麻勒木", 0.4),
    ],
)
def test_other_groups_have_their_customary_first_parts(group: str, female: bool, beginning: str, least: float) -> None:
    assert share(names(group, female=female), beginning) > least


def test_tibetan_names_are_transliterations_and_some_carry_the_interpunct() -> None:
    women = names("04", female=True)
    assert sum(any(part in name for part in ("卓玛", "追玛", "拉姆", "央宗")) for name in women) > 200
    assert 0.15 < sum("·" in name for name in women) / len(women) < 0.3
    assert all(name.count("·") <= 1 and not name.startswith("·") and not name.endswith("·") for name in women)


def test_few_distinct_names_in_some_groups() -> None:
    """Term frequency must be conditioned on the group: a Dai name says far less than a Han name of its rank."""
    counts = Counter(names("18", female=False, count=3_000))
    assert counts.most_common(1)[0][1] > 60
    assert len(counts) < 400


def test_sons_are_named_after_their_fathers_where_that_is_custom() -> None:
    linked = [name for name in names("16", female=False, father="批则") if name.startswith("则")]
    alone = [name for name in names("16", female=False) if name.startswith("则")]
    assert len(linked) > len(alone) + 150


@pytest.mark.parametrize("group", MANNERS)
def test_every_name_is_a_name(group: str) -> None:
    assert ETHNIC_GROUP.label(group).endswith("族")
    for name in names(group, female=False) + names(group, female=True):
        assert 2 <= len(name.replace("·", "")) <= 9
        assert all("一" <= character <= "鿿" or character == "·" for character in name)


def test_transliteration_keeps_the_sound_and_changes_the_writing() -> None:
    draw = random.Random(1)
    found = {transliterated(draw, "此里卓玛") for _ in range(200)}
    first, second = TRANSLITERATIONS[0], TRANSLITERATIONS[3]
    assert found == {f"{part}卓玛" for part in first if part != "此里"} | {
        f"此里{part}" for part in second if part != "卓玛"
    }


def test_interpunct_moves_through_every_look_alike() -> None:
    draw = random.Random(1)
    found = {transliterated(draw, "肯·松旺") for _ in range(200)}
    assert {"肯松旺", "肯•松旺", "肯.松旺", "肯 松旺", "肯．松旺"} <= found
    assert "肯·松旺" not in found


def test_registered_ai_is_typed_as_it_sounds() -> None:
    """岩 is read ái in Dai, Va and Blang names, whatever a dictionary says."""
    draw = random.Random(1)
    assert {transliterated(draw, "岩温")[0] for _ in range(100)} == {"艾", "爱", "依"}

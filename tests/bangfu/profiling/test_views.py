"""The cards of a report: the largest values, in an order a reader expects."""

from bangfu.profiling.profile import Repetition
from bangfu.profiling.shapes import Shape
from bangfu.profiling.views import cards, repetitions
from schemas.reference import counties
from tests.bangfu.profiling.extracts import counted, field


def test_a_code_list_keeps_its_order_and_shows_both_extracts() -> None:
    now = counted(4, field("relation", 4, counts={"1": 3, "0": 1}))
    before = counted(2, field("relation", 2, counts={"0": 1, "5": 1}))
    (card,) = cards(now, before, [Shape.CODE])
    assert [(bar.zh, bar.rows, bar.now, bar.before) for bar in card.bars] == [
        ("户主", 1, 0.25, 0.5),
        ("配偶", 3, 0.75, 0.0),
        ("父母", 0, 0.0, 0.5),
    ]


def test_of_many_divisions_the_largest_are_shown_and_the_others_together() -> None:
    counts = {county.code: 100 - place for place, county in enumerate(counties()[:13])}
    (card,) = cards(counted(1_300, field("county_code", 1_222, counts=counts)), None, [Shape.PLACE])
    assert [bar.rows for bar in card.bars] == [*range(100, 90, -1), 90 + 89 + 88]
    assert (card.bars[0].zh, card.bars[-1].zh, card.bars[-1].en) == ("昆明市五华区", "其余 3 种", "3 others")
    assert card.bars[0].before is None
    assert sum(bar.now for bar in card.bars) == 1


def test_small_numbers_are_ordered_by_size() -> None:
    (card,) = cards(counted(4, field("household_size", 4, counts={"10": 1, "13+": 1, "2": 2})), None, [Shape.NUMBER])
    assert [bar.zh for bar in card.bars] == ["2", "10", "13+"]


def test_repetition_says_whether_it_is_estimated() -> None:
    exact = field("id_number", 4, counts={"full": 4}, repetition=Repetition(3, True, {"1": 2, "2": 1}))
    sampled = field("household_ref", 4, repetition=Repetition(90_000, False, {"1": 50_000, "10+": 40_000}))
    numbers, households = repetitions(counted(4, exact, sampled), None)
    assert (numbers.total, numbers.note) == (3, ("", ""))
    assert [(bar.zh, bar.en, bar.rows) for bar in numbers.bars] == [("1 行", "1 row", 2), ("2 行", "2 rows", 1)]
    assert households.note == ("按样本估计，误差约 1%", "estimated, error about 1 %")
    assert households.bars[1].zh == "10 行及以上"

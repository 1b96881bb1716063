"""Draws: the same for everybody who has the key, whatever else is in the list, and random to everybody else."""

from hypothesis import given
from hypothesis import strategies as st

from bangfu.review.drawing import SECOND_REVIEW_SHARE, drawn, fingerprint, first_of, record

ids = st.lists(st.text("0123456789abcdef", min_size=4, max_size=8), unique=True, max_size=40)
MANY = [f"case-{number}" for number in range(20_000)]


def test_about_the_share_is_drawn() -> None:
    """20,000 at 10 %: 2,000, with a standard deviation of 42."""
    count = sum(drawn("key", "second_review", unit, SECOND_REVIEW_SHARE) for unit in MANY)
    assert abs(count - 2000) < 4 * 42


def test_keys_and_purposes_draw_apart() -> None:
    """A tenth of a tenth is drawn for both."""
    one, other, purpose = (
        {unit for unit in MANY if drawn(key, name, unit, 0.1)}
        for key, name in (("key", "second_review"), ("another", "second_review"), ("key", "audit"))
    )
    for more in (other, purpose):
        assert abs(len(one & more) - 200) < 4 * 14


def test_the_first_ones_are_spread_evenly() -> None:
    """Of two halves of a frame, each gives about half of a sample: 1,000 of 20,000, standard deviation 15."""
    sample = first_of("key", "audit", "7", MANY)[:1000]
    assert abs(sum(unit in set(MANY[:10_000]) for unit in sample) - 500) < 4 * 16
    assert len(set(sample) & set(first_of("key", "audit", "8", MANY)[:1000])) < 100


@given(ids, st.floats(0, 1), st.floats(0, 1))
def test_a_larger_share_keeps_who_was_drawn(units: list[str], one: float, other: float) -> None:
    less, more = sorted((one, other))
    assert {unit for unit in units if drawn("k", "p", unit, less)} <= {
        unit for unit in units if drawn("k", "p", unit, more)
    }
    assert not any(drawn("k", "p", unit, 0) for unit in units)
    assert all(drawn("k", "p", unit, 1) for unit in units)


@given(ids, ids)
def test_additions_do_not_change_the_order_of_who_was_there(units: list[str], more: list[str]) -> None:
    """So at most one leaves a sample of a number for each that is added, and none a share."""
    there = set(units)
    assert tuple(unit for unit in first_of("k", "p", "1", [*more, *units]) if unit in there) == first_of(
        "k", "p", "1", units
    )


@given(ids)
def test_neither_order_nor_repeats_matter(units: list[str]) -> None:
    assert first_of("k", "p", "1", [*reversed(units), *units]) == first_of("k", "p", "1", units)
    assert record("k", "p", "1", [*reversed(units), *units], 0) == record("k", "p", "1", units, 0)


def test_the_record_repeats_the_draw_and_gives_nothing_away() -> None:
    kept = record("the key", "audit:5301", "7", ["b", "a"], 1)
    assert (kept.purpose, kept.push, kept.frame, kept.sample) == ("audit:5301", "7", 2, 1)
    assert kept.frame_digest == "7e18f737311b2dc3b2f269dd78396b0351f14fb66efa879f768cb23181883c78"  # of "a\\nb"
    assert kept.key == fingerprint("the key") != fingerprint("another")
    assert "the key" not in repr(kept)
    assert record("the key", "audit:5301", "7", ["a"], 1).frame_digest != kept.frame_digest

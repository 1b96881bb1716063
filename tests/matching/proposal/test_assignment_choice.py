"""One-to-one, many-to-one or neither, by how often a record has two sure matches."""

import pyarrow as pa
import pytest

from matching.proposal.assignment_choice import choose_assignment, reassigned


def pairs(*rows):
    """Rows of (left id, right id, match probability)."""
    left, right, chance = zip(*rows, strict=True)
    weights = [40.0 if item > 0.995 else 9.0 if item > 0.9 else 2.0 for item in chance]
    return pa.table(
        {
            "left_id": list(left), "right_id": list(right), "match_weight": weights,
            "match_probability": list(chance), "accepted": [item >= 0.5 for item in chance],
        }
    )  # fmt: skip


def singles(count):
    return [(f"l{place}", f"r{place}", 0.99) for place in range(count)]


@pytest.mark.parametrize(
    ("extra", "chosen"),
    [
        ([], "one_to_one"),
        ([("l0", "s0", 0.99)], "one_to_one"),
        ([(f"l{place}", f"s{place}", 0.99) for place in range(4)], "many_to_one"),
        ([(f"k{place}", f"r{place}", 0.99) for place in range(4)], "none"),
        ([(f"l{place}", f"s{place}", 0.6) for place in range(20)], "one_to_one"),
        ([(f"l{place}", f"s{place}", 0.999) for place in range(20)], "one_to_one"),
    ],
    ids=[
        "no repeats",
        "one pair of namesakes",
        "the right file repeats",
        "the left file repeats",
        "only unsure ones",
        "the person far before a relative",
    ],
)
def test_choice(extra, chosen):
    assignment, reason = choose_assignment(pairs(*singles(20), *extra))
    assert assignment == chosen
    assert reason.startswith(
        {"one_to_one": "one-to-one", "many_to_one": "many-to-one", "none": "no assignment"}[chosen]
    )


def test_without_sure_pairs_a_person_is_taken_to_be_held_once():
    assert choose_assignment(pairs(("a", "b", 0.3)))[0] == "one_to_one"


def test_reassigning_takes_the_heaviest_pairs():
    made = reassigned(pairs(("a", "x", 0.99), ("a", "y", 0.6), ("b", "y", 0.6)), 0.5, "one_to_one")
    assert made["accepted"].to_pylist() == [True, False, True]
    assert reassigned(made, 0.5, "none")["accepted"].to_pylist() == [True, True, True]

"""What a sample of candidate pairs says of all of them."""

import random

import numpy as np
import pyarrow as pa
import pytest

from matching import LinkOptions, link
from matching.model import Blocking, Comparison, Model, Parameters, Rule

ROWS = 1_200


@pytest.fixture(scope="module")
def towns():
    """One town holds most people; a name is enough to tell them apart, and some moved."""
    rng = random.Random(4)
    people = [(f"n{number}", "big" if rng.random() < 0.8 else f"t{rng.randrange(40)}") for number in range(ROWS)]

    def table(side):
        rows = [(name, f"t{rng.randrange(40)}" if rng.random() < 0.05 else town) for name, town in people]
        return pa.table(
            {
                "record_id": [f"{side}{number}" for number in range(ROWS)],
                "name": [row[0] for row in rows],
                "town": [row[1] for row in rows],
                "initial": [row[0][:2] if rng.random() < 0.9 else "xx" for row in rows],
            }
        )

    return table("l"), table("r")


def model(most: int, *, refine=()) -> Model:
    def known(name, agree, chance):
        parameters = (Parameters(agree, chance), Parameters(1 - agree, 1 - chance))
        return Comparison(name, "exact", (name,), parameters=parameters)

    blocking = Blocking((Rule(("town",)),), refine=refine, max_block_pairs=most)
    return Model("towns", (known("name", 0.98, 1e-8), known("town", 0.9, 0.5)), blocking, prior=1e-5)


def matches(result) -> int:
    accepted = result.pairs.filter(result.pairs["accepted"])
    return sum(
        a[1:] == b[1:] for a, b in zip(accepted["left_id"].to_pylist(), accepted["right_id"].to_pylist(), strict=True)
    )


@pytest.mark.parametrize("refine", [(), ("initial",)])
def test_what_the_cap_costs_is_told(towns, refine):
    """The block of the big town is cut up or left out; the matches lost are estimated from a sample of its pairs."""
    whole = link(*towns, model(10**9))
    capped = link(*towns, model(20_000, refine=refine))
    assert whole.report.skipped_matches == (0.0,)
    lost = matches(whole) - matches(capped)
    assert lost > 100
    assert capped.report.skipped_matches[0] == pytest.approx(lost, rel=0.15)
    assert f"about {capped.report.skipped_matches[0]:.0f} matches" in " ".join(capped.report.notes)


def test_a_pair_that_another_rule_makes_is_not_lost(towns):
    capped = model(20_000)
    both = Model(
        capped.name, capped.comparisons, Blocking((*capped.blocking.rules, Rule(("name",))), (), 20_000), prior=1e-5
    )
    assert link(*towns, both).report.skipped_matches[0] < 1


def test_pairs_compared_twice_make_no_difference(towns):
    """With no room to keep pairs between estimating and scoring, or a pilot sample first, the outcome is the same."""
    open_model = Model(
        "open",
        tuple(Comparison(name, "exact", (name,)) for name in ("name", "town")),
        Blocking((Rule(("town",)), Rule(("initial",)))),
    )
    expected = link(*towns, open_model)
    for options in (LinkOptions(cached_pairs=0), LinkOptions(random_pairs=300_000, cached_pairs=0)):
        found = link(*towns, open_model, options=options)
        assert found.pairs["left_id"].to_pylist() == expected.pairs["left_id"].to_pylist()
        if options.random_pairs == LinkOptions().random_pairs:
            np.testing.assert_array_equal(
                found.pairs["match_weight"].to_numpy(), expected.pairs["match_weight"].to_numpy()
            )

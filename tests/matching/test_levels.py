"""Every level is shown to a reviewer, so every level has its own sentence in both languages."""

import pytest

from matching.comparisons import PACKERS
from matching.errors import ModelError
from matching.levels import BITS, IMPLIED, KINDS, MISSING, levels_of


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_level_has_its_own_sentence(kind):
    levels = [*levels_of(kind, {}), MISSING, IMPLIED]
    for side in ("name", "zh", "en"):
        sentences = [getattr(level, side) for level in levels]
        assert all(sentences)
        assert len(set(sentences)) == len(sentences)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_default_parameters_are_probabilities_that_speak_for_the_right_side(kind):
    levels = levels_of(kind, {})
    assert sum(level.m for level in levels) == pytest.approx(1, abs=0.01)
    assert sum(level.u for level in levels) == pytest.approx(1, abs=0.01)
    assert levels[0].m > levels[0].u
    assert levels[-1].m < levels[-1].u
    assert len(levels) < 2**BITS


def test_every_kind_can_be_packed():
    assert set(PACKERS) == set(KINDS)


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("telepathy", {}),
        ("text", {"cutoffs": [0.7, 0.9]}),
        ("text", {"cutoffs": [1.5]}),
        ("levenshtein", {"cutoffs": [2, 1]}),
        ("numeric", {"cutoffs": [1], "unit": "parsec"}),
        ("text", {"cutoffs": "0.9"}),
    ],
)
def test_wrong_declarations_are_refused(kind, options):
    with pytest.raises(ModelError):
        levels_of(kind, options)

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


@pytest.mark.parametrize("cutoffs", [[], [2], [3, 2], [5, 4, 3, 2]])
@pytest.mark.parametrize("sets", [True, False])
def test_the_defaults_of_lists_add_up_whatever_the_levels(cutoffs, sets):
    levels = levels_of("array", {"cutoffs": cutoffs, "sets": sets})
    assert sum(level.m for level in levels) == pytest.approx(1)
    assert sum(level.u for level in levels) == pytest.approx(1)
    assert all(level.m > level.u for level in levels[:-1])


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
        ("text", {"measure": "soundex"}),
        ("text", {"measure": ["jaro"]}),
        ("geographic", {"cutoffs": [10, 1]}),
        ("geographic", {"cutoffs": [0, 1]}),
        ("geographic", {"cutoffs": [float("nan")]}),
        ("prefix", {"cutoffs": [3, 4]}),
        ("prefix", {"cutoffs": [3, 0]}),
        ("prefix", {"cutoffs": [3, -1]}),
        ("prefix", {"cutoffs": [2.5]}),
        ("array", {"cutoffs": [1]}),
        ("array", {"cutoffs": [2, 3]}),
        ("array", {"cutoffs": [2.5]}),
        ("array", {"separator": ""}),
        ("array", {"sets": "no"}),
    ],
)
def test_wrong_declarations_are_refused(kind, options):
    with pytest.raises(ModelError):
        levels_of(kind, options)

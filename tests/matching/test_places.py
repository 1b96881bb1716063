"""Distances between coordinates: right in kilometres, and the same from either side."""

import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.columns import Columns
from matching.comparisons import compare_pairs, comparer
from matching.kernels.places import great_circle
from matching.levels import levels_of
from matching.model import Comparison

LATITUDES = st.floats(-90, 90)
LONGITUDES = st.floats(-180, 180)
POINTS = st.tuples(LATITUDES, LONGITUDES)


def found(a, b, cutoffs=(1, 10, 100)):
    """Names of the levels of points a[i] and b[i]."""
    options = {"cutoffs": list(cutoffs)}
    tables = [
        pa.table({"lat": pa.array([point[0] for point in side]), "lon": pa.array([point[1] for point in side])})
        for side in (a, b)
    ]
    rows = np.arange(len(a), dtype=np.int32)
    it = Comparison("home", "geographic", ("lat", "lon"), options)
    names = ["missing", *(level.name for level in levels_of("geographic", options))]
    return [names[code] for code in compare_pairs([comparer(it, 0, Columns(*tables))], rows, rows)]


@pytest.mark.parametrize(
    ("a", "b", "kilometres"),
    [
        ((0, 0), (0, 1), 111.195),  # a degree of the equator
        ((0, 0), (90, 0), 10007.56),  # a quarter of a meridian
        ((0, 179.5), (0, -179.5), 111.195),  # across the date line
        ((0, 0), (0, 180), 20015.12),  # to the other side of the Earth
        ((90, 17), (90, -120), 0),  # a pole has every longitude
    ],
)
def test_distances_are_great_circles(a, b, kilometres):
    assert great_circle(*a, *b) == pytest.approx(kilometres, abs=0.2)


@given(a=POINTS, b=POINTS)
def test_the_law_of_cosines_gives_the_same_distance(a, b):
    """It is inaccurate below some metres, which is why the kernel does without it."""
    first, second = math.radians(a[0]), math.radians(b[0])
    cosine = math.sin(first) * math.sin(second) + math.cos(first) * math.cos(second) * math.cos(
        math.radians(a[1] - b[1])
    )
    expected = 6371.0088 * math.acos(max(-1, min(1, cosine)))
    assert great_circle(*a, *b) == pytest.approx(expected, abs=0.3)


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ((25.0, 102.0), (25.0, 102.0), "exact"),
        ((25.0, 180.0), (25.0, -180.0), "exact"),
        ((25.0, 102.0), (25.005, 102.0), "within_1km"),
        ((25.0, 102.0), (25.05, 102.0), "within_10km"),
        ((25.0, 102.0), (25.5, 102.0), "within_100km"),
        ((25.0, 102.0), (27.0, 102.0), "differs"),
        ((25.0, None), (25.0, 102.0), "missing"),
        ((90.1, 102.0), (25.0, 102.0), "missing"),
        ((25.0, -180.5), (25.0, 102.0), "missing"),
        ((math.nan, 102.0), (25.0, 102.0), "missing"),
        ((math.inf, 102.0), (25.0, 102.0), "missing"),
    ],
)
def test_levels_of_places(a, b, expected):
    assert found([a], [b]) == [expected]


def test_a_place_just_as_far_as_a_cutoff_is_within_it():
    a, b = (25.0, 102.0), (25.5, 102.0)
    apart = great_circle(*a, *b)
    assert found([a], [b], [apart]) == [f"within_{apart:g}km"]
    assert found([a], [b], [math.nextafter(apart, 0)]) == ["differs"]


def test_coordinates_may_be_text():
    tables = [pa.table({"lat": [lat], "lon": ["102.0"]}) for lat in ("25.0", " 25.05 ")]
    zero = np.zeros(1, np.int32)
    it = Comparison("home", "geographic", ("lat", "lon"))
    assert compare_pairs([comparer(it, 0, Columns(*tables))], zero, zero).tolist() == [3]


def test_a_table_without_coordinates_says_nothing():
    tables = [pa.table({"lat": [25.0], "lon": [102.0]}), pa.table({"lat": [25.0]})]
    zero = np.zeros(1, np.int32)
    it = Comparison("home", "geographic", ("lat", "lon"))
    assert compare_pairs([comparer(it, 0, Columns(*tables))], zero, zero).tolist() == [0]


@given(a=POINTS, b=POINTS, c=POINTS)
def test_a_distance_is_a_metric(a, b, c):
    assert great_circle(*a, *b) == great_circle(*b, *a)
    assert great_circle(*a, *a) == 0
    assert great_circle(*a, *c) <= great_circle(*a, *b) + great_circle(*b, *c) + 1e-6


@given(start=POINTS, apart=st.lists(st.floats(0, 90), min_size=2, max_size=8))
def test_the_level_never_gets_stronger_with_distance(start, apart):
    away = sorted(apart)
    names = [level.name for level in levels_of("geographic", {})]
    ends = [(0.0, start[1] - step if start[1] > 0 else start[1] + step) for step in away]
    steps = found([(0.0, start[1])] * len(ends), ends)
    assert [names.index(step) for step in steps] == sorted(names.index(step) for step in steps)


@given(pairs=st.lists(st.tuples(POINTS, POINTS), min_size=1, max_size=12), data=st.data())
def test_neither_side_nor_order_of_rows_matters(pairs, data):
    a, b = zip(*pairs, strict=True)
    there = found(a, b)
    assert found(b, a) == there
    order = data.draw(st.permutations(range(len(pairs))))
    assert found([a[i] for i in order], [b[i] for i in order]) == [there[i] for i in order]

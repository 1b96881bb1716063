"""Distances between places. The loop writes the level of pair `k` into `patterns[k]` at bit `shift`."""

import math

import numpy as np
from numba import njit

EARTH_RADIUS = 6371.0088
"""Mean radius of the Earth in km (IUGG 1980)."""


@njit(cache=True, nogil=True)
def great_circle(a_latitude, a_longitude, b_latitude, b_longitude):  # type: ignore[no-untyped-def]
    """Kilometres between two points given in degrees, along the sphere (haversine formula, R. W. Sinnott 1984)."""
    a, b = math.radians(a_latitude), math.radians(b_latitude)
    across = math.sin(math.radians(a_longitude - b_longitude) / 2)
    along = math.sin((a - b) / 2)
    half = along * along + math.cos(a) * math.cos(b) * (across * across)
    return 2 * EARTH_RADIUS * math.asin(min(1.0, math.sqrt(half)))


@njit(cache=True, nogil=True)
def distance_levels(left, right, patterns, shift, a_latitudes, a_longitudes, b_latitudes, b_longitudes, cutoffs):  # type: ignore[no-untyped-def]
    """1: same point; 2...: at most each number of km apart in turn; last: else. NaN is missing."""
    for k in range(left.size):
        i, j = left[k], right[k]
        a, b, c, d = a_latitudes[i], a_longitudes[i], b_latitudes[j], b_longitudes[j]
        if np.isnan(a) or np.isnan(b) or np.isnan(c) or np.isnan(d):
            continue
        level = 1
        if a != c or b != d:
            apart = great_circle(a, b, c, d)
            level = 2
            while level - 2 < cutoffs.size and apart > cutoffs[level - 2]:
                level += 1
        patterns[k] |= np.int64(level) << shift

"""Recordings as hypothesis makes them up: near and far, lost, wild, and not on the globe."""

from __future__ import annotations

import math

from hypothesis import strategies as st

from scripts.export.tracks import Point

numbers = (
    st.floats(-1e3, 1e3)
    | st.sampled_from(
        [0.0, -1.0, 90.0, -90.0, 180.0, -180.0, 179.9999, -179.9999, math.nan, math.inf, 214.7483647]
    )
    | st.none()
)
_near = st.builds(
    lambda start, steps: [(start + east / 1e4, 52 + north / 1e4) for east, north in steps],
    st.sampled_from([4.0, 179.999, -179.999, 0.0, -1.0]),
    st.lists(st.tuples(st.integers(-30, 30), st.integers(-30, 30)), max_size=12),
)
_clocks = st.none() | st.integers(0, 10**9)
_scattered = st.lists(
    st.builds(
        Point,
        numbers,
        numbers,
        _clocks,
        st.none() | st.integers(-50_000, 900_000).map(lambda cm: cm / 100),
        st.none() | st.integers(1, 400),
        st.none() | st.integers(1, 800),
        st.none() | st.booleans(),
    ),
    max_size=12,
)
_walked = _near.map(lambda places: [Point((one + 180) % 360 - 180, two, None) for one, two in places])

# A recording in parts, each of which is scattered over the globe or lies together.
recordings = st.lists(_scattered | _walked, max_size=3).map(
    lambda parts: [one for part in parts for one in part]
)

"""The fastest stretch over a distance is exact: held against every pair of samples, in fractions."""

from __future__ import annotations

from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st
from myrunstreak.store.efforts.course import Course
from myrunstreak.store.efforts.tick_grid import LONGEST_CM

from tests.application.store.brute_force import Recording, brute_force
from tests.stage.examples import examples


def two_pointers(clock: list[int], way: list[int], distance: int) -> float:
    """The definition: the least of all stretches that two pointers meet as they walk along the samples."""
    return min(stretch.elapsed_ms for _, _, stretch in Course(clock, way).stretches(distance))


def _recording(first: tuple[int, int], steps: list[tuple[int, int]]) -> Recording:
    times, ways = zip(first, *steps, strict=True)
    return list(accumulate(times)), list(accumulate(ways))


_ways = st.sampled_from([0, 0, 280, 300]) | st.integers(0, 400)
# As watches record: every second with pauses, at irregular times, and with impossible clocks.
_clocks = {
    "every second": st.just(1_000),
    "with pauses": st.sampled_from([1_000, 1_000, 1_000, 17_000, 60_000]),
    "now and then": st.integers(1, 9).map(lambda seconds: seconds * 1_000),
    "to the millisecond": st.integers(1, 3_000),
    "twice at one moment": st.sampled_from([0, 0, 500, 1_000]),
    "far apart": st.sampled_from([1, 1_000, 86_400_000]),
}
_recordings = st.sampled_from(sorted(_clocks)).flatmap(
    lambda kind: st.builds(
        _recording,
        st.tuples(st.sampled_from([0, 3, 1_000]), st.sampled_from([0, 7, 5_000])),
        st.lists(st.tuples(_clocks[kind], _ways), min_size=1, max_size=30),
    )
)


@examples(300)
@given(recording=_recordings, others=st.lists(st.integers(1, 3_000), max_size=4))
def test_no_stretch_is_faster_than_the_one_found(recording: Recording, others: list[int]) -> None:
    """Whatever the clock does, and for several distances at once, the whole way among them."""
    clock, way = recording
    distances = sorted({300, way[-1] - way[0], *others} - {0})
    found = Course(clock, way).fastest(distances)
    expected = {one: brute_force(clock, way, one) for one in distances}
    assert {one for one, time in expected.items() if time is not None} == set(found)
    for one, stretch in found.items():
        assert float(expected[one] or 0) == pytest.approx(stretch.elapsed_ms, abs=1e-6)
        assert two_pointers(clock, way, one) == pytest.approx(stretch.elapsed_ms, abs=1e-6)


@examples(100)
@given(recording=_recordings)
def test_the_stretch_is_where_it_is_said_to_be(recording: Recording) -> None:
    """From its beginning, in its time, its distance is covered."""
    clock, way = recording

    def covered(moment: float, *, last: bool) -> float:
        """The way until a moment; of several places at one moment the last or the first."""
        places = [
            way[at] + (way[at + 1] - way[at]) * (moment - clock[at]) / (clock[at + 1] - clock[at])
            if clock[at] < clock[at + 1]
            else way[at + 1 if last else at]
            for at in range(len(clock) - 1)
            if clock[at] - 1e-6 <= moment <= clock[at + 1] + 1e-6
        ]
        return max(places) if last else min(places)

    for distance, (elapsed, start) in Course(clock, way).fastest([100, 300, 1_000]).items():
        # An end is a millionth of a ms late rather than early: what a step covers in it is far less than a cm.
        assert distance <= covered(start + elapsed, last=True) - covered(start, last=False) + 0.01


@examples(20)
@given(steps=st.lists(st.integers(270, 310), min_size=300, max_size=500), pauses=st.sets(st.integers(0, 290)))
def test_a_long_recording_is_as_exact_as_a_short_one(steps: list[int], pauses: set[int]) -> None:
    """Many places nearly as fast as each other, and a few as fast to the last cm."""
    clock, way = _recording(
        (0, 0), [(45_000 if at in pauses else 1_000, step) for at, step in enumerate(steps)]
    )
    for distance, stretch in Course(clock, way).fastest([40_000, 80_467]).items():
        by_starts_and_ends = brute_force(clock, way, distance)
        assert float(by_starts_and_ends or 0) == pytest.approx(stretch.elapsed_ms, abs=1e-6)
        assert two_pointers(clock, way, distance) == pytest.approx(stretch.elapsed_ms, abs=1e-6)


@pytest.mark.parametrize("days", [20, 30, 60])
def test_a_clock_of_many_weeks_is_as_exact_as_one_of_minutes(days: int) -> None:
    """As one that was set back and forth comes out: its times are more than 32 bits hold."""
    clock = [number * days * 86_400_000 + number % 3 for number in range(8)]
    way = [number * 30_000 + 1_000 * (number % 2) for number in range(8)]
    for distance, stretch in Course(clock, way).fastest([40_000, 100_000]).items():
        assert float(brute_force(clock, way, distance) or 0) == pytest.approx(stretch.elapsed_ms, rel=1e-12)
        assert two_pointers(clock, way, distance) == stretch.elapsed_ms


def test_an_even_pace_is_everywhere_the_fastest() -> None:
    """All places are equal: the first of them is named."""
    clock, way = [n * 1_000 for n in range(2_000)], [n * 300 for n in range(2_000)]
    found = Course(clock, way).fastest([40_000, 100_000])
    assert {
        40_000: (pytest.approx(133_333.333, abs=0.001), 0),
        100_000: (pytest.approx(333_333.333, abs=0.001), 0),
    } == found


@examples(20)
@given(share_s=st.floats(1.05, 2.9), share_cm=st.integers(250, 900), slower=st.integers(0, 300))
def test_an_even_pace_with_a_rounded_clock_gives_the_first_of_the_fastest(
    share_s: float, share_cm: int, slower: int
) -> None:
    """Hundreds of places differ by a rounding at most: the least of all stretches is found, and where it first is."""
    clock = [round(number * share_s) * 1_000 for number in range(300)]
    way = [number * share_cm - min(number, slower) for number in range(300)]
    found = Course(clock, way).fastest([10_000, 40_000])
    assert found
    for distance, stretch in found.items():
        assert min(each for _, _, each in Course(clock, way).stretches(distance)) == stretch


@pytest.mark.parametrize(
    ("clock", "way"),
    [
        ([], []),
        ([0], [0]),
        ([0, 1_000], [0, 0]),
        ([0, 1_000], [0, 39_999]),
        ([0, 10**9], [0, LONGEST_CM + 1]),
    ],
)
def test_what_is_no_such_way_has_no_stretch(clock: list[int], way: list[int]) -> None:
    """Nothing, one sample, standing still, a cm too short, around the world."""
    assert {} == Course(clock, way).fastest([40_000])


def test_a_stretch_leaves_when_a_stop_ends_and_arrives_before_the_next() -> None:
    """A rest before and after costs nothing, a rest within costs all of it."""
    clock, way = [0, 60_000, 160_000, 400_000, 500_000, 900_000], [0, 0, 40_000, 40_000, 80_000, 80_000]
    assert {40_000: (100_000, 60_000), 80_000: (440_000, 60_000)} == Course(clock, way).fastest(
        [40_000, 80_000]
    )

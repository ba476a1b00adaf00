"""What is beyond human is cut out of a recording, and nothing else: held against the rule, in fractions."""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from itertools import accumulate, pairwise

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st
from myrunstreak.store.efforts.course import Course
from myrunstreak.store.efforts.plausible import WorldBests, plausible_parts

from tests.application.store.brute_force import Recording, brute_force
from tests.stage.drafts import open_database, rows, value
from tests.stage.examples import examples

# The table of docs/numbers.md: lengths in cm, and the seconds of the race whose pace holds from there.
RACES = {
    10_000: (9.58, 0.1), 20_000: (19.19, 0.2), 40_000: (43.03, 0.4), 80_000: (100.91, 0.8), 100_000: (131.96, 1.0),
    160_934: (223.13, 1.60934), 321_869: (474.1, 3.21869), 500_000: (755.36, 5.0), 1_000_000: (1571, 10.0),
    1_500_000: (2387, 15.0), 2_000_000: (3402, 21.0975), 3_000_000: (7235, 42.195), 5_000_000: (9523, 50.0),
    10_000_000: (21935, 100.0),
}  # fmt: skip
BESTS = WorldBests([(length, seconds / km) for length, (seconds, km) in RACES.items()])


def limit_ms(length: int) -> float:
    """The world record over a known length."""
    seconds, km = RACES[length]
    return seconds / km * length / 100


def parts_of(clock: Sequence[int], way: Sequence[int]) -> tuple[Course, list[Course]]:
    """A course and its honest parts."""
    course = Course(list(clock), list(way))
    return course, plausible_parts(course, {}, BESTS)


def impossible_windows(clock: Sequence[int], way: Sequence[int]) -> list[int]:
    """The known lengths over which a recording has an impossible window: the rule, over all pairs of samples."""
    return [
        length
        for length in RACES
        if way[-1] - way[0] >= length
        and (least := brute_force(clock, way, length)) is not None
        and least < limit_ms(length) - 1e-5
    ]


def _recording(steps: list[tuple[int, int]]) -> Recording:
    return list(accumulate((0, *(time for time, _ in steps)))), list(
        accumulate((0, *(way for _, way in steps)))
    )


# Runs and walks, stands, rides and sprints of the watch, some seconds each; no step of 50 m, which has a rule of its own.
_stages = st.tuples(
    st.sampled_from([1_000, 2_000, 5_000]),
    st.sampled_from([0.0, 0.15, 0.3, 0.5, 0.7, 0.9, 1.04, 1.1, 1.6]),
    st.integers(1, 25),
)


def _staged(stages: list[tuple[int, float, int]], noise: random.Random) -> Recording:
    steps = [
        (every, min(4_999, max(0, round(every * speed) + noise.randint(-90, 90))))
        for every, speed, count in stages
        for _ in range(count)
    ]
    return _recording(steps)


_recordings = st.builds(_staged, st.lists(_stages, min_size=1, max_size=6), st.randoms(use_true_random=False))


def check(recording: Recording) -> None:
    """No part holds an impossible window, every cut is in one, and without one there is no cut."""
    course, parts = parts_of(*recording)
    found = impossible_windows(*recording)
    assert (parts == [course]) == (not found)
    for part in parts:
        assert [] == impossible_windows(part.clock, part.way)
    kept = {(one, two) for part in parts for one, two in pairwise(zip(part.clock, part.way, strict=True))}
    cut = [step for step in pairwise(zip(*recording, strict=True)) if step not in kept]
    assert bool(cut) == bool(found)
    # What is cut out is as fast as a known length asks for: no honest step before or after goes with it.
    if cut:
        slowest = min(length / limit_ms(length) for length in found)
        covered = sum(two[1] - one[1] for one, two in cut)
        assert covered > slowest * sum(two[0] - one[0] for one, two in cut)


@examples(60)
@given(recording=_recordings)
def test_no_honest_part_holds_an_impossible_window(recording: Recording) -> None:
    """Over every known length and every pair of samples; a recording without one stays whole."""
    check(recording)


@pytest.mark.soak
def test_impossible_campaign() -> None:
    """The same over many more recordings."""

    @seed(int(os.environ.get("SOAK_SEED", "1")))
    @settings(max_examples=int(os.environ.get("SOAK_COUNT", "200")) * 3, deadline=None)
    @given(recording=_recordings)
    def campaign(recording: Recording) -> None:
        check(recording)

    campaign()


@examples(40)
@given(
    before=st.integers(0, 400),
    after=st.integers(0, 400),
    speed=st.integers(1_300, 4_900),
    seconds=st.integers(9, 200),
    chance=st.randoms(use_true_random=False),
)
def test_the_honest_rest_is_as_if_the_impossible_part_had_never_been(
    before: int, after: int, speed: int, seconds: int, chance: random.Random
) -> None:
    """Before and after a ride every sample stays, wherever the ride is and however fast."""

    def honest(count: int) -> list[tuple[int, int]]:
        return [(1_000, chance.randint(200, 450)) for _ in range(count)]

    first, ride, last = honest(before), [(1_000, speed)] * seconds, honest(after)
    _, parts = parts_of(*_recording(first + ride + last))
    whole_clock, whole_way = _recording(first + ride + last)
    expected = [
        (whole_clock[begin : end + 1], whole_way[begin : end + 1])
        for begin, end in ((0, before), (before + seconds, before + seconds + after))
        if begin < end
    ]
    assert expected == sorted((part.clock, part.way) for part in parts)


@pytest.mark.parametrize("length", [one for one in RACES if one >= 40_000])
def test_the_best_runners_of_the_world_are_no_rides(length: int) -> None:
    """At 99 % of the world's best, from a watch that is two metres off either way."""
    chance = random.Random(length)
    seconds = int(limit_ms(length) / 1000 / 0.99)
    way = [round(length * at / seconds) + chance.randint(-200, 200) for at in range(seconds + 1)]
    course, parts = parts_of([at * 1_000 for at in range(seconds + 1)], list(accumulate(way, max)))
    assert [course] == parts


def test_twelve_metres_in_a_second_are_the_usual_inaccuracy() -> None:
    """Alone, it makes no hundred metres impossible."""
    steps = [(1_000, 1_200 if at % 40 == 20 else 300) for at in range(400)]
    course, parts = parts_of(*_recording(steps))
    assert [course] == parts


def test_the_database_knows_every_length_at_which_the_pace_of_the_worlds_best_changes() -> None:
    """Its view is the table of the document, and the macro changes nowhere else."""
    database = open_database()
    stored = rows(database, "SELECT distance_km, pace_s_per_km FROM world_bests ORDER BY distance_km")
    expected = [(length / 100_000, pytest.approx(limit_ms(length) / length * 100)) for length in RACES]
    assert expected == stored
    changes = value(
        database,
        """
        SELECT list(km ORDER BY km) FROM (
            SELECT km, pace, lag(pace) OVER (ORDER BY km) AS before
            FROM (SELECT n / 1000 AS km, world_best_s_per_km(n / 1000) AS pace FROM range(1, 120000) AS r (n))
        )
        WHERE before IS NOT NULL AND pace <> before
        """,
    )
    assert [round(km, 3) for km, _ in stored if km > 0.1] == pytest.approx(changes, abs=0.0011)

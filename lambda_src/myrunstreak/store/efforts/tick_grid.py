"""Where a recording covers a distance within some time, asked of every moment of it at once.

The distance covered is laid down at even ticks of time, all of them in the lanes of one Python integer. That integer
shifted by w ticks, less itself and less the distance sought, says in the highest bit of every lane whether the distance
is covered in the w ticks from there.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from operator import sub
from typing import Final

from myrunstreak.store.efforts.lanes import LANE, TOP, ones, pack, places_of, reach, steps_between, unpack

# Clock in ms and way in cm: whole numbers, the same as in the recordings' files.
LONGEST_CM: Final = 1_000_000_000
# Recordings whose samples fall on no common grid, or on one this many times finer than they are, get a coarser one.
_FINEST: Final = 8
# Of so many ticks it is asked what a distance takes from there, for a first guess.
_SOME: Final = 16
# Where fewer steps than one in so many differ from the first, those are looked at alone.
_FEW: Final = 8


class TickGrid:
    """The distance covered at every tick of a recording.

    Args:
        clock: ascending times of the samples, in ms.
        way: the distance covered until then, in cm, which never shrinks.

    ``tick_ms`` is the length of a tick. ``slack`` is 0 where every sample has a tick of its own; otherwise a stretch may
    begin that many ticks beside the one at which it is found.
    """

    def __init__(self, clock: Sequence[int], way: Sequence[int]) -> None:
        samples, span = len(clock), clock[-1] - clock[0]
        if lowest := way[0]:
            way = [covered - lowest for covered in way]
        way = array("I", way)
        self._gains = steps_between(pack(way), samples)
        self._samples = samples
        # A clock that was set again and again may end after more weeks than a lane holds.
        fits = clock[-1] < TOP
        steps = steps_between(pack(clock), samples) if fits else 0
        lengths = _lengths(clock, steps) if fits else set(map(sub, clock[1:], clock))
        self.tick_ms = math.gcd(*lengths) or 1
        self.slack = 0 if min(lengths) > 0 else 2
        if span > self.tick_ms * _FINEST * samples or not fits:
            usual = sorted(map(sub, clock[1:], clock))[(samples - 1) // 2]
            self.tick_ms = max(usual, span // (_FINEST * samples) + 1)
            self.slack = 2
        self._doubt_cm = 0  # by how much a lane may be less than what was covered
        self._lanes = self._sample(clock, way, steps)
        self._ticks = len(self._lanes)
        self._way = pack(self._lanes)
        self._ones = ones(self._ticks)
        self._tops = self._ones * TOP
        self._distance = 0
        self._missing = 0
        self._starts = list(range(0, self._ticks, self._ticks // _SOME + 1))

    def _sample(self, clock: Sequence[int], way: array[int], steps: int) -> array[int]:
        """The distance at every tick: of several samples in one tick the first, between samples rounded down to a cm.

        Distances sought are whole cm too, so that rounding hides no tick within which one is covered.
        """
        until: Sequence[int] = way
        numbers = clock
        if self.slack:
            numbers = [(time - clock[0]) // self.tick_ms for time in clock]
            firsts = dict(zip(reversed(numbers), reversed(way), strict=True))
            lasts = dict(zip(numbers, way, strict=True))
            numbers = sorted(lasts)
            until = [lasts[number] for number in numbers]
            # One more tick, at which all samples of the last one are behind.
            way = array("I", [*(firsts[number] for number in numbers), way[-1]])
            numbers.append(numbers[-1] + 1)
            steps = steps_between(pack(numbers), len(numbers))
        tick = 1 if self.slack else self.tick_ms
        last = len(numbers) - 1
        lanes = array("I")
        copied = 0
        # Only where a step is longer than a tick is there anything between two samples.
        for at in places_of(reach(steps, tick + 1, last), last):
            lanes += way[copied : at + 1]
            copied, parts = at + 1, (numbers[at + 1] - numbers[at]) // tick
            low, rise = until[at], way[at + 1] - until[at]
            if rise:
                lanes.extend([low + rise * part // parts for part in range(1, parts)])
                self._doubt_cm = 1
            else:
                lanes.extend([low] * (parts - 1))
        return lanes + way[copied:]

    @property
    def exact(self) -> bool:
        """Whether every tick is a sample's."""
        return not self._doubt_cm

    def ticks_within(self, elapsed_ms: float) -> int:
        """The number of ticks within which a stretch of that time is certainly found."""
        return min(self._ticks - 1, math.ceil(elapsed_ms / self.tick_ms) + self.slack)

    def soonest(self, distance: int, past: int) -> tuple[int, int]:
        """The fewest ticks in which the distance is covered anywhere, and where: see ``ticks_of``.

        Args:
            past: how many ticks a shorter distance took.
        """
        low, high = max(0, past - 1), self._guess(distance)
        found, stride = self._cover(distance, high), 1
        while found and high - low > 1:
            guess = max(high - stride, (low + high) // 2)
            stride *= 2
            if covered := self._cover(distance, guess):
                high, found = guess, covered
            else:
                low = guess
        # Where a shorter distance was covered soonest, a longer one nearly is.
        self._starts.append(((found & -found).bit_length() - 1) // LANE)
        return high, found

    def _guess(self, distance: int) -> int:
        """A number of ticks within which the distance is covered at least once: the fewest from a few places."""
        lanes, first = self._lanes, self._starts
        # From the others the distance is never covered.
        until = bisect_right(lanes, lanes[-1] - distance)
        return min(
            [bisect_left(lanes, lanes[start] + distance, start) - start for start in first if start < until]
        )

    def has_step(self, least: int) -> bool:
        """Whether so much is covered from any sample to the next."""
        return reach(self._gains, least, self._samples - 1) != 0

    def covers(self, distance: int, elapsed_ms: float) -> bool:
        """Whether there may be a stretch over the distance of less time."""
        return self._cover(distance, self.ticks_within(elapsed_ms)) != 0

    def places(self, distance: int, ticks: int) -> list[int]:
        """The ticks at which stretches over the distance begin that take so many ticks."""
        return self.ticks_of(self._cover(distance, ticks))

    def sharpest(self, places: list[int], ticks: int, distance: int) -> list[int]:
        """Those of the places where the stretch is shortest: it ends early in its last tick or begins late in its first.

        For a grid without slack, on which no fewer ticks cover the distance.
        """
        lanes, doubt = self._lanes, self._doubt_cm
        spared = [
            (
                (until := lanes[end := place + ticks]) - (since := lanes[place]) - distance,
                last if (last := until - lanes[end - 1]) < (first := lanes[place + 1] - since) else first,
            )
            for place in places
        ]
        surely = [(spare - doubt) / (step + doubt) for spare, step in spared]
        most = max(surely)
        if not doubt:
            return [places[surely.index(most)]]
        return [
            place
            for place, (spare, step) in zip(places, spared, strict=True)
            if step <= doubt or (spare + doubt) / (step - doubt) >= most
        ]

    def _cover(self, distance: int, ticks: int) -> int:
        """In every lane 2^31 + way[tick + ticks] - way[tick] - distance: the highest bit is set where it is covered."""
        if distance != self._distance:
            self._distance = distance
            self._missing = self._ones * (TOP - distance) - self._way
        return ((self._way >> (LANE * ticks)) + self._missing) & self._tops

    def ticks_of(self, covered: int) -> list[int]:
        """The ticks at which stretches begin that cover a distance."""
        return places_of(covered, self._ticks)


def _lengths(clock: Sequence[int], steps: int) -> set[int]:
    """How long steps are: a watch's are nearly all the same, or they are looked at one by one."""
    count, usual = len(clock) - 1, clock[1] - clock[0]
    others = reach(steps ^ (ones(count) * usual), 1, count)
    if others.bit_count() * _FEW > count:
        return set(unpack(steps, count))
    return {usual, *(clock[place + 1] - clock[place] for place in places_of(others, count))}

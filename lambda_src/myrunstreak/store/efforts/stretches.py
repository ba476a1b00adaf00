"""The fastest stretch of a run over a distance, exactly: pauses count, between two samples it is interpolated.

The fastest stretch begins or ends at a sample, so that few places have to be tried; finding them is what costs. For
that the way covered is laid on a grid of time, 32 bits for each tick, all ticks in one Python integer: a shift by w
ticks, an addition and a mask then say of every tick at once whether the distance is covered within the w ticks after
it. The smallest w with such a tick is found by halving, and only these ticks are looked at closely. Over 2,000 samples
this is several times quicker than two pointers that walk along them (``make scripts/bench``), and needs no numpy.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from operator import sub
from typing import Final, NamedTuple

# Clock in ms and way in cm: whole numbers, the same as in the recordings' files.
LONGEST_CM: Final = 1_000_000_000
_LANE: Final = 32
_TOP: Final = 1 << (_LANE - 1)
# Recordings whose samples fall on no common grid, or on one this many times finer than they are, get a coarser one.
_FINEST: Final = 8
# Where more ticks than one in so many are worth a look, walking along all samples is quicker.
_MANY: Final = 8
# Of one tick in so many it is asked what a distance takes from there, for a first guess.
_SOME: Final = 8


class Stretch(NamedTuple):
    """Elapsed time, and the clock where the stretch begins, in ms."""

    elapsed_ms: float
    start_ms: float


class Course:
    """The way of a run over its clock.

    Args:
        clock_ms: ascending times of the samples, pauses included.
        way_cm: the way covered until then, which never shrinks.
    """

    def __init__(self, clock_ms: list[int], way_cm: list[int]) -> None:
        self.clock = clock_ms
        self.way = way_cm
        self.length_cm = way_cm[-1] - way_cm[0] if way_cm else 0
        self._grid: _Grid | None = None

    def fastest(self, distances_cm: Sequence[int]) -> dict[int, Stretch]:
        """The fastest stretch over each of the ascending distances that the course is long enough for."""
        found: dict[int, Stretch] = {}
        ticks = 0
        for distance in distances_cm:
            if not 0 < distance <= self.length_cm <= LONGEST_CM:
                continue
            if self._grid is None:
                self._grid = _Grid(self.clock, self.way)
            found[distance], ticks = self._fastest(self._grid, distance, ticks)
        return found

    def _fastest(self, grid: _Grid, distance: int, past: int) -> tuple[Stretch, int]:
        """The fastest stretch, and the ticks that it takes; a shorter distance took ``past`` of them."""
        ticks, places = grid.soonest(distance, past)
        if not grid.slack:
            places = grid.sharpest(places, ticks, distance)
        if len(places) * _MANY > len(self.clock):
            return self._walked(distance), ticks
        best = self._best(grid, distance, places)
        # Where samples lie between ticks, a tick may promise more than the stretches at it keep.
        while best is None or ticks < grid.ticks_within(best.elapsed_ms):
            ticks = ticks + 1 if best is None else grid.ticks_within(best.elapsed_ms)
            best = self._best(grid, distance, grid.places(distance, ticks))
        return best, ticks

    def _best(self, grid: _Grid, distance: int, places: list[int]) -> Stretch | None:
        """The fastest of the stretches that begin at these ticks or shortly after."""
        clock, way, last = self.clock, self.way, len(self.clock) - 1
        best: Stretch | None = None
        for place in places:
            since = clock[0] + place * grid.tick_ms
            first = bisect_left(clock, since)
            after = bisect_left(clock, since + grid.tick_ms * (1 + grid.slack), first)
            for start in range(first, after):
                end = bisect_left(way, way[start] + distance)
                if end <= last:
                    one = self._from(start, end, distance)
                    if best is None or one < best:
                        best = one
            nearest = bisect_left(way, way[max(0, first - 1)] + distance)
            farthest = bisect_right(way, way[min(after, last)] + distance)
            for end in range(nearest, farthest):
                one = self._until(bisect_right(way, way[end] - distance) - 1, end, distance)
                if best is None or one < best:
                    best = one
        return best

    def may_cover(self, distance: int, within_ms: float) -> bool:
        """Whether the distance may have been covered in less time anywhere; False where it surely was not."""
        if not 0 < distance <= self.length_cm <= LONGEST_CM:
            return False
        if self._grid is None:
            self._grid = _Grid(self.clock, self.way)
        return self._grid.covers(distance, within_ms)

    def windows(self, distance: int, than_ms: float) -> list[tuple[int, int]]:
        """The samples around every stretch over the distance that took less time, and begins or ends at a sample."""
        return [(start, end) for start, end, one in self._stretches(distance) if one.elapsed_ms < than_ms]

    def _walked(self, distance: int) -> Stretch:
        """The fastest of all stretches, found by looking at each."""
        return min(one for _, _, one in self._stretches(distance))

    def _stretches(self, distance: int) -> Iterator[tuple[int, int, Stretch]]:
        """Every stretch that begins or ends at a sample, by two pointers that walk along, and the samples around it."""
        way, last = self.way, len(self.clock) - 1
        end = 0
        for start, covered in enumerate(way):
            while end <= last and way[end] < covered + distance:
                end += 1
            if end > last:
                break
            yield start, end, self._from(start, end, distance)
        start = 0
        for end in range(bisect_left(way, way[0] + distance), last + 1):
            while way[start + 1] <= way[end] - distance:
                start += 1
            yield start, end, self._until(start, end, distance)

    def _from(self, start: int, end: int, distance: int) -> Stretch:
        """From a sample on; ``end`` is the first sample at which the distance is covered."""
        clock, way = self.clock, self.way
        elapsed: float = clock[end] - clock[start]
        if beyond := way[end] - way[start] - distance:
            elapsed -= beyond * (clock[end] - clock[end - 1]) / (way[end] - way[end - 1])
        return Stretch(elapsed, clock[start])

    def _until(self, start: int, end: int, distance: int) -> Stretch:
        """To a sample; ``start`` is the last sample from which the distance is covered."""
        clock, way = self.clock, self.way
        later = 0.0
        if spare := way[end] - way[start] - distance:
            later = spare * (clock[start + 1] - clock[start]) / (way[start + 1] - way[start])
        return Stretch(clock[end] - clock[start] - later, clock[start] + later)


class _Grid:
    """The way of a course at every tick, 32 bits each in one integer.

    ``slack`` is 0 where every sample has a tick of its own; otherwise it says by how many ticks a stretch may miss
    those at which it is found.
    """

    def __init__(self, clock: list[int], way: list[int]) -> None:
        steps = list(map(sub, clock[1:], clock))
        span = clock[-1] - clock[0]
        self.tick_ms = math.gcd(*steps) or 1
        self.slack = 0 if min(steps) > 0 else 2
        if span > self.tick_ms * _FINEST * len(clock):
            usual = sorted(steps)[len(steps) // 2]
            self.tick_ms = max(usual, span // (_FINEST * len(clock)) + 1)
            self.slack = 2
        self._doubt_cm = 0  # by how much a lane may be less than what was covered
        self._lanes = self._laid(clock, way, steps)
        self._ticks = len(self._lanes)
        self._way = int.from_bytes(array("I", self._lanes).tobytes(), "little")
        self._ones = int.from_bytes(b"\1\0\0\0" * self._ticks, "little")
        self._tops = self._ones * _TOP
        self._distance = 0
        self._missing = 0
        self._pace = 0.9 * self._ticks / max(1, way[-1] - way[0])

    def _laid(self, clock: list[int], way: list[int], steps: list[int]) -> list[int]:
        """The way at every tick: of several samples of one tick the first, between samples the whole cm covered.

        The distances are whole cm too: what is covered within so many ticks is so by this measure as well.
        """
        tick, lowest, until = self.tick_ms, way[0], way
        if self.slack:
            numbers = [(time - clock[0]) // tick for time in clock]
            firsts = dict(zip(reversed(numbers), reversed(way), strict=True))
            lasts = dict(zip(numbers, way, strict=True))
            ticks = sorted(lasts)
            steps, tick = [*map(sub, ticks[1:], ticks), 1], 1
            until = [lasts[number] for number in ticks]
            way = [*(firsts[number] for number in ticks), way[-1]]
        lanes: list[int] = []
        copied = 0
        for at, step in enumerate(steps):
            if step != tick:
                lanes += way[copied : at + 1]
                copied, parts = at + 1, step // tick
                low, rise = until[at], way[at + 1] - until[at]
                if rise:
                    lanes += [low + rise * part // parts for part in range(1, parts)]
                    self._doubt_cm = 1
                else:
                    lanes += [low] * (parts - 1)
        lanes += way[copied:]
        return [covered - lowest for covered in lanes] if lowest else lanes

    def ticks_within(self, elapsed_ms: float) -> int:
        """In how many ticks a stretch of that time is found for certain."""
        return min(self._ticks - 1, math.ceil(elapsed_ms / self.tick_ms) + self.slack)

    def soonest(self, distance: int, past: int) -> tuple[int, list[int]]:
        """The fewest ticks in which the distance is covered anywhere, and the ticks from which on it is.

        Args:
            past: how many a shorter distance took.
        """
        low, high = max(0, past - 1), self._guessed(distance, past)
        found, stride = self._covered(distance, high), 1
        while found and high - low > 1:
            guess = max(low + 1, high - stride)
            stride *= 2
            if covered := self._covered(distance, guess):
                high, found = guess, covered
            else:
                low = guess
                break
        while high - low > 1:
            guess = (low + high) // 2
            if covered := self._covered(distance, guess):
                high, found = guess, covered
            else:
                low = guess
        self._pace = high / distance
        return high, self._marked(found)

    def _guessed(self, distance: int, past: int) -> int:
        """A number of ticks within which the distance is covered at least once: of some stretches the fastest."""
        lanes, last = self._lanes, self._ticks - 1
        ticks = min(last, max(past, int(distance * self._pace)))
        few = lanes[: last - ticks + 1 : _SOME]
        covered = list(map(sub, lanes[ticks::_SOME], few))
        place = covered.index(max(covered)) * _SOME
        end = bisect_left(lanes, lanes[place] + distance)
        return end - place if end <= last else last

    def covers(self, distance: int, elapsed_ms: float) -> bool:
        """Whether there may be a stretch over the distance of less time."""
        return self._covered(distance, self.ticks_within(elapsed_ms)) != 0

    def places(self, distance: int, ticks: int) -> list[int]:
        """The ticks from which on the distance is covered within so many."""
        return self._marked(self._covered(distance, ticks))

    def sharpest(self, places: list[int], ticks: int, distance: int) -> list[int]:
        """Those of the places where the distance is covered soonest: early in the last tick or late in the first.

        For a grid without slack, on which no fewer ticks cover the distance.
        """
        lanes, doubt = self._lanes, self._doubt_cm
        spared = [
            (
                lanes[place + ticks] - lanes[place] - distance,
                min(lanes[place + ticks] - lanes[place + ticks - 1], lanes[place + 1] - lanes[place]),
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

    def _covered(self, distance: int, ticks: int) -> int:
        """Lane by lane: 2^31 + way[tick + ticks] - way[tick] - distance, of which the highest bit says it."""
        if distance != self._distance:
            self._distance = distance
            self._missing = self._ones * (_TOP - distance) - self._way
        return ((self._way >> (_LANE * ticks)) + self._missing) & self._tops

    def _marked(self, lanes: int) -> list[int]:
        content, places = lanes.to_bytes(self._ticks * _LANE // 8, "little"), list[int]()
        at = content.find(b"\x80")
        while at >= 0:
            places.append(at // 4)
            at = content.find(b"\x80", at + 1)
        return places


def ascending(values: list[int]) -> list[int]:
    """The same where it never shrinks; else the largest so far at each place."""
    return values if sorted(values) == values else list(accumulate(values, max))

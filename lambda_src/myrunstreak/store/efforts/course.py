"""A recording as a course, and its fastest stretch over a distance: exact, pauses count, interpolated between samples.

The fastest stretch begins or ends at a sample. `Course.stretches` walks along all of those with two pointers and is the
definition; `Course.fastest` gives the least of them sooner, with a `TickGrid` that says which few places to look at.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import accumulate
from typing import Final, NamedTuple

from myrunstreak.store.efforts.tick_grid import LONGEST_CM, TickGrid

# Where more ticks than one in so many are worth a look, walking along all samples is quicker.
_MANY: Final = 8


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

    @cached_property
    def _grid(self) -> TickGrid:
        return TickGrid(self.clock, self.way)

    def fastest(self, distances_cm: Sequence[int]) -> dict[int, Stretch]:
        """The fastest stretch over each of the ascending distances that the course is long enough for."""
        found: dict[int, Stretch] = {}
        ticks = 0
        for distance in distances_cm:
            if not 0 < distance <= self.length_cm <= LONGEST_CM:
                continue
            found[distance], ticks = self._fastest(distance, ticks)
        return found

    def _fastest(self, distance: int, past: int) -> tuple[Stretch, int]:
        """The fastest stretch, and the ticks that it takes; a shorter distance took ``past`` of them."""
        grid = self._grid
        ticks, covered = grid.soonest(distance, past)
        if not grid.exact and covered.bit_count() * 2 > len(self.clock):
            # An even pace: of places that differ by a rounding at most, none can be left out.
            return self._walk(distance), ticks
        places = grid.ticks_of(covered)
        if not grid.slack:
            places = grid.sharpest(places, ticks, distance)
        if len(places) * _MANY > len(self.clock):
            return self._walk(distance), ticks
        best = self._best(distance, places)
        # Where samples lie between ticks, a tick may promise more than the stretches at it keep.
        while best is None or ticks < grid.ticks_within(best.elapsed_ms):
            ticks = ticks + 1 if best is None else grid.ticks_within(best.elapsed_ms)
            best = self._best(distance, grid.places(distance, ticks))
        return best, ticks

    def _best(self, distance: int, places: list[int]) -> Stretch | None:
        """The fastest of the stretches that begin at these ticks or shortly after."""
        grid = self._grid
        clock, way, last = self.clock, self.way, len(self.clock) - 1
        best: Stretch | None = None
        for place in places:
            since = clock[0] + place * grid.tick_ms
            first = bisect_left(clock, since)
            after = bisect_left(clock, since + grid.tick_ms * (1 + grid.slack), first)
            for start in range(first, after):
                end = bisect_left(way, way[start] + distance)
                if end <= last:
                    stretch = self._from(start, end, distance)
                    if best is None or stretch < best:
                        best = stretch
            nearest = bisect_left(way, way[max(0, first - 1)] + distance)
            farthest = bisect_right(way, way[min(after, last)] + distance)
            for end in range(nearest, farthest):
                stretch = self._until(bisect_right(way, way[end] - distance) - 1, end, distance)
                if best is None or stretch < best:
                    best = stretch
        return best

    def has_step(self, least_cm: int) -> bool:
        """Whether so much was covered from any sample to the next."""
        return least_cm <= self.length_cm and self._grid.has_step(least_cm)

    def may_cover(self, distance: int, within_ms: float) -> bool:
        """Whether the distance may have been covered in less time anywhere; False where it certainly was not."""
        if not 0 < distance <= self.length_cm <= LONGEST_CM:
            return False
        return self._grid.covers(distance, within_ms)

    def windows(self, distance: int, than_ms: float) -> list[tuple[int, int]]:
        """The samples around every stretch over the distance that took less time, and begins or ends at a sample."""
        return [
            (start, end) for start, end, stretch in self.stretches(distance) if stretch.elapsed_ms < than_ms
        ]

    def _walk(self, distance: int) -> Stretch:
        """The fastest of all stretches, found by looking at each: the least of `stretches`, without making any."""
        clock, way, last = self.clock, self.way, len(self.clock) - 1
        least: float = clock[-1] - clock[0]
        since: float = clock[-1]
        end = 0
        for start, covered in enumerate(way):
            aim = covered + distance
            while end <= last and way[end] < aim:
                end += 1
            if end > last:
                break
            if clock[end - 1] - clock[start] > least:
                continue
            elapsed: float = clock[end] - clock[start]
            if beyond := way[end] - aim:
                elapsed -= beyond * (clock[end] - clock[end - 1]) / (way[end] - way[end - 1])
            if elapsed < least or (elapsed == least and clock[start] < since):
                least, since = elapsed, clock[start]
        start = 0
        for end in range(bisect_left(way, way[0] + distance), last + 1):
            aim = way[end] - distance
            while way[start + 1] <= aim:
                start += 1
            if clock[end] - clock[start + 1] > least:
                continue
            later = 0.0
            if spare := aim - way[start]:
                later = spare * (clock[start + 1] - clock[start]) / (way[start + 1] - way[start])
            elapsed = clock[end] - clock[start] - later
            if elapsed < least or (elapsed == least and clock[start] + later < since):
                least, since = elapsed, clock[start] + later
        return Stretch(least, since)

    def stretches(self, distance: int) -> Iterator[tuple[int, int, Stretch]]:
        """Every stretch over the distance that begins or ends at a sample, with the samples around it.

        Two pointers walk along the samples: first for stretches that begin at a sample, then for those that end at one.
        """
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


def ascending(values: list[int]) -> list[int]:
    """The same where it never shrinks; else the largest so far at each place."""
    return values if sorted(values) == values else list(accumulate(values, max))

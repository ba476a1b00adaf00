"""Where a recording covers a distance within some time, asked of every moment of it at once.

The distance covered is laid down at even ticks of time, and all of these numbers are packed into one Python integer, 32
bits for each: a lane. That integer shifted by w ticks, less itself and less the distance sought, says in the highest bit
of every lane whether the distance is covered in the w ticks from there. The smallest w with such a lane is found by
halving. Over 2,000 samples this is several times quicker than two pointers that walk along them (``make bench``), and it
needs no numpy.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from operator import sub
from typing import Final

# Clock in ms and way in cm: whole numbers, the same as in the recordings' files.
LONGEST_CM: Final = 1_000_000_000
_LANE: Final = 32
_TOP: Final = 1 << (_LANE - 1)
# Recordings whose samples fall on no common grid, or on one this many times finer than they are, get a coarser one.
_FINEST: Final = 8
# Of one tick in so many it is asked what a distance takes from there, for a first guess.
_SOME: Final = 8


class TickGrid:
    """The distance covered at every tick of a recording.

    Args:
        clock: ascending times of the samples, in ms.
        way: the distance covered until then, in cm, which never shrinks.

    ``tick_ms`` is the length of a tick. ``slack`` is 0 where every sample has a tick of its own; otherwise a stretch may
    begin that many ticks beside the one at which it is found.
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
        self._lanes = self._sample(clock, way, steps)
        self._ticks = len(self._lanes)
        self._way = int.from_bytes(array("I", self._lanes).tobytes(), "little")
        self._ones = int.from_bytes(b"\1\0\0\0" * self._ticks, "little")
        self._tops = self._ones * _TOP
        self._distance = 0
        self._missing = 0
        self._pace = 0.9 * self._ticks / max(1, way[-1] - way[0])

    def _sample(self, clock: list[int], way: list[int], steps: list[int]) -> list[int]:
        """The distance at every tick: of several samples in one tick the first, between samples rounded down to a cm.

        Distances sought are whole cm too, so that rounding hides no tick within which one is covered.
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
        """The number of ticks within which a stretch of that time is certainly found."""
        return min(self._ticks - 1, math.ceil(elapsed_ms / self.tick_ms) + self.slack)

    def soonest(self, distance: int, past: int) -> tuple[int, list[int]]:
        """The fewest ticks in which the distance is covered anywhere, and the ticks at which such stretches begin.

        Args:
            past: how many ticks a shorter distance took.
        """
        low, high = max(0, past - 1), self._guess(distance, past)
        found, stride = self._cover(distance, high), 1
        while found and high - low > 1:
            guess = max(low + 1, high - stride)
            stride *= 2
            if covered := self._cover(distance, guess):
                high, found = guess, covered
            else:
                low = guess
                break
        while high - low > 1:
            guess = (low + high) // 2
            if covered := self._cover(distance, guess):
                high, found = guess, covered
            else:
                low = guess
        self._pace = high / distance
        return high, self._ticks_of(found)

    def _guess(self, distance: int, past: int) -> int:
        """A number of ticks within which the distance is covered at least once: the fastest of a few stretches."""
        lanes, last = self._lanes, self._ticks - 1
        ticks = min(last, max(past, int(distance * self._pace)))
        few = lanes[: last - ticks + 1 : _SOME]
        covered = list(map(sub, lanes[ticks::_SOME], few))
        place = covered.index(max(covered)) * _SOME
        end = bisect_left(lanes, lanes[place] + distance)
        return end - place if end <= last else last

    def covers(self, distance: int, elapsed_ms: float) -> bool:
        """Whether there may be a stretch over the distance of less time."""
        return self._cover(distance, self.ticks_within(elapsed_ms)) != 0

    def places(self, distance: int, ticks: int) -> list[int]:
        """The ticks at which stretches over the distance begin that take so many ticks."""
        return self._ticks_of(self._cover(distance, ticks))

    def sharpest(self, places: list[int], ticks: int, distance: int) -> list[int]:
        """Those of the places where the stretch is shortest: it ends early in its last tick or begins late in its first.

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

    def _cover(self, distance: int, ticks: int) -> int:
        """In every lane 2^31 + way[tick + ticks] - way[tick] - distance: the highest bit is set where it is covered."""
        if distance != self._distance:
            self._distance = distance
            self._missing = self._ones * (_TOP - distance) - self._way
        return ((self._way >> (_LANE * ticks)) + self._missing) & self._tops

    def _ticks_of(self, lanes: int) -> list[int]:
        content, places = lanes.to_bytes(self._ticks * _LANE // 8, "little"), list[int]()
        at = content.find(b"\x80")
        while at >= 0:
            places.append(at // 4)
            at = content.find(b"\x80", at + 1)
        return places

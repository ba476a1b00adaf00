"""The plausible parts of a recording: what is faster than the world's bests is cut out.

A window over one of the known lengths that was covered faster than its world best is impossible, and so is every
stretch that contains one. The shortest lengths come first. Of an impossible window only the steps that make it so are
cut out, so that a true kilometre directly before a ride keeps its time.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from myrunstreak.store.efforts.course import Course, Stretch

# A step this long, faster than a world best, is a place that was lost and found again. Shorter ones are the usual
# inaccuracy of a watch, and impossible only where a window over a known length is.
_JUMP_CM: Final = 5_000
# Times are whole ms and ways whole cm: what is nearer to a limit than this is at it.
_ROUNDING_MS: Final = 1e-6


class WorldBests:
    """The world's best paces.

    Args:
        paces: the known lengths in cm, ascending, and the world's best pace over each in seconds a km.
    """

    def __init__(self, paces: Sequence[tuple[int, float]]) -> None:
        self.lengths_cm = [length for length, _ in paces]
        self._paces = [pace for _, pace in paces]

    def least_ms(self, way_cm: int) -> float:
        """The least time that a distance takes: at the pace of the longest known length within it."""
        place = max(0, bisect_right(self.lengths_cm, way_cm) - 1)
        return way_cm / 100 * self._paces[place] - _ROUNDING_MS


def plausible_parts(course: Course, fastest: Mapping[int, Stretch], bests: WorldBests) -> list[Course]:
    """The parts of a course in which nothing is impossible: the course itself where it is one.

    Args:
        fastest: the fastest stretches over some lengths, where they are known already.
    """
    jumps = course.has_step(_JUMP_CM)
    if not jumps and not any(_may_beat(course, fastest, bests)):
        return [course]
    parts = list(_cut_jumps(course, bests)) if jumps else [course]
    for length in bests.lengths_cm:
        least_ms = bests.least_ms(length)
        parts = [piece for part in parts for piece in _cut_windows(part, length, least_ms)]
    return parts


def _may_beat(course: Course, fastest: Mapping[int, Stretch], bests: WorldBests) -> Iterator[bool]:
    """For each known length whether the course may hold a faster stretch over it than its world best."""
    for length in bests.lengths_cm:
        known = fastest.get(length)
        if known is None:
            yield course.may_cover(length, bests.least_ms(length))
        else:
            yield known.elapsed_ms < bests.least_ms(length)


def _cut_windows(course: Course, length: int, least_ms: float) -> Iterator[Course]:
    """The parts of a course without a window over the length that took less time."""
    waiting = [course]
    while waiting:
        part = waiting.pop()
        windows = part.windows(length, least_ms) if part.may_cover(length, least_ms) else []
        if not windows:
            yield part
            continue
        begin = 0
        for first, last in _merge(windows):
            core_first, core_last = _fastest_steps(part, first, last, length / least_ms)
            waiting += _part(part, begin, core_first)
            begin = core_last
        waiting += _part(part, begin, len(part.clock) - 1)


def _part(course: Course, first: int, last: int) -> list[Course]:
    """The course from one sample to another, if there is a step between them."""
    if first >= last:
        return []
    return [Course(course.clock[first : last + 1], course.way[first : last + 1])]


def _merge(windows: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Windows that share a step as one."""
    first, last = -1, -1
    for begin, end in sorted(windows):
        if begin < last:
            last = max(last, end)
            continue
        if last > first:
            yield first, last
        first, last = begin, end
    yield first, last


def _fastest_steps(course: Course, first: int, last: int, speed: float) -> tuple[int, int]:
    """The steps between two samples that gain most on a speed in cm per ms: they make a window impossible.

    What is left is searched again for other windows.
    """
    clock, way = course.clock, course.way
    best, core, gain, begin = 0.0, (first, last), 0.0, first
    for step in range(first, last):
        gain += way[step + 1] - way[step] - speed * (clock[step + 1] - clock[step])
        if gain <= 0:
            gain, begin = 0.0, step + 1
        elif gain > best:
            best, core = gain, (begin, step + 1)
    return core


def _cut_jumps(course: Course, bests: WorldBests) -> Iterator[Course]:
    """The parts of a course between its jumps.

    A watch that stood still and then finds its place again has caught up, not jumped, if the distance can be run in the
    time since it stood: then the distance is spread over that time.
    """

    def too_fast(since: int, now: int, covered: int) -> bool:
        return now - since < bests.least_ms(covered)

    times, covereds = [course.clock[0]], [course.way[0]]
    for now, place in zip(course.clock[1:], course.way[1:], strict=True):
        step = place - covereds[-1]
        if step >= _JUMP_CM and too_fast(times[-1], now, step):
            stood = bisect_right(covereds, covereds[-1] - 1)
            if too_fast(times[stood], now, step):
                yield Course(times, covereds)
                times, covereds = [], []
            else:
                del times[stood + 1 :], covereds[stood + 1 :]
        times.append(now)
        covereds.append(place)
    yield Course(times, covereds)

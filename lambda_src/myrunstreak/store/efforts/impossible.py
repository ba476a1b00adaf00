"""What of a recording nobody can have run: found by the world's bests, and cut out so that the rest stands beside it.

A window over one of the known lengths that was covered faster than its world best is impossible, and so is every
stretch that contains one. The shortest lengths are looked at first; of an impossible window no more is cut out than
the steps that make it so, so that an honest kilometre directly before a ride keeps its time.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import sub
from typing import Final

from myrunstreak.store.efforts.stretches import Course, Stretch

# A step this long, faster than anybody runs, is a place that was lost and found again. Shorter ones are the usual
# inaccuracy of a watch, and impossible only as far as a window over a known length is.
_JUMP_CM: Final = 5_000
# Times are whole ms and ways whole cm: what is nearer to a limit than this is at it.
_ROUNDING_MS: Final = 1e-6


class Human:
    """What nobody beats.

    Args:
        paces: the known lengths in cm, ascending, and the world's best pace over each in seconds a km.
    """

    def __init__(self, paces: Sequence[tuple[int, float]]) -> None:
        self.lengths_cm = [length for length, _ in paces]
        self._paces = [pace for _, pace in paces]

    def fewest_ms(self, way_cm: int) -> float:
        """The time that nobody beats over so much way: at the pace of the longest known length within it."""
        place = max(0, bisect_right(self.lengths_cm, way_cm) - 1)
        return way_cm / 100 * self._paces[place] - _ROUNDING_MS


def honest_parts(course: Course, fastest: Mapping[int, Stretch], human: Human) -> list[Course]:
    """The parts of a course in which nothing is impossible; the course itself, and no other, where it is one.

    Args:
        fastest: the fastest stretches over some lengths, where they are known already.
    """
    jumps = max(map(sub, course.way[1:], course.way), default=0) >= _JUMP_CM
    if not jumps and not any(_may_be_beaten(course, fastest, human)):
        return [course]
    parts = list(_without_jumps(course, human)) if jumps else [course]
    for length in human.lengths_cm:
        fewest_ms = human.fewest_ms(length)
        parts = [piece for part in parts for piece in _without_windows(part, length, fewest_ms)]
    return parts


def _may_be_beaten(course: Course, fastest: Mapping[int, Stretch], human: Human) -> Iterator[bool]:
    for length in human.lengths_cm:
        known = fastest.get(length)
        if known is None:
            yield course.may_cover(length, human.fewest_ms(length))
        else:
            yield known.elapsed_ms < human.fewest_ms(length)


def _without_windows(course: Course, length: int, fewest_ms: float) -> Iterator[Course]:
    """The parts of a course without a window over the length that took less time."""
    waiting = [course]
    while waiting:
        part = waiting.pop()
        windows = part.windows(length, fewest_ms) if part.may_cover(length, fewest_ms) else []
        if not windows:
            yield part
            continue
        begin = 0
        for first, last in _united(windows):
            core_first, core_last = _core(part, first, last, length / fewest_ms)
            waiting += _cut(part, begin, core_first)
            begin = core_last
        waiting += _cut(part, begin, len(part.clock) - 1)


def _cut(course: Course, first: int, last: int) -> list[Course]:
    """The course from one sample to another, if there is a step between them."""
    if first >= last:
        return []
    return [Course(course.clock[first : last + 1], course.way[first : last + 1])]


def _united(windows: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
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


def _core(course: Course, first: int, last: int, speed: float) -> tuple[int, int]:
    """Of the steps between two samples those that gain most on a speed in cm per ms: what makes a window impossible.

    A window that shares none of them is found again in what is left.
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


def _without_jumps(course: Course, human: Human) -> Iterator[Course]:
    """The parts of a course between its jumps.

    A watch that finds its place again after having stood still has caught up and not jumped, if the way could be
    run in the time since it stood: then it is spread over that time.
    """

    def too_fast(since: int, now: int, covered: int) -> bool:
        return now - since < human.fewest_ms(covered)

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

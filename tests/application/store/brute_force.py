"""The fastest stretch by trying every pair of samples, in fractions: what the quick way is held against."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

Recording = tuple[list[int], list[int]]


def brute_force(clock: Sequence[int], way: Sequence[int], distance: int) -> Fraction | None:
    """The least time over a distance: every sample as one end of a stretch, every step as the other."""
    times: list[Fraction] = []
    for begin in range(len(clock)):
        for end in range(begin + 1, len(clock)):
            for fixed, (one, two) in ((begin, (end - 1, end)), (end, (begin, begin + 1))):
                aim = way[fixed] + distance if fixed == begin else way[fixed] - distance
                if not way[one] <= aim <= way[two]:
                    continue
                if way[one] < way[two]:
                    share = Fraction(aim - way[one], way[two] - way[one])
                    moment = clock[one] + share * (clock[two] - clock[one])
                else:
                    moment = Fraction(clock[two] if fixed == end else clock[one])
                times.append(abs(moment - clock[fixed]))
    return min(times, default=None)

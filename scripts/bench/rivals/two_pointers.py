"""Best efforts along every recording with two pointers, in plain Python."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import groupby

from scripts.bench.processes import Figures, stopwatch
from scripts.bench.rivals.effort_sums import SAMPLES, read_aims, sum_efforts


def two_pointers(file: str) -> Figures:
    """Along every recording once for the stretches that begin at a point, once for those that end at one."""
    return _plainly(file, ends=True)


def starts_only(file: str) -> Figures:
    """The same for beginnings alone: half the work, and not always the fastest stretch."""
    return _plainly(file, ends=False)


def _plainly(file: str, *, ends: bool) -> Figures:
    import duckdb

    figures, found = Figures(), list[float]()
    with duckdb.connect(file, read_only=True) as connection, stopwatch(figures):
        aims = read_aims(connection)
        rows = connection.execute(f"{SAMPLES} ORDER BY activity_id, point").fetchall()
        for _, points in groupby(rows, key=lambda row: row[0]):
            _, _, clock, way = zip(*points, strict=True)
            found += [time / 1000 for aim in aims if (time := _least(clock, way, aim, ends=ends)) is not None]
    return figures | sum_efforts(found)


def _least(clock: Sequence[int], way: Sequence[int], aim: int, *, ends: bool) -> float | None:
    if way[-1] - way[0] < aim:
        return None
    times = _from_points(clock, way, aim)
    return min(min(times), min(_to_points(clock, way, aim))) if ends else min(times)


def _from_points(clock: Sequence[int], way: Sequence[int], aim: int) -> Iterator[float]:
    end = 0
    for start, covered in enumerate(way):
        if covered + aim > way[-1]:
            return
        while way[end] < covered + aim:
            end += 1
        beyond = way[end] - covered - aim
        early = beyond * (clock[end] - clock[end - 1]) / (way[end] - way[end - 1]) if beyond else 0
        yield clock[end] - clock[start] - early


def _to_points(clock: Sequence[int], way: Sequence[int], aim: int) -> Iterator[float]:
    start = 0
    for end in range(bisect_left(way, way[0] + aim), len(way)):
        while way[start + 1] <= way[end] - aim:
            start += 1
        spare = way[end] - way[start] - aim
        late = spare * (clock[start + 1] - clock[start]) / (way[start + 1] - way[start]) if spare else 0
        yield clock[end] - clock[start] - late

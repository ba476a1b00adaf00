"""Best efforts: of each run the fastest stretch over each known distance, flagged where it is faster than a world best.

They depend on what is stored alone: on the recording's clock and distance as its Parquet file holds them, or, without
a recording that gives any, on the run's own distance and duration (the view ``average_efforts``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from myrunstreak.smashrun.activity import MOST_KM
from myrunstreak.store.efforts.clock_steps import LONGEST_S, steady
from myrunstreak.store.efforts.course import Course, Stretch, ascending
from myrunstreak.store.efforts.plausible import WorldBests, plausible_parts
from myrunstreak.store.loading.reading import as_list
from myrunstreak.store.recordings import CLOCK_MS, DISTANCE_CM

if TYPE_CHECKING:
    import duckdb

# Raise it when the same recording gives other efforts than before: the next sync computes all anew. A file without
# the fact has efforts of the first version.
FIRST_EFFORTS_VERSION: Final = "1"
EFFORTS_VERSION: Final = "2"
EFFORTS_FACT: Final = "best_efforts"
# The last year whose efforts are of which version, while a change of the version goes through the years.
EFFORTS_UNTIL_FACT: Final = "best_efforts_until"

_RECORDINGS_AT_ONCE: Final = 64
# Points of a year's file whose series are put together at once.
_POINTS_AT_ONCE: Final = 300_000

# One row per recording: its series as JSON texts, which come over several times as quickly as lists do. What has no
# clock or no distance says nothing about efforts.
_SERIES: Final = """
SELECT activity_id, to_json(list(clock_ms ORDER BY point)), to_json(list(distance_cm ORDER BY point))
FROM ({samples})
WHERE clock_ms >= 0 AND distance_cm BETWEEN 0 AND {most_cm}
GROUP BY activity_id
"""
# One row per distance of best efforts, shortest first.
_DISTANCES: Final = """
SELECT distance, CAST(distance_m AS DOUBLE), CAST(round(distance_m * 100) AS INTEGER)
FROM effort_distances ORDER BY distance_m
"""
# One row per length over which there is a world's best, shortest first.
_PACES: Final = """
SELECT CAST(round(distance_km * 100000) AS INTEGER) AS distance_cm, pace_s_per_km FROM world_bests ORDER BY distance_cm
"""


@cache
def _reader_of_numbers() -> Callable[[str], list[int]]:
    """Reads a series in half of ``json``'s time."""
    from pydantic import TypeAdapter

    return TypeAdapter(list[int]).validate_json


class _Distance(NamedTuple):
    distance: str
    distance_m: float
    distance_cm: int


class BestEfforts:
    """The table ``best_efforts`` on a connection. Everything that changes it belongs within a transaction."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def replace_from_points(self) -> None:
        """Efforts of the runs in ``detail``, from the ``points`` that were staged with them."""
        samples = (
            f"SELECT activity_id, point, {CLOCK_MS} AS clock_ms, {DISTANCE_CM} AS distance_cm FROM points"
        )
        self._replace("SELECT activity_id FROM detail", samples)

    def replace_from_file(self, file: str) -> None:
        """Efforts of the runs whose present recording is in a Parquet file, so many points at once."""
        quoted = file.replace("'", "''")
        present = f"""
            SELECT o.* FROM read_parquet('{quoted}') AS o
            JOIN activities AS a ON a.activity_id = o.activity_id AND a.details_at = o.observed_at
        """
        sizes = self._connection.execute(
            f"SELECT activity_id, count(*) FROM ({present}) GROUP BY activity_id ORDER BY activity_id"
        ).fetchall()
        for group in _batches(sizes, _POINTS_AT_ONCE):
            ids = ", ".join(map(str, group))
            self._replace(
                f"SELECT unnest([{ids}])", f"SELECT * FROM ({present}) WHERE activity_id IN ({ids})"
            )

    def replace_averages(self) -> None:
        """Efforts of the runs in ``incoming`` that are new or changed and have none from a recording."""
        changed = "SELECT activity_id FROM incoming WHERE is_new OR is_updated"
        self._connection.execute(
            f"DELETE FROM best_efforts WHERE source = 'average' AND activity_id IN ({changed})"
        )
        self._add_averages(changed)

    def _replace(self, ids: str, samples: str) -> None:
        rows = sorted(self.from_samples(samples), key=lambda row: (row["activity_id"], row["distance_m"]))
        for table in ("best_efforts", "efforts_beyond_run"):
            self._connection.execute(f"DELETE FROM {table} WHERE activity_id IN ({ids})")
        if rows:
            self._connection.execute(
                """
                INSERT INTO best_efforts BY NAME
                SELECT unnest(from_json($rows, '[{
                    "activity_id": "BIGINT", "distance": "VARCHAR", "distance_m": "DOUBLE", "elapsed_s": "DOUBLE",
                    "offset_s": "DOUBLE", "source": "VARCHAR", "flagged": "BOOLEAN", "content_hash": "VARCHAR"
                }]'), recursive := true)
                """,
                {"rows": as_list(rows)},
            )
        self._add_averages(ids)

    def _add_averages(self, ids: str) -> None:
        # Only what is constant gets to the view's scan of the runs, which would compute the efforts of all of them.
        found = self._connection.execute(f"SELECT min(id), max(id) FROM ({ids}) AS changed (id)").fetchone()
        least, most = found or (None, None)
        if least is None:
            return
        self._connection.execute(
            f"""
            INSERT INTO best_efforts BY NAME
            SELECT * FROM average_efforts
            WHERE activity_id BETWEEN {least} AND {most} AND activity_id IN ({ids}) AND activity_id NOT IN (
                SELECT activity_id FROM best_efforts WHERE activity_id IN ({ids})
                UNION ALL
                SELECT activity_id FROM efforts_beyond_run WHERE activity_id IN ({ids})
            )
            ORDER BY activity_id, distance_m
            """
        )

    @cached_property
    def _known(self) -> tuple[list[_Distance], WorldBests]:
        """The distances and the world's bests: constants of the schema."""
        run = self._connection.execute
        distances = [_Distance(*row) for row in run(_DISTANCES).fetchall()]
        return distances, WorldBests(run(_PACES).fetchall())

    def from_samples(self, samples: str) -> Iterator[Mapping[str, Any]]:
        """Rows of the table, without the averages, from a statement that gives recordings' samples."""
        distances, bests = self._known
        numbers = _reader_of_numbers()
        found = self._connection.execute(_SERIES.format(samples=samples, most_cm=MOST_KM * 100_000))
        while recordings := found.fetchmany(_RECORDINGS_AT_ONCE):
            for activity_id, clock, way in recordings:
                content_hash = hashlib.md5(f"{clock}{way}".encode(), usedforsecurity=False).hexdigest()
                for known, stretch, flagged in efforts_of(numbers(clock), numbers(way), distances, bests):
                    yield {
                        "activity_id": activity_id,
                        "distance": known.distance,
                        "distance_m": known.distance_m,
                        "elapsed_s": stretch.elapsed_ms / 1000,
                        "offset_s": stretch.start_ms / 1000,
                        "source": "recording",
                        "flagged": flagged,
                        "content_hash": content_hash,
                    }


def efforts_of(
    clock_ms: list[int], way_cm: list[int], distances: Sequence[_Distance], bests: WorldBests
) -> Iterator[tuple[_Distance, Stretch, bool]]:
    """The efforts of a recording, and whether each is flagged.

    A stretch is flagged when it, or a part of it, is faster than a world best. Then the fastest stretch of
    the plausible rest stands beside it, if there is one.
    """
    if sorted(clock_ms) != clock_ms:
        timed = [
            (round(time), covered)
            for time, covered in zip(steady(clock_ms, LONGEST_S * 1000), way_cm, strict=True)
            if time is not None
        ]
        clock_ms, way_cm = [time for time, _ in timed], [covered for _, covered in timed]
    course = Course(clock_ms, ascending(way_cm))
    wanted = [known.distance_cm for known in distances]
    fastest = course.fastest(wanted)
    if not fastest:
        return
    parts = plausible_parts(course, fastest, bests)
    plausible = fastest if parts == [course] else _fastest_in(parts, wanted)
    for known in distances:
        counted, beyond = plausible.get(known.distance_cm), fastest.get(known.distance_cm)
        if beyond is None:
            continue
        if counted and counted.elapsed_ms < bests.least_ms(known.distance_cm):
            counted = None
        if counted:
            yield known, counted, False
        if beyond.elapsed_ms > 0 and (counted is None or beyond.elapsed_ms < counted.elapsed_ms - 1e-6):
            yield known, beyond, True


def _fastest_in(parts: Iterable[Course], distances: Sequence[int]) -> dict[int, Stretch]:
    best: dict[int, Stretch] = {}
    for part in parts:
        for distance, stretch in part.fastest(distances).items():
            best[distance] = min(stretch, best.get(distance, stretch))
    return best


def _batches(sizes: Iterable[tuple[int, int]], most: int) -> Iterator[list[int]]:
    """Ids in groups of at most so many points; a run with more is a group by itself."""
    group: list[int] = []
    total = 0
    for activity_id, size in sizes:
        if group and total + size > most:
            yield group
            group, total = [], 0
        group.append(activity_id)
        total += size
    if group:
        yield group

"""The tables of the lake, as data. A column is only ever added, at the end: rows of before read as NULL in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

# Few enough for files of a good size, and enough that a question about one runner reads little.
BUCKETS: Final = 64


@dataclass(frozen=True)
class Table:
    """One table.

    Attributes:
        columns: name to type, in order.
        key: what tells its rows apart.
        is_partitioned: whether its rows lie in buckets of runners.
    """

    name: str
    columns: Mapping[str, str] = field(hash=False)
    key: tuple[str, ...]
    is_partitioned: bool = True

    @property
    def names(self) -> str:
        """The columns, for a statement."""
        return ", ".join(self.columns)

    def definition(self, name: str) -> str:
        """The statement that makes an empty table, under a full name."""
        columns = ", ".join(f"{column} {kind}" for column, kind in self.columns.items())
        buckets = f" PARTITIONED BY (bucket({BUCKETS}, runner_id))" if self.is_partitioned else ""
        return f"CREATE TABLE {name} ({columns}){buckets}"


# One row per run that is not deleted: the record's activities without notes, places and the record's own book-keeping.
RUNS: Final = Table(
    "runs",
    {
        "runner_id": "VARCHAR",
        "activity_id": "BIGINT",
        "start_local": "TIMESTAMP",
        "start_date": "DATE",
        "utc_offset_minutes": "INTEGER",
        "offset_suspect": "BOOLEAN",
        "distance_km": "DOUBLE",
        "duration_s": "DOUBLE",
        "activity_type": "VARCHAR",
        "calories": "INTEGER",
        "heart_rate_avg": "DOUBLE",
        "heart_rate_min": "INTEGER",
        "heart_rate_max": "INTEGER",
        "cadence_avg": "DOUBLE",
        "cadence_min": "INTEGER",
        "cadence_max": "INTEGER",
        "temperature_c": "DOUBLE",
        "temperature_apparent_c": "DOUBLE",
        "temperature_wind_chill_c": "DOUBLE",
        "weather_type": "VARCHAR",
        "humidity": "DOUBLE",
        "wind_speed_kph": "DOUBLE",
        "how_felt": "VARCHAR",
        "terrain": "VARCHAR",
        "is_race": "BOOLEAN",
        "is_treadmill": "BOOLEAN",
        "is_bad_hr": "BOOLEAN",
        "is_bad_elevation": "BOOLEAN",
        "source": "VARCHAR",
        "external_id": "VARCHAR",
        "app_version": "VARCHAR",
        "device_type": "VARCHAR",
        "has_details": "BOOLEAN",
        "has_details_gps": "BOOLEAN",
        "uploaded_utc": "TIMESTAMP",
        "created_utc": "TIMESTAMP",
        "updated_utc": "TIMESTAMP",
        "elevation_gain_m": "DOUBLE",
        "elevation_loss_m": "DOUBLE",
        "elevation_ascent_m": "DOUBLE",
        "elevation_descent_m": "DOUBLE",
        "elevation_min_m": "DOUBLE",
        "elevation_max_m": "DOUBLE",
        "elevation_net_m": "DOUBLE",
        "speed_variability": "DOUBLE",
        "city": "VARCHAR",
        "state": "VARCHAR",
        "country": "VARCHAR",
        "country_code": "VARCHAR",
        "sunrise_local": "TIMESTAMP",
        "sunset_local": "TIMESTAMP",
        "moon_phase": "DOUBLE",
        "is_cooper_test": "BOOLEAN",
    },
    key=("runner_id", "activity_id"),
)
# One row per runner and local day with a run that counts for the runner.
DAYS: Final = Table(
    "days",
    {"runner_id": "VARCHAR", "day": "DATE", "km": "DOUBLE", "runs": "BIGINT"},
    key=("runner_id", "day"),
)
# One row per runner: which version of the record the other tables hold, empty while they are being changed, and what the
# runner shares with the club.
RUNNERS: Final = Table(
    "runners",
    {"runner_id": "VARCHAR", "version": "VARCHAR", "sharing": "VARCHAR"},
    key=("runner_id",),
    is_partitioned=False,
)
TABLES: Final = (RUNS, DAYS, RUNNERS)

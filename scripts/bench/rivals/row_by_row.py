"""Storing through Python models, each row its own statement, into tables with keys."""

from __future__ import annotations

import tempfile
from datetime import datetime
from itertools import chain
from pathlib import Path

from scripts.bench.processes import Figures, stopwatch
from scripts.bench.records import count_rows, read_nested


def row_by_row(root: str) -> Figures:
    """The rows and the seconds.

    A run is one ``INSERT ... ON CONFLICT``; its splits are replaced by one ``DELETE`` and one ``INSERT`` each.
    """
    import duckdb
    from pydantic import BaseModel, Field

    class Split(BaseModel):
        distance: float
        seconds: float
        heart_rate: float | None = Field(None, alias="heartRate")
        elevation_gain: float | None = Field(None, alias="elevationGain")
        elevation_loss: float | None = Field(None, alias="elevationLoss")

    class Run(BaseModel):
        activity_id: int = Field(alias="activityId")
        start: datetime = Field(alias="startDateTimeLocal")
        distance: float
        duration: float
        calories: int | None = None
        heart_rate_average: float | None = Field(None, alias="heartRateAverage")
        heart_rate_min: float | None = Field(None, alias="heartRateMin")
        heart_rate_max: float | None = Field(None, alias="heartRateMax")
        cadence_average: float | None = Field(None, alias="cadenceAverage")
        temperature: float | None = None
        humidity: float | None = None
        wind_speed: float | None = Field(None, alias="windSpeed")
        weather_type: str | None = Field(None, alias="weatherType")
        how_felt: str | None = Field(None, alias="howFelt")
        terrain: str | None = None
        is_race: bool | None = Field(None, alias="isRace")
        is_treadmill: bool | None = Field(None, alias="isTreadmill")
        source: str | None = None
        external_id: str | None = Field(None, alias="externalId")
        notes: str | None = None
        elevation_gain: float | None = Field(None, alias="elevationGain")
        elevation_loss: float | None = Field(None, alias="elevationLoss")
        city: str | None = None
        state: str | None = None
        country: str | None = None

    kinds = {int: "BIGINT", datetime: "TIMESTAMP", float: "DOUBLE", bool: "BOOLEAN", str: "VARCHAR"}
    names = list(Run.model_fields)
    columns = ", ".join(
        f"{name} {next(sql for python, sql in kinds.items() if python.__name__ in str(field.annotation))}"
        for name, field in Run.model_fields.items()
        if name != "activity_id"
    )
    changed = ", ".join(f"{name} = EXCLUDED.{name}" for name in names if name != "activity_id")
    upsert = (
        f"INSERT INTO activities ({', '.join(names)}) VALUES ({', '.join('?' for _ in names)}) "
        f"ON CONFLICT (activity_id) DO UPDATE SET {changed}"
    )
    figures = Figures()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "runs.duckdb"
        with stopwatch(figures), duckdb.connect(str(file)) as connection:
            connection.execute(f"CREATE TABLE activities (activity_id BIGINT PRIMARY KEY, {columns})")
            connection.execute(
                """
                CREATE TABLE splits (
                    activity_id BIGINT REFERENCES activities (activity_id), split_number INTEGER, distance DOUBLE,
                    seconds DOUBLE, heart_rate DOUBLE, elevation_gain DOUBLE, elevation_loss DOUBLE,
                    PRIMARY KEY (activity_id, split_number)
                )
                """
            )
            for record in chain.from_iterable(read_nested(Path(root))):
                one = Run.model_validate(record)
                connection.execute(upsert, list(one.model_dump().values()))
                connection.execute("DELETE FROM splits WHERE activity_id = ?", [one.activity_id])
                for number, split in enumerate(record["splits"], 1):
                    row = Split.model_validate(split).model_dump()
                    connection.execute(
                        "INSERT INTO splits VALUES (?, ?, ?, ?, ?, ?, ?)",
                        [one.activity_id, number, *row.values()],
                    )
            connection.execute("CHECKPOINT")
        figures["file_mb"] = file.stat().st_size / 1e6
        with duckdb.connect(str(file), read_only=True) as stored:
            figures |= count_rows(stored, "activities", "splits")
    return figures

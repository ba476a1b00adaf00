"""One run as Smashrun's lists give it: the only list of an activity's fields.

The table ``activities``, the bulk loader's typed columns and the tolerant parser all derive from the
model below. Sources of the shapes: Smashrun's API pages and what independent clients met in the wild:
a missing value is usually an absent key and sometimes ``null``; flags are 0 or 1; labels are open.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator

from myrunstreak.errors import MalformedRecord

Kind = Literal["id", "start", "measure", "whole", "number", "text", "flag", "utc", "wall"]
Form = Literal["summary", "extended"]

# The calendar day is the first ten characters as recorded; seconds and offset may be missing.
START_PATTERN: Final = (
    r"(19|2\d)\d\d-\d\d-\d\d([T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?(Z|[+-]\d\d:?[0-5]\d)?)?"
)
# Smashrun's other instants carry no offset; one that does is UTC's own or is not believed.
UTC_PATTERN: Final = r"(19|2\d)\d\d-\d\d-\d\d([T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?(Z|[+-]00:?00)?)?"
WALL_PATTERN: Final = r"(19|2\d)\d\d-\d\d-\d\d([T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?)?"


@dataclass(frozen=True)
class Column:
    """Where and how a field of Smashrun's is stored.

    Attributes:
        name: the column of ``activities``.
        kind: how the value is read: ``id``, ``start`` and ``measure`` (a finite number of at least 0)
            decide whether a record can be stored; every other kind turns into NULL where it
            cannot be read, since no run is dropped because of a label.
        form: the first list form that carries the field.
    """

    name: str
    kind: Kind
    form: Form = "summary"


def _finite(value: object) -> float | None:
    if isinstance(value, str):
        if not value.isascii():
            return None  # no digits but 0 to 9, no blanks but ASCII's: as the bulk loader reads
        value = re.sub(r"^(\s*)\+-", r"\1-", value)
    if isinstance(value, bool | int | float | str):
        try:
            number = float(value)
        except (ValueError, OverflowError):
            return None
        return number if math.isfinite(number) else None
    return None


def _whole(value: object) -> int | None:
    number = _finite(value)
    if number is None:
        return None
    size = abs(number)
    rounded = (math.floor(size) + (size - math.floor(size) >= 0.5)) * (1 if number >= 0 else -1)
    return rounded if -(2**31) <= rounded < 2**31 else None


def _flag(value: object) -> bool | None:
    number = _finite(value)
    return None if number is None else number != 0


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _moment(value: object, pattern: str = UTC_PATTERN) -> datetime | None:
    if not isinstance(value, str) or not re.fullmatch(pattern, value, re.ASCII):
        return None
    try:
        return datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", value)).replace(tzinfo=None)
    except ValueError:
        return None


def _wall(value: object) -> datetime | None:
    return _moment(value[:19], WALL_PATTERN) if isinstance(value, str) else None


Number = Annotated[float | None, BeforeValidator(_finite)]
Whole = Annotated[int | None, BeforeValidator(_whole)]
Flag = Annotated[bool | None, BeforeValidator(_flag)]
Text = Annotated[str | None, BeforeValidator(_text)]
Moment = Annotated[datetime | None, BeforeValidator(_moment)]
Wall = Annotated[datetime | None, BeforeValidator(_wall)]


class Activity(BaseModel):
    """A run in Smashrun's summary or extended form.

    Units are Smashrun's: km, seconds, degrees C, metres, km/h, percent. ``start`` keeps the text as
    received; ``start_date`` and ``start_local`` are read off it and never converted.
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    activity_id: Annotated[int, Column("activity_id", "id")] = Field(alias="activityId")
    start: Annotated[str, Column("start", "start")] = Field(alias="startDateTimeLocal")
    distance_km: Annotated[float | None, Column("distance_km", "measure")] = Field(None, alias="distance")
    duration_s: Annotated[float | None, Column("duration_s", "measure")] = Field(None, alias="duration")
    activity_type: Annotated[Text, Column("activity_type", "text")] = Field(None, alias="activityType")
    calories: Annotated[Whole, Column("calories", "whole")] = None
    heart_rate_avg: Annotated[Number, Column("heart_rate_avg", "number")] = Field(
        None, alias="heartRateAverage"
    )
    heart_rate_min: Annotated[Whole, Column("heart_rate_min", "whole")] = Field(None, alias="heartRateMin")
    heart_rate_max: Annotated[Whole, Column("heart_rate_max", "whole")] = Field(None, alias="heartRateMax")
    cadence_avg: Annotated[Number, Column("cadence_avg", "number")] = Field(None, alias="cadenceAverage")
    cadence_min: Annotated[Whole, Column("cadence_min", "whole")] = Field(None, alias="cadenceMin")
    cadence_max: Annotated[Whole, Column("cadence_max", "whole")] = Field(None, alias="cadenceMax")
    temperature_c: Annotated[Number, Column("temperature_c", "number")] = Field(None, alias="temperature")
    temperature_apparent_c: Annotated[Number, Column("temperature_apparent_c", "number")] = Field(
        None, alias="temperatureApparent"
    )
    temperature_wind_chill_c: Annotated[Number, Column("temperature_wind_chill_c", "number")] = Field(
        None, alias="temperatureWindChill"
    )
    weather_type: Annotated[Text, Column("weather_type", "text")] = Field(None, alias="weatherType")
    humidity: Annotated[Number, Column("humidity", "number")] = None
    wind_speed_kph: Annotated[Number, Column("wind_speed_kph", "number")] = Field(None, alias="windSpeed")
    how_felt: Annotated[Text, Column("how_felt", "text")] = Field(None, alias="howFelt")
    terrain: Annotated[Text, Column("terrain", "text")] = None
    is_race: Annotated[Flag, Column("is_race", "flag")] = Field(None, alias="isRace")
    is_treadmill: Annotated[Flag, Column("is_treadmill", "flag")] = Field(None, alias="isTreadmill")
    is_bad_hr: Annotated[Flag, Column("is_bad_hr", "flag")] = Field(None, alias="isBadHR")
    is_bad_elevation: Annotated[Flag, Column("is_bad_elevation", "flag")] = Field(
        None, alias="isBadElevation"
    )
    source: Annotated[Text, Column("source", "text")] = None
    external_id: Annotated[Text, Column("external_id", "text")] = Field(None, alias="externalId")
    app_version: Annotated[Text, Column("app_version", "text")] = Field(None, alias="appVersion")
    device_type: Annotated[Text, Column("device_type", "text")] = Field(None, alias="deviceType")
    notes: Annotated[Text, Column("notes", "text")] = None
    has_details: Annotated[Flag, Column("has_details", "flag")] = Field(None, alias="hasDetails")
    has_details_gps: Annotated[Flag, Column("has_details_gps", "flag")] = Field(None, alias="hasDetailsGPS")
    start_latitude: Annotated[Number, Column("start_latitude", "number")] = Field(None, alias="startLatitude")
    start_longitude: Annotated[Number, Column("start_longitude", "number")] = Field(
        None, alias="startLongitude"
    )
    uploaded_utc: Annotated[Moment, Column("uploaded_utc", "utc")] = Field(None, alias="syncDateTimeUTC")
    created_utc: Annotated[Moment, Column("created_utc", "utc")] = Field(None, alias="dateCreatedUTC")
    updated_utc: Annotated[Moment, Column("updated_utc", "utc")] = Field(None, alias="dateUpdatedUTC")
    elevation_gain_m: Annotated[Number, Column("elevation_gain_m", "number", "extended")] = Field(
        None, alias="elevationGain"
    )
    elevation_loss_m: Annotated[Number, Column("elevation_loss_m", "number", "extended")] = Field(
        None, alias="elevationLoss"
    )
    elevation_ascent_m: Annotated[Number, Column("elevation_ascent_m", "number", "extended")] = Field(
        None, alias="elevationAscent"
    )
    elevation_descent_m: Annotated[Number, Column("elevation_descent_m", "number", "extended")] = Field(
        None, alias="elevationDescent"
    )
    elevation_min_m: Annotated[Number, Column("elevation_min_m", "number", "extended")] = Field(
        None, alias="elevationMin"
    )
    elevation_max_m: Annotated[Number, Column("elevation_max_m", "number", "extended")] = Field(
        None, alias="elevationMax"
    )
    elevation_net_m: Annotated[Number, Column("elevation_net_m", "number", "extended")] = Field(
        None, alias="elevationNet"
    )
    speed_variability: Annotated[Number, Column("speed_variability", "number", "extended")] = Field(
        None, alias="speedVariability"
    )
    city: Annotated[Text, Column("city", "text", "extended")] = None
    state: Annotated[Text, Column("state", "text", "extended")] = None
    country: Annotated[Text, Column("country", "text", "extended")] = None
    country_code: Annotated[Text, Column("country_code", "text", "extended")] = Field(
        None, alias="countryCode"
    )
    sunrise_local: Annotated[Wall, Column("sunrise_local", "wall", "extended")] = Field(
        None, alias="sunriseLocal"
    )
    sunset_local: Annotated[Wall, Column("sunset_local", "wall", "extended")] = Field(
        None, alias="sunsetLocal"
    )
    moon_phase: Annotated[Number, Column("moon_phase", "number", "extended")] = Field(None, alias="moonPhase")
    is_cooper_test: Annotated[Flag, Column("is_cooper_test", "flag", "extended")] = Field(
        None, alias="isCooperTest"
    )

    @field_validator("activity_id", mode="before")
    @classmethod
    def _id(cls, value: object) -> int:
        whole = isinstance(value, int) and not isinstance(value, bool)
        if not (whole or (isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,19}", value))):
            raise ValueError("is not a whole number")
        number = int(value)  # type: ignore[call-overload, arg-type]
        if not -(2**63) <= number < 2**63:
            raise ValueError("is not a whole number of 64 bits")
        return number

    @field_validator("start", mode="before")
    @classmethod
    def _start(cls, value: object) -> str:
        if not isinstance(value, str) or not re.fullmatch(START_PATTERN, value, re.ASCII):
            raise ValueError("is not a date and time")
        try:
            date.fromisoformat(value[:10])
        except ValueError:
            raise ValueError("is not a day of the calendar") from None
        return value

    @field_validator("distance_km", "duration_s", mode="before")
    @classmethod
    def _measure(cls, value: object) -> float | None:
        if value is None:
            return None
        number = None if isinstance(value, bool) else _finite(value)
        if number is None or number < 0:
            raise ValueError("is not a number of at least 0")
        return number

    @property
    def start_date(self) -> date:
        """The run's own calendar day: the first ten characters of the start, never converted."""
        return date.fromisoformat(self.start[:10])

    @property
    def start_local(self) -> datetime:
        """The wall clock as recorded."""
        clock = re.match(r"[T ]([\d:]+)", self.start[10:])
        return datetime.fromisoformat(f"{self.start[:10]}T{clock[1] if clock else '00:00'}")


# Detail-only fields: known, but not columns of `activities`.
DETAIL_FIELDS: Final = frozenset(
    {
        "recordingKeys",
        "recordingValues",
        "pauseIndexes",
        "laps",
        "songs",
        "heartRateRecovery",
        "bodyWeight",
        "powerAverage",
    }
)


def columns() -> Iterator[tuple[str, Column]]:
    """Smashrun's field name and its column, in the order of the model."""
    for name, field in Activity.model_fields.items():
        for mark in field.metadata:
            if isinstance(mark, Column):
                yield field.alias or name, mark


def parse_activity(record: Any) -> Activity:
    """Read one record of a list.

    Raises:
        MalformedRecord: the record has no usable id, start, distance or duration; the message
            names each field in words.
    """
    if not isinstance(record, dict):
        raise MalformedRecord("the record is not an object")
    try:
        return Activity.model_validate(record)
    except ValidationError as error:
        reasons = "; ".join(
            f"{problem['loc'][0]} "
            + (
                "is missing"
                if problem["type"] == "missing" or problem["input"] is None
                else _plain(problem["msg"])
            )
            for problem in error.errors(include_url=False)
        )
        known = record.get("activityId")  # type: ignore[union-attr]
        activity_id = known if isinstance(known, int) and not isinstance(known, bool) else None
        raise MalformedRecord(reasons, activity_id=activity_id) from None


def _plain(message: str) -> str:
    return message.removeprefix("Value error, ")
